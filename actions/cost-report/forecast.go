package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/cost/explain"
	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// forecast says where the month ends.
func (w *work) forecast(ctx context.Context) error {
	spent, err := w.spent(ctx)
	if err != nil {
		return err
	}
	monthly, alert := w.budget()
	f := forecast.Of(spent, w.live(), monthly, alert)
	w.told.forecast(f)
	return w.red(f)
}

// explain says what changed in a week.
func (w *work) explain(ctx context.Context) error {
	spent, err := w.spent(ctx)
	if err != nil {
		return err
	}
	e := explain.Of(spent, w.asOf(spent), w.marks(ctx, spent))
	w.told.explain(e)
	return nil
}

// explained adds it to what collect says.
func (w *work) explained(ctx context.Context, r *collected, spent spend.Daily) error {
	if len(spent.Days) < 14 {
		w.note("Fewer than two weeks are known: what changed is said from the fifteenth day on.")
		return nil
	}
	e := explain.Of(spent, w.asOf(spent), w.marks(ctx, spent))
	r.Explanation = &e
	return nil
}

// live is now where the figures are: a file may be of any month, and is then of that
// of its last day.
func (w *work) live() time.Time {
	if *w.in.data != "" {
		return time.Time{}
	}
	return w.now
}

// asOf is the moment that the figures are of. A file may be of any time.
func (w *work) asOf(spent spend.Daily) time.Time {
	if *w.in.data == "" || len(spent.Days) == 0 {
		return w.now
	}
	then := spent.Days[len(spent.Days)-1].Date.AddDate(0, 0, 2)
	if then.After(w.now) {
		return w.now
	}
	return then
}

// mostEvents is how many of a rollout's last events are read.
const mostEvents = 200

// marks are what was done to the stage in the days that are explained: deployments
// as GitHub has them, phases as the rollout's log has them. Without either the
// costs are explained all the same.
func (w *work) marks(ctx context.Context, spent spend.Daily) (all []explain.Mark) {
	if w.file == nil || len(spent.Days) == 0 {
		return nil
	}
	since := spent.Days[max(0, len(spent.Days)-16)].Date
	if *w.in.token != "" {
		found, err := w.deployments(ctx, since)
		if err != nil {
			w.note("Deployments are not named: " + err.Error())
		}
		all = append(all, found...)
	}
	if t := w.file.Traffic; t != nil && t.Stage == *w.in.stage && *w.in.bucket != "" {
		found, err := w.phases(ctx, since)
		if err != nil {
			w.note("Phases of the traffic are not named: " + err.Error())
		}
		all = append(all, found...)
	}
	return all
}

func (w *work) deployments(ctx context.Context, since time.Time) (all []explain.Mark, err error) {
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return nil, err
	}
	found, err := client.DeployedSince(ctx, w.file.Stages[*w.in.stage].Environment, since)
	at := strings.TrimSuffix(w.s.Getenv("GITHUB_SERVER_URL"), "/") + "/" + w.s.Getenv("GITHUB_REPOSITORY") + "/commit/"
	for _, d := range found {
		all = append(all, explain.Mark{At: d.At, What: "deployment of " + short(d.SHA), Link: at + d.SHA})
	}
	return all, err
}

func short(sha string) string { return sha[:min(8, len(sha))] }

func (w *work) phases(ctx context.Context, since time.Time) (all []explain.Mark, err error) {
	log, err := s3.OpenRollout(ctx, *w.in.bucket, w.in.prefix.String(), *w.in.stage, s3.Options{Region: w.region})
	if err != nil {
		return nil, err
	}
	events, err := log.Tail(ctx, mostEvents)
	for _, e := range events {
		if e.At.Before(since) || e.Kind != rollout.Settled && e.Kind != rollout.FellBack {
			continue
		}
		what := fmt.Sprintf("traffic: %s on Lambda", e.Weight)
		if e.Kind == rollout.FellBack {
			what = "traffic: back on ECS"
		}
		all = append(all, explain.Mark{At: e.At, What: what})
	}
	return all, err
}

// written is a result as it is kept in a file.
func written(result any) ([]byte, error) {
	text, err := json.MarshalIndent(result, "", "  ")
	return append(text, '\n'), err
}
