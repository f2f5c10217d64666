package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
)

// ForGate answers what a deploy gate asks of a repository.
type ForGate struct{ c *Client }

var _ gate.GitHub = ForGate{}

// ForGate returns the client as a gate sees it.
func (c *Client) ForGate() ForGate { return ForGate{c} }

// get fetches one page of the repository's API: for calls that the library
// lacks, and for names with characters that it does not escape. next is 0 after
// the last page.
func (g ForGate) get(ctx context.Context, doing, path, need string, into any) (next int, err error) {
	var response *github.Response
	err = g.c.call(ctx, doing, func() error {
		request, err := g.c.api.NewRequest(http.MethodGet, fmt.Sprintf("repos/%s/%s/%s", g.c.owner, g.c.repo, path), nil)
		if err != nil {
			return err
		}
		response, err = g.c.api.Do(ctx, request, into)
		return err
	})
	if err != nil {
		return 0, permission(err, need)
	}
	return response.NextPage, nil
}

// permission says which one is missing, where that is the trouble.
func permission(err error, need string) error {
	var f *fault.Fault
	if errors.Is(err, ErrForbidden) && errors.As(err, &f) {
		told := *f
		told.Next = "Give the job permissions: " + need + "."
		return &told
	}
	return err
}

// missing says that GitHub answered 404: there is no such thing. A token without
// the permission is answered 403 where it may read the repository at all.
func missing(err error) bool {
	return errors.Is(err, ErrForbidden) && strings.Contains(err.Error(), "(404 ")
}

// Environment implements gate.GitHub; source: REST API, "Get an environment" and
// "List deployment branch policies", both with actions: read.
func (g ForGate) Environment(ctx context.Context, name string) (gate.Environment, error) {
	var e struct {
		Name   string `json:"name"`
		URL    string `json:"html_url"`
		Bypass *bool  `json:"can_admins_bypass"`
		Rules  []struct {
			Type      string `json:"type"`
			Wait      int    `json:"wait_timer"`
			Prevent   bool   `json:"prevent_self_review"`
			Reviewers []struct {
				Type     string `json:"type"`
				Reviewer struct {
					Login string `json:"login"`
					Slug  string `json:"slug"`
				} `json:"reviewer"`
			} `json:"reviewers"`
		} `json:"protection_rules"`
		Policy *struct {
			Protected bool `json:"protected_branches"`
			Custom    bool `json:"custom_branch_policies"`
		} `json:"deployment_branch_policy"`
	}
	path := "environments/" + url.PathEscape(name)
	if _, err := g.get(ctx, "asking for the environment "+name, path, "actions: read", &e); err != nil {
		if missing(err) {
			return gate.Environment{}, gate.ErrNone
		}
		return gate.Environment{}, err
	}
	// Servers before 2023 do not tell whether administrators may bypass: they may.
	seen := gate.Environment{Name: e.Name, URL: e.URL, AdminsBypass: e.Bypass == nil || *e.Bypass}
	for _, r := range e.Rules {
		switch r.Type {
		case "required_reviewers":
			seen.PreventSelfReview = r.Prevent
			for _, who := range r.Reviewers {
				if who.Type == "Team" {
					seen.Reviewers = append(seen.Reviewers, "the team "+who.Reviewer.Slug)
				} else {
					seen.Reviewers = append(seen.Reviewers, who.Reviewer.Login)
				}
			}
		case "wait_timer":
			seen.WaitMinutes = r.Wait
		case "branch_policy": // its content comes with another call
		default:
			seen.Others = append(seen.Others, r.Type)
		}
	}
	if e.Policy == nil {
		return seen, nil
	}
	seen.Branches.Protected, seen.Branches.Listed = e.Policy.Protected, e.Policy.Custom
	if seen.Branches.Listed {
		if err := g.policies(ctx, path, &seen.Branches); err != nil {
			return gate.Environment{}, err
		}
	}
	return seen, nil
}

func (g ForGate) policies(ctx context.Context, path string, into *gate.BranchPolicy) error {
	for page := 1; page != 0; {
		var list struct {
			Policies []struct {
				Name string `json:"name"`
				Type string `json:"type"`
			} `json:"branch_policies"`
		}
		next, err := g.get(ctx, "listing an environment's branch policies", fmt.Sprintf("%s/deployment-branch-policies?per_page=100&page=%d", path, page), "actions: read", &list)
		if err != nil {
			return err
		}
		for _, p := range list.Policies {
			if p.Type == "tag" {
				into.Tags = append(into.Tags, p.Name)
			} else {
				into.Names = append(into.Names, p.Name)
			}
		}
		page = next
	}
	return nil
}

// Protected implements gate.GitHub; source: REST API, "List branches".
func (g ForGate) Protected(ctx context.Context) ([]string, error) {
	var names []string
	for page := 1; page != 0; {
		var list []struct {
			Name string `json:"name"`
		}
		next, err := g.get(ctx, "listing protected branches", fmt.Sprintf("branches?protected=true&per_page=100&page=%d", page), "contents: read", &list)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			names = append(names, b.Name)
		}
		page = next
	}
	return names, nil
}

