package forecast

import (
	"html/template"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/cost/drawing"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Verdict is the status as a verdict: amber is not sure.
func (f Forecast) Verdict() verdict.Verdict {
	switch f.Status {
	case Green:
		return verdict.Pass
	case Red:
		return verdict.Fail
	}
	return verdict.Inconclusive
}

// Document tells the forecast, for every face.
func (f Forecast) Document() report.Document {
	d := report.Document{Title: "What " + f.month.First.Format("January 2006") + " will cost", Verdict: f.Verdict(), Lead: f.Lead}
	if f.month.First.IsZero() {
		d.Title = "What the month will cost"
	}
	if p := f.picture(); p != "" {
		d.Blocks = append(d.Blocks, report.Rich{HTML: template.HTML(p)}) //nolint:gosec // the drawing escapes every text, which TestHostileNamesAreText holds
	}
	d.Blocks = append(d.Blocks, f.scenarios())
	for _, n := range f.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	if f.Settle != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: f.Settle})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "How it was done"}, report.Text{Body: sentence(strings.ToUpper(f.Method[:1])+f.Method[1:]) + " In " + strconv.Itoa(int(100*f.Confidence)) + " of 100 months the interval is meant to hold the bill, tax and credits aside."})
	return d
}

// scenarios are the month's end three ways.
func (f Forecast) scenarios() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "scenario"}, {Title: "month's end", Numeric: true}, {Title: "of the budget", Numeric: true}, {Title: "the limit falls on"}}}
	for _, s := range []struct {
		name  string
		end   *float64
		limit *string
	}{{"low", f.MonthEnd.Low, f.Limit.Low}, {"median", f.MonthEnd.Median, f.Limit.Median}, {"high", f.MonthEnd.High, f.Limit.High}} {
		row := []report.Cell{{Text: s.name}, {Text: "not known", Tone: report.Doubt}, {}, {Text: "no day of the month"}}
		if s.end != nil {
			row[1] = report.Cell{Text: drawing.Money(*s.end)}
		}
		switch {
		case f.Budget == nil:
			row[3].Text = "there is no budget"
		case s.end != nil:
			row[2].Text = strconv.FormatFloat(100**s.end / *f.Budget, 'f', 0, 64) + "%"
		default:
			row[3].Text = "not known"
		}
		if s.limit != nil {
			row[3] = report.Cell{Text: *s.limit, Tone: report.Bad}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (f Forecast) picture() string {
	m := drawing.Month{Name: f.month.First.Format("January 2006")}
	for i, p := range f.Series {
		m.Days = append(m.Days, drawing.Day{Actual: p.Actual, Low: p.Low, Median: p.Median, High: p.High})
		if f.LimitReachedOn != nil && p.Date == *f.LimitReachedOn {
			m.Limit, m.LimitText = i+1, "limit on "+f.name(p.Date)
		}
	}
	if f.Budget != nil {
		m.Budget = *f.Budget
	}
	return drawing.Fan(f.Lead, m)
}
