package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/cutover-dev/cutover/internal/comparison/interval"
)

// part is one way to be answered: log-normal around a median, or always the same
// time if spread is 0.
type part struct{ share, median, spread float64 }

// load is one side: what its requests are a mixture of, in microseconds.
type load struct {
	parts []part
	n     int
	// grain rounds down, as whole milliseconds do.
	grain float64
	// minutes have a factor in common each, log-normal with spread common; alike
	// is how much one takes from the one before.
	minutes       int
	common, alike float64
}

// scenario is a comparison of two loads.
type scenario struct {
	title       string
	blue, green load
	// atoms says that a percentile lies inside of an atom: the interval may hold
	// more often than promised, never less.
	atoms bool
	// ignore leaves the minutes away although there are some.
	ignore bool
}

const ms = 1000

func scenarios() []scenario {
	smooth := func(median float64, n int) load { return load{parts: []part{{1, median * ms, 0.5}}, n: n} }
	cold := func(share float64, n int) load {
		return load{parts: []part{{1 - share, 40 * ms, 0.35}, {share, 900 * ms, 0.3}}, n: n}
	}
	cached := load{parts: []part{{0.35, 12 * ms, 0}, {0.55, 80 * ms, 0.4}, {0.08, 400 * ms, 0.5}, {0.02, 3000 * ms, 0}}, n: 4000}
	whole := func(l load) load { l.grain = ms; return l }
	rough := func(l load, alike float64) load {
		l.minutes, l.common, l.alike = 30, 0.15, alike
		return l
	}
	even := func(l load) load { l.minutes = 30; return l }
	long := func(l load) load { l.minutes, l.common, l.alike = 120, 0.15, 0.6; return l }
	steady := func(l load) load { l.minutes, l.common = 30, 0.02; return l }
	wild := func(l load) load { l.minutes, l.common = 30, 0.2; return l }
	return []scenario{
		{title: "log-normal, 3,000 each", blue: smooth(80, 3000), green: smooth(90, 3000)},
		{title: "log-normal, 20,000 beside 1,500", blue: smooth(80, 20000), green: smooth(80, 1500)},
		{title: "log-normal, 1,000 beside 12,000", blue: smooth(80, 1000), green: smooth(80, 12000)},
		{title: "green with 3% cold starts, 5,000 each", blue: smooth(60, 5000), green: cold(0.03, 5000)},
		{title: "green with 1% cold starts: its p99 lies between warm and cold", blue: smooth(60, 5000), green: cold(0.01, 5000)},
		{title: "both with cold starts, 5% and 2%, 4,000 beside 9,000", blue: cold(0.02, 4000), green: cold(0.05, 9000)},
		{title: "heavy tails, 3,000 each", blue: load{parts: []part{{1, 50 * ms, 1.6}}, n: 3000}, green: load{parts: []part{{1, 70 * ms, 1.8}}, n: 3000}},
		{title: "whole milliseconds, 3,000 each", blue: whole(smooth(18, 3000)), green: whole(smooth(18, 3000)), atoms: true},
		{title: "caches and a timeout (atoms), 4,000 each", blue: smooth(60, 4000), green: cached, atoms: true},
		{title: "30 minutes of 200 that differ by 15%", blue: rough(smooth(80, 6000), 0), green: rough(smooth(80, 6000), 0)},
		{title: "the same, minutes in a row alike (0.4)", blue: rough(smooth(80, 6000), 0.4), green: rough(smooth(80, 6000), 0.4)},
		{title: "the same, minutes that have nothing in common", blue: even(smooth(80, 6000)), green: even(smooth(80, 6000))},
		{title: "two hours of 200 a minute, alike (0.6)", blue: long(smooth(80, 24000)), green: long(smooth(80, 24000))},
		{title: "30 minutes of 200 that differ by 20%, beside 20,000 that differ by 2%", blue: steady(smooth(80, 20010)), green: wild(smooth(80, 6000))},
		{title: "the same, minutes not told", blue: rough(smooth(80, 6000), 0), green: rough(smooth(80, 6000), 0), ignore: true},
	}
}

// below is the chance of a value of at most x.
func (l load) below(x float64) float64 {
	sum := 0.0
	for _, p := range l.parts {
		spread := math.Hypot(p.spread, l.common)
		switch {
		case spread > 0:
			sum += p.share * 0.5 * math.Erfc(-math.Log(x/p.median)/spread/math.Sqrt2)
		case x >= p.median:
			sum += p.share
		}
	}
	return sum
}

// percentile is the truth, by bisection; whole microseconds are what is measured.
func (l load) percentile(p float64) float64 {
	low, high := 1.0, 1e12
	for range 200 {
		if middle := math.Sqrt(low * high); l.below(middle) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return l.round(high * (1 + 1e-12))
}

func (l load) round(x float64) float64 {
	grain := max(l.grain, 1)
	return math.Floor(x/grain) * grain
}

// draw is one run of a side, minute by minute if it has minutes.
func (l load) draw(r *rand.Rand, minutes bool) interval.Sample {
	blocks := max(1, l.minutes)
	factor, each := r.NormFloat64(), l.n/blocks
	all := make([]int64, 0, l.n)
	var samples []interval.Sample
	for m := range blocks {
		if m > 0 {
			factor = l.alike*factor + math.Sqrt(1-l.alike*l.alike)*r.NormFloat64()
		}
		from := len(all)
		for range each {
			all = append(all, int64(l.round(l.one(r)*math.Exp(l.common*factor))))
		}
		if minutes {
			samples = append(samples, interval.Of(pairs(all[from:]), 0))
		}
	}
	return interval.Of(pairs(all), 0).Blocked(samples)
}

func (l load) one(r *rand.Rand) float64 {
	u := r.Float64()
	for i, p := range l.parts {
		if u -= p.share; u < 0 || i == len(l.parts)-1 {
			return p.median * math.Exp(p.spread*r.NormFloat64())
		}
	}
	return 0
}

func pairs(values []int64) [][2]int64 {
	values = slices.Clone(values)
	slices.Sort(values)
	list := make([][2]int64, 0, len(values))
	for _, v := range values {
		if last := len(list) - 1; last >= 0 && list[last][0] == v {
			list[last][1]++
			continue
		}
		list = append(list, [2]int64{v, 1})
	}
	return list
}
