package change

import (
	"context"
	"errors"
)

// Preview asks CloudFormation what a deployment would do to each resource, for
// [Changes.With]: it knows of replacements that follow from others. It makes a
// change set and withdraws it; for a stack that is not there, or takes no change
// now, it asks nothing and returns nothing. It needs the permission to make
// change sets, which Diff does not.
func Preview(ctx context.Context, p Ports, r Request) ([]Proposed, error) {
	d := &deployment{Ports: p, Request: r, began: p.Clock.Now(), out: newOutcome("deploy", r.Stack)}
	if err := d.check(); err != nil {
		return nil, err
	}
	d.ours = "cutover-" + d.digest() + "-"
	s, token, _, err := d.look(ctx)
	if err != nil {
		return nil, left(ctx, r.Stack, err)
	}
	if what, _ := decide(s, token, ""); what != stepUpdate {
		return nil, nil
	}
	// Not the name of a deployment's, which another run may be about to execute.
	name := "preview-" + d.name(s)
	set, err := d.proposal(ctx, name, false)
	if errors.Is(err, errAgain) {
		return nil, nil // a deployment came between, and answers better
	}
	if away := d.Stacks.Withdraw(ctx, r.Stack, name); err == nil {
		err = away
	}
	if err != nil {
		return nil, left(ctx, r.Stack, err)
	}
	if set.Status == "FAILED" && !unchanged(set) {
		return nil, refusedSet(r.Stack, because(Event{Logical: r.Stack, Type: typeStack, Status: set.Status, Reason: set.Reason}))
	}
	return set.Changes, nil
}
