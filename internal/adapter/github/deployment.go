package github

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/deploy"
)

// Task marks the deployments that this program makes; those that GitHub makes
// for a job with `environment:` carry "deploy".
const Task = "sst-deploy"

// Deployment is what a deployment on GitHub is made from.
type Deployment struct {
	Environment string
	// SHA is the commit of the run. Ref is the one that is deployed; empty is SHA.
	SHA, Ref string
	// Run is the attempt that deploys; LogURL leads to it.
	Run    deploy.RunID
	LogURL string
	// Production says whether users see the environment.
	Production bool
}

// Status is a state of a deployment in GitHub's words.
type Status string

// The states that are used.
const (
	InProgress Status = "in_progress"
	Success    Status = "success"
	Failure    Status = "failure"
	// Error is for what was broken off: nobody knows whether it failed.
	Error Status = "error"
)

// ErrByGitHub says that the job has an `environment:`, for which GitHub keeps a
// deployment by itself.
var ErrByGitHub = errors.New("GitHub keeps the deployment of this job's environment")

// payload is what finds our deployment again after a kill.
type payload struct {
	Run string `json:"cutover_run"`
}

// Begin returns the deployment of this run: the one that an earlier call has
// made, or a new one. It is ErrByGitHub where GitHub has made one for this run:
// a second one would show everything twice.
func (c *Client) Begin(ctx context.Context, d Deployment) (int64, error) {
	if d.Ref == "" {
		d.Ref = d.SHA
	}
	// What GitHub makes for a job is of the run's commit; ours is of Ref.
	for _, sha := range slices.Compact([]string{d.SHA, d.Ref}) {
		id, err := c.known(ctx, d, sha)
		if id != 0 || err != nil {
			return id, err
		}
	}
	mine, err := json.Marshal(payload{d.Run.String()})
	if err != nil {
		return 0, err
	}
	var made *github.Deployment
	err = c.call(ctx, "making a deployment", func() (err error) {
		made, _, err = c.api.Repositories.CreateDeployment(ctx, c.owner, c.repo, &github.DeploymentRequest{
			Ref: &d.Ref, Task: github.String(Task), Environment: &d.Environment, Payload: json.RawMessage(mine),
			Description: github.String("sst deploy, run " + d.Run.String()), ProductionEnvironment: &d.Production,
			// No merge of the default branch, and no waiting for checks: the
			// workflow has judged the commit.
			AutoMerge: github.Bool(false), RequiredContexts: &[]string{},
		})
		return err
	})
	return made.GetID(), err
}

// known finds this run's deployment among those of a commit, 0 if there is none.
func (c *Client) known(ctx context.Context, d Deployment, sha string) (int64, error) {
	var known []*github.Deployment
	err := c.call(ctx, "listing deployments", func() (err error) {
		known, _, err = c.api.Repositories.ListDeployments(ctx, c.owner, c.repo, &github.DeploymentsListOptions{
			SHA: sha, Environment: d.Environment, ListOptions: github.ListOptions{PerPage: 30},
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, k := range known {
		var p payload
		if sha == d.Ref && k.GetTask() == Task && json.Unmarshal(k.Payload, &p) == nil && p.Run == d.Run.String() {
			return k.GetID(), nil
		}
		ours, err := c.ofRun(ctx, k, d.Run)
		if err != nil {
			return 0, err
		}
		if ours {
			return 0, ErrByGitHub
		}
	}
	return 0, nil
}

// ofRun says whether GitHub made a deployment for a job of this run. Its
// statuses lead to the job: …/actions/runs/<run>/job/<job>.
func (c *Client) ofRun(ctx context.Context, k *github.Deployment, run deploy.RunID) (bool, error) {
	if k.GetTask() == Task {
		return false, nil
	}
	var statuses []*github.DeploymentStatus
	err := c.call(ctx, "listing a deployment's statuses", func() (err error) {
		statuses, _, err = c.api.Repositories.ListDeploymentStatuses(ctx, c.owner, c.repo, k.GetID(), &github.ListOptions{PerPage: 10})
		return err
	})
	if err != nil {
		return false, err
	}
	for _, s := range statuses {
		for _, address := range []string{s.GetLogURL(), s.GetTargetURL()} {
			if strings.Contains(address+"/", fmt.Sprintf("/actions/runs/%d/", run.Run)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// Tell adds a status to a deployment. url is where the environment answers,
// empty if that is unknown.
func (c *Client) Tell(ctx context.Context, id int64, s Status, description, logURL, url string) error {
	const most = 140 // GitHub's limit of a description in characters
	if r := []rune(description); len(r) > most {
		description = string(r[:most-1]) + "…"
	}
	request := &github.DeploymentStatusRequest{State: github.String(string(s)), Description: &description, AutoInactive: github.Bool(true)}
	if logURL != "" {
		request.LogURL = &logURL
	}
	if url != "" {
		request.EnvironmentURL = &url
	}
	return c.call(ctx, "telling the deployment's status", func() error {
		_, _, err := c.api.Repositories.CreateDeploymentStatus(ctx, c.owner, c.repo, id, request)
		return err
	})
}
