package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

const token = "ghs_the-secret-token"

// world is a repository o/r as a file of testdata describes it, in the words of
// GitHub's own answers. It answers what the action may ask and nothing else.
type world struct {
	Env       map[string]string
	Args      []string
	Run       json.RawMessage
	Jobs      []json.RawMessage
	Latest    []json.RawMessage
	Caches    []json.RawMessage
	Runs      []json.RawMessage
	JobsOf    map[string][]json.RawMessage `json:"jobs_of"`
	Approvals *[]json.RawMessage           // nil: the token may not read them
	Workflow  string                       // as it is asked for
	// Earlier is the first attempt of a run that was repeated.
	Earlier *struct {
		Run  json.RawMessage
		Jobs []json.RawMessage
	}

	t      *testing.T
	folder string
	url    string
	mu     sync.Mutex
	// fail answers the next requests in place of the repository.
	fail    []func(http.ResponseWriter)
	calls   []string
	strange []string
}

// open reads a world and starts it.
func open(t *testing.T, path string) *world {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, folder: t.TempDir(), Approvals: &[]json.RawMessage{}, Workflow: "55"}
	if err := json.Unmarshal(text, w); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, r.URL.RequestURI())
	path, in := strings.CutPrefix(r.URL.EscapedPath(), "/repos/o/r")
	if r.Method != http.MethodGet || !in {
		w.unknown(out, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+token {
		answer(out, 401, map[string]any{"message": "Bad credentials"})
		return
	}
	if len(w.fail) > 0 {
		next := w.fail[0]
		w.fail = w.fail[1:]
		next(out)
		return
	}
	q := r.URL.Query()
	attempt := w.attempt()
	switch {
	case path == "":
		answer(out, 200, map[string]any{"default_branch": "main"})
	case path == "/actions/runs/7/attempts/"+attempt && w.only(q), path == "/actions/runs/7" && w.only(q):
		answer(out, 200, w.Run)
	case path == "/actions/runs/7/attempts/"+attempt+"/jobs" && w.only(q, "per_page", "page"):
		w.page(out, r, "jobs", w.Jobs)
	case path == "/actions/runs/7/jobs" && q.Get("filter") == "latest" && w.only(q, "filter", "per_page", "page") && w.Latest != nil:
		w.page(out, r, "jobs", w.Latest)
	case path == "/actions/runs/7/approvals" && w.only(q) && w.Approvals == nil:
		answer(out, 403, map[string]any{"message": "Resource not accessible by integration"})
	case path == "/actions/runs/7/approvals" && w.only(q):
		answer(out, 200, *w.Approvals)
	case path == "/actions/caches" && w.only(q, "per_page", "page"):
		w.page(out, r, "actions_caches", w.Caches)
	case path == "/actions/workflows/"+url.PathEscape(w.Workflow)+"/runs" && q.Get("per_page") == "50" && w.only(q, "per_page") && w.Runs != nil:
		w.page(out, r, "workflow_runs", w.Runs)
	case w.Earlier != nil && path == "/actions/runs/7/attempts/1" && w.only(q):
		answer(out, 200, w.Earlier.Run)
	case w.Earlier != nil && path == "/actions/runs/7/attempts/1/jobs" && w.only(q, "per_page", "page"):
		w.page(out, r, "jobs", w.Earlier.Jobs)
	case w.jobsOf(path) != nil && w.only(q, "per_page", "page"):
		w.page(out, r, "jobs", w.jobsOf(path))
	default:
		w.unknown(out, r)
	}
}

// breaks lets the next requests fail.
func (w *world) breaks(fail []func(http.ResponseWriter)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fail = fail
}

func (w *world) attempt() string {
	var run struct {
		Attempt int `json:"run_attempt"`
	}
	_ = json.Unmarshal(w.Run, &run)
	return strconv.Itoa(run.Attempt)
}

// jobsOf returns the jobs of an earlier run, of which one attempt is known.
func (w *world) jobsOf(path string) []json.RawMessage {
	for id, jobs := range w.JobsOf {
		if path == "/actions/runs/"+id+"/attempts/1/jobs" {
			return jobs
		}
	}
	return nil
}

// only says whether a query has no other names.
func (w *world) only(q url.Values, names ...string) bool {
	for name := range q {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

func (w *world) unknown(out http.ResponseWriter, r *http.Request) {
	w.strange = append(w.strange, r.Method+" "+r.URL.RequestURI())
	answer(out, 404, map[string]any{"message": "Not Found"})
}

// page answers one page with the total and a link to the next, as GitHub does.
func (w *world) page(out http.ResponseWriter, r *http.Request, name string, all []json.RawMessage) {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	if size == 0 {
		size = 30
	}
	size = min(size, 100)
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = max(page, 1)
	from, to := min((page-1)*size, len(all)), min(page*size, len(all))
	if to < len(all) {
		q := r.URL.Query()
		q.Set("page", strconv.Itoa(page+1))
		out.Header().Set("Link", fmt.Sprintf(`<http://%s%s?%s>; rel="next"`, r.Host, r.URL.Path, q.Encode()))
	}
	if all == nil {
		all = []json.RawMessage{}
	}
	answer(out, 200, map[string]any{"total_count": len(all), name: all[from:to]})
}

func answer(out http.ResponseWriter, status int, body any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(status)
	_ = json.NewEncoder(out).Encode(body)
}

// report runs the binary as a step of run 7 on main, and holds that it asks for
// nothing strange and never shows its token.
func (w *world) report(more ...string) processtest.Outcome {
	w.t.Helper()
	env := map[string]string{
		"GITHUB_ACTIONS": "true", "GITHUB_API_URL": w.url, "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "1",
		"GITHUB_REF": "refs/heads/main", "GITHUB_JOB": "report", "RUNNER_NAME": "own-runner", "INPUT_TOKEN": token,
		"GITHUB_OUTPUT": filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(w.folder, "summary"),
	}
	for k, v := range w.Env {
		env[k] = v
	}
	var list []string
	for k, v := range env {
		list = append(list, k+"="+v)
	}
	got := processtest.Run(w.t, binary, w.folder, list, append(slices.Clone(w.Args), more...)...)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.strange) > 0 {
		w.t.Errorf("it asks for what it should not: %v", w.strange)
	}
	for line := range strings.Lines(got.Stdout + got.Stderr + w.read("summary") + w.read("output")) {
		if strings.Contains(line, token) && !strings.HasPrefix(line, "::add-mask::") {
			w.t.Errorf("the token shows: %s", line)
		}
	}
	return got
}

// read returns a file that the binary wrote, empty if it wrote none.
func (w *world) read(name string) string { return processtest.Read(w.folder, name) }
