// Package otlp takes in the spans of an app that is rehearsed or tested and
// makes X-Ray's documents of them. It is strict where a backend in the cloud
// would drop what is malformed without a word: here it is refused.
package otlp

import (
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
)

// Span is one span as it was exported.
type Span struct {
	// TraceID is 32 hexadecimal digits, ID and ParentID are 16. A span without a
	// parent begins its trace.
	TraceID, ID, ParentID string
	Name                  string
	Kind                  Kind
	Start, End            time.Time
	// Attributes are text, int64, float64, bool, []byte, []any or map[string]any.
	Attributes map[string]any
	// Resource are the attributes of the process that sent it.
	Resource map[string]any
	Events   []Event
	Status   Status
	// Message goes with the status.
	Message string
	// Unsampled says that it was sent for metrics only (T1U of the daemon).
	Unsampled bool
}

// Event is something that happened within a span: an exception.
type Event struct {
	Name       string
	At         time.Time
	Attributes map[string]any
}

// Kind is what a span says of its side of a call.
type Kind string

// The kinds of OTLP. A span of no kind is internal.
const (
	Internal Kind = "INTERNAL"
	Server   Kind = "SERVER"
	Client   Kind = "CLIENT"
	Producer Kind = "PRODUCER"
	Consumer Kind = "CONSUMER"
)

// Status is how a span ended.
type Status string

// The statuses of OTLP.
const (
	Unset Status = ""
	OK    Status = "OK"
	Error Status = "ERROR"
)

// The bounds of one request. OTLP names none; an app in a rehearsal comes
// nowhere near.
const (
	mostSpans  = 10_000
	mostNested = 16
)

// Text is an attribute's text, "" if it is none.
func (s Span) Text(name string) string { t, _ := s.Attributes[name].(string); return t }

var kinds = map[tracepb.Span_SpanKind]Kind{
	tracepb.Span_SPAN_KIND_UNSPECIFIED: Internal, tracepb.Span_SPAN_KIND_INTERNAL: Internal, tracepb.Span_SPAN_KIND_SERVER: Server,
	tracepb.Span_SPAN_KIND_CLIENT: Client, tracepb.Span_SPAN_KIND_PRODUCER: Producer, tracepb.Span_SPAN_KIND_CONSUMER: Consumer,
}

var statuses = map[tracepb.Status_StatusCode]Status{
	tracepb.Status_STATUS_CODE_UNSET: Unset, tracepb.Status_STATUS_CODE_OK: OK, tracepb.Status_STATUS_CODE_ERROR: Error,
}

// spansOf are the spans of a request; source: opentelemetry-proto, trace.proto,
// whose TracesData is on the wire what ExportTraceServiceRequest is.
func spansOf(data *tracepb.TracesData) ([]Span, error) {
	var all []Span
	for _, r := range data.GetResourceSpans() {
		resource, err := attributes(r.GetResource().GetAttributes(), 0)
		if err != nil {
			return nil, fmt.Errorf("the resource: %w", err)
		}
		for _, scope := range r.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				if len(all) == mostSpans {
					return nil, fmt.Errorf("a request holds at most %d spans here", mostSpans)
				}
				span, err := spanOf(s)
				if err != nil {
					return nil, fmt.Errorf("span %d, %.80q: %w", len(all)+1, s.GetName(), err)
				}
				span.Resource = resource
				all = append(all, span)
			}
		}
	}
	return all, nil
}

