package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// evidence reads what the graph of things does not show. What cannot be read is an
// error, and then nothing goes on: half of the evidence is none.
type evidence struct {
	w       *work
	rollout *s3.Rollout
	figures *cloudwatch.Traffic
	alarms  *cloudwatch.Alarms
	policy  rollout.Policy
	asker   *asker
	store   s3.Retirement
}

var _ retire.Witness = evidence{}

func (w *work) witness(ctx context.Context) (e evidence, err error) {
	e = evidence{w: w, store: w.store}
	if e.rollout, err = s3.OpenRollout(ctx, *w.in.bucket, w.in.prefix.String(), w.stage, s3.Options{Region: w.region}); err != nil {
		return e, err
	}
	sides, err := w.sides()
	if err != nil {
		return e, err
	}
	if e.figures, err = cloudwatch.OpenTraffic(ctx, w.region, w.file.Project, w.stage, sides); err != nil {
		return e, err
	}
	if e.alarms, err = cloudwatch.Open(ctx, w.region); err != nil {
		return e, err
	}
	e.policy = rollout.NewPolicy(w.traffic, w.file.SLOs, sides.Gauges()...)
	e.asker, err = w.asker()
	return e, err
}

// sides say where both sides are measured.
func (w *work) sides() (cloudwatch.Sides, error) {
	slow := w.file.SLOs.Latency.Under.Std()
	s := cloudwatch.Sides{
		Blue:  cloudwatch.LoadBalancer{Name: w.traffic.Blue.LoadBalancer, TargetGroup: w.traffic.Blue.TargetGroup, Slow: slow},
		Green: cloudwatch.Gateway{Slow: slow}, SlowStart: w.file.SLOs.ColdStart.Under.Std(),
	}
	known := monitored.Known(w.file, w.stage)
	if *w.in.inventory != "" {
		var err error
		if known, err = monitored.Inventory(*w.in.inventory, known); err != nil {
			return s, err
		}
	}
	var api *monitoring.API
	if a := w.traffic.Green.API; a != nil {
		api = &monitoring.API{Type: a.Type, Name: a.Name, Stage: a.Stage}
	} else if len(known.APIs) == 1 {
		api = &known.APIs[0]
	}
	if api != nil {
		s.Green.Type, s.Green.Name, s.Green.Stage = api.Type, api.Name, api.Stage
	}
	for _, f := range known.Functions {
		s.Functions = append(s.Functions, f.Name)
	}
	return s, nil
}

// Look implements retire.Witness. Every part is asked for at once.
func (e evidence) Look(ctx context.Context, now time.Time) (retire.Evidence, error) {
	ev := retire.Evidence{At: now}
	state, _, err := e.rollout.Load(ctx)
	if err != nil && !errors.Is(err, rollout.ErrNone) {
		return ev, err
	}
	own, _, err := e.store.Load(ctx)
	if errors.Is(err, retire.ErrNone) {
		own, err = retire.New(), nil
	}
	if err != nil {
		return ev, err
	}
	if err := e.full(ctx, state, &ev); err != nil {
		return ev, err
	}
	parts := []func(context.Context, time.Time, retire.State, *retire.Evidence) error{
		e.missed, e.ringing, e.decided, e.marks, e.kit, e.traffic, e.errors, e.endpoints,
	}
	problems := make([]error, len(parts))
	var group sync.WaitGroup
	for i, part := range parts {
		// Each fills in fields of its own.
		group.Go(func() { problems[i] = part(ctx, now, own, &ev) })
	}
	group.Wait()
	return ev, errors.Join(problems...)
}

// full is since when green has had everything, as the rollout knows it: since the
// last weight showed in the traffic, and nothing went back since.
func (e evidence) full(ctx context.Context, s rollout.State, ev *retire.Evidence) error {
	ev.Objectives = []retire.Objective{}
	if s.Step != rollout.Soaking && s.Step != rollout.Complete || s.Weight.Fraction() < 1 || s.Ledger == nil {
		return nil
	}
	ev.Full, ev.Watched = s.Settled, s.Ledger.Through
	open := s.Ledger.Unproved(e.policy.Rules)
	for _, o := range e.policy.Rules.Objectives {
		if !o.Prove {
			continue
		}
		proved := !slices.ContainsFunc(open, func(says string) bool { return strings.HasPrefix(says, o.Name+" is not proved") })
		ev.Objectives = append(ev.Objectives, retire.Objective{Name: o.Name, Proved: proved})
	}
	log, err := e.rollout.Events(ctx)
	if err != nil {
		return err
	}
	for _, event := range log {
		if (event.Kind == rollout.FellBack || event.Kind == rollout.Corrected) && event.At.After(ev.Full) {
			ev.Full = event.At // there was a break
		}
	}
	return nil
}

// begins says whether the evidence for a beginning is asked for: at the gate, or
// right before it.
func begins(own retire.State) bool {
	return own.Step == retire.Gate || own.Step == retire.Ready || own.Step == retire.Aborted
}

