package coverage

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// rowsShown bounds the tables; the JSON result has everything.
const rowsShown = 20

// Link returns the address of a file's line, or "".
type Link func(path string, line int) string

// Document shows the result: what was judged, then where tests are missing.
func (r Result) Document(link Link) report.Document {
	d := report.Document{Title: "Coverage gate", Verdict: r.Verdict, Lead: r.Lead()}
	d.Blocks = append(d.Blocks, r.metricsTable())
	for _, block := range []report.Block{r.chart(), r.failuresTable(), r.patchTable(link), r.filesTable(link)} {
		if !empty(block) {
			d.Blocks = append(d.Blocks, block)
		}
	}
	if len(r.Missing) > 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf(
			"%d files of the report do not exist here, such as %s. They were counted.", len(r.Missing), clip(r.Missing[0]))})
	}
	return d
}

func empty(b report.Block) bool {
	switch b := b.(type) {
	case report.Table:
		return len(b.Rows) == 0
	case report.Bars:
		return len(b.Rows) == 0
	}
	return false
}

// Lead is the result in one sentence, and what would mend it in a second.
func (r Result) Lead() string {
	var parts, advice []string
	files := 0
	for _, f := range r.Findings {
		switch f.Gate {
		case "file":
			if f.Verdict == verdict.Fail {
				files++
			}
			continue
		case "drop":
			parts = append(parts, fmt.Sprintf("%s %s points, at most %s allowed", f.Name, report.Number(*f.Observed), report.Number(*f.Limit)))
		default:
			parts = append(parts, fmt.Sprintf("%s %s (%s of %s), %s %s%%", f.Name, percentText(*f.Observed),
				report.Grouped(f.Covered), report.Grouped(f.Sample), relation(f.Verdict), report.Number(*f.Limit)))
		}
		if f.Verdict == verdict.Fail {
			advice = append(advice, f.Change)
		}
	}
	if files > 0 {
		parts = append(parts, fmt.Sprintf("%d %s below their own minimum", files, plural(files, "file is", "files are")))
	}
	return strings.TrimSpace(strings.Join(parts, "; ") + ". " + strings.Join(advice, " "))
}

func relation(v verdict.Verdict) string {
	if v == verdict.Fail {
		return "below"
	}
	return "at or above"
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
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
		row := []report.Cell{
			{Text: string(m)}, {Text: report.Grouped(sum.Covered)}, {Text: report.Grouped(sum.Total)},
			{Text: percentText(sum.Percent)}, {Text: "not gated", Tone: report.Quiet}, {},
		}
		for _, f := range r.Findings {
			if f.Gate == "total" && f.Metric == m {
				row[4] = report.Cell{Text: report.Number(*f.Limit) + "%"}
				row[5] = report.Cell{Text: string(f.Verdict), Tone: report.ToneOf(f.Verdict)}
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for _, f := range r.Findings {
		if f.Gate != "patch" && f.Gate != "drop" {
			continue
		}
		row := []report.Cell{{Text: f.Name}, {Text: report.Grouped(f.Covered)}, {Text: report.Grouped(f.Sample)},
			{Text: percentText(*f.Observed)}, {Text: report.Number(*f.Limit) + "%"}, {Text: string(f.Verdict), Tone: report.ToneOf(f.Verdict)}}
		if f.Gate == "drop" {
			row[3], row[4] = report.Cell{Text: report.Number(*f.Observed) + " points"}, report.Cell{Text: "at most " + report.Number(*f.Limit)}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (r Result) chart() report.Bars {
	b := report.Bars{Caption: "Share covered, with its minimum", Unit: "%", Max: 100}
	for _, f := range r.Findings {
		if f.Gate == "total" || f.Gate == "patch" && f.Sample > 0 {
			b.Rows = append(b.Rows, report.Bar{Label: f.Name, Value: *f.Observed, Limit: f.Limit, Tone: report.ToneOf(f.Verdict)})
		}
	}
	return b
}

// failuresTable lists the files that miss their own minimum.
func (r Result) failuresTable() report.Table {
	t := report.Table{Caption: "Files below their own minimum", Columns: []report.Column{
		{Title: "file"}, {Title: "metric"}, {Title: "share", Numeric: true}, {Title: "minimum", Numeric: true}, {Title: "what would mend it"},
	}}
	for _, f := range r.Findings {
		if f.Gate != "file" || f.Verdict != verdict.Fail {
			continue
		}
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		share := *f.Observed / 100
		t.Rows = append(t.Rows, []report.Cell{{Text: f.Path, Code: true}, {Text: string(f.Metric)},
			{Text: percentText(*f.Observed), Share: &share, Tone: report.Bad}, {Text: report.Number(*f.Limit) + "%"}, {Text: f.Change}})
	}
	return t
}

// patchTable lists changed lines that no test ran.
func (r Result) patchTable(link Link) report.Table {
	t := report.Table{Caption: "Changed lines that no test runs", Columns: []report.Column{{Title: "file"}, {Title: "lines"}}}
	if r.Patch == nil {
		return t
	}
	for _, path := range slices.Sorted(maps.Keys(r.Patch.Uncovered)) {
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		t.Rows = append(t.Rows, []report.Cell{fileCell(path, r.Patch.Uncovered[path], link), {Text: rangesText(r.Patch.Uncovered[path], 12)}})
	}
	return t
}

func (r Result) filesTable(link Link) report.Table {
	t := report.Table{Caption: "Where tests are missing, worst first", Columns: []report.Column{
		{Title: "file"}, {Title: "lines", Numeric: true}, {Title: "uncovered", Numeric: true}, {Title: "where"},
	}}
	for _, f := range r.Files {
		if f.uncoveredLines() == 0 {
			continue
		}
		if len(t.Rows) == rowsShown {
			t.More++
			continue
		}
		share := f.Lines.Percent / 100
		t.Rows = append(t.Rows, []report.Cell{
			fileCell(f.Path, f.Uncovered, link), {Text: percentText(f.Lines.Percent), Share: &share},
			{Text: report.Grouped(f.uncoveredLines())}, {Text: rangesText(f.Uncovered, 6)},
		})
	}
	return t
}

func fileCell(path string, uncovered []Range, link Link) report.Cell {
	c := report.Cell{Text: path, Code: true}
	if link != nil && len(uncovered) > 0 {
		c.Href = link(path, uncovered[0].From)
	}
	return c
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
