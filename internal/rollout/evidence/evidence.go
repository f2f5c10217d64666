// Package evidence holds the tests by which a phase is judged. Each counts bad
// requests among all, works in logarithms, costs the same at every minute and
// stays valid however often one looks:
//
//   - [Limit]: test A, is a limit on the share of bad requests kept?
//   - [Change]: test A′, has the limit been broken, from any minute on?
//   - [Worse]: test B, is green worse than blue?
//
// Every result is the natural logarithm of an e-value: evidence against a
// hypothesis whose expectation, while that hypothesis holds, is at most 1. By
// Ville's inequality an e-value reaches 1/α at any time with a chance of at
// most α, so a threshold is log(1/α); see [Spend].
//
// Sources: Howard and Ramdas (arXiv 1906.09712); Lindon, Sanden and Shirikian
// (2205.14762); Turner, Ly and Grünwald (2106.02693); Shin, Ramdas and Rinaldo
// on e-detectors (2203.03532).
package evidence

import "math"

// Spend is the α that one test may use up: the epoch's part of the cutover's
// α, α·2⁻ʲ for epoch j counted from 1, divided among the tests that may roll
// back. All epochs and tests together spend at most α.
func Spend(alpha float64, epoch, tests int) float64 {
	return math.Ldexp(alpha, -epoch) / float64(tests)
}

// Threshold is the logarithm that the evidence must reach at level alpha.
func Threshold(alpha float64) float64 { return -math.Log(alpha) }

// logAdd returns log(eᵃ + eᵇ) without leaving logarithms.
func logAdd(a, b float64) float64 {
	if a < b {
		a, b = b, a
	}
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}

// logMean returns the logarithm of the mean of eˣ over xs.
func logMean(xs []float64) float64 {
	sum := math.Inf(-1)
	for _, x := range xs {
		sum = logAdd(sum, x)
	}
	return sum - math.Log(float64(len(xs)))
}
