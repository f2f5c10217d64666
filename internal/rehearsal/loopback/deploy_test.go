package loopback_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

func read(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer secret")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// waiting is a run with one job that names an environment.
func waiting(s *loopback.Server) {
	s.SetEnvironment(loopback.Environment{Name: "production", Reviewers: []string{"reviewer"}, Branches: []string{"main"}})
	s.Update(func(r *loopback.Run) {
		*r = loopback.Run{ID: 7, SHA: "abc", Repository: "o/r", Event: "push", Jobs: []*loopback.Job{{ID: "live", Name: "Live", Environment: "production"}}}
	})
}

// A job with an environment gets a reviewer's answer and a deployment as it
// begins, and the deployment ends with it.
func TestAJobWithAnEnvironment(t *testing.T) {
	s, address := start(t, t.TempDir())
	c := client(t, address, "secret")
	waiting(s)
	approvals := func() string { return read(t, address+"/repos/o/r/actions/runs/7/approvals") }
	if got := approvals(); strings.TrimSpace(got) != "[]" {
		t.Errorf("approved before it began: %s", got)
	}
	s.Follow("live", func(r *loopback.Run) { r.Jobs[0].Started = time.Now() })
	if got := approvals(); !strings.Contains(got, `"login":"reviewer"`) || !strings.Contains(got, `"state":"approved"`) || !strings.Contains(got, `"name":"production"`) {
		t.Errorf("approvals: %s", got)
	}
	known, _, err := c.Repositories.ListDeployments(t.Context(), "o", "r", &github.DeploymentsListOptions{Environment: "production", SHA: "abc"})
	if err != nil || len(known) != 1 || known[0].GetTask() != "deploy" {
		t.Fatalf("%v, %v", err, known)
	}
	s.Follow("live", func(r *loopback.Run) { r.Jobs[0].Conclusion = loopback.Failure })
	s.Follow("live", func(*loopback.Run) {}) // what comes after the end changes nothing
	statuses, _, err := c.Repositories.ListDeploymentStatuses(t.Context(), "o", "r", known[0].GetID(), nil)
	if err != nil || len(statuses) != 2 || statuses[0].GetState() != "failure" || !strings.Contains(statuses[1].GetLogURL(), "/actions/runs/7/") {
		t.Errorf("%v, %v", err, statuses)
	}
	if told := s.Told(); len(told.Deployments) != 1 || len(told.Deployments[0].Statuses) != 2 {
		t.Errorf("%+v", told.Deployments)
	}
	e, _, err := c.Repositories.GetEnvironment(t.Context(), "o", "r", "production")
	if err != nil || len(e.ProtectionRules) != 2 || len(e.ProtectionRules[0].Reviewers) != 1 || !e.ProtectionRules[0].GetPreventSelfReview() {
		t.Errorf("%v, %+v", err, e)
	}
	if _, answer, err := c.Repositories.GetEnvironment(t.Context(), "o", "r", "absent"); err == nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("an environment that does not exist: %v", err)
	}
}

// GitHub refuses what would merge or wait, and descriptions that are too long.
func TestDeploymentsAreChecked(t *testing.T) {
	s, address := start(t, t.TempDir())
	c := client(t, address, "secret")
	waiting(s)
	contexts := []string{}
	request := &github.DeploymentRequest{Ref: github.String("abc"), Task: github.String("x"), Environment: github.String("staging")}
	if _, answer, err := c.Repositories.CreateDeployment(t.Context(), "o", "r", request); err == nil || answer.StatusCode != http.StatusConflict {
		t.Errorf("%v", err)
	}
	request.AutoMerge, request.RequiredContexts = github.Bool(false), &contexts
	d, _, err := c.Repositories.CreateDeployment(t.Context(), "o", "r", request)
	if err != nil {
		t.Fatal(err)
	}
	for state, code := range map[string]int{"success": 201, "done": 422} {
		_, answer, _ := c.Repositories.CreateDeploymentStatus(t.Context(), "o", "r", d.GetID(), &github.DeploymentStatusRequest{State: github.String(state)})
		if answer.StatusCode != code {
			t.Errorf("%s: %d", state, answer.StatusCode)
		}
	}
	if _, answer, _ := c.Repositories.CreateDeploymentStatus(t.Context(), "o", "r", d.GetID(), &github.DeploymentStatusRequest{State: github.String("success"), Description: github.String(strings.Repeat("x", 141))}); answer.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a long description: %d", answer.StatusCode)
	}
	if _, answer, _ := c.Repositories.ListDeploymentStatuses(t.Context(), "o", "r", 99, nil); answer.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown deployment: %d", answer.StatusCode)
	}
	s.ReadOnly()
	if _, answer, _ := c.Repositories.CreateDeployment(t.Context(), "o", "r", request); answer.StatusCode != http.StatusForbidden {
		t.Errorf("a fork's token: %d", answer.StatusCode)
	}
}

