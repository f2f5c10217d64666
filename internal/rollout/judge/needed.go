package judge

import (
	"math"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
)

// Counted says whether the objective limits a share of requests.
func (o Objective) Counted() bool { return o.limited() }

// Sum counts bad requests and all of them on both sides of a recording, apart.
func (o Objective) Sum(minutes []Minute) (greenBad, greenTotal, blueBad, blueTotal int64) {
	for _, m := range minutes {
		if c := green(m); c.Present {
			bad, total := o.share(c)
			greenBad, greenTotal = greenBad+bad, greenTotal+total
		}
		if c := blue(m); c.Present {
			bad, total := o.share(c)
			blueBad, blueTotal = blueBad+bad, blueTotal+total
		}
	}
	return greenBad, greenTotal, blueBad, blueTotal
}

// Needed is how many requests to green prove the objective, when a share of
// them is bad and so many come a minute; false when no number would. The luck
// of the draw is allowed for: one standard deviation more than the share.
func (o Objective) Needed(r Rules, share, perMinute float64) (int64, bool) {
	widened := evidence.Dispersion(perMinute, o.Correlation)
	limit := evidence.Limit(o.Limit)
	proved := func(n float64) bool {
		effective := n / widened
		bad := share*effective + math.Sqrt(share*(1-share)*effective)
		return limit.LogPass(min(bad, effective), effective) >= r.Proof()
	}
	low, high := 0.0, 1.0
	for !proved(high) {
		low, high = high, 2*high
		if high > 1e12 {
			return 0, false
		}
	}
	for high-low > 1 {
		if middle := math.Floor((low + high) / 2); proved(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return int64(high), true
}
