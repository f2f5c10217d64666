package trace

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/report"
)

// destination wants to know where traces go, and that they arrive there.
func destination(_ Expectation, s *seen) []Finding {
	const name = "destination"
	d := s.Destination
	switch {
	case d == nil:
		return []Finding{finding(name, StateUnknown, "where the account's traces go could not be read: "+clip(s.DestinationUnread), "Allow xray:GetTraceSegmentDestination and xray:GetIndexingRules.").of(0, "settings", sourceSetting)}
	case d.Kind != KindXRay && d.Kind != KindLogs:
		return []Finding{finding(name, StateUnknown, "traces go to a place that this build does not know: "+clip(d.Kind), "Update cutover.").of(1, "settings", sourceSetting)}
	case d.Status != StatusActive:
		return []Finding{finding(name, StateFail, fmt.Sprintf("traces shall go to %s, which is %s and not %s", d.Kind, clip(d.Status), StatusActive), "Wait until the setting is active: it can take ten minutes. Then repeat.").of(1, "settings", sourceSetting)}
	}
	where := "X-Ray"
	if d.Kind == KindLogs {
		where = "CloudWatch Logs (Transaction Search)"
	}
	return []Finding{finding(name, StatePass, "traces go to "+where, "").of(1, "settings", sourceSetting)}
}

// functionsActive wants every function of the stage to begin traces by itself.
func functionsActive(_ Expectation, s *seen) []Finding {
	const name, next = "functions_active", "Let sst.config.ts set tracing for all functions at one place, and deploy."
	if s.ModesUnread != "" || len(s.Modes) == 0 {
		why := s.ModesUnread
		if why == "" {
			why = "the stage has none"
		}
		return []Finding{finding(name, StateUnknown, "the stage's functions could not be read: "+clip(why), "Allow the role to list the stage's functions by their tags, and repeat.").of(0, "functions", sourceLambda)}
	}
	var wrong []string
	for _, f := range sortedKeys(s.Modes) {
		if s.Modes[f] != ModeActive {
			wrong = append(wrong, fmt.Sprintf("%s is %s", f, s.Modes[f]))
		}
	}
	n := len(s.Modes)
	row := finding(name, StatePass, report.Count(n, "function")+" with active tracing", "")
	if len(wrong) > 0 {
		row = finding(name, StateFail, fmt.Sprintf("%d of %s without active tracing", len(wrong), report.Count(n, "function")), next)
	}
	return []Finding{row.with(wrong).of(n, "functions", sourceLambda).measured(float64(n-len(wrong)), float64(n), "functions")}
}

// requestsAnswered wants each request to have got the status that it should:
// the trace of another answer tells of something else.
func requestsAnswered(_ Expectation, s *seen) []Finding {
	const name = "requests_answered"
	if len(s.Sent) == 0 {
		return []Finding{finding(name, StateUnknown, "nothing was sent", "Send at least one request.").of(0, "requests", sourceAnswers)}
	}
	var wrong []string
	bad := 0
	for _, r := range s.Sent {
		switch {
		case !r.answered():
			wrong = append(wrong, r.name()+": "+r.Failed)
		case r.Answer.Status != r.Route.Expect:
			wrong = append(wrong, fmt.Sprintf("%s: %d, not %d", r.name(), r.Answer.Status, r.Route.Expect))
		default:
			continue
		}
		bad++
	}
	n := len(s.Sent)
	row := finding(name, StatePass, report.Count(n, "request")+" answered as expected", "")
	if bad > 0 {
		row = finding(name, StateFail, fmt.Sprintf("%d of %s answered otherwise than expected", bad, report.Count(n, "request")), "Mend the stage, or say under tracing.requests what it should answer.")
	}
	return []Finding{row.with(wrong).of(n, "requests", sourceAnswers).measured(float64(n-bad), float64(n), "requests")}
}

// tracesFound wants the trace of every request that had to be kept.
func tracesFound(_ Expectation, s *seen) []Finding {
	const name = "traces_found"
	n := 0
	var lost []string
	for _, r := range s.Sent {
		if !r.Decided || !r.answered() {
			continue
		}
		n++
		if s.wholes[r.TraceID] == nil {
			lost = append(lost, r.TraceID+" of "+r.name())
		}
	}
	next := "Look whether the functions may send segments (xray:PutTraceSegments) and whether the API's stage has tracing on; then repeat, or let it wait longer."
	var row Finding
	switch {
	case s.TracesUnread != "":
		row = finding(name, StateUnknown, "the traces could not be read: "+clip(s.TracesUnread), "Repeat once X-Ray answers.")
	case n == 0:
		row = finding(name, StateUnknown, "no request was answered whose trace had to be kept", "See the answers above.")
	case len(lost) > 0:
		row = finding(name, StateMissing, fmt.Sprintf("%d of %s missing after %s", len(lost), report.Count(n, "trace"), short(s.Waited)), next)
	default:
		row = finding(name, StatePass, fmt.Sprintf("%s found within %s", report.Count(n, "trace"), short(s.Waited)), "")
	}
	return []Finding{row.with(lost).of(n, "requests whose trace had to be kept", sourceTraces).measured(float64(n-len(lost)), float64(n), "traces")}
}

// tracesWhole wants each trace to have its function's segment, ended, and
// nothing to be without its parent.
func tracesWhole(_ Expectation, s *seen) []Finding {
	const name = "traces_whole"
	if len(s.found) == 0 {
		return unseen(name, "segment")
	}
	var wrong []string
	bad := 0
	for _, r := range s.found {
		if why := s.unfinished(r.TraceID); why != "" {
			bad++
			wrong = append(wrong, r.TraceID+" of "+r.name()+": "+why)
		}
	}
	n := len(s.found)
	row := finding(name, StatePass, report.Count(n, "trace")+" with all their segments", "")
	if bad > 0 {
		row = finding(name, StateFail, fmt.Sprintf("%d of %s not whole", bad, report.Count(n, "trace")), "Let the handler's wrapper send its spans before the answer goes out; if it does, let the check wait longer.")
	}
	return []Finding{row.with(wrong).of(n, "traces", sourceTraces).measured(float64(n-bad), float64(n), "traces")}
}

// unfinished says what a trace lacks.
func (s *seen) unfinished(id string) string {
	w := s.wholes[id]
	at := slices.IndexFunc(s.Traces, func(t Trace) bool { return t.ID == id })
	switch {
	case at >= 0 && s.Traces[at].Partial:
		return "X-Ray has it in part"
	case len(w.functions()) == 0:
		return "no segment of a function"
	case w.orphans > 0:
		return report.Count(w.orphans, "part") + " without the parent"
	}
	for _, p := range w.all {
		if p.InProgress || p.End == 0 {
			return clip(p.Name) + " has not ended"
		}
	}
	return ""
}
