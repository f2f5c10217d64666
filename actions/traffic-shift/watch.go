package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/handover"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// watch ticks once, or until its time is over, nothing is left to watch, or
// another run watches. A tick that fails is no end: green has users, and the
// next tick may work.
func (w *work) watch(ctx context.Context) error {
	if *w.in.span == 0 {
		return w.tick(ctx, nil)
	}
	began := w.clock.Now()
	me := turn{w: w, holder: w.run(), until: began.Add(*w.in.span)}
	lead := handover.Lead(*w.in.span)
	var failed error
	for step := handover.Arrive; ; step = handover.Next {
		now := w.clock.Now()
		if other := me.hold(ctx, step, now); other != "" {
			w.result.Lead = "Watched already, by run " + other + "."
			w.say("run " + other + " watches; this one ends")
			return w.look(ctx)
		}
		out, err := w.once(ctx, nil)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if failed = err; err != nil {
			w.warn("This tick decided nothing: "+err.Error(), runbook.NobodyWatches)
		} else {
			w.line(out)
			if w.over(out.State) {
				return w.after(ctx)
			}
		}
		if !me.leaving && !now.Before(me.until.Add(-lead)) {
			me.leave(ctx)
		}
		next := now.Add(*w.in.every)
		if next.After(me.until) {
			return errors.Join(failed, w.after(ctx))
		}
		if err := w.clock.Wait(ctx, next.Sub(w.clock.Now())); err != nil {
			return err
		}
	}
}

// run names this run among those that watch.
func (w *work) run() string {
	if id := w.s.Getenv("GITHUB_RUN_ID"); id != "" {
		return id + "-" + w.s.Getenv("GITHUB_RUN_ATTEMPT")
	}
	return "by hand " + w.clock.Now().Format(time.RFC3339)
}

// turn is this run's part in the watch.
type turn struct {
	w       *work
	holder  string
	until   time.Time
	leaving bool
}

// hold says that this run watches, unless another one does, which it names. A
// document that cannot be read or written ends no watch.
func (t *turn) hold(ctx context.Context, decide func(handover.Watch, bool, string, time.Time, time.Duration) handover.Step, now time.Time) (other string) {
	text, version, err := t.w.store.Get(ctx, handover.Name)
	if err != nil && !errors.Is(err, s3.ErrNotFound) {
		return ""
	}
	var stands handover.Watch
	ok := err == nil
	if ok {
		if stands, err = handover.Parse(text); err != nil {
			ok = false
		}
	}
	if decide(stands, ok, t.holder, now, *t.w.in.every) == handover.Leave {
		return stands.Holder
	}
	mine := handover.Watch{Format: handover.Format, Holder: t.holder, Seen: now, Until: t.until, Leaving: t.leaving}
	_, err = t.w.store.Put(ctx, handover.Name, mine.Text(), version)
	if errors.Is(err, rollout.ErrConflict) {
		t.w.say("another run began to watch at the same time; the next look says who goes on")
	}
	return ""
}

// leave asks for a successor, which takes over as soon as it is there. Without
// one this run stays to its end, and the schedule finds out.
func (t *turn) leave(ctx context.Context) {
	if *t.w.in.workflow == "" || t.w.github == nil {
		return
	}
	t.leaving = true
	// First it must be known that this run leaves: a successor that finds one who
	// stays goes away again.
	if other := t.hold(ctx, handover.Next, t.w.clock.Now()); other != "" {
		return // it has come already
	}
	if err := t.w.succeed(ctx); err != nil {
		t.leaving = false // the next tick asks again
		t.w.unswitched(fmt.Errorf("no successor could be asked for: %w", err))
	}
}
