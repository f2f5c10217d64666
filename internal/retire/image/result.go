package image

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Result is what archiving a repository has come to.
type Result struct {
	Repository string `json:"repository"`
	// Place is where the archive lies: s3://bucket/key.
	Place string `json:"place"`
	// Tags, Manifests and Blobs are how many the index reaches; Bytes are those of
	// manifests and blobs.
	Tags      int   `json:"tags"`
	Manifests int   `json:"manifests"`
	Blobs     int   `json:"blobs"`
	Bytes     int64 `json:"bytes"`
	// Fetched are the blobs that were read from the registry, Copied those that lay
	// in another repository's archive or were made younger, Skipped those that lay
	// here already.
	Fetched      int   `json:"fetched"`
	FetchedBytes int64 `json:"fetched_bytes"`
	Copied       int   `json:"copied"`
	Skipped      int   `json:"skipped"`
	// IndexSHA256 is that of index.json, in hex, Changed whether it was written anew.
	IndexSHA256 string `json:"index_sha256"`
	Changed     bool   `json:"changed"`
	// Images are the digests of all manifests that the index reaches, sorted.
	Images []string `json:"images"`
	// Foreign are layers that the registry does not have and must not have.
	Foreign []Foreign `json:"foreign,omitempty"`
	// Left are images that were left out knowingly.
	Left []Left `json:"left,omitempty"`
	// Lost are images of an earlier archive that are damaged and that the registry
	// has no longer. The index does not name them any more.
	Lost []Left `json:"lost,omitempty"`
}

// Foreign is a layer that may not be passed on, and where its owner has it.
type Foreign struct {
	Digest Digest   `json:"digest"`
	URLs   []string `json:"urls,omitempty"`
}

// Left is an image that is not in the archive, and why.
type Left struct {
	Digest Digest   `json:"digest"`
	Tags   []string `json:"tags,omitempty"`
	Why    string   `json:"why"`
}

// Damage is a content that is not as the index promises.
type Damage struct {
	Digest Digest `json:"digest"`
	Key    string `json:"key"`
	What   string `json:"what"`
	// Needed is a manifest, or the index, that needs it.
	Needed string `json:"needed"`
}

// Report is what verifying has found.
type Report struct {
	Repository string `json:"repository"`
	Place      string `json:"place"`
	// Deep says that every byte was read and hashed, not only what S3 keeps of it.
	Deep        bool   `json:"deep"`
	Tags        int    `json:"tags"`
	Manifests   int    `json:"manifests"`
	Blobs       int    `json:"blobs"`
	Bytes       int64  `json:"bytes"`
	IndexSHA256 string `json:"index_sha256"`
	// Images are the digests of all manifests that the index reaches and that are
	// what they should be, sorted.
	Images  []string  `json:"images"`
	Foreign []Foreign `json:"foreign,omitempty"`
	Damaged []Damage  `json:"damaged,omitempty"`
	// Oldest is when the oldest content was written: the first that expires.
	Oldest time.Time `json:"oldest,omitzero"`
	// Unneeded are contents that nothing names: of a run that was ended, or of images
	// that are gone. They harm nobody.
	Unneeded int `json:"unneeded"`
}

// Sound says that everything is there.
func (r Report) Sound() bool { return len(r.Damaged) == 0 }

// Again are the digests to archive anew, for [Options].Again.
func (r Report) Again() []Digest {
	var all []Digest
	for _, d := range r.Damaged {
		all = append(all, d.Digest)
	}
	return all
}

func sortedImages(of map[Digest]bool) []string {
	all := []string{}
	for _, d := range slices.Sorted(maps.Keys(of)) {
		all = append(all, string(d))
	}
	return all
}

func sortForeign(of map[Digest]Descriptor) []Foreign {
	var all []Foreign
	for _, d := range slices.Sorted(maps.Keys(of)) {
		all = append(all, Foreign{d, of[d].URLs})
	}
	return all
}

func sortLeft(all []Left) {
	slices.SortFunc(all, func(a, b Left) int { return strings.Compare(string(a.Digest), string(b.Digest)) })
}
