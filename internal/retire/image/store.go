package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// want is a blob that a manifest needs.
type want struct {
	Descriptor
	by Digest
}

// wanted are the blobs that are not known to be stored. Two manifests that say
// different things of one blob cannot both be right.
func (a *archiver) wanted() ([]want, error) {
	sizes := map[Digest]want{}
	var all []want
	for _, d := range slices.Sorted(maps.Keys(a.nodes)) {
		e := a.nodes[d]
		if e.node == nil {
			continue
		}
		for _, b := range e.node.blobs {
			first, ok := sizes[b.Digest]
			if ok && first.Size != b.Size {
				return nil, lies(string(b.Digest), "%s says that it has %d bytes, %s says %d", first.by.short(), first.Size, d.short(), b.Size)
			}
			if ok {
				continue
			}
			sizes[b.Digest] = want{b, d}
			if !a.stored[b.Digest] {
				all = append(all, sizes[b.Digest])
			}
		}
	}
	return all, nil
}

// tries is how often another archiver may come between.
const tries = 4

// blob brings one blob into the layout.
func (a *archiver) blob(ctx context.Context, w want) error {
	key := a.Layout.Blob(w.Digest)
	there, over, err := a.there(ctx, w)
	if err != nil {
		return err
	}
	if there.Key != "" && !a.stale(there) {
		a.count(w, func(r *Result) { r.Skipped++ }, false)
		return nil
	}
	source := there // one that is merely old is copied onto itself
	if source.Key == "" {
		if source, err = a.sibling(ctx, w); err != nil {
			return err
		}
	}
	if source.Key != "" {
		copied, err := a.copy(ctx, w, source, key)
		if copied || err != nil {
			return err
		}
	}
	for range tries {
		err = a.fetch(ctx, w, key, over)
		if !errors.Is(err, ErrChanged) {
			return err
		}
		o, err := a.to.Head(ctx, key)
		if err != nil && !errors.Is(err, ErrAbsent) {
			return err
		}
		if right, err := a.right(ctx, o, w); right || err != nil {
			return err
		}
		over = o.Version
	}
	return &fault.Fault{Kind: fault.Outside, Name: key, What: "others kept writing the same object", Next: "Run it again when no other run archives this repository."}
}

