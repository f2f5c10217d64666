package virtual_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// standard is read once: hundreds of rehearsals ask for it.
var standard = sync.OnceValues(virtual.DefaultPolicy)

func policy(t testing.TB) rollout.Policy {
	t.Helper()
	p, err := standard()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func scenario(t testing.TB, name string) sim.Scenario {
	t.Helper()
	s, err := sim.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rehearsals are those of scenarios under the standard policy. The same seed
// gives the same one (TestRehearsalsRepeat), so that tests share them.
var rehearsals = map[string]virtual.Run{}

func shared(t testing.TB, name string, seed uint64) virtual.Run {
	t.Helper()
	key := fmt.Sprint(name, " ", seed)
	r, known := rehearsals[key]
	if !known {
		r = virtual.Rehearse(t.Context(), policy(t), scenario(t, name), seed, false)
		rehearsals[key] = r
	}
	return r
}

// Every scenario ends as it says a good rollout ends, in time, for several
// seeds.
func TestScenariosEndAsTheyShould(t *testing.T) {
	for _, name := range sim.Names() {
		t.Run(name, func(t *testing.T) {
			s := scenario(t, name)
			for seed := range uint64(5) {
				r := shared(t, name, seed)
				if got := string(r.Outcome()); got != s.Expect.Outcome {
					t.Errorf("seed %d: %s, want %s; %s", seed, got, s.Expect.Outcome, story(r))
				}
				if by := s.Expect.By; by != nil {
					if took, ok := r.Detected(); !ok || took > by.Std() {
						t.Errorf("seed %d: after %v, want at most %s; %s", seed, took, by, story(r))
					}
				}
				if most := s.Expect.Harmed; most != nil && r.Truth.Harmed > int64(*most) {
					t.Errorf("seed %d: %d requests harmed, want at most %d", seed, r.Truth.Harmed, *most)
				}
				if err := rollout.Verify(r.Events); err != nil {
					t.Errorf("seed %d: the log: %v", seed, err)
				}
			}
		})
	}
}

// The same seed gives the same cutover, also where two watchers take turns.
func TestRehearsalsRepeat(t *testing.T) {
	for _, name := range []string{"error-regression", "two-tickers"} {
		again := virtual.Rehearse(t.Context(), policy(t), scenario(t, name), 1, false)
		if once := shared(t, name, 1); story(once) != story(again) || once.Truth.Harmed != again.Truth.Harmed {
			t.Errorf("%s, once: %s\nand again: %s", name, story(once), story(again))
		}
	}
}

// story is a run for the eye of whoever reads a failed test.
func story(r virtual.Run) string {
	text := ""
	for _, e := range r.Events {
		text += "\n  " + e.At.Sub(r.Started).Truncate(time.Minute).String() + " " + string(e.Kind) + " " + e.Weight.String() + " " + string(e.Attribution) + " " + e.Reason
	}
	for _, x := range r.Trouble {
		text += "\n  ! " + x.What
	}
	return text
}

func BenchmarkThirtyHours(b *testing.B) {
	p, s := policy(b), scenario(b, "healthy")
	for i := range b.N {
		virtual.Rehearse(b.Context(), p, s, uint64(i), false)
	}
}
