package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/events"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

// fleet is what AWS knows of both fleets, out of several services. It implements
// preflight.Fleet.
type fleet struct {
	figures   *cloudwatch.Traffic
	functions *lambda.Functions
	rules     *events.Rules
	names     []string
	// unnamed is why the functions' names are not known.
	unnamed error
	cluster string
	now     func() time.Time
}

var _ preflight.Fleet = fleet{}

// fleet opens it; the functions are the inventory's, or those with the stage's tags.
func (w *work) fleet(ctx context.Context) (preflight.Fleet, error) {
	f := fleet{figures: w.figures, now: w.clock.Now}
	var err error
	if f.functions, err = lambda.Open(ctx, w.region, ""); err != nil {
		return nil, err
	}
	if f.rules, err = events.Open(ctx, w.region); err != nil {
		return nil, err
	}
	if w.file.Legacy != nil {
		f.cluster = w.file.Legacy.Cluster
	}
	for _, known := range w.inventory.Functions {
		f.names = append(f.names, known.Name)
	}
	if len(f.names) == 0 {
		f.names, f.unnamed = w.tagged(ctx)
	}
	return f, nil
}

// tagged are the functions that SST has tagged as this app's in this stage.
func (w *work) tagged(ctx context.Context) ([]string, error) {
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, err
	}
	all, err := tags.Resources(ctx, map[string]string{"sst:app": w.file.AppName(*w.in.app), "sst:stage": w.stage})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, r := range all {
		if _, name, ok := strings.Cut(r.ARN, ":function:"); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, &fault.Fault{Kind: fault.Refused, Name: "app", What: "has no function with the tags sst:app=" + w.file.AppName(*w.in.app) + " and sst:stage=" + w.stage, Next: "Give inventory, which monitoring-stack writes, or correct the input app."}
	}
	return names, nil
}

func (f fleet) Concurrency(ctx context.Context) (preflight.Concurrency, error) {
	return f.functions.Concurrency(ctx)
}

func (f fleet) Functions(ctx context.Context) ([]preflight.Function, error) {
	if f.unnamed != nil {
		return nil, f.unnamed
	}
	return f.functions.Described(ctx, f.names)
}

func (f fleet) Load(ctx context.Context) (preflight.Load, error) {
	p, err := f.figures.Peak(ctx, peakDays, f.now())
	if err != nil {
		return preflight.Load{}, err
	}
	return preflight.Load{Tasks: p.Targets, PerMinute: p.PerMinute, Mean: p.Mean, Longest: p.Longest, Days: peakDays}, nil
}

func (f fleet) Connections(ctx context.Context) (preflight.Connections, error) {
	return f.figures.Connections(ctx, peakDays, f.now())
}

// Background joins what feeds green's functions with what runs by a schedule.
func (f fleet) Background(ctx context.Context) ([]preflight.Worker, error) {
	if f.unnamed != nil {
		return nil, f.unnamed
	}
	fed, err := f.functions.Workers(ctx, f.names)
	timed, also := f.rules.Workers(ctx, f.cluster, f.names)
	return append(fed, timed...), errors.Join(err, also)
}
