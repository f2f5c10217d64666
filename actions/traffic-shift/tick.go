package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/notice"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tick looks, decides and acts once; order is a person's or nil.
func (w *work) tick(ctx context.Context, order *rollout.Order) error {
	out, err := w.once(ctx, order)
	if err != nil {
		return err
	}
	if out.Refused != "" {
		return &fault.Fault{Kind: fault.Refused, Name: *w.in.command, What: "was not carried out: " + out.Refused, Next: "The command status shows how it stands."}
	}
	return w.after(ctx)
}

// once is one tick with everything that belongs to it.
func (w *work) once(ctx context.Context, order *rollout.Order) (rollout.Outcome, error) {
	now := w.clock.Now()
	marks, untold := w.retiring(ctx)
	muted, doubt := w.muted(ctx, marks)
	untold = append(untold, doubt...)
	if muted && (order == nil || order.Kind != rollout.OrderFinish) {
		return w.retired(ctx, marks.VerdictOff, order)
	}
	trouble, freeze := w.blueReady(ctx, marks)
	trouble = append(trouble, untold...)
	if w.measured == nil {
		freeze = join(freeze, "there is no baseline to hold errors against")
	}
	if order == nil && freeze != "" {
		order = w.pause(ctx, freeze)
	}
	if order != nil && freeze != "" && raises(order.Kind) {
		return rollout.Outcome{}, &fault.Fault{Kind: fault.Refused, Name: *w.in.command, What: "is not possible now: " + freeze, Next: "Mend that first. Pause and rollback are always possible."}
	}
	out, err := w.shell.MendedTick(ctx, w.store, w.store, now, order)
	if err != nil {
		return out, err
	}
	out.Trouble = append(out.Trouble, trouble...)
	// A figure for the dashboards: nobody waits for it.
	if err := w.figures.Weight(ctx, out.State.Weight); err != nil {
		out.Trouble = append(out.Trouble, "the weight's metric: "+err.Error())
	}
	w.take(out)
	return out, nil
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// raises says whether an order may give green more than it has.
func raises(k rollout.OrderKind) bool {
	return slices.Contains([]rollout.OrderKind{rollout.OrderStart, rollout.OrderApprove, rollout.OrderPromote, rollout.OrderResume}, k)
}

// pause is the order that freezes a rollout for a reason that the evidence does
// not know; nil where it is frozen, or where there is nothing to promote.
func (w *work) pause(ctx context.Context, why string) *rollout.Order {
	s, _, err := w.store.Load(ctx)
	if err != nil || s.Paused || !s.Active() || s.Step == rollout.Soaking {
		return nil
	}
	return &rollout.Order{Kind: rollout.OrderPause, By: "cutover", Reason: why}
}

// take puts a tick into the result.
func (w *work) take(out rollout.Outcome) {
	r := &w.result
	w.latest = out.State
	r.of(out.State)
	r.Action = string(out.Action)
	r.Events = append(r.Events, out.Events...)
	r.Legs = legs(out.State, w.policy.RollbackBudget)
	for _, e := range out.Events {
		w.say(fmt.Sprintf("#%d %s: %s", e.Sequence, e.Kind, e.Reason))
		if e.Kind == rollout.Paged || e.Kind == rollout.FellBack {
			w.s.Annotate(runner.Annotation{Level: runner.Error, Title: "traffic-shift", Message: fmt.Sprintf("%s: %s", e.Kind, e.Reason), Runbooks: helps(e)})
		}
	}
	for _, t := range out.Trouble {
		if !slices.Contains(r.Trouble, t) {
			r.Trouble = append(r.Trouble, t)
			w.warn(t)
		}
	}
}

// line tells whoever looks on how it stands.
func (w *work) line(out rollout.Outcome) {
	s := out.State
	text := fmt.Sprintf("%s, green %s, %s", s.Step, s.Weight, out.Action)
	if s.Hold != nil {
		text += fmt.Sprintf(" (%s since %s: %s)", s.Hold.Kind, s.Hold.Since.Format("15:04"), s.Hold.Reason)
	}
	w.say(text)
}

// over says whether nobody need watch on in this loop. A soak lasts for days:
// the schedule's single ticks see to it. After a rollback the watch goes on
// until green's last connections have ended.
func (w *work) over(s rollout.State) bool {
	switch s.Step {
	case rollout.Ready, rollout.Complete, rollout.Soaking:
		return true
	case rollout.RolledBack:
		return s.Rollback == nil || w.clock.Now().Sub(s.Rollback.Confirmed) >= tail
	}
	return false
}

// tail is for how long green is watched after blue has the traffic again.
const tail = 10 * time.Minute

// mostConfirm bounds how long a rollback is followed by the one who ordered it.
const mostConfirm = 15 * time.Minute

// back rolls back on a person's word, and stays until blue has the traffic.
func (w *work) back(ctx context.Context) error {
	out, err := w.once(ctx, w.order())
	if err != nil {
		return err
	}
	if out.Refused != "" {
		if out.State.Step == rollout.Ready {
			return w.unbegun(ctx)
		}
		return &fault.Fault{Kind: fault.Refused, Name: cmdRollback, What: "was not carried out: " + out.Refused, Next: "The command status shows how it stands."}
	}
	if out.State.Step == rollout.RollingBack && out.State.Rollback == nil {
		return w.blindly(out)
	}
	ordered := w.clock.Now()
	for out.State.Step == rollout.RollingBack && w.clock.Now().Sub(ordered) < mostConfirm {
		w.line(out)
		if err := w.clock.Wait(ctx, *w.in.every/4); err != nil {
			return err
		}
		next, err := w.once(ctx, nil)
		if err != nil {
			w.warn("This tick decided nothing: " + err.Error())
			continue
		}
		out = next
	}
	if err := w.after(ctx); err != nil {
		return err
	}
	if out.State.Step == rollout.RolledBack {
		return nil
	}
	what := "is under way, and blue does not show 95% of the requests yet"
	if b := out.State.Rollback; b != nil && !b.Confirmed.IsZero() {
		what = "is not over: blue has the traffic, and the record's weights cannot be read or changed"
	}
	return &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.BackTooSlow}, Name: cmdRollback, What: what,
		Next: "Run it again to go on waiting. docs/runbooks/cutover.md says what to do by hand if the record does not change.",
	}
}

