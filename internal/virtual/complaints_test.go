package virtual_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// What users of other tools complain about, each in the scenario that stands
// for it. The sources are named by the projects' issues.
func TestComplaintsAboutOthers(t *testing.T) {
	for _, c := range []struct {
		name, scenario string
		seeds          uint64
		holds          func(r virtual.Run) error
	}{
		{"flagger#1035, flagger#1689: rolled back at low traffic", "low-traffic", 10, func(r virtual.Run) error {
			return all(never(r, rollout.FellBack), ends(r, virtual.Complete))
		}},
		{"flagger#1011: advanced after the traffic stopped", "traffic-stops", 5, func(r virtual.Run) error {
			return all(never(r, rollout.Promoted), held(r, rollout.HoldMissing), atMost(r, 100_000))
		}},
		{"argo-rollouts#1905: missing data should pause and then resume", "metrics-gap", 5, func(r virtual.Run) error {
			return all(held(r, rollout.HoldMissing), released(r, rollout.HoldMissing), never(r, rollout.FellBack), ends(r, virtual.Complete))
		}},
		{"wrong dimensions read as OK", "metrics-lost", 5, func(r virtual.Run) error {
			return all(held(r, rollout.HoldMissing), atMost(r, 500_000), ends(r, virtual.Held))
		}},
		{"argo-rollouts#3850: promoted although inconclusive", "inconclusive", 5, func(r virtual.Run) error {
			return all(never(r, rollout.Promoted), held(r, rollout.HoldInconclusive), says(r, "more requests"))
		}},
		{"argo-rollouts#1411: a failed analysis did not stop the rollout", "error-regression", 5, func(r virtual.Run) error {
			return all(ends(r, virtual.RolledBack), never(r, rollout.Promoted), attributed(r, judge.Green), within(r, 20*time.Minute))
		}},
		{"flagger#1801: breached at a gate and not rolled back", "breach-at-gate", 5, func(r virtual.Run) error {
			return all(held(r, rollout.HoldApproval), ends(r, virtual.RolledBack), atMost(r, 500_000), within(r, 15*time.Minute))
		}},
		{"flagger#1248: a gate that is asked again repeats what was done", "gate-approved", 5, func(r virtual.Run) error {
			return all(ends(r, virtual.Complete), once(r))
		}},
		{"spinnaker#6278: 7 of 10 points at a hundred times the rate pass", "spikes-7-of-10", 10, func(r virtual.Run) error {
			return all(ends(r, virtual.RolledBack), attributed(r, judge.Green), within(r, 15*time.Minute))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range c.seeds {
				r := shared(t, c.scenario, seed)
				if err := all(c.holds(r), rollout.Verify(r.Events)); err != nil {
					t.Errorf("seed %d: %v; %s", seed, err, story(r))
				}
			}
		})
	}
}

// mostEvents is what a healthy cutover of thirty hours may say: what happens in
// three phases, and at each phase's end that the proof is waited for.
const mostEvents = 20

// flagger#427: noisy notifications. Nothing flaps, and nobody is called.
func TestHealthyCutoverIsQuiet(t *testing.T) {
	most := 0
	for seed := range uint64(10) {
		r := shared(t, "healthy", seed)
		most = max(most, len(r.Events))
		if err := all(never(r, rollout.Paged), never(r, rollout.Corrected), never(r, rollout.FellBack), ends(r, virtual.Complete)); err != nil {
			t.Errorf("seed %d: %v; %s", seed, err, story(r))
		}
		if len(r.Events) > mostEvents {
			t.Errorf("seed %d: %d events; %s", seed, len(r.Events), story(r))
		}
	}
	t.Logf("at most %d events", most)
}

