// Package image keeps the images of a repository in an object store, as one OCI
// image layout: every tag, every manifest, every blob once, named by its SHA-256,
// and the index last. Without the index there is no archive; with it everything
// that it reaches is there. What is kept can be proved ([Verify]) and brought back
// ([Restore]).
//
// Sources: OCI Image Layout Specification 1.1, OCI Image Manifest and Image Index
// 1.1, OCI Distribution Specification 1.1.
package image

import (
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// Layout is where the images of one repository lie: keys below
// <prefix>/images/<repository>/.
type Layout struct{ prefix, repository string }

var (
	prefixes = pattern.New(`^[A-Za-z0-9][A-Za-z0-9!_.*'()-]*(/[A-Za-z0-9][A-Za-z0-9!_.*'()-]*)*$`)
	// Source: ECR API reference, CreateRepository.
	repositories = pattern.New(`^[a-z0-9]+([._/-][a-z0-9]+)*$`)
	// Source: OCI Distribution Specification, "Pulling manifests".
	tagNames = pattern.New(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
)

// ParseLayout checks a prefix and the name of a repository.
func ParseLayout(prefix, repository string) (Layout, error) {
	if !prefixes.MatchString(prefix) || len(prefix) > 512 {
		return Layout{}, &fault.Fault{Kind: fault.Input, Name: "prefix", What: "is no beginning of keys", Got: prefix, Allowed: "letters, digits and !_.*'()-, in parts divided by /"}
	}
	if !repositories.MatchString(repository) || len(repository) > 256 {
		return Layout{}, &fault.Fault{Kind: fault.Input, Name: "repository", What: "is no name of a repository", Got: repository, Allowed: "small letters and digits, divided by . _ - or /"}
	}
	return Layout{prefix, repository}, nil
}

// Repository is whose images lie here.
func (l Layout) Repository() string { return l.repository }

// String is the place's key without a slash behind it.
func (l Layout) String() string { return l.prefix + "/images/" + l.repository }

// Index is the key of index.json, which is written last.
func (l Layout) Index() string { return l.String() + "/index.json" }

// Marker is the key of the file oci-layout.
func (l Layout) Marker() string { return l.String() + "/oci-layout" }

// Blobs is how the keys of all blobs begin.
func (l Layout) Blobs() string { return l.String() + "/blobs/sha256/" }

// Blob is the key of a blob or manifest.
func (l Layout) Blob(d Digest) string { return l.Blobs() + d.Hex() }

// digestOf reads a key below Blobs; what else lies there is not of the layout.
func (l Layout) digestOf(key string) (Digest, bool) {
	d, err := ParseDigest(algorithm + strings.TrimPrefix(key, l.Blobs()))
	return d, err == nil && path.Dir(key)+"/" == l.Blobs()
}

// Digest names a content: sha256: and 64 hex digits. Only ParseDigest makes one of
// what others have written.
type Digest string

const algorithm = "sha256:"

var digests = pattern.New(`^sha256:[0-9a-f]{64}$`)

// ParseDigest reads a digest. Other algorithms are refused: S3 keeps no checksum
// of theirs that could prove the content.
func ParseDigest(text string) (Digest, error) {
	if !digests.MatchString(text) {
		return "", &fault.Fault{Kind: fault.Refused, Name: "digest", What: "is none that can be archived", Got: text, Allowed: "sha256: and 64 hex digits"}
	}
	return Digest(text), nil
}

func digestFrom(sum []byte) Digest { return Digest(algorithm + hex.EncodeToString(sum)) }

// Hex is the digest without its algorithm.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), algorithm) }

// short is enough of a digest for a sentence.
func (d Digest) short() string { return string(d)[:min(len(d), len(algorithm)+12)] }

// lies is a refusal of what a registry says: it is never archived as it came.
func lies(name, what string, parts ...any) *fault.Fault {
	return &fault.Fault{
		Kind: fault.Refused, Name: name, What: fmt.Sprintf(what, parts...),
		Next: "Nothing of it was kept. Pull the image by its digest with another client; if that fails too, the registry has lost it.",
	}
}

// broken is a refusal of what lies in the archive.
func broken(name, what string, parts ...any) *fault.Fault {
	return &fault.Fault{
		Kind: fault.Refused, Name: name, What: fmt.Sprintf(what, parts...),
		Next: "Verify the archive deeply: it names what is damaged. Earlier versions of a versioned bucket, or archiving again while the registry has the images, mend it.",
	}
}
