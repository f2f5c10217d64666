package evidence_test

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
)

// The references are made by another route: binomial sums in exact rational
// steps of 400 bits, with no gamma function and no continued fraction.

const precision = 400

func float(x float64) *big.Float { return new(big.Float).SetPrec(precision).SetFloat64(x) }

func ratio(a, b int64) *big.Float {
	return new(big.Float).SetPrec(precision).Quo(float(float64(a)), float(float64(b)))
}

func power(x *big.Float, n int64) *big.Float {
	result, base := float(1), new(big.Float).Copy(x)
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result.Mul(result, base)
		}
		base.Mul(base, base)
	}
	return result
}

// logOf is the natural logarithm of x: exponent and mantissa apart.
func logOf(x *big.Float) float64 {
	mantissa := new(big.Float)
	exponent := x.MantExp(mantissa)
	m, _ := mantissa.Float64()
	return math.Log(m) + float64(exponent)*math.Ln2
}

// tails returns I_x(a, b) and its rest for whole a and b: the chance of at
// least a successes in a+b−1 trials, and of fewer.
func tails(a, b int64, x *big.Float) (lower, upper *big.Float) {
	n := a + b - 1
	rest := new(big.Float).Sub(float(1), x)
	term := power(rest, n)
	odds := new(big.Float).Quo(x, rest)
	lower, upper = float(0), float(0)
	for j := int64(0); j <= n; j++ {
		if j >= a {
			lower.Add(lower, term)
		} else {
			upper.Add(upper, term)
		}
		term.Mul(term, odds)
		term.Mul(term, ratio(n-j, j+1))
	}
	return lower, upper
}

// beta returns B(a, b) for whole numbers.
func beta(a, b int64) *big.Float {
	result := ratio(1, b)
	for i := int64(1); i < a; i++ {
		result.Mul(result, ratio(i, b+i))
	}
	return result
}

func reference(parts, bad, total int64) (fail, pass float64) {
	p0 := ratio(1, parts)
	a, b := int64(1), parts
	priorLower, priorUpper := tails(a, b, p0)
	lower, upper := tails(a+bad, b+total-bad, p0)
	fit := new(big.Float).Quo(beta(a+bad, b+total-bad), beta(a, b))
	fit.Quo(fit, power(p0, bad))
	fit.Quo(fit, power(new(big.Float).Sub(float(1), p0), total-bad))
	of := func(x, prior *big.Float) float64 {
		e := new(big.Float).Quo(x, prior)
		return logOf(e.Mul(e, fit))
	}
	return of(upper, priorUpper), of(lower, priorLower)
}

func near(got, want float64) bool { return math.Abs(got-want) <= 1e-9*max(1, math.Abs(want)) }

func TestLimitAgainstExactSums(t *testing.T) {
	cases := 0
	for _, parts := range []int64{2, 20, 100, 1000} {
		l := evidence.Limit(1 / float64(parts))
		for _, total := range []int64{0, 1, 2, 10, 82, 100, 417, 1000, 3000, 12_345} {
			for _, bad := range []int64{0, 1, 5, 7, 23, total / parts, 2 * total / parts, 6 * total / parts, total} {
				if bad > total || bad > 3000 {
					continue // a sum of more terms would say the same, slowly
				}
				fail, pass := reference(parts, bad, total)
				got := []float64{l.LogFail(float64(bad), float64(total)), l.LogPass(float64(bad), float64(total))}
				if !near(got[0], fail) || !near(got[1], pass) {
					t.Errorf("limit 1/%d, %d of %d: fail %.12g, want %.12g; pass %.12g, want %.12g", parts, bad, total, got[0], fail, got[1], pass)
				}
				cases++
			}
		}
	}
	if cases < 200 {
		t.Errorf("only %d cases", cases)
	}
}

// integrate is a second route for fractional counts and odd limits: Simpson's
// rule over the likelihood under the truncated prior.
func integrate(p0, bad, total float64) (fail, pass float64) {
	a, b := 1.0, 1/p0
	area := func(from, to, k, n float64) float64 {
		const steps = 400_000
		h, sum := (to-from)/steps, 0.0
		for i := range steps + 1 {
			p := min(max(from+float64(i)*h, 1e-300), 1-1e-16)
			// Against the likelihood at the limit, so that nothing underflows.
			y := math.Exp(k*math.Log(p/p0) + (n-k)*(math.Log1p(-p)-math.Log1p(-p0)) + (a-1)*math.Log(p) + (b-1)*math.Log1p(-p))
			switch {
			case i == 0 || i == steps:
				sum += y
			case i%2 == 1:
				sum += 4 * y
			default:
				sum += 2 * y
			}
		}
		return sum * h / 3
	}
	return math.Log(area(p0, 1, bad, total) / area(p0, 1, 0, 0)), math.Log(area(0, p0, bad, total) / area(0, p0, 0, 0))
}

func TestLimitAgainstIntegration(t *testing.T) {
	for _, c := range []struct{ limit, bad, total float64 }{
		{0.01, 3.5, 211.7}, {0.05, 12.25, 150}, {0.013, 0, 300}, {0.013, 9, 300}, {0.3, 40, 100}, {0.01, 31, 2000},
	} {
		fail, pass := integrate(c.limit, c.bad, c.total)
		l := evidence.Limit(c.limit)
		if got := l.LogFail(c.bad, c.total); !near(got, fail) {
			t.Errorf("%v: fail %.12g, want %.12g", c, got, fail)
		}
		if got := l.LogPass(c.bad, c.total); !near(got, pass) {
			t.Errorf("%v: pass %.12g, want %.12g", c, got, pass)
		}
	}
}

