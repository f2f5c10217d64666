package sim

import (
	"fmt"
	"math"
	"testing"
)

// moments draws n numbers and returns their mean and variance.
func moments(n int, draw func(i int) float64) (mean, variance float64) {
	var sum, squares float64
	for i := range n {
		x := draw(i)
		sum += x
		squares += x * x
	}
	mean = sum / float64(n)
	return mean, squares/float64(n) - mean*mean
}

// near allows five standard errors, of which the caller gives one.
func near(t *testing.T, what string, got, want, deviation float64) {
	t.Helper()
	if math.Abs(got-want) > 5*deviation || math.IsNaN(got) {
		t.Errorf("%s is %g, want %g within %g", what, got, want, 5*deviation)
	}
}

const draws = 60_000

func TestPoisson(t *testing.T) {
	for _, mean := range []float64{0.05, 3, 9.99, 10, 37, 1200, 1e6} {
		t.Run(fmt.Sprint(mean), func(t *testing.T) {
			r := newStream(1).of(arrivals, 0)
			m, v := moments(draws, func(int) float64 { return float64(poisson(r, mean)) })
			near(t, "mean", m, mean, math.Sqrt(mean/draws))
			near(t, "variance", v, mean, math.Sqrt((mean+2*mean*mean)/draws))
		})
	}
	if poisson(newStream(1).of(arrivals, 0), 0) != 0 {
		t.Error("nothing is expected, and something comes")
	}
}

func TestBinomial(t *testing.T) {
	for _, c := range []struct {
		n int64
		p float64
	}{{1, 0.3}, {10, 0.5}, {72, 0.002}, {72, 0.99}, {1000, 0.0099}, {1000, 0.01}, {1200, 0.1}, {40, 0.25}, {1200, 0.7}, {1_000_000, 0.5}, {1_000_000, 0.000001}} {
		t.Run(fmt.Sprintf("%d at %g", c.n, c.p), func(t *testing.T) {
			r := newStream(2).of(splitting, 0)
			m, v := moments(draws, func(int) float64 {
				k := binomial(r, c.n, c.p)
				if k < 0 || k > c.n {
					t.Fatalf("%d of %d", k, c.n)
				}
				return float64(k)
			})
			n := float64(c.n)
			variance := n * c.p * (1 - c.p)
			near(t, "mean", m, n*c.p, math.Sqrt(variance/draws))
			near(t, "variance", v, variance, math.Sqrt((variance+2*variance*variance)/draws))
		})
	}
}

// The distribution, not just its moments: the samplers differ on both sides of
// few, and each is held to the exact probabilities.
func TestBinomialFitsItsProbabilities(t *testing.T) {
	for _, c := range []struct {
		n int64
		p float64
	}{{30, 0.1}, {60, 0.4}} {
		r, seen := newStream(3).of(splitting, 0), map[int64]float64{}
		for range draws {
			seen[binomial(r, c.n, c.p)]++
		}
		var chi, cells float64
		for k := range c.n + 1 {
			n, x := float64(c.n), float64(k)
			p := math.Exp(logFactorial(n) - logFactorial(x) - logFactorial(n-x) + x*math.Log(c.p) + (n-x)*math.Log1p(-c.p))
			if want := p * draws; want >= 5 {
				chi += (seen[k] - want) * (seen[k] - want) / want
				cells++
			}
		}
		if chi > cells+5*math.Sqrt(2*cells) {
			t.Errorf("%d at %g: chi-squared %g over %g cells", c.n, c.p, chi, cells)
		}
	}
}

func TestBinomialEdges(t *testing.T) {
	r := newStream(4).of(splitting, 0)
	for name, c := range map[string]struct {
		n    int64
		p    float64
		want int64
	}{
		"nobody":       {0, 0.5, 0},
		"fewer":        {-3, 0.5, 0},
		"never":        {50, 0, 0},
		"no number":    {50, math.NaN(), 0},
		"always":       {50, 1, 50},
		"beyond":       {50, 1.2, 50},
		"below":        {50, -0.2, 0},
		"almost never": {50, 1e-300, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := binomial(r, c.n, c.p); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestGamma(t *testing.T) {
	for _, shape := range []float64{0.1, 0.9, 1, 2.5, 48} {
		t.Run(fmt.Sprint(shape), func(t *testing.T) {
			r := newStream(5).of(history, 0)
			m, v := moments(draws, func(int) float64 { return gamma(r, shape) })
			near(t, "mean", m, shape, math.Sqrt(shape/draws))
			near(t, "variance", v, shape, math.Sqrt((6*shape+2*shape*shape)/draws))
		})
	}
}

// The correlation that is measured is the one that was asked for.
func TestClumpedCorrelation(t *testing.T) {
	for _, c := range []struct{ p, rho float64 }{{0.05, 0.02}, {0.002, 0.02}, {0.3, 0.3}, {0.05, 0}} {
		t.Run(fmt.Sprintf("%g with %g", c.p, c.rho), func(t *testing.T) {
			const n = 200
			s := newStream(6)
			m, v := moments(4*draws, func(i int) float64 { return float64(clumped(s.of(greenAnswers, i), n, c.p, c.rho)) })
			rho := (v/(n*c.p*(1-c.p)) - 1) / (n - 1)
			near(t, "mean", m/n, c.p, math.Sqrt(v/(4*draws))/n)
			if math.Abs(rho-c.rho) > 0.04*c.rho+0.0005 {
				t.Errorf("correlation is %g, want %g", rho, c.rho)
			}
		})
	}
}

func TestStreamsDoNotDependOnEachOther(t *testing.T) {
	s := newStream(7)
	first := s.of(arrivals, 5).Uint64()
	for range 10 {
		s.of(greenAnswers, 5).Uint64()
	}
	if again := s.of(arrivals, 5).Uint64(); again != first {
		t.Errorf("the stream of a minute changed from %d to %d", first, again)
	}
	seen := map[uint64]bool{}
	for seed := range uint64(10) {
		for p := arrivals; p <= history; p++ {
			for i := range 100 {
				seen[newStream(seed).of(p, i).Uint64()] = true
			}
		}
	}
	if want := 10 * int(history) * 100; len(seen) != want {
		t.Errorf("%d streams are different, want %d", len(seen), want)
	}
}