// missed are the minutes of the soak of which green told nothing. They matter once
// the soak is over, and are not asked for before.
func (e evidence) missed(ctx context.Context, now time.Time, own retire.State, ev *retire.Evidence) error {
	soak := e.w.sealed.Plan.Scope.Soak.Std()
	full, through := ev.Full, ev.Watched
	if !begins(own) || full.IsZero() || now.Before(full.Add(soak)) {
		return nil
	}
	from := through.Add(-soak)
	if from.Before(full) {
		from = full
	}
	known := 0
	// In days: one answer holds 100,800 points.
	for ; from.Before(through); from = from.Add(24 * time.Hour) {
		to := from.Add(24 * time.Hour)
		if to.After(through) {
			to = through
		}
		minutes, err := e.figures.Minutes(ctx, from, to.Add(2*time.Minute)) // the newest two are left out
		if err != nil {
			return err
		}
		for _, m := range minutes {
			if m.Green.Present {
				known++
			}
		}
	}
	begin := through.Add(-soak)
	if begin.Before(full) {
		begin = full
	}
	ev.Missed = max(0, through.Sub(begin).Truncate(time.Minute)-time.Duration(known)*time.Minute)
	return nil
}

// ringing are the stage's alarms: those that ring, and when one last rang.
func (e evidence) ringing(ctx context.Context, _ time.Time, _ retire.State, ev *retire.Evidence) error {
	project := e.w.file.Project
	found, err := e.alarms.Find(ctx, mute.Prefix(project, e.w.stage))
	if err != nil {
		return err
	}
	for _, a := range found {
		if !mute.Ours(project, e.w.stage, a.Name) {
			continue
		}
		if a.State == drill.StateAlarm {
			ev.Ringing = append(ev.Ringing, a.Name)
		}
		if ev.Full.IsZero() {
			continue
		}
		history, err := e.alarms.History(ctx, a.Name, ev.Full)
		if err != nil {
			return err
		}
		for _, h := range history {
			if h.Kind == drill.EventState && rang(h.Data) && h.At.After(ev.Alarmed) {
				ev.Alarmed = h.At
			}
		}
	}
	slices.Sort(ev.Ringing)
	return nil
}

// rang says whether an alarm was in ALARM, before or after what the entry tells: it
// rang until then, or from then on.
func rang(data string) bool {
	var d struct {
		Old struct {
			State string `json:"stateValue"`
		} `json:"oldState"`
		New struct {
			State string `json:"stateValue"`
		} `json:"newState"`
	}
	return json.Unmarshal([]byte(data), &d) != nil || d.Old.State == drill.StateAlarm || d.New.State == drill.StateAlarm
}

// marks are what this action has told others.
func (e evidence) marks(ctx context.Context, _ time.Time, _ retire.State, ev *retire.Evidence) error {
	m, err := e.store.Marks(ctx)
	if err != nil {
		return err
	}
	ev.Frozen, ev.VerdictOff = !m.Frozen.IsZero(), !m.VerdictOff.IsZero()
	if m.Plan == e.w.sealed.PlanSHA256 {
		ev.PullRequest, ev.Retrospective = m.PullRequest, m.Retrospective
	}
	ev.Archives, err = e.archives(ctx, m)
	return err
}

// kit reads the restore kit back, each time.
func (e evidence) kit(ctx context.Context, _ time.Time, _ retire.State, ev *retire.Evidence) (err error) {
	ev.Kit, ev.KitPlan, err = e.store.Kit(e.w.sealed.PlanSHA256).Hash(ctx)
	return err
}

// window is over how long blue's load balancer must have been silent; sparsely
// looked at, a longer one finds more.
const window = 10 * time.Minute

// traffic is what blue's load balancer got, as long as it is there.
func (e evidence) traffic(ctx context.Context, now time.Time, own retire.State, ev *retire.Evidence) error {
	switch own.Step {
	case retire.Detach, retire.Lock, retire.Zero, retire.Holding:
	default:
		return nil // nobody asks for it, and later there is none
	}
	from, through, requests, err := e.figures.Balancer(ctx, now.Add(-window-2*time.Minute), now)
	if err == nil {
		ev.Traffic = &retire.Traffic{From: from, Through: through, Requests: requests}
	}
	return err
}

// errors are green's requests of the last hour that CloudWatch knows.
func (e evidence) errors(ctx context.Context, now time.Time, _ retire.State, ev *retire.Evidence) error {
	minutes, err := e.figures.Minutes(ctx, now.Add(-time.Hour-2*time.Minute), now)
	if err != nil {
		return err
	}
	var all retire.Errors
	for _, m := range minutes {
		if m.Green.Present {
			all.Requests += m.Green.Requests
			all.Failed += m.Green.Errors
		}
	}
	if all.Requests > 0 {
		ev.Errors = &all
	}
	return nil
}

// endpoints asks every one, now.
func (e evidence) endpoints(ctx context.Context, _ time.Time, _ retire.State, ev *retire.Evidence) error {
	ev.Endpoints = e.asker.all(ctx)
	return context.Cause(ctx)
}
