package change

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The limits of a template; source: CloudFormation User Guide, quotas.
const (
	mostInline   = 51_200
	mostTemplate = 1 << 20
)

// deployment is one run of Deploy.
type deployment struct {
	Ports
	Request
	// ours is what the tokens of this content begin with.
	ours    string
	url     string
	out     Outcome
	began   time.Time
	retried int
}

// Deploy brings the stack to the template, by a change set. It may be killed
// anywhere and run again: what it began it finds by the change set's name and
// the operation's token, which are made of the content. A failure is rolled back
// by CloudFormation; the outcome then names its first cause. Until the error is
// nil, the outcome holds what is known.
func Deploy(ctx context.Context, p Ports, r Request) (Outcome, error) {
	d := &deployment{Ports: p, Request: r, began: p.Clock.Now(), out: newOutcome("deploy", r.Stack)}
	err := d.check()
	if err == nil {
		d.ours = "cutover-" + d.digest() + "-"
		err = d.run(ctx)
	}
	d.out.close(p.Clock.Now().Sub(d.began), err)
	return d.out, err
}

// digest is of everything that the deployment is made of.
func (d *deployment) digest() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%d\n", d.Stack, d.Role, len(d.Tags))
	for _, k := range slices.Sorted(maps.Keys(d.Tags)) {
		fmt.Fprintf(h, "%q=%q\n", k, d.Tags[k])
	}
	h.Write(d.Template)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

func (d *deployment) check() error {
	n := len(d.Template)
	bad := &fault.Fault{Kind: fault.Input, Name: "template", Got: strconv.Itoa(n) + " bytes"}
	switch {
	case !json.Valid(d.Template) || !bytes.HasPrefix(bytes.TrimSpace(d.Template), []byte("{")):
		bad.What, bad.Got, bad.Next = "is no JSON object", "", "Give a template as cutover monitoring template prints it."
	case n > mostTemplate:
		bad.What, bad.Allowed, bad.Next = "is longer than CloudFormation takes", strconv.Itoa(mostTemplate), "Watch less, or split the stage."
	case n > mostInline && d.Upload == nil:
		bad.What, bad.Allowed = "is longer than CloudFormation takes without a bucket", strconv.Itoa(mostInline)
		bad.Next = "Give the bucket of the archive, through which up to 1 MiB goes."
	default:
		return nil
	}
	return bad
}

// run goes step by step until the stack is as the template says.
func (d *deployment) run(ctx context.Context) error {
	var waited time.Duration
	for n := 0; ; n++ {
		s, token, since, err := d.look(ctx)
		if err != nil {
			return left(ctx, d.Stack, err)
		}
		what, refusal := decide(s, token, d.ours)
		switch what {
		case stepCreate, stepUpdate:
			again, err := d.change(ctx, s, what == stepCreate)
			if !again {
				return left(ctx, d.Stack, err)
			}
		case stepFollow:
			d.note("An earlier run of the same deployment had begun: it was followed to its end.")
			return d.watch(ctx, *s, token)
		case stepClear:
			if err := d.clear(ctx, *s); err != nil {
				return left(ctx, d.Stack, err)
			}
		case stepRefuse:
			return refusal
		case stepWait:
			if waited >= d.patience() {
				return busy(*s, token, since, waited)
			}
		}
		from := d.Clock.Now()
		if err := d.Clock.Wait(ctx, pause(d.ours, n)); err != nil {
			return left(ctx, d.Stack, err)
		}
		waited += d.Clock.Now().Sub(from)
	}
}

// look reads the stack, and of one that is being worked on who does it.
func (d *deployment) look(ctx context.Context) (*Stack, string, time.Time, error) {
	s, err := d.Stacks.Stack(ctx, d.Stack)
	if errors.Is(err, ErrNone) {
		return nil, "", time.Time{}, nil
	}
	if err != nil {
		return nil, "", time.Time{}, err
	}
	d.out.ID = s.ID
	if !running(s.Status) {
		return &s, "", time.Time{}, nil
	}
	token, since, err := operation(ctx, d.Ports, s.ID)
	return &s, token, since, err
}