// finish ends a rollout. One that was killed may be repeated: what is over already
// is seen to its end, with everybody told and the watch switched off.
func (w *work) finish(ctx context.Context) error {
	if state, _, err := w.store.Load(ctx); err == nil && state.Step == rollout.Complete {
		w.note("This rollout is complete already. Nothing was ended anew.")
		return w.tick(ctx, nil)
	}
	return w.tick(ctx, w.order())
}

// after is what follows from where the rollout stands: the schedule of the watch,
// the report, the words.
func (w *work) after(ctx context.Context) error {
	state, _, err := w.store.Load(ctx)
	if err != nil && !errors.Is(err, rollout.ErrNone) {
		return err
	}
	if w.latest.Sequence > state.Sequence {
		state, err = w.latest, nil // decided and carried out, and not stored: the way back waits for no store
	}
	if err == nil {
		w.result.of(state)
		w.result.Legs = legs(state, w.policy.RollbackBudget)
	}
	w.result.Watching = state.Active() || state.Step == rollout.RollingBack
	told := w.story(ctx, state)
	w.result.Lead = told
	if !w.result.Watching && state.Attempt == 0 {
		if err := w.orphaned(ctx); err != nil {
			w.result.Lead = "Nothing is known of a rollout, and blue may not have all the traffic."
			return err // and the watch stays on: somebody must see this
		}
	}
	w.schedule(ctx, state)
	if state.Rollback != nil && *w.in.command == cmdTick && w.result.Verdict == verdict.Fail {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.RolledBack}, Name: "rollout", What: "was rolled back: " + state.Rollback.Reason, Next: "Blue has the traffic. Mend green, deploy it, take a new baseline and start again."}
	}
	return nil
}

// helps is where an event's reader finds help, nothing where nothing is wrong.
func helps(e rollout.Event) []runbook.Kind {
	if k := notice.Section(e); k != "" {
		return []runbook.Kind{k}
	}
	return nil
}
