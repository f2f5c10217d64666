package retire

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// The ports: what the shell needs of the world. Every call is bounded in time by
// its implementation, retried there, and safe to repeat.

// Surveyor looks at everything that the scope names and whatever refers to it.
type Surveyor interface {
	// Look reads anew; nothing may come from an earlier look. What could not be
	// read stands in the world's Unread, never as absent.
	Look(ctx context.Context) (estate.World, error)
}

// Witness reads what a graph of things does not show.
type Witness interface {
	Look(ctx context.Context, now time.Time) (Evidence, error)
}

// Hands do one thing to one thing. What comes back decides nothing but the words
// of a trouble: whether it is done shows the next look.
type Hands interface {
	// Do is idempotent: what is done already is no error. Where the action has a
	// print it reads the thing once more, and refuses if the print differs.
	Do(ctx context.Context, a Action) error
}

// Store keeps the state: one document, written only where nobody else has
// written since it was read.
type Store interface {
	// Load returns the state and its version; ErrNone when there is none.
	Load(ctx context.Context) (State, Version, error)
	// Save writes the state if version is still the stored one, else it
	// returns ErrConflict.
	Save(ctx context.Context, s State, version Version) (Version, error)
}

// Version names one stored document; empty is none.
type Version string

// Log is where events go. Append is idempotent by the event's number.
type Log interface {
	Append(ctx context.Context, events []Event) error
}

// Teller tells people. It may be told the same event twice, and says it once.
type Teller interface {
	Tell(ctx context.Context, events []Event) error
}

// What a store says.
var (
	ErrNone     = errors.New("no retirement has begun")
	ErrConflict = errors.New("somebody else has written the state since it was read")
)
