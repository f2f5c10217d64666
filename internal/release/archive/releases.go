package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Release is a release as a rollback looks at it.
type Release struct {
	Summary
	Run Run
	// Stored is when its manifest was written, by the store's clock.
	Stored time.Time
}

// Releases reads the releases of a stage, newest first. One whose manifest is
// damaged is among them and says so.
func Releases(ctx context.Context, store Store, l Layout, stage string) ([]Release, error) {
	all, err := summaries(ctx, store, l, stage, 0)
	if err != nil {
		return nil, err
	}
	releases := make([]Release, len(all))
	for i, s := range all {
		releases[i] = Release{s.Summary, s.run, s.object.Modified}
	}
	return releases, nil
}

// Load reads a release's manifest.
func Load(ctx context.Context, store Store, l Layout, stage, release string) (Manifest, error) {
	m, err := load(ctx, store, l, stage, release)
	if errors.Is(err, ErrDamaged) || errors.Is(err, ErrAbsent) {
		return m, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.ArchiveDamaged}, Name: l.Manifest(stage, release), What: "is no manifest that can be trusted", Err: err, Next: "Name another release."}
	}
	return m, err
}

// Read returns the content of one file of a release, which is what the manifest
// promises or an error.
func Read(ctx context.Context, store Store, l Layout, f File) ([]byte, error) {
	if f.Size > maxDocument {
		return nil, unproven(l, f, fmt.Sprintf("has %d bytes, more than a document", f.Size))
	}
	var text bytes.Buffer
	bad, err := readBlob(ctx, store, l.Blob(f.SHA256), f, resettable{&text})
	if err == nil && bad != "" {
		err = unproven(l, f, "is "+string(bad))
	}
	return text.Bytes(), err
}

// resettable is a buffer that forgets a reading that broke off.
type resettable struct{ *bytes.Buffer }

func (r resettable) Reset() error { r.Buffer.Reset(); return nil }

// Prove holds a stored content against the manifest. The store's own checksum of
// the whole is enough; where it keeps none, the content is read.
func Prove(ctx context.Context, store Store, l Layout, f File) error {
	there, err := store.Head(ctx, l.Blob(f.SHA256))
	switch {
	case errors.Is(err, ErrAbsent):
		return unproven(l, f, "is "+string(Missing))
	case err != nil:
		return err
	case there.Size != f.Size:
		return unproven(l, f, "is "+string(WrongSize))
	case there.SHA256 == f.SHA256:
		return nil
	case there.SHA256 != "":
		return unproven(l, f, "is "+string(WrongHash))
	}
	bad, err := readBlob(ctx, store, there.Key, f, io.Discard)
	if err == nil && bad != "" {
		err = unproven(l, f, "is "+string(bad))
	}
	return err
}

func unproven(l Layout, f File, what string) error {
	bad := damaged(l.Blob(f.SHA256), what+", and "+f.Path+" needs it")
	bad.Next = "Run archive-artifacts with the command verify on this release, and restore the object if the bucket keeps versions."
	return bad
}

// Small is a JSON document as content.
func Small(text []byte) Content { return small(text, false) }

// ReadSmall reads an object of at most limit bytes, or returns [ErrAbsent].
func ReadSmall(ctx context.Context, store Store, key string, limit int64) ([]byte, error) {
	return readSmall(ctx, store, key, limit)
}
