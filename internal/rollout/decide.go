package rollout

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// Observation is what a tick saw of the world. What could not be seen is nil
// or missing, and said in Trouble.
type Observation struct {
	Now time.Time
	// Weights that the record has; nil when they could not be read.
	Weights *Split
	// Minutes measured since the ledger's Through, in their order.
	Minutes []judge.Minute
	// GreenUp is the state of green's health check; nil when unknown.
	GreenUp *bool
	// Probe of blue's direct name in this tick; nil when there was none.
	Probe *judge.Probe
	// Trouble says what could not be observed, for the log.
	Trouble []string
	// Order is a person's; nil for a plain tick.
	Order *Order
	// Record asks for samples, from which reports are drawn.
	Record bool
}

// Action is what a decision does to the traffic.
type Action string

// The actions. Wait and Keep change nothing; Keep is a hold.
const (
	Wait    Action = "wait"
	Keep    Action = "hold"
	Promote Action = "promote"
	Return  Action = "rollback"
)

// Decision is what follows from a state and an observation. It is a value: the
// state to store, and what happened. What must be done to the world follows
// from the state alone (see [State.Correction]), so that whoever reads it
// after a kill does the same.
type Decision struct {
	State   State
	Action  Action
	Events  []Event
	Samples []Sample
	// Assessment of the evidence; empty while nothing is judged.
	Assessment judge.Assessment
	// Refused says why a person's order was not carried out; empty when it was.
	Refused string
}

// newest is how old a minute must be before it is judged: CloudWatch needs two
// minutes to complete it.
const newest = 2 * time.Minute

// fresh is how old the newest data may be when traffic is promoted.
const fresh = 4 * time.Minute

// echo is how long green's health check may still show the verdict of the
// attempt before. While it does, DNS sends nobody to green.
const echo = 5 * time.Minute

// Decide is the state machine. It is pure: no clock, no network, no
// environment, and s is not changed.
func Decide(p Policy, s State, o Observation) Decision {
	d := decider{p: p, o: o, s: s.clone(), out: Decision{Action: Wait}}
	d.now = o.Now
	if d.now.Before(s.Clock) {
		d.now = s.Clock // another runner's clock was ahead; time only moves forward
	}
	d.s.Clock = d.now
	if s.Step != Complete {
		d.notice()
		d.learn()
	}
	d.order()
	d.judge()
	d.back()
	d.out.State = d.s
	return d.out
}

// decider is one decision in the making.
type decider struct {
	p   Policy
	o   Observation
	s   State
	now time.Time
	out Decision
}

// tell adds an event to the log.
func (d *decider) tell(kind Kind, reason string, by string) {
	d.s.Sequence++
	e := Event{Sequence: d.s.Sequence, At: d.now.UTC(), Kind: kind, Phase: d.s.Phase + 1, Weight: d.s.Weight, Reason: reason, By: by}
	if b := d.out.Assessment.Breach; b != nil && (kind == FellBack || kind == Held || kind == Paged) {
		e.Attribution = b.Attribution
	}
	e = e.seal(d.s.Last)
	d.s.Last = e.Hash
	d.s.Outbox = append(d.s.Outbox, e)
	d.out.Events = append(d.out.Events, e)
}

// notice takes in what the record and the health check say.
func (d *decider) notice() {
	if d.o.GreenUp != nil && d.s.Active() {
		switch {
		case *d.o.GreenUp:
			d.s.Down = 0
		case d.s.Attempt == 1 || d.s.Phase > 0 || d.now.Sub(d.s.Risen) >= echo:
			d.s.Down++
		}
	}
	if d.o.Probe != nil {
		d.s.Probes = last(append(d.s.Probes, *d.o.Probe), 5)
	}
	if d.o.Weights == nil {
		return
	}
	stands := d.o.Weights.Is(d.s.Weight)
	switch {
	case d.s.Step == Shifting && stands:
		d.s.Step = Settling
		d.tell(Shifted, fmt.Sprintf("the record gives green %s", d.s.Weight), "")
	case d.s.Step == RollingBack && stands && d.s.Rollback.Shifted.IsZero():
		d.s.Rollback.Shifted = d.now
		d.tell(Shifted, "the record gives blue everything", "")
	case d.s.Active() && (d.s.Step != Shifting || d.s.Phase > 0) && d.o.Weights.Green == 0:
		// Before the first shift green has nothing; in a later one, somebody
		// took away what it had, maybe a rollback that no store could keep.
		d.rollBack("somebody else has set green's weight to 0", judge.None, time.Time{}, "")
	case !stands && d.s.Step != Shifting && d.s.Step != Ready && d.s.Step != RollingBack:
		if _, wrong := d.s.Correction(d.o.Weights); wrong {
			d.tell(Corrected, fmt.Sprintf("the record gave green %d to %d, more than %s: taken back", d.o.Weights.Green, d.o.Weights.Blue, d.s.Weight), "")
		}
	}
}

// learn takes complete minutes into the evidence, each once and in order.
func (d *decider) learn() {
	if d.s.Ledger == nil {
		return
	}
	minutes := d.complete()
	for _, m := range minutes {
		if !m.End().After(d.s.Ledger.Through) {
			continue
		}
		d.share(m)
		if d.s.Step == RolledBack {
			d.s.Ledger.Through = m.End()
			continue
		}
		delivered, _, _ := d.delivered()
		proves := d.p.Trace || d.s.Step != Shifting && !d.s.Settled.IsZero() && !m.Start.Before(d.s.Settled) && delivered
		d.s.Ledger.Take(d.p.Rules, m, proves)
		if d.o.Record {
			d.out.Samples = append(d.out.Samples, d.sample(m))
		}
	}
}

