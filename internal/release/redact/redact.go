// Package redact takes secrets out of JSON documents before they are archived:
// the exported state of an SST app, its outputs, its diff.
//
// It is deliberately harsh. A value goes when Pulumi marks it as secret, when
// its name looks like a password, a token or a key, when the resource it
// belongs to exists to hold a secret, or when the text itself looks like a
// credential. What goes too much is missed by nobody, because an archived state
// is evidence and never imported again; what stays too much is a leak in a
// bucket that keeps things for months. A document that cannot be read is not
// archived at all.
package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Mask stands where a secret stood.
const Mask = "(secret, not archived)"

// marker is the member by which Pulumi marks special objects in a state. Its
// values are a secret, an asset, an archive, a resource reference, an output;
// source: pulumi/pulumi sdk/go/common/resource, SigKey.
const (
	marker       = "4dabf18193072939515e22adb298388d"
	markedSecret = "1b47061264138c4ac30d75fd1eb44270"
)

// maxDepth bounds nesting: JSON within strings counts too, so that a hostile
// document cannot exhaust the stack.
const maxDepth = 512

// JSON returns the document without its secrets and how many values were
// taken out. The result is indented and its members are sorted, so that the
// same document gives the same bytes; it is redacted already in the sense that
// redacting it again changes nothing. Numbers keep their digits. The error is a
// fault that never quotes the document.
func JSON(document []byte) (redacted []byte, masked int, err error) {
	value, err := decode(document)
	if err != nil {
		return nil, 0, unreadable(err)
	}
	r := &redactor{known: map[string]bool{}}
	value = r.value(value, 0)
	if r.tooDeep {
		return nil, 0, unreadable(fmt.Errorf("it is nested more than %d deep", maxDepth))
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return nil, 0, unreadable(err)
	}
	return out.Bytes(), r.masked, nil
}

// unreadable refuses a document. Errors of encoding/json quote at most one
// character, which is no secret.
func unreadable(err error) error {
	return &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.ArchiveSecrets}, What: "cannot be read as JSON, so its secrets cannot be taken out", Err: err,
		Allowed: "one whole JSON document", Next: "Export it again and look at how the export ended; a document that is not understood is not archived.",
	}
}

// decode reads exactly one document, with numbers as they are written.
func decode(document []byte) (any, error) {
	// sst writes no byte order mark; editors on Windows do.
	in := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(document, []byte("\ufeff"))))
	in.UseNumber()
	var value any
	if err := in.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := in.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the document")
	}
	return value, nil
}

// redactor walks one document.
type redactor struct {
	masked  int
	tooDeep bool
	// known remembers names: a state has few of them, many times.
	known map[string]bool
}

func (r *redactor) sensitive(name string) bool {
	yes, ok := r.known[name]
	if !ok {
		yes = Sensitive(name)
		r.known[name] = yes
	}
	return yes
}

// mask takes one value out. What is empty, or out already, stays as it is and
// is not counted.
func (r *redactor) mask(value any) any {
	switch v := value.(type) {
	case nil, bool:
		return v // no secret fits in here, and it says whether one was set
	case string:
		if v == "" || v == Mask {
			return v
		}
	}
	r.masked++
	return Mask
}

func (r *redactor) value(value any, depth int) any {
	if depth > maxDepth {
		r.tooDeep = true
		return nil
	}
	switch v := value.(type) {
	case map[string]any:
		return r.object(v, depth)
	case []any:
		for i := range v {
			v[i] = r.value(v[i], depth+1)
		}
		return v
	case string:
		return r.text(v, depth)
	}
	return value
}

func (r *redactor) object(o map[string]any, depth int) any {
	if o[marker] == markedSecret {
		return r.mask(o)
	}
	r.resource(o)
	r.pair(o)
	clean := make(map[string]any, len(o))
	for name, value := range o {
		safe := r.name(name)
		if r.sensitive(name) {
			clean[safe] = r.mask(value)
			continue
		}
		clean[safe] = r.value(value, depth+1)
	}
	return clean
}

// name takes a credential out of a member's name, where no one looks for one.
func (r *redactor) name(name string) string {
	safe, n := credentials(name)
	r.masked += n
	return safe
}

// resource masks what a resource of a state calls secret, in its inputs as in
// its outputs: Pulumi encrypts the outputs named, while the same value may
// stand among the inputs in the clear.
func (r *redactor) resource(o map[string]any) {
	names := map[string]bool{}
	for _, list := range []string{"additionalSecretOutputs", "additional_secret_outputs"} {
		all, _ := o[list].([]any)
		for _, name := range all {
			if text, ok := name.(string); ok {
				names[text] = true
			}
		}
	}
	kind, _ := o["type"].(string)
	for _, side := range []string{"inputs", "outputs"} {
		values, ok := o[side].(map[string]any)
		if !ok {
			continue
		}
		for name := range values {
			if names[name] || holdsSecret(kind, name) {
				values[name] = r.mask(values[name])
			}
		}
	}
}

// pairs are the spellings of a list of named values, such as the environment
// of a container or the parameters of a stack.
var pairs = [][2]string{
	{"name", "value"}, {"Name", "Value"}, {"key", "value"}, {"Key", "Value"},
	{"parameterKey", "parameterValue"}, {"ParameterKey", "ParameterValue"},
	{"ParameterKey", "ResolvedValue"}, {"OutputKey", "OutputValue"}, {"name", "valueFrom"},
}

// pair masks the value of {"name": "DB_PASSWORD", "value": …}.
func (r *redactor) pair(o map[string]any) {
	for _, p := range pairs {
		name, ok := o[p[0]].(string)
		if !ok || !r.sensitive(name) {
			continue
		}
		if value, ok := o[p[1]]; ok {
			o[p[1]] = r.mask(value)
		}
	}
}

// text looks into a string: it may be a document of its own, or hold a
// credential among other words.
func (r *redactor) text(text string, depth int) any {
	trimmed := strings.TrimSpace(text)
	if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") || strings.HasPrefix(trimmed, `"`) {
		if inner, err := decode([]byte(trimmed)); err == nil {
			before := r.masked
			inner = r.value(inner, depth+1)
			if r.masked == before {
				return text // left as it was written
			}
			var out bytes.Buffer
			encoder := json.NewEncoder(&out)
			encoder.SetEscapeHTML(false)
			if encoder.Encode(inner) == nil {
				return strings.TrimSuffix(out.String(), "\n")
			}
			return Mask
		}
	}
	safe, n := credentials(text)
	r.masked += n
	return safe
}
