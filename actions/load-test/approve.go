package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/loaded"
)

// approved lets a load go to a stage with approval: required only after a
// reviewer of the job's environment has said yes to this very run. This machine
// needs nobody's yes.
func (w *work) approved(ctx context.Context) error {
	stage := w.file.Stages[w.plan.Stage]
	if stage.Approval != config.ApprovalRequired || loaded.Loopback(w.plan.Target) {
		return nil
	}
	who, err := github.Approvers(ctx, github.Yes{
		Getenv: w.s.Getenv, Token: *w.in.token, Environment: cmp.Or(*w.in.environment, stage.Environment+"-load"), To: "a load on " + w.plan.Stage, Workflow: "load-test.yml",
	})
	if err != nil {
		return err
	}
	w.s.Notef("%s has approved the load on %s.", strings.Join(who, ", "), w.plan.Stage)
	return nil
}