// change makes the change set, or finds it, and carries it out. again says that
// the stack is to be looked at anew.
func (d *deployment) change(ctx context.Context, s *Stack, create bool) (again bool, err error) {
	name := d.name(s)
	p, err := d.proposal(ctx, name, create)
	if errors.Is(err, errAgain) {
		d.retried++
		return d.retried < 10, fmt.Errorf("the change set %s was withdrawn by others ten times", name)
	}
	if err != nil {
		return false, err
	}
	if unchanged(p) {
		if err := d.Stacks.Withdraw(ctx, d.Stack, name); err != nil {
			return false, err
		}
		d.out.Result = Unchanged
		return false, d.protect(ctx)
	}
	if p.Status == "FAILED" {
		_ = d.Stacks.Withdraw(ctx, d.Stack, name) // a later run makes it anew either way
		c := because(Event{Logical: d.Stack, Type: typeStack, Status: "FAILED", Reason: p.Reason})
		d.out.Cause = c
		return false, refusedSet(d.Stack, c)
	}
	d.out.Proposed = p.Changes
	if p.Execution == "AVAILABLE" {
		err := d.Stacks.Execute(ctx, d.Stack, name, name)
		if errors.Is(err, ErrBusy) || errors.Is(err, ErrNone) {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	now, err := d.Stacks.Stack(ctx, d.Stack)
	if err != nil {
		return false, err
	}
	d.out.ID = now.ID
	d.out.Result = Updated
	if create {
		d.out.Result = Created
	}
	return false, d.watch(ctx, now, name)
}

func refusedSet(stack string, c *Cause) error {
	return &fault.Fault{Kind: c.kind, Name: "the change set of " + stack, What: "could not be made", Err: errors.New(c.Reason), Next: join(c.Meaning, c.Next)}
}

// watch follows an operation to its end and judges it.
func (d *deployment) watch(ctx context.Context, s Stack, token string) error {
	t := newTail(d.Ports, s.ID, token)
	end, err := t.follow(ctx, d.limit())
	d.out.Events = t.events
	if err != nil {
		return err
	}
	switch end.Status {
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE":
		if d.out.Result == "" {
			d.out.Result = Updated
			if end.Status == "CREATE_COMPLETE" {
				d.out.Result = Created
			}
		}
		return d.protect(ctx)
	}
	d.out.Result, d.out.Status = RolledBack, end.Status
	return d.out.failed(end, FirstCause(t.events))
}

// protect forbids the deletion of the stack, and reads what it tells.
func (d *deployment) protect(ctx context.Context) error {
	s, err := d.Stacks.Stack(ctx, d.Stack)
	if err != nil {
		return err
	}
	d.out.ID, d.out.Status = s.ID, s.Status
	if d.out.Outputs = s.Outputs; d.out.Outputs == nil {
		d.out.Outputs = map[string]string{}
	}
	if !s.Protected {
		if err := d.Stacks.Protect(ctx, s.ID, true); err != nil {
			return err
		}
	}
	d.out.Verdict = verdict.Pass
	return nil
}

// clear removes a stack whose making failed: it takes no change, and holds
// nothing, which is looked at first.
func (d *deployment) clear(ctx context.Context, s Stack) error {
	resources, err := d.Stacks.Resources(ctx, s.ID)
	if err != nil {
		return err
	}
	var kept []string
	for _, r := range resources {
		if r.Physical != "" && r.Status != "DELETE_COMPLETE" && r.Status != "CREATE_FAILED" {
			kept = append(kept, r.ID)
		}
	}
	if len(kept) > 0 {
		return &fault.Fault{
			Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.StackStuck}, Name: "the stack " + s.Name, What: "was not made whole, and still holds " + strings.Join(kept, ", "), Got: s.Status,
			Next: "Look at these, then: aws cloudformation delete-stack --stack-name " + s.Name,
		}
	}
	d.note("Its first deployment had failed and left a stack that holds nothing: that was removed.")
	if s.Protected {
		if err := d.Stacks.Protect(ctx, s.ID, false); err != nil {
			return err
		}
	}
	token := d.ours + "clear"
	if err := d.Stacks.Delete(ctx, s.ID, token); err != nil && !errors.Is(err, ErrBusy) {
		return err
	}
	end, err := newTail(d.Ports, s.ID, token).follow(ctx, d.limit())
	if err == nil && end.Status != "DELETE_COMPLETE" {
		_, refusal := decide(&end, "", "")
		return refusal
	}
	return err
}

func (d *deployment) note(text string) {
	if !slices.Contains(d.out.Notes, text) {
		d.out.Notes = append(d.out.Notes, text)
	}
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
}
