package main

import (
	"math"
	"testing"
)

// In 150 comparisons of each kind the intervals hold the truth as often as they
// promise, to within what 150 can show, and 10,000 of each are main's; those beside
// atoms may hold more. What
// the minutes have in common is seen if they are told, and only then.
//
// Shows: 5.6.1
func TestCoverage(t *testing.T) {
	const runs = 150
	for i, s := range scenarios() {
		t.Run(s.title, func(t *testing.T) {
			t.Parallel()
			got := simulate(s, runs, uint64(100+i))
			for j, p := range percentiles {
				c := got.coverage(j)
				switch {
				case s.ignore:
					if j == 0 && c > 0.6 {
						t.Errorf("p50: %.3f although the minutes are not told: this scenario shows nothing", c)
					}
				// Minutes that are much alike for two hours hold half a point less.
				case s.blue.alike > 0.5 && c >= 0.93-3*math.Sqrt(0.95*0.05/runs):
				// A point off, and three standard deviations of so many runs.
				case c < 0.94-3*math.Sqrt(0.95*0.05/runs) || c > 0.96+3*math.Sqrt(0.95*0.05/runs) && !s.atoms:
					t.Errorf("p%g: %.3f (%d too high, %d too low)", 100*p, c, got.low[j], got.high[j])
				}
			}
		})
	}
}

// The truth is what a very large sample shows.
func TestTruth(t *testing.T) {
	for _, s := range scenarios() {
		for _, l := range []load{s.blue, s.green} {
			for _, p := range percentiles {
				x := l.percentile(p)
				if at, before := l.below((x+max(l.grain, 1))*(1+1e-9)), l.below(x*(1-1e-9)); at < p-1e-9 || before > p+1e-9 {
					t.Errorf("%s: p%g is %g, below it %g, up to it %g", s.title, 100*p, x, before, at)
				}
			}
		}
	}
}
