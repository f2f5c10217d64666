package image

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Options say what is archived where.
type Options struct {
	Layout Layout
	// Siblings are archives of other repositories: what lies there is copied within
	// the store rather than fetched.
	Siblings []Layout
	// Again are contents that are fetched anew although they seem to be there: what
	// a deep [Verify] found damaged.
	Again []Digest
	// Leave are images that are known not to be archived. Any other image that
	// cannot be kept is an error, and no index is written.
	Leave []Digest
	// AtOnce is how many blobs are on their way; 0 is 8.
	AtOnce int
	// Now and Keep make what is there younger before it expires: with Keep, whatever
	// is older than a thirtieth of it (at least a day) is copied onto itself. Without
	// it an archive that is written again would expire with its oldest blob.
	Now  time.Time
	Keep time.Duration
	// Wait pauses between two tries; nil tries nothing again.
	Wait func(ctx context.Context, d time.Duration) error
	// Told hears how far it is; it may be nil, and is called by one at a time.
	Told func(Progress)
}

const (
	// rounds is how often a repository is listed: what changed while it was read is
	// taken up in the next round.
	rounds = 4
	// usualAtOnce is how many blobs are on their way.
	usualAtOnce = 8
)

// archiver is one run.
type archiver struct {
	Options
	from Source
	to   Shelf

	// before is the index that was there.
	before Index

	mu      sync.Mutex
	stock   map[Digest]Object // what lies in the layout, by its listing
	others  map[Digest]Object // what lies in the siblings
	asked   sync.Once         // for the siblings
	nodes   map[Digest]*entry
	roots   map[Digest]Descriptor
	left    map[Digest]Left
	stored  map[Digest]bool
	foreign map[Digest]Descriptor
	result  Result
	told    Progress
}

// Archive brings every image of a repository into the layout and then writes the
// index. It may be ended at any point and begun anew: what is there and right is not
// fetched again, and the index never names what is not there. An image that an
// earlier archive has stays in it, whatever became of it in the registry. Two at
// once do the work twice and harm nobody.
func Archive(ctx context.Context, from Source, to Shelf, o Options) (Result, error) {
	if o.AtOnce <= 0 {
		o.AtOnce = usualAtOnce
	}
	a := &archiver{
		Options: o, from: from, to: to, nodes: map[Digest]*entry{}, roots: map[Digest]Descriptor{}, left: map[Digest]Left{},
		stored: map[Digest]bool{}, foreign: map[Digest]Descriptor{},
	}
	a.result.Repository, a.result.Place = o.Layout.Repository(), to.String()+"/"+o.Layout.String()
	var err error
	if a.stock, err = a.inventory(ctx, o.Layout); err != nil {
		return a.result, err
	}
	if _, _, err := a.previous(ctx); err != nil {
		return a.result, err
	}
	if err := a.mark(ctx); err != nil {
		return a.result, err
	}
	images, err := a.untilStill(ctx)
	if err != nil {
		return a.result, err
	}
	return a.result, a.commit(ctx, images)
}

// untilStill archives what is listed until a listing has nothing new.
func (a *archiver) untilStill(ctx context.Context) ([]Listed, error) {
	var last []Listed
	for round := range rounds {
		images, err := a.list(ctx)
		if err != nil {
			return nil, err
		}
		if round > 0 && same(images, last) {
			return images, a.absentees(images)
		}
		if err := a.take(ctx, images); err != nil {
			return nil, err
		}
		last = images
	}
	return nil, &fault.Fault{
		Kind: fault.Refused, Name: a.from.Content.String(), What: fmt.Sprintf("its images changed each of the %d times that it was read", rounds),
		Next: "Stop what pushes to it, and run it again: what is stored already is not fetched again.",
	}
}

// list asks for all images, and refuses names that cannot be.
func (a *archiver) list(ctx context.Context) ([]Listed, error) {
	images, err := a.from.Catalog.Images(ctx)
	if err != nil {
		return nil, err
	}
	tags, seen := map[string]bool{}, map[Digest]bool{}
	for i, l := range images {
		if _, err := ParseDigest(string(l.Digest)); err != nil {
			return nil, err
		}
		if seen[l.Digest] {
			return nil, lies(a.from.Content.String(), "it lists the image %s twice", l.Digest.short())
		}
		seen[l.Digest] = true
		for _, tag := range l.Tags {
			if !tagNames.MatchString(tag) || tags[tag] {
				return nil, lies(a.from.Content.String(), "it lists the tag %q, which is none or stands twice", clip(tag))
			}
			tags[tag] = true
		}
		images[i].Tags = slices.Sorted(slices.Values(l.Tags))
	}
	slices.SortFunc(images, func(a, b Listed) int { return strings.Compare(string(a.Digest), string(b.Digest)) })
	return images, nil
}

func same(a, b []Listed) bool {
	return slices.EqualFunc(a, b, func(x, y Listed) bool {
		return x.Digest == y.Digest && x.Asleep == y.Asleep && slices.Equal(x.Tags, y.Tags)
	})
}

// absentees refuses a registry that lists what it does not have.
func (a *archiver) absentees(images []Listed) error {
	for _, l := range images {
		if _, ok := a.roots[l.Digest]; !ok && a.left[l.Digest].Why == "" {
			return lies(a.from.Content.String(), "it lists the image %s (%s), and says that it has none", l.Digest.short(), named(l.Tags))
		}
	}
	return nil
}

func named(tags []string) string {
	if len(tags) == 0 {
		return "without a tag"
	}
	return clip(strings.Join(tags, ", "))
}

// take brings everything that the images need into the layout.
func (a *archiver) take(ctx context.Context, images []Listed) error {
	if err := a.manifests(ctx, images); err != nil {
		return err
	}
	if err := a.refusals(); err != nil {
		return err
	}
	wanted, err := a.wanted()
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.told.Doing, a.told.Total = "blobs", len(a.stored)+len(wanted)
	for _, w := range wanted {
		a.told.TotalBytes += w.Size
	}
	a.mu.Unlock()
	// The largest go first: one of them alone at the end would make all wait.
	slices.SortFunc(wanted, func(x, y want) int {
		return cmp.Or(cmp.Compare(y.Size, x.Size), strings.Compare(string(x.Digest), string(y.Digest)))
	})
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(a.AtOnce)
	for _, w := range wanted {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			err := a.blob(ctx, w)
			if err == nil {
				a.mu.Lock()
				a.stored[w.Digest] = true
				a.mu.Unlock()
				a.step(func(p *Progress) { p.Blobs++ })
			}
			return err
		})
	}
	return group.Wait()
}

// step tells how far it is.
func (a *archiver) step(change func(*Progress)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.told)
	if a.Told != nil {
		a.Told(a.told)
	}
}

// inventory is what lies in a layout, by its listing.
func (a *archiver) inventory(ctx context.Context, l Layout) (map[Digest]Object, error) {
	all := map[Digest]Object{}
	for o, err := range a.to.List(ctx, l.Blobs()) {
		if err != nil {
			return nil, err
		}
		if d, ok := l.digestOf(o.Key); ok {
			all[d] = o
		}
	}
	return all, nil
}

// mark writes the file oci-layout, unless it is there.
func (a *archiver) mark(ctx context.Context) error {
	err := a.put(ctx, a.Layout.Marker(), "application/json", []byte(marker), "")
	if !errors.Is(err, ErrChanged) {
		return err
	}
	text, err := readWhole(ctx, a.to, a.Layout.Marker(), 1<<10)
	if err == nil && string(text) != marker {
		err = broken(a.Layout.Marker(), "is not what begins an OCI layout of version 1.0.0")
	}
	return err
}
