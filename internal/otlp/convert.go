package otlp

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/trace"
)

// Documents makes X-Ray's documents of spans: one segment for each span that
// answers a request or has no parent, every other span within its parent, or by
// itself if its parent is not among them. Sources: X-Ray Developer Guide,
// "Segment documents"; for what becomes of which attribute the translation of
// the OpenTelemetry Collector's awsxrayexporter, but that attributes which also
// fill http, sql and aws stay in the metadata. A span that came twice, as a
// retry sends it, is one. Unsampled spans make none.
func Documents(spans []Span) []trace.Document {
	byTrace := map[string][]Span{}
	for _, s := range spans {
		if !s.Unsampled {
			byTrace[s.TraceID] = append(byTrace[s.TraceID], s)
		}
	}
	var all []trace.Document
	for _, some := range byTrace {
		all = append(all, ofTrace(some)...)
	}
	slices.SortFunc(all, func(a, b trace.Document) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.TraceID, b.TraceID), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// tree is the spans of one trace, by parent.
type tree struct {
	spans    map[string]Span
	children map[string][]string
	done     map[string]bool
}

func ofTrace(spans []Span) []trace.Document {
	t := tree{map[string]Span{}, map[string][]string{}, map[string]bool{}}
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	var tops, rest []string
	for _, s := range spans {
		if _, twice := t.spans[s.ID]; twice {
			continue
		}
		t.spans[s.ID] = s
		rest = append(rest, s.ID)
	}
	for _, id := range rest {
		s := t.spans[id]
		_, above := t.spans[s.ParentID]
		if isSegment(s) || !above {
			tops = append(tops, id)
		} else {
			t.children[s.ParentID] = append(t.children[s.ParentID], id)
		}
	}
	var all []trace.Document
	// Whatever no top leads to is a ring of parents: it is cut where it begins.
	for _, id := range append(tops, rest...) {
		if t.done[id] {
			continue
		}
		s := t.spans[id]
		doc := t.document(s)
		doc.TraceID, doc.ParentID = TraceID(s.TraceID), s.ParentID
		if !isSegment(s) {
			doc.Type = "subsegment"
		}
		all = append(all, doc)
	}
	return all
}

func isSegment(s Span) bool { return s.Kind == Server || s.ParentID == "" }

// TraceID is a trace's id as X-Ray writes it.
func TraceID(id string) string { return "1-" + id[:8] + "-" + id[8:] }

// document is a span with all below it, without what names its trace.
func (t tree) document(s Span) trace.Document {
	t.done[s.ID] = true
	doc := trace.Document{ID: s.ID, Name: nameOf(s), Start: seconds(s.Start), End: seconds(s.End), HTTP: httpOf(s), SQL: sqlOf(s), AWS: awsOf(s), Cause: causeOf(s)}
	doc.Fault, doc.Error, doc.Throttle = outcome(s)
	doc.Annotations, doc.Metadata = told(s)
	if s.Kind == Server {
		doc.Origin = "AWS::Lambda::Function"
	}
	if s.Kind == Client {
		doc.Namespace = "remote"
		if isAWS(s) {
			doc.Namespace = "aws"
		}
	}
	for _, id := range t.children[s.ID] {
		if !t.done[id] {
			doc.Subsegments = append(doc.Subsegments, t.document(t.spans[id]))
		}
	}
	return doc
}

// seconds are exact to the microsecond, which is as far as a float64 reaches.
func seconds(at time.Time) float64 { return math.Round(float64(at.UnixNano())/1e3) / 1e6 }

func isAWS(s Span) bool { return s.Text("rpc.system") == "aws-api" }

// foreign is what no name may hold; source: X-Ray Developer Guide, "Required
// segment fields", name.
var foreign = regexp.MustCompile(`[^\p{L}\p{N}\s_.:/%&#=+\\\-@]`)

// nameOf: a segment is named by its function, a call by whom it calls.
func nameOf(s Span) string {
	name := s.Name
	switch s.Kind {
	case Server:
		service, _ := s.Resource["service.name"].(string)
		name = cmp.Or(s.Text("faas.name"), service, name)
	case Client, Producer, Consumer:
		name = cmp.Or(s.Text("peer.service"), s.Text("server.address"), name)
	case Internal:
	}
	letters := []rune(foreign.ReplaceAllString(name, ""))
	return cmp.Or(strings.TrimSpace(string(letters[:min(len(letters), 200)])), "span")
}

// listed names the attributes that become annotations.
const listed = "aws.xray.annotations"

// mostAnnotations is what X-Ray indexes of a trace.
const mostAnnotations = 50

// foreignKey is what no key of an annotation may hold: filter expressions name it.
var foreignKey = regexp.MustCompile(`[^A-Za-z0-9_]`)

// told is what a span says of itself: what is listed becomes annotations if it
// is text, a number or a truth, everything else metadata.
func told(s Span) (annotations map[string]any, metadata map[string]map[string]any) {
	names, _ := s.Attributes[listed].([]any)
	annotations, rest, indexed := map[string]any{}, map[string]any{}, map[string]bool{listed: true}
	for _, n := range names {
		name, ok := n.(string)
		key := foreignKey.ReplaceAllString(name, "_")
		// Of two names that become one key, the second stays metadata.
		_, taken := annotations[key]
		if v := s.Attributes[name]; ok && !taken && isPlain(v) && len(annotations) < mostAnnotations {
			annotations[key], indexed[name] = v, true
		}
	}
	for name, v := range s.Attributes {
		if !indexed[name] {
			keep(rest, name, v)
		}
	}
	if isSegment(s) {
		for name, v := range s.Resource {
			keep(rest, "otel.resource."+name, v)
		}
	}
	if len(annotations) == 0 {
		annotations = nil
	}
	if len(rest) > 0 {
		metadata = map[string]map[string]any{"default": rest}
	}
	return annotations, metadata
}

// isPlain says whether a value can be indexed. JSON has no infinity.
func isPlain(v any) bool {
	switch x := v.(type) {
	case bool, int64:
		return true
	case string:
		return utf8.RuneCountInString(x) <= 1000 // what X-Ray indexes
	case float64:
		return !math.IsNaN(x) && !math.IsInf(x, 0)
	}
	return false
}

func keep(rest map[string]any, name string, v any) {
	if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) || v == nil {
		return
	}
	rest[name] = v
}

// outcome: an HTTP status says it, else the span's own; source: X-Ray Developer
// Guide, "Errors, faults and exceptions".
func outcome(s Span) (fault, failed, throttle bool) {
	switch code := number(s, "http.response.status_code", "http.status_code"); {
	case code >= 500 && code <= 599:
		return true, false, false
	case code >= 400 && code <= 499:
		return false, true, code == 429
	}
	return s.Status == Error, false, false
}

// number is the first of the attributes that is a whole number, or 0.
func number(s Span, names ...string) int {
	for _, name := range names {
		if n, ok := s.Attributes[name].(int64); ok && n >= 0 && n <= math.MaxInt32 {
			return int(n)
		}
	}
	return 0
}
