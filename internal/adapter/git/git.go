// Package git asks the git of this machine about the checkout: what a change
// touches, and how old a commit is.
package git

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Repository is a checkout, by a folder within it.
type Repository struct{ Folder string }

// Changes returns the lines that differ from the point where HEAD left base: in
// commits, and in what is not committed yet. base is a branch, tag or commit.
func (r Repository) Changes(ctx context.Context, base string) (coverage.Changes, error) {
	// A name that begins with a dash would be read as an option.
	if base == "" || strings.HasPrefix(base, "-") || strings.ContainsAny(base, " \t\r\n\x00") {
		return nil, &fault.Fault{Kind: fault.Input, Name: "base", What: "is no name of a branch, tag or commit", Got: base, Allowed: "such as origin/main or a commit's SHA"}
	}
	from, err := r.run(ctx, "merge-base", "--end-of-options", base, "HEAD")
	if err != nil {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "base", Got: base, What: "has no common commit with HEAD here", Err: err,
			Next: "Check out with fetch-depth: 0, so that the base branch and its history are there.",
		}
	}
	// No renames: a moved file is new lines, which is what a test has to run.
	// No external diff or text conversion: the checkout is not trusted to run.
	out, err := r.run(ctx, "-c", "core.quotePath=true", "-c", "diff.noprefix=false", "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-renames",
		"--unified=0", "--src-prefix=a/", "--dst-prefix=b/", "--end-of-options", strings.TrimSpace(from))
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: "git diff", What: "failed", Err: err}
	}
	return ParseDiff([]byte(out))
}

// CommittedAt returns when HEAD was committed. ok is false outside of any
// checkout.
func (r Repository) CommittedAt(ctx context.Context) (at time.Time, ok bool) {
	out, err := r.run(ctx, "log", "-1", "--format=%ct")
	if err != nil {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// Head returns the full hash of the commit that is checked out.
func (r Repository) Head(ctx context.Context) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--verify", "--end-of-options", "HEAD^{commit}")
	if err != nil {
		return "", &fault.Fault{Kind: fault.Input, Name: "folder", What: "is no checkout of git", Got: r.Folder, Err: err, Next: "Check out the repository there."}
	}
	return strings.TrimSpace(out), nil
}

// Root returns the topmost folder of the checkout.
func (r Repository) Root(ctx context.Context) (string, error) {
	out, err := r.run(ctx, "rev-parse", "--show-toplevel")
	return strings.TrimSuffix(out, "\n"), err
}

// run calls git and returns its output; an error carries git's own words.
func (r Repository) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.Folder
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		words := strings.TrimSpace(stderr.String())
		if words == "" {
			words = err.Error()
		}
		return "", &fault.Fault{Kind: fault.Outside, What: firstLine(words)}
	}
	return stdout.String(), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
