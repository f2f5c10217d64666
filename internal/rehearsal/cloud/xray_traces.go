package cloud

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/trace"
)

// traceBatch is how many traces a call may name; source: X-Ray API reference,
// BatchGetTraces, and "X-Ray endpoints and quotas".
const traceBatch = 5

// longestRange is over how long traces may be looked for at once; source: what
// X-Ray answers to more.
const longestRange = 6 * time.Hour

// batchGetTraces gives whole traces. Those that are not there, not yet there, or
// not indexed are named as unprocessed.
func (c *Cloud) batchGetTraces(in *struct {
	TraceIDs  []string `json:"TraceIds"`
	NextToken string
}) (map[string]any, *denial) {
	if f := asked(in.TraceIDs, traceBatch); f != nil {
		return nil, f
	}
	ids := slices.Compact(slices.Sorted(slices.Values(in.TraceIDs)))
	part, next := page(ids, in.NextToken)
	traces, missing := []any{}, []string{}
	for _, id := range part {
		t, ok := c.indexed(id)
		if !ok {
			missing = append(missing, id)
			continue
		}
		m, err := written(t, "Segments")
		if err != nil {
			return nil, invalid(err.Error())
		}
		m["LimitExceeded"] = false
		traces = append(traces, m)
	}
	return withNext(map[string]any{"Traces": traces, "UnprocessedTraceIds": missing}, next), nil
}

func withNext(out map[string]any, next string) map[string]any {
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

// written is a trace with its documents as text, under the name that the call
// has for them.
func written(t trace.Trace, name string) (map[string]any, error) {
	list := []any{}
	for _, d := range t.Segments {
		text, err := json.Marshal(d)
		if err != nil {
			return nil, err
		}
		list = append(list, map[string]any{"Id": d.ID, "Document": string(text)})
	}
	return map[string]any{"Id": t.ID, "Duration": t.Duration.Seconds(), name: list}, nil
}

// indexed is a trace that X-Ray itself has: all of them, or the share of those
// that Transaction Search indexes.
func (c *Cloud) indexed(id string) (trace.Trace, bool) {
	if s := c.searches(); s != nil && !s.pending && lot(id, "index")*100 >= s.percent {
		return trace.Trace{}, false
	}
	return c.shown(id)
}

// span of time; the ends are seconds since 1970.
type window struct{ StartTime, EndTime float64 }

func (w window) refused() *denial {
	switch {
	case w.StartTime <= 0 || w.EndTime <= 0:
		return invalid("StartTime and EndTime are required")
	case w.EndTime < w.StartTime:
		return invalid("Start time must be before end time")
	case w.EndTime-w.StartTime > longestRange.Seconds():
		return invalid("Time range cannot be longer than 6 hours")
	}
	return nil
}

func (w window) holds(seconds float64) bool { return seconds >= w.StartTime && seconds <= w.EndTime }

// traceSummaries finds traces by when they began, or by another time as
// TimeRangeType says, and by a filter expression.
func (c *Cloud) traceSummaries(in *struct {
	window
	FilterExpression, NextToken, TimeRangeType string
	Sampling                                   bool
	SamplingStrategy                           *struct {
		Name  string
		Value float64
	}
}) (map[string]any, *denial) {
	if f := in.refused(); f != nil {
		return nil, f
	}
	if in.Sampling || in.SamplingStrategy != nil || !slices.Contains([]string{"", "TraceId", "Event", "Service"}, in.TimeRangeType) {
		c.unknown = append(c.unknown, "xray GetTraceSummaries by samples or "+in.TimeRangeType)
		return nil, invalid("this cloud gives all summaries, by TraceId, Event or Service")
	}
	matches, err := filter(in.FilterExpression)
	if err != nil {
		return nil, invalid(err.Error())
	}
	found := map[string]trace.Trace{}
	processed := 0
	for id, r := range c.rays.traces {
		t, ok := c.indexed(id)
		if !ok {
			continue
		}
		at := t.Segments[0].Start
		switch in.TimeRangeType {
		case "Event":
			at = float64(r.first.UnixNano()) / 1e9
		case "Service":
			at += t.Duration.Seconds()
		}
		if !in.holds(at) {
			continue
		}
		processed++
		if matches(t) {
			found[id] = t
		}
	}
	part, next := page(slices.Sorted(maps.Keys(found)), in.NextToken)
	list := []any{}
	for _, id := range part {
		list = append(list, summary(found[id]))
	}
	return withNext(map[string]any{"TraceSummaries": list, "TracesProcessedCount": processed, "ApproximateTime": in.StartTime}, next), nil
}

// summary is what X-Ray tells of a trace without its segments.
func summary(t trace.Trace) map[string]any {
	root := t.Segments[0]
	for _, d := range t.Segments {
		if d.ParentID == "" && d.Type == "" {
			root = d
			break
		}
	}
	annotations := map[string][]any{}
	services := []any{}
	seen := map[string]bool{}
	for _, d := range t.Segments {
		id := serviceID(d)
		if key := d.Name + " " + d.Origin; !seen[key] && d.Type == "" {
			seen[key] = true
			services = append(services, id)
		}
		annotated(d, id, annotations)
	}
	out := map[string]any{
		"Id": t.ID, "StartTime": root.Start, "MatchedEventTime": root.Start, "Duration": t.Duration.Seconds(), "ResponseTime": math.Max(0, root.End-root.Start),
		"HasFault": faulty(t), "HasError": mistaken(t), "HasThrottle": slices.ContainsFunc(t.Segments, func(d trace.Document) bool { return d.Throttle }),
		"IsPartial": t.Partial, "Revision": 1, "Annotations": annotations, "ServiceIds": services, "EntryPoint": serviceID(root),
	}
	if root.HTTP != nil {
		out["Http"] = map[string]any{"HttpMethod": root.HTTP.Request.Method, "HttpURL": root.HTTP.Request.URL, "HttpStatus": root.HTTP.Response.Status}
	}
	return out
}

// annotated adds what is indexed of a segment and of all below it.
func annotated(d trace.Document, of map[string]any, all map[string][]any) {
	for name, v := range d.Annotations {
		value := map[string]any{}
		switch x := v.(type) {
		case string:
			value["StringValue"] = x
		case bool:
			value["BooleanValue"] = x
		default:
			value["NumberValue"] = x
		}
		all[name] = append(all[name], map[string]any{"AnnotationValue": value, "ServiceIds": []any{of}})
	}
	for _, sub := range d.Subsegments {
		annotated(sub, of, all)
	}
}

func serviceID(d trace.Document) map[string]any {
	return map[string]any{"Name": d.Name, "Names": []string{d.Name}, "AccountId": Account, "Type": cmp.Or(d.Origin, "remote")}
}

// faulty and mistaken say whether any segment answered with 5xx, or 4xx.
func faulty(t trace.Trace) bool {
	return slices.ContainsFunc(t.Segments, func(d trace.Document) bool { return d.Fault })
}

func mistaken(t trace.Trace) bool {
	return slices.ContainsFunc(t.Segments, func(d trace.Document) bool { return d.Error })
}
