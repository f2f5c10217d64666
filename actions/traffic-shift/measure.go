package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/drill"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
	"github.com/cutover-dev/cutover/internal/virtual"
)

const (
	// usual is for how long baseline sends requests unless it is told.
	usual = 30 * time.Minute
	// between is the pause between two requests to each side: sixty a minute.
	between = time.Second
	// before is how far back a baseline is measured: what users did then counts too.
	before = 24 * time.Hour
)

// baseline measures how both sides behave before anything moves.
func (w *work) baseline(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	if w.result.Watching {
		return &fault.Fault{Kind: fault.Refused, Name: cmdBaseline, What: "would measure a green that has users", Got: w.result.State, Next: "Take it before the first phase."}
	}
	users, err := probe.OpenSides(string(w.traffic.Blue.Direct), string(w.traffic.Green.Direct), "cutover-baseline")
	if err != nil {
		return err
	}
	span := *w.in.span
	if span == 0 {
		span = usual
	}
	w.say(fmt.Sprintf("both sides are asked by their direct names for %s", span))
	b, err := baseline.Take(ctx, baseline.Ports{Users: users, Metrics: w.figures, Clock: w.clock, Told: w.say}, baseline.Request{
		Pair: w.pair(), Checks: w.requests(), Every: min(between, *w.in.every/60), For: span, Window: w.window(),
	})
	w.result.Answers = b.Answers
	if err != nil {
		return err
	}
	fit := b.Fit(w.policy, w.pair(), w.clock.Now())
	if fit == nil {
		if err := w.replace(ctx, baselineName, b.Text()); err != nil {
			return err
		}
	}
	w.result.document = b.Document(w.policy)
	w.result.Verdict, w.result.Lead = w.result.document.Verdict, w.result.document.Lead
	if fit != nil {
		w.result.Verdict = verdict.Fail
		return fit
	}
	return nil
}

// window is how far back is measured: not into a rollout that was sent back, whose
// green was another one.
func (w *work) window() time.Duration {
	back := before
	if b := w.rolledBack; b != nil {
		end := b.Confirmed
		if end.IsZero() {
			end = b.Decided.Add(tail)
		}
		back = max(min(back, w.clock.Now().Sub(end)), 0)
	}
	return back
}

// requests are those of the smoke test.
func (w *work) requests() []string {
	if all := w.traffic.Preflight.Requests; len(all) > 0 {
		return all
	}
	return []string{w.traffic.HealthPath}
}

// plan says what would happen, and whether the traffic suffices for a proof. It
// asks CloudWatch for what blue carried, and changes nothing.
func (w *work) plan(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	now := w.clock.Now()
	minutes, err := w.figures.Minutes(ctx, now.Add(-7*24*time.Hour), now)
	if err != nil {
		return err
	}
	if len(minutes) == 0 {
		w.result.Verdict, w.result.Lead = verdict.Inconclusive, "Nothing was counted on either side in the past week, so nobody can say whether a phase can be proved."
		return &fault.Fault{Kind: fault.Outside, Name: cmdPlan, What: "has no figures of the past week", Next: "Look whether traffic.blue names the load balancer that users reach."}
	}
	// How long it takes to prove, to find a fault, and how often a healthy green
	// is sent back: rehearsed with this very traffic.
	show := w.s.Progress("rehearsing", 2*rehearsals)
	o, err := virtual.Foresee(ctx, w.policy, rollout.Trace{Minutes: minutes}, rehearsals, 1, func(done int) { show(int64(done)) })
	if err != nil {
		return err
	}
	w.result.Outlook = &o
	w.result.Verdict, w.result.Lead = verdict.Pass, fmt.Sprintf("This traffic, %s requests a minute, can prove every phase in its time.", report.Number(o.Traffic.Median))
	if !o.Provable {
		w.result.Verdict, w.result.Lead = verdict.Fail, "This traffic cannot prove every phase in its time; the table says what would."
	}
	w.result.document = report.Document{Title: "Plan for " + string(w.traffic.Record), Blocks: append(w.way(now), o.Blocks()...)}
	if !o.Provable {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.NotProvable}, Name: "traffic.phases", What: "cannot all be proved with this traffic", Next: "The table says for each what would make it provable."}
	}
	return nil
}

// rehearsals is how many cutovers plan rehearses, healthy and broken each.
const rehearsals = 100