// complete returns the minutes that may be judged, in their order whatever the
// metrics say: taken in another, the later one would hide the earlier. A minute
// without green's figures at the end of the row may be late rather than empty:
// it is waited for, as long as patience lasts.
func (d *decider) complete() []judge.Minute {
	minutes := slices.DeleteFunc(slices.Clone(d.o.Minutes), func(m judge.Minute) bool { return d.now.Sub(m.End()) < newest })
	slices.SortStableFunc(minutes, func(a, b judge.Minute) int { return a.Start.Compare(b.Start) })
	for n := len(minutes); n > 0 && d.s.Weight > 0; n = len(minutes) {
		m := minutes[n-1]
		if m.Green.Present && m.Green.Requests > 0 || d.now.Sub(m.End()) > judge.Patience {
			break
		}
		minutes = minutes[:n-1]
	}
	return minutes
}

// judge draws the consequences of the evidence.
func (d *decider) judge() {
	if !d.s.Active() {
		return
	}
	d.settle()
	d.out.Assessment = d.s.Ledger.Assess(d.p.Rules, judge.Situation{
		Now: d.now, Risen: d.s.Risen, Probes: d.s.Probes, BlueIdle: d.blueIdle(), GreenRate: d.greenRate(),
	})
	a := d.out.Assessment
	if d.breached(a) {
		return
	}
	if d.s.Ledger.Over() && a.Breach == nil && len(a.Restless) == 0 {
		// Twice as long each time, so that α is not used up by waiting.
		d.s.Ledger.Reopen(d.p.Rules, 2*d.s.Ledger.Length)
		d.tell(EpochOpened, fmt.Sprintf("epoch %d of %d minutes", d.s.Ledger.Epoch, d.s.Ledger.Length), "")
	}
	hold := d.obstacle(a)
	if hold == nil && d.due() {
		hold = d.promote(a)
	}
	d.hold(hold)
}

// breached acts on a broken limit. It reports whether that decided the tick.
func (d *decider) breached(a judge.Assessment) bool {
	b := a.Breach
	if d.s.Down >= 2 {
		b = &judge.Breach{Attribution: judge.Green, Found: d.now, Hard: true, Reason: "green's health check is down"}
		d.out.Assessment.Breach = b
	}
	if b == nil {
		return d.over(a)
	}
	switch {
	case b.Attribution == judge.Unclear:
		d.hold(&Hold{Kind: HoldUnclear, Reason: b.Reason})
	case b.Attribution == judge.Shared && d.p.When.SharedFault == "hold":
		d.hold(&Hold{Kind: HoldShared, Reason: b.Reason, Paged: true})
	case b.Attribution == judge.Green && !b.Hard && d.p.When.Fail == "hold" && !d.expired():
		d.hold(&Hold{Kind: HoldBroken, Reason: b.Reason, Paged: true})
	default:
		reason := b.Reason
		if d.expired() {
			reason = fmt.Sprintf("nobody decided within %s: %s", d.p.DecisionTime, reason)
		}
		d.rollBack(reason, b.Attribution, b.Began, "")
	}
	return true
}

// over acts on a limit that was broken and no longer is. It reports whether
// promotion stays frozen.
func (d *decider) over(a judge.Assessment) bool {
	h := d.s.Hold
	switch {
	case !h.limit():
		return false
	case h.Kind == HoldBroken || !a.Recovered:
		d.out.Action = Keep // a person, or the next minutes, say whether to go on
		return true
	}
	d.tell(Recovered, "green keeps its limits again; its evidence starts anew", "")
	d.s.Ledger.Reopen(d.p.Rules, d.s.Ledger.Length)
	d.s.Ledger.Forget() // such a time proves nothing
	return false
}

// expired says that users were on a broken green for as long as they may be.
func (d *decider) expired() bool {
	h := d.s.Hold
	return h != nil && h.Kind == HoldBroken && d.now.Sub(h.Since) >= d.p.DecisionTime
}

// due says whether the phase's time is up.
func (d *decider) due() bool {
	if d.s.Step != Watching {
		return false
	}
	return !d.now.Before(d.s.Settled.Add(d.p.Phases[d.s.Phase].Hold.Std()))
}

// promote moves on if everything is proved, or says what it waits for.
func (d *decider) promote(a judge.Assessment) *Hold {
	if open := d.s.Ledger.Unproved(d.p.Rules); len(open) > 0 || len(a.Restless) > 0 {
		reason := strings.Join(append(open, a.Restless...), "; ")
		if d.p.When.Inconclusive == "rollback" {
			d.rollBack("inconclusive at the end of the phase: "+reason, judge.None, time.Time{}, "")
			return nil
		}
		return &Hold{Kind: HoldInconclusive, Reason: reason}
	}
	if d.s.Down > 0 || d.now.Sub(d.s.Ledger.Green) >= fresh || d.s.Weight < full && !d.p.Trace && d.now.Sub(d.s.Ledger.Blue) >= fresh {
		return d.s.Hold // the next minute will tell; missing data is a hold of its own, a check that stays down a breach
	}
	next := d.s.Phase + 1
	if next < len(d.p.Phases) && d.p.Phases[next].Approval == "required" && d.s.Approved <= next {
		return &Hold{Kind: HoldApproval, Reason: fmt.Sprintf("phase %d (%s) waits for a person's approval; the watch goes on", next+1, d.p.Phases[next].Weight)}
	}
	d.advance("every objective is proved", "")
	return nil
}

func last[T any](list []T, n int) []T { return list[max(len(list)-n, 0):] }
