package publish

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Binary is a built binary, by what stands in it.
type Binary struct {
	// Name is its file's, SHA256 the sum of what runs.
	Name, SHA256 string
	Info         debug.BuildInfo
}

// Check says whether the binary was built as b says: what the compiler wrote into
// it is believed, not what a build was asked for.
func (b Build) Check(info debug.BuildInfo) error {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	want := map[string]string{"GOOS": b.Platform.System, "GOARCH": b.Platform.Machine, "CGO_ENABLED": "0", "-trimpath": "true"}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if settings[key] != want[key] {
			return unlike(b, key, settings[key], want[key])
		}
	}
	if info.GoVersion != b.Toolchain {
		return unlike(b, "the toolchain", info.GoVersion, b.Toolchain)
	}
	if _, stamped := settings["vcs.revision"]; stamped {
		return unlike(b, "vcs.revision", settings["vcs.revision"], "nothing: the bytes would differ by commit")
	}
	return nil
}

func unlike(b Build, what, got, want string) error {
	return &fault.Fault{Kind: fault.Refused, Name: b.Platform.File(b.Command.Name), What: "was built otherwise: " + what, Got: got, Allowed: want, Next: "Put setup-go with go-version-file: go.mod before the build."}
}

// SBOM is a bill of materials as SPDX 2.3 has it, as far as it says something.
// Source: SPDX specification 2.3, chapters 6, 7 and 11.
type SBOM struct {
	SPDXVersion   string         `json:"spdxVersion"`
	DataLicense   string         `json:"dataLicense"`
	SPDXID        string         `json:"SPDXID"`
	Name          string         `json:"name"`
	Namespace     string         `json:"documentNamespace"`
	Creation      Creation       `json:"creationInfo"`
	Packages      []Package      `json:"packages"`
	Relationships []Relationship `json:"relationships"`
}

// Creation says who made the document, and when.
type Creation struct {
	Created  string   `json:"created"`
	Creators []string `json:"creators"`
}

// Package is a binary, or a module that is in one.
type Package struct {
	Name       string     `json:"name"`
	SPDXID     string     `json:"SPDXID"`
	Version    string     `json:"versionInfo"`
	Location   string     `json:"downloadLocation"`
	Analyzed   bool       `json:"filesAnalyzed"`
	Concluded  string     `json:"licenseConcluded"`
	Declared   string     `json:"licenseDeclared"`
	Copyright  string     `json:"copyrightText"`
	Purpose    string     `json:"primaryPackagePurpose"`
	Checksums  []Checksum `json:"checksums,omitempty"`
	References []External `json:"externalRefs,omitempty"`
}

// Checksum is a file's.
type Checksum struct {
	Algorithm string `json:"algorithm"`
	Value     string `json:"checksumValue"`
}

// External is a name of a package elsewhere.
type External struct {
	Category string `json:"referenceCategory"`
	Type     string `json:"referenceType"`
	Locator  string `json:"referenceLocator"`
}

// Relationship says what contains what.
type Relationship struct {
	Element string `json:"spdxElementId"`
	Type    string `json:"relationshipType"`
	Related string `json:"relatedSpdxElement"`
}

const document = "SPDXRef-DOCUMENT"

// Bill is the bill of materials of a release's binaries, from what the compiler
// wrote into them. at is the time of the commit, so that the same release has the
// same bill.
func Bill(repository string, v Version, at time.Time, binaries []Binary) SBOM {
	b := SBOM{
		SPDXVersion: "SPDX-2.3", DataLicense: "CC0-1.0", SPDXID: document, Name: "cutover-" + v.String(),
		Namespace: "https://github.com/" + repository + "/releases/tag/" + v.String() + "#sbom",
		Creation:  Creation{at.UTC().Format(time.RFC3339), []string{"Tool: cutover-publish-" + v.String()}},
	}
	modules := map[string]Package{}
	for _, bin := range slices.SortedFunc(slices.Values(binaries), func(x, y Binary) int { return strings.Compare(x.Name, y.Name) }) {
		p := packaged(bin.Name, v.String(), "APPLICATION")
		p.Location = "https://github.com/" + repository + "/releases/download/" + v.String() + "/" + bin.Name + Packed
		p.Checksums = []Checksum{{"SHA256", bin.SHA256}}
		b.Packages = append(b.Packages, p)
		b.Relationships = append(b.Relationships, Relationship{document, "DESCRIBES", p.SPDXID})
		for _, m := range modulesOf(bin.Info) {
			modules[m.SPDXID] = m
			b.Relationships = append(b.Relationships, Relationship{p.SPDXID, "CONTAINS", m.SPDXID})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(modules)) {
		b.Packages = append(b.Packages, modules[id])
	}
	return b
}

// modulesOf are the modules in a binary, Go's own library among them.
func modulesOf(info debug.BuildInfo) []Package {
	std := packaged("stdlib", strings.TrimPrefix(info.GoVersion, "go"), "LIBRARY")
	std.References = []External{purl("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	all := []Package{std}
	for _, m := range info.Deps {
		for m.Replace != nil {
			m = m.Replace
		}
		p := packaged(m.Path, m.Version, "LIBRARY")
		p.References = []External{purl(m.Path, m.Version)}
		all = append(all, p)
	}
	return all
}

var noID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// packaged is a package of which nothing further is known: licences are not
// guessed at.
func packaged(name, version, purpose string) Package {
	const unknown = "NOASSERTION"
	return Package{
		Name: name, SPDXID: "SPDXRef-" + noID.ReplaceAllString(name+"-"+version, "-"), Version: version,
		Location: unknown, Concluded: unknown, Declared: unknown, Copyright: unknown, Purpose: purpose,
	}
}

// purl is a module's package URL. Source: purl-spec, type golang.
func purl(path, version string) External {
	return External{"PACKAGE-MANAGER", "purl", "pkg:golang/" + percent(path, "/") + "@" + percent(version, "")}
}

// percent encodes each byte but letters, digits, ".-_~" and what is kept.
func percent(text, kept string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte(".-_~"+kept, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// Text is the document as it is published.
func (b SBOM) Text() []byte {
	text, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		panic(err) // strings and lists always encode
	}
	return append(text, '\n')
}
