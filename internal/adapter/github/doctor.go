package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
)

// ForDoctor answers what a doctor asks of a repository. It reads names, never the
// value of a secret.
type ForDoctor struct {
	c    *Client
	gate ForGate
}

var _ doctor.Hub = ForDoctor{}

// ForDoctor returns the client as a doctor sees it.
func (c *Client) ForDoctor() ForDoctor { return ForDoctor{c, c.ForGate()} }

// read fetches one page of an address. A token that is not taken is
// [doctor.ErrToken], what is not there [doctor.ErrNone].
func (d ForDoctor) read(ctx context.Context, doing, address, need string, into any) (next int, err error) {
	var response *github.Response
	err = d.c.call(ctx, doing, func() error {
		request, err := d.c.api.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			return err
		}
		response, err = d.c.api.Do(ctx, request, into)
		return err
	})
	var f *fault.Fault
	switch {
	case err == nil:
		return response.NextPage, nil
	case errors.As(err, &f) && f.Err != nil && strings.HasPrefix(f.Err.Error(), "401 "):
		return 0, fmt.Errorf("%w: %w", doctor.ErrToken, err)
	case missing(err):
		return 0, fmt.Errorf("%w: %w", doctor.ErrNone, permission(err, need))
	}
	return 0, permission(err, need)
}

func (d ForDoctor) path(rest string) string {
	return fmt.Sprintf("repos/%s/%s%s", d.c.owner, d.c.repo, rest)
}

// Repository implements doctor.Hub. The owner's plan shows to few tokens; source:
// REST API, "Get an organization", "Get the authenticated user".
func (d ForDoctor) Repository(ctx context.Context) (doctor.HubRepository, error) {
	var r struct {
		Private       bool   `json:"private"`
		DefaultBranch string `json:"default_branch"`
		Owner         struct {
			Type string `json:"type"`
		} `json:"owner"`
	}
	if _, err := d.read(ctx, "asking for the repository", d.path(""), "contents: read", &r); err != nil {
		return doctor.HubRepository{}, err
	}
	seen := doctor.HubRepository{Private: r.Private, DefaultBranch: r.DefaultBranch}
	if r.Private && r.Owner.Type == "Organization" {
		var o struct {
			Plan struct {
				Name string `json:"name"`
			} `json:"plan"`
		}
		if _, err := d.read(ctx, "asking for the organization's plan", "orgs/"+d.c.owner, "none", &o); err == nil {
			seen.Plan = o.Plan.Name
		}
	}
	return seen, nil
}

// Environment implements doctor.Hub.
func (d ForDoctor) Environment(ctx context.Context, name string) (doctor.Environment, error) {
	e, err := d.gate.Environment(ctx, name)
	if errors.Is(err, gate.ErrNone) {
		return doctor.Environment{}, doctor.ErrNone
	}
	if err != nil {
		return doctor.Environment{}, err
	}
	seen := doctor.Environment{
		PreventSelfReview: e.PreventSelfReview, WaitMinutes: e.WaitMinutes, Others: e.Others,
		Listed: e.Branches.Listed, Protected: e.Branches.Protected, Branches: e.Branches.Names, Tags: e.Branches.Tags,
	}
	for _, who := range e.Reviewers {
		if team, is := strings.CutPrefix(who, "the team "); is {
			seen.Teams = append(seen.Teams, team)
		} else {
			seen.Reviewers = append(seen.Reviewers, who)
		}
	}
	return seen, nil
}

// Proposals implements doctor.Hub; source: REST API, "Get default workflow
// permissions for a repository". It takes a token that administers.
func (d ForDoctor) Proposals(ctx context.Context) (bool, error) {
	var w struct {
		May bool `json:"can_approve_pull_request_reviews"`
	}
	_, err := d.read(ctx, "asking whether Actions may open pull requests", d.path("/actions/permissions/workflow"), "administration: read, which no job's token has", &w)
	return w.May, err
}

// names reads all pages of two lists: the repository's own, and those of its
// organization that reach it. A repository of a person has no second one.
func (d ForDoctor) names(ctx context.Context, what, need string) ([]string, error) {
	all := []string{}
	for _, list := range []string{"/actions/" + what, "/actions/organization-" + what} {
		for page := 1; page != 0; {
			var found struct {
				Variables []struct{ Name string } `json:"variables"`
				Secrets   []struct{ Name string } `json:"secrets"`
			}
			next, err := d.read(ctx, "listing "+what, d.path(fmt.Sprintf("%s?per_page=30&page=%d", list, page)), need, &found)
			if errors.Is(err, doctor.ErrNone) && strings.Contains(list, "organization-") {
				break
			}
			if err != nil {
				return nil, err
			}
			for _, v := range append(found.Variables, found.Secrets...) {
				all = append(all, v.Name)
			}
			page = next
		}
	}
	return all, nil
}

// Variables implements doctor.Hub; source: REST API, "List repository variables".
func (d ForDoctor) Variables(ctx context.Context) ([]string, error) {
	return d.names(ctx, "variables", "variables: read, which no job's token has")
}

// Secrets implements doctor.Hub; source: REST API, "List repository secrets", which
// tells names and no value.
func (d ForDoctor) Secrets(ctx context.Context) ([]string, error) {
	return d.names(ctx, "secrets", "secrets: read, which no job's token has")
}

// Workflows implements doctor.Hub; source: REST API, "List repository workflows".
func (d ForDoctor) Workflows(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	for page := 1; page != 0; {
		var list struct {
			Workflows []struct {
				Path  string `json:"path"`
				State string `json:"state"`
			} `json:"workflows"`
		}
		next, err := d.read(ctx, "listing workflows", d.path(fmt.Sprintf("/actions/workflows?per_page=100&page=%d", page)), "actions: read", &list)
		if err != nil {
			return nil, err
		}
		for _, w := range list.Workflows {
			all[w.Path] = w.State
		}
		page = next
	}
	return all, nil
}

// Subject implements doctor.Hub; source: REST API, "Get the customization template
// for an OIDC subject claim for a repository". One with a template of its own
// begins in no way that is known here.
func (d ForDoctor) Subject(ctx context.Context) (string, error) {
	var s struct {
		Immutable bool   `json:"use_immutable_subject"`
		Prefix    string `json:"sub_claim_prefix"`
	}
	if _, err := d.read(ctx, "asking how subjects begin", d.path("/actions/oidc/customization/sub"), "actions: read", &s); err != nil {
		return "", err
	}
	switch {
	case s.Prefix != "":
		return strings.TrimSuffix(s.Prefix, ":"), nil
	case s.Immutable:
		return "", nil
	}
	return "repo:" + d.c.owner + "/" + d.c.repo, nil
}
