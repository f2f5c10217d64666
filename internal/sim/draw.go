package sim

import (
	"math"
	"math/rand/v2"
)

// few is the mean below which counting up is quicker than rejection, and
// above which the rejection methods are valid.
const few = 10.0

// poisson draws the number of events when mean are expected.
func poisson(r *rand.Rand, mean float64) int64 {
	if mean <= 0 {
		return 0
	}
	if mean < few {
		k, p, u := int64(0), math.Exp(-mean), r.Float64()
		for u > p && k < 1000 {
			u -= p
			k++
			p *= mean / float64(k)
		}
		return k
	}
	return poissonLarge(r, mean)
}

// poissonLarge is PTRS, transformed rejection with squeeze (Hörmann 1993).
func poissonLarge(r *rand.Rand, mean float64) int64 {
	b := 0.931 + 2.53*math.Sqrt(mean)
	a := -0.059 + 0.02483*b
	inverse := 1.1239 + 1.1328/(b-3.4)
	quick := 0.9277 - 3.6224/(b-2)
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + mean + 0.43)
		if us >= 0.07 && v <= quick {
			return int64(k)
		}
		if k < 0 || us < 0.013 && v > us {
			continue
		}
		if math.Log(v*inverse/(a/(us*us)+b)) <= k*math.Log(mean)-mean-logFactorial(k) {
			return int64(k)
		}
	}
}

// binomial draws how many of n happen, each with probability p.
func binomial(r *rand.Rand, n int64, p float64) int64 {
	switch {
	case n <= 0 || !(p > 0): // also a p that is no number
		return 0
	case p >= 1:
		return n
	case p > 0.5:
		return n - binomial(r, n, 1-p)
	case float64(n)*p < few:
		return binomialSmall(r, n, p)
	}
	return binomialLarge(r, n, p)
}

// binomialSmall goes through the probabilities from 0 upward.
func binomialSmall(r *rand.Rand, n int64, p float64) int64 {
	odds := p / (1 - p)
	k, q, u := int64(0), math.Exp(float64(n)*math.Log1p(-p)), r.Float64()
	for u > q && k < n {
		u -= q
		k++
		q *= odds * float64(n-k+1) / float64(k)
		if q < 1e-300 { // rounding has left a u that no probability covers
			break
		}
	}
	return k
}

// binomialLarge is BTRS, transformed rejection with squeeze (Hörmann 1993).
func binomialLarge(r *rand.Rand, count int64, p float64) int64 {
	n := float64(count)
	deviation := math.Sqrt(n * p * (1 - p))
	b := 1.15 + 2.53*deviation
	a := -0.0873 + 0.0248*b + 0.01*p
	centre := n*p + 0.5
	quick := 0.92 - 4.2/b
	for {
		u, v := r.Float64()-0.5, r.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + centre)
		if us >= 0.07 && v <= quick {
			return int64(k)
		}
		if k < 0 || k > n {
			continue
		}
		alpha := (2.83 + 5.1/b) * deviation
		mode := math.Floor((n + 1) * p)
		bound := logFactorial(mode) + logFactorial(n-mode) - logFactorial(k) - logFactorial(n-k) + (k-mode)*math.Log(p/(1-p))
		if math.Log(v*alpha/(a/(us*us)+b)) <= bound {
			return int64(k)
		}
	}
}

// logFactorial is the logarithm of k!.
func logFactorial(k float64) float64 {
	value, _ := math.Lgamma(k + 1)
	return value
}

// gamma draws from the gamma distribution of a shape, scale 1 (Marsaglia and
// Tsang 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := r.Float64()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < 0.5*x*x+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

// clumped draws how many of n are bad when p of them are in the mean and two
// within the same draw agree with correlation rho: the rate itself is Beta
// distributed.
func clumped(r *rand.Rand, n int64, p, rho float64) int64 {
	if n <= 0 || !(p > 0) {
		return 0
	}
	if rho <= 0 || p >= 1 {
		return binomial(r, n, p)
	}
	size := 1/rho - 1
	x, y := gamma(r, p*size), gamma(r, (1-p)*size)
	if x+y <= 0 { // both too small for a float64
		return binomial(r, n, p)
	}
	return binomial(r, n, x/(x+y))
}
