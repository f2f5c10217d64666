// Package imagetest has a repository of images and an object store in memory, for
// tests: both are strict, count what they are asked for, and can be made to fail.
package imagetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/cutover-dev/cutover/internal/retire/image"
)

// Media types that tests use.
const (
	Config   = "application/vnd.oci.image.config.v1+json"
	Layer    = "application/vnd.oci.image.layer.v1.tar+gzip"
	Foreign  = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
	Manifest = "application/vnd.oci.image.manifest.v1+json"
	Index    = "application/vnd.oci.image.index.v1+json"
)

// Repository is a repository of images. It implements image.Catalog;
// Content and Sink are its other sides.
type Repository struct {
	mu        sync.Mutex
	manifests map[image.Digest][]byte
	blobs     map[image.Digest][]byte
	tags      map[string]image.Digest
	asleep    map[image.Digest]string
	subjects  map[image.Digest][]image.Digest
	gets      map[image.Digest]int
	given     int64
	pushes    int
	// All lists also what has no tag, as ECR does.
	All bool
	// Before is called ahead of each request, and may change the repository; an error
	// is the answer.
	Before func(what string, d image.Digest) error
	// Serve changes what comes of a blob or manifest.
	Serve func(d image.Digest, text []byte) io.Reader
}

// New makes an empty repository.
func New() *Repository {
	return &Repository{
		manifests: map[image.Digest][]byte{}, blobs: map[image.Digest][]byte{}, tags: map[string]image.Digest{}, asleep: map[image.Digest]string{},
		subjects: map[image.Digest][]image.Digest{}, gets: map[image.Digest]int{},
	}
}

// Of is the digest of a text.
func Of(text []byte) image.Digest {
	return image.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(text)))
}

// Random is a text of bytes that are the same for the same seed.
func Random(seed string, size int) []byte {
	text := make([]byte, size)
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(seed))).Read(text)
	return text
}

// AddBlob adds a blob.
func (r *Repository) AddBlob(kind string, text []byte) image.Descriptor {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[Of(text)] = text
	return image.Descriptor{MediaType: kind, Digest: Of(text), Size: int64(len(text))}
}

// Raw adds a manifest as it is, with these tags.
func (r *Repository) Raw(text []byte, tags ...string) image.Descriptor {
	r.mu.Lock()
	defer r.mu.Unlock()
	var m struct {
		MediaType string `json:"mediaType"`
		Subject   *image.Descriptor
	}
	_ = json.Unmarshal(text, &m) // some are none
	d := Of(text)
	r.manifests[d] = text
	if m.Subject != nil && !slices.Contains(r.subjects[m.Subject.Digest], d) {
		r.subjects[m.Subject.Digest] = append(r.subjects[m.Subject.Digest], d)
	}
	for _, tag := range tags {
		r.tags[tag] = d
	}
	return image.Descriptor{MediaType: m.MediaType, Digest: d, Size: int64(len(text))}
}

// Manifest adds a manifest of any form.
func (r *Repository) Manifest(form map[string]any, tags ...string) image.Descriptor {
	form["schemaVersion"] = 2
	text, err := json.Marshal(form)
	if err != nil {
		panic(err)
	}
	return r.Raw(text, tags...)
}

// Image adds an image with a config of its own.
func (r *Repository) Image(name string, layers []image.Descriptor, tags ...string) image.Descriptor {
	config := r.AddBlob(Config, []byte(`{"architecture":"amd64","os":"linux","name":"`+name+`"}`))
	return r.Manifest(map[string]any{"mediaType": Manifest, "config": config, "layers": layers}, tags...)
}

// Sleep says why an image cannot be fetched.
func (r *Repository) Sleep(d image.Digest, why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asleep[d] = why
}

// Retag moves a tag.
func (r *Repository) Retag(tag string, d image.Digest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags[tag] = d
}

// Drop takes a manifest or blob away, with its tags.
func (r *Repository) Drop(d image.Digest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.manifests, d)
	delete(r.blobs, d)
	maps.DeleteFunc(r.tags, func(_ string, of image.Digest) bool { return of == d })
}

// Gets is how often each blob was read, and how many bytes of blobs went out.
func (r *Repository) Gets() (map[image.Digest]int, int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.gets), r.given
}

// Pushes is how much was written.
func (r *Repository) Pushes() int { r.mu.Lock(); defer r.mu.Unlock(); return r.pushes }

// Forget begins counting anew.
func (r *Repository) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.gets)
	r.given, r.pushes = 0, 0
}

// Tags are all tags.
func (r *Repository) Tags() map[string]image.Digest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.tags)
}

// Holds are all digests that it has.
func (r *Repository) Holds() []image.Digest {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.both()))
}

func (r *Repository) both() map[image.Digest][]byte {
	all := maps.Clone(r.blobs)
	maps.Copy(all, r.manifests)
	return all
}

// Source is the repository as archiving wants it.
func (r *Repository) Source() image.Source {
	return image.Source{Catalog: r, Content: r.Content(), Complete: r.All}
}

func (r *Repository) asked(what string, d image.Digest) error {
	if r.Before != nil {
		return r.Before(what, d)
	}
	return nil
}

// String implements image.Content.
func (r *Repository) String() string { return "registry.example.com/lego-api" }

// Images implements image.Catalog.
func (r *Repository) Images(context.Context) ([]image.Listed, error) {
	if err := r.asked("list", ""); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	at := map[image.Digest]*image.Listed{}
	if r.All {
		for d := range r.manifests {
			at[d] = &image.Listed{Digest: d, Asleep: r.asleep[d]}
		}
	}
	for tag, d := range r.tags {
		if at[d] == nil {
			at[d] = &image.Listed{Digest: d, Asleep: r.asleep[d]}
		}
		at[d].Tags = append(at[d].Tags, tag)
	}
	var all []image.Listed
	for _, l := range at {
		all = append(all, *l)
	}
	return all, nil
}

// ManifestText is a manifest, nil where there is none.
func (r *Repository) ManifestText(d image.Digest) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.manifests[d]
}

func (r *Repository) served(d image.Digest, text []byte) io.Reader {
	if r.Serve != nil {
		return r.Serve(d, text)
	}
	return bytes.NewReader(text)
}
