package retire

import (
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// absent stands for the print of a thing that a step has taken away.
const absent = "absent"

// freeze keeps blue as it is, and what would restore it.
func (d *decider) freeze() bool {
	service := d.p.Plan.Parts.Service
	if !d.ev.Frozen {
		d.do(Action{Verb: Freeze, ARN: service})
	} else {
		d.done(Freeze, service)
	}
	// What is saved of a blue that may still be deployed to is soon wrong.
	if !d.ev.Frozen {
		return false
	}
	if d.ev.Kit == "" || d.ev.KitPlan != d.p.PlanSHA256 {
		d.do(Action{Verb: SaveKit, ARN: service, Args: map[string]string{"plan_sha256": d.p.PlanSHA256}})
		return false
	}
	d.done(SaveKit, service)
	d.s.Kit = d.ev.Kit
	if item, there := d.item(service); there {
		d.s.Deployment = item.Facts[estate.Deployment]
	}
	return true
}

// detach takes blue's records away and waits until nobody asks blue any more.
func (d *decider) detach() bool {
	left := false
	for _, arn := range d.p.Plan.Parts.Blue {
		if _, there := d.item(arn); there {
			left = true
			if !d.weights() {
				return false
			}
			d.s.Changed[arn] = ""
			d.do(Action{Verb: RemoveRecord, ARN: arn, Print: d.planned(arn)})
			continue
		}
		d.s.Changed[arn] = absent
		d.done(RemoveRecord, arn)
	}
	if left {
		d.s.Detached = time.Time{}
		return false
	}
	if d.s.Detached.IsZero() {
		d.s.Detached = d.now
	}
	forgotten := d.s.Detached.Add(d.p.Plan.Parts.TTL.Std() + insync)
	if d.now.Before(forgotten) {
		return d.wait(forgotten, "clients may know blue's address for %s more than Route 53 needs to tell its servers", d.p.Plan.Parts.TTL.Std())
	}
	return d.silent(forgotten)
}

// locked says whether nothing scales any more.
func locked(item estate.Item) bool {
	return item.Facts[estate.Min] == "0" && item.Facts[estate.Max] == "0" && item.Facts[estate.Suspended] == "true"
}

// keep remembers what a thing had, once: a repeated step must not take its own
// doing for what was there.
func (d *decider) keep(item estate.Item, facts ...string) {
	if _, kept := d.s.Old[item.ARN]; kept {
		return
	}
	old := map[string]string{}
	for _, fact := range facts {
		old[fact] = item.Facts[fact]
	}
	d.s.Old[item.ARN] = old
}

// lock keeps an alarm from scaling out again: Min, Max at 0 and suspended, all
// three, since a desired count below Min is restored.
//
// How many tasks there shall be is remembered before: bounds of 0 may take them
// away at once, and nobody would know afterwards how many to bring back.
func (d *decider) lock() bool {
	if service, there := d.item(d.p.Plan.Parts.Service); there {
		d.keep(service, estate.Desired)
	}
	ok := true
	for _, arn := range d.p.Plan.Parts.Scaling {
		item, there := d.item(arn)
		if !there {
			continue // a drift, unless it is gone by a step of ours
		}
		if !locked(item) {
			d.keep(item, estate.Min, estate.Max, estate.Suspended)
			d.s.Changed[arn] = ""
			d.do(Action{Verb: LockScaling, ARN: arn})
			ok = false
			continue
		}
		d.s.Changed[arn] = item.Print
		d.done(LockScaling, arn)
	}
	return ok
}

// zero lets the last task go.
func (d *decider) zero() bool {
	item, there := d.item(d.p.Plan.Parts.Service)
	if !there {
		return d.wait(time.Time{}, "the service is not there")
	}
	if item.Facts[estate.Desired] != "0" {
		d.keep(item, estate.Desired)
		d.do(Action{Verb: Scale, ARN: item.ARN, Args: map[string]string{estate.Desired: "0"}})
		return false
	}
	d.done(Scale, item.ARN)
	if item.Facts[estate.Running] != "0" {
		return d.wait(time.Time{}, "%s tasks still run", item.Facts[estate.Running])
	}
	if d.s.Empty.IsZero() {
		d.s.Empty = d.now
	}
	return true
}

// hold keeps blue at zero tasks for as long as was asked for, without trouble.
func (d *decider) hold() bool {
	since := d.s.Empty
	for _, at := range []time.Time{d.s.Troubled, d.ev.Alarmed} {
		if at.After(since) {
			since = at
		}
	}
	until := since.Add(d.p.Plan.Scope.Hold.Std())
	if d.now.Before(until) {
		return d.wait(until, "blue is kept at zero tasks, without trouble since %s; `abort` brings it back", clock(since))
	}
	if t := d.ev.Traffic; t == nil || t.Requests > 0 || t.Through.Before(d.now.Add(-recent)) {
		return d.silent(d.s.Empty)
	}
	return true
}

// simple makes green's weighted records simple ones, all in one batch, and ends
// the use of the verdict metric.
func (d *decider) simple() bool {
	parts := d.p.Plan.Parts
	turned := true
	for _, arn := range parts.Green {
		_, there := d.item(arn)
		turned = turned && !there
	}
	for _, arn := range parts.Simple {
		_, there := d.item(arn)
		turned = turned && there
	}
	if len(parts.Green) > 0 && !turned {
		for _, arn := range parts.Green {
			d.s.Changed[arn] = ""
		}
		for _, arn := range parts.Simple {
			d.s.Made[arn] = true
		}
		d.do(Action{Verb: MakeSimple, ARN: parts.Green[0], With: slices.Clone(parts.Green[1:])})
		return false
	}
	for _, arn := range parts.Green {
		d.s.Changed[arn] = absent
		d.done(MakeSimple, arn)
	}
	for _, arn := range parts.Simple {
		item, _ := d.item(arn)
		d.s.Changed[arn] = item.Print
	}
	if !d.ev.VerdictOff {
		d.do(Action{Verb: MuteVerdict, ARN: parts.Service})
		return false
	}
	d.done(MuteVerdict, parts.Service)
	return true
}

// archive wants every image of the plan in a verified archive.
func (d *decider) archive() bool {
	ok := true
	for _, repository := range d.p.Plan.Parts.Repositories {
		if a := d.ev.Archives[repository]; a.IndexSHA256 == "" || a.Verified.Before(d.p.Plan.At) || !d.reaches(a, repository) {
			d.do(Action{Verb: ArchiveImage, ARN: repository})
			ok = false
			continue
		}
		d.done(ArchiveImage, repository)
		d.s.Index[repository] = d.ev.Archives[repository].IndexSHA256
	}
	return ok
}

// reaches says whether an archive holds every image that the plan knows of its
// repository.
func (d *decider) reaches(a Archive, repository string) bool {
	for _, w := range d.p.Plan.Watched {
		if digest, ok := strings.CutPrefix(w.ARN, repository+"@"); ok && w.Kind == estate.Image && !slices.Contains(a.Images, digest) {
			return false
		}
	}
	return true
}

// lift takes away the protections of what is to be deleted.
func (d *decider) lift() bool {
	ok := true
	for _, t := range d.p.Plan.Targets {
		if item, there := d.item(t.ARN); there && item.Protected {
			d.s.Lifted[t.ARN] = true
			d.do(Action{Verb: Lift, ARN: t.ARN})
			ok = false
			continue
		}
		d.done(Lift, t.ARN)
	}
	return ok
}
