package comparison

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// slowest is the share of cold starts that may be slower than a p99 allows.
const slowest = 0.01

// coldStarts holds the p99 of green's cold starts below its limit by the binomial
// distribution alone. At 95% that takes 299 cold starts, none of them slower. Where
// they were counted and their durations not kept, the share of slow ones is held
// below one in a hundred, which is the same question.
func (in Input) coldStarts() Row {
	row, g := Row{Name: "cold_start_p99", Title: "Cold starts, p99"}, in.Green
	under, confidence := float64(in.Policy.ColdStartUnder.Std().Microseconds()), in.Policy.Confidence.Fraction()
	row.Unit, row.SampleOf, row.Target = "ms", "cold starts", round(under/1000)
	row.Rule, row.Level, row.Method = "below "+in.Policy.ColdStartUnder.String(), in.Policy.Confidence.String()+", each end", "order statistics"
	s := interval.Of(g.ColdStarts, 0)
	row.Sample = s.Size()
	least := interval.Clean(slowest, confidence)
	if s.Size() == 0 && g.ColdsCounted > 0 {
		return in.countedColds(row)
	}
	if !g.ColdsKnown && s.Size() == 0 {
		return row.open("Nobody counted the cold starts of "+g.Name+".", "Let the load test ask CloudWatch, or give the window to this report.")
	}
	if s.Size() == 0 {
		return row.open("There was no cold start.", fmt.Sprintf("%s, none slower than %s, prove it.", report.Count(least, "cold start"), in.Policy.ColdStartUnder))
	}
	b, slow := interval.Percentile(s, 1-slowest, confidence), s.Above(under)
	row.Green, row.Observed = known(s.Percentile(1-slowest)/1000), known(s.Percentile(1-slowest)/1000)
	row.Low, row.High = positive(b.Low/1000), known(b.High/1000)
	return in.coldVerdict(row, slow, s.Size(), b.High < under, b.Low >= under)
}

// countedColds judges the share of slow ones by its exact limits.
func (in Input) countedColds(row Row) Row {
	g, confidence := in.Green, in.Policy.Confidence.Fraction()
	slow := min(max(g.ColdsSlow, 0), g.ColdsCounted)
	row.Unit, row.Target, row.Sample, row.Method = "%", round(100*slowest), g.ColdsCounted, "Clopper and Pearson, of the share that is slow"
	row.Rule = "fewer than 1% take " + in.Policy.ColdStartUnder.String() + " or more"
	b := interval.Bounds(float64(slow), float64(g.ColdsCounted), confidence)
	share := known(percent(slow, g.ColdsCounted))
	row.Green, row.Observed, row.Low, row.High = share, share, known(100*b.Low), known(100*b.High)
	return in.coldVerdict(row, slow, g.ColdsCounted, b.High < slowest, b.Low >= slowest)
}

func (in Input) coldVerdict(row Row, slow, of int64, proven, refuted bool) Row {
	told := fmt.Sprintf("%s of %s took %s or more", report.Grouped(slow), report.Count(of, "cold start"), in.Policy.ColdStartUnder)
	switch {
	case proven:
		row.Verdict, row.Why = verdict.Pass, told+", which proves it."
	case refuted:
		row.Verdict, row.Why = verdict.Fail, told+": more than one in a hundred does."
		row.Settle = "Make the bundle smaller, give the functions more memory, or keep some provisioned."
	default:
		row.Verdict, row.Why = verdict.Inconclusive, told+", which proves nothing yet."
		need := interval.ToProve(float64(slow), slowest, in.Policy.Confidence.Fraction())
		if rest := need - of; rest > 0 {
			row.Settle = fmt.Sprintf("%s more prove it, if none of them takes %s.", report.Count(rest, "cold start"), in.Policy.ColdStartUnder)
		}
	}
	return row
}
