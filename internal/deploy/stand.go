package deploy

import (
	"context"
	"errors"
	"time"
)

// Stand is how a stage stands by the state bucket.
type Stand struct {
	// Update is the last one, nil if there was none.
	Update *Update
	// Clean says that it came to its end, Pulumi too, and nothing failed; What
	// says in a sentence how it ended.
	Clean bool
	What  string
	Lock  *Lock
	// State is the stage's state document, nil if there is none.
	State []byte
}

// Stand reads how the stage stands.
func (t Target) Stand(ctx context.Context, s Store) (Stand, error) {
	var at Stand
	last, updated, err := t.Last(ctx, s)
	if err != nil {
		return at, err
	}
	if updated {
		events, err := t.Events(ctx, s, last.ID)
		if err != nil {
			return at, err
		}
		at.Update, at.What = &last, Describe(last, events)
		at.Clean = last.Completed() && len(last.Errors) == 0 && events != nil && events.Finished && !events.Corrupt && events.Failures() == 0
	}
	if at.Lock, err = t.ReadLock(ctx, s); err != nil {
		return at, err
	}
	o, err := s.Get(ctx, t.StateKey(), mostState)
	if errors.Is(err, ErrNoObject) {
		return at, nil
	}
	at.State = o.Text
	return at, err
}

// Began is when an update began, by the clock of the machine that made it.
func (u Update) Began() time.Time {
	if u.TimeStarted.IsZero() {
		at, _ := IDTime(u.ID)
		return at
	}
	return u.TimeStarted
}
