package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// beforeName is where the record is kept as it was.
const beforeName = "record-before.json"

// prepare looks whether everything that a cutover needs is there, and with apply
// makes the weighted pair.
func (w *work) prepare(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	if w.result.Watching && *w.in.apply {
		return &fault.Fault{Kind: fault.Refused, Name: cmdPrepare, What: "would change the record under a rollout", Got: w.result.State, Next: "Prepare before it begins."}
	}
	record := prepare.Of(w.file.Project, w.traffic)
	sets, err := w.zone.Sets(ctx)
	if err != nil {
		return err
	}
	standing := record.Look(sets)
	checks := w.wanted().Checks()
	if stands, err := record.Split(standing); err == nil {
		w.stands(stands)
	}
	owner := w.owns(ctx, record)
	var plan prepare.Plan
	whose, err := owner(ctx, record, sets)
	if err == nil {
		plan, err = record.Prepare(standing, plannedChecks(standing), whose)
	}
	w.row("record", err, recordSays(standing, plan))
	w.rowOf("owner", w.ownerRow(whose))
	w.row("state", w.store.Probe(ctx), "the bucket keeps conditions of writes, so that two runs never both act")
	w.alarms(ctx)
	w.metrics(ctx)
	w.healthChecks(ctx, standing)
	w.result.document = report.Document{Title: "Preparing " + string(w.traffic.Record), Blocks: record.Report(standing, plan, checks)}
	if *w.in.apply {
		if err := w.refuseRows(); err != nil {
			return err
		}
		return w.applied(ctx, record, owner, checks)
	}
	return w.prepared(standing)
}

// checkEvery is how often each of Route 53's checkers asks green, in seconds. 10
// would find a silent green a minute earlier, and costs more; and the checkers'
// requests are three times as many among green's figures.
const checkEvery = 30

// wanted are the health checks as they shall be.
func (w *work) wanted() prepare.Wanted {
	return prepare.Wanted{
		Project: w.file.Project, Environment: w.stage, Host: string(w.traffic.Green.Direct.Host()), Path: w.traffic.HealthPath, Seconds: checkEvery,
		Region: string(w.file.Region), VerdictAlarm: monitoring.VerdictAlarm(w.file.Project, w.stage), ErrorsAlarm: monitoring.ErrorsAlarm(w.file.Project, w.stage),
	}
}

// plannedChecks are those that a pair carries already, and names for those that
// are still to be made.
func plannedChecks(s prepare.Standing) prepare.Checks {
	if s.Kind == prepare.Paired && s.Pairs[0].Blue.HealthCheck != "" && s.Pairs[0].Green.HealthCheck != "" {
		return prepare.Checks{Blue: s.Pairs[0].Blue.HealthCheck, Green: s.Pairs[0].Green.HealthCheck}
	}
	return prepare.Checks{Blue: "blue's, to be made", Green: "green's, to be made"}
}

func recordSays(s prepare.Standing, p prepare.Plan) string {
	if len(p.Steps) == 0 {
		return "is the weighted pair, with a health check on each side"
	}
	return "stands as " + string(s.Kind) + "; apply would " + strings.Join(p.Steps, "; ")
}

// row is what a look came to.
func (w *work) row(name string, err error, well string) {
	r := row{Name: name, Verdict: verdict.Pass, Found: well}
	if err != nil {
		r = told(name, err)
	}
	w.result.Rows = append(w.result.Rows, r)
}

func (w *work) rowOf(name string, r row) {
	r.Name = name
	w.result.Rows = append(w.result.Rows, r)
}

// told is a row that says an error: what could not be asked is no no.
func told(name string, err error) row {
	r := row{Name: name, Verdict: verdict.Fail, Found: err.Error()}
	var f *fault.Fault
	if errors.As(err, &f) {
		r.Next = f.Next
		if f.Kind == fault.Outside {
			r.Verdict = verdict.Inconclusive
		}
		short := *f
		short.Next = ""
		r.Found = short.Error()
	}
	return r
}

// alarms wants those that green's health check watches.
func (w *work) alarms(ctx context.Context) {
	names := []string{monitoring.VerdictAlarm(w.file.Project, w.stage), monitoring.ErrorsAlarm(w.file.Project, w.stage)}
	alarms, err := cloudwatch.Open(ctx, w.region)
	if err == nil {
		there, asked := alarms.Alarms(ctx, names)
		if err = asked; err == nil {
			for _, name := range names {
				found := false
				for _, a := range there {
					found = found || a.Name == name
				}
				if !found {
					err = errors.Join(err, &fault.Fault{Kind: fault.Refused, Name: "alarm " + name, What: "is not there", Next: "Deploy the monitoring stack: it makes the alarms that green's health check watches."})
				}
			}
		}
	}
	w.row("alarms", err, strings.Join(names, " and ")+" are there")
}

