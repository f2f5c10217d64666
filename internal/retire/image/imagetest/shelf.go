package imagetest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/image"
)

// Shelf is an object store in memory. It implements image.Shelf.
type Shelf struct {
	mu      sync.Mutex
	objects map[string]object
	written int
	// Now is the store's clock.
	Now time.Time
	// Before is called ahead of each request; an error is the answer.
	Before func(what, key string) error
	// After is called when a request was carried out; an error is the answer, as when
	// the real one gets lost.
	After func(what, key string) error
	// Mute keeps no checksum, as S3 does of what came in parts.
	Mute bool
	// Largest is the largest object in bytes that it copies; 0 is any.
	Largest int64
}

type object struct {
	text     []byte
	sum      string
	modified time.Time
	version  string
}

var _ image.Shelf = (*Shelf)(nil)

// NewShelf makes an empty one.
func NewShelf() *Shelf {
	return &Shelf{objects: map[string]object{}, Now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
}

// String implements image.Shelf.
func (s *Shelf) String() string { return "s3://shelf" }

func (s *Shelf) before(what, key string) error {
	if s.Before != nil {
		return s.Before(what, key)
	}
	return nil
}

// Head implements image.Shelf.
func (s *Shelf) Head(_ context.Context, key string) (image.Object, error) {
	if err := s.before("head", key); err != nil {
		return image.Object{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[key]
	if !ok {
		return image.Object{}, image.ErrAbsent
	}
	found := image.Object{Key: key, Size: int64(len(o.text)), Modified: o.modified, SHA256: o.sum, Version: o.version}
	if s.Mute {
		found.SHA256 = ""
	}
	return found, nil
}

// Open implements image.Shelf.
func (s *Shelf) Open(_ context.Context, key string) (io.ReadCloser, error) {
	if err := s.before("open", key); err != nil {
		return nil, err
	}
	text := s.Text(key)
	if text == nil {
		return nil, image.ErrAbsent
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// Put implements image.Shelf.
func (s *Shelf) Put(ctx context.Context, key string, b image.Body) error {
	if err := s.before("put", key); err != nil {
		return err
	}
	body, err := b.Open(ctx)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(body)
	_ = body.Close() // only read from
	if err != nil {
		return fmt.Errorf("the body broke off: %w", err)
	}
	if Of(text) != b.Digest || int64(len(text)) != b.Size {
		return &fault.Fault{Kind: fault.Outside, Name: key, What: "BadDigest: what came is not what was promised"}
	}
	s.mu.Lock()
	o, ok := s.objects[key]
	if ok && b.Over != o.version || !ok && b.Over != "" {
		s.mu.Unlock()
		return image.ErrChanged
	}
	s.set(key, text)
	s.mu.Unlock()
	if s.After != nil {
		return s.After("put", key)
	}
	return nil
}

func (s *Shelf) set(key string, text []byte) {
	s.written++
	s.objects[key] = object{text, Of(text).Hex(), s.Now, fmt.Sprint("v", s.written)}
}

// Copy implements image.Shelf.
func (s *Shelf) Copy(_ context.Context, from image.Object, to string) error {
	if err := s.before("copy", to); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[from.Key]
	switch {
	case !ok:
		return image.ErrAbsent
	case s.Largest > 0 && from.Size > s.Largest:
		return image.ErrTooLarge
	case from.Version != "" && from.Version != o.version:
		return image.ErrChanged
	}
	s.set(to, o.text)
	return nil
}

// List implements image.Shelf.
func (s *Shelf) List(_ context.Context, begins string) iter.Seq2[image.Object, error] {
	return func(yield func(image.Object, error) bool) {
		if err := s.before("list", begins); err != nil {
			yield(image.Object{}, err)
			return
		}
		for _, key := range s.Keys() {
			if strings.HasPrefix(key, begins) && !yield(image.Object{Key: key, Size: int64(len(s.Text(key)))}, nil) {
				return
			}
		}
	}
}

// Keys are those of all objects, sorted.
func (s *Shelf) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects))
}

// Text is an object's, nil where there is none.
func (s *Shelf) Text(key string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.objects[key].text
}

// Damage changes an object behind the store's back: its checksum stays as it was.
func (s *Shelf) Damage(key string, change func([]byte) []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.objects[key]
	o.text = change(bytes.Clone(o.text))
	s.objects[key] = o
}

// Remove takes an object away.
func (s *Shelf) Remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
}

// Writes is how many objects were written.
func (s *Shelf) Writes() int { s.mu.Lock(); defer s.mu.Unlock(); return s.written }

// Write puts an object there as somebody else would.
func (s *Shelf) Write(key string, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(key, text)
}
