package trial_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/retire/trial"
)

// worlds is how many accounts are made up here; ten thousand are in bench/retire.
const worlds = 500

// few are as many failures as somebody reads.
const few = 3

// Nothing outside the plan is ever deleted, the order is always legal, a kill at
// any boundary resumes, a second run does nothing.
// Shows: 5.8.2, 5.8.3, 5.8.4, 5.8.5, 5.8.6, 5.8.8, 5.8.9
func TestRandomWorlds(t *testing.T) {
	ends, seen := map[string]int{}, map[string]int{}
	failures := 0
	for seed := range uint64(worlds) {
		out, err := trial.Run(seed)
		ends[out.End]++
		trial.Tally(seen, out.Seen)
		if err != nil {
			t.Error(err)
			if failures++; failures == few {
				t.FailNow() // the rest would not say more
			}
		}
	}
	t.Logf("%d worlds: %v", worlds, ends)
	for _, what := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%6d %s", seen[what], what)
	}
	// Trials that never get anywhere hold nothing.
	for _, end := range []string{"done", "held", "refused", "aborted", "stopped"} {
		if ends[end] == 0 {
			t.Errorf("no trial ended %s", end)
		}
	}
	for _, where := range []string{"killed before do", "killed after do", "killed before save", "killed after save", "killed before append", "killed after append", "second ticker before do", "stack stuck"} {
		if seen[where] == 0 {
			t.Errorf("nothing was %s", where)
		}
	}
}
