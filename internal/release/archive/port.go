package archive

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// What a store says about an object; its errors wrap these.
var (
	// ErrAbsent says that there is no such object.
	ErrAbsent = errors.New("there is no such object")
	// ErrExists says that an object to be created is there already.
	ErrExists = errors.New("the object is there already")
)

// ErrOutside says that a path leads out of the workspace, as a link can. The
// file system that is archived wraps it.
var ErrOutside = errors.New("leads out of the workspace")

// Object is what a store knows of an object without reading it.
type Object struct {
	Key string
	// Size is in bytes.
	Size int64
	// Modified is when it was written, by the store's clock.
	Modified time.Time
	// SHA256 is the checksum of the whole object that the store keeps, in hex;
	// empty if it keeps none, as for one that was written in parts.
	SHA256 string
	// Parts is the checksum over the checksums of its parts, as [Digest.Parts]
	// writes it; empty for an object that was written in one piece.
	Parts string
	// Held says that a legal hold is on it.
	Held bool
}

// Content is what is to be stored.
type Content struct {
	// Body is read from its beginning, again where a call is repeated.
	Body   io.ReadSeeker
	Digest Digest
	// Type is the media type.
	Type string
	// Hold puts a legal hold on the object.
	Hold bool
}

// Store is an object store with conditional writes. Errors other than those
// named are faults. Implementations repeat what is safe to repeat, under the
// context.
type Store interface {
	// Head returns what is known of an object, or ErrAbsent.
	Head(ctx context.Context, key string) (Object, error)
	// Open reads an object from its beginning, or returns ErrAbsent.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Create writes an object that must not be there, or returns ErrExists. When
	// it returns nil the store holds exactly the content's digest.
	Create(ctx context.Context, key string, c Content) error
	// Replace writes a small object whether it is there or not.
	Replace(ctx context.Context, key string, text []byte) error
	// List returns every object whose key begins so, in the order of keys.
	List(ctx context.Context, begins string) iter.Seq2[Object, error]
	// Delete removes objects; one that is absent is removed already.
	Delete(ctx context.Context, keys []string) error
	// CanHold says whether objects can have a legal hold; Hold puts it on one.
	CanHold(ctx context.Context) (bool, error)
	Hold(ctx context.Context, key string) error
	// String says where it is, for people: s3://bucket.
	String() string
}

// Folder is where a release is brought back to. Paths are local and use /.
type Folder interface {
	// Open reads a file, or returns fs.ErrNotExist.
	Open(path string) (io.ReadCloser, error)
	// Create begins a file that is not there until it is kept.
	Create(path string) (Draft, error)
}

// Draft is a file in the making.
type Draft interface {
	// Write fails with a fault when the disk does.
	io.Writer
	// Reset forgets what was written.
	Reset() error
	// Keep puts the file in its place, whole.
	Keep() error
	// Drop removes what was written; after Keep it does nothing.
	Drop()
}
