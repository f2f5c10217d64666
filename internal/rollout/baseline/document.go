package baseline

import (
	"fmt"
	"math"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Document shows both sides beside each other: how they answered, what share of
// their requests was bad against each limit, and how far errors come in clumps.
func (b Baseline) Document(p rollout.Policy) report.Document {
	green, blue := b.measured()
	d := report.Document{
		Title: "Baseline of " + b.Stage, Verdict: verdict.Pass,
		Lead: fmt.Sprintf("Blue was measured for %s minutes and green for %s, until %s.", report.Grouped(int64(blue)), report.Grouped(int64(green)), b.Taken.Format("2006-01-02 15:04 UTC")),
	}
	answers := report.Table{Caption: "Asked by their direct names", Columns: []report.Column{{Title: "side"}, {Title: "request"}, {Title: "answer"}}}
	for _, a := range b.Answers {
		cell := report.Cell{Text: "right", Tone: report.Good}
		if a.Wrong != "" {
			cell, d.Verdict = report.Cell{Text: a.Wrong, Tone: report.Bad}, verdict.Fail
		}
		answers.Rows = append(answers.Rows, []report.Cell{{Text: a.Side}, {Text: a.Request, Code: true}, cell})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Both sides"}, answers, b.shares(p))
	return d
}

// shares are the bad shares of both sides, and the dispersion.
func (b Baseline) shares(p rollout.Policy) report.Table {
	t := report.Table{
		Caption: "Shares of bad requests. The correlation says how far they come in clumps: 0 is one by one, and evidence counts for less the higher it is.",
		Columns: []report.Column{{Title: "objective"}, {Title: "blue", Numeric: true}, {Title: "green", Numeric: true}, {Title: "limit", Numeric: true}, {Title: "correlation", Numeric: true}},
	}
	minutes := b.Judged()
	for _, o := range p.Measured(minutes).Rules.Objectives {
		if !o.Counted() {
			continue
		}
		greenBad, greenAll, blueBad, blueAll := o.Sum(minutes)
		green := report.Cell{Text: share(greenBad, greenAll)}
		if greenAll > 0 && o.Limit > 0 && float64(greenBad) >= o.Limit*float64(greenAll) {
			green.Tone = report.Bad
		}
		limit := ""
		if o.Limit > 0 && !math.IsInf(o.Limit, 0) {
			limit = fmt.Sprintf("%.3g%%", 100*o.Limit)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: o.Name, Code: true}, {Text: share(blueBad, blueAll)}, green, {Text: limit}, {Text: fmt.Sprintf("%.3f", o.Correlation)}})
	}
	return t
}

func share(bad, all int64) string {
	if all == 0 {
		return "no figures"
	}
	return fmt.Sprintf("%.3g%% (%s of %s)", 100*float64(bad)/float64(all), report.Grouped(bad), report.Grouped(all))
}
