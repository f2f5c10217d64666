package hands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Hands carry out the actions of one plan. They are a retire.Hands.
type Hands struct {
	plan  plan.Sealed
	ports Ports
}

var _ retire.Hands = (*Hands)(nil)

// New makes hands for a plan.
func New(p plan.Sealed, ports Ports) *Hands { return &Hands{p, ports} }

// Do implements retire.Hands.
func (h *Hands) Do(ctx context.Context, a retire.Action) error {
	if is := plan.Seal(h.plan.Plan).PlanSHA256; is != h.plan.PlanSHA256 {
		return refuse(a, "belongs to a plan that does not have the hash that it carries", "Read the plan from where `plan` wrote it.")
	}
	switch a.Verb {
	case retire.Delete, retire.DeleteStack:
		return h.remove(ctx, a)
	case retire.Lift, retire.Protect:
		return h.guard(ctx, a)
	case retire.Scale:
		return h.scale(ctx, a)
	case retire.LockScaling, retire.FreeScaling:
		return h.bind(ctx, a)
	case retire.RemoveRecord, retire.AddRecord, retire.MakeSimple, retire.MakeWeighted:
		return h.records(ctx, a)
	case retire.SaveKit:
		return h.save(ctx, a)
	}
	own := h.ports.Own[a.Verb]
	if own == nil {
		return refuse(a, "asks for what nobody can do", "This is a fault of cutover: tell its makers which verb it was.")
	}
	if a.ARN != h.plan.Plan.Parts.Service && !slices.Contains(h.plan.Plan.Parts.Repositories, a.ARN) {
		return foreign(a)
	}
	return own(ctx, a)
}

func refuse(a retire.Action, what, next string) error {
	return &fault.Fault{Kind: fault.Refused, Name: a.ARN, What: fmt.Sprintf("%s: %s", a.Verb, what), Next: next}
}

func foreign(a retire.Action) error {
	return refuse(a, "is not what the plan says of it", "Nothing was done. Make a new plan and have it approved.")
}

// remove deletes one target, if it is still what the plan knows.
func (h *Hands) remove(ctx context.Context, a retire.Action) error {
	t, planned := h.plan.Plan.Target(a.ARN)
	if !planned || !t.Calls() || (t.Way == plan.TheStack) != (a.Verb == retire.DeleteStack) || len(a.With) > 0 {
		return foreign(a)
	}
	thing := h.ports.Things[t.Kind]
	if thing == nil {
		return refuse(a, "nobody can delete a "+string(t.Kind), "Delete it by hand, or take it out of cutover.yaml.")
	}
	now, err := thing.Read(ctx, a.ARN)
	switch {
	case errors.Is(err, ErrGone):
		return nil
	case err != nil:
		return err
	case now.Item.ARN != a.ARN || now.Item.Kind != t.Kind:
		return refuse(a, "was asked for, and "+now.Item.ARN+" was told", "Nothing was done. The next tick looks again.")
	case leaving(now.Item):
		return nil
	case a.Print == "" || now.Item.Print != a.Print:
		return refuse(a, "was changed since it was looked at", "Nothing was done. Take the change back, or abort, plan anew and have that approved.")
	case now.Item.Protected:
		return refuse(a, "is protected from deletion", "Nothing was done. The step before lifts protections; find out who has set it again.")
	}
	for _, key := range h.plan.Plan.Scope.Keep {
		if _, kept := now.Item.Tags[key]; kept {
			return refuse(a, "carries the tag "+key, "Nothing was done. Ask whoever set the tag.")
		}
	}
	return thing.Delete(ctx, a.ARN)
}

// leaving says whether AWS deletes a thing already.
func leaving(item estate.Item) bool {
	return item.State == "DRAINING" || item.State == "DELETE_IN_PROGRESS" || item.State == "DELETE_COMPLETE"
}

// guard lifts a protection, or sets it again.
func (h *Hands) guard(ctx context.Context, a retire.Action) error {
	t, planned := h.plan.Plan.Target(a.ARN)
	if !planned || len(a.With) > 0 {
		return foreign(a)
	}
	guard, thing := h.ports.Guards[t.Kind], h.ports.Things[t.Kind]
	if guard == nil || thing == nil {
		return refuse(a, "nobody can change the protection of a "+string(t.Kind), "Change it by hand; the next tick sees it.")
	}
	now, err := thing.Read(ctx, a.ARN)
	on := a.Verb == retire.Protect
	switch {
	case errors.Is(err, ErrGone) && !on:
		return nil
	case errors.Is(err, ErrGone):
		return refuse(a, "is not there", "What is gone is protected no more; `status` says how it is restored.")
	case err != nil:
		return err
	case now.Item.Protected == on:
		return nil
	}
	return guard.Protect(ctx, a.ARN, on)
}

// scale changes how many tasks the service has. It is not looked at before: the
// call itself changes nothing if it is done already, and is refused by AWS for a
// service that is deleted.
func (h *Hands) scale(ctx context.Context, a retire.Action) error {
	desired, err := strconv.Atoi(a.Args[estate.Desired])
	if a.ARN != h.plan.Plan.Parts.Service || err != nil || desired < 0 {
		return foreign(a)
	}
	return h.ports.Services.Scale(ctx, a.ARN, desired)
}

// bind locks scaling, or gives it its bounds back: what of it was suspended
// before stands in the kit.
func (h *Hands) bind(ctx context.Context, a retire.Action) error {
	if !slices.Contains(h.plan.Plan.Parts.Scaling, a.ARN) {
		return foreign(a)
	}
	now, err := h.ports.Services.Bounds(ctx, a.ARN)
	if errors.Is(err, ErrGone) {
		return refuse(a, "is not there", "Nothing scales the service any more; find out who took it away.")
	}
	if err != nil {
		return err
	}
	want := Bounds{Resource: now.Resource, In: true, Out: true, Clock: true}
	if a.Verb == retire.FreeScaling {
		if want, err = h.before(ctx, a, now); err != nil {
			return err
		}
	}
	if want == now {
		return nil
	}
	return h.ports.Services.Bind(ctx, a.ARN, want)
}

// before is how a target stood before it was locked.
func (h *Hands) before(ctx context.Context, a retire.Action, now Bounds) (Bounds, error) {
	want := Bounds{Resource: now.Resource}
	var err error
	if want.Min, err = strconv.Atoi(a.Args[estate.Min]); err != nil {
		return want, foreign(a)
	}
	if want.Max, err = strconv.Atoi(a.Args[estate.Max]); err != nil {
		return want, foreign(a)
	}
	if a.Args[estate.Suspended] == "true" {
		want.In, want.Out, want.Clock = true, true, true
		return want, nil
	}
	kit, err := h.load(ctx)
	if err != nil {
		return want, err
	}
	for _, b := range kit.Scaling {
		if b.Resource == now.Resource {
			want.In, want.Out, want.Clock = b.In, b.Out, b.Clock
		}
	}
	if want.In && want.Out && want.Clock {
		return want, refuse(a, "stands in the kit as suspended, and the state says otherwise", "Set what is to be suspended by hand.")
	}
	return want, nil
}

// zoneOf is the hosted zone of a record's ARN, record:<zone>/<name>/<type>/<set>.
func zoneOf(arn string) string {
	zone, _, _ := strings.Cut(strings.TrimPrefix(arn, "record:"), "/")
	return zone
}

// simpleOf is the ARN of the simple record in a weighted one's place.
func simpleOf(arn string) string {
	part := strings.SplitN(arn, "/", 4)
	if len(part) < 4 {
		return arn
	}
	return strings.Join(part[:3], "/") + "/"
}
