package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
)

// Check says how an archive is verified.
type Check struct {
	// Deep reads and hashes every byte. Otherwise S3's own SHA-256 is believed, which
	// it compared when the object was written; manifests are read in both cases.
	Deep bool
	// AtOnce is how many objects are looked at at once; 0 is 8.
	AtOnce int
	// Told hears how far it is; it may be nil, and is called by one at a time.
	Told func(Progress)
}

// Verify proves an archive: that the index is one, that every manifest that it
// reaches is there and is what its digest says, and every blob. What is damaged
// stands in the report; an error says that it could not be found out. No index is
// [ErrAbsent]: then there is no archive.
func Verify(ctx context.Context, shelf Shelf, l Layout, c Check) (Report, error) {
	r := Report{Repository: l.Repository(), Place: shelf.String() + "/" + l.String(), Deep: c.Deep, Images: []string{}}
	s, x, text, err := surveyed(ctx, shelf, l, c)
	if err != nil {
		return r, err
	}
	sum := sha256.Sum256(text)
	r.IndexSHA256, r.Tags, r.Manifests, r.Bytes = hex.EncodeToString(sum[:]), len(x.Tags()), len(s.nodes), 0
	images, known := map[Digest]bool{}, map[Digest]bool{}
	for d, n := range s.nodes {
		images[d], known[d] = true, true
		r.Bytes += n.Size
	}
	for d, w := range s.blobs {
		known[d] = true
		_, foreign := s.foreign[d]
		_, damaged := s.damaged[d]
		if !foreign && !damaged {
			r.Blobs++
			r.Bytes += w.Size
		}
	}
	r.Images, r.Foreign, r.Oldest = sortedImages(images), sortForeign(s.foreign), s.oldest
	for _, d := range slices.Sorted(maps.Keys(s.damaged)) {
		r.Damaged = append(r.Damaged, s.damaged[d])
		known[d] = true
	}
	for o, err := range shelf.List(ctx, l.Blobs()) {
		if err != nil {
			return r, err
		}
		if d, ok := l.digestOf(o.Key); !ok || !known[d] {
			r.Unneeded++
		}
	}
	return r, nil
}

// surveyed reads the index and looks at all that it reaches.
func surveyed(ctx context.Context, shelf Shelf, l Layout, c Check) (*survey, Index, []byte, error) {
	s := newSurvey(shelf, l, c)
	text, err := readWhole(ctx, shelf, l.Index(), mostIndex)
	if err != nil {
		return s, Index{}, nil, err
	}
	mark, err := readWhole(ctx, shelf, l.Marker(), 1<<10)
	if errors.Is(err, ErrAbsent) {
		return s, Index{}, nil, broken(l.Marker(), "is not there, so that no tool reads the layout")
	}
	if err != nil {
		return s, Index{}, nil, err
	}
	if string(mark) != marker {
		return s, Index{}, nil, broken(l.Marker(), "is not what begins an OCI layout of version 1.0.0")
	}
	x, err := ParseIndex(l.Index(), text)
	if err != nil {
		return s, x, text, err
	}
	return s, x, text, s.run(ctx, x.roots())
}
