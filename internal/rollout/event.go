package rollout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

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

// seal chains the event to the one before.
func (e Event) seal(previous string) Event {
	e.Previous, e.Hash = previous, ""
	text, _ := json.Marshal(e) // strings, numbers and times: it cannot fail
	sum := sha256.Sum256(text)
	e.Hash = hex.EncodeToString(sum[:])
	return e
}

// Verify checks a log from its first event on: numbers without a gap, each
// hash that of the content, each link that of the one before.
func Verify(log []Event) error {
	previous := ""
	for i, e := range log {
		switch sealed := e.seal(e.Previous); {
		case e.Sequence != i+1:
			return fmt.Errorf("event %d stands where %d belongs: one is missing or out of place", e.Sequence, i+1)
		case e.Previous != previous:
			return fmt.Errorf("event %d does not follow the one before: its link is %.12s, not %.12s", e.Sequence, e.Previous, previous)
		case sealed.Hash != e.Hash:
			return fmt.Errorf("event %d was changed: its content has the hash %.12s, not %.12s", e.Sequence, sealed.Hash, e.Hash)
		}
		previous = e.Hash
	}
	return nil
}
