package rollback

import (
	"context"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// decide observes and decides.
func (r *run) decide(ctx context.Context) error {
	if err := r.observe(ctx); err != nil {
		return err
	}
	if first, ok := Newest(r.o.Ask, r.seen); ok && r.o.To == LastGood && r.o.Leave == "" {
		var err error
		if r.seen.Live, err = r.match(ctx, first); err != nil {
			return err
		}
	}
	d, err := Decide(r.o.Ask, r.seen)
	if err != nil {
		return err
	}
	r.d = d
	r.res.decided(d)
	r.step("Decided: " + d.sentence())
	return nil
}

func (r *run) observe(ctx context.Context) error {
	all, err := archive.Releases(ctx, r.Store, r.o.Layout, r.o.Stage)
	if err != nil {
		return err
	}
	for _, one := range all {
		r.seen.Releases = append(r.seen.Releases, Release{
			Name: one.Release, Commit: one.Commit, Run: one.Run.ID, Created: one.Created, Stored: one.Stored, Damaged: one.Damaged,
		})
	}
	if r.seen.Journal, err = r.journal.read(ctx); err != nil {
		return err
	}
	if r.stand, err = r.SST.Stand(ctx); err != nil {
		return err
	}
	r.seen.Update, r.seen.Locked, r.seen.LockRun = r.stand.Update, r.stand.Locked, r.stand.LockRun
	return nil
}

// match holds the functions against the code that a release had in them, or,
// where a rollback has deployed it again, against what that deployment made:
// a zip that is built anew need not have the same bytes.
func (r *run) match(ctx context.Context, release Release) (Match, error) {
	want := map[string]string{}
	if p := r.seen.done(); p != nil && p.Plan.Release == release.Name {
		want = p.Done.Functions
	} else {
		files, err := archive.Load(ctx, r.Store, r.o.Layout, r.o.Stage, release.Name)
		if err != nil {
			return Unknown, err
		}
		then, _, err := r.stateOf(ctx, files)
		if fault.KindOf(err) == fault.Refused {
			// A state that is damaged tells nothing, and is no reason to stay.
			r.note("Whether the functions run " + release.Name + " cannot be told: " + err.Error())
			return Unknown, nil
		}
		if err != nil {
			return Unknown, err
		}
		for _, w := range then.Functions {
			if w.Path != "" {
				want[w.Name] = w.SHA256
			}
		}
	}
	if len(want) == 0 {
		return Unknown, nil
	}
	now, err := r.codes(ctx, want)
	if err != nil {
		return Unknown, err
	}
	for name, sum := range want {
		if now[name] != sum {
			return Other, nil
		}
	}
	return Same, nil
}

// stateOf reads the state that a release was archived with, and finds each
// function's zip among its files. ok is false where it holds none.
func (r *run) stateOf(ctx context.Context, m archive.Manifest) (s State, ok bool, err error) {
	zips := map[string]archive.File{}
	for _, f := range m.Files {
		if f.Role == archive.Function {
			zips[f.SHA256] = f
		}
	}
	for _, f := range m.Files {
		if f.Role != archive.State {
			continue
		}
		text, err := archive.Read(ctx, r.Store, r.o.Layout, f)
		if err != nil {
			return s, false, err
		}
		if s, err = ParseState(text); err != nil {
			return s, false, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.RollbackRefused}, Name: f.Path, What: err.Error(), Next: "Roll back with part redeploy, which needs no state."}
		}
		ok = true
		break
	}
	for i, w := range s.Functions {
		if f, found := zips[w.SHA256]; found {
			s.Functions[i].Path, s.Functions[i].Size = f.Path, f.Size
		}
	}
	return s, ok, nil
}
