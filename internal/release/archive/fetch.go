package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Fetch brings a release back into a folder: each file whole or not at all,
// held against the manifest on the way, and the manifest last. A file that is
// there already and right is left alone, so that a fetch that was killed is
// simply run again.
func Fetch(ctx context.Context, p Ports, l Layout, stage, release string, into Folder) (Result, error) {
	r := newResult("fetch", p.Store, l)
	stage, err := find(ctx, p.Store, l, stage, release)
	if err != nil {
		return r, err
	}
	m, err := load(ctx, p.Store, l, stage, release)
	r.of(l, m)
	r.Stage, r.Release, r.Manifest = stage, release, l.Manifest(stage, release)
	if manifestFinding(&r, err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	r.Files = make([]FileResult, len(m.Files))
	err = eachContent(ctx, p, m, readers, func(ctx context.Context, _ File, all []int) error {
		for _, i := range all {
			status, err := fetchOne(ctx, p.Store, l, m.Files[i], into)
			r.Files[i] = FileResult{m.Files[i], status}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	r.judge()
	if r.Verdict != verdict.Pass {
		return r, nil
	}
	text, err := m.Encode()
	if err == nil {
		err = write(into, ManifestName, text)
	}
	return r, err
}

func fetchOne(ctx context.Context, store Store, l Layout, f File, into Folder) (Status, error) {
	there, err := into.Open(f.Path)
	if err == nil {
		bad, err := compare(there, f, io.Discard)
		_ = there.Close() // only read from
		if err == nil && bad == "" {
			return There, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Missing, err
	}
	draft, err := into.Create(f.Path)
	if err != nil {
		return Missing, err
	}
	defer draft.Drop()
	bad, err := readBlob(ctx, store, l.Blob(f.SHA256), f, draft)
	if err != nil || bad != "" {
		return bad, err
	}
	return Fetched, draft.Keep()
}

func write(into Folder, path string, text []byte) error {
	draft, err := into.Create(path)
	if err != nil {
		return err
	}
	defer draft.Drop()
	if _, err := io.Copy(draft, bytes.NewReader(text)); err != nil {
		return err
	}
	return draft.Keep()
}

// List shows the releases of a stage, or of all, newest first, at most limit.
func List(ctx context.Context, p Ports, l Layout, stage string, limit int) (Result, error) {
	r := newResult("list", p.Store, l)
	r.Stage = stage
	all, err := summaries(ctx, p.Store, l, stage, limit)
	if err != nil {
		return r, err
	}
	for _, s := range all {
		if s.Damaged {
			r.Notes = append(r.Notes, fmt.Sprintf("The manifest of %s in %s is damaged: verify says more.", s.Release, s.Stage))
		}
		r.Releases = append(r.Releases, s.Summary)
	}
	return r, nil
}

// badKey refuses to go on where something lies that cutover did not write.
func badKey(key string) error {
	return &fault.Fault{Kind: fault.Refused, Name: key, What: "was not written by this version of cutover, so nothing here is known to be unused", Next: "Remove it, or use another prefix."}
}
