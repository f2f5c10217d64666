package image

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// survey looks at what lies in a layout and is reached from manifests.
type survey struct {
	Check
	shelf  Shelf
	layout Layout

	mu      sync.Mutex
	nodes   map[Digest]*node
	blobs   map[Digest]want
	foreign map[Digest]Descriptor
	damaged map[Digest]Damage
	oldest  time.Time
	told    Progress
}

func newSurvey(shelf Shelf, l Layout, c Check) *survey {
	if c.AtOnce <= 0 {
		c.AtOnce = usualAtOnce
	}
	return &survey{
		Check: c, shelf: shelf, layout: l, nodes: map[Digest]*node{}, blobs: map[Digest]want{}, foreign: map[Digest]Descriptor{}, damaged: map[Digest]Damage{},
	}
}

// run reads all manifests that the roots reach, and then looks at their blobs.
func (s *survey) run(ctx context.Context, roots []Descriptor) error {
	seen := map[Digest]bool{}
	var next []want
	for _, r := range roots {
		seen[r.Digest] = true
		next = append(next, want{r, ""})
	}
	s.told.Doing = "manifests"
	for len(next) > 0 {
		if err := s.each(ctx, next, s.manifest); err != nil {
			return err
		}
		var deeper []want
		for _, w := range next {
			n := s.nodes[w.Digest]
			if n == nil {
				continue
			}
			for _, c := range n.children {
				if !seen[c.Digest] {
					seen[c.Digest] = true
					deeper = append(deeper, want{c, w.Digest})
				}
			}
			for _, b := range n.blobs {
				s.blobs[b.Digest] = want{b, w.Digest}
			}
		}
		next = deeper
	}
	all := slices.Collect(maps.Values(s.blobs))
	s.told.Doing, s.told.Total = "blobs", len(all)
	for _, w := range all {
		s.told.TotalBytes += w.Size
	}
	return s.each(ctx, all, s.blob)
}

func (s *survey) each(ctx context.Context, all []want, look func(context.Context, want) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.AtOnce)
	for _, w := range all {
		group.Go(func() error {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return look(ctx, w)
		})
	}
	return group.Wait()
}

// manifest reads one and holds it against its descriptor.
func (s *survey) manifest(ctx context.Context, w want) error {
	key := s.layout.Blob(w.Digest)
	text, err := readWhole(ctx, s.shelf, key, mostManifest)
	if errors.Is(err, ErrAbsent) {
		return s.hurt(w, "is not there")
	}
	if err != nil {
		return err
	}
	if !sameBytes(w.Digest, text) || int64(len(text)) != w.Size {
		return s.hurt(w, fmt.Sprintf("is not what its name says (%d bytes of %d)", len(text), w.Size))
	}
	n, err := parseManifest(w.Digest, text)
	if err != nil {
		return s.hurt(w, "is no manifest that can be followed: "+err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nodes[w.Digest] = n
	s.step(func(p *Progress) { p.Manifests++ })
	return nil
}

// blob looks at one blob.
func (s *survey) blob(ctx context.Context, w want) error {
	key := s.layout.Blob(w.Digest)
	o, err := s.shelf.Head(ctx, key)
	if errors.Is(err, ErrAbsent) {
		if w.foreign() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.foreign[w.Digest] = w.Descriptor
			return nil
		}
		return s.hurt(w, "is not there")
	}
	if err != nil {
		return err
	}
	what := ""
	switch {
	case o.Size != w.Size:
		what = fmt.Sprintf("has %d bytes, and its manifest names %d", o.Size, w.Size)
	case o.SHA256 != "" && o.SHA256 != w.Digest.Hex():
		what = "has another checksum at S3: " + o.SHA256
	case s.Deep || o.SHA256 == "":
		if what, err = damageOf(ctx, s.shelf, key, w.Digest, w.Size); err != nil {
			return err
		}
	}
	if what != "" {
		return s.hurt(w, what)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.oldest.IsZero() || o.Modified.Before(s.oldest) {
		s.oldest = o.Modified
	}
	s.step(func(p *Progress) { p.Blobs++; p.Bytes += w.Size })
	return nil
}

// step tells how far it is; s.mu must be held.
func (s *survey) step(change func(*Progress)) {
	change(&s.told)
	if s.Told != nil {
		s.Told(s.told)
	}
}

func (s *survey) hurt(w want, what string) error {
	needed := string(w.by)
	if needed == "" {
		needed = "index.json"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.damaged[w.Digest] = Damage{w.Digest, s.layout.Blob(w.Digest), what, needed}
	return nil
}

// closure is a manifest and all manifests that it reaches.
func (s *survey) closure(of Digest) (all []Digest) {
	seen := map[Digest]bool{}
	var visit func(Digest)
	visit = func(d Digest) {
		if seen[d] {
			return
		}
		seen[d] = true
		all = append(all, d)
		if n := s.nodes[d]; n != nil {
			for _, c := range n.children {
				visit(c.Digest)
			}
		}
	}
	visit(of)
	return all
}

// trouble is what is wrong with an image or something that it needs, "" for nothing.
func (s *survey) trouble(of Digest) string {
	for _, d := range s.closure(of) {
		if bad, ok := s.damaged[d]; ok {
			return bad.Key + " " + bad.What
		}
		for _, b := range s.nodes[d].blobs {
			if bad, ok := s.damaged[b.Digest]; ok {
				return bad.Key + " " + bad.What
			}
		}
	}
	return ""
}

// damageOf reads a blob to its end, and returns what is wrong with it.
func damageOf(ctx context.Context, shelf Shelf, key string, d Digest, size int64) (string, error) {
	ctx, cancel := bound(ctx, key, size)
	defer cancel()
	var last error
	for range attempts {
		body, err := shelf.Open(ctx, key)
		if errors.Is(err, ErrAbsent) {
			return "is not there", nil
		}
		if err != nil {
			return "", err
		}
		c := check(body, key, d, size, nil)
		err = drain(c)
		_ = c.Close() // only read from
		if err == nil {
			return "", nil
		}
		if !passing(err) {
			return "is not what its name says: its bytes have another hash or number", nil
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		last = err
	}
	return "", last
}
