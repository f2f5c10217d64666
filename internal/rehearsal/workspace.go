package rehearsal

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

//go:embed all:standins
var standInFiles embed.FS

//go:embed all:faults
var faultFiles embed.FS

// Break is a fault that a rehearsal puts into the tree before it runs, and what
// must catch it.
type Break struct {
	Name    string
	Says    string `json:"says"`
	Job     string `json:"job"`
	Step    string `json:"step"`
	overlay fs.FS
}

// Breaks lists the names of the known faults.
func Breaks() []string {
	entries, err := faultFiles.ReadDir("faults")
	if err != nil {
		panic(err) // embedded at build time
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func findBreak(name string) (*Break, error) {
	text, err := faultFiles.ReadFile("faults/" + name + "/fault.json")
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "break", What: "is no known fault", Got: name, Allowed: strings.Join(Breaks(), ", ")}
	}
	b := &Break{Name: name}
	if err := json.Unmarshal(text, b); err != nil {
		return nil, fmt.Errorf("reading the fault %s: %w", name, err)
	}
	b.overlay, err = fs.Sub(faultFiles, "faults/"+name+"/tree")
	return b, err
}

// unread is what no step of a run reads: Go's tests, their data, and our own
// pages and comparisons. act copies the tree once for every job.
var unread = regexp.MustCompile(`^(docs|bench)/|^(actions|cmd|internal)/(.*/)?(testdata/|[^/]*_test\.go$)`)

// copyTree copies what git knows of the checkout (tracked, and new files that
// are not ignored, without what is unread) to target, puts the overlays on top
// and commits it there, so that a run sees a clean checkout of this state.
func copyTree(ctx context.Context, repository, target string, overlays ...fs.FS) (sha string, err error) {
	listed, err := git(ctx, repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(listed, "\x00") {
		if name == "" || unread.MatchString(name) {
			continue
		}
		if err := copyFile(filepath.Join(repository, name), filepath.Join(target, name)); err != nil {
			return "", fmt.Errorf("copying the checkout: %w", err)
		}
	}
	return commitTree(ctx, target, overlays...)
}

// commitTree puts overlays into target and commits all that is there.
func commitTree(ctx context.Context, target string, overlays ...fs.FS) (sha string, err error) {
	for _, overlay := range overlays {
		if overlay == nil {
			continue
		}
		if err := writeTree(overlay, target); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--initial-branch=main"}, {"add", "--all"},
		{"-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost", "-c", "commit.gpgsign=false", "commit", "--quiet", "--allow-empty", "--no-verify", "--message=The state under rehearsal"},
		{"repack", "--quiet", "-a", "-d"}, // one file instead of one for each, for the same reason
	} {
		if _, err := git(ctx, target, args...); err != nil {
			return "", err
		}
	}
	sha, err = git(ctx, target, "rev-parse", "HEAD")
	return strings.TrimSpace(sha), err
}

// copyFile copies a regular file with its mode; a link is made anew. A file
// that git lists and that is gone from the disk was deleted.
func copyFile(from, to string) error {
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		link, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(link, to)
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}

// writeTree writes a file system's files below target, over what is there.
func writeTree(tree fs.FS, target string) error {
	return fs.WalkDir(tree, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, path)
		if err != nil {
			return err
		}
		to := filepath.Join(target, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// git runs git in a folder, untouched by the user's configuration.
func git(ctx context.Context, folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", &fault.Fault{
			Kind: fault.Outside, Name: "git " + args[0], What: "failed: " + strings.TrimSpace(stderr.String()), Err: err,
			Next: "A rehearsal needs git and a checkout of cutover.",
		}
	}
	return string(out), nil
}
