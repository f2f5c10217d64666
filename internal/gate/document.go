package gate

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// lead is the sentence for whoever reads only one.
func (r *Result) lead() string {
	failing, open, off := r.with(Fail), r.with(Inconclusive), r.with(Off)
	switch {
	case len(failing) > 0:
		text := fmt.Sprintf("%s must not be deployed. %s: %s.", capital(r.Stage), capital(string(failing[0])), trim(r.row(failing[0]).brief))
		if len(failing) > 1 {
			text += " Also no: " + names(failing[1:]) + "."
		}
		if len(open) > 0 {
			text += " Not known: " + names(open) + "."
		}
		return text
	case len(open) > 0:
		text := fmt.Sprintf("Nobody can tell whether %s may be deployed. %s: %s.", r.Stage, capital(string(open[0])), trim(r.row(open[0]).brief))
		if len(open) > 1 {
			text += " Also not known: " + names(open[1:]) + "."
		}
		return text
	case r.Verdict != verdict.Pass:
		return "Nothing was looked at: every check is switched off."
	}
	text := fmt.Sprintf("%s may be deployed: %s", capital(r.Stage), report.Count(len(r.with(Pass)), "check")+" passed")
	switch {
	case r.Approver != "":
		text += ", approved by " + strings.ReplaceAll(r.Approver, ",", ", ")
	case r.row(CheckApproval).Verdict == Pass:
		text += ", and somebody will be asked"
	}
	if r.Override != nil {
		text += fmt.Sprintf(". %s has overridden the freeze %s: %s", r.Override.By, r.Override.Window, trim(r.Override.Reason))
	}
	if len(off) > 0 {
		text += ". Off: " + names(off)
	}
	return text + "."
}

func names(checks []Check) string {
	all := make([]string, len(checks))
	for i, c := range checks {
		all[i] = string(c)
	}
	return strings.Join(all, ", ")
}

func capital(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// label is what a row's link is called.
var label = map[Check]string{
	CheckEnvironment: "settings", CheckApproval: "run", CheckStaging: "run", CheckIntegration: "job", CheckChecks: "checks",
	CheckAlarms: "alarms", CheckLock: "run", CheckBudget: "budgets",
}

// Brief shows the result where there is little room: a terminal is too narrow
// for what is needed beside what was seen, and shows no links.
func (r *Result) Brief() report.Document { return r.document("", 2) }

// Document shows the result for people.
func (r *Result) Document(repository string) report.Document { return r.document(repository, 4) }

func (r *Result) document(repository string, columns int) report.Document {
	d := report.Document{Title: "Deploy gate " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	table := report.Table{Columns: []report.Column{{Title: "check"}, {Title: "observed"}, {Title: "needed"}, {Title: "evidence"}}[:columns]}
	todo := report.Table{Caption: "What to do", Columns: []report.Column{{Title: "check"}, {Title: "what would change it"}}}
	warnings := report.Table{Caption: "Warnings", Columns: []report.Column{{Title: "check"}, {Title: "warning"}}}
	var sources strings.Builder
	for _, row := range r.Rows {
		tone := report.Quiet
		name := string(row.Check)
		switch row.Verdict {
		case Pass:
			tone = report.Good
		case Fail:
			tone = report.Bad
		case Inconclusive:
			tone = report.Doubt
		case Off:
			name += " (off)"
		}
		link := report.Cell{}
		if row.Link != "" {
			link = report.Cell{Text: label[row.Check], Href: row.Link}
		}
		table.Rows = append(table.Rows, []report.Cell{{Text: name, Tone: tone}, {Text: row.Observed}, {Text: row.Needed}, link}[:columns])
		if row.Change != "" {
			todo.Rows = append(todo.Rows, []report.Cell{{Text: name, Tone: tone}, {Text: row.Change}})
		}
		for _, w := range row.Warnings {
			warnings.Rows = append(warnings.Rows, []report.Cell{{Text: name, Tone: report.Doubt}, {Text: w}})
		}
		if row.Verdict != Off {
			fmt.Fprintf(&sources, "%-12s %s\n", row.Check, row.Source)
		}
	}
	for _, t := range []report.Table{todo, table, warnings} {
		if len(t.Rows) > 0 {
			d.Blocks = append(d.Blocks, t)
		}
	}
	d.Blocks = append(d.Blocks, report.Log{Caption: "Where this was read", Body: sources.String()})
	d.Blocks = append(d.Blocks, r.facts(repository))
	return d
}

func (r *Result) facts(repository string) report.Table {
	commit := report.Cell{Text: r.Commit, Code: true}
	if repository != "" {
		commit.Href = repository + "/commit/" + r.Commit
	}
	facts := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "value"}}, Rows: [][]report.Cell{
		{{Text: "App and stage"}, {Text: r.App + "/" + r.Stage}}, {{Text: "Commit"}, commit},
	}}
	if r.RunID != "" {
		facts.Rows = append(facts.Rows, []report.Cell{{Text: "Run"}, {Text: r.RunID}})
	}
	facts.Rows = append(facts.Rows, []report.Cell{{Text: "Judged"}, {Text: r.At}})
	return facts
}
