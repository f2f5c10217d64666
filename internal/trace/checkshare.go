package trace

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
)

// indexed wants the traces to be found by the run's annotation. Where X-Ray
// keeps what it indexes that is every trace; with Transaction Search, where any
// span can be searched, it is the spans that carry the annotation.
func indexed(e Expectation, s *seen) []Finding {
	const name, next = "annotations_indexed", "List the annotation in aws.xray.annotations: metadata is not indexed. X-Ray indexes up to 50 of a trace."
	if len(s.found) == 0 {
		return unseen(name, "annotation")
	}
	if s.Destination == nil {
		return []Finding{finding(name, StateUnknown, "it is not known where traces go, and so not where they are indexed", "See the destination above.").of(len(s.found), "traces", sourceIndex)}
	}
	n := len(s.found)
	has, source := map[string]bool{}, sourceIndex
	if s.Destination.Kind == KindLogs {
		source = "the spans that were retrieved"
		for _, r := range s.found {
			for _, p := range s.wholes[r.TraceID].handlers() {
				has[r.TraceID] = has[r.TraceID] || p.Annotations[AnnotationRun] == e.Run
			}
		}
	} else {
		if s.IndexedUnread != "" {
			return []Finding{finding(name, StateUnknown, "the index could not be read: "+clip(s.IndexedUnread), "Allow xray:GetTraceSummaries, and repeat.").of(n, "traces", sourceIndex)}
		}
		for _, summary := range s.Indexed {
			has[summary.ID] = true
		}
	}
	var lost []string
	for _, r := range s.found {
		if !has[r.TraceID] {
			lost = append(lost, r.TraceID+" of "+r.name())
		}
	}
	row := finding(name, StatePass, report.Count(n, "trace")+" found by annotation."+AnnotationRun, "")
	if len(lost) > 0 {
		row = finding(name, StateMissing, fmt.Sprintf("%d of %s not found by annotation.%s", len(lost), report.Count(n, "trace"), AnnotationRun), next)
	}
	return []Finding{row.with(lost).of(n, "traces", source).measured(float64(n-len(lost)), float64(n), "traces")}
}

// tests is how many shares are compared with the plan: kept errors, kept
// successes, indexed traces.
const tests = 3

// indexShare holds the indexed share to the plan, where only a share is.
func indexShare(e Expectation, s *seen) (rows []Finding) {
	const name, setting = "share_indexed", "index_setting"
	if s.Destination == nil || s.Destination.Kind != KindLogs {
		return nil // X-Ray indexes all that it keeps
	}
	set := s.Destination.Index
	planned := e.Index.Fraction() * 100
	switch {
	case set == nil:
		rows = append(rows, finding(setting, StateUnknown, "the account's share could not be read", "Allow xray:GetIndexingRules."))
	case math.Abs(*set-planned) > 1e-6:
		rows = append(rows, finding(setting, StateFail, fmt.Sprintf("the account indexes %g%%, not %s", *set, e.Index), "Deploy the account's stack (monitoring-stack with scope account), or change monitoring.tracing.index.").measured(*set, planned, "%"))
	default:
		rows = append(rows, finding(setting, StatePass, fmt.Sprintf("the account indexes %g%%", *set), "").measured(*set, planned, "%"))
	}
	rows[0] = rows[0].of(1, "settings", sourceSetting)
	if len(s.found) == 0 {
		return append(rows, unseen(name, "trace")...)
	}
	if s.IndexedUnread != "" {
		return append(rows, finding(name, StateUnknown, "the index could not be read: "+clip(s.IndexedUnread), "Allow xray:GetTraceSummaries, and repeat.").of(len(s.found), "traces", sourceIndex))
	}
	in := map[string]bool{}
	for _, summary := range s.Indexed {
		in[summary.ID] = true
	}
	k := 0
	for _, r := range s.found {
		k += count(in[r.TraceID])
	}
	row := share(name, "of the traces are indexed", k, len(s.found), 0, e.Index, e.Tolerance).of(len(s.found), "traces", sourceIndex)
	if row.State == StateFail {
		row.Change = "Ask for the account's indexing rules (aws xray get-indexing-rules): they may have been changed minutes ago."
	}
	return append(rows, row)
}

