package rollout

import (
	"time"

	"github.com/cutover-dev/cutover/internal/chain"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Kind of an event.
type Kind string

// The kinds.
const (
	Started     Kind = "started"
	Promoted    Kind = "promoted"
	Shifted     Kind = "shifted"   // the record's weights stand
	Settled     Kind = "settled"   // the share shows in the traffic; the phase's time begins
	Held        Kind = "held"      // promotion is frozen
	Released    Kind = "released"  // and no longer
	Paged       Kind = "paged"     // a person is called
	Reported    Kind = "reported"  // something to know that changes nothing
	Recovered   Kind = "recovered" // a broken limit is kept again
	FellBack    Kind = "rolled_back"
	Confirmed   Kind = "confirmed" // blue has the traffic again
	Soaked      Kind = "soaking"
	Completed   Kind = "complete"
	Ordered     Kind = "ordered" // a person's order
	Corrected   Kind = "corrected"
	EpochOpened Kind = "epoch"
)

// Event is one entry of a rollout's log. Each carries the hash of the one
// before, so that none can be changed or taken out unseen.
type Event struct {
	Sequence    int               `json:"sequence"`
	At          time.Time         `json:"at"`
	Kind        Kind              `json:"kind"`
	Phase       int               `json:"phase"`
	Weight      unit.Percent      `json:"weight"` // in millionths, after the event
	Reason      string            `json:"reason"`
	Attribution judge.Attribution `json:"attribution,omitempty"`
	By          string            `json:"by,omitempty"`
	Previous    string            `json:"previous"`
	Hash        string            `json:"hash"`
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
