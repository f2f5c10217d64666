package comparison

import (
	"fmt"
	"math"
	"strings"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Judge holds green to blue and to the policy.
func Judge(in Input) Report {
	in.Project, in.Stage, in.Blue, in.Green = plain(in.Project), plain(in.Stage), in.Blue.plain(), in.Green.plain()
	r := Report{Version: Version, Project: in.Project, Stage: in.Stage, Blue: shown(in.Blue), Green: shown(in.Green), Cost: tidied(in.Cost), Billed: in.Billed.tidied(),
		Limits: limits(in.Policy), Files: append([]File{}, in.Files...)}
	for _, p := range []struct {
		name, title string
		at          float64
		of          func(Minute) float64
	}{
		{"latency_p50", "Latency, p50", 0.5, func(m Minute) float64 { return m.P50 }},
		{"latency_p95", "Latency, p95", 0.95, func(m Minute) float64 { return m.P95 }},
		{"latency_p99", "Latency, p99", 0.99, func(m Minute) float64 { return m.P99 }},
	} {
		r.Rows = append(r.Rows, in.latency(Row{Name: p.name, Title: p.title}, p.at, p.of))
	}
	r.Rows = append(r.Rows, in.throughput(), in.errors(), in.coldStarts(), in.savings())
	r.Facts = in.facts()
	if f, ok := r.Billed.fact(); ok {
		r.Facts = append(r.Facts, f)
	}
	r.Decision, r.Verdict = Decide(r.Rows)
	r.Lead = r.lead()
	r.Advice = append(r.advice(), r.Billed.advice()...)
	return r
}

// plain has all of a stranger's texts as one line each.
func (s Side) plain() Side {
	s.Name, s.Source, s.Stopped = plain(s.Name), plain(s.Source), plain(s.Stopped)
	invalid := make([]string, len(s.Invalid))
	for i, why := range s.Invalid {
		invalid[i] = plain(why)
	}
	s.Invalid = invalid
	return s
}

func limits(p Policy) Limits {
	return Limits{LatencyTolerance: p.LatencyTolerance.Fraction(), ErrorsBelow: p.ErrorsBelow.Fraction(), ColdStartUnderMS: float64(p.ColdStartUnder.Std().Microseconds()) / 1000,
		Savings: p.Savings.Fraction(), CountShared: p.CountShared, Confidence: p.Confidence.Fraction(), MinRequests: int64(p.MinRequests), MinDays: int64(p.MinDays)}
}

// answered counts the requests that had an answer.
func (s Side) answered() (n int64) {
	for _, p := range s.Latencies {
		n += p[1]
	}
	return n
}

// sample is all that is known of a side's latencies, with its minutes if they
// are the same requests.
func (s Side) sample() interval.Sample {
	all := interval.Of(s.Latencies, max(0, s.Requests-s.answered()))
	var minutes []interval.Sample
	n := int64(0)
	for _, m := range s.Minutes {
		answered := int64(0)
		for _, p := range m.Latencies {
			answered += p[1]
		}
		if answered == 0 {
			continue
		}
		minutes = append(minutes, interval.Of(m.Latencies, max(0, m.Requests-answered)))
		n += max(m.Requests, answered)
	}
	if n != all.Size() {
		return all
	}
	return all.Blocked(minutes)
}

// unusable says why a side is no measurement, or "".
func (s Side) unusable(least int64) (why, settle string) {
	switch {
	case len(s.Invalid) > 0:
		return fmt.Sprintf("The load on %s is no measurement: %s", s.Name, sentence(strings.Join(s.Invalid, "; "))), "Repeat the load test of " + s.Name + " so that it is valid."
	case s.Requests < least:
		return fmt.Sprintf("%s of %s are too few.", report.Count(s.Requests, "request"), s.Name), fmt.Sprintf("Measure %s with %s or more.", s.Name, report.Count(least, "request"))
	}
	return "", ""
}

func (in Input) latency(row Row, p float64, of func(Minute) float64) Row {
	tolerance, confidence := in.Policy.LatencyTolerance.Fraction(), in.Policy.Confidence.Fraction()
	row.Unit, row.SampleOf, row.Target = "×", "requests", round(1+tolerance)
	row.Rule = fmt.Sprintf("at most %s times %s", report.Number(1+tolerance), in.Blue.Name)
	row.Level = fmt.Sprintf("%s, both ends together", in.Policy.Confidence)
	for _, s := range []Side{in.Blue, in.Green} {
		if why, settle := s.unusable(int64(in.Policy.MinRequests)); why != "" {
			return row.open(why, settle)
		}
	}
	var blue, green interval.Sample
	switch {
	case len(in.Blue.Latencies) > 0 && len(in.Green.Latencies) > 0:
		blue, green = in.Blue.sample(), in.Green.sample()
		row.Sample = green.Size()
		row.Method = "each request counted, those of a minute for as alike as they are"
		if blue.Blocks() == 0 || green.Blocks() == 0 {
			row.Method = "each request counted as independent, since its minute is not known"
		}
	default:
		blue, green, p = in.Blue.byMinute(of), in.Green.byMinute(of), 0.5
		row.Sample, row.SampleOf, row.Method = green.Size(), "minutes", "the median minute of each side, since only percentiles of minutes are known"
	}
	if blue.Size() == 0 || green.Size() == 0 {
		return row.open("The latencies of one side are not known.", "Give a load result of both sides.")
	}
	r := interval.Ratios(blue, green, p, confidence)
	row.Blue, row.Green = known(r.Blue/1000), known(r.Green/1000)
	row.Observed, row.Low, row.High = known(r.Value), known(r.Low), known(r.High)
	if r.Low == 0 {
		row.Low = nil
	}
	return in.ratioVerdict(row, r, 1+tolerance)
}

// ratioVerdict holds a ratio to its target: it must lie inside with all of its
// interval, or outside with all of it.
func (in Input) ratioVerdict(row Row, r interval.Ratio, target float64) Row {
	told := fmt.Sprintf("%s answers in %s, %s in %s", in.Green.Name, millis(row.Green), in.Blue.Name, millis(row.Blue))
	switch {
	case math.IsInf(r.Value, 1) && r.Low > target:
		row.Verdict, row.Why = verdict.Fail, fmt.Sprintf("%s leaves so many requests without an answer that this percentile has no time; %s answers in %s.", in.Green.Name, in.Blue.Name, millis(row.Blue))
		row.Settle = "Find out why " + in.Green.Name + " does not answer."
	case math.IsNaN(r.Value):
		return row.open("Neither side answers so many requests.", "Find out why requests have no answer.")
	case r.High <= target:
		row.Verdict, row.Why = verdict.Pass, told+": "+row.ends()+"."
	case r.Low > target:
		row.Verdict, row.Why = verdict.Fail, told+": "+row.ends()+"."
		row.Settle = fmt.Sprintf("Make %s faster: %s or less passes.", in.Green.Name, millis(known(r.Blue*target/1000)))
	default:
		row.Verdict, row.Why = verdict.Inconclusive, told+": "+row.ends()+fmt.Sprintf(", which holds %s.", report.Number(target))
		row.Settle = in.moreRequests(r, target, row.SampleOf)
	}
	return row
}

// mostTimes is how many times as much one may ask for.
const mostTimes = 200

// moreRequests says what would settle a ratio: intervals shrink with the root of
// what is counted.
func (in Input) moreRequests(r interval.Ratio, target float64, of string) string {
	end := r.High
	if r.Value > target {
		end = r.Low
	}
	times := math.Pow(math.Log(end/r.Value)/math.Log(target/r.Value), 2)
	what := "requests"
	if strings.HasPrefix(of, "minutes") {
		what = "minutes"
	}
	switch {
	case end == 0 || math.IsInf(end, 0) || math.IsInf(r.Value, 0):
		return "Measure longer: so few " + what + " do not bound this percentile."
	case math.IsNaN(times) || times > mostTimes:
		return fmt.Sprintf("More %s hardly settle a ratio so close to %s: make %s faster, or decide what tolerance you want.", what, report.Number(target), in.Green.Name)
	}
	return fmt.Sprintf("About %s times as many %s of both sides settle it, if the ratio stays %s.", report.Number(math.Ceil(max(times, 1.1)*10)/10), what, report.Number(r.Value))
}

// byMinute takes the minutes' own percentiles as what was measured.
func (s Side) byMinute(of func(Minute) float64) interval.Sample {
	var pairs [][2]int64
	for _, m := range s.Minutes {
		if v := of(m); v > 0 {
			pairs = append(pairs, [2]int64{int64(v * 1000), 1})
		}
	}
	return interval.Of(pairs, 0)
}

// open makes a row inconclusive.
func (r Row) open(why, settle string) Row {
	r.Verdict, r.Why, r.Settle = verdict.Inconclusive, why, settle
	return r
}
