package hands

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// records changes DNS. Every deletion names the set exactly as it was read, so
// that a batch fails whole if somebody was faster.
func (h *Hands) records(ctx context.Context, a retire.Action) error {
	parts := h.plan.Plan.Parts
	all := append([]string{a.ARN}, a.With...)
	allowed := parts.Blue
	if a.Verb == retire.MakeSimple || a.Verb == retire.MakeWeighted {
		allowed = parts.Green
	}
	for _, arn := range all {
		if !slices.Contains(allowed, arn) || zoneOf(arn) != zoneOf(a.ARN) {
			return foreign(a)
		}
	}
	var changes []Change
	var err error
	switch a.Verb {
	case retire.RemoveRecord:
		changes, err = h.removeRecord(ctx, a)
	case retire.MakeSimple:
		changes, err = h.makeSimple(ctx, a, all)
	default:
		changes, err = h.bringBack(ctx, a, all)
	}
	if err != nil || len(changes) == 0 {
		return err
	}
	return h.ports.Records.Change(ctx, zoneOf(a.ARN), changes)
}

// set reads a record; nil if there is none.
func (h *Hands) set(ctx context.Context, arn string) (*Set, error) {
	s, err := h.ports.Records.Set(ctx, arn)
	if errors.Is(err, ErrGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func (h *Hands) removeRecord(ctx context.Context, a retire.Action) ([]Change, error) {
	now, err := h.set(ctx, a.ARN)
	if err != nil || now == nil {
		return nil, err
	}
	if len(a.With) > 0 || a.Print == "" || survey.Print(now) != a.Print {
		return nil, refuse(a, "was changed since it was looked at", "Nothing was done. Take the change back, or abort and plan anew.")
	}
	if now.Weight != 0 || now.Routing != Weighted {
		return nil, refuse(a, "still gets traffic: it is not weighted with 0", "Finish the traffic shift first.")
	}
	return []Change{{Remove: true, Set: *now}}, nil
}

// makeSimple puts a simple record in each weighted one's place, without weight
// and health check.
func (h *Hands) makeSimple(ctx context.Context, a retire.Action, all []string) ([]Change, error) {
	var gone, made []Change
	for _, arn := range all {
		weighted, err := h.set(ctx, arn)
		if err != nil {
			return nil, err
		}
		simple, err := h.set(ctx, simpleOf(arn))
		if err != nil {
			return nil, err
		}
		switch {
		case weighted == nil && simple == nil:
			return nil, refuse(a, "is not there, and no simple record either", "Make the record anew by hand: nothing answers its name.")
		case weighted == nil:
			continue
		}
		plain := *weighted
		plain.Routing, plain.Identifier, plain.Weight, plain.HealthCheck = "", "", 0, ""
		gone = append(gone, Change{Remove: true, Set: *weighted})
		made = append(made, Change{Set: plain})
	}
	return append(gone, made...), nil
}

// bringBack makes records as the kit has them, in the place of whatever stands
// there now: the simple record that a step made, or the set as somebody changed it.
func (h *Hands) bringBack(ctx context.Context, a retire.Action, all []string) ([]Change, error) {
	kit, err := h.load(ctx)
	if err != nil {
		return nil, err
	}
	var gone, made []Change
	for _, arn := range all {
		i := slices.IndexFunc(kit.Records, func(r Record) bool { return r.ARN == arn })
		if i < 0 {
			return nil, refuse(a, "the restore kit has no record "+arn, "Make it by hand: the plan tells its print, `status` the command.")
		}
		want := kit.Records[i].Set
		now, err := h.set(ctx, arn)
		if err != nil {
			return nil, err
		}
		if simple := simpleOf(arn); a.Verb == retire.MakeWeighted && simple != arn {
			plain, err := h.set(ctx, simple)
			if err != nil {
				return nil, err
			}
			if plain != nil {
				gone = append(gone, Change{Remove: true, Set: *plain})
			}
		}
		if now != nil && reflect.DeepEqual(*now, want) {
			continue
		}
		if now != nil {
			gone = append(gone, Change{Remove: true, Set: *now})
		}
		made = append(made, Change{Set: want})
	}
	return append(gone, made...), nil
}
