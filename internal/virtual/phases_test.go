package virtual_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Each phase is watched for its whole time after the shift has shown in the
// traffic, under the weight that it names.
//
// Shows: 5.5.5
// Shows: 5.5.6
// Shows: 5.5.7
func TestPhasesTakeTheirTime(t *testing.T) {
	r := shared(t, "healthy", 1)
	want := []struct {
		weight unit.Percent
		hold   time.Duration
	}{{unit.Full / 10, 2 * time.Hour}, {unit.Full / 2, 4 * time.Hour}, {unit.Full, 24 * time.Hour}}
	phase, settled := -1, time.Time{}
	for _, e := range r.Events {
		switch e.Kind {
		case rollout.Settled:
			phase++
			if settled = e.At; e.Weight != want[phase].weight {
				t.Errorf("phase %d settled at %s", phase+1, e.Weight)
			}
		case rollout.Promoted:
			if took := e.At.Sub(settled); took < want[phase].hold || took > want[phase].hold+10*time.Minute {
				t.Errorf("phase %d was promoted after %s: %s", phase+1, took, story(r))
			}
		}
	}
	if phase != 2 || r.State.Step != rollout.Soaking {
		t.Errorf("%d phases settled, ended %s: %s", phase+1, r.State.Step, story(r))
	}
}

// From the decision until blue has 95% of the requests it takes less than the
// budget of five minutes, from every weight, unless the control plane is down;
// and then DNS has moved the clients within it.
//
// Shows: 5.5.8
func TestRollbacksKeepTheirBudget(t *testing.T) {
	rolled := 0
	for _, name := range sim.Names() {
		s := scenario(t, name)
		if s.Expect.Outcome != "rolled_back" {
			continue
		}
		for seed := range uint64(3) {
			r := shared(t, name, seed)
			rolled++
			back := r.State.Rollback
			if back == nil {
				t.Errorf("%s, seed %d: no rollback", name, seed)
				continue
			}
			if took := back.Confirmed.Sub(back.Decided); back.Confirmed.IsZero() || took > 6*time.Minute || back.Late {
				t.Errorf("%s, seed %d: blue had the traffic after %s, late %v: %s", name, seed, took, back.Late, story(r))
			}
		}
	}
	if rolled < 30 {
		t.Errorf("only %d rollbacks", rolled)
	}
}

// However the control plane fails, clients are back on blue in time.
func TestDataPlaneAloneKeepsTheBudget(t *testing.T) {
	for seed := range uint64(5) {
		r := shared(t, "control-plane-down", seed)
		decided := r.State.Rollback.Decided
		for _, s := range r.Truth.Shares {
			if s.At.Sub(decided) > 5*time.Minute && s.At.Sub(decided) < 20*time.Minute && s.Green > 0.05 {
				t.Errorf("seed %d: green has %.1f%% of the requests %s after the decision", seed, 100*s.Green, s.At.Sub(decided))
				break
			}
		}
	}
}
