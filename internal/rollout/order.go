package rollout

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// Order is what a person wants done.
type Order struct {
	Kind OrderKind
	// By is who, Reason why; both stand in the log.
	By, Reason string
}

// OrderKind is one of the things that a person can order.
type OrderKind string

// The orders.
const (
	OrderStart    OrderKind = "start"    // begin, or begin again after a rollback
	OrderApprove  OrderKind = "approve"  // let the next phase begin once the present one is proved
	OrderPromote  OrderKind = "promote"  // go on now, although it is not proved; never on a broken limit
	OrderPause    OrderKind = "pause"    // freeze promotion; the watch goes on
	OrderResume   OrderKind = "resume"   // lift a pause, or accept what a hold shows
	OrderRollback OrderKind = "rollback" // give blue everything
	OrderFinish   OrderKind = "finish"   // ECS is retired
)

// Orders lists them.
func Orders() []OrderKind {
	return []OrderKind{OrderStart, OrderApprove, OrderPromote, OrderPause, OrderResume, OrderRollback, OrderFinish}
}

// order carries out what a person wants, or says why not.
func (d *decider) order() {
	o := d.o.Order
	if o == nil {
		return
	}
	refuse := func(format string, args ...any) { d.out.Refused = fmt.Sprintf(format, args...) }
	allowed := map[OrderKind][]Step{
		OrderStart:    {Ready, RolledBack},
		OrderApprove:  {Shifting, Settling, Watching},
		OrderPromote:  {Watching},
		OrderPause:    {Shifting, Settling, Watching},
		OrderResume:   {Shifting, Settling, Watching, Soaking},
		OrderRollback: {Shifting, Settling, Watching, Soaking, RollingBack, RolledBack},
		OrderFinish:   {Soaking},
	}
	steps, known := allowed[o.Kind]
	if !known {
		refuse("there is no order %q; there are %v", o.Kind, Orders())
		return
	}
	if !slices.Contains(steps, d.s.Step) {
		refuse("%s is possible while the rollout is %v, and it is %s", o.Kind, steps, d.s.Step)
		return
	}
	switch o.Kind {
	case OrderStart:
		d.start(o.By, o.Reason)
	case OrderApprove:
		d.s.Approved = d.s.Phase + 2
		d.tell(Ordered, "approved the next phase: "+o.Reason, o.By)
	case OrderPromote:
		d.force(o, refuse)
	case OrderPause:
		d.s.Paused = true
		d.tell(Ordered, "paused: "+o.Reason, o.By)
	case OrderResume:
		d.resume(o)
	case OrderRollback:
		d.rollBack(o.Reason, judge.None, d.now, o.By) // again is the same as once
	case OrderFinish:
		d.s.Step = Complete
		d.tell(Completed, o.Reason, o.By)
	}
}

// force promotes on a person's word. A person may know more than the evidence;
// nobody may promote a green that is shown to be broken, or that nobody sees.
func (d *decider) force(o *Order, refuse func(string, ...any)) {
	a := d.s.Ledger.Assess(d.p.Rules, judge.Situation{Now: d.now, Risen: d.s.Risen, Probes: d.s.Probes, BlueIdle: d.blueIdle(), GreenRate: d.greenRate()})
	planned, share, _ := d.delivered()
	switch {
	case !d.fits():
		refuse("%s", d.unfit())
	case a.Breach != nil:
		refuse("a limit is broken: %s", a.Breach.Reason)
	case d.s.Hold.limit():
		refuse("a limit was broken and has not been seen kept since: %s", d.s.Hold.Reason)
	case d.s.Down > 0:
		refuse("green's health check is down")
	case len(a.Missing) > 0:
		refuse("nobody can see how green is: %s", a.Missing[0])
	case !planned:
		refuse("the present weight of %s does not show in the traffic: green gets %s", d.s.Weight, percent(share))
	default:
		d.advance("promoted by a person: "+o.Reason, o.By)
	}
}

// resume lifts a pause, and accepts what a hold has shown.
func (d *decider) resume(o *Order) {
	d.s.Paused = false
	if d.fits() {
		d.s.Digest = d.p.Digest
	}
	if h := d.s.Hold; h != nil {
		switch h.Kind {
		case HoldBroken:
			d.s.Ledger.Reopen(d.p.Rules, d.s.Ledger.Length)
			d.s.Ledger.Forget() // what was accepted is no proof
			d.s.Hold = nil
		case HoldWorse:
			d.s.Accepted = true
		}
	}
	d.tell(Ordered, "resumed: "+o.Reason, o.By)
}
