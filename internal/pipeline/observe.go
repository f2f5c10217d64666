package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// GitHub is what is asked of GitHub. The adapter implements it.
type GitHub interface {
	// Attempt returns an attempt of a run, the newest for 0.
	Attempt(ctx context.Context, run int64, attempt int) (Run, error)
	// Jobs returns the jobs of an attempt, for 0 each job's newest execution.
	Jobs(ctx context.Context, run int64, attempt int) ([]Job, error)
	// Reviews returns what reviewers answered; it is ErrNotAllowed where the
	// token may not read that.
	Reviews(ctx context.Context, run int64) ([]Review, error)
	// Caches returns all caches of the repository.
	Caches(ctx context.Context) ([]Entry, error)
	// DefaultBranch is the branch whose caches every run may use.
	DefaultBranch(ctx context.Context) (string, error)
	// Runs returns the newest runs of a workflow, given by number or file name.
	Runs(ctx context.Context, workflow string, most int) ([]Run, error)
}

// ErrNotAllowed says that the token may not read something that the report can
// do without.
var ErrNotAllowed = errors.New("the token may not read this")

// mostRuns is how far back the run that made a cache is looked for.
const mostRuns = 50

// Order is what is to be observed.
type Order struct {
	Run     int64
	Attempt int // 0 is the newest
	Own     Own
	// Ref is the full ref that the run runs on, empty if that is not known here.
	Ref string
	// Base is the branch that a pull request is for, empty for none.
	Base string
	// Workflow is where to look for runs that made caches, the run's own unless
	// set.
	Workflow string
	Watches  []Watch
}

// Observe asks GitHub for what [Read] needs. now is asked when the jobs have
// been read, so that one that still runs is not told too short.
func Observe(ctx context.Context, hub GitHub, order Order, now func() time.Time) (Observation, error) {
	o := Observation{Own: order.Own, Watches: order.Watches, Makings: map[int64]Making{}}
	var err error
	if o.Run, err = hub.Attempt(ctx, order.Run, order.Attempt); err != nil {
		return o, err
	}
	if o.Jobs, err = jobsOf(ctx, hub, o.Run); err != nil {
		return o, err
	}
	o.Now = now()
	o.Reviews, err = hub.Reviews(ctx, order.Run)
	switch {
	case errors.Is(err, ErrNotAllowed):
		o.Notes = append(o.Notes, "The token may not read approvals: part of what a job waited may be a reviewer's time.")
	case err != nil:
		return o, err
	}
	if o.Entries, err = hub.Caches(ctx); err != nil {
		return o, err
	}
	if len(o.Watches) == 0 {
		return o, nil
	}
	branch, err := hub.DefaultBranch(ctx)
	if err != nil {
		return o, err
	}
	o.Refs = refs(order, o.Run, branch)
	if order.Workflow == "" {
		order.Workflow = fmt.Sprint(o.Run.Workflow)
	}
	return o, o.findMakings(ctx, hub, order.Workflow)
}

// jobsOf reads the jobs of an attempt. One that runs only some jobs again does
// not hold the others; they are in the list of newest executions.
func jobsOf(ctx context.Context, hub GitHub, r Run) ([]Job, error) {
	jobs, err := hub.Jobs(ctx, r.ID, r.Attempt)
	if err != nil || r.Attempt < 2 {
		return jobs, err
	}
	newest, err := hub.Jobs(ctx, r.ID, 0)
	if err != nil {
		return nil, err
	}
	for _, j := range newest {
		if !slices.ContainsFunc(jobs, func(k Job) bool { return k.Name == j.Name }) {
			jobs = append(jobs, j)
		}
	}
	return jobs, nil
}

// refs are the refs whose caches a run may use, in the order in which GitHub
// looks for them.
func refs(order Order, r Run, branch string) []string {
	var all []string
	add := func(ref string) {
		if !slices.Contains(all, ref) {
			all = append(all, ref)
		}
	}
	switch {
	case order.Ref != "":
		add(order.Ref)
	case r.Pull != 0:
		add(fmt.Sprintf("refs/pull/%d/merge", r.Pull))
	case r.Branch != "":
		// Of a run elsewhere GitHub does not say whether this is a branch or a tag.
		add("refs/heads/" + r.Branch)
		add("refs/tags/" + r.Branch)
	}
	if order.Base != "" {
		add("refs/heads/" + order.Base)
	}
	add("refs/heads/" + branch)
	return all
}
