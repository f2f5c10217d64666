package rollout

import (
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// start begins the first phase.
func (d *decider) start(by, reason string) {
	d.s.Attempt++
	d.s.Phase, d.s.Digest, d.s.Rollback, d.s.Hold, d.s.Accepted, d.s.Paused = 0, d.p.Digest, nil, nil, false, false
	d.s.Approved, d.s.Told = 1, "" // whoever starts approves the first phase; the next need a new word
	d.s.Ledger.Rest()
	d.enter(d.now)
	d.tell(Started, reason, by)
}

// fits says whether the policy still has the phase that the rollout is in.
func (d *decider) fits() bool {
	return d.s.Phase >= 0 && d.s.Phase < len(d.p.Phases) && d.p.Phases[d.s.Phase].Weight == d.s.Weight
}

// advance enters the next phase, or ends the last one.
func (d *decider) advance(reason, by string) {
	d.out.Action = Promote
	d.s.Phase++
	d.s.Accepted, d.s.Told = false, ""
	if d.s.Phase < len(d.p.Phases) {
		d.enter(d.s.Ledger.Through) // the minutes that are not judged yet are judged with what follows
		d.tell(Promoted, reason, by)
		return
	}
	d.s.Phase, d.s.Step = len(d.p.Phases)-1, Soaking
	d.s.Ledger.Reopen(d.p.Rules, 24*60)
	d.tell(Promoted, reason, by)
	d.tell(Soaked, "all phases are done; green is judged, and can be rolled back, until ECS is retired", by)
}

// enter decides the present phase's weight and opens its epoch, in which
// minutes from that time on are judged.
func (d *decider) enter(from time.Time) {
	phase := d.p.Phases[d.s.Phase]
	d.s.Step, d.s.Weight, d.s.Risen, d.s.Settled = Shifting, phase.Weight, d.now, time.Time{}
	d.s.Down, d.s.Shares = 0, nil
	epoch := 1
	if d.s.Ledger != nil {
		epoch = d.s.Ledger.Epoch + 1
	}
	ledger := judge.Open(d.p.Rules, epoch, phase.minutes(), from, d.s.Ledger)
	d.s.Ledger = &ledger
}

// rollBack decides to give blue everything. Deciding twice changes nothing.
func (d *decider) rollBack(reason string, attribution judge.Attribution, began time.Time, by string) {
	if !d.s.Active() {
		return
	}
	d.out.Action = Return
	d.s.Rollback = &Rollback{Reason: reason, Attribution: attribution, From: d.s.Weight, Began: began, Decided: d.now}
	d.s.Step, d.s.Weight, d.s.Hold, d.s.Shares = RollingBack, 0, nil, nil
	d.tell(FellBack, reason, by)
}

// back follows a rollback until blue really has the traffic. What counts is
// the minute in which it had, not when its figures came.
func (d *decider) back() {
	r := d.s.Rollback
	if d.s.Step != RollingBack {
		return
	}
	var green, blue int64
	deadline := r.Decided.Add(d.p.RollbackBudget)
	late := d.now.Sub(deadline) > fresh // nothing was heard for as long as figures may take
	for _, s := range d.s.Shares {
		if !r.Confirmed.IsZero() || !s.At.Add(-time.Minute).After(r.Decided) || s.Blue == 0 {
			continue
		}
		if green, blue = s.Green, s.Blue; float64(blue) >= 0.95*float64(green+blue) {
			r.Confirmed = s.At
			d.confirm(percent(float64(blue) / float64(green+blue)))
		}
		late = late || s.At.After(deadline)
	}
	if !r.Confirmed.IsZero() && !r.Shifted.IsZero() {
		d.s.Step = RolledBack
	}
	if !late || r.Late || !r.Confirmed.IsZero() {
		return
	}
	r.Late = true
	what := "the record's weights have not been changed yet"
	if !r.Shifted.IsZero() {
		what = fmt.Sprintf("the record's weights stand since %s; blue has %d of %d requests", r.Shifted.UTC().Format("15:04"), blue, green+blue)
	}
	d.tell(Paged, "the rollback takes longer than its budget of "+report.Seconds(d.p.RollbackBudget)+": "+what, "")
}

// confirm tells that blue has the traffic: by the record, or by green's health
// check alone while the record cannot be changed.
func (d *decider) confirm(share string) {
	r := d.s.Rollback
	text := fmt.Sprintf("blue has %s of the requests, %s after the decision; the budget is %s", share, report.Seconds(r.Confirmed.Sub(r.Decided)), report.Seconds(d.p.RollbackBudget))
	if r.Shifted.IsZero() {
		text += "; DNS did it by green's health check, the record's weights are still to be changed"
	}
	d.tell(Confirmed, text, "")
}
