package tagged

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// MostState is how large a state may be.
const MostState = 64 << 20

// arnRE is an ARN with its service. Source: AWS General Reference, "Amazon Resource
// Names".
var arnRE = pattern.New(`^arn:aws(?:-[a-z-]+)?:([a-z0-9-]+):[a-z0-9-]*:(?:[0-9]{12}|aws)?:\S+$`)

// made is as much of a resource as is read: neither inputs nor any other output,
// since secrets lie there. Source: Pulumi's apitype.ResourceV3.
type made struct {
	URN      string `json:"urn"`
	Type     string `json:"type"`
	Delete   bool   `json:"delete"`
	External bool   `json:"external"`
	// Created is when Pulumi made it; a state of an older one has none.
	Created string `json:"created"`
	Outputs *struct {
		ARN  json.RawMessage `json:"arn"`
		Tags json.RawMessage `json:"tagsAll"`
	} `json:"outputs"`
}

// FromState reads which resources of AWS stand that can carry tags, out of Pulumi's
// checkpoint of version 3, as SST keeps it at app/<app>/<stage>.json of its bucket,
// with the tags that they were given. What can carry none has no tagsAll. A state
// that is damaged is refused as a whole: half of it would look as if the rest were
// not there.
func FromState(text []byte) ([]Resource, error) {
	wrong := func(what string) error {
		return &fault.Fault{Kind: fault.Input, Name: "the state of SST", What: what, Allowed: "Pulumi's checkpoint of version 3, as sst deploy writes it", Next: "Look at it with sst state export; a deployment writes it anew."}
	}
	if len(text) > MostState {
		return nil, wrong(fmt.Sprintf("is larger than %d bytes", MostState))
	}
	var doc struct {
		Version    int `json:"version"`
		Checkpoint *struct {
			Latest *struct {
				Resources []made `json:"resources"`
			} `json:"latest"`
		} `json:"checkpoint"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&doc); err != nil {
		return nil, wrong("cannot be read as JSON" + at(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong("goes on behind its end")
	}
	switch {
	case doc.Version != 3:
		return nil, wrong(fmt.Sprintf("is of version %d", doc.Version))
	case doc.Checkpoint == nil:
		return nil, wrong("holds no checkpoint")
	}
	all := []Resource{}
	if doc.Checkpoint.Latest == nil {
		return all, nil // a stage in which nothing stands
	}
	seen := map[string]bool{}
	for n, m := range doc.Checkpoint.Latest.Resources {
		r, ok, err := m.resource()
		if err != nil {
			return nil, wrong(fmt.Sprintf("is damaged at resource %d (%s): %s", n, clip(last(m.URN)), err))
		}
		if ok && !seen[r.ARN] {
			seen[r.ARN] = true
			// Without a time that can be read it is not known; nothing else follows.
			r.Made, _ = time.Parse(time.RFC3339Nano, m.Created)
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b Resource) int { return strings.Compare(a.ARN, b.ARN) })
	return all, nil
}

// at is where JSON ends to be JSON; what stands there is not shown.
func at(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf(" from byte %d on", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf(" as a state at %s, byte %d", clip(kind.Field), kind.Offset)
	}
	return ", it breaks off"
}

func last(urn string) string { return urn[strings.LastIndexByte(urn, ':')+1:] }

// resource is what m stands for; ok is false for what carries no tags, is not the
// app's own, or waits for its deletion.
func (m made) resource() (r Resource, ok bool, err error) {
	switch {
	case m.URN == "" || m.Type == "":
		return r, false, errors.New("it has no urn or no type")
	case !strings.HasPrefix(m.Type, "aws:") || m.Delete || m.External || m.Outputs == nil || !given(m.Outputs.Tags):
		return r, false, nil
	case !given(m.Outputs.ARN):
		// Nobody can ask for its tags; those of the state are all that is known.
		return Resource{ARN: m.URN, Service: m.service(), Tags: m.tags(), Known: known}, true, nil
	}
	var arn string
	if err := json.Unmarshal(m.Outputs.ARN, &arn); err != nil {
		return r, false, errors.New("its arn is no text")
	}
	parts := arnRE.FindStringSubmatch(arn)
	if parts == nil || len(arn) > 2048 {
		return r, false, errors.New("its arn is none")
	}
	return Resource{ARN: strings.TrimSuffix(arn, ":*"), Service: parts[1], Tags: m.tags(), Known: known}, true, nil
}

// known says who told of a resource.
const known = "the state of SST"

// tags are those that it was given. Such as are encrypted, or no texts, are not
// read; that is not an error.
func (m made) tags() (tags map[string]string) {
	if json.Unmarshal(m.Outputs.Tags, &tags) != nil || tags[sealed] != "" {
		return nil
	}
	return tags
}

// service is the one of a type such as aws:apigatewayv2/api:Api, as ARNs name it.
func (m made) service() string {
	module, _, _ := strings.Cut(strings.TrimPrefix(m.Type, "aws:"), "/")
	switch module {
	case "apigatewayv2":
		return "apigateway"
	case "opensearch", "elasticsearch":
		return "es"
	case "cloudwatch":
		return "logs"
	}
	return module
}

// sealed is the key by which Pulumi marks a value that it has encrypted. Source:
// Pulumi's resource.SigKey.
const sealed = "4dabf18193072939515e22adb298388d"

func given(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }
