package interval

import "math"

// Ratio is a ratio of percentiles, green to blue, with its interval. An end that
// the samples do not bound is 0 or infinite.
type Ratio struct {
	Blue, Green      float64
	Value, Low, High float64
}

// bound is a value that a percentile may have, and how unlikely that is: half of
// its deviance.
type bound struct{ value, cost float64 }

// Ratios compares a percentile of two samples.
//
// A value v may be the p-th percentile of a side as far as the count of what is
// no larger than v fits a binomial distribution of that side's size and p. How
// badly it fits is a deviance, which needs no distribution of latencies: neither
// tails, nor atoms, nor whole milliseconds disturb it. The ratio's ends are those
// at which the deviances of both sides together are what the chi-square
// distribution with one degree of freedom allows (an empirical likelihood: Owen,
// Empirical Likelihood, 2001), shared out between the sides as they share the
// uncertainty. Between ends of percentiles the way need not be straight, as it
// must be for intervals that are combined by their squares. The bootstrap was
// left aside: it says too little where a percentile lies in a gap or beside an
// atom, as behind cold starts.
//
// How often it holds is measured in bench/comparison. Where a percentile lies
// inside of an atom it holds more often than is asked. Requests of the same
// minute are not independent: tell the minutes ([Sample.Blocked]), or the
// interval promises too much.
func Ratios(blue, green Sample, p, confidence float64) Ratio {
	r := Ratio{Blue: blue.Percentile(p), Green: green.Percentile(p), High: math.Inf(1)}
	r.Value = quotient(r.Green, r.Blue)
	if blue.n == 0 || green.n == 0 {
		return r
	}
	ends := pair{confidence, blue.degrees(), green.degrees()}
	r.High = ends.end(blue.down(p), green.up(p))
	r.Low = ends.end(blue.up(p), green.down(p))
	if math.IsNaN(r.High) || math.IsNaN(r.Low) {
		r.Low, r.High = 0, math.Inf(1) // neither side answers there
	}
	return r
}

// quotient takes what got no answer as slower than any answer. Where neither
// side answers nothing is known.
func quotient(green, blue float64) float64 {
	if math.IsInf(green, 1) && math.IsInf(blue, 1) {
		return math.NaN()
	}
	if blue == 0 {
		if green == 0 {
			return 1
		}
		return math.Inf(1)
	}
	return green / blue
}

// degrees are those of how well it is known how a sample's minutes differ: none are
// needed where each request counts for itself.
func (s Sample) degrees() float64 {
	if s.blocks == 0 {
		return math.Inf(1)
	}
	return float64(waves(s.blocks))
}

// pair is what two sides have to promise together.
type pair struct{ confidence, blue, green float64 }

// critical is half of the deviance that is allowed where the sides move so far: how
// alike minutes are is only estimated, and with few of them the t distribution takes
// the place of the normal. Its degrees are those of the side that is less sure
// (Welch, 1947).
func (p pair) critical(blue, green float64) float64 {
	z, b, g := normal(0.5+p.confidence/2), blue*blue, green*green
	degrees := (b + g) * (b + g) / (b*b/p.blue + g*g/p.green)
	switch {
	case math.IsInf(b, 1) && math.IsInf(g, 1) || b+g == 0:
		degrees = min(p.blue, p.green)
	case math.IsInf(b, 1):
		degrees = p.blue
	case math.IsInf(g, 1):
		degrees = p.green
	}
	if !math.IsInf(degrees, 1) {
		z = student(0.5+p.confidence/2, degrees)
	}
	return z * z / 2
}

// end is one end of the interval: of two lists of bounds, each beginning at its
// percentile and getting worse. The deviance is shared out as the sides share the
// uncertainty, which is how the most extreme ratio does it where percentiles move
// evenly with their ranks. To search for the most extreme pair instead would find
// the widest gaps by chance, and promise 95% to hold 96.
func (p pair) end(blue, green []bound) float64 {
	limit := p.critical(0, 0)
	b, g := spread(blue, limit), spread(green, limit)
	limit = p.critical(b, g)
	b, g = spread(blue, limit), spread(green, limit)
	share := 0.5
	switch {
	case math.IsInf(b, 1) && math.IsInf(g, 1):
	case math.IsInf(b, 1):
		share = 1
	case math.IsInf(g, 1):
		share = 0
	case b+g > 0:
		share = b * b / (b*b + g*g)
	}
	return quotient(reach(green, limit*(1-share)), reach(blue, limit*share))
}

// spread is how far a side alone moves, as a logarithm.
func spread(list []bound, limit float64) float64 {
	from, to := list[0].value, reach(list, limit)
	if from == to {
		return 0
	}
	return math.Abs(math.Log(to / from))
}

// reach is the worst value that a deviance allows.
func reach(list []bound, limit float64) float64 {
	for i, b := range list {
		if b.cost > limit {
			return list[i-1].value
		}
	}
	return list[len(list)-1].value
}

// far is more than any confidence allows.
const far = 40

// up lists the values from the percentile upwards: a percentile of v or more
// says that the count below v is all that was seen below it.
func (s Sample) up(p float64) []bound {
	at := s.at(p)
	effect := s.effect(s.values[at])
	list := []bound{{s.values[at], 0}}
	for i := at; i < len(s.values); i++ {
		cost := deviance(s.upto[i], s.n, p) / effect
		if cost > far {
			break
		}
		next := math.Inf(1) // beyond the last value anything is possible
		if i+1 < len(s.values) {
			next = s.values[i+1]
		}
		list = append(list, bound{next, cost})
	}
	return list
}

// down lists the values from the percentile downwards.
func (s Sample) down(p float64) []bound {
	at := s.at(p)
	effect := s.effect(s.values[at])
	list := []bound{{s.values[at], 0}}
	for i := at - 1; i >= -1; i-- {
		below, value := int64(0), 0.0
		if i >= 0 {
			below, value = s.upto[i], s.values[i]
		}
		cost := deviance(below, s.n, p) / effect
		if cost > far {
			break
		}
		list = append(list, bound{value, cost})
	}
	return list
}

// deviance is half of the deviance of k of n from a share p: n times the
// Kullback-Leibler divergence.
func deviance(k, n int64, p float64) float64 {
	seen := float64(k) / float64(n)
	d := 0.0
	if seen > 0 {
		d += seen * math.Log(seen/p)
	}
	if seen < 1 {
		d += (1 - seen) * math.Log((1-seen)/(1-p))
	}
	return max(0, d*float64(n))
}
