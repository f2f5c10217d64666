package sim_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/sim"
)

// Each scenario does what it says to somebody who goes through the phases with
// closed eyes: its faults begin, and those that call for a rollback hurt.
func TestScenariosHappen(t *testing.T) {
	for _, name := range sim.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := sim.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			w, _ := play(t, s, 1, 30*time.Hour)
			truth := w.Truth()
			t.Logf("%s: %d requests, %d on green, %d harmed, began %v, started %v", name, truth.Requests, truth.GreenRequests, truth.Harmed, truth.FaultBegan, truth.FaultStarted)
			if (truth.FaultBegan != nil) != (len(s.Faults) > 0) {
				t.Errorf("%d faults, and the first began %v", len(s.Faults), truth.FaultBegan)
			}
			if s.Expect.Outcome == "rolled_back" && (truth.FaultStarted == nil || truth.Harmed < 500) {
				t.Errorf("a rollback is expected of %d harmed requests", truth.Harmed)
			}
			if len(s.Faults) == 0 && truth.Harmed > 0 {
				t.Errorf("without a fault %d requests are harmed", truth.Harmed)
			}
		})
	}
}

// Nobody looks, and Route 53 falls back by itself within the scenario's bounds.
func TestWatcherLostIsSavedByTheDataPlane(t *testing.T) {
	s, err := sim.Find("watcher-lost")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		w, _ := play(t, s, seed, 15*time.Hour)
		truth := w.Truth()
		if truth.FaultStarted == nil || truth.Harmed > int64(*s.Expect.Harmed) || truth.Harmed == 0 {
			t.Fatalf("seed %d: fault at %v, %d harmed", seed, truth.FaultStarted, truth.Harmed)
		}
		by := truth.FaultStarted.Add(s.Expect.By.Std())
		for _, share := range truth.Shares {
			if share.At.After(by) && share.Green > 0.05 {
				t.Fatalf("seed %d: at %s green still has %g", seed, share.At, share.Green)
			}
		}
		if w.TickerAlive(0) {
			t.Fatal("the watcher is there")
		}
	}
}

// At 50% the pool is full, at 10% it is not.
func TestConnectionSaturationComesWithTheShare(t *testing.T) {
	s, err := sim.Find("connection-saturation")
	if err != nil {
		t.Fatal(err)
	}
	w, _ := play(t, s, 1, 4*time.Hour)
	minutes := whole(t, w)
	level := func(m sim.Minute) float64 { return m.Connections }
	near(t, "at 10%", mean(minutes, 30, 120, level), 0.6, 0.02)
	near(t, "at 50%", mean(minutes, 180, 230, level), 0.99, 0.02)
}
