package story

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// mostEvents bounds the log that is shown; of a longer one the middle is left out.
const mostEvents = 40

// events is the log.
func (t *telling) events() []report.Block {
	if len(t.Events) == 0 {
		return nil
	}
	table := report.Table{Columns: []report.Column{{Title: "UTC"}, {Title: "since the start", Numeric: true}, {Title: "what"}, {Title: "weight", Numeric: true}, {Title: "reason"}, {Title: "by"}}}
	left := len(t.Events) - mostEvents
	for i, e := range t.Events {
		switch {
		case left > 0 && i == mostEvents/2:
			table.Rows = append(table.Rows, []report.Cell{{}, {}, {Text: fmt.Sprintf("… %d more events", left), Tone: report.Quiet}})
			continue
		case left > 0 && i > mostEvents/2 && i < mostEvents/2+left:
			continue
		}
		words, known := kindWords[e.Kind]
		if !known {
			words.label = brief(string(e.Kind), 30)
		}
		table.Rows = append(table.Rows, []report.Cell{
			{Text: t.clock(e.At)}, {Text: lasting(e.At.Sub(t.start))}, {Text: words.label, Tone: words.tone}, {Text: e.Weight.String()}, {Text: said(e)}, {Text: brief(e.By, 40)},
		})
	}
	return []report.Block{report.Section{Title: "What happened"}, table}
}

// trouble lists what did not work.
func (t *telling) trouble() []report.Block {
	if len(t.Trouble) == 0 {
		return nil
	}
	const most = 15
	table := report.Table{Columns: []report.Column{{Title: "what did not work on the way"}}, More: max(len(t.Trouble)-most, 0)}
	for _, what := range t.Trouble[:min(len(t.Trouble), most)] {
		table.Rows = append(table.Rows, []report.Cell{{Text: brief(what, 300)}})
	}
	return []report.Block{report.Section{Title: "Trouble"}, table}
}

// policy says by which rules it was decided.
func (t *telling) policy() []report.Block {
	p := t.Policy
	if len(p.Phases) == 0 {
		return nil
	}
	var phases []string
	for _, phase := range p.Phases {
		text := fmt.Sprintf("%s for %s", phase.Weight, lasting(phase.Hold.Std()))
		if phase.Approval == "required" {
			text += " (approved by a person)"
		}
		phases = append(phases, text)
	}
	rows := [][]report.Cell{
		row("phases", strings.Join(phases, ", ")),
		row("chance of rolling back a healthy green, over the whole cutover", "at most "+rate(p.Rules.Alpha)),
		row("chance of taking a limit for kept that is not", "at most "+rate(p.Rules.Beta)),
		row("a limit counts as broken when", fmt.Sprintf("%d of the last 5 minutes are past it, and the evidence suffices", p.Rules.Agreement)),
		row("a rollback may take", lasting(p.RollbackBudget)),
		row("a person has to decide within", lasting(p.DecisionTime)),
		row("clients keep a DNS answer for", lasting(p.TTL)),
	}
	for _, w := range [][2]string{{"when green breaks a limit", p.When.Fail}, {"when green is worse than blue", p.When.Worse}, {"when both sides break a limit", p.When.SharedFault}, {"when the evidence is too thin", p.When.Inconclusive}, {"when data is missing", p.When.MissingData}} {
		if w[1] != "" {
			rows = append(rows, row(w[0], map[string]string{"rollback": "roll back", "hold": "hold", "report": "report"}[w[1]]))
		}
	}
	return []report.Block{report.Section{Title: "The policy"}, pairs("", rows)}
}
