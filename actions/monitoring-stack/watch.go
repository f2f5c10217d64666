package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/aws/apigateway"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// judged is what a verdict means for the exit code: a no is a gate's, and what
// could not be seen is no yes.
func judged(v verdict.Verdict, lead, next string) error {
	if v == verdict.Pass {
		return nil
	}
	kind := fault.Gate
	if v != verdict.Fail {
		kind = fault.Outside
	}
	return &fault.Fault{Kind: kind, What: strings.TrimSuffix(lead, "."), Next: next}
}

// discover fills the plan's inventory: from the file that was given, or by what
// is deployed.
func (w *work) discover(ctx context.Context) error {
	if *w.in.inventory != "" {
		inventory, err := monitored.Inventory(*w.in.inventory, w.plan.Inventory)
		w.plan.Inventory = inventory
		return err
	}
	p, err := w.looking(ctx)
	if err != nil {
		return err
	}
	found, notes, err := discover.Find(ctx, p, discover.Request{App: w.file.AppName(*w.in.app), Project: w.file.Project, Stage: *w.in.stage, Region: w.plan.Inventory.Region})
	if err != nil {
		return err
	}
	w.note(notes.Unsaid...)
	w.plan.Inventory = found.Complete(w.plan.Inventory)
	return nil
}

// looking are the ports of everything that is asked what a stage consists of.
func (w *work) looking(ctx context.Context) (p discover.Ports, err error) {
	open := func(opened error) { err = errors.Join(err, opened) }
	tags, e := tagging.Open(ctx, w.region)
	open(e)
	functions, e := lambda.Open(ctx, w.region, "")
	open(e)
	gateways, e := apigateway.Open(ctx, w.region)
	open(e)
	databases, e := rds.Open(ctx, w.region)
	open(e)
	metrics, e := cloudwatch.Open(ctx, w.region)
	open(e)
	var show func(int64)
	return discover.Ports{Tags: tags, Functions: functions, Gateways: gateways, Databases: databases, Metrics: metrics, Told: func(done, of int) {
		if show == nil {
			show = w.s.Progress("functions", int64(of))
		}
		show(int64(done))
	}}, err
}

func (w *work) writeInventory() error {
	text, err := json.MarshalIndent(w.plan.Inventory, "", "  ")
	if err != nil {
		return err
	}
	w.result.Inventory = &w.plan.Inventory
	w.result.Lead = "What " + *w.in.stage + " consists of is in " + *w.in.out + "."
	return w.s.WriteFile("out", *w.in.out, append(text, '\n'))
}

func (w *work) mute(ctx context.Context) error {
	alarms, err := cloudwatch.Open(ctx, w.region)
	if err != nil {
		return err
	}
	ports := mute.Ports{Alarms: alarms, Rules: alarms, Clock: pause.Clock{}}
	do := mute.On
	if *w.in.command == cmdUnmute {
		do = mute.Off
	}
	muted, err := do(ctx, ports, mute.Request{Project: w.file.Project, Stage: *w.in.stage, Run: w.who(), For: *w.in.quiet})
	w.result.Mute, w.result.Lead = &muted, muted.Lead
	return err
}

func (w *work) drill(ctx context.Context) error {
	alarms, err := cloudwatch.Open(ctx, w.region)
	if err != nil {
		return err
	}
	topics, err := sns.Open(ctx, w.region)
	if err != nil {
		return err
	}
	rung, err := drill.Run(ctx, drill.Ports{
		Alarms: alarms, Rules: alarms, Topics: topics, Clock: pause.Clock{}, Busy: w.busy,
		Told: func(r drill.Rung) { w.s.Notef("%s: %s", r.Alarm, r.Outcome) },
	}, drill.Request{Project: w.file.Project, Stage: *w.in.stage, Run: w.who()})
	w.result.Drill, w.result.Verdict = &rung, rung.Verdict
	w.result.Lead = strings.TrimSpace(w.result.Lead + " " + rung.Lead)
	if err != nil {
		return err
	}
	return judged(rung.Verdict, rung.Lead, rung.Next)
}

// busy says why no alarm may be rung now: a phase is judged by them.
func (w *work) busy(ctx context.Context) (string, error) {
	if *w.in.bucket == "" || w.file.Traffic == nil || w.file.Traffic.Stage != *w.in.stage {
		return "", nil
	}
	store, err := s3.Open(ctx, w.region)
	if err != nil {
		return "", err
	}
	at := s3.Location{Bucket: *w.in.bucket, Key: rollout.StateKey(w.in.prefix.String(), *w.in.stage)}
	text, err := store.Get(ctx, at, rollout.MostState)
	switch {
	case errors.Is(err, s3.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	state, err := rollout.ParseState(text)
	if err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: at.String(), What: "is no state of a rollout that this drill can read", Err: err, Next: "Use the same release of monitoring-stack and traffic-shift."}
	}
	if state.Phased() {
		return "a phase is being judged: " + string(state.Step) + " at " + state.Weight.String(), nil
	}
	return "", nil
}

func (w *work) audit(ctx context.Context) error {
	look, err := w.looking(ctx)
	if err != nil {
		return err
	}
	alarms, err := cloudwatch.Open(ctx, w.region)
	if err != nil {
		return err
	}
	topics, err := sns.Open(ctx, w.region)
	if err != nil {
		return err
	}
	groups, err := logs.Open(ctx, w.region)
	if err != nil {
		return err
	}
	costs, err := costexplorer.Open(ctx)
	if err != nil {
		return err
	}
	topic, err := w.topic(ctx)
	if err != nil {
		return err
	}
	stack, err := monitoring.Build(w.plan)
	if err != nil {
		return err
	}
	seen, err := audit.Run(ctx, audit.Ports{
		Functions: look.Functions, Tags: look.Tags, Groups: groups, Metrics: look.Metrics, Alarms: alarms, Topics: topics, Costs: costs,
	}, audit.Request{Plan: w.plan, More: stack.Shown(), Topic: topic, Retention: w.file.Monitoring.LogRetention.Std()})
	w.result.Audit, w.result.Lead, w.result.Verdict = &seen, seen.Lead, seen.Verdict
	if err != nil {
		return err
	}
	return judged(seen.Verdict, seen.Lead, "The summary says what to do about each.")
}

// topic is the ARN of the stage's topic, as the stack tells it.
func (w *work) topic(ctx context.Context) (string, error) {
	stacks, err := cloudformation.Open(ctx, w.region)
	if err != nil {
		return "", err
	}
	stack, err := stacks.Stack(ctx, w.stack())
	if errors.Is(err, change.ErrNone) {
		return "", &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.StackMissing}, Name: w.stack(), What: "is not deployed, so nothing watches " + *w.in.stage, Next: "Run monitoring-stack with command: deploy."}
	}
	return stack.Outputs["AlertsTopic"], err
}
