package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/monitoring"
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
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// functions are the stage's, by the tags that SST gives them, or the project's
// own.
func (w *work) functions(ctx context.Context) ([]string, error) {
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, err
	}
	app := w.file.AppName(*w.in.app)
	stage := w.plan.Stage
	var names []string
	for _, by := range []map[string]string{{"sst:app": app, "sst:stage": stage}, {"Project": w.file.Project, "Environment": stage}} {
		found, err := tags.Resources(ctx, by)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			if _, name, is := strings.Cut(r.ARN, ":function:"); is && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "app", Got: app, What: fmt.Sprintf("has no function with the tags sst:app=%s and sst:stage=%s, so that nobody can say how it scaled", app, stage),
			Next: "Name the app as sst.config.ts does, or set settle to 0s for a stage that is not on Lambda.",
		}
	}
	slices.Sort(names)
	return names, nil
}