// way is the schedule of the phases, and a rollback's time on paper.
func (w *work) way(now time.Time) []report.Block {
	t := report.Table{Caption: "When each phase could begin, if it is started now and nothing holds", Columns: []report.Column{{Title: "phase"}, {Title: "green", Numeric: true}, {Title: "begins (UTC)"}, {Title: "at least"}, {Title: "started by"}}}
	at := now
	for i, p := range w.traffic.Phases {
		by := "evidence"
		if i == 0 || p.Approval == "required" {
			by = "a person"
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: fmt.Sprint(i + 1)}, {Text: p.Weight.String()}, {Text: at.Format("Mon 15:04")}, {Text: p.Hold.String()}, {Text: by}})
		at = at.Add(p.Hold.Std() + 10*time.Minute)
	}
	rollback := report.Table{Caption: "A rollback on paper; drill and every real one are measured against it", Columns: []report.Column{{Title: "leg"}, {Title: "at most"}, {Title: "why"}}}
	for _, leg := range [][3]string{
		{"data", "2 min", "CloudWatch completes a minute two minutes later"},
		{"decision", seconds(*w.in.every), "the pause between two ticks"},
		{"Route 53", "60 s", "INSYNC, usually; all its servers have the weights then"},
		{"clients", w.traffic.TTL.String(), "the record's TTL; 60 s for an alias of a load balancer"},
	} {
		rollback.Rows = append(rollback.Rows, []report.Cell{{Text: leg[0]}, {Text: leg[1]}, {Text: leg[2]}})
	}
	cost, figures := w.sides().Cost(), len(w.sides().Queries())
	if w.file.SLOs.CostPerMillion != nil {
		m := w.metered(w.inventory.Functions)
		cost, figures = cost+m.LivePrice(), figures+m.LiveQueries()
	}
	return []report.Block{
		report.Section{Title: "The way"}, t, report.Section{Title: "The way back"}, rollback,
		report.Text{Body: fmt.Sprintf("The budget of a rollback is %s. A tick reads %d figures of CloudWatch, at most %s; a tick a minute for 30 hours costs at most %s.", w.traffic.RollbackBudget, figures, cost, 1800*cost)},
	}
}

// drill goes back on purpose, on a stage without users.
func (w *work) drill(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	if w.stage == "production" {
		return &fault.Fault{
			Kind: fault.Refused, Name: cmdDrill, What: "gives green everything at once, and production has users", Allowed: "a stage without users, such as staging",
			Next: "Give config a cutover.yaml whose section traffic is of staging. In production start rehearses the data plane by itself.",
		}
	}
	if *w.in.confirm != string(w.traffic.Record) {
		return &fault.Fault{
			Kind: fault.Refused, Name: "confirm", What: "is not the record's name", Got: *w.in.confirm, Allowed: string(w.traffic.Record),
			Next: "Write it there if nobody but the drill uses " + string(w.traffic.Record) + ": green gets all of it for some minutes.",
		}
	}
	if w.result.Watching {
		return &fault.Fault{Kind: fault.Refused, Name: cmdDrill, What: "would disturb a rollout that is under way", Got: w.result.State}
	}
	road := drill.Road{Record: w.zone, Metrics: w.figures, Told: w.say}
	address := *w.in.url
	if address == "" {
		address = "https://" + string(w.traffic.Record)
	}
	public, err := probe.OpenBlue(address, w.traffic.HealthPath, w.clock.Now)
	if err != nil {
		return err
	}
	road.Ask = func(ctx context.Context) { public.Ask(ctx) }
	r, err := drill.Traffic(ctx, road, w.clock, drill.Ride{
		Load: min(between/4, *w.in.every/240), Look: *w.in.every / 4, Within: 4 * w.policy.RollbackBudget, Budget: w.policy.RollbackBudget, TTL: w.traffic.TTL.Std(),
	})
	w.result.Drill = &r
	w.result.Verdict, w.result.Lead = r.Verdict, r.Lead
	w.result.document = r.Document()
	if err != nil {
		return err
	}
	w.keep(ctx, "drill-"+drillName, r)
	switch r.Verdict {
	case verdict.Pass:
		return nil
	case verdict.Fail:
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.RolloutDrill}, Name: cmdDrill, What: r.Lead}
	}
	return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RolloutDrill}, Name: cmdDrill, What: r.Lead}
}
