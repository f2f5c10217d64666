package preflight

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// lead is the sentence for whoever reads only one.
func (r *Result) lead() string {
	failing, open := r.open(Fail), r.open(Inconclusive)
	accepted := ""
	if n := len(r.open(Accepted)); n > 0 {
		accepted = fmt.Sprintf(" %s accepted.", report.Count(n, "finding"))
	}
	switch {
	case len(failing) > 0:
		text := fmt.Sprintf("No traffic of %s should move: %s.", r.Stage, failing[0].Says)
		if n := len(failing) - 1; n > 0 {
			text += " Also no: " + names(failing[1:]) + "."
		}
		if len(open) > 0 {
			text += " Not known: " + names(open) + "."
		}
		return text + accepted
	case len(open) > 0:
		text := fmt.Sprintf("Nobody can tell whether traffic of %s may move: %s.", r.Stage, open[0].Says)
		if n := len(open) - 1; n > 0 {
			text += " Also not known: " + names(open[1:]) + "."
		}
		return text + accepted
	case r.Verdict != verdict.Pass:
		return "Nothing was judged: every finding is accepted."
	}
	return fmt.Sprintf("Traffic of %s may move: nothing was found that breaks under it.%s", r.Stage, accepted)
}

func names(findings []Finding) string {
	all := make([]string, len(findings))
	for i, f := range findings {
		all[i] = f.Name
	}
	return list(all)
}

var tones = map[State]report.Tone{Pass: report.Good, Fail: report.Bad, Inconclusive: report.Doubt, Accepted: report.Quiet}

// Document shows the result for people.
func (r *Result) Document() report.Document {
	d := report.Document{Title: "Preflight " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	todo := report.Table{Caption: "What to do", Columns: []report.Column{{Title: "finding"}, {Title: "what would change it"}}}
	table := report.Table{Caption: "What was looked at", Columns: []report.Column{{Title: "check"}, {Title: "verdict"}, {Title: "what was seen"}, {Title: "rests on"}}}
	accepted := report.Table{Caption: "Accepted", Columns: []report.Column{{Title: "finding"}, {Title: "reason"}}}
	warnings := report.Table{Caption: "Warnings", Columns: []report.Column{{Title: "check"}, {Title: "warning"}}}
	var sources strings.Builder
	for _, row := range r.Rows {
		read := map[string]bool{}
		for _, f := range row.Findings {
			tone, name := tones[f.State()], string(row.Check)+"/"+f.Name
			rests := ""
			if f.Sample > 0 {
				rests = fmt.Sprintf("%d %s, %s", f.Sample, f.SampleOf, f.Window)
			}
			table.Rows = append(table.Rows, []report.Cell{{Text: string(row.Check), Tone: tone}, {Text: string(f.State())}, {Text: f.Says}, {Text: rests}})
			switch {
			case f.Accepted != "":
				accepted.Rows = append(accepted.Rows, []report.Cell{{Text: name, Tone: tone}, {Text: f.Accepted}})
			case f.Change != "":
				todo.Rows = append(todo.Rows, []report.Cell{{Text: name, Tone: tone}, {Text: f.Change}})
			}
			if !read[f.Source] {
				read[f.Source] = true
				fmt.Fprintf(&sources, "%-12s %s\n", row.Check, f.Source)
			}
		}
		table.More += row.More
		for _, w := range row.Warnings {
			warnings.Rows = append(warnings.Rows, []report.Cell{{Text: string(row.Check), Tone: report.Doubt}, {Text: w}})
		}
	}
	if len(todo.Rows) > 0 {
		d.Blocks = append(d.Blocks, todo, report.Text{Body: "Whoever knows better accepts a finding: by its name and a reason, under traffic.preflight.accept of cutover.yaml."})
	}
	for _, t := range []report.Table{table, r.differences(), r.times(), accepted, warnings} {
		if len(t.Rows) > 0 {
			d.Blocks = append(d.Blocks, t)
		}
	}
	d.Blocks = append(d.Blocks, report.Log{Caption: "Where this was read", Body: sources.String()})
	return d
}

func (r *Result) differences() report.Table {
	t := report.Table{Caption: "Where the answers differ", Columns: []report.Column{{Title: "request"}, {Title: "where"}, {Title: "blue"}, {Title: "green"}}}
	for _, d := range r.Differences {
		tone, at := report.Bad, d.At
		if d.Unsteady {
			tone, at = report.Doubt, at+" (blue differs from itself)"
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: d.Request}, {Text: at, Tone: tone}, {Text: d.Blue}, {Text: d.Green}})
	}
	return t
}

// times stand side by side as one client saw them, so that the two sides' latency
// metrics, which are measured in two places, can be held against each other.
func (r *Result) times() report.Table {
	t := report.Table{Caption: "Both sides' times, seen from one client", Columns: []report.Column{{Title: "request"},
		{Title: "blue", Numeric: true}, {Title: "green", Numeric: true}, {Title: "green, first answer", Numeric: true}, {Title: "blue, size", Numeric: true}, {Title: "green, size", Numeric: true}}}
	ms := func(seconds float64) report.Cell {
		if seconds == 0 {
			return report.Cell{Text: "–"}
		}
		return report.Cell{Text: fmt.Sprintf("%.0f ms", seconds*1000)}
	}
	size := func(n int64) report.Cell { return report.Cell{Text: unit.Bytes(n).String()} }
	for _, x := range r.Times {
		t.Rows = append(t.Rows, []report.Cell{{Text: "GET " + x.Request}, ms(x.BlueMedian), ms(x.GreenMedian), ms(x.GreenFirst), size(x.BlueBytes), size(x.GreenBytes)})
	}
	return t
}
