package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Proposal is one file that a pull request puts into the repository.
type Proposal struct {
	// Branch is ours alone: whoever proposes the same uses the same name.
	Branch        string
	Path, Content string
	// Message is the commit's, Title and Body are the pull request's.
	Message, Title, Body string
}

// rewrites is how often a file is written anew because somebody else wrote it
// meanwhile.
const rewrites = 3

// Propose opens the pull request and returns its address. Each step looks first
// what is there, so that one that was killed anywhere goes on when it is called
// again, and the same proposal is the same pull request. What is in the default
// branch already needs none: then the address is that of the one that brought it
// there, empty if none did. Source: REST API, "Git references", "Repository
// contents", "Pulls"; contents and pull-requests: write.
func (c *Client) Propose(ctx context.Context, p Proposal) (address string, err error) {
	base, err := c.defaultBranch(ctx)
	if err != nil {
		return "", proposing(err)
	}
	there, _, err := c.content(ctx, p.Path, base)
	if err != nil {
		return "", proposing(err)
	}
	if there != nil && *there == p.Content {
		known, err := c.pullOf(ctx, p.Branch, base, "all")
		return known.GetHTMLURL(), proposing(err)
	}
	if err := c.makeBranch(ctx, p.Branch, base); err != nil {
		return "", proposing(err)
	}
	if err := c.putFile(ctx, p); err != nil {
		return "", proposing(err)
	}
	address, err = c.openPull(ctx, p, base)
	return address, proposing(err)
}

// proposing says which permission a proposal needs, and which setting.
func proposing(err error) error {
	err = permission(err, "contents: write, and pull-requests: write")
	var f *fault.Fault
	if errors.As(err, &f) && strings.Contains(err.Error(), "not permitted to create") {
		told := *f
		told.Next = "In the repository's settings, Actions, General, allow GitHub Actions to create pull requests."
		return &told
	}
	return err
}

func (c *Client) defaultBranch(ctx context.Context) (string, error) {
	var r *github.Repository
	err := c.call(ctx, "asking for the default branch", func() (err error) {
		r, _, err = c.api.Repositories.Get(ctx, c.owner, c.repo)
		return err
	})
	return r.GetDefaultBranch(), err
}

// status is that of an answer that GitHub refused with, 0 for none.
func status(err error) int {
	var answered *github.ErrorResponse
	if errors.As(err, &answered) && answered.Response != nil {
		return answered.Response.StatusCode
	}
	return 0
}

// content is a file of a branch with git's name of it, nil where it is not.
func (c *Client) content(ctx context.Context, path, branch string) (text *string, sha string, err error) {
	err = c.call(ctx, "reading "+path, func() error {
		file, _, _, err := c.api.Repositories.GetContents(ctx, c.owner, c.repo, path, &github.RepositoryContentGetOptions{Ref: branch})
		if status(err) == http.StatusNotFound {
			text, sha = nil, ""
			return nil
		}
		if err != nil {
			return err
		}
		if file == nil {
			return fmt.Errorf("%s is a folder", path)
		}
		whole, err := file.GetContent()
		text, sha = &whole, file.GetSHA()
		return err
	})
	return text, sha, err
}

// makeBranch makes the branch where there is none.
func (c *Client) makeBranch(ctx context.Context, branch, base string) error {
	var from *github.Reference
	err := c.call(ctx, "reading the branch "+base, func() (err error) {
		from, _, err = c.api.Git.GetRef(ctx, c.owner, c.repo, "heads/"+base)
		return err
	})
	if err != nil {
		return err
	}
	var there bool
	err = c.call(ctx, "looking for the branch "+branch, func() error {
		_, _, err := c.api.Git.GetRef(ctx, c.owner, c.repo, "heads/"+branch)
		if there = err == nil; status(err) == http.StatusNotFound {
			return nil
		}
		return err
	})
	if err != nil || there {
		return err
	}
	return c.call(ctx, "making the branch "+branch, func() error {
		_, _, err := c.api.Git.CreateRef(ctx, c.owner, c.repo, &github.Reference{Ref: github.String("refs/heads/" + branch), Object: &github.GitObject{SHA: from.GetObject().SHA}})
		if status(err) == http.StatusUnprocessableEntity && strings.Contains(err.Error(), "already exists") {
			return nil // another run was faster
		}
		return err
	})
}

// putFile commits the file into the branch, unless it is there as it should be.
func (c *Client) putFile(ctx context.Context, p Proposal) error {
	for range rewrites {
		there, sha, err := c.content(ctx, p.Path, p.Branch)
		if err != nil || there != nil && *there == p.Content {
			return err
		}
		options := &github.RepositoryContentFileOptions{Message: &p.Message, Content: []byte(p.Content), Branch: &p.Branch}
		if there != nil {
			options.SHA = &sha
		}
		changed := false
		err = c.call(ctx, "writing "+p.Path, func() error {
			_, _, err := c.api.Repositories.CreateFile(ctx, c.owner, c.repo, p.Path, options)
			// Somebody has written it, or the branch, since it was read.
			if s := status(err); s == http.StatusConflict || s == http.StatusUnprocessableEntity {
				changed = true
				return nil
			}
			return err
		})
		if err != nil || !changed {
			return err
		}
	}
	return &fault.Fault{Kind: fault.Outside, Name: p.Path, What: "was refused by GitHub, or written by others each time", Got: p.Branch, Next: "Run it again."}
}

// pullOf is the newest pull request of our branch, nil where there is none.
func (c *Client) pullOf(ctx context.Context, branch, base, state string) (*github.PullRequest, error) {
	var list []*github.PullRequest
	err := c.call(ctx, "listing pull requests", func() (err error) {
		list, _, err = c.api.PullRequests.List(ctx, c.owner, c.repo, &github.PullRequestListOptions{
			State: state, Head: c.owner + ":" + branch, Base: base, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 30},
		})
		return err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// openPull opens the pull request, or brings the open one up to date.
func (c *Client) openPull(ctx context.Context, p Proposal, base string) (string, error) {
	for range rewrites {
		known, err := c.pullOf(ctx, p.Branch, base, "open")
		if err != nil {
			return "", err
		}
		if known != nil {
			if known.GetTitle() == p.Title && known.GetBody() == p.Body {
				return known.GetHTMLURL(), nil
			}
			return known.GetHTMLURL(), c.call(ctx, "updating a pull request", func() error {
				_, _, err := c.api.PullRequests.Edit(ctx, c.owner, c.repo, known.GetNumber(), &github.PullRequest{Title: &p.Title, Body: &p.Body})
				return err
			})
		}
		var made *github.PullRequest
		err = c.call(ctx, "opening a pull request", func() (err error) {
			made, _, err = c.api.PullRequests.Create(ctx, c.owner, c.repo, &github.NewPullRequest{Title: &p.Title, Body: &p.Body, Head: &p.Branch, Base: &base})
			if status(err) == http.StatusUnprocessableEntity && strings.Contains(err.Error(), "already exists") {
				return nil // another run was faster
			}
			return err
		})
		if err != nil || made.GetNumber() != 0 {
			return made.GetHTMLURL(), err
		}
	}
	return "", &fault.Fault{Kind: fault.Outside, Name: p.Branch, What: "its pull request is there, and is not: others open and close it", Next: "Run it again."}
}
