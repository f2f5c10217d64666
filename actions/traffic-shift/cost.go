package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// gauges are the levels that are judged: the stores', and what green costs where
// cutover.yaml has a limit for it.
func (w *work) gauges() []string {
	all := w.sides().Gauges()
	if w.file.SLOs.CostPerMillion != nil {
		all = append(all, judge.Cost)
	}
	return all
}

// charged are the figures of both sides, with what green costs in each minute. What
// cannot be told is missing, and the minute is judged by all the rest: whoever
// cannot see the cost must still see the errors.
type charged struct {
	rollout.Metrics
	// open finds what green consists of; bill is nil until that is known.
	open func(ctx context.Context) (*bill, error)
	bill *bill
	// trouble is told why the newest minute's cost is not known.
	trouble func(string)
}

// bill is how green's use becomes money.
type bill struct {
	meters *cloudwatch.Meters
	prices usage.Prices
	shape  usage.GreenShape
	checks int64
}

// Minutes implements rollout.Metrics.
func (c *charged) Minutes(ctx context.Context, from, to time.Time) ([]judge.Minute, error) {
	minutes, err := c.Metrics.Minutes(ctx, from, to)
	if err != nil || len(minutes) == 0 {
		return minutes, err
	}
	if why := c.charge(ctx, minutes, to); why != "" {
		c.trouble("what green costs is not known: " + why)
	}
	return minutes, nil
}

// charge puts the cost into the minutes of which it is known, and says why it is
// not of the newest one.
func (c *charged) charge(ctx context.Context, minutes []judge.Minute, to time.Time) string {
	if c.bill == nil {
		b, err := c.open(ctx)
		if err != nil {
			return err.Error()
		}
		c.bill = b
	}
	live, err := c.bill.meters.Live(ctx, minutes[0].Start, to)
	if err != nil {
		return err.Error()
	}
	live.Shape, live.Checks = c.bill.shape, c.bill.checks
	var lacks []usage.Unknown
	for n := range minutes {
		cost, without, known := live.PerMillion(minutes[n].End(), c.bill.prices)
		if known {
			minutes[n].Gauges.CostPerMillion = cost.Dollars()
		}
		lacks = without
	}
	return listed(lacks)
}

func listed(lacks []usage.Unknown) string {
	var all []string
	for _, l := range lacks {
		all = append(all, fmt.Sprintf("%s (%s)", l.Item, l.Why))
	}
	return strings.Join(all, ", ")
}

// judged are the figures that are judged by. A rollback asks for no cost: it waits
// for nothing that does not take it further. Neither does what comes before a
// rollout, which judges nothing.
func (w *work) judged() rollout.Metrics {
	without := []string{cmdRollback, cmdPlan, cmdPrepare, cmdBaseline, cmdPreflight, cmdDrill}
	if w.file.SLOs.CostPerMillion == nil || slices.Contains(without, *w.in.command) {
		return w.figures
	}
	return &charged{Metrics: w.figures, open: w.billed, trouble: func(text string) {
		if !slices.Contains(w.result.Trouble, text) {
			w.result.Trouble = append(w.result.Trouble, text)
		}
	}}
}

// billed opens green's meters.
func (w *work) billed(ctx context.Context) (*bill, error) {
	functions, err := w.functions(ctx)
	if err != nil {
		return nil, err
	}
	b := &bill{checks: w.checkersSeen, shape: w.shape()}
	if b.prices, err = monitored.Prices(w.file, *w.in.config); err != nil {
		return nil, err
	}
	b.meters, err = cloudwatch.OpenMeters(ctx, w.region, w.metered(functions))
	return b, err
}

// functions are the inventory's, or those with the stage's tags.
func (w *work) functions(ctx context.Context) ([]monitoring.Function, error) {
	if len(w.inventory.Functions) > 0 {
		return w.inventory.Functions, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tags, err := tagging.Open(ctx, w.region)
	if err != nil {
		return nil, err
	}
	configurations, err := lambda.Open(ctx, w.region, "")
	if err != nil {
		return nil, err
	}
	found, _, err := discover.Find(ctx, discover.Ports{Tags: discover.OnlyFunctions(tags, nil), Functions: configurations},
		discover.Request{App: w.file.AppName(*w.in.app), Project: w.file.Project, Stage: w.stage, Region: w.region})
	return found.Functions, err
}

// metered says where green's use is told, and what both sides carry.
func (w *work) metered(functions []monitoring.Function) cloudwatch.Metered {
	sides := w.sides()
	return cloudwatch.Metered{LoadBalancer: sides.Blue.Name, API: sides.Green, ColdStarts: sides.ColdStarts, Functions: cloudwatch.MeteredOf(functions)}
}

// shape is what no metric tells of green. A proxy that is there without the section
// cost is billed as the smallest one. Where nobody says how much is traced all of
// it may be: a guard that thinks green dearer than it is does no harm.
func (w *work) shape() usage.GreenShape {
	traced := 1.0
	if m := w.file.Monitoring; m != nil {
		traced = m.Tracing.Record.Fraction()
	}
	s := usage.GreenShape{Traced: &traced}
	if api := w.api(); api != nil {
		s.API = api.Type
	}
	switch d := w.inventory.RDS; {
	case w.file.Cost != nil:
		s.Proxy = w.file.Cost.Green.Proxy
	case d != nil && d.Proxy != "":
		s.Proxy = 1
	}
	return s
}
