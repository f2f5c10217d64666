package retire

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// guard is one thing that must be right before anything is done. It returns why
// it is not, and what would help.
type guard struct {
	kind     HoldKind
	from, to Step
	check    func(*decider) (reason, next string)
}

// guards in the order in which one hides another.
var guards = []guard{
	{HoldUnread, Gate, Document, (*decider).unread},
	{HoldPlan, Gate, Document, (*decider).otherPlan},
	{HoldApproval, Gate, Deleting, (*decider).unallowed},
	{HoldUndone, Freezing, Deleting, (*decider).deployed},
	{HoldDrift, Gate, Deleting, (*decider).drifted},
	{HoldUndone, Freezing, Deleting, (*decider).undone},
	{HoldKit, Detach, Deleting, (*decider).damaged},
	{HoldTrouble, Freezing, Deleting, (*decider).trouble},
	{HoldFailed, Deleting, Deleting, (*decider).failed},
}

// held says whether something forbids to go on, and notes it.
func (d *decider) held() bool {
	for _, g := range guards {
		if !d.s.Step.between(g.from, g.to) {
			continue
		}
		if reason, next := g.check(d); reason != "" {
			d.stop(g.kind, reason, next)
			return true
		}
	}
	if h := d.s.Hold; h != nil {
		d.s.Hold = nil
		d.tell(Event{Kind: Released, Reason: "no longer: " + h.Reason})
	}
	if d.l.World != nil && !d.l.World.Fresh(d.s.Acted) || d.ev.At.Before(d.s.Acted) {
		return !d.wait(d.s.Acted, "what was looked at before %s proves nothing of what was asked for then", clock(d.s.Acted))
	}
	return false
}

// stop notes a hold, and tells of it once.
func (d *decider) stop(kind HoldKind, reason, next string) {
	if h := d.s.Hold; h != nil && h.Kind == kind && h.Reason == reason {
		return
	}
	since := d.now
	if h := d.s.Hold; h != nil && h.Kind == kind {
		since = h.Since
	}
	d.s.Hold = &Hold{Kind: kind, Since: since, Reason: reason, Next: next}
	d.tell(Event{Kind: Held, Reason: string(kind) + ": " + reason})
	if kind != HoldUnread && kind != HoldApproval {
		d.tell(Event{Kind: Paged, Reason: reason + ". " + next})
	}
}

func (d *decider) unread() (string, string) {
	const next = "The next tick looks again; nothing is done meanwhile."
	switch {
	case d.l.World == nil:
		return "what is there could not be looked at: " + strings.Join(d.l.Trouble, "; "), next
	case d.now.Sub(d.l.World.At) > recent:
		return "what is there was looked at " + clock(d.l.World.At) + ", which is too long ago", next
	case d.l.Evidence == nil:
		return "the evidence could not be read: " + strings.Join(d.l.Trouble, "; "), next
	}
	return "", ""
}

// otherPlan refuses to go by a plan that is not the one that was begun.
func (d *decider) otherPlan() (string, string) {
	switch {
	case !d.whole:
		return "the plan does not have the hash that it carries", "Read the plan from where `plan` wrote it."
	case d.s.PlanSHA256 != d.p.PlanSHA256:
		return fmt.Sprintf("this is the plan %.12s, and %.12s is being carried out", d.p.PlanSHA256, d.s.PlanSHA256), "Give the plan that was begun, or abort it first."
	}
	return "", ""
}

// approved says why nothing may be done: before the first deletion an approval
// must hold at this time. After it, whoever stops halfway leaves ruins, so that
// time alone stops nothing any more.
func (d *decider) approved() error {
	at := d.now
	if !d.whole {
		return fmt.Errorf("the plan does not have the hash that it carries: read it from where `plan` wrote it")
	}
	if d.s.Approval == nil {
		return fmt.Errorf("nobody has approved the plan %.12s: approve it first", d.p.PlanSHA256)
	}
	if len(d.s.Gone) > 0 {
		at = d.s.Approval.At
	} else if err := d.p.Valid(at); err != nil {
		return err
	}
	return d.s.Approval.Covers(d.p, at)
}

func (d *decider) unallowed() (string, string) {
	if err := d.approved(); err != nil {
		return err.Error(), "Approve the plan, or abort."
	}
	return "", ""
}

func (d *decider) drifted() (string, string) {
	d.out.Drift = plan.Compare(d.p.Plan, *d.l.World, d.s.own())
	if len(d.out.Drift) == 0 {
		return "", ""
	}
	first := d.out.Drift[0]
	reason := strings.TrimSpace(cmp.Or(first.ARN, "the account") + " " + first.What)
	if more := len(d.out.Drift) - 1; more > 0 {
		reason += fmt.Sprintf(" (and %d more)", more)
	}
	next := "Take the change back, or abort, plan anew and have that approved."
	if len(d.s.Gone) > 0 {
		next = "Take the change back; or abort, and delete by hand what is left: `status` lists it."
	}
	return reason, next
}

