package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Shell carries decisions out. It holds no state of its own: each tick reads
// everything anew, so ticks may be killed, repeated and run side by side.
type Shell struct {
	Policy  Policy
	Record  Record
	Signals Signals
	Metrics Metrics
	Store   Store
	Log     Log
	Teller  Teller
	// Samples asks for samples in the outcome.
	Samples bool
}

// Outcome is what a tick did.
type Outcome struct {
	Decision
	// Acted says that weights were set.
	Acted bool
	// Trouble says what did not work and will be tried again by the next tick.
	Trouble []string
}

// conflicts bounds how often a tick decides anew because another one was
// faster. The other's decision stands; three times in a row is no chance.
const conflicts = 4

// insistence bounds it for a person's order: no tick repeats it, and a way back
// must not lose against a run that decides once a second.
const insistence = 40

func patience(order *Order) int {
	if order != nil {
		return insistence
	}
	return conflicts
}

// Tick observes, decides, stores the decision, and carries it out: in this
// order, so that a kill at any point leaves a state from which the next tick
// goes on. order is a person's, or nil. now comes from the caller.
//
// An error means that nothing was decided. What only failed to be carried out
// stands in the outcome's Trouble.
func (sh Shell) Tick(ctx context.Context, now time.Time, order *Order) (Outcome, error) {
	for range patience(order) {
		state, version, err := sh.load(ctx)
		switch {
		case err != nil && order != nil && order.Kind == OrderRollback:
			return sh.blind(ctx, err)
		case err != nil:
			return Outcome{}, err
		}
		o := sh.observe(ctx, state, now, order)
		decision := Decide(sh.Policy, state, o)
		out := Outcome{Decision: decision, Trouble: o.Trouble}
		version, err = sh.Store.Save(ctx, decision.State, version)
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case err != nil && decision.State.Step == RollingBack:
			// The way back does not wait for a store. A later tick finds the
			// weights at 0 and takes that over into the state.
			out.Trouble = append(out.Trouble, fmt.Sprintf("the rollback goes on without its state: %v", err))
			sh.apply(ctx, decision.State, o.Weights, &out)
			return out, nil
		case err != nil:
			return out, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateUnread}, Name: "state", What: "could not be stored, so nothing was changed", Err: err, Next: "The next tick decides anew."}
		}
		sh.apply(ctx, decision.State, o.Weights, &out)
		sh.again(ctx, version, &out)
		sh.publish(ctx, &out)
		return out, nil
	}
	next := "The next tick decides anew."
	if order != nil {
		next = fmt.Sprintf("Your order (%s) was not taken: give it again.", order.Kind)
	}
	return Outcome{}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateConflict}, Name: "state", What: fmt.Sprintf("was changed by somebody else %d times while this tick decided", patience(order)), Next: next}
}

// blind gives blue everything on a person's word while nobody can read where
// the rollout stands: the way back does not wait for a store. Only a blue that
// answers gets it, since it may long be retired.
func (sh Shell) blind(ctx context.Context, unread error) (Outcome, error) {
	if probe, err := sh.Signals.ProbeBlue(ctx); err != nil || probe.Sent == 0 || probe.Failed == probe.Sent {
		return Outcome{}, unread
	}
	out := Outcome{Decision: Decision{State: State{Format: 1, Step: RollingBack}, Action: Return}}
	out.Trouble = append(out.Trouble, fmt.Sprintf("the rollback goes on without its state: %v", unread))
	sh.apply(ctx, out.State, nil, &out)
	return out, nil
}

func (sh Shell) load(ctx context.Context) (State, Version, error) {
	state, version, err := sh.Store.Load(ctx)
	if errors.Is(err, ErrNone) {
		return New(sh.Policy), "", nil
	}
	if err != nil {
		return State{}, "", &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateUnread}, Name: "state", What: "could not be read", Err: err, Next: "The next tick tries again."}
	}
	return state, version, nil
}

// observe looks at everything that a decision may need. What cannot be seen is
// missing, and the decision says what follows from that.
func (sh Shell) observe(ctx context.Context, s State, now time.Time, order *Order) Observation {
	o := Observation{Now: now, Order: order, Record: sh.Samples}
	trouble := func(what string, err error) { o.Trouble = append(o.Trouble, fmt.Sprintf("%s: %v", what, err)) }
	if split, err := sh.Record.Weights(ctx); err != nil {
		trouble("the record's weights", err)
	} else {
		o.Weights = &split
	}
	if s.Ledger == nil || s.Step == Complete {
		return o
	}
	if minutes, err := sh.Metrics.Minutes(ctx, s.Ledger.Through, now); err != nil {
		trouble("the metrics", err)
	} else {
		o.Minutes = minutes
	}
	if !s.Active() {
		return o
	}
	if up, err := sh.Signals.GreenUp(ctx); err != nil {
		trouble("green's health check", err)
	} else {
		o.GreenUp = &up
	}
	if s.Weight == full {
		if probe, err := sh.Signals.ProbeBlue(ctx); err != nil {
			trouble("the probe of blue", err)
		} else {
			o.Probe = &probe
		}
	}
	return o
}

// apply makes the world what the state says. The data plane comes first: it
// works when the control plane does not.
func (sh Shell) apply(ctx context.Context, s State, stand *Split, out *Outcome) {
	if s.Step != Ready && s.Step != Complete {
		if err := sh.Signals.Verdict(ctx, s.Healthy()); err != nil {
			out.Trouble = append(out.Trouble, fmt.Sprintf("the verdict metric: %v", err))
		}
	}
	want, wrong := s.Correction(stand)
	if !wrong {
		return
	}
	if err := sh.Record.Shift(ctx, want); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("setting the weights to %d for green and %d for blue: %v", want.Green, want.Blue, err))
		return
	}
	out.Acted = true
}

// again looks whether somebody decided something newer while this tick was
// carrying its decision out, and carries that out on top: whoever comes last
// leaves the newest decision standing.
func (sh Shell) again(ctx context.Context, mine Version, out *Outcome) {
	for range conflicts {
		state, version, err := sh.Store.Load(ctx)
		if err != nil || version == mine {
			return // unreadable: the next tick corrects what must be
		}
		mine = version
		stand, err := sh.Record.Weights(ctx)
		if err != nil {
			return
		}
		sh.apply(ctx, state, &stand, out)
	}
}

// publish writes and tells the events that are not known to have arrived, and
// only then lets the state forget them.
func (sh Shell) publish(ctx context.Context, out *Outcome) {
	pending := out.State.Outbox
	if len(pending) == 0 {
		return
	}
	if err := sh.Log.Append(ctx, pending); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("the event log: %v", err))
		return
	}
	if err := sh.Teller.Tell(ctx, pending); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("telling people: %v", err))
		return
	}
	state, version, err := sh.Store.Load(ctx)
	if err != nil || state.Sequence != out.State.Sequence {
		return // somebody went on; their outbox still holds these, which is harmless
	}
	state.Outbox = nil
	if _, err := sh.Store.Save(ctx, state, version); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("clearing the outbox: %v", err))
	}
}
