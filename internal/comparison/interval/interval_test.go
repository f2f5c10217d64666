package interval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b, within float64) bool { return a == b || math.Abs(a-b) <= within }

// Exact sums are the truth of the binomial distribution.
func TestBinomialAgainstExactSums(t *testing.T) {
	for _, n := range []int64{1, 2, 7, 60, 300} {
		for _, p := range []float64{0.001, 0.01, 0.3, 0.5, 0.97} {
			sum := 0.0
			for k := int64(0); k <= n; k++ {
				a, _ := math.Lgamma(float64(n + 1))
				b, _ := math.Lgamma(float64(k + 1))
				c, _ := math.Lgamma(float64(n - k + 1))
				sum += math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
				if got := binomial(k, n, p); !near(got, sum, 1e-10) {
					t.Fatalf("P(B(%d, %g) <= %d) = %g, want %g", n, p, k, got, sum)
				}
			}
		}
	}
}

// Figures of tables: the normal and t distributions, Clopper and Pearson's and
// Wilson's intervals.
func TestKnownFigures(t *testing.T) {
	for name, c := range map[string]struct{ got, want, within float64 }{
		"z of 97.5%":                 {normal(0.975), 1.959964, 1e-6},
		"t of 97.5%, 10 degrees":     {student(0.975, 10), 2.228139, 1e-6},
		"t of 97.5%, 30 degrees":     {student(0.975, 30), 2.042272, 1e-6},
		"none of 10, above":          {Bounds(0, 10, 0.975).High, 0.308497, 1e-6},
		"5 of 10, below":             {Bounds(5, 10, 0.975).Low, 0.187086, 1e-6},
		"all of 10, below":           {Bounds(10, 10, 0.975).Low, 0.691503, 1e-6},
		"Wilson, none of 10":         {Wilson(0, 10, 0.95).High, 0.277533, 1e-6},
		"Wilson, 5 of 10":            {Wilson(5, 10, 0.95).Low, 0.236593, 1e-6},
		"none of none":               {Wilson(0, 0, 0.95).High, 1, 0},
		"clean for 1%":               {float64(Clean(0.01, 0.95)), 299, 0},
		"clean for 0.5%":             {float64(Clean(0.005, 0.95)), 598, 0},
		"to prove 1% with none":      {float64(ToProve(0, 0.01, 0.95)), 299, 0},
		"to prove 1% with one":       {float64(ToProve(1, 0.01, 0.95)), 473, 0},
		"nothing proves what is not": {float64(ToSettle(0.01, 0.01, 0.95)), 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if !near(c.got, c.want, c.within) {
				t.Errorf("%.9g, want %.9g", c.got, c.want)
			}
		})
	}
}

// What ToSettle promises is so, and with one tenth less it is not.
func TestToSettleIsEnough(t *testing.T) {
	for _, share := range []float64{0, 0.001, 0.004, 0.006, 0.02} {
		n := float64(ToSettle(share, 0.005, 0.95))
		settled := func(n float64) bool {
			b := Bounds(share*n, n, 0.95)
			return b.High < 0.005 || b.Low > 0.005
		}
		if !settled(n) || settled(math.Floor(n*0.9)) {
			t.Errorf("%g: %g does not settle it, or less does", share, n)
		}
	}
}

func ones(values ...int64) (pairs [][2]int64) {
	for _, v := range values {
		pairs = append(pairs, [2]int64{v, 1})
	}
	return pairs
}

func TestPercentiles(t *testing.T) {
	s := Of([][2]int64{{30, 1}, {10, 2}, {20, 5}, {10, 1}, {5, 0}}, 1)
	for p, want := range map[float64]float64{0.01: 10, 0.3: 10, 0.31: 20, 0.5: 20, 0.8: 20, 0.9: 30, 0.91: math.Inf(1), 1: math.Inf(1)} {
		if got := s.Percentile(p); got != want {
			t.Errorf("p%g is %g, want %g", 100*p, got, want)
		}
	}
	if got := fmt.Sprint(s.Size(), s.Above(20), s.Above(21), s.Above(1), s.below(20), s.below(9), Of(nil, 0).Percentile(0.5)); got != "10 7 2 10 8 0 NaN" {
		t.Error(got)
	}
}

// With 298 values the 99th percentile has no upper end, with 299 it has the
// largest value.
func TestPercentileOfFew(t *testing.T) {
	var values []int64
	for i := range int64(298) {
		values = append(values, i+1)
	}
	if b := Percentile(Of(ones(values...), 0), 0.99, 0.95); !math.IsInf(b.High, 1) || b.Low < 280 || b.Low > 293 {
		t.Errorf("298: %+v", b)
	}
	if b := Percentile(Of(ones(append(values, 299)...), 0), 0.99, 0.95); b.High != 299 {
		t.Errorf("299: %+v", b)
	}
	if b := Percentile(Of(nil, 0), 0.99, 0.95); b.Low != 0 || !math.IsInf(b.High, 1) {
		t.Errorf("none: %+v", b)
	}
}

// The ratio of a sample to itself is 1, twice as slow is twice as much, and the
// other way round it is the inverse.
func TestRatioSymmetry(t *testing.T) {
	var a, b [][2]int64
	for i := int64(1); i <= 4000; i++ {
		a = append(a, [2]int64{1000 + i*i%7919, 1})
		b = append(b, [2]int64{2 * (1000 + i*i%7919), 1})
	}
	for _, p := range []float64{0.5, 0.95, 0.99} {
		same, twice, half := Ratios(Of(a, 0), Of(a, 0), p, 0.95), Ratios(Of(a, 0), Of(b, 0), p, 0.95), Ratios(Of(b, 0), Of(a, 0), p, 0.95)
		if same.Value != 1 || twice.Value != 2 || same.Low > 1 || same.High < 1 || !near(twice.High, 2*same.High, 1e-9) ||
			!near(twice.Low*half.High, 1, 1e-9) || !near(twice.High*half.Low, 1, 1e-9) {
			t.Errorf("p%g: %+v %+v %+v", 100*p, same, twice, half)
		}
		if wider := Ratios(Of(a, 0), Of(a, 0), p, 0.99); wider.High < same.High || wider.Low > same.Low {
			t.Errorf("more confidence, a narrower interval: %+v %+v", same, wider)
		}
	}
}

