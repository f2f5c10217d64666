package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Order is a deployment to carry out.
type Order struct {
	Target Target
	Caller Caller
	Retry  RetryPolicy
	// Log takes what sst prints, as it comes.
	Log io.Writer
	// Settle bounds what is read after the run was cancelled.
	Settle time.Duration
}

// Deployment is all that Deploy has found out.
type Deployment struct {
	Outcome  Outcome
	Evidence Evidence
	// Began is when the last call of sst was started.
	Began time.Time
	// Calls is how often sst was called, Retries why again.
	Calls   int
	Retries []string
	Locks   []LockSeen
}

// lockOuts bounds how often sst may find the stage locked after it was free.
const lockOuts = 3

// Deploy clears the way, calls `sst deploy`, reads what the state bucket says
// about it, and judges. An error says that it could not be judged or was
// refused; what is known until then stands in the Deployment.
func Deploy(ctx context.Context, p Ports, o Order) (Deployment, error) {
	var d Deployment
	locked := 0
	for {
		seen, err := Clear(ctx, p, o.Target, o.Caller)
		d.Locks = append(d.Locks, seen...)
		if err != nil {
			return d, err
		}
		if err := call(ctx, p, o, &d); err != nil {
			return d, err
		}
		e := d.Evidence
		if e.Heard.Locked && e.Record == nil && !e.Cancelled {
			// Somebody was faster between the look at the lock and sst's own.
			if locked++; locked < lockOuts {
				continue
			}
			return d, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Locked}, Name: o.Target.String(), What: fmt.Sprintf("was locked by others %d times", locked), Next: "Run it again when they are done."}
		}
		d.Outcome = Judge(e)
		if err := mismatch(o.Target, e.Heard); err != nil && d.Outcome.Verdict != verdict.Pass {
			return d, err
		}
		r := Retry(d.Outcome, e, len(d.Retries)+1, o.Retry)
		if !r.Again {
			return d, cleanUp(ctx, p, o, &d)
		}
		d.Retries = append(d.Retries, r.Why)
		p.Note("%s Trying again in %s, because %s and nothing was lost.", d.Outcome.Lead, r.Wait, r.Why)
		if err := cleanUp(ctx, p, o, &d); err != nil {
			return d, err
		}
		if err := p.Clock.Wait(ctx, r.Wait); err != nil {
			return d, err
		}
	}
}

// call runs sst once and gathers what is known afterwards.
func call(ctx context.Context, p Ports, o Order, d *Deployment) error {
	before, err := o.Target.known(ctx, p.Store)
	if err != nil {
		return err
	}
	heard := new(Transcript)
	printed := &lines{to: o.Log, each: heard.Line}
	d.Began, d.Calls = p.Clock.Now(), d.Calls+1
	runID := o.Caller.Run.String()
	exit, err := p.Tool.Run(ctx, runID, printed, printed, "deploy", "--stage", o.Target.Stage)
	if err != nil {
		return err
	}
	printed.end()
	d.Evidence = Evidence{RunID: runID, Exit: exit, Cancelled: ctx.Err() != nil, Heard: heard.Heard()}
	after, done := settled(ctx, o.Settle)
	defer done()
	return gather(after, p, o, d, before)
}

// settled is a context that outlives a cancellation for a little while: the
// state that things are in is worth most just then.
func settled(ctx context.Context, settle time.Duration) (context.Context, context.CancelFunc) {
	if ctx.Err() == nil {
		return ctx, func() {}
	}
	return context.WithTimeout(context.WithoutCancel(ctx), settle)
}

func gather(ctx context.Context, p Ports, o Order, d *Deployment, before map[string]bool) error {
	e, t := &d.Evidence, o.Target
	var err error
	if e.Record, err = t.made(ctx, p.Store, e.RunID, "deploy", before); err != nil {
		return unjudged(err, *e)
	}
	if e.Record != nil {
		if e.Events, err = t.Events(ctx, p.Store, e.Record.ID); err != nil {
			return unjudged(err, *e)
		}
	}
	if e.Lock, err = t.ReadLock(ctx, p.Store); err != nil {
		return unjudged(err, *e)
	}
	return nil
}

// unjudged says that sst has ended and nobody knows how.
func unjudged(err error, e Evidence) error {
	return errors.Join(&fault.Fault{
		Kind: fault.Outside, Name: "state bucket", What: "cannot be read after the deployment (sst: " + e.Exit.String() + "), so it cannot be judged",
		Next: "Run the command status when AWS answers again; deploying again is safe.",
	}, err)
}

// cleanUp releases a lock that our sst could not release at its end. It has come
// to its end if the record has one. One that was killed has not, and its Pulumi,
// which runs in a process group of its own (run.go, process.Detach), may go on
// for a while: that lock is left to the next run.
func cleanUp(ctx context.Context, p Ports, o Order, d *Deployment) error {
	if !leftBehind(*d) {
		return nil
	}
	ctx, done := settled(ctx, o.Settle)
	defer done()
	me := o.Caller
	me.Children = append(slices.Clone(me.Children), d.Evidence.Lock.UpdateID)
	seen, err := Clear(ctx, p, o.Target, me)
	d.Locks = append(d.Locks, seen...)
	if err == nil {
		d.Evidence.Lock = nil
	}
	return err
}

// leftBehind says whether the lock is one that our sst has left, and no Pulumi
// can be working under it. SST takes the lock before it writes the record
// (provider.go, Lock), and where that fails the lock stays and nothing begins.
func leftBehind(d Deployment) bool {
	e := d.Evidence
	switch {
	case e.Lock == nil || e.Exit.Running:
		return false
	case e.Record != nil:
		return e.Record.Completed() && e.Lock.UpdateID == e.Record.ID
	}
	return e.Exit.Signal == "" && e.RunID != "" && e.Lock.RunID == e.RunID && !e.Lock.Created.Before(d.Began.Add(-time.Second))
}

// mismatch finds an app or stage of another name in sst's header: everything
// that was read in the state bucket is then about something else.
func mismatch(t Target, h Heard) error {
	f := func(input, want, got string) error {
		return &fault.Fault{Kind: fault.Input, Name: input, What: "is not what sst works on, so its lock and records were looked for in the wrong place", Got: want, Allowed: got, Next: "Set the input " + input + " to that."}
	}
	switch {
	case h.App != "" && h.App != t.App:
		return f("app", t.App, h.App)
	case h.Stage != "" && h.Stage != t.Stage:
		return f("stage", t.Stage, h.Stage)
	}
	return nil
}

// Diff calls `sst diff --json` and returns what would change. It takes no lock.
func Diff(ctx context.Context, p Ports, o Order) ([]Change, Heard, error) {
	heard := new(Transcript)
	printed := new(bounded)
	stderr := &lines{to: o.Log, each: heard.Line}
	exit, err := p.Tool.Run(ctx, o.Caller.Run.String(), printed, stderr, "diff", "--stage", o.Target.Stage, "--json")
	if err != nil {
		return nil, Heard{}, err
	}
	stderr.end()
	if ctx.Err() != nil {
		return nil, heard.Heard(), context.Cause(ctx)
	}
	if printed.cut {
		return nil, heard.Heard(), &fault.Fault{Kind: fault.Outside, Name: "sst diff", What: fmt.Sprintf("printed more than %d bytes", mostDiff)}
	}
	changes, err := ParseDiff(printed.text, exit)
	return changes, heard.Heard(), err
}
