package doctor

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// titles head the parts.
var titles = map[Part]string{Offline: "In the repository", GitHub: "At GitHub", AWS: "At AWS", Slack: "At Slack"}

// View shows the result: first what mends it, then every row.
func View(r Result) report.Document {
	title := "Doctor"
	if r.Project != "" {
		title += ": " + r.Project
	}
	d := report.Document{Title: title, Verdict: r.Verdict, Lead: r.Lead}
	d.Blocks = append(d.Blocks, remedies(r)...)
	for _, part := range Parts() {
		if t := table(r, part); len(t.Rows) > 0 {
			d.Blocks = append(d.Blocks, report.Section{Title: titles[part]}, t)
		}
	}
	if len(r.Left) > 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: "Left out: " + strings.Join(r.Left, "; ") + "."})
	}
	return d
}

func table(r Result, part Part) report.Table {
	t := report.Table{Columns: []report.Column{{Title: "check"}, {Title: "verdict"}, {Title: "seen"}}}
	for _, row := range r.Rows {
		if row.Part == part {
			t.Rows = append(t.Rows, []report.Cell{{Text: row.Title}, {Text: report.Mark(row.Verdict), Tone: report.ToneOf(row.Verdict)}, {Text: clip(row.Observed)}})
		}
	}
	return t
}

// wide is how much of what was seen stands in a table, in runes: all of it stands
// beside the command.
const wide = 110

func clip(text string) string {
	if runes := []rune(text); len(runes) > wide {
		return string(runes[:wide-1]) + "…"
	}
	return text
}

// remedies are the commands, in the order in which they should be given: what a
// later row needs comes first. Of a row that was not looked at nothing is known.
func remedies(r Result) (blocks []report.Block) {
	n := 0
	for _, row := range r.Rows {
		if row.Verdict == verdict.Pass || row.Missing != "" {
			continue
		}
		if n++; n == 1 {
			blocks = append(blocks, report.Section{Title: "What mends it, in this order"})
		}
		text := fmt.Sprintf("%d. %s: %s. Wanted: %s.", n, row.Check, row.Observed, row.Wanted)
		if row.Step != "" {
			text += " " + row.Step
		}
		blocks = append(blocks, report.Text{Body: text})
		if len(row.Mend) > 0 {
			blocks = append(blocks, report.Log{Caption: "copy", Body: strings.Join(row.Mend, "\n"), Open: true})
		}
	}
	return blocks
}
