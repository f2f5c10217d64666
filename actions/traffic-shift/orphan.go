package main

import (
	"context"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// orphaned is an error where green has traffic of which nothing is known: state
// and log are lost together, or somebody shifts by hand. Nobody judges green then.
// A record that is not prepared gives green nothing.
func (w *work) orphaned(ctx context.Context) error {
	sets, err := w.zone.Sets(ctx)
	if err != nil {
		return err
	}
	r := prepare.Of(w.file.Project, w.traffic)
	standing := r.Look(sets)
	if standing.Kind == prepare.Simple || standing.Kind == prepare.Nothing {
		return nil
	}
	split, err := r.Split(standing)
	if err != nil {
		return err
	}
	if w.stands(split); split.Is(0) {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NobodyJudges}, Name: "state", What: fmt.Sprintf("knows of no rollout, and the record gives green %s: nobody judges it", percent(share(split))),
		Next: "Bring state.json and events/ back from the bucket's versions, or run traffic-shift with command: rollback, which gives blue everything.",
	}
}

// unbegun is a rollback where nothing is known of a rollout. What the record says
// counts: the state may be lost while green has users. Only a blue that answers
// gets them, since it may long be retired.
func (w *work) unbegun(ctx context.Context) error {
	w.result.Lead = "Nothing has begun: blue has all the traffic."
	lost := w.orphaned(ctx)
	if lost == nil {
		return nil
	}
	w.warn(lost.Error())
	w.result.Lead = "Nothing is known of a rollout, and blue may not have all the traffic."
	if probe, err := w.shell.Signals.ProbeBlue(ctx); err != nil || probe.Sent == 0 || probe.Failed == probe.Sent {
		return &fault.Fault{
			Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BlueSilent}, Name: cmdRollback, What: "was not carried out, since blue does not answer", Err: err,
			Next: "Bring blue up first. docs/runbooks/cutover.md says how to set the weights by hand.",
		}
	}
	if err := w.shell.Signals.Verdict(ctx, false); err != nil {
		w.warn("green's health check could not be taken down: " + err.Error())
	}
	whole := rollout.SplitOf(0)
	if err := w.zone.Shift(ctx, whole); err != nil {
		return err
	}
	w.stands(whole)
	w.result.Lead = "The record gives blue everything again. Nothing is known of the rollout that gave green its share: state and log are lost."
	return nil
}

// blindly ends a rollback that went on without its state: nothing is there that
// further ticks could follow it by.
func (w *work) blindly(out rollout.Outcome) error {
	w.result.State, w.result.Weight = string(rollout.RollingBack), 0
	if !out.Acted {
		w.result.Lead = "The record could not be changed, and the rollout's state cannot be used."
		return &fault.Fault{
			Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BackTooSlow}, Name: cmdRollback, What: "was not carried out: neither the rollout's state can be used nor the record changed",
			Next: "The warnings say why. Run it again. docs/runbooks/cutover.md says how to set the weights by hand.",
		}
	}
	whole := rollout.SplitOf(0)
	w.stands(whole)
	w.result.Lead = "The record gives blue everything. Nobody can follow the rest: the rollout's state cannot be used."
	return &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BackTooSlow}, Name: cmdRollback, What: "gave blue everything, and cannot be followed further",
		Next: "See by the requests of both sides in CloudWatch that blue has them. Once the state can be used again, the next tick takes the rollback over.",
	}
}
