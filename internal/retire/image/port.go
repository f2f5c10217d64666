package image

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// What ports say; their other errors are faults.
var (
	// ErrAbsent says that there is no such thing.
	ErrAbsent = errors.New("it is not there")
	// ErrChanged says that an object is not the one that was to be replaced, or is
	// there although it should not be.
	ErrChanged = errors.New("somebody else has written it")
	// ErrTooLarge says that an object is too large to be copied within the store.
	ErrTooLarge = errors.New("it is too large to be copied")
)

// Listed is an image as a catalog has it.
type Listed struct {
	Digest Digest
	// Tags may be none.
	Tags []string
	// Asleep says why it cannot be fetched as it is; empty if it can.
	Asleep string
}

// Catalog lists a repository.
type Catalog interface {
	// Images are all images, each once. An empty repository has none; one that is
	// not there is a fault.
	Images(ctx context.Context) ([]Listed, error)
}

// Content reads what a repository holds. Calls are bounded in time, and refusals
// that pass (429, 503) are repeated by the implementation.
type Content interface {
	// Manifest returns a manifest's bytes, unchecked, or ErrAbsent.
	Manifest(ctx context.Context, d Digest) ([]byte, error)
	// Blob opens a blob; nothing about it is checked. It may be ErrAbsent.
	Blob(ctx context.Context, d Digest) (io.ReadCloser, error)
	// Referrers are manifests whose subject is this one; none where a registry does
	// not know of such.
	Referrers(ctx context.Context, d Digest) ([]Digest, error)
	// String says which repository it is.
	String() string
}

// Source is a repository to archive.
type Source struct {
	Catalog Catalog
	Content Content
	// Complete says that the catalog lists also what has no tag, so that nobody
	// needs to be asked for referrers.
	Complete bool
}

// Object is what a store knows of an object without reading it.
type Object struct {
	Key string
	// Size is in bytes.
	Size int64
	// Modified is when it was written, by the store's clock.
	Modified time.Time
	// SHA256 is the checksum of the whole that the store keeps, in hex; empty if it
	// keeps none, as of what was written in parts.
	SHA256 string
	// Version is what a replacement names; empty in a listing.
	Version string
}

// Body is what is to be written.
type Body struct {
	// Digest and Size are what it must be. A store holds what arrives against them.
	Digest Digest
	Size   int64
	// Type is the media type.
	Type string
	// Open begins to read it. The reader fails at its end rather than end with
	// something else than was promised.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Over is the version that it replaces; empty where nothing may be there.
	Over string
}

// Shelf is an object store with conditional writes.
type Shelf interface {
	// Head returns what is known of an object, or ErrAbsent.
	Head(ctx context.Context, key string) (Object, error)
	// Open reads an object, or returns ErrAbsent. Nothing about it is checked.
	Open(ctx context.Context, key string) (io.ReadCloser, error)
	// Put writes one object whole or not at all, and reads the body once: whoever
	// calls decides whether it is tried again. ErrChanged says that the condition
	// does not hold.
	Put(ctx context.Context, key string, b Body) error
	// Copy writes an object anew from one that lies in the store, also from itself,
	// without its bytes passing here. It is ErrTooLarge where the store cannot.
	Copy(ctx context.Context, from Object, to string) error
	// List returns every object whose key begins so.
	List(ctx context.Context, begins string) iter.Seq2[Object, error]
	// String says where it is: s3://bucket.
	String() string
}

// Sink is a repository to restore to.
type Sink interface {
	// Tag is the digest that a tag has, or ErrAbsent.
	Tag(ctx context.Context, tag string) (Digest, error)
	HasManifest(ctx context.Context, d Digest) (bool, error)
	HasBlob(ctx context.Context, d Digest) (bool, error)
	// PutBlob writes a blob; the body may be opened several times.
	PutBlob(ctx context.Context, b Body) error
	// PutManifest writes a manifest under its digest, or under a tag.
	PutManifest(ctx context.Context, reference, mediaType string, text []byte) error
	// String says which repository it is.
	String() string
}

// Mounter is a sink that can take a blob over from another repository of its
// registry, so that its bytes need not be sent.
type Mounter interface {
	// Mount says whether the blob is in the repository now. That no other one has it,
	// or that the registry mounts nothing, is no error.
	Mount(ctx context.Context, d Digest) (bool, error)
}

// Progress is how far it is. What is not known yet is 0.
type Progress struct {
	Doing                        string
	Blobs, Total                 int
	Bytes, TotalBytes, Manifests int64
}
