package interval

import (
	"math"
)

// Interval has two ends. One that nothing bounds is 0, 1 or infinite.
type Interval struct{ Low, High float64 }

// Wilson is the score interval of a share (Wilson, 1927), for what is reported.
func Wilson(bad, of, confidence float64) Interval {
	if of <= 0 {
		return Interval{0, 1}
	}
	z := normal(0.5 + confidence/2)
	p, zz := bad/of, z*z
	centre, half := (p+zz/(2*of))/(1+zz/of), z*math.Sqrt(p*(1-p)/of+zz/(4*of*of))/(1+zz/of)
	low, high := max(0, centre-half), min(1, centre+half)
	if bad <= 0 {
		low = 0
	}
	if bad >= of {
		high = 1
	}
	return Interval{low, high}
}

// Bounds are the exact one-sided limits of a share (Clopper and Pearson, 1934),
// for what is judged: each is wrong at most as often as confidence leaves. Counts
// need not be whole: those that are worth less than their size are divided by
// their design effect before.
func Bounds(bad, of, confidence float64) Interval {
	b := Interval{0, 1}
	if of <= 0 {
		return b
	}
	if bad > 0 {
		b.Low = quantile(1-confidence, bad, of-bad+1)
	}
	if bad < of {
		b.High = quantile(confidence, bad+1, of-bad)
	}
	return b
}

// Clean is how many without a single bad one prove that a share is below limit.
func Clean(limit, confidence float64) int64 {
	return int64(math.Ceil(math.Log1p(-confidence)/math.Log1p(-limit) - 1e-9))
}

// most ends a search: what needs more is not settled by waiting.
const most = 1e12

// ToProve is how many there must be in all for a share to be proven below limit
// if no more than bad are found to be bad. 0 says that no number is.
func ToProve(bad, limit, confidence float64) int64 {
	return smallest(bad+1, func(of float64) bool { return Bounds(bad, of, confidence).High < limit })
}

// ToSettle is how many there must be in all if a share stays what it is, to prove
// that it is below limit, or above. 0 says that no number does.
func ToSettle(share, limit, confidence float64) int64 {
	if share == limit {
		return 0
	}
	return smallest(1, func(of float64) bool {
		b := Bounds(share*of, of, confidence)
		return share < limit && b.High < limit || share > limit && b.Low > limit
	})
}

func smallest(from float64, enough func(float64) bool) int64 {
	low, high := from-1, from
	for !enough(high) {
		if low, high = high, high*2; high > most {
			return 0
		}
	}
	for high-low > 1 {
		if middle := math.Floor((low + high) / 2); middle <= low || middle >= high {
			break
		} else if enough(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return int64(math.Ceil(high))
}

// Percentile bounds a percentile of few samples by the binomial distribution
// alone: each end is wrong at most as often as confidence leaves. High is
// infinite while there are too few.
func Percentile(s Sample, p, confidence float64) Interval {
	b := Interval{0, math.Inf(1)}
	if s.n == 0 {
		return b
	}
	// The percentile is below the k-th value if fewer than k lie below it.
	fewer := func(k int64) float64 { return binomial(k-1, s.n, p) }
	value := func(k int64) float64 { return s.values[s.at(float64(k)/float64(s.n))] }
	if k := first(s.n, func(k int64) bool { return fewer(k) >= confidence }); k > 0 {
		b.High = value(k)
	}
	k := first(s.n, func(k int64) bool { return fewer(k) > 1-confidence })
	switch {
	case k == 0:
		b.Low = value(s.n)
	case k > 1:
		b.Low = value(k - 1)
	}
	return b
}

// first is the first k of 1 to n at which is turns true, or 0.
func first(n int64, is func(int64) bool) int64 {
	if !is(n) {
		return 0
	}
	low, high := int64(0), n
	for high-low > 1 {
		if middle := (low + high) / 2; is(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high
}
