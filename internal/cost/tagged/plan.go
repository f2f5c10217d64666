package tagged

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Activation is what billing says of a tag's key.
type Activation string

// What billing says; a key that it does not name it has not seen yet.
const (
	Active   Activation = "Active"
	Inactive Activation = "Inactive"
)

// Backfilling is how far a backfill is.
type Backfilling string

// The states of a backfill: PROCESSING, SUCCEEDED and FAILED of the API.
const (
	Running Backfilling = "running"
	Done    Backfilling = "done"
	Failed  Backfilling = "failed"
)

// Backfill is one that was asked for.
type Backfill struct {
	From  time.Time   `json:"from"`
	Asked time.Time   `json:"asked"`
	State Backfilling `json:"state"`
}

// Billing is what the account that pays knows of the tags.
type Billing struct {
	Keys map[string]Activation `json:"keys"`
	// Linked is whether another account pays, which alone may ask and act; Payer is
	// its number, if it is known.
	Linked    bool       `json:"linked"`
	Payer     string     `json:"payer"`
	Backfills []Backfill `json:"backfills"`
}

// Action is what a step does.
type Action string

// The actions. Only Activate and Ask change anything.
const (
	// Elsewhere is for somebody of the account that pays.
	Elsewhere Action = "elsewhere"
	// Wait is a state, not a sleep: the next run looks again.
	Wait     Action = "wait"
	Activate Action = "activate"
	Ask      Action = "backfill"
	// Broken is a backfill that failed; it is not asked for again by itself.
	Broken Action = "backfill_failed"
)

// Step is one thing to do, or to wait for.
type Step struct {
	Action Action   `json:"action"`
	Keys   []string `json:"keys"`
	// From is the first of the month that a backfill begins with.
	From *time.Time `json:"from" jsonschema:"nullable"`
	// Until is when waiting should be over.
	Until *time.Time `json:"until" jsonschema:"nullable"`
	Why   string     `json:"why"`
	// Commands are what does it by hand.
	Commands []string `json:"commands"`
}

const (
	// batch is how many keys one call takes. Source: Cost Explorer API reference,
	// UpdateCostAllocationTagsStatus.
	batch = 20
	// shows is how long a key takes to be seen, and to be active. Source: AWS Billing
	// User Guide, "Activating user-defined cost allocation tags".
	shows = 24 * time.Hour
	// months is how far back a backfill goes. Source: Cost Explorer API reference,
	// StartCostAllocationTagBackfill.
	months = 12
)

// Plan says what has to be done so that billing tells costs apart by these keys.
// First is when the first resource carried them, zero if that is not known. No
// steps is that all is done; doing all steps and planning again does nothing twice.
func Plan(keys []string, b Billing, first, now time.Time) []Step {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	keys = slices.Compact(keys)
	if b.Linked {
		return elsewhere(keys, b, first, now)
	}
	var unseen, inactive []string
	for _, key := range keys {
		switch b.Keys[key] {
		case Active:
		case Inactive:
			inactive = append(inactive, key)
		default:
			unseen = append(unseen, key)
		}
	}
	steps := []Step{}
	for part := range slices.Chunk(inactive, batch) {
		steps = append(steps, Step{Action: Activate, Keys: part, Why: "billing knows them and does not tell costs apart by them yet; it takes up to a day to show", Commands: []string{activation(part)}})
	}
	if len(unseen) > 0 {
		steps = append(steps, waitFor(unseen, first, now))
	}
	// A backfill carries the state that keys have when it is asked for.
	if len(steps) == 0 && len(keys) > 0 {
		steps = append(steps, backfill(keys, b, first, now)...)
	}
	return steps
}

// waitFor waits for billing to see keys.
func waitFor(keys []string, first, now time.Time) Step {
	s := Step{Action: Wait, Keys: keys, Commands: []string{}, Why: "billing has not seen them: it does up to 24 hours after the first resource carries them"}
	switch until := first.Add(shows); {
	case first.IsZero():
		s.Why = "billing has not seen them, and no resource is known to carry them: tag the resources first"
	case now.After(until):
		s.Why = "billing has not seen them though resources carry them for more than a day: look whether the spelling is the same, and whether what carries them costs anything"
	default:
		s.Until = &until
	}
	return s
}

// backfill asks for what was spent before the keys were active, once.
func backfill(keys []string, b Billing, first, now time.Time) []Step {
	from, ok := begins(first, now)
	if !ok {
		return nil
	}
	failed := false
	for _, old := range b.Backfills {
		// One that began later than wanted was asked for by somebody who knew why, or
		// the wanted month has moved on since.
		switch old.State {
		case Done:
			return nil
		case Failed:
			failed = true
		default:
			until := old.Asked.Add(shows)
			return []Step{{Action: Wait, Keys: keys, Until: &until, Commands: []string{}, Why: "a backfill is under way"}}
		}
	}
	if failed {
		return []Step{{Action: Broken, Keys: keys, From: &from, Commands: []string{backfilling(from)}, Why: "a backfill has failed, and is not asked for again by itself; AWS takes one a day"}}
	}
	return []Step{{Action: Ask, Keys: keys, From: &from, Commands: []string{backfilling(from)}, Why: "months from before the keys were active are not told apart yet"}}
}

// begins is the first of the month from which on a backfill shows anything.
func begins(first, now time.Time) (time.Time, bool) {
	if first.IsZero() || first.After(now) {
		return time.Time{}, false
	}
	month := func(t time.Time) time.Time {
		t = t.UTC()
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	from := month(first)
	// The first of a month that is more than twelve months ago is refused.
	oldest := month(now.UTC()).AddDate(0, -months, 0)
	if oldest.Before(now.UTC().AddDate(0, -months, 0)) {
		oldest = oldest.AddDate(0, 1, 0)
	}
	if from.Before(oldest) {
		from = oldest
	}
	return from, true
}

// elsewhere says what somebody of the account that pays has to do.
func elsewhere(keys []string, b Billing, first, now time.Time) []Step {
	who := "the account that pays"
	if b.Payer != "" {
		who += " (" + b.Payer + ")"
	}
	if len(keys) == 0 {
		return []Step{}
	}
	s := Step{Action: Elsewhere, Keys: keys, Commands: []string{}, Why: "only " + who + " may activate keys and ask for a backfill; what it has done cannot be seen from here"}
	for part := range slices.Chunk(keys, batch) {
		s.Commands = append(s.Commands, activation(part))
	}
	if from, ok := begins(first, now); ok {
		s.From = &from
		s.Commands = append(s.Commands, backfilling(from))
	}
	return []Step{s}
}

// activation is the call that activates keys. A key with a comma or an equals sign
// would be read as more than one value, so that JSON is given.
func activation(keys []string) string {
	var entries []string
	for _, key := range keys {
		entries = append(entries, fmt.Sprintf(`{"TagKey":%q,"Status":"Active"}`, key))
	}
	return "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status=" + quoted("["+strings.Join(entries, ",")+"]")
}

func backfilling(from time.Time) string {
	return "aws ce start-cost-allocation-tag-backfill --backfill-from=" + from.Format("2006-01-02T15:04:05Z")
}

// quoted is one word of a POSIX shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
