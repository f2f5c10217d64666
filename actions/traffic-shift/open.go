package main

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/probe"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// ports are the ways to the outside that several commands use.
type ports struct {
	store   *s3.Rollout
	zone    *route53.Zone
	figures *cloudwatch.Traffic
	// judging is figures with what green costs, where that is judged; checkersSeen
	// is how many of green's requests in a minute are health checks.
	judging      rollout.Metrics
	checkersSeen int64
	checks       *cloudwatch.Checks
	clock        *clock
	github       *github.Client
	// inventory is what is known of the deployed stage.
	inventory monitoring.Inventory
	// measured is the baseline that evidence is held against; nil for none.
	measured *baseline.Baseline
	shell    rollout.Shell
}

// signals join what several systems say of green's health.
type signals struct {
	zone    *route53.Zone
	figures *cloudwatch.Traffic
	blue    *probe.Blue
}

func (s signals) GreenUp(ctx context.Context) (bool, error) { return s.zone.GreenUp(ctx) }
func (s signals) Verdict(ctx context.Context, healthy bool) error {
	return s.figures.Verdict(ctx, healthy)
}
func (s signals) ProbeBlue(ctx context.Context) (judge.Probe, error) {
	return s.blue.ProbeBlue(ctx)
}

// open makes the clients; the first call is the one for the time.
func (w *work) open(ctx context.Context) (err error) {
	if w.store, err = s3.OpenRollout(ctx, *w.in.bucket, w.in.prefix.String(), w.stage, s3.Options{Region: w.region}); err != nil {
		return err
	}
	w.clock = newClock(w.s, *w.in.every, func() (time.Time, error) {
		// What ends a run must still know what time it is.
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return w.store.Time(within)
	})
	w.zone, err = route53.Open(ctx, prepare.Of(w.file.Project, w.traffic), route53.Options{Pace: min(usualPace, *w.in.every/20), Poll: min(usualPoll, *w.in.every/20), Told: func(s route53.Sync) {
		if s.InSync {
			w.say("Route 53 has the change everywhere, after " + seconds(s.Took))
		}
	}})
	if err != nil {
		return err
	}
	if err := w.know(); err != nil {
		return err
	}
	sides := w.sides()
	w.checkersSeen = w.checkers(ctx)
	sides.Green.Checks = w.checkersSeen
	if w.figures, err = cloudwatch.OpenTraffic(ctx, w.region, w.file.Project, w.stage, sides); err != nil {
		return err
	}
	if w.checks, err = cloudwatch.OpenChecks(ctx); err != nil {
		return err
	}
	if *w.in.token != "" {
		if w.github, err = github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token); err != nil {
			return err
		}
	}
	blue, err := probe.OpenBlue(string(w.traffic.Blue.Direct), w.traffic.HealthPath, w.clock.Now)
	if err != nil {
		return err
	}
	w.judging = w.judged()
	w.policy = rollout.NewPolicy(w.traffic, w.file.SLOs, w.gauges()...)
	if err := w.compare(ctx); err != nil {
		return err
	}
	w.shell = rollout.Shell{
		Policy: w.policy, Record: w.zone, Signals: signals{w.zone, w.figures, blue}, Metrics: w.judging,
		Store: w.store, Log: w.store,
	}
	w.shell.Teller = w.people()
	return nil
}

// checkers are the requests a minute that Route 53's own checkers send to green.
// Without them a green of few users would be proved by its health checks. Where
// they cannot be counted a rollback must go on all the same.
func (w *work) checkers(ctx context.Context) int64 {
	if *w.in.command == cmdPrepare {
		return 0
	}
	within, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	n, err := w.zone.CheckersRequests(within)
	if err != nil && ctx.Err() == nil {
		w.result.Trouble = append(w.result.Trouble, "Route 53's own requests to green cannot be told from users': "+err.Error())
	}
	return n
}

// usualPace is the mean time between two requests to Route 53, of which an account
// has five a second for everybody; usualPoll is the time before the first look
// whether a change is in sync. Whoever ticks faster than AWS's minutes, as a
// rehearsal does, asks faster.
const (
	usualPace = 220 * time.Millisecond
	usualPoll = 2 * time.Second
)

// know gathers what is known of the deployed stage.
func (w *work) know() (err error) {
	w.inventory = monitored.Known(w.file, w.stage)
	if *w.in.inventory != "" {
		w.inventory, err = monitored.Inventory(*w.in.inventory, w.inventory)
	}
	return err
}

// sides say where both sides are measured.
func (w *work) sides() cloudwatch.Sides {
	slow := w.file.SLOs.Latency.Under.Std()
	s := cloudwatch.Sides{
		Blue:      cloudwatch.LoadBalancer{Name: w.traffic.Blue.LoadBalancer, TargetGroup: w.traffic.Blue.TargetGroup, Slow: slow},
		Green:     cloudwatch.Gateway{Slow: slow},
		SlowStart: w.file.SLOs.ColdStart.Under.Std(),
	}
	if api := w.api(); api != nil {
		s.Green.Type, s.Green.Name, s.Green.Stage = api.Type, api.Name, api.Stage
	}
	for _, f := range w.inventory.Functions {
		s.Functions = append(s.Functions, f.Name)
	}
	if w.file.Monitoring != nil {
		s.ColdStarts = monitoring.Namespace(w.file.Project, w.stage)
	}
	if d := w.inventory.RDS; d != nil {
		s.Proxy, s.Database = d.Proxy, d.Instance
	}
	if c := w.inventory.Redis; c != nil && c.Kind == "node" {
		s.Caches = c.IDs
	}
	return s
}

// api is green's: cutover.yaml's, or the only one that is deployed.
func (w *work) api() *monitoring.API {
	if a := w.traffic.Green.API; a != nil {
		return &monitoring.API{Type: a.Type, Name: a.Name, Stage: a.Stage}
	}
	if len(w.inventory.APIs) == 1 {
		return &w.inventory.APIs[0]
	}
	return nil
}

// baselineName is where the baseline lies beside the state.
const baselineName = "baseline.json"

// compare reads the baseline, by which errors that come in clumps are known for
// what they are. Without one a rollout does not begin; one that runs goes on by
// the plain figures, which finds more, and is told of.
func (w *work) compare(ctx context.Context) error {
	within, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	text, _, err := w.store.Get(within, baselineName)
	if errors.Is(err, s3.ErrNotFound) {
		return nil
	}
	var b baseline.Baseline
	if err == nil {
		b, err = baseline.Parse(text)
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		// Not an end: a rollback must not depend on it.
		w.result.Trouble = append(w.result.Trouble, "the baseline cannot be read, so errors count as if they never came in clumps: "+err.Error())
		return nil
	}
	w.measured, w.policy = &b, w.policy.Measured(b.Judged())
	return nil
}
