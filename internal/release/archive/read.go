package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/redact"
)

// one reads, hashes and stores one file.
func (k *keeper) one(ctx context.Context, e Entry) (FileResult, error) {
	f := FileResult{File: File{Path: e.Path, Role: e.Role, Origin: e.Origin, Size: e.Size}}
	body, err := k.Files.Open(e.Path)
	if err != nil {
		return f, unreadable(Rule{Origin: e.Origin}, e.Path, err)
	}
	defer func() { _ = body.Close() }() // only read from
	if e.Role.secretive() || PartSize(e.Size) == 0 {
		return k.inMemory(ctx, f, body)
	}
	return k.inParts(ctx, f, body)
}

// inMemory stores a file of one piece, which is read and hashed once.
func (k *keeper) inMemory(ctx context.Context, f FileResult, body fs.File) (FileResult, error) {
	weight := min(f.Size+1, memory)
	if err := k.memory.Acquire(ctx, weight); err != nil {
		return f, context.Cause(ctx)
	}
	defer k.memory.Release(weight)
	content, err := readWhole(f.File, body)
	if err == nil && f.Role.secretive() {
		content, f.Redacted, err = redact.JSON(content)
		err = named(f.File, err)
	}
	if err != nil {
		return f, err
	}
	d := DigestOf(content)
	f.Size = d.Size
	return k.store(ctx, f, d, bytes.NewReader(content))
}

func readWhole(f File, body fs.File) ([]byte, error) {
	if f.Size > maxDocument {
		return nil, &fault.Fault{Kind: fault.Input, Name: f.Origin, What: fmt.Sprintf("has %d bytes; a document whose secrets are taken out", f.Size), Got: f.Path, Allowed: fmt.Sprintf("at most %d bytes", maxDocument)}
	}
	content := make([]byte, f.Size)
	n, err := io.ReadFull(body, content)
	if err == nil {
		if extra, _ := body.Read(make([]byte, 1)); extra > 0 {
			n++
		}
	}
	if int64(n) != f.Size {
		err = changed(f.Size, int64(n))
	}
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: f.Origin, What: "changed while it was archived", Got: f.Path, Err: err, Next: "Archive after the build has ended."}
	}
	return content, nil
}

// named adds the file to a fault that knows only the content.
func named(f File, err error) error {
	var cause *fault.Fault
	if errors.As(err, &cause) {
		cause.Name, cause.Got = f.Origin, f.Path
	}
	return err
}

// inParts stores a large file: it is hashed once, whole and parts side by side,
// and then read again to be sent; each part is held against its hash on arrival,
// so that a file that changes in between is an error and not a wrong content.
func (k *keeper) inParts(ctx context.Context, f FileResult, body fs.File) (FileResult, error) {
	again, ok := body.(io.ReadSeeker)
	if !ok {
		return f, fmt.Errorf("internal error: %s cannot be read twice", f.Path)
	}
	d, err := DigestFrom(stopped{ctx, body}, f.Size)
	if ctx.Err() != nil {
		return f, context.Cause(ctx)
	}
	if err == nil {
		_, err = again.Seek(0, io.SeekStart)
	}
	if err != nil {
		return f, &fault.Fault{Kind: fault.Input, Name: f.Origin, What: "changed while it was archived", Got: f.Path, Err: err, Next: "Archive after the build has ended."}
	}
	weight := min(PartSize(f.Size)*partsHeld, memory)
	if err := k.memory.Acquire(ctx, weight); err != nil {
		return f, context.Cause(ctx)
	}
	defer k.memory.Release(weight)
	return k.store(ctx, f, d, again)
}

// stopped ends reading when the run is cancelled.
type stopped struct {
	ctx context.Context
	io.Reader
}

func (s stopped) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.Reader.Read(p)
}
