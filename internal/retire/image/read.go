package image

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// checked passes a body on and holds it against what it must be. The last bytes
// are held back until it is known that they are right, so that whoever stores what
// comes never has a whole that is wrong: a body that is wrong breaks off.
type checked struct {
	from   io.ReadCloser
	name   string
	want   Digest
	size   int64
	n      int64
	hash   hash.Hash
	told   func(int64)
	ending bool

	// Whoever sends a body may still read it when it gives the answer back.
	mu  sync.Mutex
	err error
}

func check(from io.ReadCloser, name string, want Digest, size int64, told func(int64)) *checked {
	return &checked{from: from, name: name, want: want, size: size, hash: sha256.New(), told: told}
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	switch {
	case c.failure() != nil:
		return 0, c.failure()
	case c.ending:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	if c.size == 0 {
		return 0, c.end()
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.size-c.n)])
	c.hash.Write(p[:n])
	c.n += int64(n)
	if c.told != nil && n > 0 {
		c.told(int64(n))
	}
	if c.n == c.size {
		if e := c.end(); e != io.EOF { //nolint:errorlint // end returns it as it is
			return 0, e
		}
		return n, nil
	}
	if err == io.EOF { //nolint:errorlint // Read returns it as it is
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		err = c.fail(&fault.Fault{Kind: fault.Outside, Name: c.name, What: fmt.Sprintf("it broke off after %d of %d bytes", c.n, c.size), Err: err})
	}
	return n, err
}

func (c *checked) fail(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	return err
}

// failure is why the body broke off, nil if it did not.
func (c *checked) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// end decides, once all bytes that there may be were read.
func (c *checked) end() error {
	var more [1]byte
	for range 100 { // a reader may return nothing some times
		n, err := c.from.Read(more[:])
		if n > 0 {
			return c.fail(lies(c.name, "it has more than the %d bytes that its manifest names", c.size))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return c.fail(&fault.Fault{Kind: fault.Outside, Name: c.name, What: "it broke off at its end", Err: err})
		}
	}
	if got := digestFrom(c.hash.Sum(nil)); got != c.want {
		return c.fail(lies(c.name, "what came has as many bytes as it should, and the digest %s", got))
	}
	c.ending = true
	return io.EOF
}

// Close implements io.Closer.
func (c *checked) Close() error { return c.from.Close() }

// buffers of one size are used again.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// drain reads a body to its end.
func drain(r io.Reader) error {
	b := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(b)
	_, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r}, b[:])
	return err
}

// limited reads at most so many bytes; more is refused.
func limited(r io.Reader, most int64, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(text)) > most {
		err = &fault.Fault{Kind: fault.Refused, Name: name, What: fmt.Sprintf("is larger than %d bytes", most)}
	}
	return text, err
}

// slowest is how many bytes a second a transfer has at least, and grace what it has
// for all else: with both, no transfer takes for ever.
const (
	slowest = 256 << 10
	grace   = 2 * time.Minute
)

func bound(ctx context.Context, name string, size int64) (context.Context, context.CancelFunc) {
	within := grace + time.Duration(size/slowest)*time.Second
	return context.WithTimeoutCause(ctx, within, &fault.Fault{
		Kind: fault.Outside, Name: name, What: fmt.Sprintf("its %d bytes were not through within %s", size, within), Next: "Run it again: what is stored already is not fetched again.",
	})
}
