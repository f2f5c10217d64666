package story

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/verdict"
)

func pairs(caption string, rows [][]report.Cell) report.Table {
	return report.Table{Caption: caption, Columns: []report.Column{{Title: ""}, {Title: ""}}, Rows: rows}
}

func row(name, value string) []report.Cell {
	return []report.Cell{{Text: name}, {Text: value}}
}

// summary is the decision in a table, and the way back in its legs.
func (t *telling) summary() []report.Block {
	s := t.State
	rows := [][]report.Cell{{{Text: "outcome"}, {Text: t.outcome(), Tone: report.ToneOf(t.verdict())}}}
	switch r := s.Rollback; {
	case r != nil:
		rows = append(rows, row("reason", brief(t.reason(rollout.FellBack, r.Reason), 300)))
		if fault := map[judge.Attribution]string{judge.Green: "green's own", judge.Shared: "both sides'", judge.Unclear: "not clear"}[r.Attribution]; fault != "" {
			rows = append(rows, row("whose fault", fault))
		}
	case s.Hold != nil:
		rows = append(rows, row("reason", brief(plainly(s.Hold.Reason), 300)))
	}
	if t.end.After(t.start) {
		rows = append(rows, row("took", fmt.Sprintf("%s, from %s to %s UTC", lasting(t.end.Sub(t.start)), t.clock(t.start), t.clock(t.end))))
	}
	if s.Attempt > 1 {
		rows = append(rows, row("attempt", strconv.Itoa(s.Attempt)))
	}
	if errors, total := t.answered(); total > 0 {
		rows = append(rows, row("requests that green answered", fmt.Sprintf("%s, of them %s with an error (%s)", report.Grouped(total), report.Grouped(int64(math.Round(errors))), rate(errors/float64(total)))))
	}
	for _, f := range t.Facts {
		rows = append(rows, row(brief(f[0], 60), brief(f[1], 200)))
	}
	blocks := []report.Block{pairs("", rows)}
	if s.Rollback != nil {
		blocks = append(blocks, t.legs(*s.Rollback))
	}
	if table := t.phaseTable(); len(table.Rows) > 0 {
		blocks = append(blocks, table)
	}
	return blocks
}

func (t *telling) outcome() string {
	s := t.State
	switch {
	case s.Step == rollout.RolledBack:
		return "rolled back, blue has the traffic"
	case s.Step == rollout.RollingBack:
		return "rolling back"
	case s.Hold != nil && s.Active():
		return fmt.Sprintf("held at %s: %s", s.Weight, holdWords[s.Hold.Kind].label)
	case s.Step == rollout.Soaking:
		return "promoted through all phases, watched on"
	case s.Step == rollout.Complete:
		return "complete"
	case s.Step == rollout.Ready:
		return "not begun"
	}
	return fmt.Sprintf("under way at %s", s.Weight)
}

// reason is that of an event of a kind, which a person may have written.
func (t *telling) reason(kind rollout.Kind, reason string) string {
	if by := t.by(kind); by != "" {
		return by + ": " + reason
	}
	return plainly(reason)
}

// leg is one step of a rollback.
type leg struct {
	what string
	at   time.Time
	note string
	tone report.Tone
}

// legs shows where the time between the fault and safety went.
func (t *telling) legs(r rollout.Rollback) report.Table {
	all := []leg{{what: "fault began (estimate)", at: r.Began}}
	if r.Began.IsZero() || !r.Began.Before(r.Decided) {
		all = nil
	}
	since := "since the fault"
	if len(all) == 0 {
		since = "since the first"
	}
	if at := t.sufficient(r); !at.IsZero() {
		all = append(all, leg{what: "figures sufficed", at: at, note: "they are complete two minutes later"})
	}
	all = append(all, leg{what: "rollback decided", at: r.Decided}, leg{what: "record changed", at: r.Shifted})
	left := t.leftByItself()
	if !left.IsZero() {
		byItself := leg{what: "blue had 95% of the requests by DNS alone", at: left, tone: report.Good, note: "before anybody had decided it"}
		if left.After(r.Decided) {
			byItself = t.arrival(byItself.what, r.Decided, left)
		}
		all = append(all, byItself)
	}
	if !left.After(r.Decided) {
		all = append(all, t.arrival("blue had 95% of the requests", r.Decided, r.Confirmed))
	}
	slices.SortStableFunc(all, func(a, b leg) int {
		switch { // what is still to come stands last
		case a.at.IsZero() && b.at.IsZero():
			return 0
		case a.at.IsZero():
			return 1
		case b.at.IsZero():
			return -1
		}
		return a.at.Compare(b.at)
	})
	table := report.Table{Caption: "From the fault to safety", Columns: []report.Column{{Title: ""}, {Title: "UTC"}, {Title: since, Numeric: true}, {Title: "since the one before", Numeric: true}, {Title: ""}}}
	previous := all[0].at
	for i, l := range all {
		cells := []report.Cell{{Text: l.what}, {Text: t.clock(l.at)}, {}, {}, {Text: l.note, Tone: l.tone}}
		if i > 0 && !l.at.IsZero() {
			cells[2].Text, cells[3].Text = lasting(l.at.Sub(all[0].at)), lasting(l.at.Sub(previous))
		}
		if !l.at.IsZero() {
			previous = l.at
		}
		table.Rows = append(table.Rows, cells)
	}
	return table
}

