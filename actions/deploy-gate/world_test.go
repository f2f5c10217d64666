package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/bundle"
	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	// Most of these tests wait for a process that waits before it tries again.
	_ = flag.Set("test.parallel", "8")
	os.Exit(iamtest.AllUsed(processtest.Main(m, "deploy-gate", &binary, func() { program() }), nil))
}

const (
	ghToken   = "ghs_the-secret-token"
	awsSecret = "the/secret+access/key"
	sha       = "0123456789abcdef0123456789abcdef01234567"
	ourRun    = 100
	updateID  = "fe60e5f7a1b2c3d4e5f60718"
)

// configuration has every check on.
const configuration = `project: LEGO-API
region: us-east-1
stages:
  staging: { url: "https://staging.api.example.com" }
  production: { url: "https://api.example.com" }
gate:
  override_by: [ann]
  checks: [CodeQL, ci/legacy]
  alarms: ["lego-api-{stage}-errors", "lego-api-{stage}"]
  budget: "lego-api {stage}"
  budget_below: 90%
  freeze:
    windows:
      - { name: the past, from: 2026-01-01, to: 2026-01-02 }
traffic:
  stage: production
  record: api.example.com
  hosted_zone: Z0123456789ABCDEFGHIJ
  health_path: /health
  blue: { target: b-1.us-east-1.elb.amazonaws.com, alias_zone: Z35SXDOTRQ7X7K, direct: "https://blue.example.com", load_balancer: app/lego-api/50dc6c495c0c9188, target_group: targetgroup/lego-api/73e2d6bc24d8a067 }
  green: { target: d-a1b2c3d4e5.execute-api.us-east-1.amazonaws.com, alias_zone: Z1UJRXOUMOOFQ8, direct: "https://green.example.com", api: { type: http, name: a1b2c3d4e5 } }
  phases: [{ weight: 10%, hold: 2 h }, { weight: 100%, hold: 24 h }]
`

// world is a checkout, a cloud and a GitHub in which everything is right.
type world struct {
	t       *testing.T
	cloud   *cloud.Cloud
	github  *hub
	folder  string
	env     []string
	args    []string
	receipt map[string]any
	staged  time.Time
	// pending asks before the job that has the environment, noToken without one.
	pending, noToken bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("sst-state-abc"), folder: t.TempDir(), staged: time.Now().Add(-time.Hour).UTC().Truncate(time.Second)}
	w.github = newHub(w.staged)
	aws, hub := httptest.NewServer(w.cloud), httptest.NewServer(w.github)
	t.Cleanup(aws.Close)
	t.Cleanup(hub.Close)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=" + awsSecret, "AWS_SESSION_TOKEN=the-session-token", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1",
		"GITHUB_API_URL=" + hub.URL, "GITHUB_REPOSITORY=o/r", "GITHUB_SERVER_URL=https://github.com", fmt.Sprintf("GITHUB_RUN_ID=%d", ourRun), "GITHUB_RUN_ATTEMPT=1",
		"GITHUB_SHA=" + sha, "RUNNER_NAME=runner-1",
	}
	w.write("cutover.yaml", configuration)
	w.write("sst.config.ts", "export default $config({\n  app(input) {\n    return { name: \"lego-api\", home: \"aws\" };\n  },\n  async run() {},\n});\n")
	w.write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n")
	w.write("dist/functions/get/index.mjs", "export const handler = 1;\n")
	w.write("dist/functions/put/index.mjs", "export const handler = 2;\n")
	w.write("dist/functions/put/resource.enc", "of this stage alone")
	w.receipt = map[string]any{
		"schema_version": 1, "app": "lego-api", "stage": "staging", "commit": sha, "run_id": "100-1", "update_id": updateID, "version": "4.17.1",
		"completed": w.staged.Format(time.RFC3339), "lockfile": map[string]any{"path": "pnpm-lock.yaml", "sha256": w.sum("pnpm-lock.yaml")},
		"bundle": map[string]any{"path": "dist/functions", "sha256": w.digest("dist/functions"), "files": 2},
	}
	w.updated(updateID, "100-1", "deploy", w.staged, 0)
	w.cloud.SetAlarms(cloud.Alarm{Name: "lego-api-production-errors", State: "OK", Since: w.staged}, cloud.Alarm{Name: "lego-api-production", State: "OK", Since: w.staged, Composite: true})
	w.cloud.SetBudget("lego-api production", &cloud.Budget{Limit: "200.0", Actual: "179.99", Unit: "USD"})
	t.Cleanup(func() {
		if unknown := append(w.cloud.Unknown(), w.github.unknownCalls()...); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		stage, earlier := "production", "staging"
		if slices.Contains(w.args, "preview") {
			stage = "preview"
		}
		if strings.Contains(w.read("cutover.yaml"), "after: preview") {
			earlier = "preview"
		}
		iamtest.Hold(t, "deploy-gate", iam.Settings{App: "lego-api", Stage: stage, Earlier: earlier, State: "sst-state-abc", Archive: "sst-state-abc", Budget: "lego-api " + stage}, w.cloud.Calls())
	})
	return w
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