// metrics wants data of both sides, and that requests can be counted by their time.
func (w *work) metrics(ctx context.Context) {
	now := w.clock.Now()
	seen, err := w.figures.Probe(ctx, now.Add(-3*time.Hour), now)
	if err != nil {
		w.row("metrics", err, "")
		return
	}
	wrong := 0
	for _, s := range seen {
		if s.Trouble == "" {
			continue
		}
		wrong++
		v := verdict.Inconclusive
		if s.Required {
			v = verdict.Fail
		}
		w.rowOf("metric "+s.Metric, row{Verdict: v, Found: s.Trouble, Next: s.Next})
	}
	if are, known, err := w.figures.ErrorsAreShares(ctx, now.Add(-3*time.Hour), now); err == nil && known && !are {
		w.note("Green's metric of 5xx has no value for each request, so that its average is no share: the alarm %s may take users to blue on few errors.", monitoring.ErrorsAlarm(w.file.Project, w.stage))
	}
	if wrong == 0 {
		w.row("metrics", nil, fmt.Sprintf("all %d have data of the past three hours, and count requests by their time", len(seen)))
	}
}

// healthChecks looks at what the pair carries.
func (w *work) healthChecks(ctx context.Context, s prepare.Standing) {
	if s.Kind != prepare.Paired || s.Pairs[0].Green.HealthCheck == "" {
		w.rowOf("health checks", row{Verdict: verdict.Pass, Found: "are not there yet: apply makes them, with the pair"})
		return
	}
	var err error
	up, asked := w.checks.HealthCheck(ctx, s.Pairs[0].Green.HealthCheck, w.clock.Now())
	switch {
	case asked != nil:
		err = asked
	case !up:
		err = &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.GreenDown}, Name: "green's health check", What: "is down", Next: "Look at its three parts in Route 53: the endpoint, the alarm on 5xx, the verdict. start says well of green by itself."}
	}
	w.row("health checks", err, "green's is up: its endpoint, its 5xx and the verdict")
}

// refuseRows refuses to change anything over a row that says no. Metrics and
// health checks may be silent before there is a pair.
func (w *work) refuseRows() error {
	for _, r := range w.result.Rows {
		if r.Verdict == verdict.Pass || strings.HasPrefix(r.Name, "metric") || r.Name == "health checks" {
			continue
		}
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.NotPrepared}, Name: cmdPrepare, What: "changed nothing: " + r.Name + ": " + r.Found, Next: r.Next}
	}
	return nil
}

// applied makes the pair.
func (w *work) applied(ctx context.Context, r prepare.Record, owner prepare.Owner, checks []prepare.Check) error {
	out, err := prepare.Apply(ctx, w.zone, owner, r, checks, func(ctx context.Context, text []byte) error { return w.store.Keep(ctx, beforeName, text) })
	if err != nil {
		return err
	}
	// The verdict's first figure, so that the new health check has something to see.
	if err := w.figures.Verdict(ctx, true); err != nil {
		w.warn("the verdict could not be published: " + err.Error())
	}
	sets, err := w.zone.Sets(ctx)
	if err != nil {
		return err
	}
	standing := r.Look(sets)
	stands, err := r.Split(standing)
	if err != nil {
		return err
	}
	w.stands(stands)
	w.result.Rows = nil
	w.row("record", nil, recordSays(standing, prepare.Plan{}))
	w.result.document.Blocks = r.Report(standing, out.Plan, checks)
	w.result.Verdict = verdict.Pass
	w.result.Lead = fmt.Sprintf("Prepared: %s is the weighted pair, green %d and blue %d, with a health check on each side. What stood before is kept in %s.", r.Name, stands.Green, stands.Blue, beforeName)
	if len(out.Changes) == 0 {
		w.result.Lead = "Nothing had to be changed: " + r.Name + " is the weighted pair, with a health check on each side."
	}
	return nil
}

// prepared says what a look without a change came to.
func (w *work) prepared(s prepare.Standing) error {
	worst := verdict.Pass
	open := 0
	for _, r := range w.result.Rows {
		if r.Verdict == verdict.Pass {
			continue
		}
		open++
		if r.Verdict == verdict.Fail || worst == verdict.Pass {
			worst = r.Verdict
		}
	}
	w.result.Verdict, w.result.Lead = worst, fmt.Sprintf("Everything is prepared: %s can be shifted.", w.traffic.Record)
	if open > 0 {
		w.result.Lead = fmt.Sprintf("%d of %d things are not ready; each says what to do.", open, len(w.result.Rows))
	} else if s.Kind != prepare.Paired {
		w.result.Lead = "Ready to be prepared: run it again with apply."
	}
	switch worst {
	case verdict.Fail:
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.NotPrepared}, Name: cmdPrepare, What: w.result.Lead}
	case verdict.Inconclusive:
		return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NotPrepared}, Name: cmdPrepare, What: w.result.Lead}
	}
	return nil
}
