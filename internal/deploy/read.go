package deploy

import (
	"context"
	"errors"
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Limits of what is read, in bytes. Records hold error messages; an event log
// holds each resource's properties several times, a state once.
const (
	mostRecord = 4 << 20
	mostEvents = 256 << 20
	mostState  = 128 << 20
)

// recent is how many of the newest updates are looked at. Ids sort newest
// first by the clocks of the machines that made them, and clocks differ: so new
// ones are found by comparing with those that were there before, not by order.
const recent = 50

// ReadLock returns the stage's lock, nil if it is free. A lock that cannot be
// read is an error: it is there, and nobody knows whose.
func (t Target) ReadLock(ctx context.Context, s Store) (*Lock, error) {
	o, err := s.Get(ctx, t.lockKey(), mostRecord)
	if errors.Is(err, ErrNoObject) {
		return nil, nil // no lock is the good case and no error
	}
	if err != nil {
		return nil, err
	}
	l, held, err := ParseLock(o.Text)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Locked}, Name: t.lockKey(), What: "cannot be read, so nobody knows who holds the lock", Err: err, Next: "Make sure that nobody deploys, then type: npx sst unlock --stage " + t.Stage}
	}
	if !held {
		return nil, nil // as above
	}
	l.ETag = o.ETag
	return &l, nil
}

// known lists the ids of the newest updates.
func (t Target) known(ctx context.Context, s Store) (map[string]bool, error) {
	keys, err := s.List(ctx, t.updates(), recent)
	ids := map[string]bool{}
	for _, k := range keys {
		ids[t.idOf(k)] = true
	}
	return ids, err
}

// made returns the newest update of runID that is not among those before; nil
// if there is none.
func (t Target) made(ctx context.Context, s Store, runID, command string, before map[string]bool) (*Update, error) {
	keys, err := s.List(ctx, t.updates(), 2*recent)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if before[t.idOf(k)] {
			continue
		}
		u, err := t.readUpdate(ctx, s, t.idOf(k))
		if err != nil {
			return nil, err
		}
		if u.RunID == runID && u.Command == command {
			return &u, nil
		}
	}
	return nil, nil // sst may fail before it makes one
}

func (t Target) readUpdate(ctx context.Context, s Store, id string) (Update, error) {
	o, err := s.Get(ctx, t.updateKey(id), mostRecord)
	if err != nil {
		return Update{}, err
	}
	u, err := ParseUpdate(o.Text)
	if err != nil {
		return Update{}, &fault.Fault{Kind: fault.Outside, Name: t.updateKey(id), What: "is no record of an update", Err: err}
	}
	return u, nil
}

// Last returns the newest update; ok is false for a stage that has none.
func (t Target) Last(ctx context.Context, s Store) (u Update, ok bool, err error) {
	keys, err := s.List(ctx, t.updates(), 1)
	if err != nil || len(keys) == 0 {
		return Update{}, false, err
	}
	u, err = t.readUpdate(ctx, s, t.idOf(keys[0]))
	return u, err == nil, err
}

// Events returns the event log of an update, nil if it has none.
func (t Target) Events(ctx context.Context, s Store, id string) (*Events, error) {
	o, err := s.Get(ctx, t.eventsKey(id), mostEvents)
	if errors.Is(err, ErrNoObject) {
		return nil, nil // an update that broke off has none
	}
	if err != nil {
		return nil, err
	}
	e, err := ParseEvents(o.Text)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: t.eventsKey(id), What: "is no event log", Err: err}
	}
	return e, nil
}

// Outputs returns what run() of sst.config.ts returned at the last deployment,
// from the state: secrets are left out. ok is false for a stage without state.
func (t Target) Outputs(ctx context.Context, s Store) (outputs map[string]any, resources int, ok bool, err error) {
	o, err := s.Get(ctx, t.StateKey(), mostState)
	if errors.Is(err, ErrNoObject) {
		return nil, 0, false, nil
	}
	if err != nil {
		return nil, 0, false, err
	}
	outputs, resources, err = ParseState(o.Text)
	if err != nil {
		return nil, 0, false, &fault.Fault{Kind: fault.Outside, Name: t.StateKey(), What: "is no state of Pulumi's", Err: err}
	}
	return outputs, resources, true, nil
}

// owner asks about the owner of a lock. Only an outage is an error; whatever
// else is not known makes an unknown owner.
func (p Ports) owner(ctx context.Context, t Target, l Lock, me RunID, runner string) (Owner, error) {
	var o Owner
	id, ok := ParseRunID(l.RunID)
	if !ok {
		return o, nil
	}
	o.Run = id
	if p.Runs == nil {
		o.Problem = "no token was given"
		return o, nil
	}
	r, err := p.Runs.Run(ctx, id.Run)
	if errors.Is(err, ErrNoRun) {
		o.Problem = ErrNoRun.Error()
		return o, nil
	}
	if err != nil {
		return o, fmt.Errorf("asking whether run %s holds the lock by right: %w", l.RunID, err)
	}
	o.Asked, o.Attempt, o.Over, o.Ended, o.URL = true, r.Attempt, r.Over, r.Ended, r.URL
	if id == me {
		if o.Others, err = p.Runs.Others(ctx, id, runner); err != nil {
			return o, err
		}
	}
	o.Written, err = p.Store.Written(ctx, t.StateKey())
	return o, err
}
