package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// work is one run of the action.
type work struct {
	in      inputs
	s       *runner.Session
	file    *config.File
	region  string
	traffic rollout.Settings
	stage   string
	policy  rollout.Policy
	// rolledBack is the last rollback, nil for none.
	rolledBack *rollout.Rollback
	ports
	result result
	// latest is the state that the last tick has decided, stored or not.
	latest rollout.State
}

// run does what the command says and tells what came of it, also when it was
// broken off.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Load(*in.config)
	if err != nil {
		return config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, string(file.Region)), result: result{Command: *in.command, Project: file.Project, Stage: *in.stage, Notes: []string{}, Events: []rollout.Event{}, Trouble: []string{}}}
	if file.Traffic == nil {
		w.result.State, w.result.Lead = string(rollout.Ready), "Not configured: cutover.yaml has no section traffic, so there is nothing to shift."
		return w.tell(nil)
	}
	w.traffic, w.stage = *file.Traffic, file.Traffic.Stage
	w.result.Stage, w.result.Record = w.stage, string(w.traffic.Record)
	if err := w.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout+*in.span, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	leave, err := oidc.Become(ctx, s, *in.role, w.region)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	defer leave()
	if err := w.open(ctx); err != nil {
		return runner.Ended(ctx, err)
	}
	return w.tell(runner.Ended(ctx, w.do(ctx)))
}

// check refuses what cannot be before anything is asked.
func (w *work) check() error {
	if *w.in.stage != "" && *w.in.stage != w.stage {
		return &fault.Fault{
			Kind: fault.Input, Name: "stage", What: "is not the one whose traffic moves", Got: *w.in.stage, Allowed: w.stage,
			Next: "Another stage needs a cutover.yaml of its own, named by config: two stages have two records.",
		}
	}
	if *w.in.every <= 0 {
		return &fault.Fault{Kind: fault.Input, Name: "every", What: "is no pause", Got: w.in.every.String(), Allowed: "above zero"}
	}
	if *w.in.workflow != "" && *w.in.token == "" {
		return &fault.Fault{Kind: fault.Input, Name: "token", What: "is needed to start and stop " + *w.in.workflow, Next: "Pass ${{ github.token }}, and give the job actions: write."}
	}
	if w.ordered() && w.who() == "" {
		return &fault.Fault{Kind: fault.Input, Name: "by", What: "is needed: the log says who ordered what", Next: "Give a name, or run it in GitHub Actions, which knows."}
	}
	return nil
}

// ordered says whether the command is a person's order.
func (w *work) ordered() bool {
	return slices.Contains(rollout.Orders(), rollout.OrderKind(*w.in.command))
}

func (w *work) who() string {
	if *w.in.by != "" {
		return *w.in.by
	}
	return w.s.Getenv("GITHUB_ACTOR")
}

// order is what a person wants, nil for a plain tick.
func (w *work) order() *rollout.Order {
	if !w.ordered() {
		return nil
	}
	reason := *w.in.reason
	if reason == "" {
		reason = "no reason was given"
	}
	return &rollout.Order{Kind: rollout.OrderKind(*w.in.command), By: w.who(), Reason: reason}
}

func (w *work) do(ctx context.Context) error {
	switch *w.in.command {
	case cmdStatus:
		return w.status(ctx)
	case cmdPlan:
		return w.plan(ctx)
	case cmdPrepare:
		return w.prepare(ctx)
	case cmdBaseline:
		return w.baseline(ctx)
	case cmdPreflight:
		return w.preflight(ctx)
	case cmdDrill:
		return w.drill(ctx)
	case cmdStart:
		return w.start(ctx)
	case cmdTick:
		return w.watch(ctx)
	case cmdRollback:
		return w.back(ctx)
	case cmdFinish:
		return w.finish(ctx)
	}
	return w.tick(ctx, w.order())
}

func (w *work) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if slices.Contains(w.result.Notes, text) {
		return // once is enough
	}
	w.s.Notef("%s", text)
	w.result.Notes = append(w.result.Notes, text)
}

func (w *work) warn(text string, kinds ...runbook.Kind) {
	w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "traffic-shift", Message: text, Runbooks: kinds})
}

// say is progress: for whoever looks on, not for the result.
func (w *work) say(line string) { w.s.Notef("%s %s", w.clock.Now().Format("15:04:05"), line) }

// seconds for people.
func seconds(d time.Duration) string { return d.Round(time.Second).String() }
