package main

import (
	"slices"
	"strings"
	"testing"
)

// promises are what evidence of a rollout must hold, each over enough runs to
// notice when it no longer does; `make bench` shows the same over 10,000.
//
// Shows: 5.5.5
// Shows: 5.5.6
func TestPromises(t *testing.T) {
	bounds := map[string]func(t *testing.T, o []outcome){
		"cutover-600-calm":   atMost("rolled back", 0, func(o outcome) bool { return o.rollback >= 0 }),
		"cutover-600-bursts": atMost("rolled back", 1, func(o outcome) bool { return o.rollback >= 0 }),
		"phase-600-bursts":   atMost("rolled back", 1, func(o outcome) bool { return o.rollback >= 0 }),
		"low-3-calm":         atMost("promoted without proof", 0, outcome.promoted),
		"errors-2h-calm":     found(7),
		"errors-4h-calm":     found(7),
		"errors-24h-calm":    found(7),
		"errors-2h-bursts":   found(9),
		"errors-24h-bursts":  found(9),
		"slow-2h-calm":       found(7),
		"outage-60-calm":     atMost("rolled back", 0, outcome.since),
		"outage-600-bursts":  atMost("rolled back", 1, outcome.since),
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

func atMost(what string, most int, counts func(outcome) bool) func(*testing.T, []outcome) {
	return func(t *testing.T, outcomes []outcome) {
		t.Helper()
		n := 0
		for _, o := range outcomes {
			if counts(o) {
				n++
			}
		}
		if n > most {
			t.Errorf("%s: %d of %d, at most %d", what, n, len(outcomes), most)
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
