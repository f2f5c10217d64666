package lint

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Docs is the page of the rules within the repository.
const Docs = "docs/monitoring-lint.md"

// View shows the result, by resource in the order of the file.
func (r Result) View() report.Document {
	d := report.Document{Title: "Monitoring in " + r.File, Verdict: verdict.Pass, Lead: r.lead()}
	if r.Err() != nil {
		d.Verdict = verdict.Fail
	}
	if len(r.Findings) > 0 {
		d.Blocks = append(d.Blocks, r.table())
		d.Blocks = append(d.Blocks, report.Section{Title: "What to do"}, r.steps())
	}
	if len(r.Ignored) > 0 {
		t := report.Table{Caption: "Left as they are, for a reason", Columns: []report.Column{{Title: "resource"}, {Title: "line", Numeric: true}, {Title: "rule"}, {Title: "reason"}}}
		for _, i := range r.Ignored {
			t.Rows = append(t.Rows, []report.Cell{{Text: i.Resource, Code: true}, {Text: fmt.Sprint(i.Line)}, {Text: i.Rule}, {Text: i.Reason}})
		}
		d.Blocks = append(d.Blocks, t)
	}
	d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf("Alarms and dashboards cost $%.2f a month by the list. Each rule, with an example: %s.", r.Monthly, Docs)})
	return d
}

func (r Result) lead() string {
	parts := []string{fmt.Sprintf("%s, %s and %s in %s.", report.Count(r.Count(Error), "error"), report.Count(r.Count(Warning), "warning"), report.Count(r.Count(Info), "info"), report.Count(r.Alarms, "alarm"))}
	if r.Unresolved > 0 {
		parts = append(parts, fmt.Sprintf("%s only a deployment knows: not judged.", report.Count(r.Unresolved, "value")))
	}
	if r.Unknown > 0 {
		parts = append(parts, fmt.Sprintf("%s of AWS not in the catalogue: not judged.", report.Count(r.Unknown, "metric")))
	}
	return strings.Join(parts, " ")
}

var tones = map[Level]report.Tone{Error: report.Bad, Warning: report.Doubt, Info: report.Quiet}

func (r Result) table() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "resource"}, {Title: "line", Numeric: true}, {Title: "level"}, {Title: "rule"}, {Title: "what is wrong"}}}
	before := ""
	for _, f := range r.Findings {
		name := f.Resource
		if name == before {
			name = ""
		}
		before = f.Resource
		t.Rows = append(t.Rows, []report.Cell{
			{Text: name, Code: name != ""}, {Text: fmt.Sprint(f.Line)}, {Text: string(f.Level), Tone: tones[f.Level]}, {Text: f.Rule, Href: Docs + "#" + f.Rule}, {Text: f.Message},
		})
	}
	return t
}

// steps says once for each rule what to do.
func (r Result) steps() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "rule"}, {Title: "what to do"}}}
	seen := map[string]bool{}
	for _, f := range r.Findings {
		if !seen[f.Rule] {
			seen[f.Rule] = true
			t.Rows = append(t.Rows, []report.Cell{{Text: f.Rule}, {Text: f.Next}})
		}
	}
	return t
}
