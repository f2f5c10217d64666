package github

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
)

// Releases keeps releases of the repository. Source: REST API, "Releases",
// "Release assets", "Git database"; all of it with contents: write.
type Releases struct{ c *Client }

var _ publish.Hub = Releases{}

// Releases returns the client as a release sees it.
func (c *Client) Releases() Releases { return Releases{c} }

const needsContents = "contents: write"

// ask runs one call and says which permission it needs.
func (r Releases) ask(ctx context.Context, doing string, request func() error) error {
	return permission(r.c.call(ctx, doing, request), needsContents)
}

// Look implements publish.Hub.
func (r Releases) Look(ctx context.Context, v publish.Version) (seen publish.Seen, err error) {
	tags, err := r.tags(ctx)
	if err != nil {
		return seen, err
	}
	seen.Versions, seen.Tag, seen.Moving = map[string]string{}, tags[v.String()], tags[v.MajorTag()]
	for tag, commit := range tags {
		if _, err := publish.ParseVersion(tag); err == nil {
			seen.Versions[tag] = commit
		}
	}
	if seen.Tag != "" {
		for path, into := range map[string]*string{publish.ChecksumsPath: &seen.Checksums, publish.OriginPath: &seen.Origin} {
			text, _, err := r.c.content(ctx, path, seen.Tag)
			if err != nil {
				return seen, permission(err, needsContents)
			}
			if text != nil {
				*into = *text
			}
		}
	}
	seen.Release, err = r.find(ctx, v)
	return seen, err
}

// tags are the commits of all tags that begin with v. One that is annotated is
// looked through.
func (r Releases) tags(ctx context.Context) (map[string]string, error) {
	var refs []*github.Reference
	err := r.ask(ctx, "listing tags", func() (err error) {
		refs, _, err = r.c.api.Git.ListMatchingRefs(ctx, r.c.owner, r.c.repo, &github.ReferenceListOptions{Ref: "tags/v"})
		return err
	})
	tags := map[string]string{}
	for _, ref := range refs {
		name, object := strings.TrimPrefix(ref.GetRef(), "refs/tags/"), ref.GetObject()
		if object.GetType() == "tag" {
			var annotated *github.Tag
			if err = r.ask(ctx, "reading the tag "+name, func() (err error) {
				annotated, _, err = r.c.api.Git.GetTag(ctx, r.c.owner, r.c.repo, object.GetSHA())
				return err
			}); err != nil {
				return nil, err
			}
			object = annotated.GetObject()
		}
		tags[name] = object.GetSHA()
	}
	return tags, err
}

// find is the release of a version, or the oldest draft of one, nil for none.
// Drafts are in no index: all releases are gone through, the newest first.
func (r Releases) find(ctx context.Context, v publish.Version) (*publish.Release, error) {
	var found *github.RepositoryRelease
	for page := 1; page != 0; {
		var list []*github.RepositoryRelease
		var answer *github.Response
		err := r.ask(ctx, "listing releases", func() (err error) {
			list, answer, err = r.c.api.Repositories.ListReleases(ctx, r.c.owner, r.c.repo, &github.ListOptions{Page: page, PerPage: 100})
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, one := range list {
			if one.GetTagName() == v.String() && (found == nil || !one.GetDraft() || found.GetDraft() && one.GetID() < found.GetID()) {
				found = one
			}
		}
		page = answer.NextPage
	}
	if found == nil {
		return nil, nil
	}
	assets, err := r.assets(ctx, found.GetID())
	return &publish.Release{ID: found.GetID(), Draft: found.GetDraft(), Body: found.GetBody(), Assets: assets}, err
}

// assets are a release's files. The library knows no digest yet.
func (r Releases) assets(ctx context.Context, id int64) ([]publish.Uploaded, error) {
	var all []publish.Uploaded
	for page := 1; page != 0; {
		var list []struct {
			ID                  int64
			Name, State, Digest string
		}
		path := fmt.Sprintf("releases/%d/assets?per_page=100&page=%d", id, page)
		next, err := r.c.ForGate().get(ctx, "listing a release's files", path, needsContents, &list)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			all = append(all, publish.Uploaded{ID: a.ID, Name: a.Name, Whole: a.State == "uploaded", SHA256: strings.TrimPrefix(a.Digest, "sha256:")})
		}
		page = next
	}
	return all, nil
}

// Draft implements publish.Hub. GitHub allows several drafts of one tag, so one
// whose answer was lost is looked for before another is made.
func (r Releases) Draft(ctx context.Context, v publish.Version, body string) error {
	return r.ask(ctx, "making the draft", func() error {
		there, err := r.find(ctx, v)
		if err != nil || there != nil {
			return err
		}
		_, _, err = r.c.api.Repositories.CreateRelease(ctx, r.c.owner, r.c.repo, &github.RepositoryRelease{
			TagName: github.String(v.String()), Name: github.String(v.String()), Body: &body, Draft: github.Bool(true), Prerelease: github.Bool(v.Pre != ""),
		})
		return err
	})
}

// Upload implements publish.Hub. A file that is there already, whole or not, is
// left to the next look.
func (r Releases) Upload(ctx context.Context, release int64, a publish.Asset) error {
	var where *github.RepositoryRelease
	if err := r.ask(ctx, "reading the draft", func() (err error) {
		where, _, err = r.c.api.Repositories.GetRelease(ctx, r.c.owner, r.c.repo, release)
		return err
	}); err != nil {
		return err
	}
	address, _, _ := strings.Cut(where.GetUploadURL(), "{")
	return r.ask(ctx, "uploading "+a.Name, func() error {
		file, err := a.Open()
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }() // it was only read
		// The library's transport closes what it is given; the file is ours.
		request, err := r.c.api.NewUploadRequest(address+"?name="+url.QueryEscape(a.Name), io.NopCloser(file), a.Size, "application/octet-stream")
		if err != nil {
			return err
		}
		_, err = r.c.api.Do(ctx, request, nil)
		// An upload that broke off keeps its name: GitHub leaves a part that has to
		// be deleted, which is the next look's work.
		if s := status(err); s == http.StatusUnprocessableEntity && alreadyThere(err) || s == http.StatusBadGateway {
			return nil
		}
		return err
	})
}

