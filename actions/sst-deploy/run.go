package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// work is one run of a command.
type work struct {
	in     inputs
	s      *runner.Session
	plan   plan
	ports  deploy.Ports
	github *github.Client // nil without a token
	result result
	// env is what sst is given.
	env []string
	// deployment is the one on GitHub, 0 if none is kept. A rollback makes it
	// beside its work.
	deployment atomic.Int64
	// secrets are kept out of what goes to GitHub's API; the session keeps them
	// out of everything else.
	secrets []string
	mu      sync.Mutex // of secrets
	// receipt is what the deployment says of itself.
	receipt gate.Receipt
}

// settle bounds what is read and told after a cancellation. GitHub kills 10 s
// after it, sst is waited for up to 8.6 s.
const settle = 700 * time.Millisecond

// run settles what to do, does it, and tells what came of it.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	p, err := in.prepare(s)
	if err != nil {
		return err
	}
	// A dry run asks nobody; that of a rollback reads.
	if !*in.dryRun || *in.command == cmdRollback {
		leave, err := oidc.Become(ctx, s, *in.role, p.region)
		if err != nil {
			return err
		}
		defer leave()
	}
	if err := in.keys(s, &p); err != nil {
		return err
	}
	// Looking and unlocking do not call sst, so it need not be installed; a
	// rollback looks for it when it deploys.
	var command sst.Command
	if calls := *in.command == cmdDeploy || *in.command == cmdDiff; calls {
		if command, err = sst.Find(p.folder, *in.sst, s.Getenv); err != nil {
			return err
		}
	}
	env, names := sst.Environment(environ(), *in.env, p.folder)
	if p.region != "" && !slices.Contains(names, "AWS_REGION") {
		// SST would take us-east-1, and its state would be looked for elsewhere.
		env, names = append(env, "AWS_REGION="+p.region), append(names, "AWS_REGION")
	}
	w := work{in: in, s: s, plan: p, env: env, result: result{Result: deploy.NewResult(*in.command, p.target, p.caller.Run)}}
	w.mask(env)
	w.result.SST, w.result.Passed = command.String(), names
	w.result.Links = []deploy.Link{{Label: "Run", URL: runURL(s)}}
	if *in.dryRun && *in.command != cmdRollback {
		return w.dry(command)
	}
	if w.ports, w.github, err = in.ports(ctx, s, p, command, env); err != nil {
		return err
	}
	switch *in.command {
	case cmdDeploy:
		return w.deploy(ctx)
	case cmdDiff:
		return w.diff(ctx)
	case cmdUnlock:
		return w.unlock(ctx)
	case cmdRollback:
		return w.rollback(ctx)
	}
	return w.status(ctx)
}

// mask keeps what sst is given and may print out of the log.
func (w *work) mask(env []string) {
	w.hide(*w.in.token)
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		// Short values are words like "true": masking them hides nothing.
		if sst.Secret(name) && len(value) >= 8 && !strings.HasSuffix(name, "_FILE") {
			w.hide(value)
		}
	}
}

func (w *work) hide(value string) {
	w.s.Mask(value)
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(value) {
		if line = strings.TrimSpace(line); len(line) > 2 {
			w.secrets = append(w.secrets, line)
		}
	}
	// Longest first, so that a secret within a secret leaves no rest.
	slices.SortFunc(w.secrets, func(a, b string) int { return len(b) - len(a) })
}

// scrub keeps secrets out of what others read on GitHub: SST repeats the words
// of AWS and of the app.
func (w *work) scrub(text string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, secret := range w.secrets {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// dry shows what would be done.
func (w *work) dry(command sst.Command) error {
	args := map[string]string{
		cmdDeploy: " deploy --stage " + w.plan.target.Stage, cmdDiff: " diff --stage " + w.plan.target.Stage + " --json",
	}[*w.in.command]
	r := &w.result
	r.Verdict, r.Reason, r.Lead = verdict.Pass, deploy.ReasonDryRun, "Nothing was done: this is a dry run."
	r.SST = ""
	if args != "" {
		r.SST = command.String() + args
		r.Notes = append(r.Notes, "In the folder "+w.plan.folder+", found by "+command.From+".")
	}
	return w.tell(nil)
}

// deploy carries a deployment out and keeps GitHub told.
func (w *work) deploy(ctx context.Context) error {
	if err := w.built(); err != nil {
		return err
	}
	if err := w.begin(ctx, "", "sst deploy is under way"); err != nil {
		return err
	}
	d, err := w.carryOut(ctx)
	if err != nil {
		w.refused(err)
	} else if d.Outcome.Verdict == verdict.Pass {
		w.leave(ctx, d)
	}
	w.end(ctx)
	switch {
	case ctx.Err() != nil:
		err = errors.Join(context.Cause(ctx), err)
	case err == nil && d.Outcome.Verdict != verdict.Pass:
		err = &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Row("deploy", string(d.Outcome.Reason))}, What: "the deployment failed: " + d.Outcome.Lead}
	}
	return w.tell(err)
}

