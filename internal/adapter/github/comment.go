package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"
)

// maxComment is GitHub's limit of a comment's body in characters; counted in
// bytes here, which is never more.
const maxComment = 65_000

// actionsBot is who GITHUB_TOKEN writes as. The token cannot ask for its name.
const actionsBot = "github-actions[bot]"

// UpsertComment writes body as the one comment of that key on a pull request:
// the comment that an earlier call wrote is updated in place. The key stands in
// a mark that readers do not see; a comment of somebody else that holds the
// same mark is left alone.
func (c *Client) UpsertComment(ctx context.Context, pull int, key, body string) error {
	mark := fmt.Sprintf("<!-- cutover: %s -->", strings.ReplaceAll(key, "--", "- -"))
	if len(body) > maxComment {
		body = strings.ToValidUTF8(body[:maxComment], "") + "\n\n> Cut here; the job summary is whole.\n"
	}
	body = mark + "\n" + body
	known, found, err := c.findComment(ctx, pull, mark)
	if err != nil {
		return err
	}
	if !found {
		return c.call(ctx, "writing a comment", func() error {
			_, _, err := c.api.Issues.CreateComment(ctx, c.owner, c.repo, pull, &github.IssueComment{Body: &body})
			return err
		})
	}
	if known.GetBody() == body {
		return nil // nothing new to say
	}
	return c.call(ctx, "updating a comment", func() error {
		_, _, err := c.api.Issues.EditComment(ctx, c.owner, c.repo, known.GetID(), &github.IssueComment{Body: &body})
		return err
	})
}

// findComment returns our own comment with the mark, if there is one.
func (c *Client) findComment(ctx context.Context, pull int, mark string) (known *github.IssueComment, found bool, err error) {
	me, err := c.login(ctx)
	if err != nil {
		return nil, false, err
	}
	options := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		var page []*github.IssueComment
		var response *github.Response
		err := c.call(ctx, "listing comments", func() (err error) {
			page, response, err = c.api.Issues.ListComments(ctx, c.owner, c.repo, pull, options)
			return err
		})
		if err != nil {
			return nil, false, err
		}
		for _, comment := range page {
			if comment.GetUser().GetLogin() == me && strings.HasPrefix(comment.GetBody(), mark) {
				return comment, true, nil
			}
		}
		if response.NextPage == 0 {
			return nil, false, nil
		}
		options.Page = response.NextPage
	}
}

// login is who the token writes as.
func (c *Client) login(ctx context.Context) (string, error) {
	var user *github.User
	err := c.call(ctx, "asking for the token's owner", func() (err error) {
		user, _, err = c.api.Users.Get(ctx, "")
		// Not a rate limit, which is a 403 as well and has a type of its own.
		var answered *github.ErrorResponse
		if errors.As(err, &answered) && (answered.Response.StatusCode == http.StatusForbidden || answered.Response.StatusCode == http.StatusNotFound) {
			user, err = &github.User{Login: github.String(actionsBot)}, nil
		}
		return err
	})
	return user.GetLogin(), err
}
