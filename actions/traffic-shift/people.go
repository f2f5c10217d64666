package main

import (
	"fmt"
	"os"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/slack"
	"github.com/cutover-dev/cutover/internal/message"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
)

// budget is how long Slack may take with one message: a tick must not wait long.
const budget = 30 * time.Second

// people are those who are told: GitHub's deployments and Slack, each where its
// token was given. What one was told lies beside the state, so that every run
// goes on where the one before ended.
func (w *work) people() rollout.Teller {
	facts := notice.Facts{
		Stage: w.stage, Record: string(w.traffic.Record), Phases: w.traffic.Phases,
		DecisionTime: w.policy.DecisionTime, RollbackBudget: w.policy.RollbackBudget, Runbooks: w.s.RunbookBase(),
	}
	var all notice.All
	tell := func(name string, board notice.Board) {
		all = append(all, notice.Once{Facts: facts, Board: board, Memory: w.store.Told(name), Name: fmt.Sprintf("%s, process %d", w.run(), os.Getpid()), Now: w.clock.Now})
	}
	if w.github != nil && w.s.Getenv("GITHUB_SHA") != "" {
		tell("github", github.Traffic{
			Client: w.github, Ref: w.s.Getenv("GITHUB_SHA"), LogURL: w.page(), URL: "https://" + string(w.traffic.Record),
			Production: w.file.Stages[w.stage].Approval == "required",
		})
	}
	if board, ok := w.slack(); ok {
		tell("slack", board)
	}
	return all
}

// page leads to this run; empty outside of GitHub Actions.
func (w *work) page() string {
	server, repository, run := w.s.Getenv("GITHUB_SERVER_URL"), w.s.Getenv("GITHUB_REPOSITORY"), w.s.Getenv("GITHUB_RUN_ID")
	if server == "" || repository == "" || run == "" {
		return ""
	}
	return server + "/" + repository + "/actions/runs/" + run
}

// slack is the board there, if a token was given and a channel is known.
func (w *work) slack() (slack.Traffic, bool) {
	if *w.in.slackToken == "" {
		return slack.Traffic{}, false
	}
	t := slack.Traffic{
		Channel: *w.in.channel, Name: w.file.Project,
		Open: func() (message.Ports, error) {
			c, err := slack.New(*w.in.slackToken, slack.Options{BaseURL: w.s.Getenv("SLACK_API_URL"), Budget: budget})
			return message.Ports{Poster: c, Keeper: c, Directory: c}, err
		},
		Run: message.Run{
			Repository: w.s.Getenv("GITHUB_REPOSITORY"), Ref: w.s.Getenv("GITHUB_REF_NAME"), SHA: w.s.Getenv("GITHUB_SHA"),
			URL: w.page(), Number: w.s.Getenv("GITHUB_RUN_NUMBER"),
		},
	}
	if s := w.file.Slack; s != nil {
		t.Users = s.Users
		if t.Channel == "" {
			t.Channel = s.Channel
		}
	}
	if t.Channel == "" {
		w.warn("Slack hears nothing: no channel is known. Give channel, or slack.channel in cutover.yaml.")
		return slack.Traffic{}, false
	}
	return t, true
}