// carryOut deploys and puts what came of it into the result.
func (w *work) carryOut(ctx context.Context) (deploy.Deployment, error) {
	log := w.s.Log()
	var d deploy.Deployment
	var err error
	w.s.Group("sst deploy --stage "+w.plan.target.Stage, func() {
		d, err = deploy.Deploy(ctx, w.ports, deploy.Order{
			Target: w.plan.target, Caller: w.plan.caller, Log: log, Settle: settle,
			Retry: deploy.RetryPolicy{Times: *w.in.retries, Wait: *w.in.retryWait, Partial: *w.in.retryPartial},
		})
		err = errors.Join(err, log.Close())
	})
	w.result.Take(d)
	if err == nil && d.Outcome.Verdict == verdict.Pass {
		err = w.outputs(ctx, d)
	} else if why := sst.LastError(w.plan.folder, d.Began); why != "" && d.Calls > 0 {
		w.result.Notes = append(w.result.Notes, "SST's own log ends with: "+why)
	}
	return d, err
}

// diff shows what would change, in the comment also when that is not known: the
// last diff must not stand there as if it were true.
func (w *work) diff(ctx context.Context) error {
	log := w.s.Log()
	changes, heard, err := deploy.Diff(ctx, w.ports, deploy.Order{Target: w.plan.target, Caller: w.plan.caller, Log: log})
	err = errors.Join(err, log.Close())
	r := &w.result
	r.Calls, r.Version, r.Tail = 1, heard.Version, heard.Tail
	if err != nil {
		w.refused(err)
	} else {
		r.Verdict, r.Reason, r.Changes, r.Counts = verdict.Pass, deploy.ReasonDone, changes, deploy.CountsOf(changes)
		r.Lead = "Nothing would change."
		if n := r.Counts.Total(); n > 0 {
			r.Lead = "A deployment would change: " + r.Counts.String() + "."
		}
	}
	if ctx.Err() == nil {
		err = errors.Join(err, w.comment(ctx))
	}
	return w.tell(err)
}

// unlock releases the lock of a run that is over.
func (w *work) unlock(ctx context.Context) error {
	seen, err := deploy.Clear(ctx, w.ports, w.plan.target, w.plan.caller)
	r := &w.result
	r.Locks = append(r.Locks, seen...)
	if err != nil {
		w.refused(err)
		if n := len(seen); n > 0 && !seen[n-1].Released {
			r.Lock = &seen[n-1]
		}
		return w.tell(err)
	}
	r.Verdict, r.Reason, r.Lead = verdict.Pass, deploy.ReasonDone, "The stage was not locked."
	if n := len(seen); n > 0 && seen[n-1].Released {
		r.Lead = "The lock was released: " + seen[n-1].Why + "."
	}
	return w.tell(nil)
}

// status shows the last update, the lock and the outputs. It judges nothing.
func (w *work) status(ctx context.Context) error {
	r, t := &w.result, w.plan.target
	last, updated, err := t.Last(ctx, w.ports.Store)
	if err != nil {
		return err
	}
	r.Verdict, r.Reason, r.Lead = verdict.Pass, deploy.ReasonDone, "This stage was never deployed."
	if updated {
		r.Update = deploy.Seen(last)
		events, err := t.Events(ctx, w.ports.Store, last.ID)
		if err != nil {
			return err
		}
		if events != nil {
			r.Changes, r.Counts = events.Changes, deploy.CountsOf(events.Changes)
			r.Counts.Same = events.Same
		}
		r.Lead = deploy.Describe(last, events)
	}
	outputs, _, deployed, err := t.Outputs(ctx, w.ports.Store)
	if err != nil {
		return err
	}
	if deployed {
		r.Outputs = outputs
	}
	if r.Lock, err = deploy.Look(ctx, w.ports, t, w.plan.caller); err != nil {
		return err
	}
	if r.Lock != nil {
		r.Locks = append(r.Locks, *r.Lock)
		r.Lead += " It is locked."
	}
	return w.tell(nil)
}
