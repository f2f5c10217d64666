package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Back says how an archive is restored.
type Back struct {
	// Over lets tags that the registry has on other images move. Without it such a
	// tag is an error, before anything is pushed.
	Over bool
	// AtOnce is how many blobs are on their way; 0 is 8.
	AtOnce int
	// Wait pauses between two tries; nil tries nothing again.
	Wait func(ctx context.Context, d time.Duration) error
	// Told hears how far it is; it may be nil, and is called by one at a time.
	Told func(Progress)
}

// Restored is what restoring has come to.
type Restored struct {
	Repository string `json:"repository"`
	To         string `json:"to"`
	Tags       int    `json:"tags"`
	Manifests  int    `json:"manifests"`
	Blobs      int    `json:"blobs"`
	// MountedBlobs are those that the registry had in another repository, and took
	// over from there.
	MountedBlobs int `json:"mounted_blobs"`
	// Pushed are blobs and manifests that the registry did not have, PushedBytes the
	// bytes of the blobs among them.
	PushedBlobs     int       `json:"pushed_blobs"`
	PushedManifests int       `json:"pushed_manifests"`
	PushedTags      int       `json:"pushed_tags"`
	PushedBytes     int64     `json:"pushed_bytes"`
	Foreign         []Foreign `json:"foreign,omitempty"`
}

// restorer is one run.
type restorer struct {
	Back
	shelf  Shelf
	layout Layout
	to     Sink
	s      *survey
	tags   map[string]Digest

	mu     sync.Mutex
	result Restored
	told   Progress
}

// Restore pushes an archive back into a registry: blobs first, then manifests from
// the inside out, tags last, each under its old digest. What the registry has is not
// pushed again. An archive that is damaged is refused before anything is pushed.
func Restore(ctx context.Context, shelf Shelf, l Layout, to Sink, o Back) (Restored, error) {
	r := &restorer{Back: o, shelf: shelf, layout: l, to: to}
	if r.AtOnce <= 0 {
		r.AtOnce = usualAtOnce
	}
	s, x, _, err := surveyed(ctx, shelf, l, Check{AtOnce: r.AtOnce})
	if errors.Is(err, ErrAbsent) {
		return r.result, &fault.Fault{Kind: fault.Input, Name: l.String(), What: "holds no archive", Next: "Name the prefix and the repository as they were when it was archived."}
	}
	if err != nil {
		return r.result, err
	}
	for _, d := range slices.Sorted(maps.Keys(s.damaged)) {
		bad := s.damaged[d]
		return r.result, broken(bad.Key, "%s, and %s needs it; %d contents are damaged", bad.What, bad.Needed, len(s.damaged))
	}
	r.s, r.tags = s, x.Tags()
	r.result = Restored{
		Repository: l.Repository(), To: to.String(), Tags: len(r.tags), Manifests: len(s.nodes), Blobs: len(s.blobs) - len(s.foreign), Foreign: sortForeign(s.foreign),
	}
	move, err := r.moves(ctx)
	if err != nil {
		return r.result, err
	}
	if err := r.blobs(ctx); err != nil {
		return r.result, err
	}
	if err := r.manifests(ctx); err != nil {
		return r.result, err
	}
	for _, tag := range move {
		if err := r.push(ctx, tag, s.nodes[r.tags[tag]]); err != nil {
			return r.result, err
		}
		r.result.PushedTags++
	}
	return r.result, r.prove(ctx)
}

// moves are the tags that the registry does not have so.
func (r *restorer) moves(ctx context.Context) (move []string, err error) {
	for _, tag := range slices.Sorted(maps.Keys(r.tags)) {
		now, err := r.to.Tag(ctx, tag)
		switch {
		case errors.Is(err, ErrAbsent):
			move = append(move, tag)
		case err != nil:
			return nil, err
		case now == r.tags[tag]:
		case !r.Over:
			return nil, &fault.Fault{
				Kind: fault.Refused, Name: r.to.String() + ":" + tag, What: fmt.Sprintf("is %s there, and %s in the archive", now.short(), r.tags[tag].short()),
				Next: "Restore to an empty repository, or say that tags may move.",
			}
		default:
			move = append(move, tag)
		}
	}
	return move, nil
}

