package git

import (
	"archive/tar"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
)

// Tags are the repository's tags with the commits that they name.
func (r Repository) Tags(ctx context.Context) ([]publish.Tag, error) {
	// %(*…) looks through an annotated tag and is empty for a plain one.
	out, err := r.run(ctx, "for-each-ref", "--format=%(refname:lstrip=2)%00%(objectname)%00%(*objectname)%00%(parent)%00%(*parent)", "refs/tags/")
	if err != nil {
		return nil, notACheckout(r, err)
	}
	var tags []publish.Tag
	for line := range strings.Lines(out) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\x00")
		if len(f) != 5 {
			return nil, &fault.Fault{Kind: fault.Outside, Name: "git for-each-ref", What: "printed what is no tag", Got: line}
		}
		t := publish.Tag{Name: f[0], Commit: f[1], Parents: strings.Fields(f[3])}
		if f[2] != "" {
			t.Commit, t.Parents = f[2], strings.Fields(f[4])
		}
		tags = append(tags, t)
	}
	return tags, nil
}

func notACheckout(r Repository, err error) error {
	return &fault.Fault{Kind: fault.Input, Name: "folder", What: "is no checkout of git", Got: r.Folder, Err: err, Next: "Check out the repository there, with fetch-depth: 0."}
}

// Commit is the full hash of what a name stands for.
func (r Repository) Commit(ctx context.Context, name string) (string, error) {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, " \t\r\n\x00") {
		return "", noRevision(name, nil)
	}
	out, err := r.run(ctx, "rev-parse", "--verify", "--end-of-options", name+"^{commit}")
	if err != nil {
		return "", noRevision(name, err)
	}
	return strings.TrimSpace(out), nil
}

func noRevision(name string, err error) error {
	return &fault.Fault{
		Kind: fault.Input, Name: "commit", Got: name, What: "is no branch, tag or commit here", Allowed: "such as v1.2.0, HEAD or a commit's SHA", Err: err,
		Next: "Check out with fetch-depth: 0, so that tags and history are there.",
	}
}

// Log lists the commits up to one that an earlier one does not have, the newest
// first; from may be empty. Merges say nothing that their commits do not.
func (r Repository) Log(ctx context.Context, from, to string) ([]publish.Commit, error) {
	args := []string{"log", "-z", "--no-merges", "--no-color", "--no-show-signature", "--no-notes", "--encoding=UTF-8", "--format=" + publish.LogFormat, "--end-of-options", to}
	if from != "" {
		args = append(args, "^"+from)
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, noRevision(to, err)
	}
	return publish.ParseLog([]byte(out))
}

// mostBytes bounds a file that is read out of a commit.
const mostBytes = 8 << 20

// Files reads files out of a commit, by git's patterns. A pattern that fits
// nothing there gives nothing.
func (r Repository) Files(ctx context.Context, commit string, patterns ...string) (map[string][]byte, error) {
	names, err := r.List(ctx, commit)
	if err != nil {
		return nil, err
	}
	args := []string{"archive", "--format=tar", commit, "--"}
	for _, p := range patterns {
		if slices.ContainsFunc(names, func(name string) bool { fits, _ := path.Match(p, name); return fits }) { // a pattern that is none fits nothing
			args = append(args, ":(glob)"+p)
		}
	}
	files := map[string][]byte{}
	if len(args) == 4 {
		return files, nil // without a pattern git would give all of it
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Outside, Name: "git archive", What: "failed", Err: err}
	}
	for in := tar.NewReader(strings.NewReader(out)); ; {
		head, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil || head.Size > mostBytes {
			return nil, &fault.Fault{Kind: fault.Outside, Name: "git archive", What: "printed what is no archive, or one with a file above 8 MB", Err: err}
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		if files[head.Name], err = io.ReadAll(in); err != nil {
			return nil, &fault.Fault{Kind: fault.Outside, Name: "git archive", What: "broke off", Err: err}
		}
	}
}

// List are the names of a commit's files.
func (r Repository) List(ctx context.Context, commit string) ([]string, error) {
	out, err := r.run(ctx, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
	if err != nil {
		return nil, noRevision(commit, err)
	}
	return strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}
