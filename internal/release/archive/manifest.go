package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// SchemaVersion is the version of manifests that this program writes and reads.
const SchemaVersion = 1

// maxManifest bounds a manifest in bytes, maxFiles its files.
const (
	maxManifest = 64 << 20
	maxFiles    = 100_000
)

// Manifest is what a release consists of. It is the release: it is written
// after every file is stored, once, and never changed.
type Manifest struct {
	SchemaVersion int    `json:"schema_version" jsonschema:"enum=1"`
	Project       string `json:"project"`
	Stage         string `json:"stage"`
	Release       string `json:"release"`
	// Created is when the first run at this release began, to the second.
	Created time.Time `json:"created"`
	Commit  string    `json:"commit"`
	Ref     string    `json:"ref"`
	Run     Run       `json:"run"`
	// Files stand in the order of their paths.
	Files []File `json:"files"`
	// Digest is the SHA-256 in hex of this manifest written with an empty digest:
	// a manifest proves itself, wherever it was copied to.
	Digest string `json:"digest"`
}

// Run is the workflow run that archived.
type Run struct {
	ID       string `json:"id"`
	Attempt  int    `json:"attempt"`
	URL      string `json:"url"`
	Workflow string `json:"workflow"`
	Actor    string `json:"actor"`
}

// File is one file of a release.
type File struct {
	// Path is relative to the workspace, with /.
	Path string `json:"path"`
	Role Role   `json:"role" jsonschema:"enum=function,enum=outputs,enum=state,enum=diff,enum=template,enum=lockfile,enum=source,enum=monitoring,enum=other"`
	// SHA256 is that of the whole file in hex, also where the store keeps it in
	// parts and has only a checksum of checksums.
	SHA256 string `json:"sha256"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// Origin says what named the file: a standard set or an input.
	Origin string `json:"origin"`
	// Redacted is how many secrets were taken out before it was stored.
	Redacted int `json:"redacted"`
}

// Bytes is the size of all files in bytes, each counted once for its path.
func (m Manifest) Bytes() int64 {
	var total int64
	for _, f := range m.Files {
		total += f.Size
	}
	return total
}

// Encode writes the manifest with its digest. The same manifest gives the same
// bytes, so that two runs at one release write the same.
func (m Manifest) Encode() ([]byte, error) {
	slices.SortFunc(m.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	m.Created = m.Created.UTC().Truncate(time.Second)
	m.Digest = ""
	text, err := m.text()
	if err != nil {
		return nil, err
	}
	m.Digest = DigestOf(text).Hex()
	return m.text()
}

func (m Manifest) text() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encoding a manifest: %w", err)
	}
	return append(text, '\n'), nil
}

// ErrDamaged says that a manifest is not what was written.
var ErrDamaged = errors.New("the manifest is damaged")

// ParseManifest reads a manifest and holds it against its digest and against
// itself. The error wraps [ErrDamaged], except that a newer version is a fault
// of its own.
func ParseManifest(text []byte) (Manifest, error) {
	var m Manifest
	in := json.NewDecoder(bytes.NewReader(text))
	if err := in.Decode(&m); err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if _, err := in.Token(); err != io.EOF {
		return m, fmt.Errorf("%w: something follows it", ErrDamaged)
	}
	if m.SchemaVersion > SchemaVersion {
		return m, newer(m)
	}
	// What was written reads back to the same bytes; anything else was changed.
	again, err := m.Encode()
	if err != nil || !bytes.Equal(again, text) {
		return m, fmt.Errorf("%w: its digest does not match", ErrDamaged)
	}
	if err := m.check(); err != nil {
		return m, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return m, nil
}

// check holds a manifest against itself. A manifest that was written by
// somebody else must not lead out of the folder that it is fetched into.
func (m Manifest) check() error {
	if m.SchemaVersion != SchemaVersion || !stageNames.MatchString(m.Stage) || !releaseNames.MatchString(m.Release) {
		return fmt.Errorf("version %d, stage %q, release %q", m.SchemaVersion, m.Stage, m.Release)
	}
	if len(m.Files) == 0 || len(m.Files) > maxFiles {
		return fmt.Errorf("%d files", len(m.Files))
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if !localPath(f.Path) || strings.EqualFold(f.Path, ManifestName) || seen[strings.ToLower(f.Path)] {
			return fmt.Errorf("the path %q", f.Path)
		}
		seen[strings.ToLower(f.Path)] = true
		if !sums.MatchString(f.SHA256) || f.Size < 0 || !slices.Contains(Roles, f.Role) {
			return fmt.Errorf("the entry of %q", f.Path)
		}
	}
	for _, f := range m.Files {
		for at := strings.LastIndexByte(f.Path, '/'); at > 0; at = strings.LastIndexByte(f.Path[:at], '/') {
			if seen[strings.ToLower(f.Path[:at])] {
				return fmt.Errorf("%q is a file and a folder", f.Path[:at])
			}
		}
	}
	return nil
}

// newer refuses a manifest of a later version.
func newer(m Manifest) error {
	return &fault.Fault{
		Kind: fault.Input, Name: m.Release, What: fmt.Sprintf("its manifest is of version %d, which this program does not know", m.SchemaVersion),
		Allowed: fmt.Sprintf("at most %d", SchemaVersion), Next: "Use the version of cutover that wrote it, or a later one.",
	}
}

// ManifestName is the manifest's name in a folder that a release was fetched to.
const ManifestName = "cutover-release.json"