// What is not known has no end, and what got no answer is no fast answer.
func TestRatioOfLittle(t *testing.T) {
	fast, few := Of([][2]int64{{100, 5000}}, 0), Of([][2]int64{{100, 20}}, 0)
	for name, c := range map[string]struct {
		r    Ratio
		want string
	}{
		"nothing":              {Ratios(Of(nil, 0), fast, 0.5, 0.95), "NaN 0 +Inf"},
		"too few for a tail":   {Ratios(few, few, 0.99, 0.95), "1 0 +Inf"},
		"an atom":              {Ratios(fast, fast, 0.5, 0.95), "1 1 1"},
		"5% without an answer": {Ratios(fast, Of([][2]int64{{100, 4750}}, 250), 0.99, 0.95), "+Inf +Inf +Inf"},
		"neither answers":      {Ratios(Of(nil, 5000), Of(nil, 5000), 0.5, 0.95), "NaN 0 +Inf"},
		"blue does not answer": {Ratios(Of(nil, 5000), fast, 0.5, 0.95), "0 0 0"},
		"no time at all":       {Ratios(Of([][2]int64{{0, 5000}}, 0), Of([][2]int64{{0, 5000}}, 0), 0.5, 0.95), "1 1 1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(c.r.Value, c.r.Low, c.r.High); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Minutes that are alike change nothing; minutes that differ as a whole count as
// few as they are.
func TestEffect(t *testing.T) {
	var alike, clumped, drift []Count
	for i := range int64(60) {
		alike = append(alike, Count{5, 100})
		clumped = append(clumped, Count{100 * ((i*7 + i*i) % 11 / 10), 100})
		drift = append(drift, Count{i, 100})
	}
	if e := Effect(alike); e != 1 {
		t.Errorf("alike: %g", e)
	}
	if e := Effect(clumped); e < 60 || e > 140 {
		t.Errorf("whole minutes fail together: %g, want about 100", e)
	}
	if e, single := Effect(drift), Effect([]Count{{0, 100}, {59, 100}, {20, 100}, {40, 100}}); e < 30 || single < 10 {
		t.Errorf("drift: %g %g", e, single)
	}
	if e := Effect([]Count{{0, 5}, {0, 9}}); e != 1 {
		t.Errorf("none: %g", e)
	}
}

// Waves of minutes that drift are seen, with as much doubt as so few leave: of
// minutes that stand alone the mean is that of independent requests, and minutes
// that are all the same do not make an interval of no width.
func TestDrift(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	draw := func(minutes int, share func(int) float64) (sum float64) {
		const runs = 2000
		for range runs {
			all := make([]Count, minutes)
			for i := range all {
				p := share(i)
				bad := 0
				for range 100 {
					if r.Float64() < p {
						bad++
					}
				}
				all[i] = Count{int64(bad), 100}
			}
			sum += Drift(all) / runs
		}
		return sum
	}
	if e := draw(30, func(int) float64 { return 0.5 }); e < 0.95 || e > 1.05 {
		t.Errorf("independent: %.3f", e)
	}
	if e := draw(30, func(i int) float64 { return 0.4 + 0.2*float64(i)/29 }); e < 3 {
		t.Errorf("a slope: %.3f", e)
	}
	if e := draw(30, func(i int) float64 { return 0.4 + 0.2*float64(i%2) }); e > 1.1 {
		t.Errorf("up and down from minute to minute: %.3f", e)
	}
	same := slices.Repeat([]Count{{5, 100}}, 30)
	if e := Drift(same); e != leastDrift {
		t.Errorf("all the same: %g", e)
	}
	for name, none := range map[string][]Count{"nothing": nil, "one minute": {{1, 2}}, "none bad": {{0, 5}, {0, 9}}, "all bad": {{5, 5}, {9, 9}}} {
		if e := Drift(none); e != 1 {
			t.Errorf("%s: %g", name, e)
		}
	}
	if waves(10) != 2 || waves(30) != 4 || waves(120) != 10 {
		t.Errorf("%d, %d, %d waves", waves(10), waves(30), waves(120))
	}
}

// The side that is less sure says how sure both are.
func TestDegrees(t *testing.T) {
	told := func(blue, green float64, b, g float64) float64 {
		return math.Sqrt(2 * pair{0.95, b, g}.critical(blue, green))
	}
	inf := math.Inf(1)
	for name, x := range map[string]struct{ got, want float64 }{
		"independent":        {told(1, 1, inf, inf), 1.960},
		"green alone tells":  {told(0, 1, 4, 4), 2.776},
		"blue alone tells":   {told(1, 0, 4, inf), 2.776},
		"both alike":         {told(1, 1, 4, 4), 2.306},
		"neither is bounded": {told(inf, inf, 4, 9), 2.776},
		"green is not":       {told(1, inf, 4, inf), 1.960},
		"blue is not":        {told(inf, 1, 4, inf), 2.776},
		"no width":           {told(0, 0, 4, inf), 2.776},
	} {
		if math.Abs(x.got-x.want) > 0.001 {
			t.Errorf("%s: %.3f, not %.3f", name, x.got, x.want)
		}
	}
}
