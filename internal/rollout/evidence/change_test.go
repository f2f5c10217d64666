package evidence_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout/evidence"
)

// unlimited believes everything a minute says.
var unlimited = math.Inf(1)

func binomial(r *rand.Rand, n int, p float64) float64 {
	k := 0
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return float64(k)
}

// naive is E* by its definition: the double sum over all starts and
// alternatives, each a plain product of likelihoods.
func naive(p0 float64, length int, minutes []evidence.Count) float64 {
	total := 0.0
	for _, multiple := range []float64{2, 5, 20} {
		odds := multiple * p0 / (1 - p0)
		p1 := odds / (1 + odds)
		for start := range minutes {
			if start >= length {
				break
			}
			product := 1.0
			for _, m := range minutes[start:] {
				product *= math.Pow(p1/p0, m.Bad) * math.Pow((1-p1)/(1-p0), m.Total-m.Bad)
			}
			total += product / float64(length) / 3
		}
	}
	return math.Log(total + float64(max(length-len(minutes), 0))/float64(length))
}

func TestChangeAgainstDoubleSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, length := range []int{40, 60, 200} {
		c := evidence.NewChange(length)
		var minutes []evidence.Count
		for i := range 60 {
			n := 5 + r.IntN(20)
			m := evidence.Count{Bad: binomial(r, n, []float64{0.005, 0.08}[i/40]), Total: float64(n)}
			minutes = append(minutes, m)
			c.Add(0.01, m.Bad, m.Total, unlimited)
			if want := naive(0.01, length, minutes); !near(c.Log(), want) {
				t.Fatalf("length %d, minute %d: %.12g, want %.12g", length, i, c.Log(), want)
			}
		}
	}
}

// Under the limit the expectation of E* is 1, at every minute, here over all
// outcomes of a few small minutes; below it, and with the cap, less.
func TestChangeExpectation(t *testing.T) {
	var walk func(c evidence.Change, depth int, chance, p, most float64) float64
	walk = func(c evidence.Change, depth int, chance, p, most float64) float64 {
		if depth == 0 {
			return chance * math.Exp(c.Log())
		}
		sum := 0.0
		for k := 0; k <= 4; k++ {
			next := c
			next.LogS, next.Sums, next.Begun = slices.Clone(c.LogS), slices.Clone(c.Sums), slices.Clone(c.Begun)
			next.Add(0.1, float64(k), 4, most)
			sum += walk(next, depth-1, chance*math.Exp(logBinomial(4, k, p)), p, most)
		}
		return sum
	}
	if e := walk(evidence.NewChange(6), 5, 1, 0.1, unlimited); math.Abs(e-1) > 1e-9 {
		t.Errorf("at the limit: expectation %v", e)
	}
	if e := walk(evidence.NewChange(6), 5, 1, 0.02, unlimited); e > 1 {
		t.Errorf("below the limit: expectation %v", e)
	}
	if e := walk(evidence.NewChange(6), 5, 1, 0.1, 2); e > 1 || e < 0.5 {
		t.Errorf("with a cap: expectation %v", e)
	}
}

// A break at minute 200 is found as fast as one at the start.
func TestChangeFindsLateBreaks(t *testing.T) {
	var took []int
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := evidence.NewChange(360)
		for minute := 0; minute < 360 && len(took) == int(seed); minute++ {
			p := 0.003
			if minute >= 200 {
				p = 0.05
			}
			c.Add(0.01, binomial(r, 60, p), 60, unlimited)
			if c.Log() >= evidence.Threshold(0.01) {
				took = append(took, minute-200+1)
				if since := c.Since(); minute >= 200 && (since < 1 || since > minute-200+6) {
					t.Errorf("seed %d: began %d minutes ago, not %d", seed, since, minute-200+1)
				}
			}
		}
	}
	slices.Sort(took)
	if len(took) != 40 || took[0] < 1 {
		t.Fatalf("%d of 40 found: %v", len(took), took)
	}
	if median := took[20]; median > 6 {
		t.Errorf("median %d minutes", median)
	}
}

// However the minutes are divided among processes, the evidence is the same.
func TestChangeContinuesFromJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	whole, parts := evidence.NewChange(100), evidence.NewChange(100)
	for range 120 {
		bad := binomial(r, 60, 0.01)
		whole.Add(0.01, bad, 60, 4)
		text, err := json.Marshal(parts)
		if err != nil {
			t.Fatal(err)
		}
		parts = evidence.Change{}
		if err := json.Unmarshal(text, &parts); err != nil {
			t.Fatal(err)
		}
		parts.Add(0.01, bad, 60, 4)
		if parts.Log() != whole.Log() {
			t.Fatalf("%v, want %v", parts.Log(), whole.Log())
		}
	}
	if !whole.Over() || whole.Minutes != 120 {
		t.Errorf("over %v after %d minutes", whole.Over(), whole.Minutes)
	}
}

// One minute alone can never reach the threshold, however bad it is; three can.
func TestAgreement(t *testing.T) {
	threshold := evidence.Threshold(evidence.Spend(0.01, 3, 2))
	most := evidence.Agreement(threshold, 1440, 3)
	c := evidence.NewChange(1440)
	for minute := 1; minute <= 4; minute++ {
		c.Add(0.01, 6000, 6000, most)
		if reached := c.Log() >= threshold; reached != (minute >= 3) {
			t.Errorf("minute %d: %v of %v", minute, c.Log(), threshold)
		}
	}
}

