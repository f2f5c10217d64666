package baseline_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/baseline"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// world is two sides in virtual time: what is asked in a minute is counted in it.
type world struct {
	mu     sync.Mutex
	now    time.Time
	counts map[string]map[time.Time]int64
	wrong  func(side string, n int) string
	asked  map[string]int
	last   time.Time // the newest minute that was read
}

func newWorld() *world {
	return &world{now: noon, counts: map[string]map[time.Time]int64{"blue": {}, "green": {}}, asked: map[string]int{}}
}

func (w *world) Now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *world) Wait(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	w.now = w.now.Add(d)
	w.mu.Unlock()
	time.Sleep(10 * time.Microsecond) // lets what was sent arrive
	return ctx.Err()
}

func (w *world) Ask(_ context.Context, side, _ string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked[side]++
	w.counts[side][w.now.Truncate(time.Minute)]++
	if w.wrong != nil {
		return w.wrong(side, w.asked[side])
	}
	return ""
}

func (w *world) Minutes(_ context.Context, from, to time.Time) ([]judge.Minute, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []judge.Minute
	for at := from; at.Before(to.Add(-2 * time.Minute).Truncate(time.Minute)); at = at.Add(time.Minute) {
		m := judge.Minute{Start: at, Gauges: judge.NoGauges()}
		if n := w.counts["blue"][at]; n > 0 {
			m.Blue = judge.Counts{Present: true, Requests: n}
		}
		if n := w.counts["green"][at]; n > 0 {
			m.Green = judge.Counts{Present: true, Requests: n}
		}
		all = append(all, m)
		w.last = at
	}
	return all, nil
}

func take(t *testing.T, w *world, during time.Duration) (baseline.Baseline, error) {
	t.Helper()
	return baseline.Take(t.Context(), baseline.Ports{Users: w, Metrics: w, Clock: w}, baseline.Request{
		Pair: pair, Checks: []string{"GET /health", "GET /mocs"}, Every: time.Second, For: during, Window: 10 * time.Minute,
	})
}

// A green that nobody uses yet gets figures, and they fit.
//
// Shows: 5.5.3, 5.5.4
func TestABaselineIsTaken(t *testing.T) {
	w := newWorld()
	b, err := take(t, w, 35*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Fit(policy, pair, w.Now()); err != nil {
		t.Error(err)
	}
	if len(b.Answers) != 4 || b.Stage != "production" || !b.Taken.Equal(w.Now().Truncate(time.Second)) {
		t.Errorf("%+v", b.Answers)
	}
	for _, side := range []string{"blue", "green"} {
		if n := w.asked[side]; n < 1_500 || n > 35*60+5 {
			t.Errorf("%s was sent %d requests in 35 minutes, one a second", side, n)
		}
	}
	// Every minute in which requests were sent is in it.
	if w.last.Before(noon.Add(35 * time.Minute)) {
		t.Errorf("the newest minute is of %s", w.last)
	}
}

func TestFiguresThatAreThereNeedNoRequests(t *testing.T) {
	w := newWorld()
	for i := range 60 {
		for _, side := range []string{"blue", "green"} {
			w.counts[side][noon.Add(time.Duration(i-62)*time.Minute)] = 50
		}
	}
	b, err := baseline.Take(t.Context(), baseline.Ports{Users: w, Metrics: w, Clock: w}, baseline.Request{Pair: pair, Checks: []string{"GET /health"}, Window: time.Hour})
	if err != nil || w.asked["green"] != 1 {
		t.Fatalf("%v, %v", err, w.asked)
	}
	if err := b.Fit(policy, pair, noon); err != nil {
		t.Error(err)
	}
}

func TestABaselineIsBrokenOff(t *testing.T) {
	for name, c := range map[string]struct {
		wrong func(side string, n int) string
		want  string
		most  int // requests to green
	}{
		"a smoke test fails": {func(side string, n int) string {
			if side == "green" && n == 2 {
				return "status 503"
			}
			return ""
		}, "green: answered GET /mocs wrongly: status 503", 2},
		"green melts on the way": {func(side string, n int) string {
			if side == "green" && n > 100 {
				return "no answer within 10 s"
			}
			return ""
		}, "in a row wrongly, the last one: no answer within 10 s", 140},
	} {
		w := newWorld()
		w.wrong = c.wrong
		if _, err := take(t, w, time.Hour); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if w.asked["green"] > c.most {
			t.Errorf("%s: green was sent %d requests", name, w.asked["green"])
		}
	}
	// A few wrong answers are no melting: they are what is measured.
	w := newWorld()
	w.wrong = func(_ string, n int) string {
		if n > 10 && n%10 != 0 {
			return "status 500"
		}
		return ""
	}
	if _, err := take(t, w, 10*time.Minute); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w = newWorld()
	_, err := baseline.Take(ctx, baseline.Ports{Users: w, Metrics: w, Clock: w}, baseline.Request{Pair: pair, Checks: []string{"GET /health"}, Every: time.Second, For: time.Hour})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
