package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// The media types that a manifest may have. Sources: OCI image-spec media-types;
// Docker's Image Manifest Version 2, Schema 2.
const (
	ociManifest    = "application/vnd.oci.image.manifest.v1+json"
	ociIndex       = "application/vnd.oci.image.index.v1+json"
	dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	dockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	ociArtifact    = "application/vnd.oci.artifact.manifest.v1+json"
	orasArtifact   = "application/vnd.cncf.oras.artifact.manifest.v1+json"
	schemaOne      = "application/vnd.docker.distribution.manifest.v1"
)

const (
	// mostManifest bounds a manifest in bytes; the distribution-spec has registries
	// take at least 4 MiB, and ECR takes no more.
	mostManifest = 4 << 20
	// mostBlob is the largest blob in bytes that is believed; ECR's quota for a layer
	// is 52,000 MiB.
	mostBlob = 52_000 << 20
	// mostNested is how deep indexes may stand within each other.
	mostNested = 8
)

// Descriptor points at a content; source: OCI image-spec, descriptor.
type Descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       Digest            `json:"digest"`
	Size         int64             `json:"size"`
	URLs         []string          `json:"urls,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	ArtifactType string            `json:"artifactType,omitempty"`
}

// foreign says that a registry may lack it: its owner forbids that it is passed
// on; source: OCI image-spec, layer, "Non-distributable layers".
func (d Descriptor) foreign() bool {
	return strings.Contains(d.MediaType, ".nondistributable.") || strings.HasPrefix(d.MediaType, "application/vnd.docker.image.rootfs.foreign.") || len(d.URLs) > 0
}

// node is a manifest and what it needs.
type node struct {
	Descriptor
	text     []byte
	children []Descriptor // manifests
	blobs    []Descriptor
	subject  *Descriptor
}

// form is what manifests of all kinds may hold.
type form struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType"`
	Config        *Descriptor       `json:"config"`
	Layers        []Descriptor      `json:"layers"`
	Manifests     []Descriptor      `json:"manifests"`
	Blobs         []Descriptor      `json:"blobs"`
	Subject       *Descriptor       `json:"subject"`
	FSLayers      []json.RawMessage `json:"fsLayers"`
}

// left says why a manifest cannot be kept in the layout.
type left string

func (l left) Error() string { return string(l) }

// parseManifest reads a manifest that is what its digest says. An error of type
// left says that it is of a kind that a layout cannot hold; others refuse it.
func parseManifest(d Digest, text []byte) (*node, error) {
	var f form
	if err := json.Unmarshal(text, &f); err != nil {
		return nil, lies(string(d), "its manifest is no JSON: %v", err)
	}
	n := &node{Descriptor: Descriptor{MediaType: f.kind(), Digest: d, Size: int64(len(text)), ArtifactType: f.ArtifactType}, text: text, subject: f.Subject}
	switch n.MediaType {
	case ociIndex, dockerList:
		n.children = f.Manifests
	case ociManifest, dockerManifest:
		if f.Config == nil {
			return nil, lies(string(d), "its manifest names no config")
		}
		n.blobs = append([]Descriptor{*f.Config}, f.Layers...)
		if n.ArtifactType == "" && !strings.HasSuffix(f.Config.MediaType, ".image.config.v1+json") && f.Config.MediaType != "application/vnd.docker.container.image.v1+json" {
			n.ArtifactType = f.Config.MediaType // source: OCI image-spec, descriptor, artifactType
		}
	case ociArtifact, orasArtifact:
		n.blobs = f.Blobs
	default:
		if f.SchemaVersion == 1 || strings.HasPrefix(n.MediaType, schemaOne) {
			return nil, left("its manifest is of schema 1, whose digest is not that of its bytes, so that no OCI layout can hold it")
		}
		return nil, left("its manifest is of a kind that is not known: " + clip(n.MediaType))
	}
	return n, n.check()
}

// kind is the media type; source: OCI image-spec, where it is a SHOULD, so that a
// manifest without one is told by what it holds.
func (f form) kind() string {
	switch {
	case f.MediaType != "":
		return f.MediaType
	case f.SchemaVersion == 1 || f.FSLayers != nil:
		return schemaOne + "+json"
	case f.Manifests != nil && f.Config == nil && f.Layers == nil:
		return ociIndex
	case f.Config != nil && f.Manifests == nil:
		return ociManifest
	}
	return "none"
}

// check refuses descriptors that nobody may follow.
func (n *node) check() error {
	all := append(append([]Descriptor{}, n.children...), n.blobs...)
	if n.subject != nil {
		all = append(all, *n.subject)
	}
	for _, d := range all {
		if _, err := ParseDigest(string(d.Digest)); err != nil {
			return left(fmt.Sprintf("it names %q, which is no SHA-256, so that S3 keeps no checksum that could prove it", clip(string(d.Digest))))
		}
		if d.Size < 0 || d.Size > mostBlob {
			return lies(string(n.Digest), "it names %s with %d bytes", d.Digest.short(), d.Size)
		}
	}
	for _, d := range n.children {
		if d.Size > mostManifest {
			return lies(string(n.Digest), "it names the manifest %s with %d bytes, more than any registry takes", d.Digest.short(), d.Size)
		}
	}
	return nil
}

// sameBytes says whether a text is what its digest says.
func sameBytes(d Digest, text []byte) bool {
	sum := sha256.Sum256(text)
	return digestFrom(sum[:]) == d
}

// clip keeps a stranger's word short.
func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}

// encode writes JSON as the layout has it: the same value is always the same bytes.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}
