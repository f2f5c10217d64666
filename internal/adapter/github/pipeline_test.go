package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pipeline"
)

var _ pipeline.GitHub = Pipeline{}

// answers is a server that has one answer for an address and refuses others.
func answers(t *testing.T, by map[string]func(http.ResponseWriter)) Pipeline {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if say := by[r.URL.RequestURI()]; say != nil && r.Method == http.MethodGet {
			say(out)
			return
		}
		t.Errorf("it asks for %s %s", r.Method, r.URL.RequestURI())
		answer(out, 404, map[string]any{"message": "Not Found"})
	}))
	t.Cleanup(server.Close)
	c, err := Open(server.URL, "o/r", "tok-secret")
	if err != nil {
		t.Fatal(err)
	}
	c.sleep = func(_ context.Context, d time.Duration) error {
		time.Sleep(min(d, 1100*time.Millisecond))
		return nil
	}
	return c.Pipeline()
}

func says(status int, body any) func(http.ResponseWriter) {
	return func(out http.ResponseWriter) { answer(out, status, body) }
}

// A page that is asked for twice is not told twice.
func TestPipelineReadsListsToTheirEnd(t *testing.T) {
	limited := 0
	p := answers(t, map[string]func(http.ResponseWriter){
		"/repos/o/r/actions/runs/7/attempts/2/jobs?per_page=100": func(out http.ResponseWriter) {
			out.Header().Set("Link", `</repos/o/r/actions/runs/7/attempts/2/jobs?per_page=100&page=2>; rel="next"`)
			answer(out, 200, map[string]any{"total_count": 3, "jobs": []any{map[string]any{"id": 1, "name": "a"}, map[string]any{"id": 2, "name": "b"}}})
		},
		"/repos/o/r/actions/runs/7/attempts/2/jobs?page=2&per_page=100": func(out http.ResponseWriter) {
			if limited++; limited == 1 {
				out.Header().Set("Retry-After", "1")
				answer(out, 403, map[string]any{"message": "slow down", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})
				return
			}
			answer(out, 200, map[string]any{"total_count": 3, "jobs": []any{map[string]any{"id": 3, "name": "c"}}})
		},
	})
	jobs, err := p.Jobs(t.Context(), 7, 2)
	if err != nil || len(jobs) != 3 || jobs[2].Name != "c" || limited != 2 {
		t.Errorf("%+v, %v after %d", jobs, err, limited)
	}
}

// GitHub gives a job that waits a start; it has none.
func TestPipelineReadsJobs(t *testing.T) {
	p := answers(t, map[string]func(http.ResponseWriter){
		"/repos/o/r/actions/runs/7/jobs?filter=latest&per_page=100": says(200, map[string]any{"jobs": []any{
			map[string]any{"name": "waits", "status": "waiting", "created_at": "2026-03-02T09:00:00Z", "started_at": "2026-03-02T09:00:00Z", "completed_at": nil},
			map[string]any{"name": "runs", "status": "in_progress", "started_at": "2026-03-02T09:00:05Z", "runner_name": "r", "steps": []any{map[string]any{"name": "s", "conclusion": nil, "started_at": "2026-03-02T09:00:06Z"}}},
			map[string]any{"name": "is over", "status": "completed", "conclusion": "success", "started_at": "2026-03-02T09:00:05Z", "completed_at": "2026-03-02T09:00:25Z", "html_url": "https://x"},
		}}),
	})
	jobs, err := p.Jobs(t.Context(), 7, 0)
	if err != nil || len(jobs) != 3 {
		t.Fatalf("%+v, %v", jobs, err)
	}
	if !jobs[0].Started.IsZero() || jobs[0].Created.IsZero() || jobs[1].Started.IsZero() || jobs[1].Runner != "r" || jobs[1].Steps[0].Started.IsZero() || jobs[2].Ended.Sub(jobs[2].Started) != 20*time.Second {
		t.Errorf("%+v", jobs)
	}
}

func TestPipelineReadsRunsAndReviews(t *testing.T) {
	run := map[string]any{"id": 7, "name": "deploy", "run_attempt": 2, "workflow_id": 55, "event": "pull_request", "status": "completed", "head_branch": "f",
		"pull_requests": []any{map[string]any{"number": 12}}, "created_at": "2026-03-02T09:00:00Z", "run_started_at": "2026-03-02T10:00:00Z", "updated_at": "2026-03-02T10:05:00Z"}
	p := answers(t, map[string]func(http.ResponseWriter){
		"/repos/o/r/actions/runs/7":                               says(200, run),
		"/repos/o/r/actions/workflows/a%20b.yml/runs?per_page=50": says(200, map[string]any{"workflow_runs": []any{run}}),
		"/repos/o/r/actions/runs/7/approvals":                     says(200, []any{map[string]any{"state": "approved", "user": map[string]any{"login": "ann"}, "environments": []any{map[string]any{"name": "x"}, map[string]any{"name": "y"}}}}),
		"/repos/o/r/actions/runs/8/approvals":                     says(403, map[string]any{"message": "Resource not accessible by integration"}),
		"/repos/o/r/actions/runs/10":                              says(200, map[string]any{"id": 10, "run_attempt": 1}),
		"/repos/o/r/actions/runs/9":                               says(404, map[string]any{"message": "Not Found"}),
	})
	one, err := p.Attempt(t.Context(), 7, 0)
	if err != nil || one.Pull != 12 || !one.Over || one.Attempt != 2 || one.Began().Hour() != 10 || one.Workflow != 55 {
		t.Errorf("%+v, %v", one, err)
	}
	runs, err := p.Runs(t.Context(), "a b.yml", 50)
	if err != nil || len(runs) != 1 || runs[0] != one {
		t.Errorf("%+v, %v", runs, err)
	}
	reviews, err := p.Reviews(t.Context(), 7)
	if err != nil || fmt.Sprint(reviews) != "[{x ann true} {y ann true}]" {
		t.Errorf("%+v, %v", reviews, err)
	}
	if _, err := p.Reviews(t.Context(), 8); !errors.Is(err, pipeline.ErrNotAllowed) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Attempt(t.Context(), 10, 0); fault.KindOf(err) != fault.Outside {
		t.Errorf("a run without a beginning: %v", err)
	}
	if _, err := p.Attempt(t.Context(), 9, 0); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "actions: read") || strings.Contains(err.Error(), "tok-secret") {
		t.Errorf("got %v", err)
	}
}