// configure changes the text of cutover.yaml.
func (w *world) configure(from, to string) {
	w.t.Helper()
	text := w.read("cutover.yaml")
	if changed := strings.Replace(text, from, to, 1); changed != text {
		w.write("cutover.yaml", changed)
		return
	}
	w.t.Fatalf("cutover.yaml holds no %q", from)
}

func (w *world) sum(name string) string {
	w.t.Helper()
	sum, err := bundle.File(os.DirFS(w.folder), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

func (w *world) digest(name string) string {
	w.t.Helper()
	sum, _, err := bundle.Digest(os.DirFS(filepath.Join(w.folder, name)))
	if err != nil {
		w.t.Fatal(err)
	}
	return sum
}

// updated writes the record of an update of staging as SST does.
func (w *world) updated(id, run, command string, completed time.Time, errors int) {
	record := map[string]any{"id": id, "runID": run, "version": "4.17.1", "command": command, "timeStarted": completed.Add(-time.Minute).Format(time.RFC3339), "errors": []any{}}
	if !completed.IsZero() {
		record["timeCompleted"] = completed.Format(time.RFC3339)
	}
	for range errors {
		record["errors"] = append(record["errors"].([]any), map[string]any{"urn": "u", "message": "m"})
	}
	w.cloud.Put("update/lego-api/staging/"+id+".json", encode(record))
}

func (w *world) lock(stage, run string) {
	w.cloud.Put("lock/lego-api/"+stage+".json", fmt.Sprintf(`{"created":%q,"updateID":"u","runID":%q,"command":"deploy"}`, time.Now().Add(-10*time.Minute).UTC().Format(time.RFC3339), run))
}

// setenv replaces a variable of the process.
func (w *world) setenv(name, value string) {
	w.env = append(slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, name+"=") }), name+"="+value)
}

// inActions makes the world one of GitHub Actions.
func (w *world) inActions() *world {
	w.env = append(w.env, "GITHUB_ACTIONS=true", "GITHUB_OUTPUT="+filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(w.folder, "summary"))
	return w
}

// run calls the action as the first step of the production job, and holds that
// no secret shows.
func (w *world) run(more ...string) processtest.Outcome {
	w.t.Helper()
	args := append([]string{"--rollout-bucket", "sst-state-abc", "--rollout-prefix", "cutover"}, more...)
	if !w.pending {
		args = append(args, "--approval", "required")
	}
	if !w.noToken {
		args = append(args, "--token", ghToken)
	}
	if w.receipt != nil {
		args = append(args, "--receipt", encode(w.receipt))
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, append(args, w.args...)...)
	for _, text := range []string{got.Stdout, got.Stderr, w.read("summary"), w.read("output")} {
		for line := range strings.Lines(text) {
			for _, secret := range []string{ghToken, awsSecret, "the-session-token"} {
				if strings.Contains(line, secret) && !strings.HasPrefix(line, "::add-mask::") {
					w.t.Errorf("a secret shows: %s", line)
				}
			}
		}
	}
	return got
}

// result calls it for JSON and holds the answer against the schema.
func (w *world) result(more ...string) (gate.Result, processtest.Outcome) {
	w.t.Helper()
	got := w.run(append(more, "--format", "json")...)
	if err := schema(w.t).Check(got.Stdout); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	var r gate.Result
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	return r, got
}

