package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/drill"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// start begins the first phase, once everything is seen to be ready: the pair of
// records with its health checks, the baseline, the preflight, blue's capacity,
// and the way back by the data plane, which is rehearsed now.
//
// A start that was killed may be repeated: one that had begun already is gone on
// with, and begins nothing a second time.
func (w *work) start(ctx context.Context) error {
	state, _, err := w.store.Load(ctx)
	if err != nil && !errors.Is(err, rollout.ErrNone) && !errors.Is(err, rollout.ErrUnreadable) {
		return err
	}
	if err == nil && state.Active() && state.Step != rollout.Soaking {
		w.note("This rollout has begun already: phase %d, green has %s. Nothing was begun anew.", state.Phase+1, state.Weight)
		return w.tick(ctx, nil)
	}
	if err == nil && state.Step != rollout.Ready && state.Step != rollout.RolledBack {
		return w.tick(ctx, w.order()) // the state machine says why not
	}
	id, err := w.ready(ctx, state)
	if err != nil {
		return err
	}
	if err := w.pinBlue(ctx); err != nil {
		return err
	}
	if err := w.rehearse(ctx, id); err != nil {
		return err
	}
	if err := w.tick(ctx, w.order()); err != nil {
		return err
	}
	if stand, err := w.zone.Weights(ctx); err == nil {
		w.stands(stand) // as they are now, not as they were looked at before
	}
	return nil
}

// ready says whether a rollout may begin, with everything that is missing at
// once. It returns the ID of green's health check.
func (w *work) ready(ctx context.Context, state rollout.State) (string, error) {
	var problems []error
	sets, err := w.zone.Sets(ctx)
	if err != nil {
		return "", err
	}
	id, err := w.paired(sets)
	problems = append(problems, err)
	now := w.clock.Now()
	if w.measured == nil {
		problems = append(problems, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NoBaseline}, Name: "baseline", What: "was not taken, so nobody can say what is usual", Next: "Run traffic-shift with command: baseline."})
	} else {
		problems = append(problems, w.measured.Fit(w.policy, w.pair(), now))
	}
	problems = append(problems, w.flightReady(ctx, now))
	// After a rollback green is another one, or as broken as before.
	if b := state.Rollback; b != nil && w.measured != nil && !w.measured.Taken.After(b.Decided) {
		problems = append(problems, &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NoBaseline}, Name: "baseline", What: "was taken before the last rollback, of a green that was sent back", Got: w.measured.Taken.Format(time.RFC3339),
			Next: "Mend green, deploy it, then run traffic-shift with command: baseline.",
		})
	}
	return id, errors.Join(problems...)
}

// paired wants the weighted pair with both health checks, and all traffic on blue.
func (w *work) paired(sets []prepare.Set) (id string, err error) {
	r := prepare.Of(w.file.Project, w.traffic)
	standing := r.Look(sets)
	stand, err := r.Split(standing)
	if err != nil {
		return "", err
	}
	w.stands(stand)
	if !stand.Is(0) {
		return "", &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NobodyJudges}, Name: string(w.traffic.Record), What: "gives green traffic already", Got: fmt.Sprintf("green %d, blue %d", stand.Green, stand.Blue), Allowed: "green 0",
			Next: "Set green's weight to 0 in Route 53: a rollout begins with everything on blue.",
		}
	}
	for _, p := range standing.Pairs {
		if p.Blue.HealthCheck == "" || p.Green.HealthCheck == "" {
			return "", &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NotPrepared}, Name: string(w.traffic.Record), What: "has no health check on both of its sides, so that nothing would take users to blue while nobody is there", Next: "Run traffic-shift with command: prepare and apply: true."}
		}
		if p.Blue.HealthCheck == p.Green.HealthCheck {
			return "", &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NotPrepared}, Name: string(w.traffic.Record), What: "has the same health check on both sides", Next: "Run traffic-shift with command: prepare and apply: true."}
		}
		id = p.Green.HealthCheck
	}
	return id, nil
}

func (w *work) pair() baseline.Pair {
	return baseline.Pair{Stage: w.stage, Blue: string(w.traffic.Blue.Target), Green: string(w.traffic.Green.Target)}
}

// preflightName and drillName are documents beside the state.
const (
	preflightName = "preflight.json"
	drillName     = "drill.json"
)

// preflightFresh is how old a preflight may be when a rollout begins.
const preflightFresh = 24 * time.Hour

// flightReady wants a preflight of today that found nothing.
func (w *work) flightReady(ctx context.Context, now time.Time) error {
	again := "Run traffic-shift with command: preflight."
	text, _, err := w.store.Get(ctx, preflightName)
	if errors.Is(err, s3.ErrNotFound) {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: "was not done", Next: again}
	}
	if err != nil {
		return err
	}
	var r preflight.Result
	if err := json.Unmarshal(text, &r); err != nil {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: "cannot be read", Err: err, Next: again}
	}
	switch age := now.Sub(r.At); {
	case r.Verdict != verdict.Pass:
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: "did not pass: " + r.Lead, Next: "Mend it or accept it with a reason in cutover.yaml, then run preflight again."}
	case age > preflightFresh, age < -time.Hour:
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Preflight}, Name: "preflight", What: "is of " + r.At.Format(time.RFC3339), Allowed: "at most a day old", Next: again}
	}
	return nil
}

// plane is green's health check, for the rehearsal.
type plane struct {
	w  *work
	id string
}

func (p plane) Verdict(ctx context.Context, healthy bool) error {
	return p.w.figures.Verdict(ctx, healthy)
}
func (p plane) Standing(ctx context.Context) (bool, error) {
	return p.w.checks.HealthCheck(ctx, p.id, p.w.clock.Now())
}

// rehearse lets the data plane go back once, while green has no users: the
// verdict takes its health check down, and up again.
func (w *work) rehearse(ctx context.Context, id string) error {
	w.say("the way back without a control plane is rehearsed: green has no users yet")
	times := drill.Usual()
	times.Look = min(times.Look, *w.in.every)
	r, err := drill.DataPlane(ctx, plane{w, id}, w.clock, times, w.say)
	w.result.Drill = &r
	if err != nil {
		return err
	}
	w.keep(ctx, drillName, r)
	if r.Verdict != verdict.Pass {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.GreenDown}, Name: cmdStart, What: "nothing was begun: " + r.Lead, Next: "docs/runbooks/cutover.md says how to look at a health check."}
	}
	w.note("%s", r.Lead)
	return nil
}

// keep replaces a document beside the state. It is for people: what cannot be
// kept is told of and holds up nothing.
func (w *work) keep(ctx context.Context, name string, value any) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err == nil {
		err = w.replace(ctx, name, text)
	}
	if err != nil {
		w.warn(name + " could not be kept: " + err.Error())
	}
}

// replace writes a document over whatever stands there.
func (w *work) replace(ctx context.Context, name string, text []byte) error {
	for range 4 {
		_, version, err := w.store.Get(ctx, name)
		if err != nil && !errors.Is(err, s3.ErrNotFound) {
			return err
		}
		if _, err = w.store.Put(ctx, name, text, version); !errors.Is(err, rollout.ErrConflict) {
			return err
		}
	}
	return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateConflict}, Name: name, What: "is written by somebody else at the same time", Next: "Run it again."}
}