// undone finds a step of ours that somebody has taken back. It is not done
// again: whoever did it had a reason.
func (d *decider) undone() (string, string) {
	const next = "Find out who did it and why; take it back, or abort."
	if d.s.Step.at() > Freezing.at() && !d.ev.Frozen {
		return "deployments to blue are no longer frozen", next
	}
	parts := d.p.Plan.Parts
	for _, arn := range parts.Blue {
		if _, there := d.item(arn); there && d.s.Step.at() > Detach.at() {
			return arn + " is there again", next
		}
	}
	for _, arn := range parts.Scaling {
		if item, there := d.item(arn); there && d.s.Step.at() > Lock.at() && !locked(item) {
			return arn + " can bring tasks back again", next
		}
	}
	if item, there := d.item(parts.Service); there && d.s.Step.at() > Zero.at() && (item.Facts[estate.Desired] != "0" || item.Facts[estate.Running] != "0") {
		return fmt.Sprintf("the service shall have %s tasks again, and has %s", item.Facts[estate.Desired], item.Facts[estate.Running]), next
	}
	for _, arn := range parts.Simple {
		item, there := d.item(arn)
		if d.s.Step.at() > Simple.at() && (!there || item.Print != d.s.Changed[arn]) {
			return arn + " is not the simple record that was made", next
		}
	}
	for _, t := range d.p.Plan.Targets {
		if item, there := d.item(t.ARN); there && item.Protected && d.s.Step == Deleting && d.s.Lifted[t.ARN] {
			return t.ARN + " is protected again", next
		}
	}
	return "", ""
}

// damaged says whether what would be needed to restore is not what was saved.
func (d *decider) damaged() (string, string) {
	if d.ev.Kit == "" || d.ev.Kit != d.s.Kit || d.ev.KitPlan != d.p.PlanSHA256 {
		return fmt.Sprintf("the restore kit is not the one that was saved: its hash is %q, not %q", d.ev.Kit, d.s.Kit), "Bring the kit back from the bucket's earlier version, or abort."
	}
	if reason, next := d.unsafe(); reason != "" {
		return reason, next
	}
	if d.s.Step != Deleting {
		return "", ""
	}
	for _, repository := range slices.Sorted(maps.Keys(d.s.Index)) {
		if d.ev.Archives[repository].IndexSHA256 != d.s.Index[repository] {
			return "the archive of " + repository + " is not the one that was verified", "Run archive-images and verify, or bring its index back from the bucket's earlier version."
		}
	}
	return "", ""
}

// trouble stops before anything else is taken away from a stage that is ill. It
// takes nothing back by itself: see docs/decisions/0027.
func (d *decider) trouble() (string, string) {
	var reason string
	switch {
	case len(d.ev.Ringing) > 0:
		reason = "alarms ring: " + strings.Join(d.ev.Ringing, ", ")
	case d.ev.Errors == nil:
		reason = "nobody knows how many requests fail"
	case d.s.Before != nil && !d.ev.Errors.like(*d.s.Before):
		reason = fmt.Sprintf("%d of %d requests failed in the last hour, and %d of %d before", d.ev.Errors.Failed, d.ev.Errors.Requests, d.s.Before.Failed, d.s.Before.Requests)
	default:
		return "", ""
	}
	next := "Find the cause. Order `abort` to have blue back; otherwise it goes on by itself once this is over."
	if len(d.s.Gone) > 0 {
		next = "Find the cause; deletions go on by themselves once this is over. `status` says how what is gone is restored."
	}
	if d.s.Step.between(Zero, Holding) {
		d.s.Troubled = d.now
	}
	return reason, next
}

// like says whether no more fail than before, but for chance: four deviations,
// since some two hundred hours are looked at, and three requests above what the
// rate before leads to expect. The hour before is a sample too, and may have been a
// lucky one: its own deviation counts, as if one more had failed, so that an hour
// without any is not taken for a rate of zero.
func (e Errors) like(before Errors) bool {
	if before.Requests <= 0 || e.Requests < 0 || e.Failed > e.Requests {
		return e.Failed == 0
	}
	expected := float64(before.Failed) / float64(before.Requests) * float64(e.Requests)
	over := float64(e.Failed) - expected - 3
	ratio := float64(e.Requests) / float64(before.Requests)
	return over <= 0 || over*over <= 16*float64(before.Failed+1)*ratio*(1+ratio)
}

// failed says that a stack could not be deleted. What hinders it is for a person:
// FORCE_DELETE would leave orphans that nobody knows of.
func (d *decider) failed() (string, string) {
	if item, there := d.item(d.p.Plan.Parts.Stack); there && d.s.Gone[item.ARN] && item.State == "DELETE_FAILED" {
		return "the stack " + item.Name + " could not be deleted", "Its events say which resource hinders it. Solve that and delete the stack once more yourself; never with FORCE_DELETE, which leaves orphans."
	}
	return "", ""
}
