package trace

import (
	"fmt"
	"math"
	"slices"

	"github.com/cutover-dev/cutover/internal/report"
)

// AnnotationRun is the annotation that carries the run's id, by which the index
// finds its traces; AnnotationOperation and AnnotationStatus say what was done
// and how it ended.
const (
	AnnotationRun       = "run"
	AnnotationOperation = "operation"
	AnnotationStatus    = "status"
)

// kindOf names the kind of an annotation's value.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return kindText
	case float64, int:
		return kindNumber
	case bool:
		return kindBoolean
	}
	return "nothing"
}

// number reads a number as JSON gives it.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, !math.IsNaN(v)
	case int:
		return float64(v), true
	}
	return 0, false
}

// annotations wants every key in what each function has written.
func annotations(e Expectation, s *seen) (rows []Finding) {
	for _, key := range sortedKeys(e.Annotations) {
		name, kind := "annotation: "+key, e.Annotations[key]
		absent, other := 0, 0
		var wrong []string
		n := s.eachHandler(func(r Sent, p *part) {
			value, ok := p.Annotations[key]
			switch {
			case !ok || value == "":
				absent++
				wrong = append(wrong, fmt.Sprintf("%s of %s: none", p.segment.Name, r.name()))
			case kindOf(value) != kind:
				other++
				wrong = append(wrong, fmt.Sprintf("%s of %s: %s and not %s", p.segment.Name, r.name(), kindOf(value), kind))
			}
		})
		switch {
		case n == 0:
			rows = append(rows, unseen(name, "annotation")...)
			continue
		case absent > 0:
			rows = append(rows, finding(name, StateMissing, fmt.Sprintf("%d of %s without it", absent, report.Count(n, "segment")), "List it in aws.xray.annotations, and set it before the span ends."))
		case other > 0:
			rows = append(rows, finding(name, StateFail, fmt.Sprintf("%d of %s with another kind of value", other, report.Count(n, "segment")), "Set a "+kind+": a filter of X-Ray compares texts with texts and numbers with numbers."))
		default:
			rows = append(rows, finding(name, StatePass, fmt.Sprintf("a %s in %s", kind, report.Count(n, "segment")), ""))
		}
		last := &rows[len(rows)-1]
		*last = last.with(wrong).of(n, "functions' segments", sourceTraces).measured(float64(n-absent-other), float64(n), "segments")
	}
	return rows
}

// said holds what the first function of each trace has written to what is known
// of the request; wrong says what differs, or "".
func (s *seen) said(name, good, change string, applies func(Sent) bool, wrong func(Sent, *part) string) []Finding {
	n, bad := 0, 0
	var cases []string
	for _, r := range s.found {
		if !r.answered() || !applies(r) {
			continue
		}
		h := s.wholes[r.TraceID].handlers()
		if len(h) == 0 {
			continue // traces_whole says so
		}
		n++
		if why := wrong(r, h[0]); why != "" {
			bad++
			cases = append(cases, r.name()+": "+why)
		}
	}
	if n == 0 {
		return unseen(name, "segment")
	}
	row := finding(name, StatePass, fmt.Sprintf("%s in %s", good, report.Count(n, "segment")), "")
	if bad > 0 {
		row = finding(name, StateFail, fmt.Sprintf("%d of %s say otherwise, or nothing", bad, report.Count(n, "segment")), change)
	}
	return []Finding{row.with(cases).of(n, "functions' segments", sourceTraces).measured(float64(n-bad), float64(n), "segments")}
}

func every(Sent) bool { return true }

// operations wants the annotation to name what the request was said to be.
func operations(_ Expectation, s *seen) []Finding {
	named := func(r Sent) bool { return r.Route.Operation != "" }
	if !slices.ContainsFunc(s.Sent, named) {
		return nil // nobody has said what the operations are
	}
	return s.said("operations", "the right operation", "Name the handler's operation, or correct it under tracing.requests.", named, func(r Sent, p *part) string {
		if got := p.Annotations[AnnotationOperation]; got != r.Route.Operation {
			return fmt.Sprintf("%s, not %s", wrote(got), r.Route.Operation)
		}
		return ""
	})
}

