package main

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// frozen is the question of a pipeline that deploys to ECS: may it? Where nobody can
// say, it may not: an answer that could not be read is an error. Whoever does not ask
// is found out by what was deployed; see retire's guards.
func (w *work) frozen(ctx context.Context) error {
	marks, err := w.store.Marks(ctx)
	if err != nil {
		return err
	}
	s, err := w.state(ctx)
	if err != nil {
		return err
	}
	w.result.of(s)
	w.result.Plan = s.PlanSHA256
	if since := marks.Frozen; !since.IsZero() {
		w.result.Frozen = true
		w.result.Lead = "Deployments to ECS are frozen since " + since.UTC().Format(time.RFC3339) + "."
	}
	if !w.result.Frozen {
		w.result.Lead = "Deployments to ECS are not frozen."
		return nil
	}
	if marks.Frozen.IsZero() {
		w.result.Lead = "Deployments to ECS are about to be frozen." // decided, and not carried out yet
	}
	return &fault.Fault{
		Kind: fault.Refused, Name: "deployment", What: "is not possible: ECS of this stage is being taken out of service, and deployments to it are frozen", Got: w.legacy.Cluster + "/" + w.legacy.Service,
		Next: "Deploy to Lambda instead. To have ECS back: decommission.yml with the command abort, as long as nothing is deleted.",
	}
}
