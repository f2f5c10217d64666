package retire

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Order is what a person wants done.
type Order struct {
	Kind OrderKind
	// By is who, Reason why; both stand in the log.
	By, Reason string
	// Approval is what OrderApprove brings.
	Approval *plan.Approval
}

// OrderKind is one of the things that a person can order.
type OrderKind string

// The orders.
const (
	OrderApprove OrderKind = "approve" // this plan, in this account, may be applied
	OrderApply   OrderKind = "apply"   // begin, or go on after a stop
	OrderAbort   OrderKind = "abort"   // back to how it was; after the first deletion, stop
)

// order carries out what a person wants, or says why not.
func (d *decider) order() {
	o := d.l.Order
	if o == nil {
		return
	}
	switch o.Kind {
	case OrderApprove:
		d.approve(o)
	case OrderApply:
		d.apply(o)
	case OrderAbort:
		d.abort(o)
	default:
		d.refuse("there is no order %q; there are approve, apply and abort", o.Kind)
	}
}

func (d *decider) refuse(format string, args ...any) { d.out.Refused = fmt.Sprintf(format, args...) }

// resting says whether no plan is being carried out.
func (s State) resting() bool { return s.Step == Ready || s.Step == Aborted || s.Step == Done }

func (d *decider) approve(o *Order) {
	if o.Approval == nil {
		d.refuse("an approval names a person, a hash, an account and a name; there is none")
		return
	}
	if !d.whole {
		d.refuse("the plan does not have the hash that it carries: read it from where `plan` wrote it")
		return
	}
	if err := o.Approval.Covers(d.p, d.now); err != nil {
		d.refuse("%v", err)
		return
	}
	if err := d.p.Valid(d.now); err != nil {
		d.refuse("%v", err)
		return
	}
	if !d.s.resting() && d.s.PlanSHA256 != d.p.PlanSHA256 {
		d.refuse("the plan %.12s is being carried out; abort it first, then approve another", d.s.PlanSHA256)
		return
	}
	if d.s.Step == Done && d.s.PlanSHA256 != d.p.PlanSHA256 {
		d.refuse("the plan %.12s is done; another retirement has a state of its own", d.s.PlanSHA256)
		return
	}
	if d.s.Approval != nil && *d.s.Approval == *o.Approval {
		return // said twice
	}
	d.s.Approval, d.s.PlanSHA256 = pointed(o.Approval), d.p.PlanSHA256
	if h := d.s.Hold; h != nil && h.Kind == HoldApproval {
		d.s.Hold = nil
		d.tell(Event{Kind: Released, By: o.Approval.By, Reason: "no longer: " + h.Reason})
	}
	d.tell(Event{Kind: Approved, By: o.Approval.By, Reason: fmt.Sprintf("plan %.12s for account %s, typed %q, until %s", d.p.PlanSHA256, o.Approval.Account, o.Approval.Name, clock(o.Approval.Expires))})
}

// apply begins a retirement, or goes on with one that was stopped. Where one is
// under way it changes nothing.
func (d *decider) apply(o *Order) {
	switch {
	case d.s.Step == Aborting:
		d.refuse("it is on its way back; apply again once it has arrived")
	case d.s.Step == Done:
		d.refuse("it is done: everything that was planned is gone")
	case d.s.Step == Stopped:
		if d.unapproved() {
			return
		}
		d.tell(Event{Kind: Started, By: o.By, Reason: "goes on with the deletions: " + o.Reason})
		d.enter(Deleting)
	case d.s.resting():
		if d.unapproved() {
			return
		}
		approval, sequence, last, outbox, at := d.s.Approval, d.s.Sequence, d.s.Last, d.s.Outbox, d.s.Clock
		d.s = New().clone()
		d.s.Approval, d.s.PlanSHA256, d.s.Sequence, d.s.Last, d.s.Outbox, d.s.Clock = approval, d.p.PlanSHA256, sequence, last, outbox, at
		d.tell(Event{Kind: Started, By: o.By, Reason: o.Reason})
		d.enter(Gate)
	}
}

// unapproved refuses what nobody has approved.
func (d *decider) unapproved() bool {
	if err := d.approved(); err != nil {
		d.refuse("%v", err)
		return true
	}
	return false
}

// abort turns round, or stops where there is no way back.
func (d *decider) abort(o *Order) {
	switch {
	case d.s.Step == Aborting && len(d.s.Astray) > 0:
		d.without(o)
		return
	case d.s.Step == Aborting || d.s.Step == Aborted || d.s.Step == Stopped:
		return // said twice
	case d.s.resting():
		d.refuse("nothing is under way: it is %s", d.s.Step)
		return
	case d.s.Step.at() > Deleting.at():
		d.refuse("everything that was planned is gone already; `status` says how each is restored by hand")
		return
	case len(d.s.Gone) > 0 && d.g == nil:
		d.refuse("deletions were decided, and what is there cannot be read now: %v; nothing was changed by this order", d.l.Trouble)
		return
	}
	d.s.Hold = nil
	if len(d.s.Gone) > 0 && d.anyGone() {
		d.tell(Event{Kind: Halted, By: o.By, Reason: "aborted after the first deletion: " + o.Reason})
		d.enter(Stopped)
		return
	}
	d.tell(Event{Kind: Reverting, By: o.By, Reason: o.Reason})
	d.s.Asked = map[string]Asked{} // the way back asks anew
	d.enter(Aborting)
}
