package rollout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// ErrUnreadable says that a document stands where the state belongs, and is
// none. A store returns it with the document's version, so that it can be put
// aside and replaced. One that a newer program may have written is no such
// document: it is refused, and stays.
var ErrUnreadable = errors.New("the state cannot be read")

// History reads the log back.
type History interface {
	// Events returns all of the log, in its order. What does not hold together
	// is ErrLogBroken.
	Events(ctx context.Context) ([]Event, error)
	// Tail returns the last events, at most so many.
	Tail(ctx context.Context, most int) ([]Event, error)
}

// Salvage keeps what stands where the state belongs, before it is replaced.
type Salvage interface {
	SetAside(ctx context.Context, version Version) error
}

// Mended says what became of a state that did not agree with the log.
type Mended struct {
	// Why is empty where nothing was wrong.
	Why string
	// Event that tells of it; zero where nothing was wrong.
	Event Event
	// Stands says that a state could be read, whatever the log says.
	Stands bool
}

// Mend looks whether the stored state is the one that the log leads to, and
// rebuilds it where it is lost, damaged, changed by hand or an older one. It
// changes no weights; promotion waits for a person afterwards.
func (sh Shell) Mend(ctx context.Context, history History, salvage Salvage, now time.Time) (Mended, error) {
	for range conflicts {
		state, version, err := sh.Store.Load(ctx)
		why := ""
		switch {
		case errors.Is(err, ErrUnreadable):
			why = "it cannot be read"
		case errors.Is(err, ErrNone):
			why = "it is gone"
		case err != nil:
			return Mended{}, err
		}
		tail, tailErr := history.Tail(ctx, 1)
		if tailErr != nil && (err == nil || !errors.Is(tailErr, ErrLogBroken)) {
			return Mended{Why: why, Stands: err == nil}, tailErr
		}
		switch {
		case tailErr != nil:
			// Whoever reads all of it says what is wrong.
		case err == nil && len(tail) == 0 && state.Sequence > len(state.Outbox):
			// Nothing can be rebuilt out of nothing, and the state stands: green is
			// judged on by it, and gets no more.
			return Mended{Stands: true}, fmt.Errorf("%w: it is gone, and %d events were written", ErrLogBroken, state.Sequence-len(state.Outbox))
		case err == nil:
			disagrees := Agrees(state, tail)
			if disagrees == nil {
				return Mended{}, nil
			}
			why = disagrees.Error()
		case errors.Is(err, ErrNone) && len(tail) == 0:
			return Mended{}, nil // nothing has begun
		}
		found := Mended{Why: why, Stands: err == nil}
		if moved, err := sh.moved(ctx, version); err != nil {
			return found, err
		} else if moved {
			continue // somebody wrote between the two reads
		}
		found.Event, err = sh.rebuild(ctx, history, salvage, version, now)
		if errors.Is(err, ErrConflict) {
			continue
		}
		return found, err
	}
	return Mended{}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateConflict}, Name: "state", What: "was changed by others while it was rebuilt", Next: "The next tick looks again."}
}

// moved says whether the state is another one by now.
func (sh Shell) moved(ctx context.Context, version Version) (bool, error) {
	_, now, err := sh.Store.Load(ctx)
	if err != nil && !errors.Is(err, ErrNone) && !errors.Is(err, ErrUnreadable) {
		return false, err
	}
	return now != version, nil
}

func (sh Shell) rebuild(ctx context.Context, history History, salvage Salvage, version Version, now time.Time) (Event, error) {
	log, err := history.Events(ctx)
	if err != nil {
		return Event{}, err
	}
	stand, err := sh.Record.Weights(ctx)
	if err != nil {
		return Event{}, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.StateUnread}, Name: "state", What: "cannot be rebuilt while the record's weights cannot be read", Err: err, Next: "The next tick tries again."}
	}
	state, event, err := Rebuild(sh.Policy, log, stand, now)
	if err != nil {
		return Event{}, err
	}
	if version != "" {
		if err := salvage.SetAside(ctx, version); err != nil {
			return Event{}, fmt.Errorf("what stands where the state belongs could not be kept, so it was not replaced: %w", err)
		}
	}
	// The event first: its number is taken by one program alone.
	if err := sh.Log.Append(ctx, []Event{event}); err != nil {
		return Event{}, err
	}
	_, err = sh.Store.Save(ctx, state, version)
	return event, err
}

// MendedTick mends the state where it must, and then ticks. A state that cannot
// be mended is not acted on, but for a rollback that a person orders. A state
// that stands while its log is broken or out of reach is gone on with, since
// green must be watched; while the log is broken, nothing is promoted.
func (sh Shell) MendedTick(ctx context.Context, history History, salvage Salvage, now time.Time, order *Order) (Outcome, error) {
	mended, unmended := sh.Mend(ctx, history, salvage, now)
	if unmended != nil && (!mended.Stands || mended.Why != "") {
		if order != nil && order.Kind == OrderRollback {
			return sh.blind(ctx, unmended)
		}
		return Outcome{}, unmended
	}
	if unmended == nil && order != nil && !brakes(order) {
		// Each tick looks at the log's end; whoever goes on by an order gets all
		// of it checked.
		if _, err := history.Events(ctx); errors.Is(err, ErrLogBroken) {
			unmended = err
		}
	}
	asked := order
	if errors.Is(unmended, ErrLogBroken) {
		order = sh.freeze(ctx, order)
	}
	out, err := sh.Tick(ctx, now, order)
	if asked != nil && asked != order {
		out.Refused = fmt.Sprintf("%s is not possible while the log is broken: bring it back from the bucket's versions, or roll back", asked.Kind)
	}
	switch {
	case unmended != nil:
		out.Trouble = append(out.Trouble, fmt.Sprintf("whether the state agrees with its log: %v", unmended))
	case mended.Why != "":
		out.Trouble = append(out.Trouble, fmt.Sprintf("the state was rebuilt, because %s; promotion waits for a person to resume", mended.Why))
	}
	return out, err
}

// brakes says that an order only freezes or goes back.
func brakes(o *Order) bool { return o.Kind == OrderRollback || o.Kind == OrderPause }

// freeze pauses a rollout whose log is broken. Of a person's orders only those
// that freeze or go back are left.
func (sh Shell) freeze(ctx context.Context, order *Order) *Order {
	if order != nil && brakes(order) {
		return order
	}
	state, _, err := sh.Store.Load(ctx)
	if err != nil || state.Paused || state.Step == Soaking || !state.Active() {
		return nil
	}
	return &Order{Kind: OrderPause, By: "cutover", Reason: "the log does not hold together; bring it back from the bucket's versions, then resume"}
}
