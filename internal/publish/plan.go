package publish

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Asset is a file of the release.
type Asset struct {
	Name, SHA256 string
	Size         int64
	Open         func() (io.ReadCloser, error)
}

// Wanted is the release as it has to be in the end.
type Wanted struct {
	Version Version
	// Source is the commit that was built.
	Source string
	// Files are what the release's tree has besides the source's: checksums,
	// origin and changelog.
	Files map[string]string
	// Body is the release's text.
	Body   string
	Assets []Asset
}

// Checksums is the list in the tagged tree.
func (w Wanted) Checksums() string { return w.Files[ChecksumsPath] }

// Seen is what GitHub holds of the release.
type Seen struct {
	// Tag is the commit that the version's tag names, empty for none; Checksums
	// and Origin are what its tree has in those files.
	Tag, Checksums, Origin string
	// Release is nil where there is none, not even a draft.
	Release *Release
	// Versions are the commits of all version tags, by tag.
	Versions map[string]string
	// Moving is the commit that the major tag names, empty for none.
	Moving string
}

// Release is a release or a draft of one.
type Release struct {
	ID     int64
	Draft  bool
	Body   string
	Assets []Uploaded
}

// Uploaded is a file of a release as GitHub has it.
type Uploaded struct {
	ID   int64
	Name string
	// Whole is false of an upload that broke off.
	Whole bool
	// SHA256 is empty where GitHub does not say it.
	SHA256 string
}

// StepKind is what a step does.
type StepKind int

// The steps, in their order. Nothing that others can see is done before the last
// of the files is there.
const (
	MakeDraft StepKind = iota
	DiscardPart
	UploadAsset
	MakeTag
	PublishDraft
	MoveMajor
)

// Step is one effect at GitHub.
type Step struct {
	Kind StepKind
	// Asset is the file to upload, Part the broken upload to discard.
	Asset Asset
	Part  Uploaded
	// To is the commit that the major tag moves to, From where it is now.
	From, To string
}

// String says what the step does.
func (s Step) String() string {
	switch s.Kind {
	case MakeDraft:
		return "make the draft"
	case DiscardPart:
		return "discard the broken upload of " + s.Part.Name
	case UploadAsset:
		return "upload " + s.Asset.Name
	case MakeTag:
		return "make the release's commit and its tag"
	case PublishDraft:
		return "publish the draft"
	}
	return "move the major tag"
}

// Plan says what is left to do, nothing if all is as it should be. What is
// published is never changed, and what was promised by a tag is never promised
// otherwise: then it refuses.
func Plan(w Wanted, s Seen) ([]Step, error) {
	if err := promised(w, s); err != nil {
		return nil, err
	}
	if s.Release == nil {
		return []Step{{Kind: MakeDraft}}, nil
	}
	steps, err := files(w, s)
	if err != nil || len(steps) > 0 {
		return steps, err
	}
	switch {
	case s.Tag == "" && !s.Release.Draft:
		return nil, refused(w, "is published, and its tag is gone", "Put the tag back where it was; a version is never used twice.")
	case s.Tag == "":
		return []Step{{Kind: MakeTag}}, nil
	case s.Release.Draft:
		return []Step{{Kind: PublishDraft}}, nil
	}
	return moving(w, s)
}

func refused(w Wanted, what, next string) error {
	return &fault.Fault{Kind: fault.Refused, Name: w.Version.String(), What: what, Next: next}
}

// promised holds a tag that is there against what was built.
func promised(w Wanted, s Seen) error {
	switch {
	case s.Tag == "":
		return nil
	case s.Checksums == "":
		return refused(w, "is tagged on a tree without "+ChecksumsPath, "Delete the tag if nothing was published, and start release.yml by hand: it makes the tree and the tag.")
	case s.Checksums != w.Checksums():
		return refused(w, "is tagged with other checksums than this build's", "Nothing was changed. Build from the tag's own source with the toolchain that go.mod pins, or release a new version.")
	case s.Origin != w.Files[OriginPath]:
		return refused(w, "is tagged with another origin", "Release a new version.")
	}
	return nil
}

// files compares the release's files with what they have to be.
func files(w Wanted, s Seen) ([]Step, error) {
	wanted := map[string]Asset{}
	for _, a := range w.Assets {
		wanted[a.Name] = a
	}
	var steps []Step
	for _, u := range s.Release.Assets {
		a, known := wanted[u.Name]
		switch {
		case !known:
			return nil, refused(w, "has a file that this build has not made: "+u.Name, "Look who put it there; remove it from the draft, or release a new version.")
		case !u.Whole && s.Release.Draft:
			steps = append(steps, Step{Kind: DiscardPart, Part: u})
			continue // it is uploaded when it is gone
		case !u.Whole || u.SHA256 != a.SHA256:
			return nil, refused(w, fmt.Sprintf("has %s with another checksum (%q, and %q was built)", u.Name, u.SHA256, a.SHA256), "Nothing was changed. If it is a draft that nobody needs, delete it and run this again; else release a new version.")
		}
		delete(wanted, u.Name)
	}
	if len(steps) > 0 || len(wanted) == 0 {
		return steps, nil
	}
	if !s.Release.Draft {
		return nil, refused(w, "is published without "+slices.Sorted(maps.Keys(wanted))[0], "What is published is not changed: release a new version.")
	}
	for _, a := range w.Assets {
		if _, left := wanted[a.Name]; left {
			steps = append(steps, Step{Kind: UploadAsset, Asset: a})
		}
	}
	return steps, nil
}

// moving moves the major tag to the newest version of it, and only forward. One
// that names no version is somebody's own.
func moving(w Wanted, s Seen) ([]Step, error) {
	if w.Version.Pre != "" || s.Moving == s.Tag {
		return nil, nil
	}
	if s.Moving == "" {
		return []Step{{Kind: MoveMajor, To: s.Tag}}, nil
	}
	for _, v := range slices.Backward(Released(slices.Collect(maps.Keys(s.Versions)))) {
		if s.Versions[v.String()] != s.Moving || v.MajorTag() != w.Version.MajorTag() {
			continue
		}
		if v.Compare(w.Version) > 0 {
			return nil, nil
		}
		return []Step{{Kind: MoveMajor, From: s.Moving, To: s.Tag}}, nil
	}
	return nil, refused(w, "is published, but the tag "+w.Version.MajorTag()+" names no release of cutover and was not moved", "Delete that tag if it is a mistake, and run this again.")
}
