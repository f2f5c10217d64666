package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// changing are the ports to CloudFormation. Events are told as they come.
func (w *work) changing(ctx context.Context) (change.Ports, error) {
	stacks, err := cloudformation.Open(ctx, w.region)
	if err != nil {
		return change.Ports{}, err
	}
	p := change.Ports{Stacks: stacks, Clock: pause.Clock{}, Tell: func(e change.Event) { w.s.Notef("%s", e.Line()) }}
	if *w.in.bucket != "" {
		p.Upload = w.upload
	}
	return p, nil
}

// upload puts a template where CloudFormation can read it. Its name is its
// content's, so that a repetition writes the same.
func (w *work) upload(ctx context.Context, _ string, text []byte) (string, error) {
	store, err := s3.Open(ctx, w.region)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	at := s3.Location{Bucket: *w.in.bucket, Key: path.Join(w.in.prefix.String(), "monitoring", *w.in.stage, hex.EncodeToString(sum[:])+".json")}
	if err := store.Put(ctx, at, text, "application/json"); err != nil {
		return "", err
	}
	return store.URL(at), nil
}

// updated is the template that the stack should have, and the one that it has,
// nil if there is none. What happened before is remembered there.
func (w *work) updated(ctx context.Context, p change.Ports) (old, updated []byte, err error) {
	old, exists, err := change.Current(ctx, p, w.stack())
	if err != nil {
		return nil, nil, err
	}
	if !exists {
		old = nil
	}
	if *w.in.scope == scopeStage {
		var added []monitoring.Event
		now := time.Now()
		if *w.in.event != "" {
			added = append(added, monitoring.Event{At: now, Label: *w.in.event, Kind: monitoring.EventDeployment})
		}
		w.plan.Events = monitoring.Remember(monitoring.EventsOf(old), now, added...)
		if err := w.costTag(ctx); err != nil {
			return nil, nil, err
		}
	}
	made, err := w.build()
	if err != nil {
		return nil, nil, err
	}
	updated = made.Text()
	if *w.in.out != "" {
		err = w.s.WriteFile("out", *w.in.out, updated)
	}
	return old, updated, err
}

// costTag lets an unfiltered budget stand in until costs are told apart by the
// tag.
func (w *work) costTag(ctx context.Context) error {
	if w.plan.Budget == nil {
		return nil
	}
	costs, err := costexplorer.Open(ctx)
	if err != nil {
		return err
	}
	filtered, why, err := audit.BudgetFiltered(ctx, costs)
	if err != nil {
		return err
	}
	budget := *w.plan.Budget
	budget.Unfiltered, w.plan.Budget = !filtered, &budget
	if !filtered {
		w.note(why)
	}
	return nil
}

// template writes the template to a file, and deploys nothing.
func (w *work) template(ctx context.Context) error {
	p, err := w.changing(ctx)
	if err != nil {
		return err
	}
	_, text, err := w.updated(ctx, p)
	if err != nil {
		return err
	}
	w.result.Lead = "The template of " + w.stack() + " is in " + *w.in.out + "."
	w.result.Bytes = len(text)
	return nil
}

func (w *work) diff(ctx context.Context) error {
	p, err := w.changing(ctx)
	if err != nil {
		return err
	}
	old, updated, err := w.updated(ctx, p)
	if err != nil {
		return err
	}
	if err := w.compare(old, updated); err != nil {
		return err
	}
	w.result.Changed = !w.result.Changes.None
	return w.comment(ctx)
}

func (w *work) compare(old, updated []byte) error {
	changes, err := change.Diff(old, updated)
	if err != nil {
		return err
	}
	w.result.Changes = &changes
	w.result.Lead = changes.Document().Lead
	return nil
}

// deploy brings the stack to its template. The first one is followed by a drill:
// an alarm that was never heard is no alarm.
func (w *work) deploy(ctx context.Context) error {
	p, err := w.changing(ctx)
	if err != nil {
		return err
	}
	old, updated, err := w.updated(ctx, p)
	if err != nil {
		return err
	}
	if e := w.result.Estimate; e != nil {
		w.s.Notef("%s", e.View().Lead)
	}
	if err := w.compare(old, updated); err != nil {
		return err
	}
	if err := w.clear(ctx, p, old, updated); err != nil {
		return err
	}
	outcome, err := change.Deploy(ctx, p, change.Request{Stack: w.stack(), Template: updated, Tags: w.tags()})
	w.result.Outcome, w.result.Lead, w.result.Verdict = &outcome, outcome.Lead, outcome.Verdict
	if err != nil {
		return err
	}
	w.result.Changed = outcome.Result != change.Unchanged
	w.result.DashboardURL, w.result.Topic = outcome.Outputs["DashboardUrl"], outcome.Outputs["AlertsTopic"]
	first := outcome.Result == change.Created
	if *w.in.scope == scopeStage && (*w.in.drill == drillAlways || first && *w.in.drill == drillFirst) {
		err := w.drill(ctx)
		if err != nil && first && unconfirmed(*w.result.Drill) {
			w.result.Verdict = verdict.Inconclusive
			w.warn("Every alarm arrived at the topic, and nobody hears it yet: follow the link in the mail that AWS has just sent, then run monitoring-stack with command: drill.")
			return nil
		}
		return err
	}
	return nil
}

// unconfirmed says that all that is missing is what nobody can have done yet
// when the topic has just been made: to follow the link in AWS's mail.
func unconfirmed(d drill.Result) bool {
	for _, a := range d.Alarms {
		if a.Outcome != drill.Arrived {
			return false
		}
	}
	for _, t := range d.Topics {
		if len(t.Pending) == 0 && t.Confirmed == 0 {
			return false
		}
	}
	return len(d.Alarms) > 0 && len(d.Topics) > 0
}

// clear takes away what could otherwise not change: a name that AWS takes once
// cannot be given to the new one while the old one has it.
func (w *work) clear(ctx context.Context, p change.Ports, old, updated []byte) error {
	first, ids, err := change.Without(old, updated)
	if err != nil || len(ids) == 0 {
		return err
	}
	w.note(strings.Join(ids, ", ") + " is taken away first, and then made anew: AWS does not change it in place.")
	outcome, err := change.Deploy(ctx, p, change.Request{Stack: w.stack(), Template: first, Tags: w.tags()})
	if err != nil {
		w.result.Outcome, w.result.Lead, w.result.Verdict = &outcome, outcome.Lead, outcome.Verdict
	}
	return err
}

func (w *work) tags() map[string]string {
	if *w.in.scope == scopeAccount {
		return map[string]string{"Project": "cutover"}
	}
	return map[string]string{"Project": w.file.Project, "Environment": *w.in.stage}
}

func (w *work) drift(ctx context.Context) error {
	p, err := w.changing(ctx)
	if err != nil {
		return err
	}
	drift, err := change.Drift(ctx, p, w.stack())
	w.result.Drift, w.result.Lead, w.result.Verdict = &drift, drift.Lead, drift.Verdict
	if err != nil {
		return err
	}
	return judged(drift.Verdict, drift.Lead, drift.Next)
}

func (w *work) destroy(ctx context.Context) error {
	p, err := w.changing(ctx)
	if err != nil {
		return err
	}
	outcome, err := change.Destroy(ctx, p, change.Request{Stack: w.stack(), Confirm: *w.in.confirm})
	w.result.Outcome, w.result.Lead, w.result.Verdict = &outcome, outcome.Lead, outcome.Verdict
	w.result.Changed = outcome.Result == change.Removed
	return err
}
