package main

import (
	"math"
	"slices"
)

// estimate is one figure of one judge with its 95% interval.
type estimate struct {
	Value, Low, High float64
	// N is how many runs it is of. Without any the figure is not defined.
	N int
}

// figure is something to read off a scenario's outcomes.
type figure struct {
	name string
	// unit is "share" or "minutes".
	unit string
	of   func([]outcome) estimate
	// rare figures are left out of tables where they are 0 for every judge.
	rare bool
}

func shareOf(name string, counts func(outcome) bool) figure {
	return figure{name: name, unit: "share", of: func(runs []outcome) estimate {
		k := 0
		for _, o := range runs {
			if counts(o) {
				k++
			}
		}
		return wilson(k, len(runs))
	}}
}

func rarely(f figure) figure {
	f.rare = true
	return f
}

// ofRemaining leaves out the runs that were rolled back before the fault: what
// a rule makes of a fault shows only where it was still running.
func ofRemaining(name string, counts func(outcome) bool) figure {
	return figure{name: name, unit: "share", of: func(runs []outcome) estimate {
		k, n := 0, 0
		for _, o := range runs {
			if o.before() {
				continue
			}
			n++
			if counts(o) {
				k++
			}
		}
		return wilson(k, n)
	}}
}

func minutesTo(name string, q float64) figure {
	return figure{name: name, unit: "minutes", of: func(runs []outcome) estimate {
		var values []float64
		for _, o := range runs {
			switch {
			case o.before():
			case o.since():
				values = append(values, float64(o.rollback-o.start+1))
			default:
				values = append(values, math.Inf(1))
			}
		}
		return quantile(values, q)
	}}
}

var (
	falseRollbacks   = shareOf("rolled back", func(o outcome) bool { return o.rollback >= 0 })
	heldBack         = rarely(shareOf("held at a phase's end", func(o outcome) bool { return o.rollback < 0 && o.held }))
	promotedUnproven = shareOf("promoted without proof", outcome.promoted)
	foundShare       = shareOf("found within the phase", outcome.since)
	foundMedian      = minutesTo("minutes, median", 0.5)
	foundP90         = minutesTo("minutes, 90th percentile", 0.9)
	stoppedBefore    = shareOf("rolled back before, while healthy", outcome.before)
	stoppedSince     = ofRemaining("rolled back by the outage, of runs still going", outcome.since)
	stoppedByStop    = shareOf("rolled back when it stopped", outcome.since)
	promotedFaulty   = shareOf("promoted with the fault", outcome.promoted)
	stoppedAtAll     = shareOf("rolled back", func(o outcome) bool { return o.rollback >= 0 })
	promotedSilently = shareOf("promoted without a word", func(o outcome) bool { return o.promoted() && !o.reported })
	reportedShare    = rarely(shareOf("reported as worse", func(o outcome) bool { return o.reported }))
	promotedAnyway   = shareOf("promoted anyway", outcome.promoted)
	caught           = shareOf("caught: not promoted", func(o outcome) bool { return !o.promoted() })
)

// z95 is the normal distribution's 97.5% point.
const z95 = 1.959963984540054

// wilson is the share k of n with Wilson's score interval (Journal of the
// American Statistical Association 22, 1927): it stays honest at 0 and at n.
func wilson(k, n int) estimate {
	if n == 0 {
		return estimate{}
	}
	p, size := float64(k)/float64(n), float64(n)
	z2 := z95 * z95
	centre := (p + z2/(2*size)) / (1 + z2/size)
	half := z95 / (1 + z2/size) * math.Sqrt(p*(1-p)/size+z2/(4*size*size))
	// Rounding must not push the ends past what was seen.
	return estimate{Value: p, Low: min(p, max(0, centre-half)), High: max(p, min(1, centre+half)), N: n}
}

// quantile is a sample's q-quantile with the interval between the two order
// statistics whose ranks enclose it with 95%.
func quantile(values []float64, q float64) estimate {
	n := len(values)
	if n == 0 {
		return estimate{}
	}
	slices.Sort(values)
	at := func(rank float64) float64 { return values[max(0, min(n-1, int(math.Ceil(rank))-1))] }
	rank, half := q*float64(n), z95*math.Sqrt(float64(n)*q*(1-q))
	return estimate{Value: at(rank), Low: at(rank - half), High: at(rank + half + 1), N: n}
}
