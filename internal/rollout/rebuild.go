package rollout

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Rebuilt is told when the state was lost and made again out of the log and the
// record.
const Rebuilt Kind = "rebuilt"

// unsaved is how long a rebuilding that stands in the log may be on its way to
// the store. A loss after that is another one, and told anew.
const unsaved = 5 * time.Minute

// ErrLogBroken says that the log does not prove what happened, so that nothing
// may be concluded from it.
var ErrLogBroken = errors.New("the log of this rollout does not hold together")

// Rebuild makes the state anew, out of the log and the weights that stand. What
// was known of green is lost: its evidence begins at nothing, promotion is
// frozen until a person resumes, and green never has more than the log says was
// decided, nor than it has.
//
// The event goes to the log before the state is stored: it claims the next
// number, so that of two programs that rebuild at once one gives way. Where the
// log ends with such an event of just now, the state is made from that one, and
// the event returned is it.
func Rebuild(p Policy, log []Event, stand Split, now time.Time) (State, Event, error) {
	if err := Verify(log); err != nil {
		return State{}, Event{}, broken(err)
	}
	if len(log) == 0 {
		return State{}, Event{}, &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.LogBroken}, Name: "state", What: "cannot be rebuilt: nothing was logged for this stage", Err: ErrLogBroken,
			Next: "If a rollout was under way, order a rollback. If none ever began, there is nothing to rebuild.",
		}
	}
	end := log[len(log)-1]
	if now.Before(end.At) {
		now = end.At // time only moves forward
	}
	r := read(log)
	if r.weight < 0 || r.weight > full {
		return State{}, Event{}, broken(fmt.Errorf("its last weight is %s", r.weight))
	}
	if _, _, ok := Weights(r.weight); !ok {
		return State{}, Event{}, broken(fmt.Errorf("its last weight, %s, is none that Route 53 can give", r.weight))
	}
	if end.Kind == Rebuilt && now.Sub(end.At) < unsaved {
		// By its own time, so that whoever rebuilds from it comes to the same.
		s := r.state(p, stand, end.At)
		if Agrees(s, log) == nil {
			s.Outbox = untold(log)
			return s, end, nil
		}
	}
	s := r.state(p, stand, now)
	s.Sequence++
	e := Event{Sequence: s.Sequence, At: now.UTC(), Kind: Rebuilt, Phase: s.Phase + 1, Weight: s.Weight, Reason: s.summary(stand)}.seal(s.Last)
	s.Last, s.Outbox = e.Hash, append(untold(log), e)
	return s, e, nil
}

// untold are the events that people may not have been told of: which those
// are stood in the state that is lost. Whoever tells knows what was said.
func untold(log []Event) []Event { return slices.Clone(log[max(len(log)-16, 0):]) }

func broken(err error) error {
	return &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.LogBroken}, Name: "log", What: "does not hold together, so nothing can be concluded from it: " + err.Error(), Err: ErrLogBroken,
		Next: "Only a rollback is carried out. Bring the object back from the bucket's versions, or roll back and begin in a new place.",
	}
}

// summary says what a person who reads the log must know.
func (s State) summary(stand Split) string {
	text := fmt.Sprintf("the state was lost or changed by hand; rebuilt from %d events and the record, which has %d for green and %d for blue: ", s.Sequence-1, stand.Green, stand.Blue)
	switch s.Step {
	case RollingBack, RolledBack:
		return text + "blue has, or gets, everything"
	case Complete:
		return text + "the rollout is complete"
	}
	return text + fmt.Sprintf("green keeps %s, its evidence starts anew, and promotion waits for a person to resume", s.Weight)
}

// reading is what a log says about where its rollout stands.
type reading struct {
	step    Step
	phase   int // index; -1 before the first start
	weight  unit.Percent
	attempt int
	epochs  int // at most so many were opened
	back    *Rollback
	last    Event
	// before is the phase that a shift comes from, and its weight.
	before struct {
		phase  int
		weight unit.Percent
	}
}

