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
	d.s.Approved = max(d.s.Approved, 1) // whoever starts approves the first phase
	d.enter()
	d.tell(Started, reason, by)
}

// advance enters the next phase, or ends the last one.
func (d *decider) advance(reason, by string) {
	d.out.Action = Promote
	d.s.Phase++
	d.s.Accepted, d.s.Told = false, ""
	if d.s.Phase < len(d.p.Phases) {
		d.enter()
		d.tell(Promoted, reason, by)
		return
	}
	d.s.Phase, d.s.Step = len(d.p.Phases)-1, Soaking
	d.s.Ledger.Reopen(d.p.Rules, 24*60)
	d.tell(Promoted, reason, by)
	d.tell(Soaked, "all phases are done; green is judged, and can be rolled back, until ECS is retired", by)
}

// enter decides the present phase's weight and opens its epoch.
func (d *decider) enter() {
	phase := d.p.Phases[d.s.Phase]
	d.s.Step, d.s.Weight, d.s.Risen, d.s.Settled = Shifting, phase.Weight, d.now, time.Time{}
	d.s.Down, d.s.Shares = 0, nil
	epoch := 1
	if d.s.Ledger != nil {
		epoch = d.s.Ledger.Epoch + 1
	}
	ledger := judge.Open(d.p.Rules, epoch, phase.minutes(), d.now, d.s.Ledger)
	d.s.Ledger = &ledger
}

// rollBack decides to give blue everything. Deciding twice changes nothing.
func (d *decider) rollBack(reason string, attribution judge.Attribution, began time.Time, by string) {
	if !d.s.active() {
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
		if !s.At.Add(-time.Minute).After(r.Decided) || s.Blue == 0 {
			continue
		}
		green, blue = s.Green, s.Blue
		if float64(blue) >= 0.95*float64(green+blue) && !r.Shifted.IsZero() {
			r.Confirmed = s.At
			d.s.Step = RolledBack
			d.tell(Confirmed, fmt.Sprintf("blue has %s of the requests, %s after the decision; the budget is %s", percent(float64(blue)/float64(green+blue)),
				report.Seconds(s.At.Sub(r.Decided)), report.Seconds(d.p.RollbackBudget)), "")
			return
		}
		late = late || s.At.After(deadline)
	}
	if !late || r.Late {
		return
	}
	r.Late = true
	what := "the record's weights have not been changed yet"
	if !r.Shifted.IsZero() {
		what = fmt.Sprintf("the record's weights stand since %s; blue has %d of %d requests", r.Shifted.UTC().Format("15:04"), blue, green+blue)
	}
	d.tell(Paged, "the rollback takes longer than its budget of "+report.Seconds(d.p.RollbackBudget)+": "+what, "")
}
