package retire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Shell carries decisions out. It holds no state of its own: each tick reads
// everything anew, so ticks may be killed, repeated and run side by side.
type Shell struct {
	Plan     plan.Sealed
	World    Surveyor
	Evidence Witness
	Hands    Hands
	Store    Store
	Log      Log
	Teller   Teller
}

// Outcome is what a tick did.
type Outcome struct {
	Decision
	// Did are the actions that were carried out.
	Did []Action
	// Trouble says what did not work and will be tried again by the next tick.
	Trouble []string
}

// conflicts bounds how often a tick decides anew because another was faster.
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

// Tick looks, decides, stores the decision, and carries it out: in this order,
// so that a kill at any point leaves a state from which the next tick goes on.
// order is a person's, or nil. now comes from the caller.
//
// An error means that nothing was decided. What only failed to be carried out
// stands in the outcome's Trouble.
func (sh Shell) Tick(ctx context.Context, now time.Time, order *Order) (Outcome, error) {
	for tries := range patience(order) {
		state, version, err := sh.load(ctx)
		if err != nil {
			return Outcome{}, err
		}
		l := sh.look(ctx, state, now, order)
		out := Outcome{Decision: Decide(sh.Plan, state, l, now), Trouble: l.Trouble}
		version, err = sh.Store.Save(ctx, out.State, version)
		switch {
		case errors.Is(err, ErrConflict):
			continue
		case err != nil:
			return Outcome{Trouble: l.Trouble}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Row("retire", "unread")}, Name: "state", What: "could not be stored, so nothing was changed", Err: err, Next: "The next tick decides anew."}
		}
		if tries > 0 {
			out.Trouble = append(out.Trouble, "somebody else decided at the same time, and was faster: this was decided anew, on top of that")
		}
		sh.publish(ctx, &out, &version)
		sh.carry(ctx, version, &out)
		return out, nil
	}
	next := "The next tick decides anew."
	if order != nil {
		next = fmt.Sprintf("Your order (%s) was not taken: give it again.", order.Kind)
	}
	return Outcome{}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Row("retire", "unread")}, Name: "state", What: fmt.Sprintf("was changed by somebody else %d times while this tick decided", patience(order)), Next: next}
}

func (sh Shell) load(ctx context.Context) (State, Version, error) {
	state, version, err := sh.Store.Load(ctx)
	if errors.Is(err, ErrNone) {
		return New(), "", nil
	}
	if err == nil && state.Format != 1 {
		err = fmt.Errorf("it has format %d, and this version reads 1", state.Format)
	}
	if err != nil {
		return State{}, "", &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Row("retire", "unread")}, Name: "state", What: "could not be read", Err: err, Next: "The next tick tries again."}
	}
	return state, version, nil
}

// look sees what a decision may need. What is at rest needs no look at all.
func (sh Shell) look(ctx context.Context, s State, now time.Time, order *Order) Look {
	l := Look{Order: order}
	if order == nil && (s.resting() || s.Step == Stopped) || order != nil && order.Kind == OrderApprove {
		return l
	}
	if world, err := sh.World.Look(ctx); err != nil {
		l.Trouble = append(l.Trouble, fmt.Sprintf("what is there: %v", err))
	} else {
		l.World = &world
	}
	if evidence, err := sh.Evidence.Look(ctx, now); err != nil {
		l.Trouble = append(l.Trouble, fmt.Sprintf("the evidence: %v", err))
	} else {
		l.Evidence = &evidence
	}
	return l
}

// carry does what was decided, as long as nobody has decided anything since: an
// abort that was faster must not be met by a deletion.
func (sh Shell) carry(ctx context.Context, mine Version, out *Outcome) {
	for _, a := range out.Actions {
		if _, version, err := sh.Store.Load(ctx); err != nil || version != mine {
			out.Trouble = append(out.Trouble, fmt.Sprintf("%s of %s was left: the state is not known to be the one that was decided", a.Verb, a.ARN))
			return
		}
		if err := sh.Hands.Do(ctx, a); err != nil {
			out.Trouble = append(out.Trouble, fmt.Sprintf("%s of %s: %v", a.Verb, a.ARN, err))
			continue
		}
		out.Did = append(out.Did, a)
	}
}

// publish writes and tells the events that are not known to have arrived, and
// only then lets the state forget them. It comes before the actions: what is
// deleted stands in the log before it is deleted.
func (sh Shell) publish(ctx context.Context, out *Outcome, version *Version) {
	pending := out.State.Outbox
	if len(pending) == 0 {
		return
	}
	if err := sh.Log.Append(ctx, pending); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("the event log: %v", err))
		out.Actions = reversible(out.Actions)
		return
	}
	if err := sh.Teller.Tell(ctx, pending); err != nil {
		out.Trouble = append(out.Trouble, fmt.Sprintf("telling people: %v", err))
		return
	}
	state := out.State
	state.Outbox = nil
	next, err := sh.Store.Save(ctx, state, *version)
	if err != nil {
		if !errors.Is(err, ErrConflict) {
			out.Trouble = append(out.Trouble, fmt.Sprintf("clearing the outbox: %v", err))
		}
		return
	}
	out.State, *version = state, next
}

// reversible leaves out what has no way back: nothing is deleted that could not
// be written down before.
func reversible(actions []Action) []Action {
	var list []Action
	for _, a := range actions {
		if !a.Verb.final() {
			list = append(list, a)
		}
	}
	return list
}

// rounds bounds how many ticks one run makes.
const rounds = 200

// Run ticks until there is nothing to do but wait. The order is given once.
func (sh Shell) Run(ctx context.Context, now func() time.Time, order *Order) (Outcome, error) {
	var all Outcome
	for range rounds {
		out, err := sh.Tick(ctx, now(), order)
		out.Did, out.Trouble = append(all.Did, out.Did...), append(all.Trouble, out.Trouble...)
		out.Events = append(all.Events, out.Events...)
		if all.Refused != "" {
			out.Refused = all.Refused
		}
		before := len(all.Did)
		all, order = out, nil
		if err != nil || len(all.Did) == before || ctx.Err() != nil {
			return all, err
		}
	}
	return all, nil
}
