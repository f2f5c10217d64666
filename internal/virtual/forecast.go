package virtual

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/forecast"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Outlook is what a policy comes to with traffic like a recording's: a
// forecast of the proofs, and rehearsals of a healthy and of a broken rollout.
type Outlook struct {
	forecast.Forecast
	// Runs rehearsed of each.
	Runs int `json:"runs"`
	// FalseRollbacks of healthy rollouts.
	FalseRollbacks Interval `json:"false_rollbacks"`
	// DetectionMinutes from the first bad request on until the decision, when
	// green has five times the error limit in the first phase; null when it
	// was not found.
	DetectionMinutes *Interval `json:"detection_minutes" jsonschema:"nullable"`
}

// Foresee makes the outlook. The same seed gives the same one.
func Foresee(ctx context.Context, p rollout.Policy, t rollout.Trace, runs int, seed uint64, progress func(done int)) (Outlook, error) {
	o := Outlook{Forecast: forecast.Of(p, t), Runs: runs}
	if o.Traffic.Median < 1 {
		return o, nil // nothing to rehearse with
	}
	well, err := like(p, o.Traffic, "[]")
	if err != nil {
		return o, err
	}
	healthy, err := Many(ctx, p, well, seed, runs, progress)
	if err != nil {
		return o, err
	}
	o.FalseRollbacks = healthy.RollbackShare
	ill, err := like(p, o.Traffic, fmt.Sprintf("[{at: 30 m, after_weight: %s, errors: %s}]", p.Phases[0].Weight, percent(5*limitOf(p, judge.ErrorRate))))
	if err != nil {
		return o, err
	}
	broken, err := Many(ctx, p, ill, seed, runs, func(done int) { progress(runs + done) })
	o.DetectionMinutes = broken.DetectionMinutes
	return o, err
}

// like makes a scenario of a recording's traffic, and of faults as a scenario's
// file has them.
func like(p rollout.Policy, t forecast.Traffic, faults string) (sim.Scenario, error) {
	correlation, hold := 0.0, time.Duration(0)
	for _, o := range p.Rules.Objectives {
		correlation = max(correlation, o.Correlation)
	}
	for _, phase := range p.Phases {
		hold += phase.Hold.Std()
	}
	rates := fmt.Sprintf("{errors: %s, slow: %s}", percent(t.Shares[judge.ErrorRate]), percent(t.Shares[judge.Slow]))
	return sim.Parse("recording", fmt.Appendf(nil, `name: recording
says: Traffic like the recording's.
lasts: %s
traffic: {per_minute: %.0f, amplitude: 0%%}
correlation: %s
blue: %s
green: %s
faults: %s
expect: {outcome: complete}
`, unit.Duration(2*hold+6*time.Hour), t.Median, percent(correlation), rates, rates, faults))
}

func percent(share float64) unit.Percent {
	return unit.Percent(math.Round(min(share, 1) * float64(unit.Full)))
}

func limitOf(p rollout.Policy, name string) float64 {
	for _, o := range p.Rules.Objectives {
		if o.Name == name {
			return o.Limit
		}
	}
	return 0
}
