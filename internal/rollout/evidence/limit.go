package evidence

import "math"

// Limit is test A: a limit on the share of bad requests, between 0 and 1. The
// share is judged under a Beta prior that puts as much weight on shares below
// the limit as fits its size.
type Limit float64

// Prior returns the parameters of the Beta prior: 1 and 1/limit.
func (l Limit) Prior() (a, b float64) { return 1, 1 / float64(l) }

// LogFail is the evidence that the limit is broken, after bad of total
// requests: log E_fail. While the share stays at or below the limit it ever
// reaches log(1/α) with a chance of at most α. Counts may be fractional, as
// they are once divided by their dispersion.
func (l Limit) LogFail(bad, total float64) float64 {
	a, b := l.Prior()
	_, prior := logTails(a, b, float64(l))
	_, posterior := logTails(a+bad, b+total-bad, float64(l))
	return posterior - prior + l.fit(bad, total)
}

// LogPass is the evidence that the limit is kept: log E_pass. At log(1/β) it
// counts as proved.
func (l Limit) LogPass(bad, total float64) float64 {
	a, b := l.Prior()
	prior, _ := logTails(a, b, float64(l))
	posterior, _ := logTails(a+bad, b+total-bad, float64(l))
	return posterior - prior + l.fit(bad, total)
}

// fit is the logarithm of B(a+k, b+n−k) / (B(a,b)·p₀ᵏ·(1−p₀)ⁿ⁻ᵏ).
func (l Limit) fit(bad, total float64) float64 {
	a, b := l.Prior()
	return logKernel(a, b, float64(l)) - logKernel(a+bad, b+total-bad, float64(l))
}

// never is the number of requests that nobody waits for.
const never = 1e12

// MoreNeeded returns how many more requests prove the limit kept at level
// beta, if the share of bad ones stays as it is; 0 when it is proved, and
// false when no number of requests would do.
func (l Limit) MoreNeeded(bad, total, beta float64) (int64, bool) {
	share := 0.0
	if total > 0 {
		share = bad / total
	}
	proved := func(more float64) bool {
		return l.LogPass(bad+share*more, total+more) >= Threshold(beta)
	}
	if proved(0) {
		return 0, true
	}
	if share >= float64(l) {
		return 0, false
	}
	low, high := 0.0, 1.0
	for !proved(high) {
		low, high = high, 2*high
		if high > never {
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
