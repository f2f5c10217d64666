package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
)

// mostPage bounds a document in bytes.
const mostPage = 4 << 20

// pages are the documents that have marked blocks, without them, by their path in
// the repository.
func (w *work) pages() (map[string]string, int, error) {
	named := *w.in.documents
	if len(named) == 0 {
		var err error
		if named, err = found("."); err != nil {
			return nil, 0, &fault.Fault{Kind: fault.Input, Name: "document", What: "cannot be looked for below this folder", Err: err, Next: "Check the repository out, or name the documents."}
		}
	}
	all, blocks := map[string]string{}, 0
	for _, name := range named {
		path := filepath.ToSlash(filepath.Clean(name))
		if !filepath.IsLocal(name) {
			return nil, 0, &fault.Fault{Kind: fault.Input, Name: "document", What: "is no file of this repository", Got: name, Allowed: "a path below this folder"}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, 0, &fault.Fault{Kind: fault.Input, Name: "document", What: "cannot be read", Got: name, Err: err}
		}
		left, n, err := strip(string(text))
		if err != nil {
			return nil, 0, &fault.Fault{Kind: fault.Input, Name: path, What: "has marks that do not fit: " + err.Error(), Next: "Mend them in the default branch; the next tick reads it anew."}
		}
		if n > 0 {
			all[path], blocks = left, blocks+n
		}
	}
	return all, blocks, nil
}

// found are the Markdown files below a folder that have a mark.
func found(folder string) (paths []string, err error) {
	root, err := os.OpenRoot(folder) // no link leads out of it
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // only read
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() && path != "." && (strings.HasPrefix(name, ".") || name == "node_modules") {
			return fs.SkipDir
		}
		if d.IsDir() || !d.Type().IsRegular() || !strings.EqualFold(filepath.Ext(path), ".md") {
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > mostPage {
			return err
		}
		text, err := root.ReadFile(path)
		if err == nil && slices.ContainsFunc(strings.Split(string(text), "\n"), func(line string) bool {
			return begin.MatchString(strings.TrimSuffix(line, "\r")) || inline.MatchString(bared(line))
		}) {
			paths = append(paths, filepath.Join(folder, path))
		}
		return err
	})
	return paths, err
}

// writeDocs opens one pull request: what the documents say of ECS goes, and the
// retrospective comes with what really happened. Each file is put where it is not,
// so that whoever does it again changes nothing.
func (w *work) writeDocs(ctx context.Context, _ retire.Action) error {
	if *w.in.token == "" {
		return &fault.Fault{Kind: fault.Input, Name: "token", What: "is needed for the pull request with documents and retrospective", Next: "Pass ${{ github.token }}, and give the job contents: write and pull-requests: write."}
	}
	pages, blocks, err := w.pages()
	if err != nil {
		return err
	}
	state, err := w.state(ctx)
	if err != nil {
		return err
	}
	log, err := w.store.Events(ctx)
	if err != nil {
		return err
	}
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return err
	}
	at := cmp.Or(*w.in.retrospective, "docs/retrospectives/ecs-"+w.stage+".md")
	pages[at] = retire.Retrospective(*w.sealed, state, log)
	title := "ECS is retired: " + w.sealed.Plan.Scope.Confirm()
	body := report.Markdown(report.Document{Title: title, Lead: fmt.Sprintf("%d things are gone; %s. This takes %d marked blocks out of the documents, and adds the retrospective with what happened when. Hold the meeting, and fill in what only people know.",
		len(state.Deleted), w.sealed.Plan.Saved(), blocks)})
	var address string
	for _, path := range paths(pages, at) {
		if address, err = client.Propose(ctx, github.Proposal{
			Branch: "cutover/retired-" + w.stage + "-" + w.sealed.PlanSHA256[:12], Path: path, Content: pages[path],
			Message: title + ": " + path, Title: title, Body: body,
		}); err != nil {
			return err
		}
	}
	w.say("the documents: %s", address)
	return w.store.Mark(ctx, func(m *s3.Marks) {
		m.Plan, m.PullRequest, m.Retrospective = w.sealed.PlanSHA256, address, at
	})
}

// paths are the files in order, the retrospective last: its address is the pull
// request's for certain, since it is new.
func paths(pages map[string]string, last string) []string {
	var all []string
	for path := range pages {
		if path != last {
			all = append(all, path)
		}
	}
	slices.Sort(all)
	return append(all, last)
}
