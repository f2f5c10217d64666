package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	never    time.Duration = -1            // has not begun
	forEver  time.Duration = math.MaxInt64 // has no end
	rounding               = 1e-9          // shares this near are the same
)

// moment is the beginning of a planned event, counted from the start.
type moment struct {
	at     time.Duration
	weight float64       // counts from the first change to at least this; 0: from the start
	begins time.Duration // never, until the weight is known to have been set
}

func momentOf(at unit.Duration, after *unit.Percent) moment {
	if after == nil {
		return moment{at: at.Std(), begins: at.Std()}
	}
	return moment{at: at.Std(), weight: after.Fraction(), begins: never}
}

// weightSet tells the moment that green was given a share at a time.
func (m *moment) weightSet(share float64, now time.Duration) {
	if m.begins == never && share >= m.weight-rounding {
		m.begins = now + m.at
	}
}

// effect is a fault in this world's time.
type effect struct {
	moment
	fault Fault
	lasts time.Duration
}

func compile(faults []Fault) []effect {
	effects := make([]effect, len(faults))
	for i, f := range faults {
		effects[i] = effect{moment: momentOf(f.At, f.AfterWeight), fault: f, lasts: forEver}
		if f.For != nil {
			effects[i].lasts = f.For.Std()
		}
	}
	return effects
}

// ends is the first moment after the fault; good only once it has begun.
func (e *effect) ends() time.Duration {
	if e.lasts > forEver-e.begins {
		return forEver
	}
	return e.begins + e.lasts
}

// size is how much of the fault is there at a moment, 0 to 1, while green has
// a share of the requests.
func (e *effect) size(at time.Duration, share float64) float64 {
	if e.begins == never || at < e.begins || at >= e.ends() || share < e.fault.Load.Fraction()-rounding {
		return 0
	}
	if n := len(e.fault.Pattern); n > 0 && e.fault.Pattern[int((at-e.begins)/time.Minute)%n] == '0' {
		return 0
	}
	if ramp := e.fault.Ramp.Std(); at-e.begins < ramp {
		return float64(at-e.begins) / float64(ramp)
	}
	return 1
}

// sizeIn is the mean size in the minute that starts at from, and the first
// moment of it at which the fault is there.
func (e *effect) sizeIn(from time.Duration, share float64) (size float64, first time.Duration) {
	if e.begins == never || e.begins >= from+time.Minute || e.ends() <= from {
		return 0, 0
	}
	first, last := max(from, e.begins), min(from+time.Minute, e.ends())
	part := float64(last-first) / float64(time.Minute)
	return part * e.size(first+(last-first)/2, share), first
}

// on says whether the fault is there at a moment.
func (e *effect) on(at time.Duration, share float64) bool { return e.size(at, share) > 0 }

// green and blue say whose requests and metrics the fault touches.
func (e *effect) green() bool { return e.fault.Side != "blue" }
func (e *effect) blue() bool  { return e.fault.Side != "green" }

// added is what faults add to a side's shares of bad requests.
type added struct {
	errors, slow, rejected                float64
	throttles, coldStarts, slowColdStarts float64 // green only
}

func (a *added) add(f *Fault, size float64) {
	a.errors += size * f.Errors.Fraction()
	a.slow += size * f.Slow.Fraction()
	a.rejected += size * f.Rejected.Fraction()
}

// pressure is what all faults together do to one minute.
type pressure struct {
	green, blue              added
	connections, cpu, memory float64
	cost                     float64 // US dollars
	traffic                  float64 // factor
	began, hurting           time.Duration
}

// pressureIn adds up the faults of the minute that starts at from. began and
// hurting are the first moments of any fault and of one that hurts requests on
// green, or never.
func (w *World) pressureIn(from time.Duration, share float64) pressure {
	p := pressure{traffic: 1, began: never, hurting: never}
	for i := range w.effects {
		e := &w.effects[i]
		size, first := e.sizeIn(from, share)
		if size == 0 {
			continue
		}
		p.began = earlier(p.began, first)
		if p.take(e, size, share) {
			p.hurting = earlier(p.hurting, first)
		}
	}
	return p
}

// take adds one fault and says whether it hurts requests on green.
func (p *pressure) take(e *effect, size, share float64) (hurts bool) {
	f := &e.fault
	if e.blue() {
		p.blue.add(f, size)
	}
	if e.green() {
		p.green.add(f, size)
		p.green.throttles += size * f.Throttles.Fraction()
		p.green.coldStarts += size * f.ColdStarts.Fraction()
		p.green.slowColdStarts += size * f.SlowColdStarts.Fraction()
		if f.Endpoint == "down" {
			p.green.errors += size
		}
		hurts = f.Errors+f.Slow+f.Rejected+f.Throttles+f.SlowColdStarts+f.ColdStarts > 0 || f.Endpoint == "down"
	}
	p.connections += size * (f.Connections.Fraction() + f.PerShare.Fraction()*share)
	p.cpu += size * f.CPU.Fraction()
	p.memory += size * f.Memory.Fraction()
	p.cost += size * f.Cost.Dollars()
	p.traffic *= 1 + size*(f.Traffic.Multiple()-1)
	return hurts
}

// earlier is the first of two moments, either of which may be never.
func earlier(a, b time.Duration) time.Duration {
	if a == never || b != never && b < a {
		return b
	}
	return a
}

// pendingOrder is an order that has not been handed out.
type pendingOrder struct {
	moment
	order PlannedOrder
	given bool
}

func pendingOrders(planned []PlannedOrder) []pendingOrder {
	orders := make([]pendingOrder, len(planned))
	for i, o := range planned {
		orders[i] = pendingOrder{moment: momentOf(o.At, o.AfterWeight), order: o}
	}
	return orders
}

// Orders returns the orders of people that became due since the last call, the
// earliest first.
func (w *World) Orders() []Order {
	var due []Order
	for i := range w.orders {
		o := &w.orders[i]
		if o.given || o.begins == never || o.begins > w.now {
			continue
		}
		o.given = true
		due = append(due, Order{At: w.start.Add(o.begins), Kind: o.order.Kind, By: o.order.By, Reason: o.order.Reason})
	}
	slices.SortStableFunc(due, func(a, b Order) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return due
}
