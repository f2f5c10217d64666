package virtual

import (
	"fmt"
	"strconv"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/story"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Words says an outcome as people do.
func (o Outcome) Words() string {
	return map[Outcome]string{Complete: "goes through all phases", RolledBack: "rolls back", Held: "holds for a person"}[o]
}

// Story tells a run.
func (r Run) Story(seed uint64) story.Story {
	s := story.Story{
		Title: "Rehearsal: " + r.Scenario.Name, Says: r.Scenario.Says, Policy: r.Policy, State: r.State,
		Events: r.Events, Samples: r.Samples, Now: r.Ended,
		Facts: [][2]string{
			{"requests in all", report.Grouped(r.Truth.Requests)},
			{"of them green's", report.Grouped(r.Truth.GreenRequests)},
			{"harmed by the fault", report.Grouped(r.Truth.Harmed)},
			{"seed", strconv.FormatUint(seed, 10)},
		},
	}
	if took, ok := r.Detected(); ok {
		s.Facts = append(s.Facts, [2]string{"found after", fmt.Sprintf("%.0f minutes", took.Minutes())})
	}
	for _, t := range r.Trouble {
		s.Trouble = append(s.Trouble, fmt.Sprintf("%s: %s (%d times)", t.At.UTC().Format("15:04"), t.What, t.Times))
	}
	return s
}

// Document shows what many runs come to.
func (s Summary) Document() report.Document {
	d := report.Document{Title: fmt.Sprintf("Rehearsal: %s, %s times", s.Scenario, report.Grouped(int64(s.Runs))), Verdict: verdict.Pass}
	if s.AsExpected < s.Runs {
		d.Verdict = verdict.Inconclusive
	}
	d.Lead = fmt.Sprintf("%s %s of %s runs ended as they should: a good rollout %s here.", s.Says, report.Grouped(int64(s.AsExpected)), report.Grouped(int64(s.Runs)), s.Expected.Words())
	t := report.Table{Columns: []report.Column{{Title: "figure"}, {Title: "value", Numeric: true}, {Title: "95% interval", Numeric: true}}}
	row := func(cells ...string) {
		var r []report.Cell
		for _, c := range cells {
			r = append(r, report.Cell{Text: c})
		}
		t.Rows = append(t.Rows, r)
	}
	row("went through all phases", report.Grouped(int64(s.Promotions)))
	row("rolled back", report.Grouped(int64(s.Rollbacks)), fmt.Sprintf("%.2f%% to %.2f%%", 100*s.RollbackShare.Low, 100*s.RollbackShare.High))
	row("held for a person", report.Grouped(int64(s.Holds)))
	if m := s.DetectionMinutes; m != nil {
		row("median time to find the fault", fmt.Sprintf("%.0f min", m.Value), fmt.Sprintf("%.0f to %.0f min", m.Low, m.High))
		row("requests harmed, median", report.Grouped(s.RequestsHarmedMedian))
		row("requests harmed, at most", report.Grouped(s.RequestsHarmedMost))
	}
	row("virtual time", fmt.Sprintf("%.0f h", s.VirtualHours))
	row("time it took", fmt.Sprintf("%.1f s", s.WallSeconds))
	d.Blocks = append(d.Blocks, t)
	return d
}

// Blocks show what each phase comes to with this traffic.
func (o Outlook) Blocks() []report.Block {
	t := report.Table{
		Caption: fmt.Sprintf("What the policy comes to with this traffic, %s requests a minute", report.Number(o.Traffic.Median)),
		Columns: []report.Column{{Title: "phase"}, {Title: "hold"}, {Title: "requests to green", Numeric: true}, {Title: "needed for proof", Numeric: true}, {Title: "proved after", Numeric: true}, {Title: "what to change"}},
	}
	for _, p := range o.Phases {
		needed, after, tone := "no number would do", "", report.Bad
		if p.Needed != nil {
			needed, after = report.Grouped(*p.Needed), fmt.Sprintf("%s min", report.Grouped(*p.NeededMinutes))
		}
		if p.Provable {
			tone = report.Good
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: p.Weight}, {Text: p.Hold}, {Text: report.Grouped(p.GreenRequests)}, {Text: needed}, {Text: after, Tone: tone}, {Text: p.Remedy}})
	}
	text := fmt.Sprintf("Of %d healthy cutovers with this traffic %.1f%% would be rolled back (at most %.1f%%, 95%% interval).", o.Runs, 100*o.FalseRollbacks.Value, 100*o.FalseRollbacks.High)
	if m := o.DetectionMinutes; m != nil {
		text += fmt.Sprintf(" Five times the error limit in the first phase is found %.0f minutes after it begins (median; %.0f to %.0f).", m.Value, m.Low, m.High)
	}
	return []report.Block{report.Section{Title: "Before the first shift"}, t, report.Text{Body: text}}
}