// blobs pushes what the registry lacks.
func (r *restorer) blobs(ctx context.Context) error {
	var all []want
	for d, w := range r.s.blobs {
		if _, foreign := r.s.foreign[d]; !foreign {
			all = append(all, w)
			r.told.TotalBytes += w.Size
		}
	}
	r.told.Doing, r.told.Total = "blobs", len(all)
	slices.SortFunc(all, func(x, y want) int {
		return cmp.Or(cmp.Compare(y.Size, x.Size), strings.Compare(string(x.Digest), string(y.Digest)))
	})
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.AtOnce)
	for _, w := range all {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return r.blob(ctx, w)
		})
	}
	return group.Wait()
}

func (r *restorer) blob(ctx context.Context, w want) error {
	has, err := r.to.HasBlob(ctx, w.Digest)
	if err != nil {
		return err
	}
	mounted := false
	if m, can := r.to.(Mounter); can && !has {
		if mounted, err = m.Mount(ctx, w.Digest); err != nil {
			return err
		}
	}
	has = has || mounted
	if !has {
		key := r.layout.Blob(w.Digest)
		var last *checked
		b := Body{Digest: w.Digest, Size: w.Size, Type: w.MediaType, Open: func(ctx context.Context) (io.ReadCloser, error) {
			body, err := r.shelf.Open(ctx, key)
			if err != nil {
				return nil, err
			}
			last = check(body, key, w.Digest, w.Size, nil)
			return last, nil
		}}
		err = again(ctx, r.Wait, key, w.Size, func(ctx context.Context) error {
			err := r.to.PutBlob(ctx, b)
			if err != nil && last != nil && last.failure() != nil {
				return last.failure()
			}
			return err
		})
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if mounted {
		r.result.MountedBlobs++
	}
	if !has {
		r.result.PushedBlobs++
		r.result.PushedBytes += w.Size
	}
	r.told.Blobs++
	r.told.Bytes += w.Size
	if r.Told != nil {
		r.Told(r.told)
	}
	return nil
}

// manifests pushes them from the inside out: a registry refuses an index before what
// it holds.
func (r *restorer) manifests(ctx context.Context) error {
	done := map[Digest]bool{}
	var push func(d Digest) error
	push = func(d Digest) error {
		n := r.s.nodes[d]
		if done[d] || n == nil {
			return nil
		}
		done[d] = true
		for _, c := range n.children {
			if err := push(c.Digest); err != nil {
				return err
			}
		}
		// A subject goes first where it is at hand; it need not be.
		if n.subject != nil {
			if err := push(n.subject.Digest); err != nil {
				return err
			}
		}
		has, err := r.to.HasManifest(ctx, d)
		if err != nil || has {
			return err
		}
		r.result.PushedManifests++
		return r.push(ctx, string(d), n)
	}
	for _, d := range slices.Sorted(maps.Keys(r.s.nodes)) {
		if err := push(d); err != nil {
			return err
		}
	}
	return nil
}

func (r *restorer) push(ctx context.Context, reference string, n *node) error {
	return again(ctx, r.Wait, reference, n.Size, func(ctx context.Context) error {
		return r.to.PutManifest(ctx, reference, n.MediaType, n.text)
	})
}

// prove asks the registry for every manifest and tag.
func (r *restorer) prove(ctx context.Context) error {
	for _, d := range slices.Sorted(maps.Keys(r.s.nodes)) {
		has, err := r.to.HasManifest(ctx, d)
		if err != nil {
			return err
		}
		if !has {
			return lies(r.to.String(), "it took the manifest %s and does not have it", d)
		}
	}
	for _, tag := range slices.Sorted(maps.Keys(r.tags)) {
		now, err := r.to.Tag(ctx, tag)
		if err != nil {
			return err
		}
		if now != r.tags[tag] {
			return lies(r.to.String(), "it took the tag %s for %s and has it on %s", tag, r.tags[tag], now)
		}
	}
	return nil
}
