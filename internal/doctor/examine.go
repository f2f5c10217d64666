package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// atOnce is how many checks are under way at once: GitHub limits those who ask
// more, and Route 53 takes five requests a second.
const atOnce = 6

// Examine looks at everything, each check once those that it needs have passed,
// several at once. The rows stand in the order of the checks, whatever ended
// first. A need that is none of the checks was left out by whoever asked.
func Examine(ctx context.Context, checks []Check) []Row {
	rows := make([]Row, len(checks))
	done := map[string]chan struct{}{}
	at := map[string]int{}
	for i, c := range checks {
		done[c.Name], at[c.Name] = make(chan struct{}), i
	}
	slots := semaphore.NewWeighted(atOnce)
	var all errgroup.Group
	for i, c := range checks {
		all.Go(func() error {
			defer close(done[c.Name])
			rows[i] = c.row()
			for _, need := range c.Needs {
				j, known := at[need]
				if !known || j >= i {
					continue // what stands behind would be waited for in vain
				}
				<-done[need]
				if rows[j].Verdict != verdict.Pass {
					rows[i].Verdict, rows[i].Missing = verdict.Inconclusive, need
					rows[i].Observed = fmt.Sprintf("not looked at, because %s", ground(rows[j]))
					return nil
				}
			}
			rows[i].take(c.ask(ctx, slots))
			return nil
		})
	}
	_ = all.Wait() // no check returns an error: what went wrong is in its row
	return rows
}

// ground says why there is none.
func ground(r Row) string {
	switch {
	case r.Missing != "":
		return r.Check + " was not looked at either"
	case r.Verdict == verdict.Fail:
		return r.Check + " fails"
	}
	return r.Check + " is not known"
}

func (c Check) row() Row {
	needs := slices.Clone(c.Needs)
	if needs == nil {
		needs = []string{}
	}
	return Row{Check: c.Name, Part: c.Part, Title: c.Title, Wanted: c.Wanted, Needs: needs, Source: c.Source, Mend: []string{}}
}

// ask looks, unless the time is over.
func (c Check) ask(ctx context.Context, slots *semaphore.Weighted) Answer {
	if err := slots.Acquire(ctx, 1); err != nil {
		return late(ctx)
	}
	defer slots.Release(1)
	a := c.Look(ctx)
	if ctx.Err() != nil && a.Verdict == verdict.Inconclusive {
		return late(ctx)
	}
	return a
}

// late is the answer of a check whose time ran out.
func late(ctx context.Context) Answer {
	a := unasked(context.Cause(ctx))
	var f *fault.Fault
	if !errors.As(context.Cause(ctx), &f) {
		a = unknown("could not be asked: it was cancelled")
	}
	return a
}

func (r *Row) take(a Answer) {
	r.Verdict, r.Observed, r.Step = a.Verdict, a.Observed, a.Step
	if a.Verdict == "" {
		r.Verdict = verdict.Inconclusive // a check that says nothing has passed nothing
	}
	if len(a.Mend) > 0 {
		r.Mend = a.Mend
	}
}

// Of adds rows up. Nothing looked at at all is no pass.
func Of(project string, rows []Row, left []string) Result {
	r := Result{Project: project, Rows: rows, Left: left, Verdict: verdict.Pass}
	if r.Left == nil {
		r.Left = []string{}
	}
	if r.Rows == nil {
		r.Rows = []Row{}
	}
	var first *Row
	for i, row := range rows {
		switch row.Verdict {
		case verdict.Pass:
			r.Passed++
			continue
		case verdict.Fail:
			if r.Failed == 0 {
				first = &rows[i]
			}
			r.Failed++
		default:
			if first == nil {
				first = &rows[i]
			}
			r.Open++
		}
	}
	switch {
	case r.Failed > 0:
		r.Verdict = verdict.Fail
		r.Lead = fmt.Sprintf("%d of %d checks fail; first %s: %s.", r.Failed, len(rows), first.Title, first.Observed)
	case r.Open > 0:
		r.Verdict = verdict.Inconclusive
		r.Lead = fmt.Sprintf("%d of %d checks could not be made; first %s: %s.", r.Open, len(rows), first.Title, first.Observed)
	case len(rows) == 0:
		r.Verdict, r.Lead = verdict.Inconclusive, "Nothing was looked at."
	default:
		r.Lead = fmt.Sprintf("All %d checks pass: a first run has what it needs.", len(rows))
	}
	return r
}
