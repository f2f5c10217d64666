package image

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// refName is where a layout keeps a tag; source: OCI image-spec, annotations.
const refName = "org.opencontainers.image.ref.name"

// mostIndex bounds index.json in bytes: 100,000 images, as many as ECR keeps in a
// repository by default quota and more.
const mostIndex = 64 << 20

// marker is the file oci-layout; source: OCI image-layout.
const marker = `{"imageLayoutVersion":"1.0.0"}`

// Index is index.json: one descriptor for each tag, and one for each manifest that
// has no tag and that no other one reaches.
type Index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []Descriptor `json:"manifests"`
}

// ParseIndex reads index.json. What contradicts itself is refused: a tag that
// stands twice, a digest that cannot be one.
func ParseIndex(name string, text []byte) (Index, error) {
	var x Index
	if err := json.Unmarshal(text, &x); err != nil {
		return x, broken(name, "is no index: %v", err)
	}
	if x.SchemaVersion != 2 || x.MediaType != ociIndex {
		return x, broken(name, "is no OCI index: schema %d, %s", x.SchemaVersion, clip(x.MediaType))
	}
	seen := map[string]bool{}
	for _, d := range x.Manifests {
		if _, err := ParseDigest(string(d.Digest)); err != nil || d.Size < 0 || d.Size > mostManifest {
			return x, broken(name, "names %q with %d bytes", clip(string(d.Digest)), d.Size)
		}
		tag, tagged := d.Annotations[refName]
		switch {
		case tagged && !tagNames.MatchString(tag):
			return x, broken(name, "has a tag that is none: %q", clip(tag))
		case tagged && seen[tag]:
			return x, broken(name, "has the tag %q twice", tag)
		}
		seen[tag] = tagged
	}
	return x, nil
}

// Tags are the digests by tag.
func (x Index) Tags() map[string]Digest {
	tags := map[string]Digest{}
	for _, d := range x.Manifests {
		if tag, ok := d.Annotations[refName]; ok {
			tags[tag] = d.Digest
		}
	}
	return tags
}

// names says whether the index names a manifest itself.
func (x Index) names(d Digest) bool {
	return slices.ContainsFunc(x.Manifests, func(m Descriptor) bool { return m.Digest == d })
}

// roots are the manifests that the index names, each once.
func (x Index) roots() []Descriptor {
	var all []Descriptor
	seen := map[Digest]bool{}
	for _, d := range x.Manifests {
		if !seen[d.Digest] {
			seen[d.Digest] = true
			all = append(all, Descriptor{MediaType: d.MediaType, Digest: d.Digest, Size: d.Size, ArtifactType: d.ArtifactType})
		}
	}
	return all
}

// indexOf makes the index of tags and manifests: all of roots are reached.
func indexOf(tags map[string]Digest, roots map[Digest]Descriptor, reached map[Digest]bool) Index {
	x := Index{2, ociIndex, []Descriptor{}}
	tagged := map[Digest]bool{}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		d := roots[tags[tag]]
		d.Annotations = map[string]string{refName: tag}
		tagged[d.Digest] = true
		x.Manifests = append(x.Manifests, d)
	}
	for _, digest := range slices.SortedFunc(maps.Keys(roots), func(a, b Digest) int { return strings.Compare(string(a), string(b)) }) {
		if !tagged[digest] && !reached[digest] {
			x.Manifests = append(x.Manifests, roots[digest])
		}
	}
	return x
}

// encode writes the index; the same images are always the same bytes.
func (x Index) encode() ([]byte, error) { return encode(x) }
