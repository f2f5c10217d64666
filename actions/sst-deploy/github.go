package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// showWithin bounds what only shows the deployment: a rate limit at GitHub must
// not hold it up.
const showWithin = 20 * time.Second

// begin makes the deployment on GitHub, or finds that GitHub keeps one. It only
// shows what happens: a token that may not make one costs a warning. ref is the
// commit that is deployed where it is not this run's, text what is under way.
func (w *work) begin(ctx context.Context, ref, text string) error {
	sha := w.s.Getenv("GITHUB_SHA")
	if *w.in.deployment == "none" || w.github == nil || sha == "" || !w.plan.caller.Run.Known() {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, showWithin)
	defer cancel()
	id, err := w.github.Begin(bounded, github.Deployment{
		Environment: w.plan.environment, SHA: sha, Ref: ref, Run: w.plan.caller.Run, LogURL: runURL(w.s), Production: w.plan.production,
	})
	switch {
	case errors.Is(err, github.ErrByGitHub):
		w.s.Notef("GitHub keeps the deployment of this job's environment; no other is made.")
		return nil
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		w.warn("The deployment cannot be shown on GitHub: " + err.Error() + " It needs deployments: write; deployment: none does without.")
		return nil
	}
	w.deployment.Store(id)
	w.state(bounded, github.InProgress, text, "")
	return nil
}

// end tells GitHub how it ended. After a cancellation there is little time.
func (w *work) end(ctx context.Context) {
	if w.deployment.Load() == 0 {
		return
	}
	within := showWithin
	if ctx.Err() != nil {
		within = settle
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	switch w.result.Verdict {
	case verdict.Pass:
		w.state(ctx, github.Success, w.result.Lead, w.url())
	case verdict.Fail:
		w.state(ctx, github.Failure, w.result.Lead, "")
	default:
		w.state(ctx, github.Error, w.result.Lead, "")
	}
}

func (w *work) state(ctx context.Context, state github.Status, text, url string) {
	if err := w.github.Tell(ctx, w.deployment.Load(), state, w.scrub(text), runURL(w.s), url); err != nil {
		w.warn("The deployment's status on GitHub is not up to date: " + err.Error())
	}
}

func (w *work) warn(text string) {
	w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "sst-deploy", Message: text})
}

// url is where the stage answers: what SST has told, else cutover.yaml.
func (w *work) url() string {
	if url := deploy.URLOf(w.result.Outputs); url != "" {
		return url
	}
	return w.plan.url
}

func runURL(s *runner.Session) string {
	server, repository, id := s.Getenv("GITHUB_SERVER_URL"), s.Getenv("GITHUB_REPOSITORY"), s.Getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || id == "" {
		return ""
	}
	url := server + "/" + repository + "/actions/runs/" + id
	if attempt := s.Getenv("GITHUB_RUN_ATTEMPT"); attempt != "" {
		url += "/attempts/" + attempt
	}
	return url
}

// pullRequest reads the number out of refs/pull/<number>/merge.
var pullRequest = regexp.MustCompile(`^refs/pull/([1-9][0-9]{0,9})/`)

// comment writes the diff to the pull request. A fork's token may not: then the
// job summary has it all, and the run goes on.
func (w *work) comment(ctx context.Context) error {
	if *w.in.comment == "" {
		return nil
	}
	m := pullRequest.FindStringSubmatch(w.s.Getenv("GITHUB_REF"))
	if m == nil {
		w.s.Notef("No pull request, no comment.")
		return nil
	}
	if w.github == nil {
		w.warn("There is no comment without a token; the job summary has the same.")
		return nil
	}
	number, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	w.result.Scrub(w.scrub)
	err = w.github.UpsertComment(ctx, number, fmt.Sprintf("sst-deploy %s %s", *w.in.comment, w.plan.target), report.Markdown(w.result.Document()))
	if errors.Is(err, github.ErrForbidden) {
		w.warn("The token may not comment on this pull request (a fork's never may); the job summary has the same.")
		return nil
	}
	return err
}
