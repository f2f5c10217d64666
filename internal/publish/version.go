package publish

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Version is a release's, as semver.org 2.0.0 has it, without build metadata.
type Version struct {
	Major, Minor, Patch int
	// Pre is what stands behind the dash, empty for a release that counts.
	Pre string
}

var (
	versionText = regexp.MustCompile(`^v(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$`)
	leadingZero = regexp.MustCompile(`^0\d+$`)
)

// ParseVersion reads v1.2.3 or v1.2.3-rc.1.
func ParseVersion(text string) (Version, error) {
	m := versionText.FindStringSubmatch(text)
	bad := m == nil || len(text) > 64
	if !bad && m[4] != "" {
		bad = slices.ContainsFunc(strings.Split(m[4], "."), leadingZero.MatchString)
	}
	if bad {
		return Version{}, &fault.Fault{Kind: fault.Input, Name: "version", What: "is no version", Got: text, Allowed: "such as v1.2.3 or v1.2.3-rc.1"}
	}
	var n [3]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // the pattern takes six digits at most
	}
	return Version{n[0], n[1], n[2], m[4]}, nil
}

// String is the version as its tag is named.
func (v Version) String() string {
	text := "v" + strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor) + "." + strconv.Itoa(v.Patch)
	if v.Pre != "" {
		text += "-" + v.Pre
	}
	return text
}

// MajorTag is the tag that moves with the newest release of this major version.
func (v Version) MajorTag() string { return "v" + strconv.Itoa(v.Major) }

// Compare orders as semver.org 2.0.0, section 11, does.
func (v Version) Compare(w Version) int {
	if c := cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch)); c != 0 {
		return c
	}
	switch {
	case v.Pre == w.Pre:
		return 0
	case v.Pre == "":
		return 1
	case w.Pre == "":
		return -1
	}
	return slices.CompareFunc(strings.Split(v.Pre, "."), strings.Split(w.Pre, "."), comparePart)
}

// comparePart compares two parts of a pre-release: numbers as numbers and below
// words, words by their letters.
func comparePart(a, b string) int {
	numeric := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	switch {
	case numeric(a) && numeric(b):
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	case numeric(a):
		return -1
	case numeric(b):
		return 1
	}
	return strings.Compare(a, b)
}

// Size is how much a release changes for its users.
type Size int

// The sizes: nothing that they see by name, something new, something that they
// have to change for.
const (
	Patch Size = iota
	Minor
	Major
)

// Next is the version after v. Before v1.0.0 a break is a minor step, as
// semver.org allows, and the first release is v0.1.0.
func (v Version) Next(s Size) Version {
	switch {
	case v == Version{}:
		return Version{Minor: 1}
	case s == Major && v.Major > 0:
		return Version{Major: v.Major + 1}
	case s == Major, s == Minor:
		return Version{Major: v.Major, Minor: v.Minor + 1}
	case v.Pre != "":
		return Version{v.Major, v.Minor, v.Patch, ""} // the release that was tried
	}
	return Version{v.Major, v.Minor, v.Patch + 1, ""}
}

// Released are the versions among a repository's tags, oldest first. Other tags,
// the moving ones too, are none.
func Released(tags []string) []Version {
	var all []Version
	for _, tag := range tags {
		if v, err := ParseVersion(tag); err == nil {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, Version.Compare)
	return slices.Compact(all)
}

// Before is the newest version below v that counts, zero if there is none: what
// changelog and upgrade note begin at.
func Before(all []Version, v Version) Version {
	var found Version
	for _, w := range all {
		if w.Pre == "" && w.Compare(v) < 0 && w.Compare(found) > 0 {
			found = w
		}
	}
	return found
}

// Newest is the newest version that counts, zero if there is none.
func Newest(all []Version) Version {
	var found Version
	for _, w := range all {
		if w.Pre == "" && w.Compare(found) > 0 {
			found = w
		}
	}
	return found
}
