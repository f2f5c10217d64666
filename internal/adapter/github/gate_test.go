package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/gate"
)

// asked is a GitHub that answers documents by address, page by page, and knows
// nothing else.
type asked struct {
	pages map[string][]string
	fail  map[string]int
	calls []string
}

func (a *asked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/repos/o/r/")
	a.calls = append(a.calls, path)
	if status := a.fail[path]; status != 0 {
		answer(w, status, map[string]any{"message": "no"})
		return
	}
	page := 1
	_, _ = fmt.Sscanf(r.URL.Query().Get("page"), "%d", &page)
	pages := a.pages[path]
	if r.Header.Get("Authorization") != "Bearer tok-secret" || page > len(pages) || page > 1 && r.URL.Query().Get("per_page") != "100" {
		answer(w, 404, map[string]any{"message": "Not Found"})
		return
	}
	if page < len(pages) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, pages[page-1])
}

func forGate(t *testing.T, pages map[string][]string) (ForGate, *asked) {
	t.Helper()
	a := &asked{pages: pages, fail: map[string]int{}}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	c, err := Open(server.URL, "o/r", "tok-secret")
	if err != nil {
		t.Fatal(err)
	}
	return c.ForGate(), a
}

func TestGateEnvironment(t *testing.T) {
	// As "Get an environment" of GitHub's REST reference shows it.
	const whole = `{"id":1,"name":"night / watch","html_url":"https://x","can_admins_bypass":false,"protection_rules":[
		{"id":1,"type":"wait_timer","wait_timer":30},{"id":2,"type":"branch_policy"},{"id":3,"type":"custom","app":{}},
		{"id":4,"type":"required_reviewers","prevent_self_review":true,"reviewers":[{"type":"User","reviewer":{"login":"octocat"}},{"type":"Team","reviewer":{"slug":"justice-league","name":"Justice League"}}]}],
		"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}`
	const path = "environments/night%20%2F%20watch"
	g, a := forGate(t, map[string][]string{
		path: {whole}, path + "/deployment-branch-policies": {`{"branch_policies":[{"name":"main","type":"branch"},{"name":"v*","type":"tag"}]}`, `{"branch_policies":[{"name":"next"}]}`},
		"environments/bare": {`{"name":"bare","protection_rules":[],"deployment_branch_policy":null}`}, "environments/protected": {`{"name":"protected","deployment_branch_policy":{"protected_branches":true,"custom_branch_policies":false}}`},
	})
	e, err := g.Environment(t.Context(), "night / watch")
	if err != nil || e.Name != "night / watch" || e.WaitMinutes != 30 || !e.PreventSelfReview || e.AdminsBypass || !slices.Equal(e.Reviewers, []string{"octocat", "the team justice-league"}) ||
		!slices.Equal(e.Others, []string{"custom"}) || !e.Branches.Listed || !slices.Equal(e.Branches.Names, []string{"main", "next"}) || !slices.Equal(e.Branches.Tags, []string{"v*"}) {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := g.Environment(t.Context(), "bare"); err != nil || e.Branches.Listed || e.Branches.Protected || !e.AdminsBypass || e.PreventSelfReview || e.Reviewers != nil {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := g.Environment(t.Context(), "protected"); err != nil || !e.Branches.Protected || e.Branches.Listed {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := g.Environment(t.Context(), "none"); !errors.Is(err, gate.ErrNone) {
		t.Error(err)
	}
	a.fail["environments/bare"], a.fail[path+"/deployment-branch-policies"] = 403, 404
	for _, name := range []string{"bare", "night / watch"} {
		if _, err := g.Environment(t.Context(), name); errors.Is(err, gate.ErrNone) || fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "permissions: actions: read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGateLists(t *testing.T) {
	g, a := forGate(t, map[string][]string{
		"branches":               {`[{"name":"main"}]`, `[{"name":"next"}]`},
		"actions/runs/7/jobs":    {`{"jobs":[{"name":"a","status":"completed","conclusion":"success","started_at":"2026-11-23T07:00:00Z","html_url":"https://x"}]}`, `{"jobs":[{"name":"b","status":"queued","conclusion":null}]}`},
		"commits/abc/check-runs": {`{"check_runs":[{"name":"one","status":"completed","conclusion":"success"}]}`, `{"check_runs":[{"name":"two","status":"in_progress","conclusion":null}]}`},
		"commits/abc/status":     {`{"statuses":[{"context":"three","state":"error"}]}`, `{"statuses":[{"context":"four","state":"pending"}]}`},
	})
	if names, err := g.Protected(t.Context()); err != nil || !slices.Equal(names, []string{"main", "next"}) {
		t.Error(names, err)
	}
	jobs, err := g.Jobs(t.Context(), 7)
	if err != nil || len(jobs) != 2 || jobs[0].Started.Hour() != 7 || jobs[1].Status != "queued" || jobs[1].Conclusion != "" || !jobs[1].Started.IsZero() {
		t.Errorf("%+v, %v", jobs, err)
	}
	checks, err := g.Checks(t.Context(), "abc", []string{"one", "two"})
	if err != nil || len(checks) != 2 || slices.Contains(a.calls, "commits/abc/status") {
		t.Errorf("%+v, %v: statuses need a permission of their own, and were asked for in vain", checks, err)
	}
	checks, err = g.Checks(t.Context(), "abc", []string{"one", "three"})
	want := []gate.CheckRun{{Name: "one", Status: "completed", Conclusion: "success"}, {Name: "two", Status: "in_progress"}, {Name: "three", Status: "completed", Conclusion: "error"}, {Name: "four", Status: "pending", Conclusion: "pending"}}
	if err != nil || !slices.Equal(checks, want) {
		t.Errorf("%+v, %v", checks, err)
	}
	a.fail["commits/abc/status"], a.fail["commits/abc/check-runs"] = 403, 0
	if _, err := g.Checks(t.Context(), "abc", []string{"three"}); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "statuses: read") {
		t.Error(err)
	}
}

func TestGateRunReviewsAuthor(t *testing.T) {
	g, _ := forGate(t, map[string][]string{
		"actions/runs/7":           {`{"id":7,"run_attempt":2,"event":"workflow_dispatch","head_sha":"abc","actor":{"login":"ann"},"triggering_actor":{"login":"bob"}}`},
		"actions/runs/8":           {`{"id":8,"run_attempt":1,"event":"push","actor":{"login":"ann"},"triggering_actor":null}`},
		"actions/runs/7/approvals": {`[{"environments":[{"name":"production"},{"name":"eu"}],"state":"approved","user":{"login":"cat"},"comment":"ship it"}]`},
		"actions/runs/8/approvals": {`[]`},
		"commits/abc":              {`{"sha":"abc","author":{"login":"ann"},"commit":{"author":{"name":"Ann","email":"ann@example.com"}}}`},
		"commits/def":              {`{"sha":"def","author":null,"commit":{"author":{"name":"Ann","email":"ann@example.com"}}}`},
		"commits/main":             {`{"sha":"abc","author":{"login":"ann"}}`},
	})
	ctx := t.Context()
	if r, err := g.Run(ctx, 7); err != nil || r != (gate.Run{Event: "workflow_dispatch", SHA: "abc", Attempt: 2, Actor: "ann", Trigger: "bob"}) {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := g.Run(ctx, 8); fault.KindOf(err) != fault.Outside {
		t.Errorf("a run that nobody has started: %v", err)
	}
	list, err := g.Reviews(ctx, 7)
	if err != nil || len(list) != 1 || list[0].User != "cat" || list[0].State != "approved" || list[0].Comment != "ship it" || !slices.Equal(list[0].Environments, []string{"production", "eu"}) {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := g.Reviews(ctx, 8); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if a, err := g.Author(ctx, "abc"); err != nil || a != (gate.Author{Login: "ann", Name: "Ann"}) {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := g.Author(ctx, "def"); err != nil || a != (gate.Author{Name: "Ann"}) {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := g.Author(ctx, "main"); err == nil {
		t.Error("a branch passed for a commit")
	}
	if _, err := g.Run(ctx, 9); fault.KindOf(err) != fault.Input || strings.Contains(err.Error(), "tok-secret") {
		t.Errorf("a run that is not there: %v", err)
	}
}
