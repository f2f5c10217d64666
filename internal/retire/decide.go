package retire

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Look is what a tick saw. What could not be seen is nil, and said in Trouble.
type Look struct {
	World    *estate.World
	Evidence *Evidence
	Order    *Order
	Trouble  []string
}

// Decision is what follows from a state and a look: the state to store, what to
// do once it is stored, and what happened.
type Decision struct {
	State   State
	Actions []Action
	Events  []Event
	// Refused says why an order was not carried out; empty when it was.
	Refused string
	// Drift is what stands between the plan and the world.
	Drift []plan.Drift
}

// decider makes one decision.
type decider struct {
	p     plan.Sealed
	whole bool // whether the plan has the hash that it carries
	l     Look
	g     *estate.Graph
	ev    Evidence
	now   time.Time
	s     State
	out   Decision
}

// Decide is the state machine. It is pure: no clock, no network, no environment,
// and s is not changed. The plan is the policy: soak, hold and order stand in it,
// so that the approval covers them.
func Decide(p plan.Sealed, s State, l Look, now time.Time) Decision {
	d := decider{p: p, whole: p.Whole(), l: l, s: s.clone(), now: now}
	if now.Before(s.Clock) {
		d.now = s.Clock // another runner's clock was ahead; time only moves forward
	}
	d.s.Clock, d.s.Pending, d.s.Wait = d.now, nil, nil
	if l.World != nil {
		d.g = l.World.Graph()
	}
	if l.Evidence != nil {
		d.ev = *l.Evidence
	}
	d.order()
	switch {
	case l.Order != nil && l.Order.Kind == OrderApprove: // it is noted, and nothing is done
	case d.s.Step.between(Gate, Document):
		d.forward()
	case d.s.Step == Aborting:
		d.back()
	}
	if len(d.out.Actions) > 0 {
		d.s.Acted, d.s.Pending = d.now, d.out.Actions
	}
	d.out.State = d.s
	return d.out
}

// forward goes through as many steps as are done already, and begins the next.
func (d *decider) forward() {
	for d.s.Step != Done {
		if d.held() {
			return
		}
		if !steps[d.s.Step](d) {
			return
		}
		d.enter(Steps()[d.s.Step.at()+1])
	}
	d.tell(Event{Kind: Finished, Reason: fmt.Sprintf("the old side is retired: %s", d.p.Plan.Saved())})
}

// steps are what each step does. It returns whether the step is done.
var steps = map[Step]func(*decider) bool{
	Gate: (*decider).gate, Freezing: (*decider).freeze, Detach: (*decider).detach, Lock: (*decider).lock, Zero: (*decider).zero, Holding: (*decider).hold,
	Simple: (*decider).simple, Archived: (*decider).archive, Lifting: (*decider).lift, Deleting: (*decider).remove, Sweep: (*decider).sweep,
	Validate: (*decider).validate, Document: (*decider).document,
}

// enter ends the present step and begins another.
func (d *decider) enter(step Step) {
	if n := len(d.s.Spans); n > 0 && d.s.Spans[n-1].Done.IsZero() {
		d.s.Spans[n-1].Done = d.now
	}
	d.s.Step = step
	d.s.Spans = append(d.s.Spans, Span{Step: step, Began: d.now})
	if step == Done || step == Aborted || step == Stopped {
		d.s.Spans[len(d.s.Spans)-1].Done = d.now
	}
	d.tell(Event{Kind: Entered, Reason: says[step]})
}

// says is what a step is, for people.
var says = map[Step]string{
	Gate: "is green proved, and has it carried everything for long enough?", Freezing: "deployments to blue are frozen, and what is needed to restore it is saved",
	Detach: "blue's record goes; clients forget it, and its load balancer falls silent", Lock: "scaling is locked, so that nothing brings tasks back",
	Zero: "the service goes to zero tasks", Holding: "blue is kept, ready to return with one command", Simple: "green's record becomes a simple one",
	Archived: "the images go to S3, and are verified there", Lifting: "protections are taken away", Deleting: "what was planned is deleted, one by one",
	Sweep: "is anything left?", Validate: "does every endpoint answer, and do no more requests fail than before?", Document: "the documents are changed",
	Done: "everything that was planned is gone", Aborting: "everything goes back, in reverse order", Aborted: "everything is as it was", Stopped: "nothing more is deleted",
}

// tell adds an event.
func (d *decider) tell(e Event) {
	d.s.Sequence++
	e.Sequence, e.At, e.Step, e.Plan = d.s.Sequence, d.now.UTC(), cmp.Or(e.Step, d.s.Step), d.s.PlanSHA256
	e = e.seal(d.s.Last)
	d.s.Last = e.Hash
	d.s.Outbox = append(d.s.Outbox, e)
	d.out.Events = append(d.out.Events, e)
}

// pause is how long the n-th request is given to show, before it is made again.
func pause(n int) time.Duration { return min(30*time.Second<<max(0, min(n-1, 5)), 15*time.Minute) }

// stuck is how often something is asked for before a person is called. It is
// asked for further on.
const stuck = 6

// do asks for an action, unless it was asked for a moment ago.
func (d *decider) do(a Action) {
	key := string(a.Verb) + " " + a.ARN
	asked := d.s.Asked[key]
	if again := asked.At.Add(pause(asked.Count)); asked.Count > 0 && d.now.Before(again) {
		d.wait(again, "%s of %s was asked for at %s; the world does not show it yet", a.Verb, a.ARN, clock(asked.At))
		return
	}
	asked.Count, asked.At = asked.Count+1, d.now
	d.s.Asked[key] = asked
	d.out.Actions = append(d.out.Actions, a)
	d.wait(d.now.Add(pause(asked.Count)), "%s of %s is asked for", a.Verb, a.ARN)
	if asked.Count == 1 {
		d.tell(Event{Kind: Requested, Verb: a.Verb, ARN: a.ARN, Reason: says[d.s.Step]})
	}
	if asked.Count == stuck {
		d.tell(Event{Kind: Paged, Verb: a.Verb, ARN: a.ARN, Reason: fmt.Sprintf("was asked for %d times since %s and is not done", stuck, clock(d.s.span().Began))})
	}
}

// done notes that the world shows what was asked for, so that it may be asked
// for anew one day.
func (d *decider) done(verb Verb, arn string) {
	key := string(verb) + " " + arn
	if d.s.Asked[key].Count > 0 {
		d.tell(Event{Kind: Seen, Verb: verb, ARN: arn, Reason: "the world shows it"})
		delete(d.s.Asked, key)
	}
}

// span is the present step's.
func (s State) span() Span {
	if len(s.Spans) == 0 {
		return Span{}
	}
	return s.Spans[len(s.Spans)-1]
}

// wait says what the step waits for. The first word stands.
func (d *decider) wait(until time.Time, format string, args ...any) bool {
	if d.s.Wait == nil {
		d.s.Wait = &Wait{What: fmt.Sprintf(format, args...), Until: until}
	}
	return false
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// item finds a thing in the world.
func (d *decider) item(arn string) (estate.Item, bool) {
	if d.g == nil {
		return estate.Item{}, false
	}
	return d.g.Item(arn)
}

// anyGone says whether something of the plan is gone, or on its way.
func (d *decider) anyGone() bool {
	return slices.ContainsFunc(d.p.Plan.Targets, func(t plan.Target) bool {
		item, there := d.item(t.ARN)
		return !there || d.s.Gone[t.ARN] && (item.State == "DRAINING" || item.State == "DELETE_IN_PROGRESS" || item.State == "DELETE_FAILED")
	})
}
