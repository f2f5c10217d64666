package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/story"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// status shows how it stands, and changes nothing.
func (w *work) status(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	if split, err := w.zone.Weights(ctx); err == nil {
		w.stands(split)
		w.compared(split)
	} else {
		w.result.Trouble = append(w.result.Trouble, "the record's weights: "+err.Error())
		w.warn("The record's weights cannot be read: " + err.Error())
	}
	return nil
}

// compared tells whether the record gives what was decided.
func (w *work) compared(split rollout.Split) {
	switch {
	case w.result.State == string(rollout.Ready) && share(split) > 0:
		w.warn(fmt.Sprintf("Nothing is known of a rollout, and the record gives green %s.", percent(share(split))), runbook.NobodyJudges)
	case w.result.State != string(rollout.Ready) && w.result.Weight != share(split):
		w.warn(fmt.Sprintf("Decided is %s for green, and the record gives it %s.", percent(w.result.Weight), percent(share(split))))
	}
}

func (w *work) stands(s rollout.Split) { w.result.Stands = &split{s.Green, s.Blue} }

// share is green's in percent. Two weights of 0 are equal weights to Route 53.
func share(s rollout.Split) float64 {
	if s.Green+s.Blue == 0 {
		return 50
	}
	return 100 * float64(s.Green) / float64(s.Green+s.Blue)
}

func percent(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") + "%" }

// look reads where the rollout stands and tells its story.
func (w *work) look(ctx context.Context) error {
	state, _, err := w.store.Load(ctx)
	switch {
	case errors.Is(err, rollout.ErrNone):
		state = rollout.New(w.policy)
	case errors.Is(err, rollout.ErrUnreadable):
		w.result.Trouble = append(w.result.Trouble, "the state cannot be read; the next tick rebuilds it from the log and the record")
		state = rollout.New(w.policy)
	case err != nil:
		return err
	}
	w.result.of(state)
	w.rolledBack = state.Rollback
	w.result.Watching = state.Active() || state.Step == rollout.RollingBack
	w.result.Legs = legs(state, w.policy.RollbackBudget)
	lead := w.story(ctx, state)
	if w.result.Lead == "" {
		w.result.Lead = lead
	}
	return nil
}

// story tells the rollout as far as it is known; what cannot be read is missing
// in it. It returns the lead.
func (w *work) story(ctx context.Context, state rollout.State) string {
	s := story.Story{
		Title: "Traffic of " + string(w.traffic.Record), Policy: w.policy, State: state, Trouble: w.result.Trouble, Now: w.clock.Now(),
	}
	log, err := w.store.Events(ctx)
	if err != nil && len(state.Outbox) == 0 {
		s.Trouble = append(s.Trouble, "the event log: "+err.Error())
	}
	s.Events = present(log, state)
	if len(s.Events) > 0 {
		minutes, err := w.judging.Minutes(ctx, s.Events[0].At.Add(-10*time.Minute), s.Now)
		if err != nil {
			s.Trouble = append(s.Trouble, "the figures: "+err.Error())
		}
		s.Samples = rollout.Retell(w.policy, s.Events, minutes)
		w.tail(state, minutes)
	}
	w.result.document = s.Document()
	w.result.Verdict = w.result.document.Verdict
	return w.result.document.Lead
}

// present are the events of the present attempt: a log holds all attempts.
func present(log []rollout.Event, s rollout.State) []rollout.Event {
	for _, e := range s.Outbox {
		if n := len(log); n == 0 || e.Sequence > log[n-1].Sequence {
			log = append(log, e)
		}
	}
	last := slices.IndexFunc(log, func(e rollout.Event) bool { return e.Kind == rollout.Started })
	for i, e := range log {
		if e.Kind == rollout.Started {
			last = i
		}
	}
	if last < 0 {
		return log
	}
	return log[last:]
}

// tail is what green still gets after a rollback, from connections that clients
// keep and from resolvers that ignore the TTL.
func (w *work) tail(s rollout.State, minutes []judge.Minute) {
	if s.Rollback == nil {
		return
	}
	w.result.Tail = nil
	for _, m := range minutes {
		if m.End().After(s.Rollback.Decided) && len(w.result.Tail) < 60 {
			w.result.Tail = append(w.result.Tail, minute{m.Start.UTC(), m.Green.Requests, m.Blue.Requests})
		}
	}
}

// tailed says it in words and as a table.
func (r result) tailed() []report.Block {
	if len(r.Tail) == 0 || r.Command != cmdStatus && r.Command != cmdTick && r.Command != cmdRollback {
		return nil
	}
	t := report.Table{Caption: "After the rollback: who still got requests", Columns: []report.Column{{Title: "minute (UTC)"}, {Title: "green", Numeric: true}, {Title: "blue", Numeric: true}, {Title: "green's share", Numeric: true}}}
	last, sum := -1, int64(0)
	for i, m := range r.Tail {
		sum += m.Green
		if m.Green > 0 {
			last = i
		}
		if i < 15 {
			all := ""
			if m.Green+m.Blue > 0 {
				all = percent(100 * float64(m.Green) / float64(m.Green+m.Blue))
			}
			t.Rows = append(t.Rows, []report.Cell{{Text: m.At.Format("15:04")}, {Text: report.Grouped(m.Green)}, {Text: report.Grouped(m.Blue)}, {Text: all}})
		}
	}
	says := "Green got no request after the rollback."
	if last >= 0 {
		says = fmt.Sprintf("Green got %s more requests after the rollback, the last ones at %s: connections that clients keep, and resolvers that ignore the TTL.", report.Grouped(sum), r.Tail[last].At.Format("15:04 UTC"))
		if last == len(r.Tail)-1 {
			says += " It still gets some."
		}
	}
	return []report.Block{report.Section{Title: "Green's tail"}, report.Text{Body: says}, t}
}

// people puts the result together for people.
func (r result) people() report.Document {
	d := r.document
	if d.Title == "" {
		d.Title = "Traffic of " + r.Stage + ": " + r.Command
	}
	if r.Command == cmdStatus || r.Lead == "" {
		r.Lead = orElse(r.Lead, d.Lead)
	}
	d.Lead, d.Verdict = orElse(r.Lead, d.Lead), r.Verdict
	var own []report.Block
	if r.Stands != nil {
		own = append(own, report.Text{Body: fmt.Sprintf("The record %s gives green %d and blue %d: %s to green.", r.Record, r.Stands.Green, r.Stands.Blue, percent(share(rollout.Split{Green: r.Stands.Green, Blue: r.Stands.Blue})))})
	}
	own = append(own, rowsTable(r.Rows)...)
	d.Blocks = slices.Concat(own, d.Blocks, r.tailed())
	if len(r.Notes) > 0 {
		d.Blocks = append(d.Blocks, report.Section{Title: "To know"})
		for _, n := range r.Notes {
			d.Blocks = append(d.Blocks, report.Text{Body: n})
		}
	}
	return d
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// rowsTable shows what was looked at.
func rowsTable(rows []row) []report.Block {
	if len(rows) == 0 {
		return nil
	}
	t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "verdict"}, {Title: "found"}, {Title: "what to do"}}}
	for _, r := range rows {
		t.Rows = append(t.Rows, []report.Cell{{Text: r.Name}, {Text: string(r.Verdict), Tone: report.ToneOf(r.Verdict)}, {Text: r.Found}, {Text: r.Next}})
	}
	return []report.Block{t}
}
