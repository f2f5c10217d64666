// Package archive keeps what it takes to know a release and to bring it back:
// it decides what belongs into one, names it, writes its manifest, and judges
// whether an archive still holds what it promised.
//
// Files are stored by their content, so that an unchanged function is stored
// once for all releases. A release is its manifest, which is written last and
// never again: before it stands, there is no release, and a run that was killed
// is simply run again. Everything outside is behind ports: [Store], [fs.FS],
// [Folder].
package archive

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Layout is where an archive keeps its objects below a prefix.
type Layout struct{ prefix string }

// PrefixSyntax says which prefixes there are.
const PrefixSyntax = "names of letters, digits, . _ and - with / between them"

var prefixes = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)

// ParseLayout reads a prefix such as "cutover" or "apps/lego".
func ParseLayout(prefix string) (Layout, error) {
	if len(prefix) > 256 || !prefixes.MatchString(prefix) {
		return Layout{}, fmt.Errorf("is no prefix of keys")
	}
	return Layout{prefix}, nil
}

// String returns the prefix.
func (l Layout) String() string { return l.prefix }

// Blob is the key of the content with this SHA-256 in hex.
func (l Layout) Blob(sum string) string { return l.Blobs() + sum }

// Blobs begins the key of every content.
func (l Layout) Blobs() string { return l.prefix + "/blobs/sha256/" }

// Manifest is the key of a release's manifest.
func (l Layout) Manifest(stage, release string) string {
	return l.Manifests() + stage + "/" + release + ".json"
}

// Manifests begins the key of every manifest.
func (l Layout) Manifests() string { return l.prefix + "/releases/" }

// Claim is the key under which an archiving run keeps the name it has chosen.
func (l Layout) Claim(stage, identity string) string {
	return l.Claims() + stage + "/" + identity + ".json"
}

// Claims begins the key of every claim.
func (l Layout) Claims() string { return l.prefix + "/claims/" }

// Rollbacks begins the key of everything that is written down about rollbacks.
// Pruning leaves it alone: what was withdrawn must stay known.
func (l Layout) Rollbacks() string { return l.prefix + "/rollbacks/" }

// Pruning is the key of the mark that a pruning run is under way.
func (l Layout) Pruning() string { return l.prefix + "/pruning.json" }

// parse takes a manifest's or a claim's key apart.
func parse(key, begins string) (stage, name string, ok bool) {
	rest, ok := strings.CutPrefix(key, begins)
	rest, json := strings.CutSuffix(rest, ".json")
	stage, name, both := strings.Cut(rest, "/")
	return stage, name, ok && json && both && stageNames.MatchString(stage) && releaseNames.MatchString(name)
}

// NameSyntax and StageSyntax say how releases and stages are named.
const (
	NameSyntax  = "letters, digits, . _ and -, beginning with a letter or digit, up to 128"
	StageSyntax = "letters, digits and -, beginning with a letter or digit, up to 64"
)

var (
	releaseNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)
	stageNames   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]{0,63}$`)
	commits      = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)
	sums         = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseName checks a release's name.
func ParseName(text string) (string, error) {
	if !releaseNames.MatchString(text) {
		return "", fmt.Errorf("is no name of a release")
	}
	return text, nil
}

// ParseStage checks a stage's name.
func ParseStage(text string) (string, error) {
	if !stageNames.MatchString(text) {
		return "", fmt.Errorf("is no stage")
	}
	return text, nil
}

// ParseCommit checks a commit's full hash.
func ParseCommit(text string) (string, error) {
	if !commits.MatchString(text) {
		return "", fmt.Errorf("is no commit")
	}
	return text, nil
}

// short is how much of a commit stands in a name.
const short = 8

// stamp writes times so that names sort as they follow each other.
const stamp = "20060102T150405Z"

// Name makes a release's name: 20261123T041530Z-6ae71a84-1234567-1.
func Name(created time.Time, commit string, run Run) string {
	return created.UTC().Format(stamp) + "-" + Identity(commit, run)
}

// Identity names an archiving run whatever the time: a run that is repeated
// after a kill has the same one and so goes on with the same release.
func Identity(commit string, run Run) string {
	return fmt.Sprintf("%s-%s-%d", commit[:min(short, len(commit))], run.ID, run.Attempt)
}

// localPath says whether p is a clean slash path that stays below its root on
// any system.
func localPath(p string) bool {
	if p == "" || p == "." || len(p) > 1024 || path.Clean(p) != p || path.IsAbs(p) || p == ".." || strings.HasPrefix(p, "../") {
		return false
	}
	return !strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r == 0x7f || r == '\\' || r == ':' || r == 0xfffd })
}

// damaged makes the fault for something in an archive that is not what cutover
// writes there.
func damaged(key, what string) *fault.Fault {
	return &fault.Fault{Kind: fault.Refused, Name: key, What: what}
}
