package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// scenario is a kind of spending.
type scenario struct {
	title string
	// history is how many days are known before the month, at least and at most.
	history [2]int
	// weekend is what a Saturday or Sunday costs beside another day.
	weekend float64
	// noise is the spread of a day on the logarithm, alike how much a day follows the
	// one before.
	noise, alike float64
	// single is how often a day is a jump that comes and goes, to between one and a
	// half and four times.
	single float64
	// shift has one change of level for good among the known days, by half to twice.
	shift bool
	// coming has it among the days that are not known yet.
	coming bool
	// growth a day.
	growth float64
	// lump is what the first of a month costs beyond, in usual days.
	lump float64
	// loose says that nothing is promised: it shows where the promise ends.
	loose bool
}

func scenarios() []scenario {
	long := [2]int{35, 85}
	return []scenario{
		{title: "weekdays", history: long, weekend: 0.6, noise: 0.08},
		{title: "weekdays, jumps that come and go", history: long, weekend: 0.6, noise: 0.08, single: 0.05},
		{title: "weekdays, one new level", history: long, weekend: 0.6, noise: 0.08, shift: true},
		{title: "weekdays, jumps, one new level, a lump on the first", history: long, weekend: 0.6, noise: 0.08, single: 0.05, shift: true, lump: 6},
		{title: "weekdays, a day differs by a quarter", history: long, weekend: 0.7, noise: 0.25},
		{title: "three to eight weeks known", history: [2]int{18, 30}, weekend: 0.6, noise: 0.08},
		{title: "jumps so rare that many a history has none", history: long, weekend: 0.6, noise: 0.08, single: 0.015, loose: true},
		{title: "days in a row alike (0.5)", history: long, weekend: 0.6, noise: 0.08, alike: 0.5},
		{title: "no weekdays, one to five weeks known", history: [2]int{5, 10}, weekend: 1, noise: 0.1, loose: true},
		{title: "grows by 0.5% a day", history: long, weekend: 0.6, noise: 0.08, growth: 0.005, loose: true},
		{title: "a new level that is yet to come", history: long, weekend: 0.6, noise: 0.08, coming: true, loose: true},
	}
}

// draw makes a series: what is known of it, and what its month will have cost.
func (s scenario) draw(r *rand.Rand) (known spend.Daily, truth float64) {
	month := time.Date(2024+r.IntN(4), time.Month(1+r.IntN(12)), 1, 0, 0, 0, 0, time.UTC)
	next := month.AddDate(0, 1, 0)
	before := s.history[0] + r.IntN(s.history[1]-s.history[0]+1)
	length := int(next.Sub(month) / (24 * time.Hour))
	today := 3 + r.IntN(length-4) // days known of the month
	days := before + length
	from, to := 7, before+today
	if s.coming {
		from, to = before+today, days
	}
	at := from + r.IntN(max(1, to-from))
	size := math.Exp((r.Float64()*2 - 1) * math.Ln2)
	level, left := 5*math.Exp(r.NormFloat64()), 0.0
	for i := range days {
		date := month.AddDate(0, 0, i-before)
		left = s.alike*left + math.Sqrt(1-s.alike*s.alike)*s.noise*r.NormFloat64()
		v := level * math.Exp(left) * math.Pow(1+s.growth, float64(i))
		if (s.shift || s.coming) && i >= at {
			v *= size
		}
		if w := date.Weekday(); w == time.Saturday || w == time.Sunday {
			v *= s.weekend
		}
		if r.Float64() < s.single {
			v *= 1.5 + 2.5*r.Float64()
		}
		if date.Day() == 1 {
			v += s.lump * level
		}
		amount := unit.Money(math.Round(v * 1e6))
		if i >= before {
			truth += amount.Dollars()
		}
		if i < before+today {
			known.Days = append(known.Days, spend.Day{Date: date, Lines: []spend.Line{{Amount: amount}}})
		}
	}
	return known, truth
}
