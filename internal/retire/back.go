package retire

import (
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// back takes the steps back in reverse order, each verified before the next, so
// that blue gets its record only once its tasks run again.
func (d *decider) back() {
	if reason, next := d.unread(); reason != "" {
		d.stop(HoldUnread, reason, next)
		return
	}
	if !d.l.World.Fresh(d.s.Acted) || d.ev.At.Before(d.s.Acted) {
		d.wait(d.s.Acted, "what was looked at before %s proves nothing of what was asked for then", clock(d.s.Acted))
		return
	}
	if len(d.s.Gone) > 0 && d.anyGone() {
		d.tell(Event{Kind: Halted, Reason: "a deletion that was decided before the order has happened"})
		d.enter(Stopped)
		return
	}
	if reason, next := d.astray(); reason != "" {
		d.stop(HoldDrift, reason, next)
		return
	}
	d.s.Hold = nil
	for _, undo := range []func(*decider) bool{(*decider).protect, (*decider).weighted, (*decider).sound, (*decider).tasks, (*decider).unlock, (*decider).attach, (*decider).thaw} {
		if !undo(d) {
			return
		}
	}
	d.s.Approval = nil // what was approved was taken back; another try needs another approval
	d.tell(Event{Kind: Reverted, Reason: d.s.as()})
	d.enter(Aborted)
}

// protect protects again what a step may have laid open.
func (d *decider) protect() bool {
	ok := true
	for _, t := range d.p.Plan.Targets {
		item, there := d.ours(t.ARN)
		if !d.s.Lifted[t.ARN] || !there {
			continue
		}
		if !item.Protected {
			d.do(Action{Verb: Protect, ARN: t.ARN})
			ok = false
			continue
		}
		d.done(Protect, t.ARN)
	}
	return ok
}

// weighted makes green's records weighted ones again.
func (d *decider) weighted() bool {
	parts := d.p.Plan.Parts
	if len(parts.Green) == 0 || len(d.s.Made) == 0 {
		return true
	}
	turned := true
	for _, arn := range parts.Green {
		item, there := d.item(arn)
		turned = turned && there && item.Print == d.planned(arn)
	}
	for _, arn := range parts.Simple {
		_, there := d.item(arn)
		turned = turned && !there
	}
	if !turned {
		d.do(Action{Verb: MakeWeighted, ARN: parts.Green[0], With: slices.Clone(parts.Green[1:])})
		return false
	}
	d.done(MakeWeighted, parts.Green[0])
	return true
}

// sound lets the verdict metric be published again.
func (d *decider) sound() bool {
	if d.ev.VerdictOff && len(d.s.Made) > 0 {
		d.do(Action{Verb: SoundVerdict, ARN: d.p.Plan.Parts.Service})
		return false
	}
	d.done(SoundVerdict, d.p.Plan.Parts.Service)
	return true
}

// tasks brings blue's tasks back, and waits until they run.
func (d *decider) tasks() bool {
	old, scaled := d.s.Old[d.p.Plan.Parts.Service]
	item, there := d.ours(d.p.Plan.Parts.Service)
	if !scaled || !there {
		return true
	}
	if item.Facts[estate.Desired] == "0" && old[estate.Desired] != "0" {
		d.do(Action{Verb: Scale, ARN: item.ARN, Args: map[string]string{estate.Desired: old[estate.Desired]}})
		return false
	}
	d.done(Scale, item.ARN)
	// Scaling may have changed the count since; what counts is that they run.
	if item.Facts[estate.Running] != item.Facts[estate.Desired] {
		return d.wait(d.now, "%s of %s tasks run", item.Facts[estate.Running], item.Facts[estate.Desired])
	}
	return true
}

// unlock gives scaling its bounds back.
func (d *decider) unlock() bool {
	ok := true
	for _, arn := range d.p.Plan.Parts.Scaling {
		old, changed := d.s.Old[arn]
		item, there := d.ours(arn)
		if !changed || !there {
			continue
		}
		if item.Facts[estate.Min] != old[estate.Min] || item.Facts[estate.Max] != old[estate.Max] || item.Facts[estate.Suspended] != old[estate.Suspended] {
			d.do(Action{Verb: FreeScaling, ARN: arn, Args: old})
			ok = false
			continue
		}
		d.done(FreeScaling, arn)
	}
	return ok
}

// attach gives blue its records back.
func (d *decider) attach() bool {
	ok := true
	for _, arn := range d.p.Plan.Parts.Blue {
		_, touched := d.s.Changed[arn]
		if item, there := d.item(arn); touched && (!there || item.Print != d.planned(arn)) {
			d.do(Action{Verb: AddRecord, ARN: arn})
			ok = false
			continue
		}
		d.done(AddRecord, arn)
	}
	return ok
}

// thaw lets people deploy to blue again.
func (d *decider) thaw() bool {
	if d.ev.Frozen {
		d.do(Action{Verb: Thaw, ARN: d.p.Plan.Parts.Service})
		return false
	}
	d.done(Thaw, d.p.Plan.Parts.Service)
	return true
}
