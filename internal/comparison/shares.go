package comparison

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// held is the share of what was asked for that a valid run may miss.
const held = 0.99

// throughput asks whether green answers as many a second as blue did at its peak.
// An open-loop generator asks both for the same, so a peak that is within the one
// percent that a valid run may miss is the same peak.
func (in Input) throughput() Row {
	row := Row{Name: "throughput", Title: "Throughput at peak"}
	blue, green := in.Blue.PeakRate, in.Green.PeakRate
	row.Unit, row.SampleOf, row.Sample = "requests/s", "requests", in.Green.Requests
	row.Target, row.Blue, row.Green, row.Observed = round(blue), positive(blue), positive(green), positive(green)
	row.Rule = fmt.Sprintf("no less than %s, to within 1%%", in.Blue.Name)
	for _, s := range []Side{in.Blue, in.Green} {
		if why, settle := s.unusable(int64(in.Policy.MinRequests)); why != "" {
			return row.open(why, settle)
		}
	}
	told := fmt.Sprintf("%s held %s requests a second, %s %s", in.Green.Name, report.Number(green), in.Blue.Name, report.Number(blue))
	switch {
	case blue <= 0 || green <= 0:
		return row.open("The peak rate of one side is not known.", "Give a load result of both sides.")
	case green >= held*blue:
		row.Verdict, row.Why = verdict.Pass, told+"."
	case in.Green.PeakTarget > 0 && in.Green.PeakTarget < held*blue && in.Green.Stopped == "":
		return row.open(told+fmt.Sprintf(", but was asked for %s only.", report.Number(in.Green.PeakTarget)), fmt.Sprintf("Repeat the load test of %s with %s requests a second.", in.Green.Name, report.Number(blue)))
	default:
		row.Verdict, row.Why = verdict.Fail, told+"."
		if in.Green.Stopped != "" {
			row.Why = told + ", and its load test stopped: " + sentence(in.Green.Stopped)
		}
		row.Settle = "Look for throttles, the concurrency limit and the database's connections, and repeat the load test."
	}
	return row
}

// errors holds green's share of 5xx below its limit: proven, not only seen.
func (in Input) errors() Row {
	row, g := Row{Name: "errors_5xx", Title: "Errors (5xx)"}, in.Green
	limit, confidence := in.Policy.ErrorsBelow.Fraction(), in.Policy.Confidence.Fraction()
	row.Unit, row.Sample, row.SampleOf, row.Target = "%", g.Requests, "requests", round(100*limit)
	row.Rule = "below " + in.Policy.ErrorsBelow.String()
	row.Level = in.Policy.Confidence.String() + ", each end"
	if why, settle := g.unusable(1); why != "" {
		return row.open(why, settle)
	}
	var counts []interval.Count
	for _, m := range g.Minutes {
		counts = append(counts, interval.Count{Bad: m.Errors5xx, Of: m.Requests})
	}
	effect := interval.Effect(counts)
	row.Method = "Clopper and Pearson"
	if effect > 1 {
		row.Method += ", errors of a minute counted as alike as they are"
	}
	n, bad := float64(g.Requests)/effect, float64(g.Errors5xx)/effect
	b := interval.Bounds(bad, n, confidence)
	row.Green, row.Observed = known(percent(g.Errors5xx, g.Requests)), known(percent(g.Errors5xx, g.Requests))
	if in.Blue.Requests > 0 && len(in.Blue.Invalid) == 0 {
		row.Blue = known(percent(in.Blue.Errors5xx, in.Blue.Requests))
	}
	row.Low, row.High = known(100*b.Low), known(100*b.High)
	told := fmt.Sprintf("%s of %s failed", report.Grouped(g.Errors5xx), report.Count(g.Requests, "request"))
	switch {
	case b.High < limit:
		row.Verdict, row.Why = verdict.Pass, told+": "+row.ends()+"."
	case b.Low >= limit:
		row.Verdict, row.Why = verdict.Fail, told+": "+row.ends()+"."
		row.Settle = "Find the errors in the logs of " + g.Name + ", and repeat the load test."
	default:
		row.Verdict, row.Why = verdict.Inconclusive, told+": "+row.ends()+", which holds the limit."
		row.Settle = moreOf(bad/n, limit, confidence, effect, g.Requests, "request")
	}
	return row
}

// moreOf says how many more settle a share, if it stays what it is.
func moreOf(share, limit, confidence, effect float64, have int64, what string) string {
	n := float64(interval.ToSettle(share, limit, confidence)) * effect
	if more := n - float64(have); n > 0 && more > 0 && more < mostTimes*float64(have) {
		return fmt.Sprintf("%s more settle it, if the share stays what it is.", report.Count(int64(math.Ceil(more)), what))
	}
	return "A share so close to its limit is hardly settled by waiting: look into what is slow or fails."
}
