package retire

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// remove deletes one target after the other, in the plan's order. The next one
// waits until the world no longer shows the one before.
func (d *decider) remove() bool {
	for _, t := range d.p.Plan.Targets {
		if _, there := d.item(t.ARN); !there {
			d.gone(t)
			continue
		}
		if !t.Calls() {
			return d.wait(time.Time{}, "%s goes with %s, and is still there", t.ARN, t.Through)
		}
		if by := d.holder(t); by != "" {
			return d.wait(time.Time{}, "%s is still needed by %s", t.ARN, by)
		}
		verb := Delete
		if t.Way == plan.TheStack {
			verb = DeleteStack
		}
		d.s.Gone[t.ARN] = true
		d.do(Action{Verb: verb, ARN: t.ARN, Print: d.expected(t.ARN, t.Print)})
		return false
	}
	return true
}

// expected is the print that a target must have: the plan's, or the one that a
// step of ours has left.
func (d *decider) expected(arn, planned string) string {
	if left := d.s.Changed[arn]; left != "" && left != absent {
		return left
	}
	return planned
}

// planned is the print of a thing that stays, as the plan knows it.
func (d *decider) planned(arn string) string {
	for _, w := range d.p.Plan.Watched {
		if w.ARN == arn {
			return w.Print
		}
	}
	return ""
}

// gone notes that a target is no longer there.
func (d *decider) gone(t plan.Target) {
	d.done(Delete, t.ARN)
	d.done(DeleteStack, t.ARN)
	if !slices.ContainsFunc(d.s.Deleted, func(one Deletion) bool { return one.ARN == t.ARN }) {
		d.s.Deleted = append(d.s.Deleted, Deletion{ARN: t.ARN, Seen: d.now})
	}
}

// holder finds what still needs a target, as the world shows it now.
func (d *decider) holder(t plan.Target) string {
	for _, l := range d.g.To(t.ARN) {
		if _, there := d.item(l.From); !there || !l.Holds {
			continue
		}
		return l.From
	}
	return ""
}

// sweep looks whether anything of the plan is left, and notes what still refers
// to what is gone. It deletes nothing.
func (d *decider) sweep() bool {
	for _, t := range d.p.Plan.Targets {
		if _, there := d.item(t.ARN); there {
			d.enter(Deleting) // it was not listed for a while; the guards judge it anew
			return false
		}
	}
	dangling := map[string]bool{}
	for _, l := range d.l.World.Links {
		if _, target := d.p.Plan.Target(l.To); target {
			dangling[l.From+" "+l.How+" "+l.To] = true
		}
	}
	for _, s := range d.p.Plan.Forgotten {
		if _, there := d.item(s.ARN); there {
			dangling[s.ARN+" "+s.Why] = true
		}
	}
	d.s.Dangling = slices.Sorted(maps.Keys(dangling))
	return true
}

// validate asks every endpoint, and compares an hour of requests with the one
// before it began.
func (d *decider) validate() bool {
	last := d.s.span().Began
	for _, e := range d.ev.Endpoints {
		if !e.OK {
			return d.wait(time.Time{}, "%s does not answer as it should: %s", e.Name, e.Answer)
		}
	}
	switch {
	case len(d.ev.Endpoints) == 0:
		return d.wait(time.Time{}, "no endpoint was asked")
	case d.now.Before(last.Add(time.Hour)):
		return d.wait(last.Add(time.Hour), "an hour of requests after the last deletion is compared with one before the first step")
	case len(d.ev.Ringing) > 0:
		return d.wait(time.Time{}, "alarms ring: %s", strings.Join(d.ev.Ringing, ", "))
	case d.ev.Errors == nil || d.ev.Errors.Requests <= 0 || d.s.Before == nil:
		return d.wait(time.Time{}, "nobody knows how many requests fail")
	case !d.ev.Errors.like(*d.s.Before):
		return d.wait(time.Time{}, "%d of %d requests failed in the last hour, and %d of %d before", d.ev.Errors.Failed, d.ev.Errors.Requests, d.s.Before.Failed, d.s.Before.Requests)
	}
	d.s.After = pointed(d.ev.Errors)
	return true
}

// document wants the pull request and the retrospective.
func (d *decider) document() bool {
	if d.ev.PullRequest == "" || d.ev.Retrospective == "" {
		d.do(Action{Verb: WriteDocs, ARN: d.p.Plan.Parts.Service})
		return false
	}
	d.done(WriteDocs, d.p.Plan.Parts.Service)
	d.s.PullRequest, d.s.Retrospective = d.ev.PullRequest, d.ev.Retrospective
	return true
}
