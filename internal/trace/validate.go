package trace

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// The limits of a segment document. Source: AWS X-Ray Developer Guide, "AWS
// X-Ray segment documents", and AWS General Reference, "AWS X-Ray quotas".
const (
	mostSegment     = 64 << 10 // bytes of a document
	mostName        = 200      // characters
	mostAnnotations = 50       // of a trace, so also of a document
	mostKey         = 500
	mostValue       = 1000
	oldest          = 300 // seconds by which a segment may begin before its trace
)

var (
	idForm    = pattern.New(`^[0-9a-f]{16}$`)
	traceForm = pattern.New(`^1-([0-9a-f]{8})-[0-9a-f]{24}$`)
	nameForm  = pattern.New(`^[\p{L}\p{N}\s_.:/%&#=+\\\-@]+$`)
	keyForm   = pattern.New(`^[A-Za-z0-9_]+$`)
	verbForm  = pattern.New(`^[A-Z]+$`)
	password  = pattern.New(`(?i)//[^/@:]*:[^/@]+@|password=`)
)

// Validate says what X-Ray would refuse of a document, or drop: nil if nothing.
// It is a segment, or a subsegment that is sent by itself.
func Validate(d Document) []error {
	v := &validator{ids: map[string]bool{}}
	if text, err := json.Marshal(d); err != nil {
		v.wrong("the document", "cannot be written: %v", err)
	} else if len(text) > mostSegment {
		v.wrong("the document", "has %d bytes, more than %d", len(text), mostSegment)
	}
	v.head(d)
	v.body(d, d.Type != typeSubsegment, "", 0)
	if v.annotations > mostAnnotations {
		v.wrong("annotations", "are %d, more than %d", v.annotations, mostAnnotations)
	}
	return v.errs
}

type validator struct {
	errs        []error
	ids         map[string]bool
	annotations int
}

func (v *validator) wrong(path, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("%s %s", path, fmt.Sprintf(format, args...)))
}

// head holds what only a document as a whole has.
func (v *validator) head(d Document) {
	if m := traceForm.FindStringSubmatch(d.TraceID); m == nil {
		v.wrong("trace_id", "%q is none: 1-, 8 hexadecimal digits, - and 24 more", d.TraceID)
	} else if began, err := strconv.ParseUint(m[1], 16, 32); err == nil && d.Start > 0 && d.Start < float64(began)-oldest {
		v.wrong("start_time", "is more than %d s before the trace began", oldest)
	}
	if d.Type != "" && d.Type != typeSubsegment {
		v.wrong("type", "%q is neither empty nor subsegment", d.Type)
	}
	if d.Type == typeSubsegment && d.ParentID == "" {
		v.wrong("parent_id", "is missing, which a subsegment by itself needs")
	}
}

// body holds what segments and subsegments share, and goes down.
func (v *validator) body(d Document, segment bool, path string, depth int) {
	at := func(name string) string { return path + name }
	v.identity(d, at)
	v.times(d, at)
	switch {
	case segment && d.Namespace != "":
		v.wrong(at("namespace"), "is of subsegments alone")
	case d.Namespace != "" && d.Namespace != namespaceAWS && d.Namespace != namespaceRemote:
		v.wrong(at("namespace"), "%q is neither aws nor remote", d.Namespace)
	case !segment && d.Origin != "":
		v.wrong(at("origin"), "is of segments alone")
	case segment && d.SQL != nil:
		v.wrong(at("sql"), "is of subsegments alone")
	}
	v.written(d, at)
	v.outside(d, at)
	v.cause(d.Cause, at)
	if depth == mostDepth {
		v.wrong(at("subsegments"), "are deeper than %d", mostDepth)
		return
	}
	for i, s := range d.Subsegments {
		inner := fmt.Sprintf("%ssubsegments[%d].", path, i)
		if s.Type != "" && s.Type != typeSubsegment || s.ParentID != "" && s.ParentID != d.ID || s.TraceID != "" && d.TraceID != "" && s.TraceID != d.TraceID {
			v.wrong(inner+"type, parent_id or trace_id", "says that it stands elsewhere")
		}
		v.body(s, false, inner, depth+1)
	}
}