// The real client takes the refusal for what it is.
func TestSecondaryRateLimit(t *testing.T) {
	s, address := start(t, t.TempDir())
	waiting(s)
	s.Limit(1)
	c := client(t, address, "secret")
	_, _, err := c.Actions.GetWorkflowRunByID(t.Context(), "o", "r", 7)
	var limited *github.AbuseRateLimitError
	if !errors.As(err, &limited) || limited.GetRetryAfter() != time.Second {
		t.Fatalf("%v", err)
	}
	// The client keeps to it by itself; another one need not.
	r, _, err := client(t, address, "secret").Actions.GetWorkflowRunByID(t.Context(), "o", "r", 7)
	if err != nil || r.GetRunAttempt() != 1 || r.GetStatus() != "in_progress" || s.Told().Refused != 1 {
		t.Errorf("%v, %v", err, r)
	}
}

// Other runs are known as far as they were made known.
func TestOtherRuns(t *testing.T) {
	s, address := start(t, t.TempDir())
	waiting(s)
	s.Know(5, loopback.OtherRun{Attempt: 2, Over: true, Ended: time.Now()})
	c := client(t, address, "secret")
	if r, _, err := c.Actions.GetWorkflowRunByID(t.Context(), "o", "r", 5); err != nil || r.GetStatus() != "completed" || r.GetRunAttempt() != 2 {
		t.Errorf("%v, %v", err, r)
	}
	if _, answer, err := c.Actions.GetWorkflowRunByID(t.Context(), "o", "r", 6); err == nil || answer.StatusCode != http.StatusNotFound {
		t.Errorf("%v", err)
	}
	jobs, _, err := c.Actions.ListWorkflowJobsAttempt(t.Context(), "o", "r", 7, 1, nil)
	if err != nil || len(jobs.Jobs) != 1 || jobs.Jobs[0].GetStatus() != "queued" {
		t.Errorf("%v, %+v", err, jobs)
	}
}

// A token says for which environment its job stands, and to whom it is good.
func TestTokens(t *testing.T) {
	s, address := start(t, t.TempDir())
	waiting(s)
	token := func(audience string) string {
		var answer struct{ Value string }
		if err := json.Unmarshal([]byte(read(t, address+"/_runtime/token?v=1&audience="+audience)), &answer); err != nil {
			t.Fatal(err)
		}
		return answer.Value
	}
	if got := loopback.Subject(token("sts.amazonaws.com")); got != "repo:o/r:ref:refs/heads/main" {
		t.Errorf("without an environment: %s", got)
	}
	s.Follow("live", func(r *loopback.Run) { r.Jobs[0].Started = time.Now() })
	if got := loopback.Subject(token("sts.amazonaws.com")); got != "repo:o/r:environment:production" {
		t.Errorf("with an environment: %s", got)
	}
	if loopback.Subject(token("other")) != "" || loopback.Subject("a.b.c") != "" || loopback.Subject("") != "" {
		t.Error("a token for somebody else, or none, stands for somebody")
	}
}

func TestArtifactsComeBack(t *testing.T) {
	s, address := start(t, t.TempDir())
	s.Seed("bundle", map[string][]byte{"a/b c.txt": []byte("text")})
	if got := read(t, address+"/_runtime/artifacts/bundle"); !strings.Contains(got, `"a/b c.txt"`) {
		t.Errorf("%s", got)
	}
	if got := read(t, address+"/_runtime/artifacts/bundle/a/b%20c.txt"); got != "text" {
		t.Errorf("%s", got)
	}
	for _, path := range []string{"absent", "bundle/absent"} {
		if code := call(t, http.MethodGet, address+"/_runtime/artifacts/"+path, ""); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
	// One that is not finished is not there.
	call(t, http.MethodPut, address+"/_runtime/artifacts/half/x", "x")
	if code := call(t, http.MethodGet, address+"/_runtime/artifacts/half", ""); code != 404 {
		t.Errorf("half an artifact: %d", code)
	}
}
