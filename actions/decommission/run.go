package main

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/identity"
	"github.com/cutover-dev/cutover/internal/adapter/aws/oidc"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// work is one run of the action.
type work struct {
	in      inputs
	s       *runner.Session
	file    *config.File
	region  string
	stage   string
	traffic rollout.Settings
	legacy  retire.Settings
	checks  []check
	caller  identity.Caller
	store   s3.Retirement
	clock   *clock
	// sealed is the plan that it goes by; nil while there is none.
	sealed *plan.Sealed
	result result
}

// run does what the command says and tells what came of it, also when it was
// broken off.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	file, err := config.Load(*in.config)
	if err != nil {
		return config.Faults(err)
	}
	s.Runbooks(file.Runbooks())
	w := &work{in: in, s: s, file: file, region: s.Region(*in.region, string(file.Region)), result: newResult(*in.command, file.Project, *in.stage)}
	if file.Legacy == nil || file.Traffic == nil {
		w.result.Lead = "Not configured: cutover.yaml has no section legacy, so nothing is to go."
		if file.Legacy != nil {
			w.result.Lead = "Not configured: cutover.yaml has no section traffic, so nobody knows which side is used."
		}
		return w.tell(nil)
	}
	w.traffic, w.legacy, w.stage = *file.Traffic, *file.Legacy, file.Traffic.Stage
	w.result.Stage = w.stage
	if err := w.check(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, *in.timeout+*in.span, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.TimedOut}, Name: "timeout", What: "it took longer than allowed", Got: in.timeout.String(), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	leave, err := oidc.Become(ctx, s, *in.role, w.region)
	if err != nil {
		return runner.Ended(ctx, err)
	}
	defer leave()
	if err := w.open(ctx); err != nil {
		return runner.Ended(ctx, err)
	}
	return w.tell(runner.Ended(ctx, w.do(ctx)))
}

var (
	accounts = regexp.MustCompile(`^[0-9]{12}$`)
	hashes   = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// check refuses what cannot be before anything is asked.
func (w *work) check() (err error) {
	in := w.in
	wrong := func(name, what, got, allowed, next string) error {
		return &fault.Fault{Kind: fault.Input, Name: name, What: what, Got: got, Allowed: allowed, Next: next}
	}
	approves := *in.command == cmdApprove
	switch {
	case *in.stage != "" && *in.stage != w.stage:
		return wrong("stage", "is not the one whose traffic moved", *in.stage, w.stage, "Another stage needs a cutover.yaml of its own, named by config.")
	case *in.account != "" && !accounts.MatchString(*in.account):
		return wrong("account", "is no number of an AWS account", *in.account, "12 digits", "")
	case *in.plan != "" && !hashes.MatchString(*in.plan):
		return wrong("plan", "is no hash of a plan", *in.plan, "64 hex digits, as the command plan prints them", "")
	case approves && *in.account == "":
		return wrong("account", "is missing", "", "", "Type the number of the account in which something is to be deleted.")
	case approves && *in.plan == "":
		return wrong("plan", "is missing", "", "", "Give the SHA-256 of the plan that you have read.")
	case approves && *in.name == "":
		return wrong("name", "is missing", "", "", "Type the name of what is to be deleted; the plan says which.")
	case approves && *in.expires <= 0:
		return wrong("expires", "is no time to come", in.expires.String(), "above zero", "")
	case *in.every <= 0:
		return wrong("every", "is no pause", in.every.String(), "above zero", "")
	case *in.span < 0:
		return wrong("for", "is no time to wait", in.span.String(), "zero or more", "")
	case slices.Contains([]string{cmdApply, cmdAbort}, *in.command) && w.who() == "":
		return wrong("by", "is needed: the log says who ordered what", "", "", "Give a name, or run it in GitHub Actions, which knows.")
	case *in.command == cmdRestore && *in.repository == "" && *in.kit == "":
		return wrong("repository", "is missing", "", "", "Name the repository whose images come back, or give kit, a folder for the restore kit.")
	}
	w.checks, err = w.checked()
	return err
}

func (w *work) who() string { return cmp.Or(*w.in.by, w.s.Getenv("GITHUB_ACTOR")) }

// open makes what every command needs.
func (w *work) open(ctx context.Context) (err error) {
	if w.store, err = s3.OpenRetirement(ctx, *w.in.bucket, w.in.prefix.String(), w.stage, s3.Options{Region: w.region}); err != nil {
		return err
	}
	if w.caller, err = identity.Of(ctx, w.region); err != nil {
		return err
	}
	w.region = w.caller.Region
	w.result.Account, w.result.Region = w.caller.Account, w.region
	if named := *w.in.account; named != "" && named != w.caller.Account {
		return &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.Row("retire", "other_account")}, Name: "account", What: "is not the one whose credentials these are", Got: named, Allowed: w.caller.Account, Next: "Nothing was looked at. Give the role of the account that you mean."}
	}
	w.clock, err = newClock(func() (time.Time, error) {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return w.store.Time(within)
	})
	return err
}

func (w *work) do(ctx context.Context) error {
	switch *w.in.command {
	case cmdPlan:
		return w.plan(ctx)
	case cmdApprove:
		return w.approve(ctx)
	case cmdStatus:
		return w.status(ctx)
	case cmdFrozen:
		return w.frozen(ctx)
	case cmdArchive, cmdVerify:
		return w.images(ctx)
	case cmdRestore:
		return w.restore(ctx)
	}
	return w.carry(ctx)
}

func (w *work) say(format string, args ...any) {
	w.s.Notef("%s %s", w.clock.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

func (w *work) warn(text string) {
	w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "decommission", Message: text})
}