// Run implements gate.GitHub.
func (g ForGate) Run(ctx context.Context, id int64) (gate.Run, error) {
	var r github.WorkflowRun
	if _, err := g.get(ctx, fmt.Sprintf("asking for run %d", id), fmt.Sprintf("actions/runs/%d", id), "actions: read", &r); err != nil {
		return gate.Run{}, err
	}
	run := gate.Run{Event: r.GetEvent(), SHA: r.GetHeadSHA(), Attempt: r.GetRunAttempt(), Actor: r.GetActor().GetLogin(), Trigger: r.GetTriggeringActor().GetLogin()}
	if run.Actor == "" || run.Trigger == "" {
		return gate.Run{}, &fault.Fault{Kind: fault.Outside, Name: "GitHub", What: fmt.Sprintf("does not tell who has started run %d", id)}
	}
	return run, nil
}

// Reviews implements gate.GitHub; source: REST API, "Get the review history for
// a workflow run". It tells neither time nor attempt.
func (g ForGate) Reviews(ctx context.Context, id int64) ([]gate.Review, error) {
	var list []struct {
		State        string      `json:"state"`
		Comment      string      `json:"comment"`
		User         github.User `json:"user"`
		Environments []struct {
			Name string `json:"name"`
		} `json:"environments"`
	}
	if _, err := g.get(ctx, fmt.Sprintf("asking who has approved run %d", id), fmt.Sprintf("actions/runs/%d/approvals", id), "actions: read", &list); err != nil {
		return nil, err
	}
	reviews := []gate.Review{}
	for _, r := range list {
		review := gate.Review{User: r.User.GetLogin(), State: r.State, Comment: r.Comment}
		for _, e := range r.Environments {
			review.Environments = append(review.Environments, e.Name)
		}
		reviews = append(reviews, review)
	}
	return reviews, nil
}

// Author implements gate.GitHub. A commit whose address belongs to no account
// has an author without a login.
func (g ForGate) Author(ctx context.Context, sha string) (gate.Author, error) {
	var c struct {
		SHA    string       `json:"sha"`
		Author *github.User `json:"author"`
		Commit struct {
			Author struct {
				Name string `json:"name"`
			} `json:"author"`
		} `json:"commit"`
	}
	if _, err := g.get(ctx, "asking for the commit "+sha, "commits/"+url.PathEscape(sha), "contents: read", &c); err != nil {
		return gate.Author{}, err
	}
	if c.SHA != sha {
		return gate.Author{}, &fault.Fault{Kind: fault.Outside, Name: "GitHub", What: "answered with another commit", Got: c.SHA}
	}
	return gate.Author{Login: c.Author.GetLogin(), Name: c.Commit.Author.Name}, nil
}

// Jobs implements gate.GitHub. filter=latest is each job's latest execution:
// running failed jobs again leaves the others as they were.
func (g ForGate) Jobs(ctx context.Context, id int64) ([]gate.Job, error) {
	var jobs []gate.Job
	for page := 1; page != 0; {
		var list github.Jobs
		next, err := g.get(ctx, "listing the jobs of this run", fmt.Sprintf("actions/runs/%d/jobs?filter=latest&per_page=100&page=%d", id, page), "actions: read", &list)
		if err != nil {
			return nil, err
		}
		for _, j := range list.Jobs {
			jobs = append(jobs, gate.Job{Name: j.GetName(), Status: j.GetStatus(), Conclusion: j.GetConclusion(), URL: j.GetHTMLURL(), Started: j.GetStartedAt().Time})
		}
		page = next
	}
	return jobs, nil
}

// Checks implements gate.GitHub. Statuses, the older kind, are asked for only
// where a name is no check run's: they need a permission of their own.
func (g ForGate) Checks(ctx context.Context, sha string, names []string) ([]gate.CheckRun, error) {
	var all []gate.CheckRun
	found := map[string]bool{}
	for page := 1; page != 0; {
		var list github.ListCheckRunsResults
		next, err := g.get(ctx, "listing the checks of a commit", fmt.Sprintf("commits/%s/check-runs?filter=latest&per_page=100&page=%d", url.PathEscape(sha), page), "checks: read", &list)
		if err != nil {
			return nil, err
		}
		for _, r := range list.CheckRuns {
			found[r.GetName()] = true
			all = append(all, gate.CheckRun{Name: r.GetName(), Status: r.GetStatus(), Conclusion: r.GetConclusion(), URL: r.GetHTMLURL()})
		}
		page = next
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !found[n] }) {
		return all, nil
	}
	for page := 1; page != 0; {
		var list github.CombinedStatus
		next, err := g.get(ctx, "listing the statuses of a commit", fmt.Sprintf("commits/%s/status?per_page=100&page=%d", url.PathEscape(sha), page), "statuses: read, or name only check runs", &list)
		if err != nil {
			return nil, err
		}
		for _, s := range list.Statuses {
			r := gate.CheckRun{Name: s.GetContext(), Status: "completed", Conclusion: s.GetState(), URL: s.GetTargetURL()}
			if r.Conclusion == "pending" {
				r.Status = r.Conclusion
			}
			all = append(all, r)
		}
		page = next
	}
	return all, nil
}
