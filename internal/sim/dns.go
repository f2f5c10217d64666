package sim

import (
	"math"
	"slices"
	"time"
)

const (
	maxWeight = 255 // of a Route 53 record

	// checkDelay is a health check of Route 53 that tries every 30 s and
	// believes the third answer.
	checkDelay = 90 * time.Second
	// verdictDelay is one period of the verdict metric, whose stream the health
	// check follows.
	verdictDelay = time.Minute
)

// change is something that resolvers will know of from a moment on.
type change struct {
	at          time.Duration
	kind        changeKind
	green, blue int
	healthy     bool
}

type changeKind int

const (
	weightsChange changeKind = iota
	verdictChange
	alarmChange
)

// answers is what Route 53 answers from.
type answers struct {
	green, blue              int // weights
	verdictBad, alarmRinging bool
	endpointDown             bool
}

// target is green's share of the answers. Blue's health check is always
// healthy, so an unhealthy green gets nothing: its weight is left out, and if
// no other record has one, blue answers although its weight is 0.
func (a *answers) target() float64 {
	switch {
	case !a.healthy():
		return 0
	case a.green+a.blue == 0: // Route 53 then treats all records alike
		return 0.5
	}
	return float64(a.green) / float64(a.green+a.blue)
}

// healthy is green's calculated health check.
func (a *answers) healthy() bool { return !a.verdictBad && !a.alarmRinging && !a.endpointDown }

func (a *answers) apply(c change) {
	switch c.kind {
	case weightsChange:
		a.green, a.blue = c.green, c.blue
	case verdictChange:
		a.verdictBad = !c.healthy
	case alarmChange:
		a.alarmRinging = !c.healthy
	}
}

// dns is the records and the clients that follow them.
type dns struct {
	green, blue int // as the control plane shows them, propagated or not
	live        answers
	pending     []change // by time

	ttl, stickyFor time.Duration
	sticky         float64 // share of requests from clients that ignore the TTL
	honestAt       float64 // green's share among the others
	stickyAt       float64
}

func newDNS(settings DNS) dns {
	return dns{blue: 1, live: answers{blue: 1}, ttl: settings.TTL.Std(), stickyFor: settings.StickyFor.Std(), sticky: settings.Sticky.Fraction()}
}

// plan adds a change. Changes of one kind come in the order in which they
// were asked for.
func (d *dns) plan(c change) {
	for _, p := range d.pending {
		if p.kind == c.kind {
			c.at = max(c.at, p.at)
		}
	}
	d.pending = append(d.pending, c)
	slices.SortStableFunc(d.pending, func(a, b change) int { return int(a.at - b.at) })
}

// at returns what Route 53 answers from at a moment that traffic has not
// reached yet.
func (d *dns) at(now time.Duration) answers {
	live := d.live
	for _, c := range d.pending {
		if c.at <= now {
			live.apply(c)
		}
	}
	return live
}

// deliver moves the clients from one moment to another and returns green's
// mean share of the requests between.
func (d *dns) deliver(from, to time.Duration) float64 {
	var sum float64
	for at := from; at < to; {
		for len(d.pending) > 0 && d.pending[0].at <= at {
			d.live.apply(d.pending[0])
			d.pending = d.pending[1:]
		}
		next := to
		if len(d.pending) > 0 {
			next = min(next, d.pending[0].at)
		}
		target := d.live.target()
		honest := follow(&d.honestAt, target, next-at, d.ttl)
		sticky := follow(&d.stickyAt, target, next-at, d.stickyFor)
		sum += ((1-d.sticky)*honest + d.sticky*sticky) * float64(next-at)
		at = next
	}
	return clamp(sum / float64(to-from))
}

// share is green's share of the requests where deliver has stopped.
func (d *dns) share() float64 { return clamp((1-d.sticky)*d.honestAt + d.sticky*d.stickyAt) }

// follow moves a share toward its target with a time constant and returns the
// mean on the way.
func follow(share *float64, target float64, span, constant time.Duration) float64 {
	distance := *share - target
	if math.Abs(distance) < rounding {
		*share = target
		return target
	}
	spans := float64(span) / float64(constant)
	left := math.Exp(-spans)
	*share = target + distance*left
	return target + distance*(1-left)/spans
}

// alarm is the native alarm on green's 5xx share, part of the health check.
type alarm struct {
	ringing   bool
	bad, good int // minutes in a row
}

const (
	alarmShare   = 0.2 // of the requests
	alarmLeast   = 10  // requests that say anything
	alarmBad     = 2   // minutes until it rings
	alarmGood    = 5   // minutes until it stops
	alarmLatency = time.Minute
)

// look takes one minute of green and says whether the alarm has changed. A
// minute without enough requests leaves everything as it is: the health check
// keeps its last known status.
func (a *alarm) look(c Counts) (changed bool) {
	if c.Requests < alarmLeast {
		return false
	}
	if float64(c.Errors) > alarmShare*float64(c.Requests) {
		a.bad, a.good = a.bad+1, 0
	} else {
		a.bad, a.good = 0, a.good+1
	}
	before := a.ringing
	switch {
	case a.bad >= alarmBad:
		a.ringing = true
	case a.good >= alarmGood:
		a.ringing = false
	}
	return a.ringing != before
}