func TestSpendStaysWithinAlpha(t *testing.T) {
	for _, tests := range []int{1, 2, 5} {
		sum := 0.0
		for epoch := 1; epoch <= 60; epoch++ {
			sum += float64(tests) * evidence.Spend(0.01, epoch, tests)
		}
		if sum > 0.01 || sum < 0.0099 {
			t.Errorf("%d tests spend %v", tests, sum)
		}
	}
}

// What evidence.md says of test B: green at 0.9% beside blue at 0.1% is found
// by it and by no limit of 1%.
func TestWorseSeesWhatTheLimitDoesNot(t *testing.T) {
	var took []int
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 9))
		w, c := evidence.NewWorse(240, evidence.Worse{}), evidence.NewChange(240)
		for minute := range 240 {
			p := 0.001
			if minute >= 120 {
				p = 0.009
			}
			green, blue := binomial(r, 300, p), binomial(r, 300, 0.001)
			w.Add(green, 300, blue, 300, unlimited)
			c.Add(0.01, green, 300, unlimited)
			if c.Log() > evidence.Threshold(0.01) {
				t.Fatalf("seed %d: the limit of 1%% is broken at 0.9%%", seed)
			}
			if w.Log() >= evidence.Threshold(0.01) {
				took = append(took, minute-120+1)
				break
			}
		}
	}
	slices.Sort(took)
	if len(took) != 30 || took[0] < 1 || took[15] > 12 {
		t.Errorf("%d of 30: %v", len(took), took)
	}
}

// Equal sides are not told apart, also while the common rate drifts tenfold
// and the split changes.
func TestWorseAllowsDrift(t *testing.T) {
	found := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		w := evidence.NewWorse(240, evidence.Worse{})
		for minute := range 240 {
			p := 0.001 * math.Pow(10, float64(minute)/240)
			n := 20 + minute
			w.Add(binomial(r, n, p), float64(n), binomial(r, 300, p), 300, unlimited)
			if w.Log() >= evidence.Threshold(0.01) {
				found++
				break
			}
		}
	}
	if found > 8 { // 3 expected at most; 8 has a chance below 1%
		t.Errorf("%d of 300 at α = 1%%", found)
	}
}

// Better than blue is never worse than blue, and without blue nothing is said.
func TestWorseIsOneSided(t *testing.T) {
	w := evidence.NewWorse(120, evidence.Worse{})
	for range 120 {
		w.Add(0, 300, 15, 300, unlimited)
	}
	if w.Log() > 0 {
		t.Errorf("a better green: %v", w.Log())
	}
	alone := evidence.NewWorse(120, w)
	for range 60 {
		alone.Add(300, 300, 0, 0, unlimited)
	}
	if math.Abs(alone.Log()) > 1e-9 {
		t.Errorf("without blue: %v", alone.Log())
	}
}

func TestCorrelation(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	day := func(clumped bool) []evidence.Count {
		var minutes []evidence.Count
		for range 720 {
			p := 0.01
			if clumped { // one minute in ten has all the errors
				p = 0
				if r.IntN(10) == 0 {
					p = 0.1
				}
			}
			minutes = append(minutes, evidence.Count{Bad: binomial(r, 200, p), Total: 200})
		}
		return minutes
	}
	if rho := evidence.Correlation(day(false)); rho != 0 {
		t.Errorf("independent requests: %v", rho)
	}
	// Shares 0 and 0.1 with chances 0.9 and 0.1: variance 0.0009 of 0.0099.
	if rho := evidence.Correlation(day(true)); math.Abs(rho-0.0909) > 0.02 {
		t.Errorf("clumped requests: %v", rho)
	}
	drift := day(false)
	for i := range drift { // a daily curve and an hour's outage are no clumping
		drift[i].Bad = binomial(r, 200, 0.005+0.03*float64(i)/720)
		if i >= 300 && i < 360 {
			drift[i].Bad = binomial(r, 200, 0.4)
		}
	}
	if rho := evidence.Correlation(drift); rho != 0 {
		t.Errorf("a drift and an outage: %v", rho)
	}
	for name, minutes := range map[string][]evidence.Count{"no minutes": nil, "no errors": {{0, 10}, {0, 10}}, "only errors": {{5, 5}}, "empty minutes": {{0, 0}, {1, 2}}} {
		if rho := evidence.Correlation(minutes); rho != 0 {
			t.Errorf("%s: %v", name, rho)
		}
	}
	if d := evidence.Dispersion(101, 0.02); math.Abs(d-3) > 1e-12 {
		t.Errorf("dispersion %v", d)
	}
	if evidence.Dispersion(0, 0.5) != 1 || evidence.Dispersion(50, 0) != 1 {
		t.Error("a dispersion below 1")
	}
}

func BenchmarkPhaseOf30Hours(b *testing.B) {
	for range b.N {
		c, w := evidence.NewChange(1800), evidence.NewWorse(1800, evidence.Worse{})
		for range 1800 {
			c.Add(0.01, 1, 300, 5)
			w.Add(1, 300, 1, 300, 5)
		}
	}
}
