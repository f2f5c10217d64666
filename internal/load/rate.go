package load

import (
	"math"
	"time"
)

// hair is by how much sums of floating point may miss a whole arrival.
const hair = 1e-6

// Length is how long arrivals last.
func (p Plan) Length() (sum time.Duration) {
	for _, f := range p.Phases {
		sum += f.Duration
	}
	return sum
}

// arrivals of a phase until t seconds of it have passed.
func (f Phase) arrivals(t float64) float64 {
	d := f.Duration.Seconds()
	return f.From*t + (f.To-f.From)/(2*d)*t*t
}

// after is the inverse of arrivals. This form of the quadratic equation's
// solution neither divides by a slope of zero nor takes nearly equal numbers from
// each other.
func (f Phase) after(n float64) float64 {
	slope := (f.To - f.From) / f.Duration.Seconds()
	root := math.Sqrt(max(f.From*f.From+2*slope*n, 0))
	if f.From+root == 0 {
		return 0
	}
	return 2 * n / (f.From + root)
}

// Rate is the arrivals a second at a moment, of this part.
func (p Plan) Rate(at time.Duration) float64 {
	for _, f := range p.Phases {
		if at >= 0 && at < f.Duration {
			share := float64(at) / float64(f.Duration)
			return (f.From + (f.To-f.From)*share) / float64(p.parts())
		}
		at -= f.Duration
	}
	return 0
}

// hits are the arrivals of the whole plan until at.
func (p Plan) hits(at time.Duration) (sum float64) {
	for _, f := range p.Phases {
		if at <= 0 {
			break
		}
		sum += f.arrivals(min(at, f.Duration).Seconds())
		at -= f.Duration
	}
	return sum
}

// when is the inverse of hits: the moment at which so many have arrived.
func (p Plan) when(n float64) (at time.Duration) {
	for i, f := range p.Phases {
		all := f.arrivals(f.Duration.Seconds())
		if n < all-hair || (n <= all+hair && !p.livesAfter(i)) {
			within := time.Duration(math.Round(f.after(max(n, 0)) * float64(time.Second)))
			return at + min(within, f.Duration)
		}
		n, at = max(n-all, 0), at+f.Duration
	}
	return at
}

// livesAfter says whether anybody arrives in a phase behind the i-th.
func (p Plan) livesAfter(i int) bool {
	for _, f := range p.Phases[i+1:] {
		if f.From > 0 || f.To > 0 {
			return true
		}
	}
	return false
}

// Hits is how many have arrived until a moment, of this part: the integral of
// Rate.
func (p Plan) Hits(at time.Duration) float64 {
	return p.hits(at) / float64(p.parts())
}

// all is how many arrive in the whole plan.
func (p Plan) all() int { return int(math.Ceil(p.hits(p.Length()) - hair)) }

// Total is how many arrive in this part.
func (p Plan) Total() int {
	// Of the numbers below all, those that leave index-1 when divided by parts.
	return max(0, (p.all()-p.first()+p.parts()-1)/p.parts())
}

// Arrival is the number, in the whole plan, of this part's k-th arrival; both
// count from 0.
func (p Plan) Arrival(k int) int { return p.first() + k*p.parts() }

// Due is when this part's k-th arrival is due, from 0 on: when Hits has reached
// its number.
func (p Plan) Due(k int) time.Duration { return p.when(float64(p.Arrival(k))) }

// parts and first read the zero Part as the whole.
func (p Plan) parts() int { return max(p.Part.Of, 1) }
func (p Plan) first() int { return max(p.Part.Index, 1) - 1 }

// Shard is the i-th of n parts, from 1: each n-th arrival, so that all parts
// together are the plan, request by request.
func (p Plan) Shard(i, n int) Plan {
	p.Part = Part{Index: i, Of: n}
	return p
}

// Planned is how many requests the arrivals of this part make that are due
// before a moment, those included which follow later.
func (p Plan) Planned(until time.Duration) (requests int) {
	arrivals := p.due(until)
	if len(p.Mix) == 1 {
		return arrivals * len(p.Mix[0].Requests)
	}
	for k := range arrivals {
		requests += len(p.scenario(p.Arrival(k)).Requests)
	}
	return requests
}

// PerArrival is how many requests an arrival makes, in the mean of the weights.
func (p Plan) PerArrival() float64 {
	weights, requests := 0.0, 0.0
	for _, s := range p.Mix {
		weights += s.Weight
		requests += s.Weight * float64(len(s.Requests))
	}
	if weights == 0 {
		return 0
	}
	return requests / weights
}

// Peak is the highest rate of requests a second, of this part.
func (p Plan) Peak() (most float64) {
	for _, f := range p.Phases {
		most = max(most, f.From, f.To)
	}
	return most * p.PerArrival() / float64(p.parts())
}
