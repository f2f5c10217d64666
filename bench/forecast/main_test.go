package main

import (
	"math"
	"testing"

	"github.com/cutover-dev/cutover/internal/cost/forecast"
)

// In 150 months of each kind the interval holds the bill as often as it promises,
// to within two points and what 150 can show; 10,000 of each are main's. Where nothing is promised, the
// scenario must show that: one that held anyway would say nothing.
//
// Shows: 5.7.6
func TestCoverage(t *testing.T) {
	const runs = 150
	chance := 3 * math.Sqrt(forecast.Confidence*(1-forecast.Confidence)/runs)
	for i, s := range scenarios() {
		t.Run(s.title, func(t *testing.T) {
			runs := runs
			if s.loose {
				runs /= 5
			}
			got := simulate(s, runs, uint64(100+i))
			c := float64(got.held) / float64(runs)
			if !s.loose && math.Abs(c-forecast.Confidence) > 0.02+chance {
				t.Errorf("%.3f held (%d too low, %d too high)", c, got.above, got.below)
			}
			if s.coming && c > 0.6 {
				t.Errorf("%.3f held although nobody can know: this scenario shows nothing", c)
			}
			if s.lump > 0 && got.naive < 2*got.off {
				t.Errorf("the median is off by %.3f, the average day by %.3f: the lump is not taken apart", got.off, got.naive)
			}
		})
	}
}
