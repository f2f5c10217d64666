package main

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// promiseRuns is how often each promise is tried here; `make bench` tries it
// 10,000 times.
const promiseRuns = 100

// Each promise is what evidence of a rollout must hold. Where one is that little
// goes wrong, how little is the share in results.md, and what so many runs may
// show of it follows from it.
//
// Shows: 5.5.5
// Shows: 5.5.6
func TestPromises(t *testing.T) {
	bounds := map[string]func(t *testing.T, o []outcome){
		"cutover-600-calm":   atMost("rolled back", 0, func(o outcome) bool { return o.rollback >= 0 }),
		"cutover-600-bursts": atMost("rolled back", 0.0012, func(o outcome) bool { return o.rollback >= 0 }),
		"phase-600-bursts":   atMost("rolled back", 0.0003, func(o outcome) bool { return o.rollback >= 0 }),
		"low-3-calm":         atMost("promoted without proof", 0, outcome.promoted),
		"errors-2h-calm":     found(7),
		"errors-4h-calm":     found(7),
		"errors-24h-calm":    found(7),
		"errors-2h-bursts":   found(9),
		"errors-24h-bursts":  found(9),
		"slow-2h-calm":       found(7),
		"outage-60-calm":     atMost("rolled back", 0, outcome.since),
		"outage-600-bursts":  atMost("rolled back", 0.0005, outcome.since),
		"worse-50-calm":      atMost("not reported", 0, func(o outcome) bool { return !o.reported }),
		"stops-60-calm":      atMost("promoted", 0, outcome.promoted),
		"stops-600-bursts":   atMost("promoted", 0, outcome.promoted),
		"seven-10m-calm":     atMost("promoted", 0, outcome.promoted),
	}
	seen := 0
	for _, c := range claims() {
		for _, s := range c.scenarios {
			check, wanted := bounds[s.id]
			if !wanted {
				continue
			}
			seen++
			t.Run(s.id, func(t *testing.T) { check(t, simulate(s, peers[:1], promiseRuns)[0]) })
		}
	}
	if seen != len(bounds) {
		var ids []string
		for _, c := range claims() {
			for _, s := range c.scenarios {
				ids = append(ids, s.id)
			}
		}
		t.Errorf("%d of %d promises have a scenario; there are %s", seen, len(bounds), strings.Join(ids, ", "))
	}
}

// most is the greatest count that so many runs show of a share, but for one time
// in a hundred.
func most(runs int, share float64) int {
	count, seen := 0, math.Pow(1-share, float64(runs))
	for chance := seen; seen < 0.99; seen += chance {
		chance *= share / (1 - share) * float64(runs-count) / float64(count+1)
		count++
	}
	return count
}

func TestMost(t *testing.T) {
	for _, c := range []struct {
		runs  int
		share float64
		want  int
	}{{100, 0, 0}, {100, 0.0001, 0}, {100, 0.0012, 1}, {300, 0.0012, 2}, {10, 0.5, 9}, {1, 1 - 1e-9, 1}} {
		if got := most(c.runs, c.share); got != c.want {
			t.Errorf("of %d runs with a share of %g: %d, want %d", c.runs, c.share, got, c.want)
		}
	}
}

// atMost wants no more than that share of the runs to be counted.
func atMost(what string, share float64, counts func(outcome) bool) func(*testing.T, []outcome) {
	return func(t *testing.T, outcomes []outcome) {
		t.Helper()
		n := 0
		for _, o := range outcomes {
			if counts(o) {
				n++
			}
		}
		if limit := most(len(outcomes), share); n > limit {
			t.Errorf("%s: %d of %d, at most %d", what, n, len(outcomes), limit)
		}
	}
}

// found wants every fault to be found, half of them within so many minutes.
func found(median int) func(*testing.T, []outcome) {
	return func(t *testing.T, outcomes []outcome) {
		t.Helper()
		var minutes []int
		for _, o := range outcomes {
			if o.since() {
				minutes = append(minutes, o.rollback-o.start+1)
			}
		}
		slices.Sort(minutes)
		if len(minutes) < len(outcomes) || minutes[len(minutes)/2] > median {
			t.Errorf("%d of %d found: %v", len(minutes), len(outcomes), minutes)
		}
	}
}
