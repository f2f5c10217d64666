package archive

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cutover-dev/cutover/internal/fault"
)

// askFirst is the size in bytes from which a store is asked whether it has a
// content before it is sent: below it, sending is cheaper than asking, and the
// store's refusal is the answer.
const askFirst = 1 << 20

// store puts a content where its hash says, unless it is there and right.
func (k *keeper) store(ctx context.Context, f FileResult, d Digest, body io.ReadSeeker) (FileResult, error) {
	f.SHA256 = d.Hex()
	f.Status = There
	k.mu.Lock()
	begun := k.first[d.Sum]
	k.first[d.Sum] = true
	k.mu.Unlock()
	if begun {
		return f, nil // another file of this release has the same content and stores it
	}
	key := k.order.Layout.Blob(f.SHA256)
	if d.Size >= askFirst {
		there, err := k.Store.Head(ctx, key)
		if err == nil {
			return f, k.trust(ctx, f.File, there, d)
		}
		if !errors.Is(err, ErrAbsent) {
			return f, err
		}
	}
	err := k.Store.Create(ctx, key, Content{Body: body, Digest: d, Type: "application/octet-stream", Hold: k.order.Hold})
	if errors.Is(err, ErrExists) {
		there, err := k.Store.Head(ctx, key)
		if err != nil {
			return f, err
		}
		return f, k.trust(ctx, f.File, there, d)
	}
	f.Status = New
	return f, err
}

// trust decides whether a stored content may stand for a file: its size and
// its checksum must be the file's. Where the store keeps no checksum that says
// so, or kept one over parts of another size, the content is read.
func (k *keeper) trust(ctx context.Context, f File, there Object, d Digest) error {
	if there.Size == d.Size && (there.SHA256 == f.SHA256 || there.SHA256 == "" && there.Parts != "" && there.Parts == d.Parts()) {
		return k.hold(ctx, there)
	}
	if there.Size == d.Size {
		got, err := readBlob(ctx, k.Store, there.Key, File{SHA256: f.SHA256, Size: d.Size}, io.Discard)
		if err != nil {
			return err
		}
		if got == "" {
			return k.hold(ctx, there)
		}
	}
	bad := damaged(there.Key, fmt.Sprintf("is stored and is not what its name says; %s needs it", f.Path))
	bad.Next = "Every release that names it is damaged: verify them. Delete it (a versioned bucket keeps the old version as evidence) and archive again, which stores it anew."
	return bad
}

func (k *keeper) hold(ctx context.Context, there Object) error {
	if !k.order.Hold || there.Held {
		return nil
	}
	return k.Store.Hold(ctx, there.Key)
}

// attempts is how often a content is read before its reading counts as failed.
// The store repeats requests by itself; this repeats a body that broke off.
const attempts = 3

// readBlob reads a stored content to its end and writes it to w. It returns
// what is wrong with it, "" for nothing; an error says that it could not be
// found out. A writer that can be reset is reset before each attempt.
func readBlob(ctx context.Context, store Store, key string, want File, w io.Writer) (Status, error) {
	var last error
	for range attempts {
		if again, ok := w.(interface{ Reset() error }); ok {
			if err := again.Reset(); err != nil {
				return "", err
			}
		}
		body, err := store.Open(ctx, key)
		if errors.Is(err, ErrAbsent) {
			return Missing, nil
		}
		if err != nil {
			return "", err
		}
		bad, err := compare(body, want, w)
		_ = body.Close() // only read from
		var f *fault.Fault
		if err == nil || errors.As(err, &f) {
			return bad, err
		}
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		last = err
	}
	return "", &fault.Fault{Kind: fault.Outside, Name: key, What: fmt.Sprintf("could not be read to its end in %d attempts", attempts), Err: last}
}

// compare reads a content and holds it against what a manifest promises.
func compare(body io.Reader, want File, w io.Writer) (Status, error) {
	// Reading one byte more than promised is enough to know that it is too long.
	d, err := digestOnly(io.TeeReader(io.LimitReader(body, want.Size+1), w))
	switch {
	case err != nil:
		return "", err
	case d.Size != want.Size:
		return WrongSize, nil
	case d.Hex() != want.SHA256:
		return WrongHash, nil
	}
	return "", nil
}
