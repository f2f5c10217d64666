package deploy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// LockSeen is a lock that was met, and what was done about it.
type LockSeen struct {
	RunID    string    `json:"run_id"`
	UpdateID string    `json:"update_id"`
	Command  string    `json:"command"`
	Created  time.Time `json:"created"`
	// Life is whether its owner lives, Why how that is known.
	Life     Life   `json:"life" jsonschema:"enum=living,enum=dead,enum=unknown"`
	Why      string `json:"why"`
	Released bool   `json:"released"`
	// URL leads to the owner's run, empty if it is unknown.
	URL string `json:"url"`

	next string
}

// Caller is who asks for a lock to be cleared.
type Caller struct {
	Run RunID
	// Runner is this runner's name, by which GitHub's list of jobs tells ours.
	Runner string
	// Children are updates that were made by processes of ours that have ended.
	Children []string
}

// Look returns the stage's lock with what is known about its owner; nil if it
// is free.
func Look(ctx context.Context, p Ports, t Target, me Caller) (*LockSeen, error) {
	l, err := t.ReadLock(ctx, p.Store)
	if err != nil || l == nil {
		return nil, err
	}
	seen, err := p.look(ctx, t, *l, me)
	return &seen, err
}

func (p Ports) look(ctx context.Context, t Target, l Lock, me Caller) (LockSeen, error) {
	seen := LockSeen{RunID: l.RunID, UpdateID: l.UpdateID, Command: l.Command, Created: l.Created, Life: Unknown}
	var o Owner
	if slices.Contains(me.Children, l.UpdateID) && l.UpdateID != "" {
		o.Child = true
	} else {
		var err error
		if o, err = p.owner(ctx, t, l, me.Run, me.Runner); err != nil {
			return seen, err
		}
	}
	d := Unlock(l, me.Run, o, t)
	seen.Life, seen.Why, seen.next, seen.URL = d.Life, d.Why, d.Next, o.URL
	return seen, nil
}

// races bounds how often a lock may change hands while it is looked at.
const races = 3

// Clear makes sure that the stage's lock is free: it releases a dead owner's and
// refuses any other. seen lists the locks that it met. The lock is read again
// right before it is removed, and removed only in the version that was read: if
// somebody else has taken it meanwhile, everything is decided anew.
//
// `sst unlock` is not used for that: it starts for seconds, then removes
// whatever lock there is by then, and it writes the record of the update over,
// with SST_RUN_ID of whoever unlocks (provider.go, ForceUnlock, PutUpdate).
func Clear(ctx context.Context, p Ports, t Target, me Caller) (seen []LockSeen, err error) {
	for range races {
		l, err := t.ReadLock(ctx, p.Store)
		if err != nil || l == nil {
			return seen, err
		}
		s, err := p.look(ctx, t, *l, me)
		if err != nil {
			return append(seen, s), err
		}
		if s.Life != Dead {
			return append(seen, s), refusal(t, s)
		}
		// Asking took a while; what is removed must be what was asked about.
		again, err := t.ReadLock(ctx, p.Store)
		if err == nil && again != nil && again.ETag == l.ETag {
			err = p.Store.Delete(ctx, t.lockKey(), again.ETag)
			s.Released = err == nil
		}
		seen = append(seen, s)
		switch {
		case errors.Is(err, ErrChanged), errors.Is(err, ErrNoObject), err == nil && !s.Released:
			p.Note("The lock changed hands while it was looked at; looking again.")
			continue
		case err != nil:
			return seen, err
		}
		p.Note("Released the lock of %s: %s.", t, s.Why)
		p.stamp(ctx, t, s)
		return seen, nil
	}
	return seen, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Locked}, Name: t.lockKey(), What: fmt.Sprintf("changed hands %d times while it was looked at", races), Next: "Run it again when the others are done."}
}

// refusal is the fault for a lock that is not released.
func refusal(t Target, s LockSeen) error {
	what := "is locked by a run that lives: "
	if s.Life == Unknown {
		what = "is locked, and nobody can tell whether its owner lives: "
	}
	since := ""
	if !s.Created.IsZero() {
		since = ", since " + clock(s.Created)
	}
	return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Locked}, Name: t.String(), What: what + s.Why + since, Next: s.next}
}

// stamp ends the record of an update whose lock was released, as `sst unlock`
// does, but keeps whose it was. A record that cannot be ended is worth a note
// and no failure: nothing depends on it.
func (p Ports) stamp(ctx context.Context, t Target, s LockSeen) {
	if s.UpdateID == "" {
		return
	}
	key := t.updateKey(s.UpdateID)
	o, err := p.Store.Get(ctx, key, mostRecord)
	if err != nil {
		if !errors.Is(err, ErrNoObject) {
			p.Note("The record of the update %s could not be ended: %v", s.UpdateID, err)
		}
		return
	}
	// A map keeps what later versions of SST may add.
	var record map[string]any
	if err := one(o.Text, &record); err != nil || record["timeCompleted"] != nil {
		return // it was ended, only the lock was left
	}
	record["timeCompleted"] = p.Clock.Now().UTC().Format(time.RFC3339)
	record["errors"] = []UpdateError{{Message: "Update did not complete; cutover released its lock: " + s.Why}}
	text, err := json.Marshal(record)
	if err == nil {
		err = p.Store.Put(ctx, key, text, o.ETag)
	}
	if err != nil && !errors.Is(err, ErrChanged) {
		p.Note("The record of the update %s could not be ended: %v", s.UpdateID, err)
	}
}
