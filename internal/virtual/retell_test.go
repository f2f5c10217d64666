package virtual

import (
	"math"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/sim"
)

// What a report is drawn from can be had again out of the log and the measured
// minutes: weights and shares as they were, the evidence nearly so.
func TestARolloutIsRetold(t *testing.T) {
	policy, err := DefaultPolicy()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"healthy", "error-regression", "late-break"} {
		scenario, err := sim.Find(name)
		if err != nil {
			t.Fatal(err)
		}
		r := newRehearsal(policy, scenario, 7, true)
		r.play(t.Context())
		seen, err := r.world.Metrics(r.run.Started, r.run.Ended)
		if err != nil {
			t.Fatal(err)
		}
		run, minutes := r.run, translate(seen)
		told := rollout.Retell(run.Policy, run.Events, minutes)
		byTime := map[int64]rollout.Sample{}
		for _, s := range told {
			byTime[s.At.Unix()] = s
		}
		missing, wrong, apart := 0, 0, 0
		for _, s := range run.Samples {
			again, ok := byTime[s.At.Unix()]
			switch {
			case !ok:
				missing++
			case again.Green != s.Green || again.Blue != s.Blue:
				wrong++
			case !near(s, again):
				apart++
			}
		}
		if n := len(run.Samples); n < 30 || missing > n/100 || wrong > 0 || apart > n/10 {
			t.Errorf("%s: of %d samples %d are missing, %d have other counts, %d other evidence", name, n, missing, wrong, apart)
		}
	}
}

// near says whether the evidence is the same but for a few minutes' difference.
func near(a, b rollout.Sample) bool {
	for i := range a.Objectives {
		x, y := a.Objectives[i].Broken, b.Objectives[i].Broken
		if math.IsNaN(x) != math.IsNaN(y) || math.Abs(x-y) > 1+0.2*math.Abs(x) {
			return false
		}
	}
	return true
}