func alreadyThere(err error) bool {
	var answered *github.ErrorResponse
	return errors.As(err, &answered) && (strings.Contains(answered.Message, "already exists") || slices.ContainsFunc(answered.Errors, func(e github.Error) bool { return e.Code == "already_exists" }))
}

// Discard implements publish.Hub; what is gone already is gone.
func (r Releases) Discard(ctx context.Context, part int64) error {
	return r.ask(ctx, "discarding a broken upload", func() error {
		_, err := r.c.api.Repositories.DeleteReleaseAsset(ctx, r.c.owner, r.c.repo, part)
		if status(err) == http.StatusNotFound {
			return nil
		}
		return err
	})
}

// Tag implements publish.Hub. Without an author GitHub signs the commit itself. A
// commit that no tag names is nobody's, so that a repetition does no harm.
func (r Releases) Tag(ctx context.Context, tag, parent, message string, files map[string]string) error {
	var base *github.Commit
	err := r.ask(ctx, "reading the commit "+parent, func() (err error) {
		base, _, err = r.c.api.Git.GetCommit(ctx, r.c.owner, r.c.repo, parent)
		return err
	})
	if err != nil {
		return err
	}
	var entries []*github.TreeEntry
	for _, path := range slices.Sorted(maps.Keys(files)) {
		entries = append(entries, &github.TreeEntry{Path: github.String(path), Mode: github.String("100644"), Type: github.String("blob"), Content: github.String(files[path])})
	}
	var tree *github.Tree
	if err = r.ask(ctx, "writing the release's tree", func() (err error) {
		tree, _, err = r.c.api.Git.CreateTree(ctx, r.c.owner, r.c.repo, base.GetTree().GetSHA(), entries)
		return err
	}); err != nil {
		return err
	}
	var commit *github.Commit
	if err = r.ask(ctx, "writing the release's commit", func() (err error) {
		commit, _, err = r.c.api.Git.CreateCommit(ctx, r.c.owner, r.c.repo, &github.Commit{Message: &message, Tree: tree, Parents: []*github.Commit{{SHA: &parent}}}, nil)
		return err
	}); err != nil {
		return err
	}
	return r.makeTag(ctx, tag, commit.GetSHA())
}

// makeTag leaves a tag that is there as it is: the next look holds its tree
// against what was built.
func (r Releases) makeTag(ctx context.Context, tag, commit string) error {
	return r.ask(ctx, "making the tag "+tag, func() error {
		_, _, err := r.c.api.Git.CreateRef(ctx, r.c.owner, r.c.repo, &github.Reference{Ref: github.String("refs/tags/" + tag), Object: &github.GitObject{SHA: &commit}})
		if status(err) == http.StatusUnprocessableEntity && strings.Contains(err.Error(), "already exists") {
			return nil
		}
		return err
	})
}

// Publish implements publish.Hub.
func (r Releases) Publish(ctx context.Context, release int64, v publish.Version) error {
	latest := "legacy" // the highest version is
	if v.Pre != "" {
		latest = "false"
	}
	return r.ask(ctx, "publishing the draft", func() error {
		_, _, err := r.c.api.Repositories.EditRelease(ctx, r.c.owner, r.c.repo, release, &github.RepositoryRelease{
			TagName: github.String(v.String()), Draft: github.Bool(false), Prerelease: github.Bool(v.Pre != ""), MakeLatest: &latest,
		})
		return err
	})
}

// Move implements publish.Hub. The tag is moved only if it still stands where it
// was seen: GitHub has no such condition, so what lies between is kept short.
func (r Releases) Move(ctx context.Context, tag, from, to string) error {
	if from == "" {
		return r.makeTag(ctx, tag, to)
	}
	return r.ask(ctx, "moving the tag "+tag, func() error {
		now, _, err := r.c.api.Git.GetRef(ctx, r.c.owner, r.c.repo, "tags/"+tag)
		if err != nil {
			return err
		}
		if now.GetObject().GetSHA() != from && now.GetObject().GetType() == "commit" {
			return &fault.Fault{Kind: fault.Outside, Name: tag, What: "was moved by somebody else meanwhile", Next: "Run it again."}
		}
		_, _, err = r.c.api.Git.UpdateRef(ctx, r.c.owner, r.c.repo, &github.Reference{Ref: github.String("refs/tags/" + tag), Object: &github.GitObject{SHA: &to}}, true)
		return err
	})
}
