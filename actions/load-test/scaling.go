package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/pause"
)

// scaled asks CloudWatch how the stage's functions stood while the load lasted. It
// waits until all of it is known.
func (w *work) scaled(ctx context.Context, r load.Result) ([]load.Minute, error) {
	if *w.in.settle == 0 {
		return nil, nil
	}
	if err := w.settle(ctx, r.Ended); err != nil {
		return nil, err
	}
	leave, err := oidc.Become(ctx, w.s, *w.in.role, w.region)
	if err != nil {
		return nil, err
	}
	defer leave()
	names, err := w.functions(ctx)
	if err != nil {
		return nil, err
	}
	cold := ""
	if w.file.Monitoring != nil {
		cold = monitoring.Namespace(w.file.Project, w.plan.Stage)
	}
	client, err := cloudwatch.OpenScaling(ctx, w.region, names, cold)
	if err != nil {
		return nil, err
	}
	seen, err := client.Minutes(ctx, r.Began, r.Ended)
	if err != nil {
		return nil, err
	}
	var all []load.Minute
	for _, m := range seen {
		one := load.Minute{At: m.Start.Sub(r.Began)}
		if m.Known {
			throttles, invocations, colds := float64(m.Throttles), float64(m.Invocations), float64(m.ColdStarts)
			one.Concurrent, one.Throttles, one.Invocations = &m.Concurrent, &throttles, &invocations
			// The stage's stack counts cold starts; without it nobody does.
			if cold != "" {
				one.Colds = &colds
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// settle waits until CloudWatch knows all of what was until then.
func (w *work) settle(ctx context.Context, ended time.Time) error {
	wait := time.Until(cloudwatch.Complete(ended))
	if wait <= 0 {
		return nil
	}
	if wait > *w.in.settle {
		wait = *w.in.settle
	}
	w.s.Notef("CloudWatch knows all of it in %s.", wait.Round(time.Second))
	return pause.For(ctx, wait)
}

// functions are the stage's own, by the tags that SST gives them, or the
// project's. What SST puts beside them, such as what empties a bucket, does not
// carry the load, and would only add to what runs.
func (w *work) functions(ctx context.Context) ([]string, error) {
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, err
	}
	asked, err := lambda.Open(ctx, w.region, "")
	if err != nil {
		return nil, err
	}
	app := w.file.AppName(*w.in.app)
	found, notes, err := discover.Find(ctx, discover.Ports{Tags: discover.OnlyFunctions(tags, nil), Functions: asked}, discover.Request{App: app, Project: w.file.Project, Stage: w.plan.Stage, Region: w.region})
	if err != nil {
		return nil, err
	}
	if len(found.Functions) == 0 {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "app", Got: app, What: fmt.Sprintf("has no function of its own with the tags sst:app=%s and sst:stage=%s, so that nobody can say how it scaled", app, w.plan.Stage),
			Next: "Name the app as sst.config.ts does, or set settle to 0s for a stage that is not on Lambda.",
		}
	}
	for _, left := range notes.LeftOut {
		w.s.Notef("Not counted: %s.", left)
	}
	var names []string
	for _, f := range found.Functions {
		names = append(names, f.Name)
	}
	slices.Sort(names)
	return names, nil
}