func row(r gate.Result, c gate.Check) gate.Row {
	for _, row := range r.Rows {
		if row.Check == c {
			return row
		}
	}
	return gate.Row{}
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/deploy-gate.schema.json", "deploy-gate result", "What deploy-gate --format json prints: whether a commit may be deployed, with a row for each check.", gate.Result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

// hub is GitHub as far as the gate asks it: what it answers, by the address.
type hub struct {
	*http.ServeMux
	mu sync.Mutex
	// answers are documents by path below repos/o/r, fail statuses by path.
	answers map[string]any
	fail    map[string]int
	limited int
	asked   []string
	unknown []string
}

func newHub(staged time.Time) *hub {
	h := &hub{ServeMux: http.NewServeMux(), fail: map[string]int{}}
	user := func(login string) map[string]any { return map[string]any{"login": login} }
	main := []any{map[string]any{"name": "main", "type": "branch"}}
	custom := map[string]any{"protected_branches": false, "custom_branch_policies": true}
	h.answers = map[string]any{
		"environments/production": map[string]any{
			"name": "production", "can_admins_bypass": false, "deployment_branch_policy": custom,
			"protection_rules": []any{map[string]any{"type": "branch_policy"}, map[string]any{
				"type": "required_reviewers", "prevent_self_review": true,
				"reviewers": []any{map[string]any{"type": "User", "reviewer": user("ann")}, map[string]any{"type": "Team", "reviewer": map[string]any{"slug": "ops"}}},
			}},
		},
		"environments/production/deployment-branch-policies":          map[string]any{"total_count": 1, "branch_policies": main},
		"environments/production-rollback":                            map[string]any{"name": "production-rollback", "can_admins_bypass": false, "deployment_branch_policy": custom, "protection_rules": []any{map[string]any{"type": "branch_policy"}}},
		"environments/production-rollback/deployment-branch-policies": map[string]any{"total_count": 1, "branch_policies": main},
		"branches":         []any{map[string]any{"name": "main"}},
		"actions/runs/100": map[string]any{"id": 100, "run_attempt": 1, "event": "push", "head_sha": sha, "status": "in_progress", "actor": user("bob"), "triggering_actor": user("bob")},
		"actions/runs/100/approvals": []any{map[string]any{
			"state": "approved", "comment": "looks good", "user": user("ann"), "environments": []any{map[string]any{"name": "production"}},
		}},
		"commits/" + sha: map[string]any{"sha": sha, "author": user("bob"), "commit": map[string]any{"author": map[string]any{"name": "Bob"}}},
		"actions/runs/100/jobs": map[string]any{"total_count": 2, "jobs": []any{
			map[string]any{"name": "Deploy to staging", "status": "completed", "conclusion": "success", "started_at": staged.Add(-5 * time.Minute).Format(time.RFC3339)},
			map[string]any{"name": "Integration tests", "status": "completed", "conclusion": "success", "started_at": staged.Add(time.Minute).Format(time.RFC3339), "html_url": "https://github.com/o/r/actions/runs/100/job/7"},
		}},
		"commits/" + sha + "/check-runs": map[string]any{"total_count": 1, "check_runs": []any{map[string]any{"name": "CodeQL", "status": "completed", "conclusion": "success"}}},
		"commits/" + sha + "/status":     map[string]any{"state": "success", "statuses": []any{map[string]any{"context": "ci/legacy", "state": "success"}}},
	}
	h.HandleFunc("/repos/o/r/", h.serve)
	h.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { h.strange(w, r) })
	return h
}

// queries are the parameters that GitHub must be asked with, by the end of a path.
var queries = map[string]string{
	"/jobs": "filter=latest", "/check-runs": "filter=latest", "branches": "protected=true", "/deployment-branch-policies": "per_page=100",
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/repos/o/r/")
	h.asked = append(h.asked, path)
	w.Header().Set("Content-Type", "application/json")
	for end, query := range queries {
		if strings.HasSuffix(path, end) && !strings.Contains(r.URL.RawQuery, query) {
			h.unknown = append(h.unknown, path+" without "+query)
		}
	}
	status := h.fail[path]
	switch {
	case r.Header.Get("Authorization") != "Bearer "+ghToken:
		status = http.StatusUnauthorized
	case r.Method != http.MethodGet:
		h.unknown = append(h.unknown, r.Method+" "+path)
		status = http.StatusMethodNotAllowed
	case h.limited > 0:
		h.limited--
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"message":"You have exceeded a secondary rate limit","documentation_url":"https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"}`)
		return
	}
	if status != 0 {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":"made to fail with %d"}`, status)
		return
	}
	answer, ok := h.answers[path]
	if !ok {
		h.unknown = append(h.unknown, path)
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if answer == nil {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"Not Found"}`)
		return
	}
	fmt.Fprint(w, encode(answer))
}

func (h *hub) strange(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unknown = append(h.unknown, r.Method+" "+r.URL.Path)
	w.WriteHeader(http.StatusNotFound)
}

// change replaces fields of an answer.
func (h *hub) change(path string, fields map[string]any) {
	changed := maps.Clone(h.answers[path].(map[string]any))
	maps.Copy(changed, fields)
	h.answers[path] = changed
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
	return string(text)
}
