package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Bounds of what goes on at once. Many small files are bound by the store's
// answers, few large ones by memory: a large one takes its parts' buffers.
const (
	workers   = 32
	memory    = 128 << 20
	partsHeld = 6
	// maxDocument bounds in bytes a document whose secrets are taken out.
	maxDocument = 64 << 20
)

// Ports are what archiving works with.
type Ports struct {
	Store Store
	Files fs.FS
	// Progress is told how many bytes are through, of the total that Total is
	// told once; both may be nil.
	Total    func(bytes int64)
	Progress func(done int64)
}

// Order is what to archive.
type Order struct {
	Layout  Layout
	Project string
	Stage   string
	// Release names the release; empty derives a name from time, commit and run.
	Release string
	Commit  string
	Ref     string
	Run     Run
	Rules   []Rule
	Require []Role
	// Now is when this run began; a run before it may have fixed another time.
	Now time.Time
	// Hold puts a legal hold on everything that the release consists of.
	Hold bool
}

// Keep archives a release: claim, contents, and last the manifest.
func Keep(ctx context.Context, p Ports, o Order) (Result, error) {
	entries, err := Collect(p.Files, o.Rules, o.Require)
	if err != nil {
		return Result{}, err
	}
	if err := checkHold(ctx, p.Store, o.Hold); err != nil {
		return Result{}, err
	}
	c, err := o.claim(ctx, p.Store)
	if err != nil {
		return Result{}, err
	}
	if err := awaitPruning(ctx, p.Store, o.Layout, o.Now); err != nil {
		return Result{}, err
	}
	k := newKeeper(p, o)
	files, err := k.all(ctx, entries)
	if err != nil {
		return Result{}, err
	}
	m := Manifest{
		SchemaVersion: SchemaVersion, Project: o.Project, Stage: o.Stage, Release: c.Release, Created: c.Created,
		Commit: o.Commit, Ref: o.Ref, Run: o.Run,
	}
	for _, f := range files {
		m.Files = append(m.Files, f.File)
	}
	again, err := o.commit(ctx, p.Store, m)
	if err != nil {
		return Result{}, err
	}
	return kept(p.Store, o, m, files, again), nil
}

func (o Order) claim(ctx context.Context, store Store) (claim, error) {
	name, identity := o.Release, o.Release
	if name == "" {
		name, identity = Name(o.Now, o.Commit, o.Run), Identity(o.Commit, o.Run)
	}
	return stakeClaim(ctx, store, o.Layout.Claim(o.Stage, identity), claim{name, o.Now})
}

// checkHold refuses a legal hold that the bucket cannot keep.
func checkHold(ctx context.Context, store Store, wanted bool) error {
	if !wanted {
		return nil
	}
	can, err := store.CanHold(ctx)
	if err != nil || can {
		return err
	}
	return &fault.Fault{
		Kind: fault.Refused, Name: "legal-hold", What: "the bucket has no object lock, so a hold would hold nothing", Got: "true",
		Next: "Turn on versioning and object lock for the bucket (S3 allows it on existing buckets too), or leave legal-hold out.",
	}
}

// commit writes the manifest, which makes the release. One that is there must
// be the same; again says that it is.
func (o Order) commit(ctx context.Context, store Store, m Manifest) (again bool, err error) {
	text, err := m.Encode()
	if err != nil {
		return false, err
	}
	if len(text) > maxManifest {
		return false, &fault.Fault{Kind: fault.Input, Name: m.Release, What: fmt.Sprintf("its manifest would have %d bytes", len(text)), Allowed: fmt.Sprintf("at most %d", maxManifest), Next: "Zip files, or name fewer."}
	}
	key := o.Layout.Manifest(m.Stage, m.Release)
	err = store.Create(ctx, key, small(text, o.Hold))
	if !errors.Is(err, ErrExists) {
		return false, err
	}
	there, err := readSmall(ctx, store, key, maxManifest)
	if err != nil {
		return false, err
	}
	if bytes.Equal(there, text) {
		if o.Hold {
			err = store.Hold(ctx, key)
		}
		return true, err
	}
	return false, &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.ArchiveExists}, Name: m.Release, What: "is archived already, with other content" + difference(there, m),
		Next: "A release is never changed. Give these files another release, or another stage such as build.",
	}
}

// difference names a file in which two manifests part.
func difference(there []byte, m Manifest) string {
	old, err := ParseManifest(there)
	if err != nil {
		return ": " + err.Error()
	}
	was := map[string]File{}
	for _, f := range old.Files {
		was[f.Path] = f
	}
	for _, f := range m.Files {
		before, ok := was[f.Path]
		switch {
		case !ok:
			return ": without " + f.Path
		case before.SHA256 != f.SHA256:
			return ": another " + f.Path
		}
		delete(was, f.Path)
	}
	for path := range was {
		return ": with " + path
	}
	return ": the same files, of another commit, ref, project or run"
}

// keeper stores the files of one release.
type keeper struct {
	Ports
	order  Order
	memory *semaphore.Weighted
	done   atomic.Int64
	mu     sync.Mutex
	// first remembers which contents this run has begun to store.
	first map[Sum]bool
}

func newKeeper(p Ports, o Order) *keeper {
	return &keeper{Ports: p, order: o, memory: semaphore.NewWeighted(memory), first: map[Sum]bool{}}
}

// all stores every entry and returns what became of each, in their order.
func (k *keeper) all(ctx context.Context, entries []Entry) ([]FileResult, error) {
	files := make([]FileResult, len(entries))
	order := make([]int, len(entries))
	var total int64
	for i, e := range entries {
		order[i] = i
		total += e.Size
	}
	if k.Total != nil {
		k.Total(total)
	}
	// The largest first: what takes longest must not begin last.
	slices.SortStableFunc(order, func(a, b int) int { return int(min(1, max(-1, entries[b].Size-entries[a].Size))) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, i := range order {
		group.Go(func() (err error) {
			files[i], err = k.one(ctx, entries[i])
			if err == nil && k.Progress != nil {
				k.Progress(k.done.Add(entries[i].Size))
			}
			return err
		})
	}
	return files, group.Wait()
}
