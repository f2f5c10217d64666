package main

import "math"

// rankSum is the Mann-Whitney statistic of x moved down by mu against y, both
// sorted: its distance from the mean, towards zero by the half that corrects
// for continuity, in standard deviations with ties allowed for. It is false
// where all values are tied.
//
// Ranks are those of the joined sample, equal values sharing their average:
// Mann and Whitney 1947, in the form of R's wilcox.test.
func rankSum(x, y []float64, mu float64) (float64, bool) {
	n, m := float64(len(x)), float64(len(y))
	i, j := 0, 0
	sum, ties := 0.0, 0.0
	for i < len(x) || j < len(y) {
		value := math.Inf(1)
		if i < len(x) {
			value = x[i] - mu
		}
		if j < len(y) {
			value = min(value, y[j])
		}
		before, fromX := i+j, i
		for i < len(x) && x[i]-mu == value {
			i++
		}
		for j < len(y) && y[j] == value {
			j++
		}
		t := float64(i + j - before)
		sum += float64(i-fromX) * (float64(before) + (t+1)/2)
		ties += t*t*t - t
	}
	d := sum - n*(n+1)/2 - n*m/2
	sigma := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	if sigma == 0 {
		return 0, false
	}
	switch {
	case d > 0:
		d -= 0.5
	case d < 0:
		d += 0.5
	}
	return d / sigma, true
}

// shift is the lower end of the confidence interval of how far x lies above y,
// and its estimate (Hodges and Lehmann), by turning the rank test round. Both
// series are sorted.
func shift(x, y []float64, confidence float64) (lower, estimate float64, ok bool) {
	lowest, highest := x[0]-y[len(y)-1], x[len(x)-1]-y[0]
	z := math.Sqrt2 * math.Erfinv(confidence)
	ok = true
	at := func(quantile float64) func(float64) float64 {
		return func(mu float64) float64 {
			v, fine := rankSum(x, y, mu)
			ok = ok && fine
			return v - quantile
		}
	}
	f := at(z)
	switch low, up := f(lowest), f(highest); {
	case low <= 0:
		lower = lowest
	case up >= 0:
		lower = highest
	default:
		lower = root(lowest, highest, low, up, f)
	}
	f = at(0)
	estimate = root(lowest, highest, f(lowest), f(highest), f)
	return lower, estimate, ok
}

// rootTolerance is Kayenta's, in the metric's own unit. With tied values the
// statistic jumps and where the search comes to rest decides verdicts, so the
// search is the one Kayenta and R use and not a plain bisection
// (kayenta-mannwhitney, BrentSolver.java).
const rootTolerance = 1e-4

// root finds where f changes its sign between a and b: R. P. Brent,
// Algorithms for Minimization without Derivatives, 1973, chapter 4.
func root(a, b, fa, fb float64, f func(float64) float64) float64 {
	c, fc := a, fa
	if fa == 0 {
		return a
	}
	for range 1000 {
		last := b - a
		if math.Abs(fc) < math.Abs(fb) { // b is always the best so far
			a, b, c = b, c, b
			fa, fb, fc = fb, fc, fb
		}
		tolerance := 2*0x1p-52*math.Abs(b) + rootTolerance/2
		step := (c - b) / 2
		if math.Abs(step) <= tolerance || fb == 0 {
			return b
		}
		if math.Abs(last) >= tolerance && math.Abs(fa) > math.Abs(fb) {
			if p, q := interpolate(a, b, c, fa, fb, fc); p < 0.75*(c-b)*q-math.Abs(tolerance*q)/2 && p < math.Abs(last*q/2) {
				step = p / q
			}
		}
		if math.Abs(step) < tolerance {
			step = math.Copysign(tolerance, step)
		}
		a, fa = b, fb
		b += step
		fb = f(b)
		if fb*fc > 0 { // the sign changes between a and b
			c, fc = a, fa
		}
	}
	return b
}

// interpolate is the step from b as a fraction p/q with p not negative: through
// three points inversely quadratic, through two straight.
func interpolate(a, b, c, fa, fb, fc float64) (p, q float64) {
	if a == c {
		s := fb / fa
		p, q = (c-b)*s, 1-s
	} else {
		r, s, t := fa/fc, fb/fc, fb/fa
		p = t * ((c-b)*r*(r-s) - (b-a)*(s-1))
		q = (r - 1) * (s - 1) * (t - 1)
	}
	if p > 0 {
		return p, -q
	}
	return -p, q
}
