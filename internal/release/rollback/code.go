package rollback

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Bounds of what goes on at once and of how long it may take. Lambda answers
// 100 reads and 15 other calls a second for an account; source: Lambda quotas.
const (
	looks = 8
	puts  = 4
	// within bounds one function's change, waits included.
	within = 3 * time.Minute
	// changes bounds how often a function may be changed by others meanwhile.
	changes = 5
	// firstWait grows up to lastWait.
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// code puts the release's code back into the functions. Nothing is touched
// before every function was looked at and every zip that is needed was proven.
func (r *run) code(ctx context.Context) error {
	if why := r.unfit(); why != "" {
		r.res.Code = LeftOut
		r.note("The code was not put back ahead of the deployment: " + why + ".")
		r.step("Left the code to the deployment")
		return nil
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	if err := r.prove(ctx); err != nil {
		return err
	}
	if err := r.put(ctx); err != nil {
		return err
	}
	r.res.Code = Done
	n := r.res.count(Put)
	r.step(fmt.Sprintf("The code is back: %d put, %d had it already, %d left to the deployment", n, r.res.count(There), r.res.count(Left)+r.res.count(Gone)))
	return r.journal.write(ctx, r.plan.ID, docCode, r.at(Step{Functions: r.res.codes()}))
}

// unfit says why the release's zips cannot simply be put back, "" if they can.
// They hold the linked resources encrypted with a key of the stage, which the
// functions are given in SST_KEY.
func (r *run) unfit() string {
	if !r.res.hasState {
		return "the release was archived without its state, which tells which function had which code"
	}
	now, err := ParseState(r.stand.State)
	switch {
	case r.stand.State == nil:
		return "the stage has no state, so it was removed"
	case err != nil:
		return "the stage's present state cannot be read, it " + err.Error()
	case r.then.Key.IsZero() || now.Key.IsZero():
		return "nothing tells whether the stage's key is still that of the release"
	case !r.then.Key.Equal(now.Key):
		return "the stage was made anew since (its key is of " + clock(now.Key) + ", the release's of " + clock(r.then.Key) + "), and what the zips hold encrypted could not be read"
	}
	return ""
}

// look looks at every function of the release and decides what becomes of it.
func (r *run) look(ctx context.Context) error {
	r.res.Functions = make([]FunctionResult, len(r.then.Functions))
	for i, w := range r.then.Functions {
		r.res.Functions[i] = FunctionResult{Component: w.Component, Name: w.Name, Want: w.SHA256, Status: Pending}
	}
	return each(ctx, looks, len(r.then.Functions), func(ctx context.Context, i int) error {
		w, f := r.then.Functions[i], &r.res.Functions[i]
		if w.Path == "" {
			f.Status, f.Note = Left, "its code is not in the archive"
			return nil
		}
		now, err := r.Functions.Look(ctx, w.Name)
		if errors.Is(err, ErrNoFunction) {
			f.Status, f.Note = Gone, "it is no longer there; the deployment makes it anew"
			return nil
		}
		if err != nil {
			return err
		}
		f.Was, f.Now, f.function = now.SHA256, now.SHA256, now
		if f.Note = w.differs(now); f.Note != "" {
			f.Status, f.Note = Left, f.Note+"; it comes back with the deployment"
		} else if now.SHA256 == w.SHA256 && !now.Updating && now.Problem == "" {
			f.Status = There
		}
		return nil
	})
}

// prove holds each zip that is needed against the manifest.
func (r *run) prove(ctx context.Context) error {
	proven := map[string]bool{}
	var files []archive.File
	for i, w := range r.then.Functions {
		if r.res.Functions[i].Status == Pending && !proven[w.SHA256] {
			proven[w.SHA256] = true
			files = append(files, archive.File{Path: w.Path, SHA256: w.SHA256, Size: w.Size})
		}
	}
	return each(ctx, looks, len(files), func(ctx context.Context, i int) error {
		return archive.Prove(ctx, r.Store, r.o.Layout, files[i])
	})
}

// put changes the functions, a few at once. One that fails does not keep the
// others from being brought back.
func (r *run) put(ctx context.Context) error {
	var mu sync.Mutex
	var problems []error
	err := each(ctx, puts, len(r.then.Functions), func(ctx context.Context, i int) error {
		f := &r.res.Functions[i]
		if f.Status != Pending || ctx.Err() != nil {
			return context.Cause(ctx)
		}
		began := r.Clock.Now()
		now, changed, err := r.one(ctx, r.then.Functions[i], f.function)
		f.Seconds = r.Clock.Now().Sub(began).Seconds()
		if now.SHA256 != "" {
			f.Now = now.SHA256
		}
		switch {
		case errors.Is(err, ErrNoFunction):
			f.Status, f.Note = Gone, "it was removed meanwhile; the deployment makes it anew"
			return nil
		case err != nil:
			f.Status, f.Note = Failed, err.Error()
			mu.Lock()
			problems = append(problems, err)
			mu.Unlock()
			return nil
		}
		f.Status = There
		if changed {
			f.Status = Put
			r.Note("%s has its code back.", f.Name)
		}
		return nil
	})
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return errors.Join(append(problems, err)...)
}

// one gives a function the code that it had, whatever happens to it meanwhile.
func (r *run) one(ctx context.Context, w Want, now Function) (last Function, changed bool, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RollbackFailed}, Name: w.Name, What: fmt.Sprintf("did not take its code within %s", within), Next: "Run it again: it goes on where it was.",
	})
	defer cancel()
	pause, tries := firstWait, 0
	for {
		switch {
		case now.Updating:
			// Lambda refuses a second change; what is under way may be ours.
		case changed && now.Problem != "":
			return now, changed, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RollbackFailed}, Name: w.Name, What: "Lambda could not change the function", Err: errors.New(now.Problem), Next: "Mend what Lambda names, then run it again."}
		case now.SHA256 == w.SHA256 && (changed || now.Problem == ""):
			return now, changed, nil
		case tries == changes:
			return now, changed, &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.RollbackFailed}, Name: w.Name, What: fmt.Sprintf("was changed by others %d times meanwhile", tries), Next: "See that nobody deploys, then run it again."}
		default:
			tries++
			after, err := r.Functions.Put(ctx, w.Name, now.Revision, r.o.Layout.Blob(w.SHA256))
			if err == nil {
				now, changed = after, true
				continue
			}
			if !errors.Is(err, ErrChanged) && !errors.Is(err, ErrBusy) {
				return now, changed, cause(ctx, err)
			}
		}
		if err := r.Clock.Wait(ctx, pause); err != nil {
			return now, changed, cause(ctx, err)
		}
		pause = min(lastWait, pause*3/2)
		if now, err = r.Functions.Look(ctx, w.Name); err != nil {
			return now, changed, cause(ctx, err)
		}
	}
}

// cause puts why a context ended in the place of an error that only says so.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// codes looks at functions; one that is gone has none.
func (r *run) codes(ctx context.Context, of map[string]string) (map[string]string, error) {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	sums := make([]string, len(names))
	err := each(ctx, looks, len(names), func(ctx context.Context, i int) error {
		f, err := r.Functions.Look(ctx, names[i])
		if err == nil {
			sums[i] = f.SHA256
		} else if !errors.Is(err, ErrNoFunction) {
			return err
		}
		return nil
	})
	all := map[string]string{}
	for i, name := range names {
		if sums[i] != "" {
			all[name] = sums[i]
		}
	}
	return all, err
}

// each calls f for 0 to n-1, most at once, and returns the first error.
func each(ctx context.Context, most, n int, f func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(most)
	for i := range n {
		group.Go(func() error { return f(ctx, i) })
	}
	return group.Wait()
}
