package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
)

// entry is a manifest that is read once, whoever needs it.
type entry struct {
	once      sync.Once
	node      *node
	err       error
	referrers []Digest
}

// manifests reads the manifests of all images and of what they point at.
func (a *archiver) manifests(ctx context.Context, images []Listed) error {
	a.step(func(p *Progress) { p.Doing = "manifests" })
	maps.DeleteFunc(a.nodes, func(_ Digest, e *entry) bool { return e.node == nil }) // what failed is asked for again
	known := map[Digest]bool{}
	next := images
	for len(next) > 0 {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(a.AtOnce)
		for _, l := range next {
			known[l.Digest] = true
			group.Go(func() error {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				return a.root(ctx, l)
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		next = a.pointed(known)
	}
	return nil
}

// pointed are manifests that others point at without holding them: their subject,
// and their referrers. A registry may lack a subject; source: OCI image-spec,
// manifest, subject.
func (a *archiver) pointed(known map[Digest]bool) (next []Listed) {
	if a.from.Complete {
		return nil
	}
	add := func(d Digest) {
		if e := a.nodes[d]; !known[d] && (e == nil || e.node == nil) {
			known[d] = true
			next = append(next, Listed{Digest: d})
		}
	}
	for _, d := range slices.Sorted(maps.Keys(a.nodes)) {
		e := a.nodes[d]
		if e.node == nil {
			continue
		}
		if e.node.subject != nil {
			add(e.node.subject.Digest)
		}
		for _, r := range e.referrers {
			add(r)
		}
	}
	return next
}

// root reads one image with all that it holds.
func (a *archiver) root(ctx context.Context, l Listed) error {
	why := left(l.Asleep)
	if why == "" && slices.Contains(a.Leave, l.Digest) {
		why = "it was named as one to leave out"
	}
	if why == "" {
		n, err := a.load(ctx, l.Digest, 0)
		if errors.Is(err, ErrAbsent) {
			return nil // it went since it was listed; the next listing shows
		}
		if err == nil {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.roots[l.Digest] = n.Descriptor
			return nil
		}
		if !errors.As(err, &why) {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left[l.Digest] = Left{l.Digest, l.Tags, string(why)}
	return nil
}

// refusals is what is said of images that cannot be kept and that nobody has named.
func (a *archiver) refusals() error {
	var all []error
	for _, d := range slices.Sorted(maps.Keys(a.left)) {
		l := a.left[d]
		if a.before.names(d) {
			continue // it is in the archive already
		}
		if !slices.Contains(a.Leave, d) {
			all = append(all, &fault.Fault{
				Kind: fault.Refused, Name: string(d), What: fmt.Sprintf("the image (%s) cannot be archived: %s", named(l.Tags), l.Why),
				Next: "Make it fit (pull it and push it again with a client of today, or restore it in ECR), or name this digest among those to leave out: it is then lost with the repository.",
			})
		}
	}
	return errors.Join(all...)
}

// load reads a manifest and what it holds, once.
func (a *archiver) load(ctx context.Context, d Digest, depth int) (*node, error) {
	if depth > mostNested {
		return nil, left(fmt.Sprintf("its indexes stand more than %d deep within each other", mostNested))
	}
	a.mu.Lock()
	e := a.nodes[d]
	if e == nil {
		e = &entry{}
		a.nodes[d] = e
	}
	a.mu.Unlock()
	// A manifest holds others by their hash, so that none can hold itself and no two
	// wait for each other.
	e.once.Do(func() {
		n, referrers, err := a.read(ctx, d)
		if err == nil {
			err = a.held(ctx, n, depth)
		}
		if e.err = err; err == nil {
			e.node, e.referrers = n, referrers
		}
	})
	return e.node, e.err
}

// held reads what an index holds.
func (a *archiver) held(ctx context.Context, index *node, depth int) error {
	for _, child := range index.children {
		n, err := a.load(ctx, child.Digest, depth+1)
		switch {
		case errors.Is(err, ErrAbsent):
			return left(fmt.Sprintf("its index names the manifest %s, which the registry does not have", child.Digest))
		case err != nil:
			return err
		case n.Size != child.Size:
			return lies(string(index.Digest), "it says that the manifest %s has %d bytes, and it has %d", child.Digest.short(), child.Size, n.Size)
		}
	}
	return nil
}

// read takes one manifest from the layout or else from the registry.
func (a *archiver) read(ctx context.Context, d Digest) (n *node, referrers []Digest, err error) {
	text, over, err := a.shelved(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	fresh := text == nil
	if fresh {
		err = again(ctx, a.Wait, string(d), mostManifest, func(ctx context.Context) (err error) {
			text, err = a.from.Content.Manifest(ctx, d)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
	}
	if n, err = parseFetched(d, text); err != nil {
		return nil, nil, err
	}
	if fresh {
		if err := a.keep(ctx, n, over); err != nil {
			return nil, nil, err
		}
	}
	n.text = nil // there may be many thousands
	a.step(func(p *Progress) { p.Manifests++ })
	if !a.from.Complete {
		err = again(ctx, a.Wait, string(d), mostManifest, func(ctx context.Context) (err error) {
			referrers, err = a.from.Content.Referrers(ctx, d)
			return err
		})
	}
	return n, referrers, err
}

// parseFetched holds a manifest against its digest before it is read. One of schema
// 1 is signed within its own bytes, so that its digest is another.
func parseFetched(d Digest, text []byte) (*node, error) {
	if len(text) > mostManifest {
		return nil, lies(string(d), "its manifest has %d bytes, more than any registry takes", len(text))
	}
	n, err := parseManifest(d, text)
	var unfit left
	if errors.As(err, &unfit) {
		return nil, err
	}
	if !sameBytes(d, text) {
		return nil, lies(string(d), "the registry answers with a manifest of another digest")
	}
	return n, err
}

// shelved is the manifest as it lies in the layout; nil if it must be fetched, with
// the version that it then replaces.
func (a *archiver) shelved(ctx context.Context, d Digest) (text []byte, over string, err error) {
	if _, ok := a.stock[d]; !ok {
		return nil, "", nil
	}
	o, err := a.to.Head(ctx, a.Layout.Blob(d))
	if errors.Is(err, ErrAbsent) {
		return nil, "", nil
	}
	if err != nil || slices.Contains(a.Again, d) || o.Size > mostManifest || a.stale(o) {
		return nil, o.Version, err
	}
	text, err = readWhole(ctx, a.to, o.Key, mostManifest)
	if errors.Is(err, ErrAbsent) {
		return nil, "", nil
	}
	if err != nil || !sameBytes(d, text) {
		return nil, o.Version, err
	}
	return text, "", nil
}

// keep writes a manifest into the layout.
func (a *archiver) keep(ctx context.Context, n *node, over string) error {
	key := a.Layout.Blob(n.Digest)
	err := a.put(ctx, key, n.MediaType, n.text, over)
	if !errors.Is(err, ErrChanged) {
		return err
	}
	// Another run was faster, or the answer to this one got lost.
	text, err := readWhole(ctx, a.to, key, mostManifest)
	if err == nil && !sameBytes(n.Digest, text) {
		err = broken(key, "was written meanwhile by somebody else, and is not what its name says")
	}
	return err
}
