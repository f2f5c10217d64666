package main

import (
	"context"
	"errors"

	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

// returned is what SST wrote of a deployment that succeeded. Not every app has
// outputs: where there are none, a note says so.
func (w *work) returned(d deploy.Deployment) (text []byte, ok bool) {
	text, err := sst.Outputs(w.plan.folder, d.Began)
	if err != nil {
		w.result.Notes = append(w.result.Notes, "There are no outputs: .sst/outputs.json cannot be used, "+err.Error()+".")
	}
	return text, err == nil
}

// outputs reads what run() of sst.config.ts returned. The state says which of
// them are secret; those are masked and left out.
func (w *work) outputs(ctx context.Context, d deploy.Deployment) error {
	text, ok := w.returned(d)
	if !ok {
		return nil
	}
	open, err := deploy.ParseOutputs(text)
	if err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: ".sst/outputs.json", What: "cannot be read after a deployment that succeeded", Err: err}
	}
	sealed, _, ok, err := w.plan.target.Outputs(ctx, w.ports.Store)
	if err != nil || !ok {
		return errors.Join(&fault.Fault{Kind: fault.Outside, Name: "outputs", What: "cannot be told from secrets, because the state cannot be read; the deployment itself succeeded"}, err)
	}
	shown, hidden := deploy.WithoutSecrets(open, sealed)
	for _, h := range hidden {
		w.hide(h)
	}
	if len(hidden) > 0 {
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "sst-deploy", Message: "run() of sst.config.ts returns secrets, which SST prints in the log in the clear. Do not return them."})
	}
	w.result.Outputs = shown
	return nil
}
