package notice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Board is where people are told. Thread is what a board needs to go on: the
// place of its message, or the number of its deployment; empty at first. Saying
// the same notice again should change nothing, as far as the board can look.
type Board interface {
	Say(ctx context.Context, thread string, n Notice) (next string, err error)
}

// Memory keeps what a board was told.
type Memory interface {
	// Recall returns the zero Told and no version where nothing was told yet.
	Recall(ctx context.Context) (Told, rollout.Version, error)
	// Remember writes it if version is still the stored one, else it returns
	// rollout.ErrConflict.
	Remember(ctx context.Context, t Told, version rollout.Version) (rollout.Version, error)
}

// Told is what is remembered of a board.
type Told struct {
	Format int `json:"format"`
	// Sequence is the number of the last event that was told.
	Sequence int    `json:"sequence"`
	Thread   string `json:"thread"`
	// First is the hash of event 1, where that was told: another event 1 means
	// that the log was begun anew.
	First string `json:"first,omitempty"`
	// Teller is who tells at present, Until when its turn is over.
	Teller string    `json:"teller,omitempty"`
	Until  time.Time `json:"until"`
}

// Once tells a board each event once. Whoever tells takes its turn in the
// memory first, so that of two ticks at once one tells. A turn ends by itself:
// what a killed tick had under way is told again, since a call that nobody
// hears is worse than one that is heard twice.
type Once struct {
	Facts  Facts
	Board  Board
	Memory Memory
	// Name tells this teller from all others.
	Name string
	Now  func() time.Time
}

var _ rollout.Teller = Once{}

// turn is how long telling may take before somebody else does it.
const turn = 2 * time.Minute

// turns bounds how often the memory is read again because it has changed.
const turns = 4

// Tell implements rollout.Teller.
func (o Once) Tell(ctx context.Context, events []rollout.Event) error {
	for range turns {
		told, version, err := o.Memory.Recall(ctx)
		if err != nil {
			return err
		}
		if len(events) > 0 && events[0].Sequence == 1 && told.First != "" && told.First != events[0].Hash {
			told = Told{Teller: told.Teller, Until: told.Until}
		}
		fresh := after(told.Sequence, events)
		if len(fresh) == 0 {
			return nil
		}
		now := o.Now()
		if told.Teller != "" && told.Teller != o.Name && now.Before(told.Until) {
			return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NobodyTold}, Name: "telling people", What: fmt.Sprintf("is somebody else's turn until %s", told.Until.UTC().Format("15:04:05")), Next: "The next tick sees whether they have."}
		}
		told.Format, told.Teller, told.Until = 1, o.Name, now.Add(turn)
		version, err = o.Memory.Remember(ctx, told, version)
		if errors.Is(err, rollout.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		// Nothing is said after the turn is over, by the real time, since boards
		// wait in it.
		within, cancel := context.WithTimeout(ctx, turn)
		defer cancel()
		return o.say(within, told, version, fresh)
	}
	return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NobodyTold}, Name: "telling people", What: "was given up: others kept telling at the same time", Next: "The next tick tries again."}
}

// say tells one event after the other, and remembers each before the next, so
// that a kill repeats one at most.
func (o Once) say(ctx context.Context, told Told, version rollout.Version, events []rollout.Event) error {
	for i, e := range events {
		thread, err := o.Board.Say(ctx, told.Thread, Of(o.Facts, e))
		if err != nil {
			return errors.Join(err, o.leave(ctx, told, version))
		}
		told.Sequence, told.Thread = e.Sequence, thread
		if e.Sequence == 1 {
			told.First = e.Hash
		}
		if i == len(events)-1 {
			told.Teller, told.Until = "", time.Time{}
		}
		if version, err = o.Memory.Remember(ctx, told, version); err != nil {
			return fmt.Errorf("remembering that event %d was told: %w", e.Sequence, err)
		}
	}
	return nil
}

// leave gives the turn back, so that the next tick need not wait.
func (o Once) leave(ctx context.Context, told Told, version rollout.Version) error {
	told.Teller, told.Until = "", time.Time{}
	_, err := o.Memory.Remember(ctx, told, version)
	return err
}

func after(sequence int, events []rollout.Event) []rollout.Event {
	for i, e := range events {
		if e.Sequence > sequence {
			return events[i:]
		}
	}
	return nil
}

// All tells several: what one cannot say holds up none of the others.
type All []rollout.Teller

// Tell implements rollout.Teller.
func (a All) Tell(ctx context.Context, events []rollout.Event) error {
	var problems []error
	for _, t := range a {
		problems = append(problems, t.Tell(ctx, events))
	}
	return errors.Join(problems...)
}