// arrival is the traffic's coming to blue, held against the budget.
func (t *telling) arrival(what string, decided, at time.Time) leg {
	took, budget := at.Sub(decided), t.Policy.RollbackBudget
	switch {
	case at.IsZero():
		return leg{what: what, note: "not yet", tone: report.Doubt}
	case took > budget:
		return leg{what, at, fmt.Sprintf("%s after the decision, over the budget of %s", lasting(took), lasting(budget)), report.Bad}
	}
	return leg{what, at, fmt.Sprintf("%s after the decision, within the budget of %s", lasting(took), lasting(budget)), report.Good}
}

// sufficient is the end of the minute whose figures reached the threshold.
func (t *telling) sufficient(r rollout.Rollback) time.Time {
	if r.Began.IsZero() {
		return time.Time{}
	}
	for _, s := range t.Samples {
		if p := pointOf(s, t.focus); p != nil && s.At.After(r.Began) && !s.At.After(r.Decided) && p.Broken >= p.Threshold {
			return s.At
		}
	}
	return time.Time{}
}

// phaseTable says how each phase went.
func (t *telling) phaseTable() report.Table {
	table := report.Table{Caption: "Phases", Columns: []report.Column{
		{Title: "phase", Numeric: true}, {Title: "weight", Numeric: true}, {Title: "began, UTC"}, {Title: "traffic followed after", Numeric: true},
		{Title: "lasted", Numeric: true}, {Title: "planned", Numeric: true}, {Title: "ended"},
	}}
	const most = 24
	for _, p := range t.phases {
		if len(table.Rows) == most {
			table.More++
			continue
		}
		followed, planned := "not seen", ""
		if !p.settled.IsZero() {
			followed = lasting(p.settled.Sub(p.from))
		}
		if i := p.phase - 1; i >= 0 && i < len(t.Policy.Phases) {
			planned = lasting(t.Policy.Phases[i].Hold.Std())
		}
		ended := report.Cell{Text: kindWords[p.ended].label, Tone: kindWords[p.ended].tone}
		if p.open {
			ended = report.Cell{Text: "goes on"}
		}
		table.Rows = append(table.Rows, []report.Cell{{Text: strconv.Itoa(p.phase)}, {Text: p.label}, {Text: t.clock(p.from)}, {Text: followed}, {Text: lasting(p.to.Sub(p.from))}, {Text: planned}, ended})
	}
	return table
}

// objectives lists what green was held to and how it stands.
func (t *telling) objectives() []report.Block {
	if t.State.Ledger == nil {
		return nil
	}
	table := report.Table{Columns: []report.Column{{Title: "objective"}, {Title: "verdict"}, {Title: "observed", Numeric: true}, {Title: "limit", Numeric: true}, {Title: "sample", Numeric: true}, {Title: "what would change it"}}}
	for i, f := range t.State.Ledger.Findings(t.Policy.Rules) {
		o := t.Policy.Rules.Objectives[i]
		figure := func(v *float64) string {
			switch {
			case v == nil || math.IsNaN(*v):
				return "–"
			case f.Unit == "%":
				return amount(o, *v/100)
			}
			return amount(o, *v)
		}
		sample := report.Grouped(f.Sample) + " " + strings.TrimSuffix(f.SampleOf, " to green")
		if isGauge(o) {
			sample = "latest level"
		}
		word := map[verdict.Verdict]string{verdict.Pass: "kept", verdict.Fail: "broken", verdict.Inconclusive: "open"}[f.Verdict]
		if f.Verdict == verdict.Pass && o.Prove {
			word = "proved"
		}
		change := f.Change
		if f.Verdict == verdict.Fail && t.verdict() == verdict.Fail {
			change = "Mend it before the next attempt."
		}
		table.Rows = append(table.Rows, []report.Cell{{Text: labelOf(f.Name)}, {Text: word, Tone: report.ToneOf(f.Verdict)}, {Text: figure(f.Observed)}, {Text: figure(f.Limit)}, {Text: sample}, {Text: brief(change, 200)}})
	}
	if len(table.Rows) == 0 {
		return nil
	}
	return []report.Block{report.Section{Title: "Objectives"}, table, report.Text{Body: "Counted in the latest phase, from when the traffic had followed until " + t.clock(t.State.Ledger.Through) + " UTC. Errors and slow requests must be proved before green gets more; the others can only stop it."}}
}
