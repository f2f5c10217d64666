package github

import (
	"context"
	"net/http"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
)

// EnableWorkflow lets a workflow of the default branch start by its schedule and
// by dispatch, by its file's name. One that is enabled stays so.
func (c *Client) EnableWorkflow(ctx context.Context, file string) error {
	return c.workflow(ctx, "enabling the workflow "+file, func() (*github.Response, error) {
		return c.api.Actions.EnableWorkflowByFileName(ctx, c.owner, c.repo, file)
	})
}

// DisableWorkflow ends that. Runs that are under way go on.
func (c *Client) DisableWorkflow(ctx context.Context, file string) error {
	return c.workflow(ctx, "disabling the workflow "+file, func() (*github.Response, error) {
		return c.api.Actions.DisableWorkflowByFileName(ctx, c.owner, c.repo, file)
	})
}

// DispatchWorkflow starts a run of a workflow on a branch. One whose answer was
// lost may start twice: whatever is started so must bear a second one.
func (c *Client) DispatchWorkflow(ctx context.Context, file, branch string) error {
	if branch == "" {
		return &fault.Fault{Kind: fault.Input, Name: "ref", What: "is needed to start a workflow", Next: "Give the branch, such as main."}
	}
	return c.workflow(ctx, "starting the workflow "+file, func() (*github.Response, error) {
		return c.api.Actions.CreateWorkflowDispatchEventByFileName(ctx, c.owner, c.repo, file, github.CreateWorkflowDispatchEventRequest{Ref: branch})
	})
}

// workflow calls, and says what a refusal means here.
func (c *Client) workflow(ctx context.Context, doing string, call func() (*github.Response, error)) error {
	status := 0
	err := c.call(ctx, doing, func() error {
		answer, err := call()
		if answer != nil {
			status = answer.StatusCode
		}
		return err
	})
	if err == nil {
		return nil
	}
	f := &fault.Fault{Kind: fault.Outside, Name: "GitHub", What: doing + " failed", Err: err}
	switch status {
	case http.StatusForbidden, http.StatusNotFound:
		f.Kind, f.Next = fault.Input, "Give the job the permission actions: write, and look whether the file is on the default branch."
	case http.StatusUnprocessableEntity:
		f.Kind, f.Next = fault.Input, "GitHub starts a workflow by hand only if it has workflow_dispatch and is not disabled."
	}
	return f
}
