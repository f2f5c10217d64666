package retire

import (
	"time"

	"github.com/cutover-dev/cutover/internal/chain"
)

// Kind of an event.
type Kind string

// The kinds.
const (
	Approved  Kind = "approved"
	Started   Kind = "started"
	Entered   Kind = "entered"   // a step begins
	Requested Kind = "requested" // an action is decided, and carried out after it is written here
	Seen      Kind = "seen"      // the world shows that it is done
	Held      Kind = "held"
	Released  Kind = "released"
	Paged     Kind = "paged" // a person is called
	Reverting Kind = "aborting"
	Reverted  Kind = "aborted"
	Halted    Kind = "stopped"
	Finished  Kind = "done"
)

// Event is one entry of the log. Each carries the hash of the one before, so
// that none can be changed or taken out unseen.
type Event struct {
	Sequence int       `json:"sequence"`
	At       time.Time `json:"at"`
	Kind     Kind      `json:"kind"`
	Step     Step      `json:"step"`
	Verb     Verb      `json:"verb,omitempty"`
	ARN      string    `json:"arn,omitempty"`
	Reason   string    `json:"reason"`
	By       string    `json:"by,omitempty"`
	Plan     string    `json:"plan_sha256,omitempty"`
	Previous string    `json:"previous"`
	Hash     string    `json:"hash"`
}

// Link implements chain.Entry.
func (e Event) Link() chain.Link {
	return chain.Link{Sequence: e.Sequence, Previous: e.Previous, Hash: e.Hash}
}

// Linked implements chain.Entry.
func (e Event) Linked(l chain.Link) Event {
	e.Sequence, e.Previous, e.Hash = l.Sequence, l.Previous, l.Hash
	return e
}

// seal chains the event to the one before.
func (e Event) seal(previous string) Event { return chain.Seal(e, previous) }

// Verify checks a log from its first event on: none was changed, none is missing.
func Verify(log []Event) error { return chain.Verify(log) }