func spanOf(s *tracepb.Span) (Span, error) {
	kind, known := kinds[s.GetKind()]
	status, ended := statuses[s.GetStatus().GetCode()]
	out := Span{
		TraceID: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), ParentID: hex.EncodeToString(s.GetParentSpanId()),
		Name: s.GetName(), Kind: kind, Status: status, Message: s.GetStatus().GetMessage(),
		Start: at(s.GetStartTimeUnixNano()), End: at(s.GetEndTimeUnixNano()),
	}
	switch {
	case !isID(out.TraceID, 32):
		return out, fmt.Errorf("the trace id %.40q is not 16 bytes of which one is not 0", out.TraceID)
	case !isID(out.ID, 16):
		return out, fmt.Errorf("the span id %.40q is not 8 bytes of which one is not 0", out.ID)
	case out.ParentID != "" && !isID(out.ParentID, 16):
		return out, fmt.Errorf("the parent's id %.40q is not 8 bytes of which one is not 0", out.ParentID)
	case out.ParentID == out.ID:
		return out, errors.New("it is its own parent")
	case out.Name == "":
		return out, errors.New("it has no name")
	case !known:
		return out, fmt.Errorf("there is no kind %d", s.GetKind())
	case !ended:
		return out, fmt.Errorf("there is no status %d", s.GetStatus().GetCode())
	case s.GetStartTimeUnixNano() == 0 || s.GetStartTimeUnixNano() > latest || s.GetEndTimeUnixNano() > latest:
		return out, errors.New("it has no time at which it can have begun and ended")
	case out.End.Before(out.Start):
		return out, errors.New("it ends before it begins")
	}
	var err error
	if out.Attributes, err = attributes(s.GetAttributes(), 0); err != nil {
		return out, err
	}
	for _, e := range s.GetEvents() {
		with, err := attributes(e.GetAttributes(), 0)
		if err != nil {
			return out, fmt.Errorf("the event %.80q: %w", e.GetName(), err)
		}
		if e.GetTimeUnixNano() > latest {
			return out, fmt.Errorf("the event %.80q has no time", e.GetName())
		}
		out.Events = append(out.Events, Event{e.GetName(), at(e.GetTimeUnixNano()), with})
	}
	return out, nil
}

// latest is the last nanosecond that a time.Time takes without going round.
const latest = 1<<63 - 1

func at(nanos uint64) time.Time { return time.Unix(0, int64(min(nanos, latest))).UTC() }

// isID says whether s is so many hexadecimal digits, not all of them 0; source:
// trace.proto, trace_id and span_id.
func isID(s string, digits int) bool {
	some := false
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
		some = some || c != '0'
	}
	return len(s) == digits && some
}

// attributes are unique by name; source: common.proto, KeyValue.
func attributes(pairs []*commonpb.KeyValue, depth int) (map[string]any, error) {
	out := make(map[string]any, len(pairs))
	for _, p := range pairs {
		if _, twice := out[p.GetKey()]; twice || p.GetKey() == "" {
			return nil, fmt.Errorf("the attribute %.80q stands twice or has no name", p.GetKey())
		}
		v, err := value(p.GetValue(), depth)
		if err != nil {
			return nil, fmt.Errorf("the attribute %.80q: %w", p.GetKey(), err)
		}
		out[p.GetKey()] = v
	}
	return out, nil
}

func value(v *commonpb.AnyValue, depth int) (any, error) {
	if depth > mostNested {
		return nil, fmt.Errorf("it is nested deeper than %d", mostNested)
	}
	switch x := v.GetValue().(type) {
	case *commonpb.AnyValue_StringValue:
		return x.StringValue, nil
	case *commonpb.AnyValue_BoolValue:
		return x.BoolValue, nil
	case *commonpb.AnyValue_IntValue:
		return x.IntValue, nil
	case *commonpb.AnyValue_DoubleValue:
		return x.DoubleValue, nil
	case *commonpb.AnyValue_BytesValue:
		return x.BytesValue, nil
	case *commonpb.AnyValue_KvlistValue:
		return attributes(x.KvlistValue.GetValues(), depth+1)
	case *commonpb.AnyValue_ArrayValue:
		list := []any{}
		for _, item := range x.ArrayValue.GetValues() {
			one, err := value(item, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	}
	return nil, nil // an empty value is a value of OTLP
}
