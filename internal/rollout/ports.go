package rollout

import (
	"context"
	"errors"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// The ports: what the shell needs of the world, in the words of this room.
// Every call is bounded in time by its implementation, retried there, and safe
// to repeat.

// Record is the pair of weighted DNS records.
type Record interface {
	// Weights that stand now.
	Weights(ctx context.Context) (Split, error)
	// Shift sets both weights in one atomic change.
	Shift(ctx context.Context, to Split) error
}

// Signals are health checks: green's as it stands, and the verdict that feeds
// it, by which DNS moves clients to blue without a change of the record.
type Signals interface {
	GreenUp(ctx context.Context) (bool, error)
	Verdict(ctx context.Context, healthy bool) error
	// ProbeBlue sends a few requests to blue's direct name on a route that
	// touches the stores.
	ProbeBlue(ctx context.Context) (judge.Probe, error)
}

// Metrics are the one-minute figures of both sides.
type Metrics interface {
	// Minutes returns what is known of the minutes that begin in [from, to),
	// in their order; a missing one is left out or has its side not Present.
	Minutes(ctx context.Context, from, to time.Time) ([]judge.Minute, error)
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
	ErrNone     = errors.New("there is no rollout")
	ErrConflict = errors.New("somebody else has written the state since it was read")
)
