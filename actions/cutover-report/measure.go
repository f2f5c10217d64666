package main

import (
	"context"
	"encoding/json"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/config/monitored"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
)

// fromCloudWatch reads a side's minutes. Their percentiles are CloudWatch's own:
// they are no distribution, and a comparison may judge by the minutes at most.
func (w *work) fromCloudWatch(ctx context.Context, input, name string, at window) (m measured, err error) {
	t := w.file.Traffic
	if t == nil || t.Stage != *w.in.stage {
		return m, &fault.Fault{Kind: fault.Input, Name: "window-" + input, What: "cannot be read: cutover.yaml names no load balancer and no API of this stage", Got: *w.in.stage, Next: "Name a load result, or the stage of the section traffic."}
	}
	sides := cloudwatch.Sides{
		Blue:  cloudwatch.LoadBalancer{Name: t.Blue.LoadBalancer, TargetGroup: t.Blue.TargetGroup, Slow: w.file.SLOs.Latency.Under.Std()},
		Green: cloudwatch.Gateway{Slow: w.file.SLOs.Latency.Under.Std()}, SlowStart: policyOf(w.file).ColdStartUnder.Std(),
	}
	if api := w.api(monitored.Known(w.file, *w.in.stage)); api != nil {
		sides.Green.Type, sides.Green.Name, sides.Green.Stage = api.Type, api.Name, api.Stage
	}
	if w.file.Monitoring != nil {
		sides.ColdStarts = monitoring.Namespace(w.file.Project, *w.in.stage)
	}
	figures, err := cloudwatch.OpenTraffic(ctx, w.region, w.file.Project, *w.in.stage, sides)
	if err != nil {
		return m, err
	}
	look := figures.CompareBlue
	if name == nameGreen {
		look = figures.CompareGreen
	}
	minutes, err := look(ctx, at.From, at.To)
	if err != nil {
		return m, in("window-"+input, said(at), err)
	}
	if len(minutes) == 0 {
		return m, &fault.Fault{Kind: fault.Input, Name: "window-" + input, What: "holds no request to " + name, Got: said(at), Next: "Take a time in which it had traffic."}
	}
	var colds cloudwatch.Colds
	if name == nameGreen {
		if colds, err = figures.CompareColds(ctx, at.From, at.To); err != nil {
			return m, in("window-"+input, said(at), err)
		}
	}
	return fromMinutes(name, at, minutes, colds)
}

// fromMinutes says them in the comparison's words. What they said is a file of
// its own in the record, by its hash.
func fromMinutes(name string, at window, minutes []cloudwatch.Compared, colds cloudwatch.Colds) (m measured, err error) {
	m.side = comparison.Side{Name: name, Source: "CloudWatch, percentiles of each minute", Window: comparison.Window{From: at.From, To: at.To}}
	for _, c := range minutes {
		m.side.Requests += c.Requests
		m.side.Errors5xx += c.Errors
		m.side.PeakRate = max(m.side.PeakRate, float64(c.Requests)/60)
		m.side.Minutes = append(m.side.Minutes, comparison.Minute{Requests: c.Requests, Errors5xx: c.Errors, P50: c.P50, P95: c.P95, P99: c.P99})
	}
	m.side.ColdsKnown, m.side.ColdsCounted, m.side.ColdsSlow = colds.Known, colds.Count, colds.Slow
	var all any = minutes
	if colds.Known {
		all = []any{minutes, colds}
	}
	text, err := json.Marshal(all)
	m.files = []comparison.File{{Name: name + ": CloudWatch " + said(at), SHA256: digest(text)}}
	return m, err
}
