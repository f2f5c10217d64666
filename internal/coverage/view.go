package coverage

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// worstShown bounds the table of files; the JSON result has all of them.
const worstShown = 20

// Document shows the result: the gated metrics, then the files in which a test
// gains most. link, if not nil, returns the address of a file's line or "".
func (r Result) Document(link func(path string, line int) string) report.Document {
	d := report.Document{Title: "Coverage gate", Verdict: r.Verdict, Lead: r.Lead()}
	d.Blocks = append(d.Blocks, r.metricsTable())
	if chart := r.chart(); len(chart.Rows) > 0 {
		d.Blocks = append(d.Blocks, chart)
	}
	if table := r.filesTable(link); len(table.Rows) > 0 {
		d.Blocks = append(d.Blocks, table)
	}
	if len(r.Missing) > 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf(
			"%d files of the report do not exist here, such as %s. They were counted.", len(r.Missing), clip(r.Missing[0]))})
	}
	return d
}

// Lead is the result in one sentence.
func (r Result) Lead() string {
	var parts []string
	for _, f := range r.Findings {
		relation := "at or above"
		if f.Verdict == verdict.Fail {
			relation = "below"
		}
		parts = append(parts, fmt.Sprintf("%s %s%% (%s of %s), %s %s%%", f.Name, report.Number(*f.Observed),
			report.Grouped(r.Of(Metric(f.Name)).Covered), report.Grouped(f.Sample), relation, report.Number(*f.Limit)))
	}
	lead := strings.Join(parts, "; ") + "."
	for _, f := range r.Findings {
		if f.Verdict == verdict.Fail {
			lead += " " + f.Change
		}
	}
	return lead
}

func (r Result) metricsTable() report.Table {
	t := report.Table{Columns: []report.Column{
		{Title: "metric"}, {Title: "covered", Numeric: true}, {Title: "of", Numeric: true},
		{Title: "share", Numeric: true}, {Title: "minimum", Numeric: true}, {Title: "verdict"},
	}}
	for _, m := range Metrics {
		sum := r.Of(m)
		if sum == nil {
			continue
		}
		minimum, word, tone := "not gated", "", report.Quiet
		for _, f := range r.Findings {
			if f.Name == string(m) {
				minimum, word, tone = report.Number(*f.Limit)+"%", string(f.Verdict), report.ToneOf(f.Verdict)
			}
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: string(m)}, {Text: report.Grouped(sum.Covered)}, {Text: report.Grouped(sum.Total)},
			{Text: percentText(sum.Percent)}, {Text: minimum}, {Text: word, Tone: tone},
		})
	}
	return t
}

func (r Result) chart() report.Bars {
	b := report.Bars{Caption: "Share covered, with its minimum", Unit: "%", Max: 100}
	for _, f := range r.Findings {
		b.Rows = append(b.Rows, report.Bar{Label: f.Name, Value: *f.Observed, Limit: f.Limit, Tone: report.ToneOf(f.Verdict)})
	}
	return b
}

func (r Result) filesTable(link func(string, int) string) report.Table {
	t := report.Table{Caption: "Where tests are missing, worst first", Columns: []report.Column{
		{Title: "file"}, {Title: "lines", Numeric: true}, {Title: "uncovered", Numeric: true}, {Title: "where"},
	}}
	for _, f := range r.Files {
		if f.Lines == nil || f.uncoveredLines() == 0 {
			continue
		}
		if len(t.Rows) == worstShown {
			t.More++
			continue
		}
		share := f.Lines.Percent / 100
		file := report.Cell{Text: f.Path, Code: true}
		if link != nil && len(f.Uncovered) > 0 {
			file.Href = link(f.Path, f.Uncovered[0].From)
		}
		t.Rows = append(t.Rows, []report.Cell{
			file, {Text: percentText(f.Lines.Percent), Share: &share},
			{Text: report.Grouped(f.uncoveredLines())}, {Text: rangesText(f.Uncovered, 6)},
		})
	}
	return t
}

func percentText(p float64) string { return strconv.FormatFloat(p, 'f', 2, 64) + "%" }

// rangesText lists ranges as "3–9, 14", at most the given number of them.
func rangesText(ranges []Range, most int) string {
	var parts []string
	for i, g := range ranges {
		if i == most {
			parts = append(parts, fmt.Sprintf("and %d more", len(ranges)-most))
			break
		}
		if g.From == g.To {
			parts = append(parts, strconv.Itoa(g.From))
		} else {
			parts = append(parts, fmt.Sprintf("%d–%d", g.From, g.To))
		}
	}
	return strings.Join(parts, ", ")
}

// Remark is a message about a place, for whoever shows annotations.
type Remark struct {
	// Path is empty for a remark on the whole; lines count from 1.
	Path     string
	From, To int
	Message  string
	Failed   bool
}

// remarksShown bounds remarks on files: GitHub shows at most ten of a kind a step.
const remarksShown = 10

// Remarks returns what to pin to the run and to files: one for each failed
// metric and, when lines failed, the first uncovered run of the worst files.
func (r Result) Remarks() []Remark {
	var remarks []Remark
	linesFailed := false
	for _, f := range r.Findings {
		if f.Verdict == verdict.Pass {
			continue
		}
		linesFailed = linesFailed || f.Name == string(Lines)
		remarks = append(remarks, Remark{Failed: true, Message: fmt.Sprintf("%s: %s%% is below the minimum of %s%%. %s",
			f.Name, report.Number(*f.Observed), report.Number(*f.Limit), f.Change)})
	}
	if !linesFailed {
		return remarks
	}
	shown := 0
	for _, f := range r.Files {
		if shown == remarksShown || len(f.Uncovered) == 0 {
			continue
		}
		shown++
		remarks = append(remarks, Remark{
			Path: f.Path, From: f.Uncovered[0].From, To: f.Uncovered[0].To,
			Message: fmt.Sprintf("%d of %d lines are not covered: %s", f.uncoveredLines(), f.Lines.Total, rangesText(f.Uncovered, 6)),
		})
	}
	return remarks
}