// statuses wants the annotation to say what the caller got.
func statuses(e Expectation, s *seen) []Finding {
	if e.Annotations[AnnotationStatus] != kindNumber {
		return nil
	}
	return s.said("statuses", "the status that the caller got", "Annotate the status of the answer that leaves the handler.", every, func(r Sent, p *part) string {
		if got, ok := number(p.Annotations[AnnotationStatus]); !ok || got != float64(r.Answer.Status) {
			return fmt.Sprintf("%s, not %d", wrote(p.Annotations[AnnotationStatus]), r.Answer.Status)
		}
		return ""
	})
}

// runs wants the run's id, by which the index is asked.
func runs(e Expectation, s *seen) []Finding {
	return s.said("run_annotated", "the run's id", "Annotate the header X-Cutover-Run as run.", every, func(_ Sent, p *part) string {
		if got := p.Annotations[AnnotationRun]; got != e.Run {
			return fmt.Sprintf("%s, not %s", wrote(got), e.Run)
		}
		return ""
	})
}

// sizes wants both sizes in the metadata, as numbers, and as large as what was
// sent and received.
func sizes(e Expectation, s *seen) []Finding {
	held := func(name, key string, want func(Sent) int64) []Finding {
		return s.said("metadata: "+name, "the exact size", "Write the number of bytes into the metadata as "+e.Sizes.Namespace+"."+key+".", every, func(r Sent, p *part) string {
			value, ok := p.Metadata[e.Sizes.Namespace][key]
			if !ok {
				return "none"
			}
			size, ok := number(value)
			switch exact := want(r); {
			case !ok:
				return kindOf(value) + " and not a number"
			case size < 0 || size != math.Trunc(size):
				return fmt.Sprintf("%v is no size", size)
			case exact >= 0 && size != float64(exact):
				return fmt.Sprintf("%.0f bytes, not %d", size, exact)
			}
			return ""
		})
	}
	return append(held("request size", e.Sizes.Request, func(r Sent) int64 { return int64(len(r.Request.Body)) }),
		held("response size", e.Sizes.Response, func(r Sent) int64 { return r.Answer.Bytes })...)
}

// coldStarts wants it said of every invocation whether its instance was new,
// and truly where Lambda itself shows the initialisation.
func coldStarts(e Expectation, s *seen) []Finding {
	const name = "cold_start"
	absent, bad, cold := 0, 0, 0
	var wrong []string
	n := s.eachHandler(func(r Sent, p *part) {
		marked, ok := p.Annotations[e.ColdStart].(bool)
		cold += count(marked)
		switch {
		case !ok:
			absent++
			wrong = append(wrong, fmt.Sprintf("%s of %s: none", p.segment.Name, r.name()))
		case !marked && s.wholes[r.TraceID].initialised(p.segment.Name):
			bad++
			wrong = append(wrong, fmt.Sprintf("%s of %s: was initialised and says it was not", p.segment.Name, r.name()))
		}
	})
	if n == 0 {
		return unseen(name, "annotation")
	}
	row := finding(name, StatePass, fmt.Sprintf("%d of %s were cold starts", cold, report.Count(n, "invocation")), "")
	switch {
	case absent > 0:
		row = finding(name, StateMissing, fmt.Sprintf("%d of %s do not say whether they were", absent, report.Count(n, "invocation")), "Annotate "+e.ColdStart+" with true or false.")
	case bad > 0:
		row = finding(name, StateFail, fmt.Sprintf("%d of %s hide theirs", bad, report.Count(n, "cold start")), "Set "+e.ColdStart+" to true in the first invocation of an instance.")
	}
	return []Finding{row.with(wrong).of(n, "functions' segments", sourceTraces).measured(float64(n-absent-bad), float64(n), "segments")}
}

// initialised says whether Lambda shows that it has started a function's
// instance for this trace; source: Lambda Developer Guide, "Visualize Lambda
// function invocations using AWS X-Ray".
func (w *whole) initialised(function string) bool {
	for _, p := range w.all {
		if p.Name == "Initialization" && p.parent != nil && p.segment.Name == function {
			return true
		}
	}
	return false
}
