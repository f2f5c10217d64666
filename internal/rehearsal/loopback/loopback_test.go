package loopback_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-github/v62/github"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

func start(t *testing.T, caches string) (*loopback.Server, string) {
	t.Helper()
	s, err := loopback.New("secret", caches)
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, address
}

func client(t *testing.T, address, token string) *github.Client {
	t.Helper()
	base, err := url.Parse(address + "/")
	if err != nil {
		t.Fatal(err)
	}
	c := github.NewClient(nil).WithAuthToken(token)
	c.BaseURL = base
	return c
}

func call(t *testing.T, method, url, body string) int {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer secret")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

// What the server holds is read with the client that actions use.
func TestTheRealClientReadsARun(t *testing.T) {
	s, address := start(t, t.TempDir())
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	s.Update(func(r *loopback.Run) {
		*r = loopback.Run{ID: 7, Workflow: "sst-deploy", SHA: "abc", Jobs: []*loopback.Job{{
			ID: "test", Name: "Unit tests", Started: began, Ended: began.Add(time.Minute), Conclusion: loopback.Failure,
			Steps: []*loopback.Step{{Name: "Vitest", Started: began, Conclusion: loopback.Success}, {Name: "Gate"}},
		}}}
	})
	c := client(t, address, "secret")
	ctx := context.Background()
	got, _, err := c.Actions.GetWorkflowRunByID(ctx, "o", "r", 7)
	if err != nil || got.GetHeadSHA() != "abc" || got.GetStatus() != "in_progress" || got.Conclusion != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	jobs, _, err := c.Actions.ListWorkflowJobs(ctx, "o", "r", 7, nil)
	if err != nil || jobs.GetTotalCount() != 1 {
		t.Fatalf("%+v, %v", jobs, err)
	}
	j := jobs.Jobs[0]
	if j.GetName() != "Unit tests" || j.GetConclusion() != "failure" || !j.GetStartedAt().Equal(github.Timestamp{Time: began}) || len(j.Steps) != 2 || j.Steps[1].GetStatus() != "in_progress" {
		t.Errorf("%+v", j)
	}
}

func TestAWrongTokenOpensNothing(t *testing.T) {
	_, address := start(t, t.TempDir())
	_, _, err := client(t, address, "wrong").Actions.GetWorkflowRunByID(context.Background(), "o", "r", 7)
	var refused *github.ErrorResponse
	if !errors.As(err, &refused) || refused.Response.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v", err)
	}
}

func TestUnknownRequestsAreRemembered(t *testing.T) {
	s, address := start(t, t.TempDir())
	if got := call(t, "GET", address+"/repos/o/r/nonsense", ""); got != http.StatusNotFound {
		t.Errorf("got %d", got)
	}
	if got := s.Told().Unknown; len(got) != 1 || got[0] != "GET /repos/o/r/nonsense" {
		t.Errorf("got %v", got)
	}
}

func TestArtifactsAreSealed(t *testing.T) {
	s, address := start(t, t.TempDir())
	base := address + "/_runtime/artifacts/"
	steps := []struct {
		method, path, body string
		want               int
	}{
		{"PUT", "coverage/lcov.info", "TN:", 201}, {"POST", "coverage", `{"Files":2}`, 400}, {"POST", "coverage", `{"Files":1}`, 200},
		{"POST", "coverage", `{"Files":1}`, 409}, {"PUT", "coverage/late", "x", 409}, {"POST", "none", `{"Files":0}`, 400},
		{"PUT", "a%3Ab/x", "x", 400}, {"POST", "coverage", "?", 400},
	}
	for _, c := range steps {
		if got := call(t, c.method, base+c.path, c.body); got != c.want {
			t.Errorf("%s %s %s: got %d, want %d", c.method, c.path, c.body, got, c.want)
		}
	}
	told := s.Told()
	if len(told.Artifacts) != 1 || told.Artifacts[0].Size() != 3 || told.Artifacts[0].File("lcov.info") == nil {
		t.Errorf("%+v", told.Artifacts)
	}
	list, _, err := client(t, address, "secret").Actions.ListWorkflowRunArtifacts(context.Background(), "o", "r", 1, nil)
	if err != nil || list.GetTotalCount() != 1 || list.Artifacts[0].GetName() != "coverage" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestCachesMatchAsGitHubDoes(t *testing.T) {
	folder := t.TempDir()
	s, address := start(t, folder)
	base := address + "/_runtime/cache"
	look := func(query string) { call(t, "GET", base+"?"+query, "") }
	for _, key := range []string{"pnpm-Linux-1", "pnpm-Linux-2"} {
		if got := call(t, "POST", base, `{"Key":"`+key+`"}`); got != 201 {
			t.Errorf("saving %s: %d", key, got)
		}
	}
	if got := call(t, "POST", base, `{"Key":"pnpm-Linux-1"}`); got != 409 {
		t.Errorf("a cache was overwritten: %d", got)
	}
	look("key=pnpm-Linux-1")
	look("key=pnpm-Linux-3&restore=pnpm-Linux-")
	look("key=pnpm-Linux-3&restore=")
	look("key=other&restore=go-")
	var matched []string
	for _, u := range s.Told().CacheUses {
		if !u.Saved {
			matched = append(matched, u.Matched)
		}
	}
	if got := strings.Join(matched, ","); got != "pnpm-Linux-1,pnpm-Linux-2,," {
		t.Errorf("matched %q", got)
	}
	// A folder without its key was broken off while it was filled.
	if err := os.Mkdir(filepath.Join(folder, "0123456789abcdef"), 0o755); err != nil {
		t.Fatal(err)
	}
	again, address := start(t, folder)
	call(t, "GET", address+"/_runtime/cache?key=pnpm-Linux-2", "")
	if got := again.Told().CacheUses; len(got) != 1 || got[0].Matched != "pnpm-Linux-2" {
		t.Errorf("a new server forgot its caches: %+v", got)
	}
}
