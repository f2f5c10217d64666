package main

import (
	"math"
	"testing"
)

// Wanted are statsmodels' proportion_confint(k, n, method="wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		k, n      int
		low, high float64
	}{
		{0, 10_000, 0, 0.0003839983706765959},
		{38, 100, 0.29097599252478734, 0.47790244704488927},
		{10_000, 10_000, 0.9996160016293234, 1},
		{1, 10, 0.017876213095072924, 0.40415002679523854},
		{5, 200, 0.01072471965176126, 0.05717834040664199},
	} {
		e := wilson(c.k, c.n)
		near(t, "low", e.Low, c.low, 1e-12)
		near(t, "high", e.High, c.high, 1e-12)
		near(t, "share", e.Value, float64(c.k)/float64(c.n), 0)
	}
	if e := wilson(0, 0); e.N != 0 {
		t.Error("nothing has no share")
	}
}

func TestQuantile(t *testing.T) {
	values := make([]float64, 100)
	for i := range values {
		values[i] = float64(100 - i)
	}
	e := quantile(values, 0.5)
	// Binomial(100, 1/2): ranks 41 and 60 or 61 enclose the median with 95%.
	if e.Value != 50 || e.Low != 41 || e.High != 61 {
		t.Errorf("median of 1 to 100: %+v", e)
	}
	e = quantile([]float64{1, 2, math.Inf(1), math.Inf(1)}, 0.9)
	if !math.IsInf(e.Value, 1) {
		t.Errorf("half never found it, yet the 90th percentile is %v", e.Value)
	}
	if got := cell("minutes", e); got != "never" && got != "never (2–never)" {
		t.Errorf("cell is %q", got)
	}
}

func TestFiguresOfOutcomes(t *testing.T) {
	runs := []outcome{
		{rollback: 4, start: 5},                  // false
		{rollback: 5, start: 5},                  // at once: 1 minute
		{rollback: 14, start: 5},                 // 10 minutes
		{rollback: -1, start: 5},                 // never, promoted
		{rollback: -1, start: 5, held: true},     // never, held
		{rollback: -1, start: 5, reported: true}, // never, reported
	}
	for _, c := range []struct {
		figure figure
		want   float64
		n      int
	}{
		{foundShare, 2.0 / 6, 6}, {stoppedBefore, 1.0 / 6, 6}, {stoppedSince, 2.0 / 5, 5}, {heldBack, 1.0 / 6, 6},
		{promotedSilently, 1.0 / 6, 6}, {promotedAnyway, 2.0 / 6, 6}, {reportedShare, 1.0 / 6, 6}, {caught, 4.0 / 6, 6},
		{stoppedAtAll, 3.0 / 6, 6}, {foundMedian, math.Inf(1), 5},
	} {
		e := c.figure.of(runs)
		if e.Value != c.want || e.N != c.n {
			t.Errorf("%s: %v of %d, want %v of %d", c.figure.name, e.Value, e.N, c.want, c.n)
		}
	}
	if e := foundMedian.of(runs[:3]); e.Value != 1 || e.N != 2 {
		t.Errorf("median of 1 and 10 minutes: %+v", e)
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		unit string
		e    estimate
		want string
	}{
		{"share", estimate{Value: 0, High: 0.00038, N: 1}, "0% (0–0.04)"},
		{"share", estimate{Value: 0.9998, Low: 0.9993, High: 1, N: 1}, "99.98% (99.93–100)"},
		{"share", estimate{Value: 0.382, Low: 0.372, High: 0.391, N: 1}, "38.2% (37.2–39.1)"},
		{"minutes", estimate{Value: 6, Low: 5, High: math.Inf(1), N: 1}, "6 (5–never)"},
		{"minutes", estimate{}, "no run left"},
	} {
		if got := cell(c.unit, c.e); got != c.want {
			t.Errorf("%+v is written %q, want %q", c.e, got, c.want)
		}
	}
	if got := thousands(1_234_005); got != "1,234,005" {
		t.Error(got)
	}
}
