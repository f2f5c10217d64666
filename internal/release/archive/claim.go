package archive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// A claim is written once, before anything else, and fixes the release's name
// and time. A run that was killed finds it and goes on with the same release;
// two runs at once agree through it. While it is young and has no manifest, it
// also tells a pruning run that somebody is counting on stored contents.
type claim struct {
	Release string    `json:"release"`
	Created time.Time `json:"created"`
}

// maxClaim bounds a claim, and a pruning mark, in bytes.
const maxClaim = 64 << 10

// stakeClaim writes the claim, or returns the one that is there.
func stakeClaim(ctx context.Context, store Store, key string, c claim) (claim, error) {
	c.Created = c.Created.UTC().Truncate(time.Second)
	text, err := json.Marshal(c)
	if err != nil {
		return c, err
	}
	text = append(text, '\n')
	err = store.Create(ctx, key, small(text, false))
	if !errors.Is(err, ErrExists) {
		return c, err
	}
	there, err := readSmall(ctx, store, key, maxClaim)
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(there, &c); err != nil || !releaseNames.MatchString(c.Release) || c.Created.IsZero() {
		f := damaged(key, "is no claim of a release")
		f.Next = "Delete it and run again: it only keeps a name."
		return c, f
	}
	// Written anew with the same bytes, so that it is young as long as somebody
	// works under it.
	return c, store.Replace(ctx, key, there)
}

func small(text []byte, hold bool) Content {
	return Content{Body: bytes.NewReader(text), Digest: DigestOf(text), Type: "application/json", Hold: hold}
}

// readSmall reads an object of at most limit bytes.
func readSmall(ctx context.Context, store Store, key string, limit int64) ([]byte, error) {
	body, err := store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(body, limit+1))
	_ = body.Close() // only read from
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: key, What: "could not be read to its end", Err: err}
	}
	if int64(len(text)) > limit {
		return nil, damaged(key, fmt.Sprintf("is larger than %d bytes", limit))
	}
	return text, nil
}

// prunes is the mark of a pruning run: until Until it may delete contents.
type prunes struct {
	Until time.Time `json:"until"`
}

// grace is how long a claim without a manifest, or a content that no release
// names, counts as the work of a run that is still going. It is far above the
// longest run.
const grace = 24 * time.Hour

// awaitPruning refuses to archive while contents are being deleted: what this
// run finds stored might be gone a moment later. The claim was written before
// this looks, and a pruning run looks for claims after it has written its mark,
// so that one of the two always sees the other.
func awaitPruning(ctx context.Context, store Store, l Layout, now time.Time) error {
	text, err := readSmall(ctx, store, l.Pruning(), maxClaim)
	if errors.Is(err, ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	var p prunes
	if json.Unmarshal(text, &p) == nil && now.After(p.Until) {
		return nil // the run that wrote it was killed; it deletes nothing any more
	}
	return &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.ArchivePruning}, Name: l.Pruning(), What: "the archive is being pruned",
		Next: fmt.Sprintf("Run again after %s; nothing was archived.", p.Until.UTC().Format(time.RFC3339)),
	}
}
