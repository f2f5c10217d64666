package github

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/deploy"
)

// Run implements deploy.Runs: what GitHub says about a run's newest attempt.
func (c *Client) Run(ctx context.Context, id int64) (deploy.Run, error) {
	var r *github.WorkflowRun
	err := c.call(ctx, fmt.Sprintf("asking for run %d", id), func() (err error) {
		r, _, err = c.api.Actions.GetWorkflowRunByID(ctx, c.owner, c.repo, id)
		return err
	})
	if errors.Is(err, ErrForbidden) {
		return deploy.Run{}, deploy.ErrNoRun
	}
	if err != nil {
		return deploy.Run{}, err
	}
	run := deploy.Run{Attempt: max(r.GetRunAttempt(), 1), Over: r.GetStatus() == "completed", URL: r.GetHTMLURL()}
	if run.Over {
		run.Ended = r.GetUpdatedAt().Time
	}
	return run, nil
}

// Others implements deploy.Runs. A job that has not started has no runner and
// holds nothing; one that GitHub shows on our own runner is this one.
func (c *Client) Others(ctx context.Context, id deploy.RunID, runner string) (bool, error) {
	options := &github.ListOptions{PerPage: 100}
	for {
		var page *github.Jobs
		var response *github.Response
		err := c.call(ctx, "listing the jobs of this run", func() (err error) {
			page, response, err = c.api.Actions.ListWorkflowJobsAttempt(ctx, c.owner, c.repo, id.Run, int64(id.Attempt), options)
			return err
		})
		if err != nil {
			return false, err
		}
		for _, j := range page.Jobs {
			if j.GetStatus() == "in_progress" && (runner == "" || j.GetRunnerName() != runner) {
				return true, nil
			}
		}
		if response.NextPage == 0 {
			return false, nil
		}
		options.Page = response.NextPage
	}
}
