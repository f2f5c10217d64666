package archive

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
)

// Sum is a SHA-256.
type Sum [sha256.Size]byte

// Digest is what a content is known by.
type Digest struct {
	// Sum is the SHA-256 of the whole; it is the content's name.
	Sum Sum
	// Size is in bytes.
	Size int64
	// PartSums are the SHA-256 of its parts of PartSize bytes each, of which the
	// last may be shorter; nil for a content that is stored in one piece. A store
	// checks each part on arrival, so that what it keeps is what was hashed here.
	PartSums []Sum
}

const (
	// onePiece is the largest content in bytes that is held in memory and stored
	// by one request.
	onePiece = 16 << 20
	// smallestPart and mostParts bound the parts of larger ones. S3 takes parts
	// from 5 MiB and at most 10,000 of them.
	smallestPart = 8 << 20
	mostParts    = 9_000
)

// PartSize returns the size in bytes of the parts in which a content of size
// bytes is stored; 0 says in one piece.
func PartSize(size int64) int64 {
	if size <= onePiece {
		return 0
	}
	part := int64(smallestPart)
	for size > part*mostParts {
		part *= 2
	}
	return part
}

// Hex is the whole's SHA-256 as manifests and keys have it.
func (d Digest) Hex() string { return hex.EncodeToString(d.Sum[:]) }

// Parts is the checksum over the parts' checksums as S3 writes a composite
// one: base64, a dash, the number of parts. It is empty without parts.
func (d Digest) Parts() string {
	if len(d.PartSums) == 0 {
		return ""
	}
	all := sha256.New()
	for _, s := range d.PartSums {
		all.Write(s[:])
	}
	return base64.StdEncoding.EncodeToString(all.Sum(nil)) + "-" + strconv.Itoa(len(d.PartSums))
}

// DigestOf returns the digest of a content in memory.
func DigestOf(content []byte) Digest {
	return Digest{Sum: sha256.Sum256(content), Size: int64(len(content))}
}

// buffers of one size are used again: hashing reads in them.
var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// DigestFrom reads a content of size bytes to its end and returns its digest.
// Whole and parts are hashed side by side from one reading. A content of
// another size than expected is an error, since it changed meanwhile.
func DigestFrom(r io.Reader, size int64) (Digest, error) {
	part := PartSize(size)
	if part == 0 {
		whole := sha256.New()
		n, err := copyAll(whole, r)
		if err == nil && n != size {
			err = changed(size, n)
		}
		d := Digest{Size: n}
		whole.Sum(d.Sum[:0])
		return d, err
	}
	return digestParts(r, size, part)
}

func changed(size, n int64) error {
	return fmt.Errorf("it had %d bytes and now has %d", size, n)
}

// copyAll is io.Copy with a buffer that is used again.
func copyAll(w io.Writer, r io.Reader) (int64, error) {
	b := buffers.Get().(*[256 << 10]byte)
	defer buffers.Put(b)
	return io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{r}, b[:])
}

// digestParts hashes each part in a goroutine of its own turn while the whole
// goes on: two processors are then as fast as one hash.
func digestParts(r io.Reader, size, part int64) (Digest, error) {
	d := Digest{Size: size, PartSums: make([]Sum, (size+part-1)/part)}
	chunks := make(chan *chunk, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		parts := sha256.New()
		at, filled := 0, int64(0)
		for c := range chunks {
			for rest := c.bytes; len(rest) > 0 && at < len(d.PartSums); {
				n := min(int64(len(rest)), part-filled)
				parts.Write(rest[:n])
				rest, filled = rest[n:], filled+n
				if filled == part {
					endPart(parts, &d.PartSums[at])
					at, filled = at+1, 0
				}
			}
			c.release()
		}
		if filled > 0 && at < len(d.PartSums) {
			endPart(parts, &d.PartSums[at])
		}
	}()
	whole, total := sha256.New(), int64(0)
	var err error
	for err == nil {
		c := &chunk{buffer: buffers.Get().(*[256 << 10]byte)}
		var n int
		n, err = io.ReadFull(r, c.buffer[:])
		c.bytes = c.buffer[:n]
		c.users.Add(2)
		chunks <- c
		whole.Write(c.bytes)
		total += int64(n)
		c.release()
	}
	close(chunks)
	<-done
	if err == io.EOF || err == io.ErrUnexpectedEOF { //nolint:errorlint // ReadFull returns them as they are
		err = nil
	}
	if err == nil && total != size {
		err = changed(size, total)
	}
	whole.Sum(d.Sum[:0])
	return d, err
}

func endPart(h hash.Hash, into *Sum) {
	h.Sum(into[:0])
	h.Reset()
}

// chunk is a piece of a content that two hashes read.
type chunk struct {
	buffer *[256 << 10]byte
	bytes  []byte
	users  atomic.Int32
}

// release gives the buffer back when both hashes are through with it.
func (c *chunk) release() {
	if c.users.Add(-1) == 0 {
		buffers.Put(c.buffer)
	}
}

// digestOnly hashes the whole of what is read, without parts.
func digestOnly(r io.Reader) (Digest, error) {
	whole := sha256.New()
	n, err := copyAll(whole, r)
	d := Digest{Size: n}
	whole.Sum(d.Sum[:0])
	return d, err
}
