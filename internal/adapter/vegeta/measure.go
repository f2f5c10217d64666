package vegeta

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/report"
)

// Measure sends a plan, records it, and lets its guard end it. say is told once a
// second how it stands; nil is nobody.
func Measure(ctx context.Context, plan load.Plan, o Options, say func(Live)) (load.Result, error) {
	recorder, guard := load.NewRecorder(plan), load.NewGuard(plan)
	o.Outcome = recorder.Record
	o.Second = func(s load.Second) string {
		if say != nil {
			say(Live{Second: s, Target: plan.Rate(s.At-time.Second/2) * plan.PerArrival()})
		}
		return guard.Observe(s)
	}
	end, err := Run(ctx, plan, o)
	if err != nil {
		return load.Result{}, err
	}
	return recorder.Result(end), nil
}

// Live is how a run stands at the end of a second.
type Live struct {
	load.Second
	// Target is the rate that the plan wants.
	Target float64
}

// String is one line for whoever watches.
func (l Live) String() string {
	line := fmt.Sprintf("%4.0f s: %d/s of %s/s", l.At.Seconds(), l.Sent, report.Number(l.Target))
	if len(l.Latencies) > 0 {
		sorted := slices.SortedFunc(slices.Values(l.Latencies), cmp.Compare[time.Duration])
		line += fmt.Sprintf(", p50 %s, p99 %s", milliseconds(sorted, 50), milliseconds(sorted, 99))
	}
	return line + fmt.Sprintf(", %d errors, %d under way", l.Errors, l.Waiting)
}

// milliseconds is the nearest rank.
func milliseconds(sorted []time.Duration, percent int) string {
	at := sorted[max((len(sorted)*percent+99)/100, 1)-1]
	return report.Number(float64(at.Round(10*time.Microsecond).Microseconds())/1000) + " ms"
}
