package prepare

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// Undo returns the batch that brings back what Keep wrote down; none if it
// stands. Green must have no traffic. The health checks stay: nothing carries
// them afterwards, and they cost until somebody deletes them.
func (r Record) Undo(s Standing, text []byte) ([]Change, error) {
	sets, err := r.kept(text)
	if err != nil {
		return nil, err
	}
	if stands(s, sets) {
		return nil, nil
	}
	split, err := r.Split(s)
	switch {
	case err != nil:
		return nil, err
	case compare(split, rollout.SplitOf(0)) != 0:
		return nil, r.fault("still gives green traffic", s.Pairs[0].Green.Identifier, "Roll back first.")
	}
	var changes []Change
	for _, p := range s.Pairs {
		changes = append(changes, Change{Delete, p.Blue}, Change{Delete, p.Green})
	}
	for _, set := range sets {
		changes = append(changes, Change{Create, set})
	}
	return changes, nil
}

// kept reads what Keep wrote. Somebody may have edited it: only simple records
// under this name that lead to blue come back.
func (r Record) kept(text []byte) ([]Set, error) {
	wrong := func(what, got, allowed string) error {
		return &fault.Fault{Kind: fault.Input, Name: "kept record", What: what, Got: got, Allowed: allowed, Next: "Give the file that prepare has written for this record."}
	}
	var k kept
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "kept record", What: "cannot be read", Err: err, Next: "Give the file that prepare has written."}
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, wrong("cannot be read", "more than one document", "the file as prepare has written it")
	}
	if k.Format != 1 || k.Zone != r.Zone || canonical(k.Record) != canonical(r.Name) || len(k.Sets) == 0 {
		return nil, wrong("is not this record's", k.Record+" in "+k.Zone, r.Name+" in "+r.Zone)
	}
	_, wanted := r.types()
	seen := map[string]bool{}
	for _, set := range k.Sets {
		switch {
		case canonical(set.Name) != canonical(r.Name):
			return nil, wrong("holds another name", set.Name, r.Name)
		case !wanted[set.Type] || seen[set.Type] || set.Routing != "" || set.Identifier != "":
			return nil, wrong("is no simple record", set.title(), "one simple set of each type that the sides make")
		case !set.is(r.Blue):
			return nil, wrong("does not lead to blue", where(set), r.Blue.Target)
		}
		seen[set.Type] = true
	}
	return k.Sets, nil
}

// stands says whether exactly these sets stand.
func stands(s Standing, sets []Set) bool {
	now := append([]Set(nil), s.Single...)
	for _, p := range s.Pairs {
		now = append(now, p.Blue, p.Green)
	}
	if len(now) != len(sets) {
		return false
	}
	for i := range now {
		if !now[i].same(sets[i]) {
			return false
		}
	}
	return true
}
