package main

import (
	"math"
	"slices"
	"testing"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

// Wanted are scipy 1.x's mannwhitneyu(x, y, method="asymptotic"), two-sided,
// turned back into standard deviations. The first is its manual's example.
func TestRankSumAgainstScipy(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y []float64
		want float64
	}{
		{"males and females of the manual", []float64{19, 22, 16, 29, 24}, []float64{20, 11, 17, 12}, 1.592168332809066},
		{"ties", []float64{0, 0, 1.5, 2, 2, 3, 0, 4}, []float64{0, 0, 0, 1.5, 0, 2, 0, 0, 1}, 1.5685033008956042},
	} {
		slices.Sort(c.x)
		slices.Sort(c.y)
		z, ok := rankSum(c.x, c.y, 0)
		back, _ := rankSum(c.y, c.x, 0)
		if !ok {
			t.Errorf("%s: no answer", c.name)
		}
		near(t, c.name, z, c.want, 1e-12)
		near(t, c.name+", sides changed", back, -c.want, 1e-12)
	}
	if _, ok := rankSum([]float64{1, 1}, []float64{1}, 0); ok {
		t.Error("all tied: there is no deviation to divide by")
	}
}

// hundredfold is spinnaker/spinnaker#6278: so many of ten points at 100 times
// the baseline.
func hundredfold(points int) kayentaMetric {
	m := kayentaMetric{control: slices.Repeat([]float64{1}, 10), experiment: slices.Repeat([]float64{1}, 10)}
	for i := range points {
		m.experiment[i] = 100
	}
	return m
}

// The reporter printed what Kayenta's own code computed.
func TestShiftIsThatOfTheIssue(t *testing.T) {
	m := hundredfold(7)
	slices.Sort(m.experiment)
	lower, estimate, ok := shift(m.experiment, m.control, 0.98)
	if !ok {
		t.Fatal("no answer")
	}
	near(t, "lower end", lower, 6.825022991538781e-5, 1e-12)
	near(t, "estimate", estimate, 98.99992904170193, 1e-9)
}

func TestSevenOfTenPassAndEightDoNot(t *testing.T) {
	for points, want := range map[int]label{0: pass, 1: pass, 7: pass, 8: high, 9: high, 10: high} {
		m := hundredfold(points)
		if got := m.classify(); got != want {
			t.Errorf("%d of ten points: %v, want %v", points, got, want)
		}
	}
}

func TestRoot(t *testing.T) {
	for name, c := range map[string]struct {
		a, b, want float64
		f          func(float64) float64
	}{
		"cosine":            {0, 3, math.Pi / 2, math.Cos},
		"cube":              {-1, 4, math.Cbrt(2), func(x float64) float64 { return x*x*x - 2 }},
		"jump":              {-5, 7, 1, func(x float64) float64 { return math.Copysign(1, x-1) }},
		"root at the start": {2, 7, 2, func(x float64) float64 { return x - 2 }},
	} {
		near(t, name, root(c.a, c.b, c.f(c.a), c.f(c.b), c.f), c.want, rootTolerance)
	}
}
