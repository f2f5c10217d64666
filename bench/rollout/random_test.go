package main

import (
	"fmt"
	"math"
	"testing"
)

// moments draws n times and holds mean and variance to five standard errors;
// the variance's own error is taken from the sample's fourth moment.
func moments(t *testing.T, name string, n int, mean, variance float64, draw func() float64) {
	t.Helper()
	values := make([]float64, n)
	sum := 0.0
	for i := range values {
		values[i] = draw()
		sum += values[i]
	}
	m := sum / float64(n)
	second, fourth := 0.0, 0.0
	for _, v := range values {
		d := v - m
		second += d * d
		fourth += d * d * d * d
	}
	second /= float64(n)
	fourth /= float64(n)
	near(t, name+": mean", m, mean, 5*math.Sqrt(variance/float64(n))+1e-12)
	near(t, name+": variance", second, variance, 5*math.Sqrt((fourth-second*second)/float64(n))+1e-12)
}

func TestMoments(t *testing.T) {
	const draws = 60_000
	r := newSource(1, 2)
	for _, lambda := range []float64{0, 0.5, 9.9, 10, 60, 540, 6000} {
		moments(t, fmt.Sprintf("poisson %v", lambda), draws, lambda, lambda, func() float64 { return float64(r.poisson(lambda)) })
	}
	for _, n := range []int64{1, 60, 540, 6000} {
		for _, p := range []float64{0, 0.003, 0.02, 0.15, 0.3, 0.9, 1} {
			size := float64(n)
			plain := size * p * (1 - p)
			moments(t, fmt.Sprintf("binomial %d %v", n, p), draws, size*p, plain, func() float64 { return float64(r.binomial(n, p)) })
			if n < 1000 { // so skewed above that five errors of the variance need more draws
				moments(t, fmt.Sprintf("clumped %d %v", n, p), draws, size*p, plain*(1+(size-1)*clumps), func() float64 { return float64(r.clumped(n, p, clumps)) })
			}
		}
	}
	for _, shape := range []float64{0.147, 1, 48.85} {
		moments(t, fmt.Sprintf("gamma %v", shape), draws, shape, shape, func() float64 { return r.gamma(shape) })
	}
}

// The transformed rejections must give each count its own chance, not only the
// right moments.
func TestDistribution(t *testing.T) {
	const draws = 200_000
	r := newSource(3, 4)
	lambda, size, p := 12.0, 100.0, 0.2
	for name, c := range map[string]struct {
		draw func() int64
		log  func(k float64) float64
	}{
		"poisson": {func() int64 { return r.poisson(lambda) }, func(k float64) float64 { return k*math.Log(lambda) - lambda - logFactorial(k) }},
		"binomial": {func() int64 { return r.binomial(int64(size), p) }, func(k float64) float64 {
			return logFactorial(size) - logFactorial(k) - logFactorial(size-k) + k*math.Log(p) + (size-k)*math.Log(1-p)
		}},
	} {
		seen := map[int64]float64{}
		for range draws {
			seen[c.draw()]++
		}
		chi, cells := 0.0, 0.0
		for k := range int64(60) {
			if want := draws * math.Exp(c.log(float64(k))); want > 20 {
				chi += (seen[k] - want) * (seen[k] - want) / want
				cells++
			}
		}
		if chi > cells+5*math.Sqrt(2*cells) {
			t.Errorf("%s: chi-square %.1f of %.0f cells", name, chi, cells)
		}
	}
}