// All that an objective names is judged in the default phases: errors, latency,
// cost, connections, cold starts.
//
// Shows: 5.5.5, 5.5.6
func TestEveryObjectiveIsJudged(t *testing.T) {
	r := shared(t, "healthy", 1)
	for _, name := range []string{judge.ErrorRate, judge.Slow, judge.Rejected, judge.Cost, judge.Connections, judge.DatabaseCPU, judge.CacheMemory, judge.ColdStart, judge.Throttles} {
		if track := r.State.Ledger.Tracks[name]; track == nil || track.Total == 0 && track.At.IsZero() {
			t.Errorf("%s was not judged", name)
		}
	}
}

// All requests are back on blue within five minutes of a decision, as the
// clients see it.
//
// Shows: 5.5.8
func TestBlueHasTheTrafficWithinFiveMinutes(t *testing.T) {
	for _, name := range []string{"error-regression", "latency-regression", "connection-saturation", "rejections", "slow-burn", "two-tickers"} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				r := shared(t, name, seed)
				back := r.State.Rollback
				if back == nil || back.Confirmed.IsZero() || back.Confirmed.Sub(back.Decided) > 5*time.Minute {
					t.Fatalf("seed %d: %+v; %s", seed, back, story(r))
				}
				for _, s := range r.Truth.Shares {
					if s.At.After(back.Decided.Add(5*time.Minute)) && s.Green > .05 {
						t.Errorf("seed %d: green has %g of the requests %s after the decision", seed, s.Green, s.At.Sub(back.Decided))
						break
					}
				}
			}
		})
	}
}

func all(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func never(r virtual.Run, kind rollout.Kind) error {
	for _, e := range r.Events {
		if e.Kind == kind {
			return fmt.Errorf("%s: %s", e.Kind, e.Reason)
		}
	}
	return nil
}

func ends(r virtual.Run, want virtual.Outcome) error {
	if got := r.Outcome(); got != want {
		return fmt.Errorf("it ended %s, not %s", got, want)
	}
	return nil
}

func held(r virtual.Run, kind rollout.HoldKind) error {
	return told(r, rollout.Held, string(kind)+": ")
}

func released(r virtual.Run, kind rollout.HoldKind) error {
	return told(r, rollout.Released, "("+string(kind)+")")
}

func told(r virtual.Run, kind rollout.Kind, what string) error {
	for _, e := range r.Events {
		if e.Kind == kind && strings.Contains(e.Reason, what) {
			return nil
		}
	}
	return fmt.Errorf("no event %s says %q", kind, what)
}

func says(r virtual.Run, what string) error {
	if h := r.State.Hold; h == nil || !strings.Contains(h.Reason, what) {
		return fmt.Errorf("the hold %+v does not say %q", h, what)
	}
	return nil
}

func atMost(r virtual.Run, weight unit.Percent) error {
	for _, e := range r.Events {
		if e.Weight > weight {
			return fmt.Errorf("green got %s", e.Weight)
		}
	}
	return nil
}

func attributed(r virtual.Run, want judge.Attribution) error {
	if got := r.Attribution(); got != want {
		return fmt.Errorf("it was taken for %s's fault, not %s's", got, want)
	}
	return nil
}

func within(r virtual.Run, limit time.Duration) error {
	if took, ok := r.Detected(); !ok || took > limit {
		return fmt.Errorf("it took %s, detected %v", took, ok)
	}
	return nil
}

// once says that every step of the way was made once: started, each phase
// entered, and a person asked, however often the gate was looked at.
func once(r virtual.Run) error {
	seen := map[string]int{}
	for _, e := range r.Events {
		switch e.Kind {
		case rollout.Started, rollout.Shifted, rollout.Settled, rollout.Soaked:
			seen[fmt.Sprintf("%s %s", e.Kind, e.Weight)]++
		case rollout.Held:
			seen[string(e.Kind)+" "+strings.SplitN(e.Reason, ":", 2)[0]+" "+e.Weight.String()]++
		}
	}
	for what, n := range seen {
		if n > 1 {
			return fmt.Errorf("%s happened %d times", what, n)
		}
	}
	return nil
}
