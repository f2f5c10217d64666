package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// scope is what cutover.yaml and the inputs name.
func (w *work) scope() plan.Scope {
	s := w.legacy.Scope(cmp.Or(*w.in.account, w.caller.Account), cmp.Or(*w.in.region, string(w.file.Region)), string(w.traffic.Record))
	if len(*w.in.keep) > 0 {
		s.Keep = slices.Concat(s.Keep, *w.in.keep, []string{plan.KeepTag})
		slices.Sort(s.Keep)
		s.Keep = slices.Compact(s.Keep)
	}
	if *w.in.logs != asConfigured {
		s.Logs = plan.LogPolicy(*w.in.logs)
	}
	return s
}

// plan looks at everything, decides what would go, and keeps that. Nothing is
// changed by it.
func (w *work) plan(ctx context.Context) error {
	scope := w.scope()
	world, err := w.surveyor(ctx, scope)
	if err != nil {
		return err
	}
	seen, err := world.Look(ctx)
	if err != nil {
		return err
	}
	p, err := plan.Of(priced(seen, price.BuiltIn()), scope)
	var no plan.Refusals
	if errors.As(err, &no) {
		w.result.refused(no)
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", string(no[0].Rule))}, Name: "plan", What: fmt.Sprintf("is not possible, for %d reasons; the first: %s", len(no), no[0].What), Got: no[0].ARN, Next: no[0].Next}
	}
	if err != nil {
		return err
	}
	sealed := plan.Seal(p)
	if w.result.Kept, err = w.store.KeepPlan(ctx, sealed.PlanSHA256, sealed.JSON()); err != nil {
		return err
	}
	w.sealed = &sealed
	w.result.planned(sealed)
	w.say("kept as %s", w.result.Kept)
	return nil
}

// read gets a plan by its hash, and believes it only if it has that hash.
func (w *work) read(ctx context.Context, sha256 string) error {
	text, err := w.store.Plan(ctx, sha256)
	if errors.Is(err, s3.ErrNotFound) {
		return &fault.Fault{Kind: fault.Input, Name: "plan", What: "is not kept in " + w.store.String(), Got: sha256, Next: "Run the command plan, read what it shows, and give the hash that it prints."}
	}
	if err != nil {
		return err
	}
	sealed, err := plan.Parse(text)
	if err != nil {
		return err
	}
	if sealed.PlanSHA256 != sha256 {
		return &fault.Fault{Kind: fault.Refused, Name: "plan", What: "is kept under another hash than its own", Got: sealed.PlanSHA256, Allowed: sha256, Next: "Make the plan anew; a plan is never moved."}
	}
	if s := sealed.Plan.Scope; s.Account != w.caller.Account || s.Region != w.region {
		return &fault.Fault{
			Kind: fault.Refused, Name: "plan", What: "is for another account or region than that of these credentials", Got: w.caller.Account + " in " + w.region, Allowed: s.Account + " in " + s.Region,
			Next: "Give the role of the account that the plan names.",
		}
	}
	w.sealed = &sealed
	w.result.Plan, w.result.Monthly = sealed.PlanSHA256, string(sealed.Plan.Monthly)
	return nil
}

// approve notes who has said yes to exactly this plan, in this account, of this
// name: whoever approved this very run in GitHub.
func (w *work) approve(ctx context.Context) error {
	if err := w.read(ctx, *w.in.plan); err != nil {
		return err
	}
	environment := cmp.Or(*w.in.environment, w.file.Stages[w.stage].Environment+"-retire")
	who, err := github.Approvers(ctx, github.Yes{
		Getenv: w.s.Getenv, Token: *w.in.token, Environment: environment, To: "the deletion of " + w.sealed.Plan.Scope.Confirm(), Workflow: "decommission.yml with the command approve",
	})
	if err != nil {
		return err
	}
	now := w.clock.Now()
	by := who[0]
	for _, more := range who[1:] {
		by += ", " + more
	}
	approval := plan.Approval{By: by, PlanSHA256: *w.in.plan, Account: *w.in.account, Name: *w.in.name, At: now, Expires: now.Add(*w.in.expires)}
	w.say("approved by %s", by)
	shell, err := w.shell(ctx)
	if err != nil {
		return err
	}
	out, err := shell.Tick(ctx, now, &retire.Order{Kind: retire.OrderApprove, By: by, Reason: w.why(), Approval: &approval})
	if err != nil {
		return err
	}
	return w.after(ctx, out)
}

func (w *work) why() string { return cmp.Or(*w.in.reason, "no reason was given") }
