package forecast

import (
	"math"
	"slices"
)

// Shift is a change of level.
type Shift struct {
	// At is the first place of the new level.
	At int
	// Size is by how much the new level is above the old one.
	Size float64
}

// leastStay is how many places a level lasts: what lasts less is a jump that came
// and went.
const leastStay = 3

// Shifts finds where the level of a series changes for good. It is the cut into
// levels with the least squares and a price for each cut (Jackson et al., 2005, An
// algorithm for optimal partitioning of data on an interval), after single jumps
// were drawn in. The price is twice that of Schwarz's criterion: days in a row are
// alike.
func Shifts(values []float64) []Shift {
	n := len(values)
	if n < 2*leastStay {
		return nil
	}
	calm, noise := withoutJumps(values)
	price := 4 * math.Log(float64(n)) * noise * noise
	sum, squares := make([]float64, n+1), make([]float64, n+1)
	for i, v := range calm {
		sum[i+1], squares[i+1] = sum[i]+v, squares[i]+v*v
	}
	cost := func(from, to int) float64 {
		s, k := sum[to]-sum[from], float64(to-from)
		return max(0, squares[to]-squares[from]-s*s/k)
	}
	best, cut := make([]float64, n+1), make([]int, n+1)
	for to := 1; to <= n; to++ {
		best[to] = math.Inf(1)
		for from := 0; from <= to-leastStay; from++ {
			if from > 0 && from < leastStay {
				continue
			}
			// The first level has no price.
			whole := best[from] + cost(from, to)
			if from > 0 {
				whole += price
			}
			if whole < best[to] {
				best[to], cut[to] = whole, from
			}
		}
	}
	var shifts []Shift
	for to := n; cut[to] > 0; to = cut[to] {
		at := cut[to]
		before := (sum[at] - sum[cut[at]]) / float64(at-cut[at])
		shifts = append(shifts, Shift{at, (sum[to]-sum[at])/float64(to-at) - before})
	}
	slices.Reverse(shifts)
	return shifts
}

// withoutJumps draws single far values to the median of those around them, and
// says how much neighbours differ, outliers aside.
func withoutJumps(values []float64) (calm []float64, noise float64) {
	steps := make([]float64, len(values)-1)
	for i := range steps {
		steps[i] = math.Abs(values[i+1] - values[i])
	}
	size := 0.0
	for _, v := range values {
		size = max(size, math.Abs(v))
	}
	noise = max(1.4826*median(steps)/math.Sqrt2, 1e-6*size, 1e-12)
	middle := running(values, 2)
	calm = slices.Clone(values)
	for i, v := range values {
		if math.Abs(v-middle[i]) > 4*noise {
			calm[i] = middle[i]
		}
	}
	return calm, noise
}

// levelsOf are the levels of logarithms between shifts, as amounts: the mean
// without outliers.
func levelsOf(logs []float64, shifts []Shift) []float64 {
	levels := make([]float64, len(logs))
	from := 0
	for k := 0; k <= len(shifts); k++ {
		to := len(logs)
		if k < len(shifts) {
			to = shifts[k].At
		}
		part := logs[from:to]
		middle := median(part)
		off := usual(part, middle, 0)
		for i := from; i < to; i++ {
			levels[i] = math.Exp(middle + off)
		}
		from = to
	}
	return levels
}
