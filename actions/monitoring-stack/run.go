package main

import (
	"context"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// work is one run of the action.
type work struct {
	in     inputs
	s      *runner.Session
	file   *config.File
	region string
	plan   monitoring.Plan
	result result
}

// run does what the command says and tells what came of it, also when it was
// broken off.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Load(*in.config)
	if err != nil {
		return config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, string(file.Region)), result: result{Command: *in.command, Scope: *in.scope, Project: file.Project, Stage: *in.stage, Notes: []string{}}}
	if file.Monitoring == nil {
		w.result.Lead = "Not configured: cutover.yaml has no section monitoring, so nothing watches " + *in.stage + "."
		return w.tell(nil)
	}
	if w.plan, err = monitored.Plan(file, *in.stage); err != nil {
		return err
	}
	if err := w.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	leave, err := oidc.Become(ctx, s, *in.role, w.region)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	defer leave()
	return w.tell(runner.Ended(ctx, w.do(ctx)))
}

// check refuses what cannot be before anything is asked.
func (w *work) check() error {
	w.result.Stack = w.stack()
	changes := *w.in.command == cmdDeploy || *w.in.command == cmdDestroy
	if changes && *w.in.scope == scopeStage && w.file.Monitoring.Owner != monitoring.OwnerAction {
		return &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.OtherOwner}, Name: "monitoring.owner", What: "says that another one deploys this stack", Got: w.file.Monitoring.Owner, Allowed: monitoring.OwnerAction,
			Next: "Leave it to SST, or let the action own it: docs/monitoring-in-sst.md says how to switch.",
		}
	}
	if *w.in.scope == scopeAccount {
		switch *w.in.command {
		case cmdDeploy, cmdDiff, cmdTemplate, cmdDrift, cmdDestroy:
		default:
			return &fault.Fault{Kind: fault.Input, Name: "scope", What: "has no " + *w.in.command, Got: scopeAccount, Allowed: scopeStage, Next: "What an account has once is a setting: it has no alarms."}
		}
	}
	if (*w.in.command == cmdTemplate || *w.in.command == cmdInventory) && *w.in.out == "" {
		return &fault.Fault{Kind: fault.Input, Name: "out", What: "is needed: it names the file that " + *w.in.command + " writes"}
	}
	return nil
}

// stack is the name of the stack that this run is about.
func (w *work) stack() string {
	if *w.in.scope == scopeAccount {
		return monitoring.AccountStack
	}
	return monitoring.StackName(w.file.Project, *w.in.stage)
}

func (w *work) do(ctx context.Context) error {
	switch *w.in.command {
	case cmdMute, cmdUnmute:
		return w.mute(ctx)
	case cmdDrill:
		return w.drill(ctx)
	case cmdDrift:
		return w.drift(ctx)
	case cmdDestroy:
		return w.destroy(ctx)
	}
	if *w.in.scope == scopeStage {
		if err := w.discover(ctx); err != nil {
			return err
		}
	}
	switch *w.in.command {
	case cmdInventory:
		return w.writeInventory()
	case cmdTemplate:
		return w.template(ctx)
	case cmdAudit:
		return w.audit(ctx)
	case cmdDiff:
		return w.diff(ctx)
	}
	return w.deploy(ctx)
}

// who names this run for people who find its traces.
func (w *work) who() string {
	if run := w.s.Getenv("GITHUB_RUN_ID"); run != "" {
		return "run " + run
	}
	return "by hand"
}

// build makes the stack's template, and what it costs where it costs.
func (w *work) build() (cfn.Template, error) {
	if *w.in.scope == scopeAccount {
		return monitoring.Account(w.plan.Tracing.Index), nil
	}
	stack, err := monitoring.Build(w.plan)
	if err != nil {
		return cfn.Template{}, err
	}
	w.note(stack.Notes...)
	estimate := monitoring.EstimateOf(stack, *w.in.stage, w.file.Monitoring.CostLimit)
	w.result.Estimate = &estimate
	return stack.Template, estimate.Err()
}

func (w *work) note(notes ...string) {
	for _, n := range notes {
		w.s.Notef("%s", n)
	}
	w.result.Notes = append(w.result.Notes, notes...)
}
