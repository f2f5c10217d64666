package forecast

import (
	"math"
	"slices"
)

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

// deviation is the standard deviation as the median distance from the median tells
// it, which outliers hardly move; where most values are the same, what the rest say.
func deviation(values []float64) float64 {
	middle := median(values)
	far := make([]float64, len(values))
	sum := 0.0
	for i, v := range values {
		far[i] = math.Abs(v - middle)
		sum += far[i] * far[i]
	}
	if d := 1.4826 * median(far); d > 0 || len(values) < 2 {
		return d
	}
	return math.Sqrt(sum / float64(len(values)-1))
}

// usual is by how much the mean of values is off their middle, without those far
// from it: as a share of the middle with a spread that is given, else as it is.
func usual(values []float64, middle, spread float64) float64 {
	by := 1.0
	if spread == 0 {
		left := make([]float64, len(values))
		for i, v := range values {
			left[i] = v - middle
		}
		spread = max(deviation(left), 1e-12)
	} else {
		by = middle
	}
	sum, n := 0.0, 0.0
	for _, v := range values {
		if left := (v - middle) / by; math.Abs(left) <= 3.5*spread {
			sum, n = sum+left, n+1
		}
	}
	return sum / max(1, n)
}

// running is the median of each value and reach others on either side.
func running(values []float64, reach int) []float64 {
	out := make([]float64, len(values))
	width := min(2*reach+1, len(values))
	for i := range values {
		from := min(max(0, i-reach), len(values)-width)
		out[i] = median(values[from : from+width])
	}
	return out
}

// recent weighs days from start on, the last most.
func recent(days []amount, start int) []float64 {
	weights := make([]float64, len(days))
	last := days[len(days)-1].date
	for i := start; i < len(days); i++ {
		weights[i] = math.Exp2(-float64(last.Sub(days[i].date)/day) / halfLife)
	}
	return weights
}

func weighted(values, weights []float64) float64 {
	sum, of := 0.0, 0.0
	for i, v := range values {
		sum, of = sum+v*weights[i], of+weights[i]
	}
	return sum / of
}

// effective is how many values of the same weight say as much.
func effective(weights []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, w := range weights {
		sum, squares = sum+w, squares+w*w
	}
	return sum * sum / squares
}

// follow is how far a day follows the one before it: their correlation, without
// what few days take from it (Kendall, 1954), 0 if chance may have made it.
func follow(days []amount, left []float64, spread float64) float64 {
	var both, own float64
	pairs := 0
	at := func(i int) float64 { return min(max(left[i], -3*spread), 3*spread) }
	for i := 1; i < len(left); i++ {
		own += at(i) * at(i)
		if days[i].date.Sub(days[i-1].date) == day {
			both += at(i) * at(i-1)
			pairs++
		}
	}
	if own == 0 || pairs < 15 {
		return 0
	}
	n := float64(pairs)
	f := both / own
	f += (1 + 3*f) / n
	if f < 1.6/math.Sqrt(n) {
		return 0
	}
	return min(f, 0.8)
}

func everyWeekday(days []amount) bool {
	var seen [7]int
	for _, d := range days {
		seen[d.date.Weekday()]++
	}
	return slices.Min(seen[:]) >= 2
}