// copy has the store copy an object, and looks at what has become of it. false says
// that it must be fetched.
func (a *archiver) copy(ctx context.Context, w want, source Object, key string) (bool, error) {
	err := again(ctx, a.Wait, key, w.Size, func(ctx context.Context) error { return a.to.Copy(ctx, source, key) })
	if errors.Is(err, ErrTooLarge) || errors.Is(err, ErrAbsent) || errors.Is(err, ErrChanged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	o, err := a.to.Head(ctx, key)
	if err != nil {
		return false, err
	}
	right, err := a.right(ctx, o, w)
	if right {
		a.count(w, func(r *Result) { r.Copied++ }, false)
	}
	return right, err
}

// there is the blob as it lies in the layout, if it is right; else the version that
// stands in its place.
func (a *archiver) there(ctx context.Context, w want) (Object, string, error) {
	if _, ok := a.stock[w.Digest]; !ok {
		return Object{}, "", nil
	}
	o, err := a.to.Head(ctx, a.Layout.Blob(w.Digest))
	if errors.Is(err, ErrAbsent) {
		return Object{}, "", nil
	}
	if err != nil || slices.Contains(a.Again, w.Digest) {
		return Object{}, o.Version, err
	}
	if right, err := a.right(ctx, o, w); !right || err != nil {
		return Object{}, o.Version, err
	}
	return o, o.Version, nil
}

// right says whether an object is the blob: by the store's checksum, or where it
// keeps none of the whole, by reading it.
func (a *archiver) right(ctx context.Context, o Object, w want) (bool, error) {
	if o.Size != w.Size || o.Key == "" || o.SHA256 != "" {
		return o.Key != "" && o.Size == w.Size && o.SHA256 == w.Digest.Hex(), nil
	}
	what, err := damageOf(ctx, a.to, o.Key, w.Digest, w.Size)
	return what == "", err
}

// stale says that an object would expire too early.
func (a *archiver) stale(o Object) bool {
	return a.Keep > 0 && !o.Modified.IsZero() && a.Now.Sub(o.Modified) > max(a.Keep/30, day)
}

// sibling is the blob in another repository's archive, if it is there and right.
func (a *archiver) sibling(ctx context.Context, w want) (Object, error) {
	if len(a.Siblings) == 0 || slices.Contains(a.Again, w.Digest) {
		return Object{}, nil
	}
	var failed error
	a.asked.Do(func() {
		a.others = map[Digest]Object{}
		for _, l := range a.Siblings {
			all, err := a.inventory(ctx, l)
			failed = errors.Join(failed, err)
			if l != a.Layout {
				maps.Copy(a.others, all)
			}
		}
	})
	listed, ok := a.others[w.Digest]
	if failed != nil || !ok || listed.Size != w.Size {
		return Object{}, failed
	}
	o, err := a.to.Head(ctx, listed.Key)
	if errors.Is(err, ErrAbsent) || err == nil && o.SHA256 != w.Digest.Hex() {
		return Object{}, nil
	}
	return o, err
}

// fetch streams a blob from the registry into the store.
func (a *archiver) fetch(ctx context.Context, w want, key, over string) error {
	name := a.from.Content.String() + "@" + string(w.Digest)
	var counted int64
	err := again(ctx, a.Wait, name, w.Size, func(ctx context.Context) error {
		a.step(func(p *Progress) { p.Bytes, counted = p.Bytes-counted, 0 })
		var last *checked
		err := a.to.Put(ctx, key, Body{Digest: w.Digest, Size: w.Size, Type: w.MediaType, Over: over, Open: func(ctx context.Context) (io.ReadCloser, error) {
			from, err := a.from.Content.Blob(ctx, w.Digest)
			if err != nil {
				return nil, err
			}
			last = check(from, name, w.Digest, w.Size, func(n int64) {
				a.step(func(p *Progress) { p.Bytes += n; counted += n })
			})
			return last, nil
		}})
		if err != nil && last != nil && last.failure() != nil {
			return last.failure() // the store only says that the body broke off
		}
		return err
	})
	switch {
	case errors.Is(err, ErrAbsent) && w.foreign():
		a.mu.Lock()
		defer a.mu.Unlock()
		a.foreign[w.Digest] = w.Descriptor
		return nil
	case errors.Is(err, ErrAbsent):
		return lies(name, "%s needs it, and the registry does not have it", w.by)
	case err == nil:
		a.count(w, func(r *Result) { r.Fetched++; r.FetchedBytes += w.Size }, true)
	}
	return err
}

// count notes what has become of a blob. What was not fetched moved no bytes yet.
func (a *archiver) count(w want, how func(*Result), fetched bool) {
	a.mu.Lock()
	how(&a.result)
	a.mu.Unlock()
	if !fetched {
		a.step(func(p *Progress) { p.Bytes += w.Size })
	}
}

// put writes a small object that is at hand.
func (a *archiver) put(ctx context.Context, key, kind string, text []byte, over string) error {
	sum := sha256.Sum256(text)
	b := Body{Digest: digestFrom(sum[:]), Size: int64(len(text)), Type: kind, Over: over, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	}}
	return again(ctx, a.Wait, key, b.Size, func(ctx context.Context) error { return a.to.Put(ctx, key, b) })
}

// attempts is how often something is tried that another system failed at.
const attempts = 4

// again does something until it succeeds, or fails for good: a refusal, and what
// somebody must change, is not tried again.
func again(ctx context.Context, wait func(context.Context, time.Duration) error, name string, size int64, f func(context.Context) error) error {
	for try := 1; ; try++ {
		inner, cancel := bound(ctx, name, size)
		err := f(inner)
		if err != nil && inner.Err() != nil {
			err = context.Cause(inner)
		}
		cancel()
		if err == nil || ctx.Err() != nil || !passing(err) || try == attempts || wait == nil {
			return err
		}
		if e := wait(ctx, time.Second<<(try-1)); e != nil {
			return errors.Join(err, e)
		}
	}
}

func passing(err error) bool {
	for _, final := range []error{ErrAbsent, ErrChanged, ErrTooLarge} {
		if errors.Is(err, final) {
			return false
		}
	}
	var unfit left
	return !errors.As(err, &unfit) && fault.KindOf(err) == fault.Outside
}

// readWhole reads a small object.
func readWhole(ctx context.Context, s Shelf, key string, most int64) ([]byte, error) {
	ctx, cancel := bound(ctx, key, most)
	defer cancel()
	body, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }() // only read from
	text, err := limited(body, most, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return text, nil
}
