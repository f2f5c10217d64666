package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Issue is one that there must be exactly once.
type Issue struct {
	Title, Body string
	// Marker is a comment of HTML that no reader sees and no other issue of ours
	// has; the body begins with it. Label is one by which issues are found.
	Marker, Label string
	// Labels are further ones; Assignees are logins. Both are for a new issue: what
	// people change later stays.
	Labels, Assignees []string
}

// Opened is an issue as it is now.
type Opened struct {
	Number int
	URL    string
	// State is open, or closed: what somebody has closed stays as it was.
	State string
	// Made is whether it is new.
	Made bool
	// Refused are those whom GitHub does not let be assigned.
	Refused []string
}

// mostAssignees is GitHub's limit; source: REST API, "Issue assignees".
const mostAssignees = 10

// UpsertIssue opens the issue, or brings the open one up to date. Two runs at
// once, or an answer that was lost, leave one issue: the oldest stays, and whoever
// made a further one closes it. A closed one is neither changed nor opened again.
// An issue of somebody else that holds the same mark is left alone. Source: REST
// API, "Issues"; issues: write.
func (c *Client) UpsertIssue(ctx context.Context, i Issue) (Opened, error) {
	if !strings.HasPrefix(i.Marker, "<!--") || !strings.HasSuffix(i.Marker, "-->") || strings.Count(i.Marker, "-->") != 1 || i.Label == "" {
		return Opened{}, &fault.Fault{Kind: fault.Input, Name: "marker", What: "is no comment of HTML, or there is no label to find it by", Got: i.Marker, Allowed: "<!-- … -->"}
	}
	if len(i.Body) > maxComment || len(i.Assignees) > mostAssignees {
		return Opened{}, &fault.Fault{Kind: fault.Input, Name: "issue", What: fmt.Sprintf("has %d bytes and %d assignees", len(i.Body), len(i.Assignees)), Allowed: fmt.Sprintf("at most %d and %d", maxComment, mostAssignees)}
	}
	i.Body = i.Marker + "\n" + strings.TrimPrefix(strings.TrimPrefix(i.Body, i.Marker), "\n")
	o, err := c.upsertIssue(ctx, i)
	return o, permission(err, "issues: write")
}

func (c *Client) upsertIssue(ctx context.Context, i Issue) (Opened, error) {
	known, err := c.findIssues(ctx, i)
	if err != nil {
		return Opened{}, err
	}
	made := false
	if len(known) == 0 {
		mine, err := c.openIssue(ctx, i)
		if err != nil {
			return Opened{}, err
		}
		if known, err = c.findIssues(ctx, i); err != nil {
			return Opened{}, err
		}
		if known = oldestFirst(append(known, mine)); known[0].GetNumber() != mine.GetNumber() {
			if err := c.closeIssue(ctx, mine.GetNumber()); err != nil {
				return Opened{}, err
			}
		} else {
			made = true
		}
	}
	there := known[0]
	o := Opened{Number: there.GetNumber(), URL: there.GetHTMLURL(), State: there.GetState(), Made: made}
	if o.State != "open" {
		return o, nil
	}
	if there.GetTitle() != i.Title || there.GetBody() != i.Body {
		err := c.call(ctx, "updating an issue", func() error {
			_, _, err := c.api.Issues.Edit(ctx, c.owner, c.repo, o.Number, &github.IssueRequest{Title: &i.Title, Body: &i.Body})
			return err
		})
		if err != nil {
			return o, err
		}
	}
	// Whoever was killed before this left an issue that nobody has to do.
	if len(there.Assignees) == 0 && len(i.Assignees) > 0 {
		o.Refused, err = c.assign(ctx, o.Number, i.Assignees)
	}
	return o, err
}

func oldestFirst(all []*github.Issue) []*github.Issue {
	slices.SortFunc(all, func(a, b *github.Issue) int { return a.GetNumber() - b.GetNumber() })
	return slices.CompactFunc(all, func(a, b *github.Issue) bool { return a.GetNumber() == b.GetNumber() })
}

// findIssues are our own issues with the mark, the oldest first, those that are
// open or closed. One that was closed as not planned and has an older one beside
// it is that of a run that came too late.
func (c *Client) findIssues(ctx context.Context, i Issue) ([]*github.Issue, error) {
	me, err := c.login(ctx)
	if err != nil {
		return nil, err
	}
	options := &github.IssueListByRepoOptions{State: "all", Labels: []string{i.Label}, Sort: "created", Direction: "desc", ListOptions: github.ListOptions{PerPage: 100}}
	var found []*github.Issue
	for {
		var page []*github.Issue
		var response *github.Response
		err := c.call(ctx, "listing issues", func() (err error) {
			page, response, err = c.api.Issues.ListByRepo(ctx, c.owner, c.repo, options)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, x := range page {
			if !x.IsPullRequest() && x.GetUser().GetLogin() == me && strings.HasPrefix(x.GetBody(), i.Marker) {
				found = append(found, x)
			}
		}
		if response.NextPage == 0 {
			return oldestFirst(found), nil
		}
		options.Page = response.NextPage
	}
}

// openIssue makes the issue. A call whose answer was lost may have made it: before
// it is made again it is looked for.
func (c *Client) openIssue(ctx context.Context, i Issue) (*github.Issue, error) {
	labels := append([]string{i.Label}, i.Labels...)
	slices.Sort(labels)
	labels = slices.Compact(labels)
	var made *github.Issue
	again := false
	err := c.call(ctx, "opening an issue", func() (err error) {
		if again {
			if known, err := c.findIssues(ctx, i); err == nil && len(known) > 0 {
				made = known[0]
				return nil
			}
		}
		again = true
		made, _, err = c.api.Issues.Create(ctx, c.owner, c.repo, &github.IssueRequest{Title: &i.Title, Body: &i.Body, Labels: &labels})
		return err
	})
	return made, err
}

func (c *Client) closeIssue(ctx context.Context, number int) error {
	return c.call(ctx, "closing an issue", func() error {
		_, _, err := c.api.Issues.Edit(ctx, c.owner, c.repo, number, &github.IssueRequest{State: github.String("closed"), StateReason: github.String("not_planned")})
		return err
	})
}

// assign assigns who can be, and returns the others. GitHub answers 201 also where
// it left somebody out; source: REST API, "Issue assignees".
func (c *Client) assign(ctx context.Context, number int, logins []string) (refused []string, err error) {
	var can []string
	for _, login := range logins {
		var yes bool
		err := c.call(ctx, "asking who can be assigned", func() (err error) {
			yes, _, err = c.api.Issues.IsAssignee(ctx, c.owner, c.repo, login)
			return err
		})
		if err != nil {
			return nil, err
		}
		if yes {
			can = append(can, login)
		}
	}
	var there *github.Issue
	if len(can) > 0 {
		err = c.call(ctx, "assigning an issue", func() (err error) {
			there, _, err = c.api.Issues.AddAssignees(ctx, c.owner, c.repo, number, can)
			if status(err) == http.StatusUnprocessableEntity {
				there, err = nil, nil // nobody of them
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	for _, login := range logins {
		is := false
		if there != nil {
			is = slices.ContainsFunc(there.Assignees, func(u *github.User) bool { return strings.EqualFold(u.GetLogin(), login) })
		}
		if !is {
			refused = append(refused, login)
		}
	}
	return refused, nil
}
