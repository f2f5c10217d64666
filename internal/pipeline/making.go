package pipeline

import (
	"context"
	"fmt"
	"slices"
)

// findMakings looks for the runs that made the caches which this run has used.
func (o *Observation) findMakings(ctx context.Context, hub GitHub, workflow string) error {
	m := maker{hub: hub, jobs: map[[2]int64][]Job{}}
	for _, w := range o.Watches {
		e, outcome := sight(o.Run, o.Entries, o.Refs, w)
		if _, known := o.Makings[e.ID]; known || outcome != hit {
			continue
		}
		if m.runs == nil {
			var err error
			if m.runs, err = hub.Runs(ctx, workflow, mostRuns); err != nil {
				return err
			}
		}
		var err error
		if o.Makings[e.ID], err = m.of(ctx, e, w.Step); err != nil {
			return err
		}
	}
	return nil
}

// maker finds the runs that made caches among the newest of a workflow.
type maker struct {
	hub  GitHub
	runs []Run
	// jobs were read before, by run and attempt.
	jobs map[[2]int64][]Job
}

// of picks the run that made a cache. Where several ran at the time it is the
// one with a job that has the step and was under way just then.
func (m maker) of(ctx context.Context, e Entry, step string) (Making, error) {
	var found []Making
	for _, r := range m.runs {
		r, ok, err := m.attempt(ctx, r, e)
		if err != nil {
			return Making{}, err
		}
		if !ok {
			continue
		}
		key := [2]int64{r.ID, int64(r.Attempt)}
		if _, known := m.jobs[key]; !known {
			if m.jobs[key], err = m.hub.Jobs(ctx, r.ID, r.Attempt); err != nil {
				return Making{}, err
			}
		}
		found = append(found, Making{Run: r, Jobs: m.jobs[key]})
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(k Making) bool {
			return !slices.ContainsFunc(k.Jobs, func(j Job) bool {
				took, _ := times(j, step)
				return took != nil && !e.Created.Before(j.Started) && !e.Created.After(j.Ended.Add(grain))
			})
		})
		if len(found) != 1 {
			return Making{Why: "several runs were under way when it was made"}, nil
		}
	}
	if len(found) == 0 {
		return Making{Why: fmt.Sprintf("the run that made it is not among the newest %d of the workflow", mostRuns)}, nil
	}
	return found[0], nil
}

// attempt returns the attempt of a run during which a cache was made; a run
// that was repeated is listed with its newest attempt.
func (m maker) attempt(ctx context.Context, r Run, e Entry) (Run, bool, error) {
	if e.Created.Before(r.Created) {
		return r, false, nil
	}
	for e.Created.Before(r.Began()) && r.Attempt > 1 {
		var err error
		if r, err = m.hub.Attempt(ctx, r.ID, r.Attempt-1); err != nil {
			return r, false, err
		}
	}
	return r, r.Over && r.holds(e.Created), nil
}
