package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pipeline"
)

// Pipeline implements pipeline.GitHub: it reads runs, jobs and caches, and
// changes nothing.
type Pipeline struct{ c *Client }

// Pipeline returns what reads this repository's runs.
func (c *Client) Pipeline() Pipeline { return Pipeline{c} }

// ask is a call whose refusal names the permission that reading takes.
func (p Pipeline) ask(ctx context.Context, doing string, request func() error) error {
	err := p.c.call(ctx, doing, request)
	var f *fault.Fault
	if errors.Is(err, ErrForbidden) && errors.As(err, &f) {
		f.Next = "Check the run's number, and give the job `permissions: actions: read` and `contents: read`."
	}
	return err
}

// all reads a list to its end. request reads one page.
func (p Pipeline) all(ctx context.Context, doing string, request func(github.ListOptions) (*github.Response, error)) error {
	options := github.ListOptions{PerPage: 100}
	for {
		var response *github.Response
		err := p.ask(ctx, doing, func() (err error) {
			response, err = request(options)
			return err
		})
		if err != nil || response.NextPage == 0 {
			return err
		}
		options.Page = response.NextPage
	}
}

// Attempt implements pipeline.GitHub.
func (p Pipeline) Attempt(ctx context.Context, run int64, attempt int) (pipeline.Run, error) {
	var r *github.WorkflowRun
	err := p.ask(ctx, fmt.Sprintf("asking for run %d", run), func() (err error) {
		if attempt == 0 {
			r, _, err = p.c.api.Actions.GetWorkflowRunByID(ctx, p.c.owner, p.c.repo, run)
			return err
		}
		r, _, err = p.c.api.Actions.GetWorkflowRunAttempt(ctx, p.c.owner, p.c.repo, run, attempt, nil)
		return err
	})
	if err != nil {
		return pipeline.Run{}, err
	}
	told := runOf(r)
	if told.Began().IsZero() {
		return told, &fault.Fault{Kind: fault.Outside, Name: "GitHub", What: fmt.Sprintf("does not say when run %d began", run)}
	}
	return told, nil
}

func runOf(r *github.WorkflowRun) pipeline.Run {
	run := pipeline.Run{
		ID: r.GetID(), Attempt: max(r.GetRunAttempt(), 1), Workflow: r.GetWorkflowID(), Name: r.GetName(), Branch: r.GetHeadBranch(),
		Created: r.GetCreatedAt().Time, Started: r.GetRunStartedAt().Time, Updated: r.GetUpdatedAt().Time,
		Over: r.GetStatus() == "completed", URL: r.GetHTMLURL(),
	}
	if len(r.PullRequests) > 0 && r.GetEvent() == "pull_request" {
		run.Pull = r.PullRequests[0].GetNumber()
	}
	return run
}

// Jobs implements pipeline.GitHub.
func (p Pipeline) Jobs(ctx context.Context, run int64, attempt int) ([]pipeline.Job, error) {
	var jobs []pipeline.Job
	err := p.all(ctx, fmt.Sprintf("listing the jobs of run %d", run), func(o github.ListOptions) (*github.Response, error) {
		var page *github.Jobs
		var response *github.Response
		var err error
		if attempt == 0 {
			page, response, err = p.c.api.Actions.ListWorkflowJobs(ctx, p.c.owner, p.c.repo, run, &github.ListWorkflowJobsOptions{Filter: "latest", ListOptions: o})
		} else {
			page, response, err = p.c.api.Actions.ListWorkflowJobsAttempt(ctx, p.c.owner, p.c.repo, run, int64(attempt), &o)
		}
		if err != nil {
			return nil, err
		}
		for _, j := range page.Jobs {
			jobs = append(jobs, jobOf(j))
		}
		return response, nil
	})
	return jobs, err
}

