package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/config/loaded"
	"github.com/cutover-dev/cutover/internal/fault"
)

// approved lets a load go to a stage with approval: required only after a
// reviewer of the job's environment has said yes to this very run. That the
// environment's name stands in the workflow proves nothing: it may have lost its
// reviewers. This machine needs nobody's yes.
func (w *work) approved(ctx context.Context) error {
	stage := w.file.Stages[w.plan.Stage]
	if stage.Approval != config.ApprovalRequired || loaded.Loopback(w.plan.Target) {
		return nil
	}
	environment := cmp.Or(*w.in.environment, stage.Environment+"-load")
	refused := func(what, next string) error {
		return &fault.Fault{Kind: fault.Refused, Name: "approval", What: "a load on " + w.plan.Stage + " " + what, Got: environment, Next: next}
	}
	id, err := strconv.ParseInt(w.s.Getenv("GITHUB_RUN_ID"), 10, 64)
	if err != nil || id <= 0 {
		return refused("needs the yes of a reviewer, and this is no run of a workflow", "Start load-test.yml, and let a reviewer of the environment approve it.")
	}
	if *w.in.token == "" {
		return refused("needs the yes of a reviewer, which cannot be seen without a token", "Give the job actions: read, and pass token: ${{ github.token }}.")
	}
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return err
	}
	reviews, err := client.ForGate().Reviews(ctx, id)
	if err != nil {
		return err
	}
	for _, r := range reviews {
		if r.State == "approved" && slices.Contains(r.Environments, environment) {
			w.s.Notef("%s has approved the load on %s.", r.User, w.plan.Stage)
			return nil
		}
	}
	return refused("has not been approved in this run", "Give the environment "+environment+" required reviewers (Settings, Environments), and run the workflow again.")
}