// What the method's description promises, reproduced.
func TestLimitMilestones(t *testing.T) {
	proof := evidence.Threshold(0.05)
	for _, c := range []struct {
		limit      evidence.Limit
		bad, total float64
	}{{0.01, 0, 417}, {0.01, 1, 657}, {0.01, 5, 1396}, {0.05, 0, 82}, {0.05, 1, 130}, {0.05, 5, 276}} {
		if e := c.limit.LogPass(c.bad, c.total); e < proof {
			t.Errorf("limit %v: %v bad of %v prove nothing: %v", c.limit, c.bad, c.total, e)
		}
		if e := c.limit.LogPass(c.bad, c.total-1); e >= proof {
			t.Errorf("limit %v: %v bad of %v prove it already: %v", c.limit, c.bad, c.total-1, e)
		}
	}
	broken := evidence.Threshold(0.01)
	for _, c := range []struct {
		bad, total float64
		want       bool
	}{{7, 100, true}, {6, 100, false}, {23, 1000, true}, {22, 1000, false}} {
		if got := evidence.Limit(0.01).LogFail(c.bad, c.total) >= broken; got != c.want {
			t.Errorf("%v bad of %v break the limit: %v", c.bad, c.total, got)
		}
	}
}

// Ville's inequality needs an expectation of at most 1 under the hypothesis:
// here it is summed over every possible count.
func TestLimitExpectation(t *testing.T) {
	for _, n := range []int{1, 10, 100, 1000} {
		for _, p := range []float64{0.001, 0.005, 0.01} {
			expected := 0.0
			for k := 0; k <= n; k++ {
				expected += math.Exp(logBinomial(n, k, p) + evidence.Limit(0.01).LogFail(float64(k), float64(n)))
			}
			if expected > 1+1e-9 {
				t.Errorf("n %d, share %v within the limit: expectation %v", n, p, expected)
			}
		}
	}
}

func logBinomial(n, k int, p float64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)
}

func TestMoreNeeded(t *testing.T) {
	for name, c := range map[string]struct {
		limit      evidence.Limit
		bad, total float64
		want       int64
		ok         bool
	}{
		"from nothing":           {0.01, 0, 0, 417, true},
		"on the way":             {0.01, 0, 300, 117, true},
		"one short":              {0.01, 0, 416, 1, true},
		"proved":                 {0.01, 0, 417, 0, true},
		"at the limit":           {0.01, 10, 1000, 0, false},
		"past the limit":         {0.01, 20, 1000, 0, false},
		"slow requests":          {0.05, 0, 50, 32, true},
		"too close to ever show": {0.01, 999_999_999, 1e11, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := c.limit.MoreNeeded(c.bad, c.total, 0.05)
			if got != c.want || ok != c.ok {
				t.Errorf("%d, %v", got, ok)
			}
		})
	}
	// With errors on the way, what it says is what it takes.
	more, ok := evidence.Limit(0.01).MoreNeeded(2, 400, 0.05)
	if !ok || evidence.Limit(0.01).LogPass(2+0.005*float64(more), 400+float64(more)) < evidence.Threshold(0.05) {
		t.Errorf("%d more do not prove it", more)
	}
}

func TestLimitHoldsAtAnySize(t *testing.T) {
	for _, total := range []float64{1e3, 1e5, 1e7, 4e8} {
		for _, share := range []float64{0, 0.001, 0.0099, 0.01, 0.0101, 0.02, 0.5, 1} {
			fail, pass := evidence.Limit(0.01).LogFail(share*total, total), evidence.Limit(0.01).LogPass(share*total, total)
			if math.IsNaN(fail) || math.IsNaN(pass) || math.IsInf(fail, 0) || math.IsInf(pass, 0) {
				t.Errorf("%v of %v: fail %v, pass %v", share, total, fail, pass)
			}
			if share < 0.0099 && pass < fail || share > 0.0101 && fail < pass {
				t.Errorf("%v of %v: fail %v, pass %v", share, total, fail, pass)
			}
		}
	}
}

func FuzzLimit(f *testing.F) {
	f.Add(0.01, 3.0, 400.0)
	f.Add(0.5, 0.0, 0.0)
	f.Fuzz(func(t *testing.T, limit, bad, total float64) {
		if !(limit >= 1e-6 && limit <= 0.999) || !(total >= 0 && total <= 1e9) || !(bad >= 0 && bad <= total) {
			return
		}
		l := evidence.Limit(limit)
		fail, pass := l.LogFail(bad, total), l.LogPass(bad, total)
		if math.IsNaN(fail) || math.IsNaN(pass) {
			t.Errorf("fail %v, pass %v", fail, pass)
		}
	})
}

// A state that cannot be written down would lose a rollout's evidence.
func TestEvidenceSurvivesJSON(t *testing.T) {
	c := evidence.NewChange(100)
	c.Add(0.01, 0, 1e9, 5)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back evidence.Change
	if err := json.Unmarshal(text, &back); err != nil || back.Log() != c.Log() {
		t.Errorf("%s: %v", text, err)
	}
}