func jobOf(j *github.WorkflowJob) pipeline.Job {
	job := pipeline.Job{
		ID: j.GetID(), Name: j.GetName(), Conclusion: j.GetConclusion(), Runner: j.GetRunnerName(), URL: j.GetHTMLURL(),
		Created: j.GetCreatedAt().Time, Started: j.GetStartedAt().Time, Ended: j.GetCompletedAt().Time,
	}
	// GitHub dates the start of a job that waits by when it was made.
	if s := j.GetStatus(); s != "in_progress" && s != "completed" {
		job.Started = job.Ended
	}
	for _, s := range j.Steps {
		job.Steps = append(job.Steps, pipeline.Step{Name: s.GetName(), Conclusion: s.GetConclusion(), Started: s.GetStartedAt().Time, Ended: s.GetCompletedAt().Time})
	}
	return job
}

// Caches implements pipeline.GitHub.
func (p Pipeline) Caches(ctx context.Context) ([]pipeline.Entry, error) {
	entries := []pipeline.Entry{}
	err := p.all(ctx, "listing the caches", func(o github.ListOptions) (*github.Response, error) {
		page, response, err := p.c.api.Actions.ListCaches(ctx, p.c.owner, p.c.repo, &github.ActionsCacheListOptions{ListOptions: o})
		if err != nil {
			return nil, err
		}
		for _, e := range page.ActionsCaches {
			entries = append(entries, pipeline.Entry{
				ID: e.GetID(), Key: e.GetKey(), Ref: e.GetRef(), Created: e.GetCreatedAt().Time, Accessed: e.GetLastAccessedAt().Time, Size: e.GetSizeInBytes(),
			})
		}
		return response, nil
	})
	return entries, err
}

// DefaultBranch implements pipeline.GitHub.
func (p Pipeline) DefaultBranch(ctx context.Context) (string, error) {
	var r *github.Repository
	err := p.ask(ctx, "asking for the default branch", func() (err error) {
		r, _, err = p.c.api.Repositories.Get(ctx, p.c.owner, p.c.repo)
		return err
	})
	return r.GetDefaultBranch(), err
}

// Runs implements pipeline.GitHub. A workflow goes by its number or by the name
// of its file.
func (p Pipeline) Runs(ctx context.Context, workflow string, most int) ([]pipeline.Run, error) {
	options := &github.ListWorkflowRunsOptions{ListOptions: github.ListOptions{PerPage: most}}
	var page *github.WorkflowRuns
	err := p.ask(ctx, "listing the runs of workflow "+workflow, func() (err error) {
		if id, no := strconv.ParseInt(workflow, 10, 64); no == nil {
			page, _, err = p.c.api.Actions.ListWorkflowRunsByID(ctx, p.c.owner, p.c.repo, id, options)
			return err
		}
		page, _, err = p.c.api.Actions.ListWorkflowRunsByFileName(ctx, p.c.owner, p.c.repo, url.PathEscape(workflow), options)
		return err
	})
	if err != nil {
		return nil, err
	}
	runs := []pipeline.Run{}
	for _, r := range page.WorkflowRuns {
		runs = append(runs, runOf(r))
	}
	return runs, nil
}

// Reviews implements pipeline.GitHub; the library knows no call for it.
func (p Pipeline) Reviews(ctx context.Context, run int64) ([]pipeline.Review, error) {
	var answers []struct {
		State        string
		User         struct{ Login string }
		Environments []struct{ Name string }
	}
	err := p.ask(ctx, fmt.Sprintf("asking for the approvals of run %d", run), func() error {
		request, err := p.c.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/actions/runs/%d/approvals", p.c.owner, p.c.repo, run), nil)
		if err != nil {
			return err
		}
		answers = nil
		_, err = p.c.api.Do(ctx, request, &answers)
		return err
	})
	if errors.Is(err, ErrForbidden) {
		return nil, pipeline.ErrNotAllowed
	}
	var reviews []pipeline.Review
	for _, a := range answers {
		for _, e := range a.Environments {
			reviews = append(reviews, pipeline.Review{Environment: e.Name, User: a.User.Login, Approved: a.State == "approved"})
		}
	}
	return reviews, err
}
