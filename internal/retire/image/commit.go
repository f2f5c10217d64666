package image

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
)

// previous reads the index that is there. One that is damaged is not written over:
// it may name images that only the archive has.
func (a *archiver) previous(ctx context.Context) (text []byte, o Object, err error) {
	a.before = Index{}
	o, err = a.to.Head(ctx, a.Layout.Index())
	if errors.Is(err, ErrAbsent) {
		return nil, Object{}, nil
	}
	if err != nil {
		return nil, o, err
	}
	if text, err = readWhole(ctx, a.to, a.Layout.Index(), mostIndex); err != nil {
		return nil, o, err
	}
	a.before, err = ParseIndex(a.Layout.Index(), text)
	return text, o, err
}

// commit writes the index: only now the archive is what this run has made of it.
// Where another run has written one meanwhile, its images are taken over.
func (a *archiver) commit(ctx context.Context, images []Listed) error {
	for range tries {
		there, o, err := a.previous(ctx)
		if err != nil {
			return err
		}
		x, nodes, err := a.compose(ctx, images)
		if err != nil {
			return err
		}
		text, err := x.encode()
		if err != nil {
			return err
		}
		if len(text) > mostIndex {
			return &fault.Fault{Kind: fault.Refused, Name: a.Layout.Index(), What: "would be larger than anybody reads", Next: "Leave images out, or archive them from a repository of their own."}
		}
		sum := sha256.Sum256(text)
		a.result.IndexSHA256, a.result.Changed = hex.EncodeToString(sum[:]), false
		if there == nil || !bytes.Equal(there, text) || a.stale(o) {
			a.result.Changed = true
			if err = a.put(ctx, a.Layout.Index(), ociIndex, text, o.Version); errors.Is(err, ErrChanged) {
				continue
			}
		}
		if err == nil {
			a.sum(x, nodes)
		}
		return err
	}
	return &fault.Fault{Kind: fault.Outside, Name: a.Layout.Index(), What: "others kept writing it", Next: "Run it again when no other run archives this repository."}
}

// compose makes the index of what this run has archived and of what was there.
func (a *archiver) compose(ctx context.Context, images []Listed) (Index, map[Digest]*node, error) {
	roots, tags, nodes := maps.Clone(a.roots), map[string]Digest{}, map[Digest]*node{}
	for d, e := range a.nodes {
		if e.node != nil {
			nodes[d] = e.node
		}
	}
	for _, l := range images {
		for _, tag := range l.Tags {
			if _, ok := roots[l.Digest]; ok {
				tags[tag] = l.Digest
			}
		}
	}
	if err := a.inherit(ctx, roots, nodes); err != nil {
		return Index{}, nil, err
	}
	for tag, d := range a.before.Tags() {
		_, moved := tags[tag]
		if _, ok := roots[d]; ok && !moved {
			tags[tag] = d
		}
	}
	reached := map[Digest]bool{}
	for _, n := range nodes {
		for _, c := range n.children {
			reached[c.Digest] = true
		}
	}
	return indexOf(tags, roots, reached), nodes, nil
}

// inherit takes over the images of the index that is there and that this run has not
// met, as far as they are whole.
func (a *archiver) inherit(ctx context.Context, roots map[Digest]Descriptor, nodes map[Digest]*node) error {
	a.result.Lost, a.result.Left = nil, nil
	var only []Descriptor
	for _, d := range a.before.roots() {
		if n := nodes[d.Digest]; n != nil {
			roots[d.Digest] = n.Descriptor
			continue
		}
		only = append(only, d)
	}
	s := newSurvey(a.to, a.Layout, Check{AtOnce: a.AtOnce})
	if err := s.run(ctx, only); err != nil {
		return err
	}
	for _, d := range only {
		if why := s.trouble(d.Digest); why != "" {
			a.result.Lost = append(a.result.Lost, Left{d.Digest, a.tagsBefore(d.Digest), why})
			continue
		}
		for _, digest := range s.closure(d.Digest) {
			nodes[digest] = s.nodes[digest]
		}
		roots[d.Digest] = nodes[d.Digest].Descriptor
	}
	for d, f := range s.foreign {
		a.foreign[d] = f
	}
	for d, l := range a.left {
		if _, ok := roots[d]; !ok {
			a.result.Left = append(a.result.Left, l)
		}
	}
	sortLeft(a.result.Left)
	sortLeft(a.result.Lost)
	return nil
}

func (a *archiver) tagsBefore(d Digest) (tags []string) {
	for tag, digest := range a.before.Tags() {
		if digest == d {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	return tags
}

// sum counts what the index reaches.
func (a *archiver) sum(x Index, nodes map[Digest]*node) {
	r := &a.result
	images, blobs := map[Digest]bool{}, map[Digest]Descriptor{}
	var visit func(d Digest)
	visit = func(d Digest) {
		if images[d] || nodes[d] == nil {
			return
		}
		images[d] = true
		r.Bytes += nodes[d].Size
		for _, b := range nodes[d].blobs {
			blobs[b.Digest] = b
		}
		for _, c := range nodes[d].children {
			visit(c.Digest)
		}
	}
	for _, d := range x.roots() {
		visit(d.Digest)
	}
	foreign := map[Digest]Descriptor{}
	for d, b := range blobs {
		if f, ok := a.foreign[d]; ok {
			foreign[d] = f
			continue
		}
		r.Blobs++
		r.Bytes += b.Size
	}
	r.Tags, r.Manifests, r.Images, r.Foreign = len(x.Tags()), len(images), sortedImages(images), sortForeign(foreign)
}
