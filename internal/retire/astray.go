package retire

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// astray finds what a way back cannot bring back, since somebody else has taken it
// away or over meanwhile. It stops there: whoever is told that everything is as it
// was must be able to believe it. A person may say that it goes on without.
func (d *decider) astray() (reason, next string) {
	d.s.Astray = nil
	var first, restore string
	say := func(arn, what, how string) {
		if d.s.Without[arn] {
			return
		}
		if d.s.Astray = append(d.s.Astray, arn); first == "" {
			first, restore = arn+" "+what, how
		}
	}
	for _, t := range d.p.Plan.Targets {
		item, there := d.item(t.ARN)
		switch owner := plan.OwnerOf(item); {
		case !there:
			say(t.ARN, "is gone, and no step has deleted it", t.Restore)
		case owner != t.Owner:
			say(t.ARN, "belonged to "+t.Owner+" and now to "+owner, "")
		}
	}
	for _, arn := range d.p.Plan.Parts.Green {
		_, ours := d.s.Changed[arn]
		if _, there := d.item(arn); !there && !ours {
			say(arn, "is gone, and no step has removed it", "its set stands in the restore kit")
		}
	}
	if first == "" {
		return "", ""
	}
	if more := len(d.s.Astray) - 1; more > 0 {
		first += fmt.Sprintf(" (and %d more)", more)
	}
	next = "Take that back, and the way back goes on; or order `abort` once more, and it goes on without."
	if restore != "" {
		next = "Make it anew (" + restore + "), and the way back goes on; or order `abort` once more, and it goes on without."
	}
	return first, next
}

// without goes on with a way back that others have made incomplete: a person has
// read what is missing.
func (d *decider) without(o *Order) {
	for _, arn := range d.s.Astray {
		d.s.Without[arn] = true
	}
	d.tell(Event{Kind: Reverting, By: o.By, Reason: "goes on without " + strings.Join(d.s.Astray, ", ") + ": " + o.Reason})
	d.s.Astray, d.s.Hold = nil, nil
}

// ours finds a thing that a way back may change: one that is there, and that nobody
// has said to leave alone.
func (d *decider) ours(arn string) (estate.Item, bool) {
	item, there := d.item(arn)
	return item, there && !d.s.Without[arn]
}

// as says how it is after a way back.
func (s State) as() string {
	if len(s.Without) == 0 {
		return "everything is as it was"
	}
	return "everything is as it was, but for what others have taken away or over: " + strings.Join(slices.Sorted(maps.Keys(s.Without)), ", ")
}

// unsafe says that an archive cannot bring back what the plan relies on: images are
// lost, or hold layers that nobody can give.
func (d *decider) unsafe() (reason, next string) {
	if d.s.Step.at() < Archived.at() {
		return "", ""
	}
	for _, repository := range d.p.Plan.Parts.Repositories {
		a := d.ev.Archives[repository]
		switch {
		case a.Verified.Before(d.p.Plan.At): // of earlier: it is archived anew
		case len(a.Lost) > 0:
			return fmt.Sprintf("%d images of %s are lost: an earlier archive has them damaged, and the registry no longer has them: %s", len(a.Lost), repository, strings.Join(a.Lost, ", ")),
				"Bring their objects and the index back from the bucket's earlier versions, then run archive-images. If nobody needs them: abort, plan anew and have that approved."
		case len(a.Foreign) > 0:
			return fmt.Sprintf("images of %s have layers that only their owner may pass on, and none says where that is: %s", repository, strings.Join(a.Foreign, ", ")),
				"Abort. Push those images anew with all their layers, or take the repository out of legacy.repositories; then plan anew."
		}
	}
	return "", ""
}

// deployed finds that somebody has deployed to blue although that is frozen: a
// pipeline that did not ask. Whatever it brought is not in the kit, and somebody
// may count on it.
func (d *decider) deployed() (reason, next string) {
	const way = "Find out which pipeline did it, and let it ask first: the command frozen. Then abort, plan anew and have that approved."
	if d.s.Kit == "" {
		return "", "" // it is only being frozen: what is deployed now is no surprise
	}
	service, there := d.item(d.p.Plan.Parts.Service)
	if there && !d.s.Gone[service.ARN] && d.s.Deployment != "" && service.Facts[estate.Deployment] != d.s.Deployment {
		return fmt.Sprintf("deployments to blue are frozen, and %s was deployed to: %s by the deployment %s, which was %s", service.ARN, d.runs(service.ARN), service.Facts[estate.Deployment], d.s.Deployment), way
	}
	families := map[string]bool{}
	for _, t := range d.p.Plan.Targets {
		if t.Kind == estate.Definition {
			families[t.Facts[estate.Family]] = true
		}
	}
	for _, item := range d.l.World.Items {
		if _, planned := d.p.Plan.Target(item.ARN); item.Kind == estate.Definition && !planned && families[item.Facts[estate.Family]] && !d.seen(item.ARN) {
			return fmt.Sprintf("deployments to blue are frozen, and the revision %s was registered: %s", item.Name, item.ARN), way
		}
	}
	return "", ""
}

// runs says what a service runs.
func (d *decider) runs(service string) string {
	for _, l := range d.g.From(service) {
		if item, there := d.item(l.To); there && item.Kind == estate.Definition {
			return item.Name
		}
	}
	return "what it runs is not known"
}

// seen says whether the plan knew a thing that stays.
func (d *decider) seen(arn string) bool {
	is := func(s plan.Seen) bool { return s.ARN == arn }
	return slices.ContainsFunc(d.p.Plan.Stays, is) || slices.ContainsFunc(d.p.Plan.Forgotten, is)
}
