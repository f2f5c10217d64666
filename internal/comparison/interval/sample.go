// Package interval says how sure a figure is: ratios of percentiles, shares, and
// percentiles of few samples, each with an interval, and what it takes to know
// more. Nothing in it assumes a distribution of latencies.
package interval

import (
	"math"
	"slices"
)

// Sample is what was measured of one side, as values and how often each was seen.
type Sample struct {
	values []float64
	upto   []int64 // how many are no larger than the value
	n      int64
	// effect is by how much the sample is worth less than its size, since what
	// happens in the same minute has causes in common: 1 if requests are
	// independent. blocks is how many minutes say so, 0 if none do.
	effect func(value float64) float64
	blocks int
}

// Of makes a sample of pairs: microseconds and how many took them. What got no
// answer took longer than anything else: it is counted, or a side that drops its
// slowest requests would look fast.
func Of(pairs [][2]int64, unanswered int64) Sample {
	sorted := slices.Clone(pairs)
	slices.SortFunc(sorted, func(a, b [2]int64) int { return int(min(max(a[0]-b[0], -1), 1)) })
	s := Sample{effect: func(float64) float64 { return 1 }}
	add := func(value float64, count int64) {
		if count <= 0 {
			return
		}
		s.n += count
		if last := len(s.values) - 1; last >= 0 && s.values[last] == value {
			s.upto[last] = s.n
			return
		}
		s.values, s.upto = append(s.values, value), append(s.upto, s.n)
	}
	for _, p := range sorted {
		add(float64(p[0]), p[1])
	}
	add(math.Inf(1), unanswered)
	return s
}

// Blocked says how the sample spreads over minutes. Of requests that wait behind
// the same garbage collection each tells less than one that stands alone.
func (s Sample) Blocked(minutes []Sample) Sample {
	var seen []Sample
	for _, m := range minutes {
		if m.n > 0 {
			seen = append(seen, m)
		}
	}
	if len(seen) < leastBlocks {
		return s
	}
	s.blocks = len(seen)
	s.effect = func(value float64) float64 {
		counts := make([]Count, len(seen))
		for i, m := range seen {
			counts[i] = Count{m.below(value), m.n}
		}
		return Drift(counts)
	}
	return s
}

// leastBlocks is how many minutes it takes to see how they differ.
const leastBlocks = 10

// Size is how many were measured.
func (s Sample) Size() int64 { return s.n }

// Blocks is how many minutes the sample was seen to spread over, or 0.
func (s Sample) Blocks() int { return s.blocks }

// Percentile is the nearest rank: the smallest value that at least a share p of
// the sample does not exceed. Of an empty sample it is NaN.
func (s Sample) Percentile(p float64) float64 {
	if s.n == 0 {
		return math.NaN()
	}
	return s.values[s.at(p)]
}

// at is the place of a percentile's value.
func (s Sample) at(p float64) int {
	rank := max(1, int64(math.Ceil(p*float64(s.n)-1e-9)))
	i, _ := slices.BinarySearch(s.upto, min(rank, s.n))
	return i
}

// below counts what is no larger than a value.
func (s Sample) below(value float64) int64 {
	i, found := slices.BinarySearch(s.values, value)
	if found {
		i++
	}
	if i == 0 {
		return 0
	}
	return s.upto[i-1]
}

// Above counts what is at least as large as a value.
func (s Sample) Above(value float64) int64 {
	i, _ := slices.BinarySearch(s.values, value)
	if i == 0 {
		return s.n
	}
	return s.n - s.upto[i-1]
}

// Count is how many of how many.
type Count struct{ Bad, Of int64 }

// Effect is the design effect of counts by minute: the variance of their sum over
// that of independent requests, at least 1. Minutes in a row may be alike: their
// covariance counts up to the cube root of their number (Newey and West, 1987).
func Effect(minutes []Count) float64 {
	var bad, of float64
	for _, m := range minutes {
		bad, of = bad+float64(m.Bad), of+float64(m.Of)
	}
	if len(minutes) < 2 || bad == 0 || bad == of {
		return 1
	}
	share, rest := bad/of, make([]float64, len(minutes))
	for i, m := range minutes {
		rest[i] = float64(m.Bad) - share*float64(m.Of)
	}
	sum, lags := 0.0, lags(len(minutes))
	for lag := 0; lag <= lags; lag++ {
		weight := 1.0
		if lag > 0 {
			weight = 2 * (1 - float64(lag)/float64(lags+1))
		}
		for i := lag; i < len(rest); i++ {
			sum += weight * rest[i] * rest[i-lag]
		}
	}
	blocks := float64(len(minutes))
	return max(1, sum*blocks/(blocks-1)/(of*share*(1-share)))
}

// lags is how many minutes later one is still taken to be like another.
func lags(minutes int) int { return int(math.Cbrt(float64(minutes))) }