// read follows the log, which holds together, event by event.
func read(log []Event) reading {
	r := reading{step: Ready, phase: -1}
	for _, e := range log {
		was := r
		switch e.Kind {
		case Started:
			r.attempt++
			r.step, r.back = Shifting, nil
			r.before.phase, r.before.weight = -1, 0
			r.epochs++
		case Promoted:
			r.step = Shifting
			r.before.phase, r.before.weight = was.phase, was.weight
			r.epochs++
		case EpochOpened, Recovered, Ordered, Rebuilt:
			r.epochs++ // an order may open one: counting one too many spends less of α
		case Settled:
			r.step = Watching
		case Soaked:
			r.step = Soaking
		case Completed:
			r.step = Complete
		}
		r.follow(e)
		r.phase, r.weight, r.last = e.Phase-1, e.Weight, e
	}
	return r
}

// follow takes in an event that is about the way to the record or back. One
// that rebuilt the state stands for what it found.
func (r *reading) follow(e Event) {
	switch {
	case e.Kind == FellBack || e.Kind == Rebuilt && e.Weight == 0 && r.step != RollingBack && r.step != RolledBack:
		r.step = RollingBack
		r.back = &Rollback{Reason: e.Reason, Attribution: e.Attribution, From: r.weight, Decided: e.At}
	case e.Kind == Rebuilt && r.step == Shifting:
		r.step = Settling
	case e.Kind == Shifted && r.back == nil:
		r.step = Settling
	case e.Kind == Shifted:
		r.back.Shifted = e.At
	case e.Kind == Confirmed && r.back != nil:
		r.back.Confirmed = e.At
	}
	if r.back != nil && !r.back.Shifted.IsZero() && !r.back.Confirmed.IsZero() {
		r.step = RolledBack
	}
}

// state is the one to go on with.
func (r reading) state(p Policy, stand Split, now time.Time) State {
	s := State{
		Format: 1, Step: r.step, Phase: r.phase, Weight: r.weight, Attempt: r.attempt, Clock: now,
		Sequence: r.last.Sequence, Last: r.last.Hash, Rollback: r.back,
	}
	active := s.Active()
	if s.Step == Shifting && r.before.weight > 0 && stand.Is(r.before.weight) {
		// The promotion was decided and not carried out: it is taken back, since
		// what it was decided on is lost.
		s.Phase, s.Weight = r.before.phase, r.before.weight
	}
	if active && stand.Green == 0 && stand.Blue > 0 {
		// Nothing was shifted yet, or somebody gave blue everything, maybe by a
		// rollback that no store could keep.
		s.Rollback = &Rollback{Reason: "the state was lost while green had no weight", From: s.Weight, Decided: now}
		s.Step, s.Weight = RollingBack, 0
	}
	// Where the policy is another one now, nothing is promoted by it.
	if d := (decider{p: p, s: s}); s.Weight == 0 || d.fits() {
		s.Digest = p.Digest
	}
	switch s.Step {
	case Shifting, Settling, Watching:
		s.Step = Settling // the phase's time begins anew
	case Ready, Complete:
		return s
	}
	epoch := r.epochs
	if r.last.Kind != Rebuilt || !r.last.At.Equal(now) {
		epoch++
	}
	s.rest(p, now, epoch)
	return s
}

// rest gives the state a ledger without evidence, and a hold where green has
// traffic.
func (s *State) rest(p Policy, now time.Time, epoch int) {
	from, length := now, 24*60
	if s.Rollback != nil && !s.Active() {
		from = s.Rollback.Decided // the minutes since then show whether blue has the traffic
	} else if s.Step != Soaking && s.Phase >= 0 && s.Phase < len(p.Phases) {
		length = p.Phases[s.Phase].minutes()
	}
	ledger := judge.Open(p.Rules, epoch, length, from, nil)
	s.Ledger = &ledger
	if !s.Active() {
		return
	}
	s.Risen = now
	if s.Step == Soaking {
		s.Settled = now
	}
	s.Approved = s.Phase + 1
	s.Paused = true
	s.Hold = &Hold{Kind: HoldPaused, Since: now, Reason: "the state was rebuilt; resume goes on once a person has looked"}
}
