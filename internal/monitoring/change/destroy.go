package change

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Destroy removes the stack and what it holds. The protection is lifted only
// when the request confirms it by the stack's name. A stack that is gone is a
// success.
func Destroy(ctx context.Context, p Ports, r Request) (Outcome, error) {
	d := &deployment{Ports: p, Request: r, began: p.Clock.Now(), out: newOutcome("destroy", r.Stack)}
	err := left(ctx, r.Stack, d.destroy(ctx))
	d.out.close(p.Clock.Now().Sub(d.began), err)
	return d.out, err
}

func (d *deployment) destroy(ctx context.Context) error {
	if d.Confirm != d.Stack {
		return &fault.Fault{
			Kind: fault.Refused, Name: "confirm", What: "is not the name of the stack that would be removed", Got: d.Confirm, Allowed: d.Stack,
			Next: "Give confirm that name if the stack, its alarms and its subscriptions shall go.",
		}
	}
	s, err := d.Stacks.Stack(ctx, d.Stack)
	if errors.Is(err, ErrNone) || err == nil && s.Status == "DELETE_COMPLETE" {
		d.out.Result, d.out.Verdict = Absent, verdict.Pass
		return nil
	}
	if err != nil {
		return err
	}
	d.out.ID, d.out.Status = s.ID, s.Status
	token := "cutover-destroy"
	if s.Status == "DELETE_IN_PROGRESS" {
		if token, _, err = operation(ctx, d.Ports, s.ID); err != nil {
			return err
		}
		d.note("It was being removed already: that was followed to its end.")
	} else if err := d.remove(ctx, s, token); err != nil {
		return err
	}
	t := newTail(d.Ports, s.ID, token)
	end, err := t.follow(ctx, d.limit())
	d.out.Events = t.events
	if err != nil {
		return err
	}
	if end.Status != "DELETE_COMPLETE" {
		return d.out.failed(end, FirstCause(last(t.events)))
	}
	d.out.Result, d.out.Verdict, d.out.Status = Removed, verdict.Pass, end.Status
	return nil
}

// last are the events of the last of several tries under one token.
func last(events []Event) []Event {
	for i, e := range slices.Backward(events) {
		if e.Type == typeStack && e.Status == "DELETE_IN_PROGRESS" {
			return events[i:]
		}
	}
	return events
}

// remove waits for others, says what stays, lifts the protection and asks for
// the deletion.
func (d *deployment) remove(ctx context.Context, s Stack, token string) error {
	began := d.Clock.Now()
	for n := 0; ; n++ {
		if !running(s.Status) {
			resources, err := d.Stacks.Resources(ctx, s.ID)
			if err != nil {
				return err
			}
			d.out.Notes = append(d.out.Notes, stays(resources)...)
			if s.Protected {
				if err := d.Stacks.Protect(ctx, s.ID, false); err != nil {
					return err
				}
			}
			err = d.Stacks.Delete(ctx, s.ID, token)
			if err != nil && s.Protected && ctx.Err() == nil {
				// It stays, so it stays protected.
				err = errors.Join(err, d.Stacks.Protect(ctx, s.ID, true))
			}
			if !errors.Is(err, ErrBusy) {
				return err
			}
			d.out.Notes = nil // they are told anew with the next try
		}
		if waited := d.Clock.Now().Sub(began); waited >= d.patience() {
			by, since, err := operation(ctx, d.Ports, s.ID)
			if err != nil {
				return err
			}
			return busy(s, by, since, waited)
		}
		if err := d.Clock.Wait(ctx, pause(token, n)); err != nil {
			return err
		}
		var err error
		if s, err = d.Stacks.Stack(ctx, s.ID); err != nil {
			return err
		}
	}
}

// stays says what outlives the stack.
func stays(resources []Resource) []string {
	of := func(kind string) []string {
		var ids []string
		for _, r := range resources {
			if r.Type == kind && r.Physical != "" && r.Status != "DELETE_COMPLETE" {
				ids = append(ids, r.Physical)
			}
		}
		return ids
	}
	var notes []string
	if keys := of("AWS::KMS::Key"); len(keys) > 0 {
		// Source: CloudFormation Template Reference, AWS::KMS::Key.
		notes = append(notes, "The encryption key is not gone at once: it is disabled and deleted after 30 days, and until then aws kms cancel-key-deletion brings it back: "+strings.Join(keys, ", "))
	}
	if n := len(of("AWS::SNS::Subscription")); n > 0 {
		// Source: SNS API reference, Unsubscribe and Subscribe.
		notes = append(notes, fmt.Sprintf("%d subscriptions go with the topic: each mailbox must confirm anew if the stack comes back. One that was never confirmed stays for two days, and is then gone by itself.", n))
	}
	if len(of("AWS::Logs::MetricFilter")) > 0 {
		notes = append(notes, "Log groups are the application's and stay, and metrics that the filters made stay for 15 months.")
	}
	return notes
}
