package cloudwatch_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// Whatever is told, missing, torn or blurred: no count is negative or more than
// its whole, minutes are in order and each there once, what is not Present says
// nothing of requests, and nothing comes from a minute that was not asked for.
func TestCountsAreSound(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 7))
		sides := both()
		if seed%2 == 1 {
			sides = rest()
		}
		c, traffic := open(t, sides)
		c.PagePoints(1 + r.IntN(40))
		c.Blur(func(stat string, value float64) float64 {
			if stat == "Sum" || r.IntN(2) == 0 {
				return value
			}
			return value + r.NormFloat64()*3
		})
		told := map[time.Time]bool{}
		for range 10 {
			at := noon.Add(time.Duration(-r.IntN(15)) * time.Minute)
			f := figures{}
			for name := range published {
				if r.IntN(3) > 0 {
					f[name] = times(1+r.IntN(6), float64(r.IntN(4))*r.Float64()*800)
				}
			}
			observe(t, c, at, f)
			told[at] = true
		}
		from := noon.Add(time.Duration(-r.IntN(15)) * time.Minute)
		minutes, err := traffic.Minutes(t.Context(), from, now)
		if err != nil {
			t.Fatal(err)
		}
		for n, m := range minutes {
			if m.Start.Before(from) || m.Start.After(noon) || !told[m.Start] || n > 0 && !minutes[n-1].Start.Before(m.Start) {
				t.Fatalf("seed %d: minute %d is %s", seed, n, m.Start)
			}
			for side, x := range map[string]judge.Counts{"blue": m.Blue, "green": m.Green} {
				if wrong := unsound(x); wrong != "" {
					t.Fatalf("seed %d, %s: %s: %+v", seed, side, wrong, x)
				}
			}
			if g := m.Gauges; g.Connections < 0 || g.DatabaseCPU < 0 || g.CacheMemory < 0 {
				t.Fatalf("seed %d: %+v", seed, g)
			}
		}
		for at := range told {
			if at.Before(from) {
				delete(told, at)
			}
		}
		if len(minutes) != len(told) {
			t.Fatalf("seed %d: %d minutes, not %d", seed, len(minutes), len(told))
		}
	}
}

func unsound(c judge.Counts) string {
	switch {
	case min(c.Requests, c.Errors, c.Slow, c.Rejected, c.Invocations, c.ColdStarts, c.SlowColdStarts, c.Throttles) < 0:
		return "a negative count"
	case c.Errors+c.Rejected > c.Requests:
		return "more errors and rejections than requests"
	case c.Slow > c.Requests:
		return "more slow requests than requests"
	case c.ColdStarts > c.Invocations || c.SlowColdStarts > c.ColdStarts:
		return "more cold starts than there can be"
	case !c.Present && c.Requests > 0:
		return "requests of a side that is not Present"
	}
	return ""
}
