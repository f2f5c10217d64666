package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update        = flag.Bool("update", false, "write the schema anew")
	binary, stand string
)

func TestMain(m *testing.M) {
	flag.Parse()
	folder, err := os.MkdirTemp("", "sststand")
	if err != nil {
		panic(err)
	}
	stand = filepath.Join(folder, "sst")
	if out, err := exec.Command("go", "build", "-o", stand, "../../internal/rehearsal/sststand").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		os.Exit(1)
	}
	code := processtest.Main(m, "sst-deploy", &binary, func() { program() })
	_ = os.RemoveAll(folder)
	os.Exit(iamtest.AllUsed(code, nil))
}

const (
	ghToken   = "ghs_the-secret-token"
	awsSecret = "the/secret+access/key"
	ourRun    = 100
	sha       = "0123456789abcdef0123456789abcdef01234567"
)

// world is an app's folder, a cloud, and a GitHub.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	github *hub
	folder string
	env    []string
	// barrier stands before the cloud, if there is one.
	barrier atomic.Pointer[barrier]
	// aside are the calls of the test itself.
	aside iamtest.Aside
}

// allowed holds what was called at AWS against what cutover iam allows, each
// call by the app and the stage that it is about.
func (w *world) allowed() {
	w.t.Helper()
	calls := w.aside.Rest(w.cloud)
	for _, about := range []struct{ app, stage string }{{"other", "production"}, {"lego-api", "staging"}, {"lego-api", "production"}} {
		ours := calls
		if about.app != "lego-api" || about.stage != "production" {
			of := func(c cloud.Call) bool { return strings.Contains(c.Resource, "/"+about.app+"/"+about.stage) }
			ours = slices.DeleteFunc(slices.Clone(calls), func(c cloud.Call) bool { return !of(c) })
			calls = slices.DeleteFunc(calls, of)
		}
		if len(ours) > 0 {
			iamtest.Hold(w.t, "sst-deploy", iam.Settings{App: about.app, Stage: about.stage, State: "sst-state-abc", Archive: "archive"}, ours)
		}
	}
}

// barrier decides when a request to the cloud is served.
type barrier func(rw http.ResponseWriter, r *http.Request)

func (w *world) aws(rw http.ResponseWriter, r *http.Request) {
	if g := w.barrier.Load(); g != nil {
		(*g)(rw, r)
		return
	}
	w.cloud.ServeHTTP(rw, r)
}

func newWorld(t *testing.T, scenario string) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("sst-state-abc"), github: newHub(), folder: t.TempDir()}
	aws, hub := httptest.NewServer(http.HandlerFunc(w.aws)), httptest.NewServer(w.github)
	t.Cleanup(aws.Close)
	t.Cleanup(hub.Close)
	w.env = []string{
		"SST_BIN_PATH=" + stand, "HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=" + awsSecret, "AWS_SESSION_TOKEN=the-session-token", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
		"GITHUB_API_URL=" + hub.URL, "GITHUB_REPOSITORY=o/r", "GITHUB_SERVER_URL=https://github.com", fmt.Sprintf("GITHUB_RUN_ID=%d", ourRun), "GITHUB_RUN_ATTEMPT=1",
		"GITHUB_SHA=" + sha, "RUNNER_NAME=runner-1",
	}
	w.write("sst.config.ts", "export default $config({\n  app(input) {\n    return { name: \"lego-api\", home: \"aws\" };\n  },\n  async run() {},\n});\n")
	if scenario != "" {
		w.write("sst.stand.json", scenario)
	}
	t.Cleanup(func() {
		if unknown := append(w.cloud.Unknown(), w.github.unknownCalls()...); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		w.allowed()
	})
	return w
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

// inActions makes the world one of GitHub Actions.
func (w *world) inActions() *world {
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_OUTPUT="+filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(w.folder, "summary"))
	return w
}

func (w *world) args(command string, more ...string) []string {
	return append([]string{"--command", command, "--stage", "production", "--token", ghToken, "--retry-wait", "1ms"}, more...)
}

// run calls the action and holds that no secret shows.
func (w *world) run(command string, more ...string) processtest.Outcome {
	w.t.Helper()
	got := processtest.Run(w.t, binary, w.folder, w.env, w.args(command, more...)...)
	w.quiet(got.Stdout, got.Stderr, w.read("summary"), w.read("output"))
	return got
}

// result calls it for JSON and holds the answer against the schema.
func (w *world) result(command string, more ...string) (deploy.Result, processtest.Outcome) {
	w.t.Helper()
	got := w.run(command, append(more, "--format", "json")...)
	return w.parse(got.Stdout), got
}

func (w *world) parse(stdout string) deploy.Result {
	w.t.Helper()
	if err := schema(w.t).Check(stdout); err != nil {
		w.t.Fatalf("%v\n%s", err, stdout)
	}
	var r deploy.Result
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) quiet(texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		for line := range strings.Lines(text) {
			for _, secret := range []string{ghToken, awsSecret, "the-session-token", "hunter2-in-the-clear"} {
				if strings.Contains(line, secret) && !strings.HasPrefix(line, "::add-mask::") {
					w.t.Errorf("a secret shows: %s", line)
				}
			}
		}
	}
}

// start runs the action in the background, for signals.
func (w *world) start(command string, more ...string) (cmd *exec.Cmd, stdout, stderr *processtest.Output) {
	w.t.Helper()
	cmd, stdout, stderr = processtest.Command(w.t, binary, w.folder, w.env, w.args(command, more...)...)
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	return cmd, stdout, stderr
}

