package plan

import (
	"fmt"
	"html/template"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Document tells the plan to whoever approves it.
func (s Sealed) Document() report.Document {
	p := s.Plan
	calls := 0
	for _, t := range p.Targets {
		if t.Calls() {
			calls++
		}
	}
	doc := report.Document{Title: "Retirement plan: " + p.Scope.Confirm(),
		Lead: fmt.Sprintf("%d things go by %d calls, in account %s, %s; %s. To approve it, type the hash, the account and %q before %s.",
			len(p.Targets), calls, p.Scope.Account, p.Scope.Region, p.Saved(), p.Scope.Confirm(), stamp(p.Until()))}
	if p.Unpriced > 0 {
		doc.Blocks = append(doc.Blocks, report.Text{Body: fmt.Sprintf("The price of %d of them is not known; they are not in that sum.", p.Unpriced)})
	}
	if p.Prices != "" {
		doc.Blocks = append(doc.Blocks, report.Text{Body: "Prices: " + p.Prices + "."})
	}
	doc.Blocks = append(doc.Blocks, report.Table{Caption: "What is approved", Columns: []report.Column{{Title: "what"}, {Title: "value"}}, Rows: [][]report.Cell{
		{{Text: "SHA-256 of the plan"}, {Text: s.PlanSHA256, Code: true}},
		{{Text: "made"}, {Text: stamp(p.At)}},
		{{Text: "soak before the first step"}, {Text: unit.Duration(p.Scope.Soak.Std()).String()}},
		{{Text: "hold at zero tasks before the first deletion"}, {Text: unit.Duration(p.Scope.Hold.Std()).String()}},
		{{Text: "log groups"}, {Text: string(p.Scope.Logs)}},
	}})
	doc.Blocks = append(doc.Blocks, p.targets()...)
	doc.Blocks = append(doc.Blocks, p.changes()...)
	doc.Blocks = append(doc.Blocks,
		seen("Forgotten when a service goes: these stay, for you to decide", p.Forgotten, true),
		seen("Seen, and left alone", p.Stays, false),
		report.Rich{Caption: "Who goes before whom", HTML: template.HTML(p.Picture())}) //nolint:gosec // the drawing escapes every name, which TestHostileNamesAreText holds
	return doc
}

// targets are two tables: what goes at a glance, and below it the exact names with
// the way back, which are long.
func (p Plan) targets() []report.Block {
	t := report.Table{Caption: "What goes, in this order", Columns: []report.Column{{Title: "", Numeric: true}, {Title: "thing"}, {Title: "how"}, {Title: "why"}, {Title: "referred to by", Numeric: true}, {Title: "a month", Numeric: true}}}
	exact := report.Table{Caption: "Exactly these, and how each is restored", Columns: []report.Column{{Title: "", Numeric: true}, {Title: "ARN"}, {Title: "restored by"}}}
	for i, one := range p.Targets {
		how := map[Way]string{ByHand: "deleted", TheStack: "stack deleted", ByStack: "with its stack", WithOwn: "with what it belongs to"}[one.Way]
		if one.Protected {
			how += ", protection lifted before"
		}
		number := report.Cell{Text: fmt.Sprint(i + 1)}
		t.Rows = append(t.Rows, []report.Cell{number, {Text: string(one.Kind) + " " + one.Name}, {Text: how}, {Text: one.Why}, {Text: fmt.Sprint(len(one.Refs))}, {Text: one.Monthly.Words()}})
		exact.Rows = append(exact.Rows, []report.Cell{number, {Text: one.ARN, Code: true}, {Text: one.Restore, Code: true}})
	}
	return []report.Block{t, exact}
}

// changes are the steps before the first deletion.
func (p Plan) changes() []report.Block {
	t := report.Table{Caption: "What is changed before, and goes back with `abort`", Columns: []report.Column{{Title: "step"}, {Title: "ARN"}}}
	row := func(step string, arns ...string) {
		for _, arn := range arns {
			t.Rows = append(t.Rows, []report.Cell{{Text: step}, {Text: arn, Code: true}})
		}
	}
	row("blue's record goes", p.Parts.Blue...)
	row("scaling is locked: Min = Max = 0, suspended", p.Parts.Scaling...)
	row("no task runs any more", p.Parts.Service)
	row("green's record becomes a simple one", p.Parts.Green...)
	row("its images go to S3", p.Parts.Repositories...)
	return []report.Block{t}
}

func seen(caption string, list []Seen, commands bool) report.Block {
	t := report.Table{Caption: caption, Columns: []report.Column{{Title: "thing"}, {Title: "ARN"}, {Title: "why"}}}
	if commands {
		t.Columns = append(t.Columns, report.Column{Title: "if you want it gone"})
	}
	for _, s := range list {
		row := []report.Cell{{Text: string(s.Kind) + " " + s.Name}, {Text: s.ARN, Code: true}, {Text: s.Why}}
		if commands {
			row = append(row, report.Cell{Text: s.Command, Code: s.Command != ""})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Document tells why there is no plan, and the way out of each reason.
func (r Refusals) Document() report.Document {
	t := report.Table{Caption: "Reasons", Columns: []report.Column{{Title: "rule"}, {Title: "thing"}, {Title: "why"}, {Title: "way out"}}}
	for _, one := range r {
		t.Rows = append(t.Rows, []report.Cell{{Text: string(one.Rule), Tone: report.Bad}, {Text: one.ARN, Code: one.ARN != ""}, {Text: one.What}, {Text: one.Next}})
	}
	return report.Document{Title: "Retirement plan", Verdict: verdict.Fail, Lead: fmt.Sprintf("Nothing may be deleted: %d reasons.", len(r)), Blocks: []report.Block{t}}
}
