package main

import (
	"math"
	"math/rand/v2"
)

// source draws counts. All its samplers take a time that does not grow with
// the count: a benchmark draws some hundred million minutes.
type source struct{ *rand.Rand }

// newSource is the same numbers for the same scenario and run, with any number
// of workers.
func newSource(scenario, run uint64) source {
	return source{rand.New(rand.NewPCG(scenario*0x9e3779b97f4a7c15+1, run))}
}

// poisson draws a count of the given mean. From 10 on by transformed
// rejection: W. Hörmann, Insurance: Mathematics and Economics 12 (1993).
func (s source) poisson(lambda float64) int64 {
	if lambda <= 0 {
		return 0
	}
	if lambda < 10 {
		u, p, k := s.Float64(), math.Exp(-lambda), int64(0)
		for u > p && k < 200 {
			u -= p
			k++
			p *= lambda / float64(k)
		}
		return k
	}
	b := 0.931 + 2.53*math.Sqrt(lambda)
	a := -0.059 + 0.02483*b
	inverse := 1.1239 + 1.1328/(b-3.4)
	inner := 0.9277 - 3.6224/(b-2)
	for {
		u, v := s.Float64()-0.5, s.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + lambda + 0.43)
		if us >= 0.07 && v <= inner {
			return int64(k)
		}
		if k < 0 || (us < 0.013 && v > us) {
			continue
		}
		if math.Log(v*inverse/(a/(us*us)+b)) <= k*math.Log(lambda)-lambda-logFactorial(k) {
			return int64(k)
		}
	}
}

// binomial draws how many of n are bad, each with chance p. Where ten or more
// are expected by transformed rejection: W. Hörmann, Journal of Statistical
// Computation and Simulation 46 (1993).
func (s source) binomial(n int64, p float64) int64 {
	if n <= 0 || p <= 0 {
		return 0
	}
	if p >= 1 {
		return n
	}
	if p > 0.5 {
		return n - s.binomial(n, 1-p)
	}
	size := float64(n)
	odds := p / (1 - p)
	if size*p < 10 {
		u, f, k := s.Float64(), math.Exp(size*math.Log1p(-p)), int64(0)
		for u > f && k < n {
			u -= f
			k++
			f *= odds * float64(n-k+1) / float64(k)
		}
		return k
	}
	spread := math.Sqrt(size * p * (1 - p))
	b := 1.15 + 2.53*spread
	a := -0.0873 + 0.0248*b + 0.01*p
	inner := 0.92 - 4.2/b
	outer := (2.83 + 5.1/b) * spread
	mode := math.Floor((size + 1) * p)
	peak := logFactorial(mode) + logFactorial(size-mode)
	for {
		u, v := s.Float64()-0.5, s.Float64()
		us := 0.5 - math.Abs(u)
		k := math.Floor((2*a/us+b)*u + size*p + 0.5)
		if k < 0 || k > size {
			continue
		}
		if us >= 0.07 && v <= inner {
			return int64(k)
		}
		if math.Log(v*outer/(a/(us*us)+b)) <= peak-logFactorial(k)-logFactorial(size-k)+(k-mode)*math.Log(odds) {
			return int64(k)
		}
	}
}

// clumped draws how many of n are bad when any two of them share their fate
// with correlation rho: the minute's rate is itself drawn, from a Beta.
func (s source) clumped(n int64, p, rho float64) int64 {
	if rho > 0 && p > 0 && p < 1 && n > 1 {
		size := 1/rho - 1
		good := s.gamma((1 - p) * size)
		bad := s.gamma(p * size)
		p = bad / (bad + good)
	}
	return s.binomial(n, p)
}

// gamma draws with the given shape and scale 1: G. Marsaglia and W. W. Tsang,
// ACM Transactions on Mathematical Software 26 (2000).
func (s source) gamma(shape float64) float64 {
	if shape < 1 {
		return s.gamma(shape+1) * math.Pow(s.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(s.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func logFactorial(k float64) float64 {
	v, _ := math.Lgamma(k + 1)
	return v
}