// until waits for something to come true.
func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for range 500 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatalf("waited in vain for %s", what)
}

// call is what the stand-in noted about being called.
type call struct {
	Args  []string
	RunID string
	Env   []string
	PID   int
}

func (w *world) calls() []call {
	var all []call
	for line := range strings.Lines(w.read(".sst/stand.jsonl")) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

const lockKey = "lock/lego-api/production.json"

func (w *world) locked(runID string) {
	id := "ffffffffffff000000000001"
	at := time.Now().Add(-time.Hour).Format(time.RFC3339Nano)
	w.cloud.Put(lockKey, fmt.Sprintf(`{"created":%q,"updateID":%q,"runID":%q,"command":"deploy","ignore":true}`, at, id, runID))
	w.cloud.Put("update/lego-api/production/"+id+".json", fmt.Sprintf(`{"id":%q,"runID":%q,"version":"4.17.1","command":"deploy","errors":null,"timeStarted":%q}`, id, runID, time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/sst-deploy.schema.json", "sst-deploy result", "What sst-deploy --format json prints: what was deployed, would be, or is, and how it is judged.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

// hub is GitHub as far as the action asks it.
type hub struct {
	*http.ServeMux
	mu          sync.Mutex
	runs        map[string]string
	jobs        string
	deployments []map[string]any
	statuses    []map[string]any
	foreign     string // statuses of deployments that GitHub made
	comments    []string
	forbid      string
	unknown     []string
}

func newHub() *hub {
	h := &hub{ServeMux: http.NewServeMux(), runs: map[string]string{}, jobs: `{"total_count":0,"jobs":[]}`, foreign: `[]`}
	h.route("GET /repos/o/r/actions/runs/{id}", func(r *http.Request) (int, string) {
		if text, ok := h.runs[r.PathValue("id")]; ok {
			return 200, text
		}
		return 404, `{"message":"Not Found"}`
	})
	h.route("GET /repos/o/r/actions/runs/{id}/attempts/{n}/jobs", func(*http.Request) (int, string) { return 200, h.jobs })
	h.route("GET /repos/o/r/deployments", func(r *http.Request) (int, string) {
		// By the commit, as GitHub's "List deployments" filters with sha.
		list := []map[string]any{}
		for _, d := range h.deployments {
			if d["ref"] == nil || d["ref"] == r.URL.Query().Get("sha") {
				list = append(list, d)
			}
		}
		return 200, encode(list)
	})
	h.route("POST /repos/o/r/deployments", func(r *http.Request) (int, string) {
		d := decode(r)
		d["id"] = len(h.deployments) + 1
		h.deployments = append(h.deployments, d)
		return 201, encode(d)
	})
	h.route("GET /repos/o/r/deployments/{id}/statuses", func(*http.Request) (int, string) { return 200, h.foreign })
	h.route("POST /repos/o/r/deployments/{id}/statuses", func(r *http.Request) (int, string) {
		h.statuses = append(h.statuses, decode(r))
		return 201, `{"id":1}`
	})
	h.route("GET /user", func(*http.Request) (int, string) { return 403, `{"message":"Resource not accessible by integration"}` })
	h.route("GET /repos/o/r/issues/{n}/comments", func(*http.Request) (int, string) {
		list := []map[string]any{}
		for i, c := range h.comments {
			list = append(list, map[string]any{"id": i + 1, "body": c, "user": map[string]any{"login": "github-actions[bot]"}})
		}
		return 200, encode(list)
	})
	h.route("POST /repos/o/r/issues/{n}/comments", func(r *http.Request) (int, string) {
		h.comments = append(h.comments, decode(r)["body"].(string))
		return 201, `{"id":1}`
	})
	h.route("PATCH /repos/o/r/issues/comments/{id}", func(r *http.Request) (int, string) {
		h.comments[0] = decode(r)["body"].(string)
		return 200, `{"id":1}`
	})
	h.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.unknown = append(h.unknown, r.Method+" "+r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	})
	return h
}

func (h *hub) route(pattern string, answer func(*http.Request) (int, string)) {
	h.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		status, text := answer(r)
		switch {
		case r.Header.Get("Authorization") != "Bearer "+ghToken:
			status, text = 401, `{"message":"Bad credentials"}`
		case h.forbid != "" && strings.Contains(r.URL.Path, h.forbid):
			status, text = 403, `{"message":"Resource not accessible by integration"}`
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, text)
	})
}

// set changes what GitHub holds, while it answers.
func (h *hub) set(change func(*hub)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

// has makes a run known; source of the fields: REST API, "Get a workflow run".
func (h *hub) has(id, attempt int, status string, updated time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs[fmt.Sprint(id)] = fmt.Sprintf(`{"id":%d,"run_attempt":%d,"status":%q,"updated_at":%q,"html_url":"https://github.com/o/r/actions/runs/%d"}`, id, attempt, status, updated.UTC().Format(time.RFC3339), id)
}

func (h *hub) states() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, s := range h.statuses {
		all = append(all, fmt.Sprint(s["state"]))
	}
	return all
}

func (h *hub) unknownCalls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.unknown)
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if string(text) == "null" {
		return "[]"
	}
	return string(text)
}

func decode(r *http.Request) map[string]any {
	var m map[string]any
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		panic(err)
	}
	return m
}

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
