// Package project says what both sides cost a month at any traffic, where they
// cost the same, and what would change that.
package project

import (
	"math"
	"slices"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
)

// MonthHours is a month: AWS's own calculator has 730 hours.
const MonthHours = 730

// Steps are tasks that autoscaling adds.
type Steps struct {
	// Each is what one task costs a month, in dollars.
	Each float64
	// Least always run, Most are never exceeded.
	Least, Most int
	// PerTask is how many requests a month one task bears.
	PerTask float64
}

// Curve is what a side costs a month by its requests a month, in dollars. It is a
// straight line, but for the steps.
type Curve struct {
	Fixed, PerRequest float64
	Steps             *Steps
}

// Tasks is how many run at that traffic.
func (s Steps) Tasks(requests float64) int {
	if s.PerTask <= 0 || requests >= s.PerTask*float64(s.Most) {
		if s.PerTask <= 0 {
			return s.Least
		}
		return s.Most
	}
	return min(max(int(math.Ceil(requests/s.PerTask)), s.Least), s.Most)
}

// Monthly is what a month with so many requests costs.
func (c Curve) Monthly(requests float64) float64 {
	sum := c.Fixed + c.PerRequest*requests
	if c.Steps != nil {
		sum += c.Steps.Each * float64(c.Steps.Tasks(requests))
	}
	return sum
}

// Scaling is how blue's tasks follow traffic.
type Scaling struct {
	Least, Most int
	// PerTask is how many requests a second one task bears before another is
	// added; 0 is that as many run as were measured, whatever the traffic.
	PerTask float64
}

// CurveOf is the curve that a bill lies on: what is used by the hour is scaled
// to a month, what is used by the request to each request. unknown are the lines
// that are on no curve, so that the side costs at least this much. ok is false
// where there is something by the request and nobody has counted requests.
func CurveOf(u usage.Usage, prices usage.Prices, scaling Scaling) (c Curve, unknown []usage.Line, ok bool) {
	hours := u.Hours()
	ok = hours > 0
	var stepped float64 // dollars a month of all tasks
	var tasks float64
	for _, l := range usage.Bill(u, prices) {
		if !l.Known {
			unknown = append(unknown, l)
			continue
		}
		// Not of the amount, which is rounded.
		rate, _ := price.ParseRate(l.Price)
		spent := rate.Dollars() * l.Quantity.Units()
		switch l.Kind {
		case usage.Fixed:
			c.Fixed += spent / hours * MonthHours
		case usage.Stepped:
			stepped += spent / hours * MonthHours
		case usage.Linear:
			if u.Requests <= 0 {
				ok = ok && spent == 0
				continue
			}
			c.PerRequest += spent / float64(u.Requests)
		}
	}
	if tasks = u.Tasks; tasks <= 0 || scaling.PerTask <= 0 {
		c.Fixed += stepped
		return c, unknown, ok
	}
	c.Steps = &Steps{Each: stepped / tasks, Least: max(scaling.Least, 1), Most: max(scaling.Most, scaling.Least, 1), PerTask: scaling.PerTask * MonthHours * 3600}
	return c, unknown, ok
}

// Crossing is a traffic at which one side becomes cheaper than it was.
type Crossing struct {
	// Requests a month.
	Requests float64 `json:"requests"`
	// GreenAbove says that green is the cheaper one above it, and not below.
	GreenAbove bool `json:"green_above"`
}

// Crossings are all traffics at which green begins or ceases to save the share of
// what blue costs; 0 asks where both cost the same. Between two steps both are
// straight lines, so that each crossing is solved and none searched for: an answer
// by bisection would find one of several.
func Crossings(blue, green Curve, saving float64) []Crossing {
	edges := []float64{0}
	for _, c := range []Curve{blue, green} {
		if s := c.Steps; s != nil && s.PerTask > 0 {
			for n := s.Least; n < s.Most; n++ {
				edges = append(edges, float64(n)*s.PerTask)
			}
		}
	}
	slices.Sort(edges)
	edges = append(slices.Compact(edges), math.Inf(1))
	kept := 1 - saving
	slope := green.PerRequest - kept*blue.PerRequest
	crossings := []Crossing{}
	// below is whether green was cheap enough up to here.
	below, known := false, false
	note := func(at float64, cheap bool) {
		if known && cheap != below {
			crossings = append(crossings, Crossing{at, cheap})
		}
		below, known = cheap, true
	}
	for n := 0; n+1 < len(edges); n++ {
		from, to := edges[n], edges[n+1]
		// A step is taken just above its edge: what holds behind it holds up to the next.
		inside := from + (min(to, from+2)-from)/2
		at := green.Monthly(inside) - kept*blue.Monthly(inside) - slope*(inside-from)
		note(from, at < 0 || at == 0 && slope < 0)
		if slope == 0 || at == 0 {
			continue
		}
		if root := from - at/slope; root > from && root < to {
			note(root, slope < 0)
		}
	}
	return crossings
}

// Cheaper says whether green saves that share at that traffic.
func Cheaper(blue, green Curve, saving, requests float64) bool {
	return green.Monthly(requests) <= (1-saving)*blue.Monthly(requests)
}
