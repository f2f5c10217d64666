package archive

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"
)

// stored is a release as it lies in the store.
type stored struct {
	Summary
	object Object
	run    Run
	sums   []string // of its files
}

// summaries reads the manifests of a stage, or of all, newest first; a limit
// above zero bounds how many.
func summaries(ctx context.Context, store Store, l Layout, stage string, limit int) ([]stored, error) {
	begins := l.Manifests()
	if stage != "" {
		begins += stage + "/"
	}
	var all []stored
	for o, err := range store.List(ctx, begins) {
		if err != nil {
			return nil, err
		}
		s, name, ok := parse(o.Key, l.Manifests())
		if !ok {
			return nil, badKey(o.Key)
		}
		all = append(all, stored{Summary: Summary{Stage: s, Release: name}, object: o})
	}
	// A manifest is written once, so the store's time of it is the release's.
	slices.SortFunc(all, func(a, b stored) int {
		return cmp.Or(b.object.Modified.Compare(a.object.Modified), cmp.Compare(b.Release, a.Release), cmp.Compare(a.Stage, b.Stage))
	})
	if limit > 0 {
		all = all[:min(limit, len(all))]
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i := range all {
		group.Go(func() error { return all[i].read(ctx, store, l) })
	}
	return all, group.Wait()
}

func (s *stored) read(ctx context.Context, store Store, l Layout) error {
	m, err := load(ctx, store, l, s.Stage, s.Release)
	if errors.Is(err, ErrDamaged) {
		s.Damaged, s.Created = true, s.object.Modified
		return nil
	}
	if err != nil {
		return err
	}
	s.Created, s.Commit, s.Actor, s.RunURL = m.Created, m.Commit, m.Run.Actor, m.Run.URL
	s.Files, s.Bytes, s.run = len(m.Files), m.Bytes(), m.Run
	for _, f := range m.Files {
		s.sums = append(s.sums, f.SHA256)
	}
	return nil
}
