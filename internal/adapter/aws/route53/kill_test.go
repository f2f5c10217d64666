package route53_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// cut lets the process die at its nth request: before it was carried out, or
// after that and before its answer came. It counts the requests.
func (w *world) cut(n int64, after bool, die func()) *atomic.Int64 {
	seen := new(atomic.Int64)
	w.FailRoute53(func(int, string) (int, string, string) {
		if seen.Add(1) == n && !after {
			die()
			return 503, "ServiceUnavailable", "the process is dead"
		}
		return 0, "", ""
	})
	w.LoseRoute53(func(int, string) bool {
		if seen.Load() == n && after {
			die()
			return true
		}
		return false
	})
	return seen
}

// Wherever a process is killed, the weights are the old or the new ones, never
// others, and the next process ends it.
//
// Shows: 5.5.8
func TestAKillAtEachRequest(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := int64(1); ; n++ {
			w := start(t)
			w.stand(9, 1)
			w.PendingFor(2, 0)
			ctx, cancel := context.WithCancel(t.Context())
			seen := w.cut(n, after, cancel)
			err := w.open().Shift(ctx, split(0, 1))
			whole := seen.Load() < n
			cancel()
			if now := w.weights(); now != "A 9/1 AAAA 9/1" && now != "A 1/0 AAAA 1/0" {
				t.Errorf("killed at %d (after: %v): %s", n, after, now)
			}
			if err == nil != whole {
				t.Errorf("killed at %d (after: %v): %v", n, after, err)
			}
			w.FailRoute53(nil)
			w.LoseRoute53(nil)
			if err := w.open().Shift(t.Context(), split(0, 1)); err != nil || w.weights() != "A 1/0 AAAA 1/0" {
				t.Errorf("killed at %d (after: %v), then again: %v, %s", n, after, err, w.weights())
			}
			if got, err := w.open().Weights(t.Context()); err != nil || got != split(0, 1) {
				t.Errorf("%v, %v", got, err)
			}
			if whole {
				if n < 6 {
					t.Fatalf("only %d requests were cut", n-1)
				}
				break
			}
		}
	}
}

// An answer that is lost is not a change that is lost: the retry finds its work
// done, and nothing is changed twice.
func TestALostAnswer(t *testing.T) {
	w := start(t)
	w.stand(9, 1)
	var changes atomic.Int32 // a request that was lost and the next one may overlap
	w.LoseRoute53(func(_ int, call string) bool {
		return call == "ChangeResourceRecordSets" && changes.Add(1) < 3
	})
	if err := w.open().Shift(t.Context(), split(0, 1)); err != nil || w.weights() != "A 1/0 AAAA 1/0" {
		t.Fatalf("%v, %s", err, w.weights())
	}
	if told := w.told(); told != "stood already" {
		t.Errorf("told %s", told)
	}
	if n := w.times("GetChange"); n != 0 {
		t.Errorf("%d looks at a change whose name nobody knows", n)
	}
}

// dice are thrown by several requests at once.
type dice struct {
	mu sync.Mutex
	of *rand.Rand
}

// IntN is that of rand.
func (d *dice) IntN(n int) int { d.mu.Lock(); defer d.mu.Unlock(); return d.of.IntN(n) }

// Throttling, lost answers, errors and people's hands at random: a shift ends at
// the wanted weights, or says why not; and no reader ever sees weights that nobody
// has set.
func TestNoWeightsButOldOrNew(t *testing.T) {
	for seed := range uint64(30) {
		random := &dice{of: rand.New(rand.NewPCG(seed, 53))}
		w := start(t)
		w.stand(9, 1)
		allowed := map[string]bool{"A 9/1 AAAA 9/1": true, "A 1/1 AAAA 1/1": true}
		var mu sync.Mutex // a request may come while another's line is being cut
		w.BeforeRoute53(func(int, string) {
			mu.Lock()
			defer mu.Unlock()
			if now := w.weights(); !allowed[now] {
				t.Errorf("seed %d: %s", seed, now)
			}
			if random.IntN(12) == 0 {
				blue := random.IntN(9) + 1
				for _, set := range []string{"old", "new"} {
					// Both types at once, as the console cannot.
					weight := blue
					if set == "new" {
						weight = 0
					}
					w.Reweigh(zone, set, "", weight)
				}
				allowed[fmt.Sprintf("A %d/0 AAAA %d/0", blue, blue)] = true
			}
		})
		w.FailRoute53(func(int, string) (int, string, string) {
			switch random.IntN(8) {
			case 0:
				return 400, "Throttling", "Rate exceeded"
			case 1:
				return 500, "InternalError", "x"
			}
			return 0, "", ""
		})
		w.LoseRoute53(func(int, string) bool { return random.IntN(8) == 0 })
		w.PendingFor(random.IntN(3), 0)
		_ = w.open().Shift(t.Context(), split(1, 1)) // either end is right; the next tick goes on
		w.BeforeRoute53(nil)
		w.FailRoute53(nil)
		w.LoseRoute53(nil)
		mu.Lock()
		if now := w.weights(); !allowed[now] {
			t.Errorf("seed %d, at the end: %s", seed, now)
		}
		mu.Unlock()
		if err := w.open().Shift(t.Context(), split(1, 1)); err != nil || w.weights() != "A 1/1 AAAA 1/1" {
			t.Errorf("seed %d, once more: %v, %s", seed, err, w.weights())
		}
	}
}

// Two processes at once: both end, at what the later of them wanted.
func TestTwoAtOnce(t *testing.T) {
	for range 20 {
		w := start(t)
		w.stand(9, 1)
		done := make(chan error, 2)
		for _, to := range [][2]int{{1, 1}, {0, 1}} {
			z := w.open()
			go func() { done <- z.Shift(t.Context(), split(to[0], to[1])) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if now := w.weights(); now != "A 1/1 AAAA 1/1" && now != "A 1/0 AAAA 1/0" {
			t.Errorf("%s", now)
		}
	}
}

// A caller that is out of time is told soon.
func TestACallIsBounded(t *testing.T) {
	w := start(t)
	w.stand(9, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	w.BeforeRoute53(func(int, string) { time.Sleep(100 * time.Millisecond) })
	began := time.Now()
	if err := w.open().Shift(ctx, split(0, 1)); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// A change between two pages of the list is no half change.
func TestAListOfSeveralPagesIsOneMoment(t *testing.T) {
	for page := 1; page <= 3; page++ {
		w := start(t)
		w.stand(9, 1)
		w.BeforeRoute53(func(n int, _ string) {
			if n == page {
				w.Reweigh(zone, "old", "", 1)
			}
		})
		if got, err := w.open().Weights(t.Context()); err != nil || got != split(1, 1) {
			t.Errorf("changed before page %d: %v, %v", page, got, err)
		}
	}
	w := start(t)
	w.stand(9, 1)
	w.BeforeRoute53(func(n int, _ string) { w.Reweigh(zone, "old", "", n) })
	_, err := w.open().Weights(t.Context())
	says(t, err, fault.Outside, "changes faster than it can be read")
}