// shares hold how many traces of errors and of successes the stage's own rules
// have kept to the plan. It is decided before a request has failed, so that the
// plan is the same for both.
func shares(e Expectation, s *seen) (rows []Finding) {
	for _, class := range []struct {
		name, what string
		errors     bool
	}{{"kept_errors", "errors", true}, {"kept_successes", "successes", false}} {
		n, k := 0, 0
		for _, r := range s.Sent {
			if r.Decided || !r.answered() || (r.Answer.Status >= 400) != class.errors {
				continue
			}
			n++
			k += count(s.wholes[r.TraceID] != nil)
		}
		if s.TracesUnread != "" {
			rows = append(rows, finding(class.name, StateUnknown, "the traces could not be read: "+clip(s.TracesUnread), "Repeat once X-Ray answers.").of(n, class.what, sourceTraces))
			continue
		}
		// A rule has a reservoir of one trace a second beside its rate.
		reservoir := int(math.Ceil(s.To.Sub(s.From).Seconds())) + 1
		rows = append(rows, share(class.name, "of the "+class.what+" are kept", k, n, reservoir, e.Record, e.Tolerance).of(n, class.what+" that the rules decided", sourceTraces))
	}
	return rows
}

// share holds k of n to a planned share: a fair sample is called wrong with at
// most the tolerance, over all shares. extra is how many may come on top.
func share(name, what string, k, n, extra int, planned, tolerance unit.Percent) Finding {
	p, alpha := planned.Fraction(), tolerance.Fraction()/tests/2
	if n == 0 {
		return finding(name, StateUnknown, "none was sent, or answered", "Send some of them: tracing.undecided, and requests that expect a 4xx for errors.")
	}
	observed := fmt.Sprintf("%d of %d %s, %s planned", k, n, what, planned)
	row := finding(name, StatePass, observed, "")
	switch {
	case planned == unit.Full && k < n, p < 1 && lower(k, n, p) < alpha:
		row = finding(name, StateFail, observed+": fewer than chance explains", "Look at the sampling rules of the stage: one with a smaller number may come first. An HTTP API asks none, and Lambda keeps 5% by itself.")
	case p > 0 && p < 1 && upper(k-extra, n, p) < alpha, planned == 0 && k > extra:
		row = finding(name, StateFail, observed+": more than chance explains", "Look at the sampling rules of the stage, and at what it costs: cutover monitoring template --estimate.")
	case p > 0 && p < 1 && lower(0, n, p) >= alpha && upper(n-extra, n, p) >= alpha:
		row = finding(name, StateUnknown, observed+": too few to tell", fmt.Sprintf("Send more: tracing.undecided of at least %d.", enough(p, alpha)))
	}
	return row.measured(float64(k)/float64(n)*100, p*100, "%")
}

// enough is how many it takes until none at all would be noticed.
func enough(p, alpha float64) int { return int(math.Ceil(math.Log(alpha) / math.Log1p(-p))) }

// lower is the chance of at most k of n, each with the chance p.
func lower(k, n int, p float64) float64 {
	sum := 0.0
	for i := 0; i <= min(k, n); i++ {
		sum += binomial(i, n, p)
	}
	return min(sum, 1)
}

// upper is the chance of at least k of n.
func upper(k, n int, p float64) float64 {
	sum := 0.0
	for i := max(k, 0); i <= n; i++ {
		sum += binomial(i, n, p)
	}
	return min(sum, 1)
}

func binomial(k, n int, p float64) float64 {
	ways := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
	times := func(k int, log float64) float64 {
		if k == 0 {
			return 0
		}
		return float64(k) * log
	}
	return math.Exp(ways(n) - ways(k) - ways(n-k) + times(k, math.Log(p)) + times(n-k, math.Log1p(-p)))
}