func (v *validator) identity(d Document, at func(string) string) {
	switch {
	case !idForm.MatchString(d.ID):
		v.wrong(at("id"), "%q is none: 16 hexadecimal digits", d.ID)
	case v.ids[d.ID]:
		v.wrong(at("id"), "%s stands twice", d.ID)
	}
	v.ids[d.ID] = true
	if d.ParentID != "" && !idForm.MatchString(d.ParentID) {
		v.wrong(at("parent_id"), "%q is none: 16 hexadecimal digits", d.ParentID)
	}
	switch n := utf8.RuneCountInString(d.Name); {
	case n == 0:
		v.wrong(at("name"), "is missing")
	case n > mostName:
		v.wrong(at("name"), "has %d characters, more than %d", n, mostName)
	case !nameForm.MatchString(d.Name):
		v.wrong(at("name"), `%q has more than letters, digits, white space and _ . : / %% & # = + \ - @`, d.Name)
	}
}

func (v *validator) times(d Document, at func(string) string) {
	switch {
	case d.Start <= 0:
		v.wrong(at("start_time"), "is missing")
	case d.Start > 1e11:
		v.wrong(at("start_time"), "is not in seconds")
	case d.InProgress && d.End != 0:
		v.wrong(at("end_time"), "stands beside in_progress")
	case !d.InProgress && d.End == 0:
		v.wrong(at("end_time"), "is missing, and in_progress too")
	case !d.InProgress && d.End < d.Start:
		v.wrong(at("end_time"), "is before start_time")
	}
}

// written holds annotations and metadata.
func (v *validator) written(d Document, at func(string) string) {
	v.annotations += len(d.Annotations)
	for _, key := range slices.Sorted(maps.Keys(d.Annotations)) {
		name := at("annotations." + key)
		if !keyForm.MatchString(key) || len(key) > mostKey {
			v.wrong(name, "is no key: up to %d letters, digits and _", mostKey)
		}
		switch value := d.Annotations[key].(type) {
		case string:
			if utf8.RuneCountInString(value) > mostValue {
				v.wrong(name, "has more than %d characters", mostValue)
			}
		case float64, float32, int, int64, bool:
		default:
			v.wrong(name, "is a %T and no text, number or boolean", value)
		}
	}
	for namespace, values := range d.Metadata {
		if strings.HasPrefix(namespace, "AWS.") || len(values) == 0 {
			v.wrong(at("metadata."+namespace), "begins with AWS., which is AWS's, or is empty")
		}
	}
}

// outside holds what is said of requests and queries.
func (v *validator) outside(d Document, at func(string) string) {
	if h := d.HTTP; h != nil {
		if h.Request.Method != "" && !verbForm.MatchString(h.Request.Method) {
			v.wrong(at("http.request.method"), "%q is none", h.Request.Method)
		}
		if s := h.Response.Status; s != 0 && (s < 100 || s > 599) {
			v.wrong(at("http.response.status"), "%d is none", s)
		}
		if h.Response.Length < 0 {
			v.wrong(at("http.response.content_length"), "is less than nothing")
		}
	}
	if q := d.SQL; q != nil && password.MatchString(q.URL) {
		v.wrong(at("sql.url"), "holds a password")
	}
	if d.Throttle && !d.Error {
		v.wrong(at("throttle"), "stands without error: 429 is one of the 4xx")
	}
}

func (v *validator) cause(c Cause, at func(string) string) {
	if c.Ref != "" && !idForm.MatchString(c.Ref) {
		v.wrong(at("cause"), "%q is neither an id nor exceptions", c.Ref)
	}
	ids := map[string]bool{}
	for i, e := range c.Exceptions {
		if !idForm.MatchString(e.ID) || ids[e.ID] {
			v.wrong(at(fmt.Sprintf("cause.exceptions[%d].id", i)), "%q is none, or stands twice", e.ID)
		}
		ids[e.ID] = true
	}
	for i, e := range c.Exceptions {
		if e.Cause != "" && (!ids[e.Cause] || e.Cause == e.ID) {
			v.wrong(at(fmt.Sprintf("cause.exceptions[%d].cause", i)), "%q is no other of the exceptions", e.Cause)
		}
	}
}

// Parse reads the JSON of a segment or of a subsegment by itself.
func Parse(data []byte) (Document, error) {
	var d Document
	if len(data) > 8*mostSegment {
		return d, fmt.Errorf("a segment document of %d bytes is none of X-Ray's: it takes %d", len(data), mostSegment)
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return Document{}, fmt.Errorf("not a segment document: %w", err)
	}
	if !idForm.MatchString(d.ID) {
		return Document{}, fmt.Errorf("not a segment document: the id %q is none", clip(d.ID))
	}
	return d, nil
}
