package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// state reads where it stands; a retirement that has not begun is one that is
// ready.
func (w *work) state(ctx context.Context) (retire.State, error) {
	s, _, err := w.store.Load(ctx)
	if errors.Is(err, retire.ErrNone) {
		return retire.New(), nil
	}
	return s, err
}

// carry carries an order out, or goes on: it ticks until there is nothing to do but
// wait, and waits for what is soon as long as for allows.
func (w *work) carry(ctx context.Context) error {
	s, err := w.state(ctx)
	if err != nil {
		return err
	}
	now := w.clock.Now()
	order := w.order()
	if order == nil && !due(s, now) {
		return w.undue(ctx, s, now)
	}
	sha256 := s.PlanSHA256
	if *w.in.plan != "" {
		sha256 = *w.in.plan
	}
	if sha256 == "" {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RetireUnplanned}, Name: "plan", What: "is none: nobody has approved one", Next: "Run plan, read what it shows, and have it approved."}
	}
	if err := w.read(ctx, sha256); err != nil {
		return err
	}
	shell, err := w.shell(ctx)
	if err != nil {
		return err
	}
	end := now.Add(*w.in.span)
	for {
		out, err := shell.Run(ctx, w.clock.Now, order)
		if err != nil {
			return err
		}
		order = nil
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.take(out)
		if out.Refused != "" {
			return w.after(ctx, out)
		}
		pause, more := w.pause(out.State, end)
		if !more {
			return w.after(ctx, out)
		}
		w.say("%s", line(out.State))
		if err := wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (w *work) order() *retire.Order {
	switch *w.in.command {
	case cmdApply, cmdAbort:
		return &retire.Order{Kind: retire.OrderKind(*w.in.command), By: w.who(), Reason: w.why()}
	}
	return nil
}

// rarely is how long a wait whose end is known, and in which nothing of ours is
// taken away yet, is not looked at again.
const rarely = 20 * time.Hour

// due says whether a tick has anything to look at. Where nothing is under way it
// has not; before the first step it need not look every hour for a time that is
// known.
func due(s retire.State, now time.Time) bool {
	switch s.Step {
	case retire.Ready, retire.Aborted, retire.Done, retire.Stopped:
		return len(s.Outbox) > 0 && s.Step != retire.Ready
	case retire.Gate:
		w := s.Wait
		return s.Hold != nil || w == nil || !w.Until.After(now) || !now.Before(s.Clock.Add(rarely))
	}
	return true
}

// undue tells how it stands without having looked at AWS.
func (w *work) undue(ctx context.Context, s retire.State, now time.Time) error {
	w.say("nothing is due")
	if s.PlanSHA256 != "" {
		if err := w.read(ctx, s.PlanSHA256); err != nil {
			return err
		}
	}
	w.result.of(s)
	w.document(s, now)
	return nil
}

// pause says how long to wait for the next look, and whether to wait at all.
func (w *work) pause(s retire.State, end time.Time) (time.Duration, bool) {
	now := w.clock.Now()
	if due := s.Step; due == retire.Done || due == retire.Aborted || due == retire.Stopped || due == retire.Ready {
		return 0, false
	}
	next := *w.in.every
	if s.Wait != nil && s.Wait.Until.After(now) {
		next = max(next, s.Wait.Until.Sub(now))
	}
	return next, !now.Add(next).After(end)
}

// line tells whoever looks on how it stands.
func line(s retire.State) string {
	switch {
	case s.Hold != nil:
		return fmt.Sprintf("%s: held, %s: %s", s.Step, s.Hold.Kind, s.Hold.Reason)
	case s.Wait != nil:
		return fmt.Sprintf("%s: %s", s.Step, s.Wait.What)
	}
	return string(s.Step)
}

// take puts a tick into the result.
func (w *work) take(out retire.Outcome) {
	r := &w.result
	r.of(out.State)
	r.Drift = out.Drift
	r.Refused = out.Refused
	r.Events = append(r.Events, out.Events...)
	for _, a := range out.Did {
		r.Did = append(r.Did, did{string(a.Verb), a.ARN})
	}
	for _, t := range out.Trouble {
		if !slices.Contains(r.Trouble, t) {
			r.Trouble = append(r.Trouble, t)
			w.warn(t)
		}
	}
}

// after tells how it stands, and what that means for the job.
func (w *work) after(ctx context.Context, out retire.Outcome) error {
	if len(w.result.Did) == 0 && len(w.result.Events) == 0 {
		w.take(out)
	}
	s := out.State
	w.result.of(s)
	w.document(s, w.clock.Now())
	switch {
	case out.Refused != "":
		return &fault.Fault{Kind: fault.Refused, Name: *w.in.command, What: "was not carried out: " + out.Refused, Next: "The command status shows how it stands."}
	case s.Hold != nil && s.Hold.Kind != retire.HoldUnread:
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Row("retire", string(s.Hold.Kind))}, Name: string(s.Hold.Kind), What: "holds it: " + s.Hold.Reason, Next: s.Hold.Next}
	case s.Hold != nil:
		w.warn(s.Hold.Reason + ". " + s.Hold.Next)
	}
	return context.Cause(ctx)
}

// status shows how it stands, and changes nothing.
func (w *work) status(ctx context.Context) error {
	s, err := w.state(ctx)
	if err != nil {
		return err
	}
	w.result.of(s)
	sha256 := s.PlanSHA256
	if sha256 == "" {
		sha256 = *w.in.plan
	}
	if sha256 == "" {
		w.result.Lead = "Nothing has begun, and no plan is approved."
		return nil
	}
	if err := w.read(ctx, sha256); err != nil {
		return err
	}
	w.document(s, w.clock.Now())
	if w.result.Events, err = w.store.Events(ctx); err != nil {
		w.result.Trouble = append(w.result.Trouble, "the log: "+err.Error())
		w.warn("The log: " + err.Error())
	}
	return nil
}

// teller tells whoever looks on. People are told by what the action hands to the
// next step; see result.people.
type teller struct{ w *work }

// Tell implements retire.Teller.
func (t teller) Tell(_ context.Context, events []retire.Event) error {
	for _, e := range events {
		t.w.say("#%d %s at %s: %s %s %s", e.Sequence, e.Kind, e.Step, e.Verb, e.ARN, e.Reason)
		if e.Kind == retire.Paged {
			t.w.s.Annotate(runner.Annotation{Level: runner.Error, Title: "decommission", Message: e.Reason})
		}
	}
	return nil
}

// shell is the machine with its ports.
func (w *work) shell(ctx context.Context) (retire.Shell, error) {
	world, err := w.surveyor(ctx, w.sealed.Plan.Scope)
	if err != nil {
		return retire.Shell{}, err
	}
	evidence, err := w.witness(ctx)
	if err != nil {
		return retire.Shell{}, err
	}
	hands, err := w.hands(ctx)
	if err != nil {
		return retire.Shell{}, err
	}
	return retire.Shell{Plan: *w.sealed, World: world, Evidence: evidence, Hands: hands, Store: w.store, Log: w.store, Teller: teller{w}}, nil
}

var _ retire.Store = s3.Retirement{}
