package main

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schemas anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "cutover-report", &binary, func() {
		program()
		_ = flag.Set("test.parallel", "4")
	}), map[string]string{
		"s3:ListBucket": "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
	}))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/cutover-report.schema.json", "cutover-report result",
		"What cutover-report --format json prints: both sides of a cutover, judged row by row.", result{}, *update)
}

func decisionSchema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/cutover-decision.schema.json", "cutover decision",
		"What cutover-report decide keeps at <prefix>/decision/<stage>.json, and decommission reads before it takes anything away.", decision{}, *update)
}

func TestSchemasAreCurrent(t *testing.T) {
	schema(t)
	decisionSchema(t)
}

const (
	bucket      = "releases"
	keyBaseline = "cutover/baseline/production/blue.json"
	keyDecision = "cutover/decision/production.json"
	keyState    = "cutover/rollout/production/state.json"
	token       = "ghs-the-secret"
	ada         = "ada-lovelace"
)

// world is an account at AWS, a repository at GitHub, and a folder with load
// results of both sides.
type world struct {
	t       *testing.T
	cloud   *cloud.Cloud
	github  *loopback.Server
	env     []string
	folder  string
	command string
	// reviews are what reviewers say of the run before the first command.
	reviews []loopback.Approval
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New(bucket), folder: t.TempDir(), reviews: []loopback.Approval{{Environment: "production-decide", User: ada, State: "approved"}}}
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(aws.Close)
	var err error
	if w.github, err = loopback.New(token, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	for _, run := range []int64{7, 8} {
		w.github.Know(run, loopback.OtherRun{Attempt: 1, Over: true, File: load.Workflow})
	}
	hub := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.github.Handler().ServeHTTP(rw, r) }))
	t.Cleanup(hub.Close)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=aws-the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL=" + hub.URL,
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	text, err := os.ReadFile("../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w.write("app/cutover.yaml", string(text))
	w.result("blue.json", measurement(40_000, 1, 0))
	w.result("green.json", measurement(38_000, 1, 0))
	w.json("cost.json", costs)
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		if w.command != "" {
			iamtest.Hold(t, "cutover-report", iam.Settings{App: "lego-api", Project: "LEGO-API", Stage: "production", Archive: bucket}, w.cloud.Calls(), cmdReport, cmdBaseline, cmdDecide)
		}
	})
	return w
}

// costs are those of a stage that is worth moving.
var costs = comparison.CostView{
	Prices: "us-east-1, 2026-11-01", Days: 30,
	Blue:    comparison.CostSide{Low: 88, Median: 88.5, High: 90, PerMillion: 17.7},
	Green:   comparison.CostSide{Low: 6, Median: 12.4, High: 24.8, PerMillion: 2.48},
	Traffic: comparison.Traffic{Low: 2e6, Median: 5e6, High: 1e7},
}

// measurement is a load result as internal/load makes one: that many microseconds
// at the median, 60,000 requests, some of them 5xx.
func measurement(median int64, rate float64, failed int) load.Result {
	began := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	route := load.Route{Name: "list-mocs", Requests: 60_000, Errors: failed, Status: map[string]int{"200": 60_000 - failed}}
	if failed > 0 {
		route.Status["503"] = failed
	}
	for i := range int64(600) {
		// From half the median to one and a half of it, with a tail.
		value := median/2 + median*i/600
		if i > 590 {
			value += median * (i - 590) / 4
		}
		route.Latencies = append(route.Latencies, [2]int64{value, 100})
	}
	route.Latency = load.PercentilesOf(route.Latencies)
	r := load.Result{
		Version: load.Version, Project: "LEGO-API", Stage: "production", Profile: "sustained", Target: "https://blue.api.lego.example.com",
		Began: began, Ended: began.Add(10 * time.Minute), RequestedRate: 100 * rate, AchievedRate: 100 * rate, PeakRate: 100 * rate, Valid: true, Invalid: []string{},
		Requests: 60_000, Arrivals: 60_000, Errors: failed, Status: route.Status, Troubles: map[string]int{}, Routes: []load.Route{route},
		Series: []load.Interval{{At: 0, Seconds: 600, Target: 100 * rate, Rate: 100 * rate, Requests: 60_000, Errors: failed}},
		Colds:  &load.Colds{Count: 400, Durations: [][2]int64{{800_000, 399}, {1_500_000, 1}}},
	}
	r.Latency = load.PercentilesOf(r.Latencies())
	return r
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) json(name string, v any) {
	w.t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(name, string(text))
}

// result writes a load result, which internal/load must read again.
func (w *world) result(name string, r load.Result) {
	w.t.Helper()
	w.json(name, r)
	if _, err := load.ParseResult([]byte(w.read(name))); err != nil {
		w.t.Fatal(name, err)
	}
}

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

// args are those of a command in the repository; what is given comes first.
func (w *world) args(command string, more ...string) []string {
	w.command = command
	for _, r := range w.reviews {
		w.github.Approve(r)
	}
	w.reviews = nil
	args := append([]string{"--command", command}, more...)
	defaults := [][2]string{{"--stage", "production"}, {"--config", "app/cutover.yaml"}, {"--bucket", bucket}, {"--blue", "blue.json"}, {"--green", "green.json"}, {"--cost", "cost.json"}, {"--format", "json"}}
	if command != cmdReport {
		defaults = append(defaults, [2]string{"--token", token})
		// A side without a file has no run.
		for side, run := range map[string]string{"--blue": "7", "--green": "8"} {
			if i := slices.Index(more, side); i < 0 || more[i+1] != "-" {
				defaults = append(defaults, [2]string{"--run-" + side[2:], run})
			}
		}
	}
	return processtest.Args(args, defaults...)
}

func (w *world) run(command string, more ...string) (result, processtest.Outcome) {
	w.t.Helper()
	return w.start(w.args(command, more...)...)
}

// start starts the binary and reads its result.
func (w *world) start(args ...string) (result, processtest.Outcome) {
	w.t.Helper()
	for _, name := range []string{"output", "summary"} {
		_ = os.Remove(filepath.Join(w.folder, name))
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, args...)
	shown := got.Stdout + strings.ReplaceAll(got.Stderr, "::add-mask::"+token, "") + w.read("output") + w.read("summary")
	if strings.Contains(shown, "the-secret") {
		w.t.Errorf("a secret shows:\n%s", shown)
	}
	var r result
	if strings.HasPrefix(got.Stdout, "{") && !strings.Contains(got.Stdout, `"errors": [`) {
		if err := schema(w.t).Check(got.Stdout); err != nil {
			w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
		}
		if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
			w.t.Fatal(err)
		}
	}
	return r, got
}

// row is a row of the table.
func (r result) row(name string) comparison.Row {
	for _, row := range r.Rows {
		if row.Name == name {
			return row
		}
	}
	return comparison.Row{}
}

// output is a declared output of the step.
func (w *world) output(name string) string {
	_, rest, found := strings.Cut("\n"+w.read("output"), "\n"+name+"<<")
	if !found {
		return "none"
	}
	mark, rest, _ := strings.Cut(rest, "\n")
	value, _, _ := strings.Cut(rest, "\n"+mark)
	return value
}
