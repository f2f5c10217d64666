package prepare

import (
	"context"

	"github.com/cutover-dev/cutover/internal/fault"
)

// World is Route 53 as the preparation needs it. Every call is bounded in time
// and safe to repeat.
type World interface {
	// Sets are all record sets under the record's name.
	Sets(ctx context.Context) ([]Set, error)
	// Change carries out a batch, all of it or nothing, and waits until
	// Route 53's servers know it.
	Change(ctx context.Context, changes []Change) error
	// Ensure makes a health check, or finds the one that it made, and returns
	// its ID.
	Ensure(ctx context.Context, c Check) (string, error)
}

// Owner says what a record belongs to, as "SST", "CloudFormation stack api" or
// "Terraform", and "" for nobody. Route 53 does not know: a record has no tags.
// The caller asks those who do, CloudFormation by the record's physical ID, which
// is its name, and SST by its state.
type Owner func(ctx context.Context, r Record, sets []Set) (string, error)

// Outcome is what a preparation did.
type Outcome struct {
	Plan
	// IDs of the health checks, by role.
	IDs map[string]string
}

// Apply prepares a record: health checks, then what stands is kept, then one
// batch. What can be refused is refused before anything is made. A kill at any
// point leaves something that the next Apply goes on from.
func Apply(ctx context.Context, w World, owner Owner, r Record, checks []Check, keep func(ctx context.Context, text []byte) error) (Outcome, error) {
	out := Outcome{IDs: map[string]string{}}
	sets, err := w.Sets(ctx)
	if err != nil {
		return out, err
	}
	whose, err := owner(ctx, r, sets)
	if err != nil {
		return out, &fault.Fault{Kind: fault.Outside, Name: r.Name, What: "belongs to nobody knows whom", Err: err, Next: "Nothing was changed. Try again."}
	}
	// As if the checks were new, so that a record in another's care is refused
	// before one is made for it.
	if _, err := r.Prepare(r.Look(sets), known(r, sets), whose); err != nil {
		return out, err
	}
	for _, c := range checks {
		c.Children = append([]string(nil), c.Children...)
		for i, role := range c.Children {
			c.Children[i] = out.IDs[role]
		}
		if out.IDs[c.Role], err = w.Ensure(ctx, c); err != nil {
			return out, err
		}
	}
	if sets, err = w.Sets(ctx); err != nil {
		return out, err
	}
	if out.Plan, err = r.Prepare(r.Look(sets), Checks{out.IDs[RoleBlue], out.IDs[RoleGreen]}, whose); err != nil || len(out.Changes) == 0 {
		return out, err
	}
	// What is kept once is never written over: a pair has no simple record to keep.
	if len(out.Before) > 0 {
		if err := keep(ctx, r.Keep(out.Plan)); err != nil {
			return out, &fault.Fault{Kind: fault.Outside, Name: r.Name, What: "was not changed, since what stands could not be kept", Err: err, Next: "Prepare again."}
		}
	}
	return out, w.Change(ctx, out.Changes)
}

// known are the checks that a pair carries already.
func known(r Record, sets []Set) Checks {
	if s := r.Look(sets); s.Kind == Paired {
		return Checks{s.Pairs[0].Blue.HealthCheck, s.Pairs[0].Green.HealthCheck}
	}
	return Checks{}
}
