package rollback

import (
	"context"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Ports are the ways to the outside.
type Ports struct {
	Store     archive.Store
	Functions Functions
	SST       SST
	Clock     Clock
	// Note says something to whoever watches.
	Note func(format string, args ...any)
	// Began is told once what is rolled back to, before anything is touched. It
	// must not take any time.
	Began func(release, commit string)
}

// Order is a rollback to carry out.
type Order struct {
	Ask
	App, Stage string
	// Part is All, Code or Redeploy.
	Part   string
	Layout archive.Layout
	// DryRun only shows the plan.
	DryRun bool
	// Within bounds each part but the deployment itself, whatever the servers do;
	// Settle bounds what is looked at after the run was cancelled.
	Within, Settle time.Duration
	// Again is the command that goes on with this rollback, without to and part.
	Again string
}

// run is one rollback under way.
type run struct {
	Ports
	o       Order
	res     Result
	journal journal
	seen    Seen
	stand   Stand
	d       Decision
	plan    Plan
	files   archive.Manifest
	then    State // the target's state
	// began says that the plan stands in the journal.
	began bool
}

// Run decides what to roll back to and carries it out. The result tells what is
// known also where there is an error.
func Run(ctx context.Context, p Ports, o Order) (Result, error) {
	r := &run{Ports: p, o: o, res: newResult(o), journal: newJournal(p.Store, o.Layout, o.Stage)}
	err := r.all(ctx)
	r.end(ctx, err)
	return r.res, err
}

func (r *run) all(ctx context.Context) error {
	if err := r.bounded(ctx, "looking at archive and stage", r.decide); err != nil {
		return err
	}
	if r.d.Action == Idle || r.d.Action == Over {
		r.res.Verdict = verdict.Pass
		return nil
	}
	if err := r.bounded(ctx, "reading the release", r.load); err != nil {
		return err
	}
	if r.o.DryRun {
		r.res.Verdict = verdict.Pass
		return r.bounded(ctx, "looking at the functions", r.preview)
	}
	if r.o.Part == Redeploy {
		// Another checkout is found before anything is begun.
		if err := r.bounded(ctx, "looking at the checkout", r.checkout); err != nil {
			return err
		}
	}
	if err := r.bounded(ctx, "beginning", r.begin); err != nil {
		return err
	}
	if err := r.bounded(ctx, "putting the code back", r.first); err != nil {
		return err
	}
	if r.o.Part == Code {
		r.res.Verdict = verdict.Pass
		return nil
	}
	if r.o.Part == All {
		if err := r.bounded(ctx, "looking at the checkout", r.checkout); err != nil {
			return err
		}
	}
	return r.redeploy(ctx)
}

// bounded does a part within its time.
func (r *run) bounded(ctx context.Context, what string, part func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, r.o.Within, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RollbackFailed}, Name: "rollback", What: fmt.Sprintf("%s took longer than %s", what, r.o.Within), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	err := part(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	return nil
}

// first is what comes ahead of the deployment: the code, unless only the
// deployment was asked for. Where the deployment follows in this very run, code
// that cannot be put back is no reason not to deploy.
func (r *run) first(ctx context.Context) error {
	if r.o.Part == Redeploy {
		// Looked at only, so that a failure can be told exactly.
		if err := r.look(ctx); err != nil {
			r.note("The functions could not be looked at: " + err.Error())
		}
		return nil
	}
	err := r.code(ctx)
	if err == nil {
		return nil
	}
	r.res.Code = Failed
	if r.o.Part == Code || ctx.Err() != nil {
		return err
	}
	r.note("The code could not be put back ahead of the deployment: " + err.Error())
	return nil
}

// load reads what the target consists of.
func (r *run) load(ctx context.Context) error {
	var err error
	if r.files, err = archive.Load(ctx, r.Store, r.o.Layout, r.o.Stage, r.d.Target.Name); err != nil {
		return err
	}
	if r.then, r.res.hasState, err = r.stateOf(ctx, r.files); err != nil && r.o.Part != Code && ctx.Err() == nil {
		// The deployment needs no state.
		r.note("Which function had which code cannot be told: " + err.Error())
		r.then, r.res.hasState, err = State{}, false, nil
	}
	return err
}

// begin sees that nobody works on the stage and writes the plan down, or goes on
// with the one that is there.
func (r *run) begin(ctx context.Context) error {
	if err := r.SST.Clear(ctx); err != nil {
		return err
	}
	r.stand.Locked, r.stand.LockRun = false, ""
	r.Began(r.d.Target.Name, r.d.Target.Commit)
	if r.d.Action == Resume {
		r.plan, r.began = r.d.Past.Plan, true
		r.res.ID = r.plan.ID
		r.step("Going on with rollback " + r.plan.ID)
		return nil
	}
	now := r.Clock.Now().UTC()
	r.plan = Plan{
		ID: newID(now, r.o.RunID), App: r.o.App, Stage: r.o.Stage, RunID: r.o.RunID, Began: now, To: r.o.To, Leave: r.o.Leave, OnlyAfter: r.o.OnlyAfter,
		Release: r.d.Target.Name, Commit: r.d.Target.Commit, From: r.d.From, Why: r.d.Why, Leaves: r.d.Leaves,
	}
	if err := r.journal.write(ctx, r.plan.ID, docPlan, r.plan); err != nil {
		return err
	}
	r.began, r.res.ID = true, r.plan.ID
	r.step("Wrote down rollback " + r.plan.ID)
	if r.d.Supersedes == "" {
		return nil
	}
	r.note("The unfinished rollback " + r.d.Supersedes + " is given up: " + r.d.Instead + ".")
	return r.journal.write(ctx, r.d.Supersedes, docSuperseded, r.at(Step{Why: r.d.Instead}))
}

// at fills in who does a step and when.
func (r *run) at(s Step) Step {
	s.RunID, s.At = r.o.RunID, r.Clock.Now().UTC()
	if s.Functions == nil {
		s.Functions = map[string]string{}
	}
	return s
}

func (r *run) note(text string) { r.res.Notes = append(r.res.Notes, text) }

// step is a line of what happened when.
func (r *run) step(text string) {
	r.res.Steps = append(r.res.Steps, Happened{r.Clock.Now().UTC(), text})
	r.Note("%s.", text)
}
