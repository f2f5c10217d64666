package main

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/unit"
)

// counted are the requests of each day of UTC, of both sides together: what is
// tagged is what both of them cost.
type counted map[time.Time]float64

// requests counts them from one day up to another. Nobody counts where
// cutover.yaml names neither load balancer nor API of the stage.
func (w *work) requests(ctx context.Context, from, to time.Time) (counted, error) {
	t := w.file.Traffic
	if t == nil || t.Stage != *w.in.stage || !from.Before(to) {
		return nil, nil
	}
	m, err := cloudwatch.OpenMeters(ctx, w.region, metered(t))
	if err != nil {
		return nil, err
	}
	blue, err := m.Blue(ctx, from, to, w.now)
	if err != nil {
		return nil, err
	}
	green, err := m.Green(ctx, from, to, w.now)
	if err != nil {
		return nil, err
	}
	all := counted{}
	for _, s := range []usage.Series{blue.Requests, green.Requests} {
		for at, n := range s {
			all[spend.Midnight(at)] += n
		}
	}
	return all, nil
}

func metered(t *rollout.Settings) cloudwatch.Metered {
	of := cloudwatch.Metered{LoadBalancer: t.Blue.LoadBalancer}
	if t.Green.API != nil {
		of.API = cloudwatch.Gateway{Type: t.Green.API.Type, Name: t.Green.API.Name, Stage: t.Green.API.Stage}
	}
	return of
}

// perMillion is what a million requests of that day have cost; nil where nobody
// has counted, or too few came to say anything.
func (c counted) perMillion(d spend.Day) *unit.Money {
	n := c[d.Date]
	if n < 1000 {
		return nil
	}
	m := unit.Money(float64(d.Total())/n*1e6 + 0.5)
	return &m
}
