package evidence

import "math"

// Change is test A′: has the share of bad requests risen above a limit, at any
// minute of the epoch? It is the test that rolls back. A test that pools all
// minutes from the start is deaf to a break hours later; this one is not.
type Change struct{ climb }

// odds are the alternatives, as multiples of the limit's odds. For a limit of
// 1% they are 2%, 5% and 17%; for 5%, 10%, 21% and 51%. Three suffice: between
// them the loss is small, and each further one costs every other.
var odds = []float64{2, 5, 20}

// NewChange starts an epoch of so many minutes.
func NewChange(minutes int) Change { return Change{climb{Length: minutes}} }

// Add takes one complete minute under the limit. No more than most, a
// logarithm, is believed of it; see [Agreement]. Missing minutes are not added.
func (c *Change) Add(limit Limit, bad, total, most float64) {
	ratios := make([]float64, len(odds))
	p0 := float64(limit)
	for i, multiple := range odds {
		o := p0 / (1 - p0) * multiple
		// log(p₁/p₀) and log((1−p₁)/(1−p₀)), with p₁ = o/(1+o).
		good := -math.Log1p(o) - math.Log1p(-p0)
		ratios[i] = bad*(math.Log(multiple)+good) + (total-bad)*good
	}
	c.add(ratios, most)
}

// Log is log E*, the evidence that the limit is broken.
func (c *Change) Log() float64 { return c.log() }

// Over says whether the epoch's length is used up: time for a new one.
func (c *Change) Over() bool { return c.over() }

// Agreement is what a single minute may say at most, so that minutes of them
// must agree before the evidence can reach the threshold: an equal part of the
// way from a start's prior weight, 1/(T·grid), up to it.
func Agreement(threshold float64, length, minutes int) float64 {
	return (threshold + math.Log(float64(length*len(odds)))) / float64(minutes)
}

// Clone returns a copy that shares nothing with c.
func (c Change) Clone() Change { return Change{c.clone()} }
