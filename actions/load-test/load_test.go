package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "load-test", &binary, func() { program() }), nil))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/load-test.schema.json", "load-test result",
		"What load-test --format json prints: what a load came to, row by row, with all that was measured.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

// Other tests share this machine: that the generator may be late is not what
// these are about.
const configuration = `project: LEGO-API
region: us-east-1
stages:
  staging: {url: https://staging.api.lego.example.com}
  production: {url: https://api.lego.example.invalid, approval: required}
teams: {devops: [devops@lego.example.com]}
load:
  requests:
    - {path: /health}
  profiles:
    short: {phases: [{rate: 100, for: 2 s}], goals: {p95: 10 s}, limits: {late: 10 s, cpu: 100%}}
    long: {phases: [{rate: 50, for: 1 m}]}
    melting: {phases: [{rate: 50, for: 1 m}], limits: {errors: 20%, window: 2 s, late: 10 s, cpu: 100%}}
    production: {stage: production, phases: [{rate: 50, for: 2 s}], limits: {late: 10 s, cpu: 100%}}
`

// helping is the end of a helper's name.
const helping = "CustomCDKBucketDeployment8693BB64"

// world is a stage that is loaded, with its account and its repository.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	url    string
	folder string
	env    []string
	asked  atomic.Int64
	status atomic.Int64
	// approvals is what GitHub answers.
	approvals string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("releases"), folder: t.TempDir(), approvals: "[]"}
	w.status.Store(http.StatusOK)
	start := func(h http.Handler) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	w.url = start(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		w.asked.Add(1)
		rw.WriteHeader(int(w.status.Load()))
	}))
	hub := start(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/repos/o/r/actions/runs/7/approvals" || r.Header.Get("Authorization") != "Bearer ghs_the-token" {
			t.Errorf("GitHub was asked for %s", r.URL.Path)
		}
		fmt.Fprint(rw, w.approvals)
	}))
	tags := map[string]string{"sst:app": "lego-api", "sst:stage": "staging"}
	// The last one is a helper of the deployment, which carries no load.
	for _, name := range []string{"list", "create", helping} {
		w.cloud.Function("lego-api-staging-"+name, cloud.Lambda{})
		w.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:lego-api-staging-"+name, tags)
	}
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + start(w.cloud), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=7", "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL=" + hub,
		"GITHUB_OUTPUT=" + w.path("output"), "GITHUB_STEP_SUMMARY=" + w.path("summary"),
	}
	if err := os.WriteFile(w.path("cutover.yaml"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.folder, name) }

// scaled publishes what the functions did in the minutes of a run.
func (w *world) scaled(throttles float64) {
	for minute := range 3 {
		at := time.Now().Truncate(time.Minute).Add(time.Duration(minute) * time.Minute)
		for _, name := range []string{"list", "create", helping} {
			of := map[string]string{"FunctionName": "lego-api-staging-" + name}
			w.cloud.Observe("AWS/Lambda", "ConcurrentExecutions", of, at, 3, 7)
			w.cloud.Observe("AWS/Lambda", "Invocations", of, at, 100)
			w.cloud.Observe("AWS/Lambda", "Throttles", of, at, throttles)
		}
	}
}

// run starts the binary on the profile short unless told otherwise.
func (w *world) run(args ...string) (result, processtest.Outcome) {
	w.t.Helper()
	before := len(w.cloud.Calls())
	given := strings.Join(args, " ")
	for name, value := range map[string]string{"--profile": "short", "--stage": "staging", "--url": w.url, "--settle": "100ms"} {
		if !strings.Contains(given, name) && (name != "--url" || !strings.Contains(given, "--profile production")) {
			args = append(args, name, value)
		}
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, append(args, "--format", "json")...)
	if unknown := w.cloud.Unknown(); len(unknown) > 0 {
		w.t.Errorf("calls that nobody knows: %v", unknown)
	}
	if calls := w.cloud.Calls()[before:]; len(calls) > 0 {
		iamtest.Hold(w.t, "load-test", iam.Settings{App: "lego-api", Project: "LEGO-API", Stage: "staging"}, calls)
	}
	var r result
	if strings.Contains(got.Stdout, `"load"`) {
		if err := schema(w.t).Check(got.Stdout); err != nil {
			w.t.Fatalf("%v\n%s", err, got.Stderr)
		}
		if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
			w.t.Fatal(err)
		}
	}
	return r, got
}

func (w *world) finding(r result, name string) verdict.Finding {
	w.t.Helper()
	for _, f := range r.Findings {
		if f.Name == name {
			return f
		}
	}
	w.t.Fatalf("no row %s in %+v", name, r.Findings)
	return verdict.Finding{}
}

func TestALoadAndHowTheStageScaled(t *testing.T) {
	w := newWorld(t)
	w.scaled(0)
	r, got := w.run("--out", "load.json", "--report", "load.html")
	if r.Load.Requests != 200 || !r.Load.Valid || w.asked.Load() != 200 || w.finding(r, "throttles").Verdict != verdict.Pass || *w.finding(r, "concurrency").Observed != 14 {
		t.Fatalf("exit %d, %d requests, %+v\n%s", got.Code, r.Load.Requests, r.Findings, got.Stderr)
	}
	if !strings.Contains(got.Stderr, helping+": ") {
		t.Errorf("it does not say what was left out:\n%s", got.Stderr)
	}
	// Nobody counts cold starts here, so that there is no row which stays open.
	if got.Code != 0 || r.Verdict != verdict.Pass {
		t.Errorf("exit %d, %s: %+v", got.Code, r.Verdict, r.Findings)
	}
	output, _ := os.ReadFile(w.path("output")) // checked by what it holds
	for _, part := range []string{"achieved-rate", "100", "valid", "true", "load.json", "load.html"} {
		if !strings.Contains(string(output), part) {
			t.Errorf("the outputs lack %s:\n%s", part, output)
		}
	}
	w.scaled(5)
	if r, got := w.run(); w.finding(r, "throttles").Verdict != verdict.Fail || got.Code != 1 {
		t.Errorf("throttled: exit %d, %+v", got.Code, r.Findings)
	}
	if _, got := w.run("--enforce", "warn"); got.Code != 0 || !strings.Contains(got.Stderr, "::warning") {
		t.Errorf("throttled, with enforce warn: exit %d\n%s", got.Code, got.Stderr)
	}
}

func TestShardsBecomeOneResult(t *testing.T) {
	w := newWorld(t)
	at := time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339)
	over := make(chan processtest.Outcome, 2)
	for _, shard := range []string{"1", "2"} {
		go func() {
			cmd, _, stderr := processtest.Command(t, binary, w.folder, w.env, "--profile", "short", "--stage", "staging", "--url", w.url, "--settle", "0s",
				"--shard", shard+"/2", "--start-at", at, "--out", "shards/"+shard+"/load.json")
			_ = cmd.Run() // its exit code is looked at
			over <- processtest.Outcome{Code: cmd.ProcessState.ExitCode(), Stderr: stderr.String()}
		}()
	}
	for range 2 {
		if got := <-over; got.Code != 0 {
			t.Fatalf("exit %d\n%s", got.Code, got.Stderr)
		}
	}
	r, got := w.run("--settle", "0s", "--merge", "shards")
	if got.Code != 0 || r.Verdict != verdict.Pass || r.Load.Requests != 200 || len(r.Load.Shards) != 2 || w.asked.Load() != 200 || r.Load.RequestedRate != 100 {
		t.Errorf("exit %d, %+v\n%s", got.Code, r.Lead, got.Stderr)
	}
	if _, got := w.run("--settle", "0s", "--merge", "shards/1/load.json"); got.Code != 2 {
		t.Errorf("half of the shards: exit %d\n%s", got.Code, got.Stderr)
	}
	if _, got := w.run("--settle", "0s", "--shard", "1/2", "--start-at", at); got.Code != 3 || !strings.Contains(got.Stderr, "is over") {
		t.Errorf("a start that is over: exit %d\n%s", got.Code, got.Stderr)
	}
}

// Attack: unreviewed-dispatch
func TestProductionNeedsAReviewersYes(t *testing.T) {
	for name, c := range map[string]struct {
		approvals string
		args      []string
		env       string
		code      int
		says      string
	}{
		"nobody":              {"[]", []string{"--token", "ghs_the-token"}, "", 4, "has not been approved in this run"},
		"no token":            {"[]", nil, "", 4, "without a token"},
		"no run":              {"[]", []string{"--token", "ghs_the-token"}, "GITHUB_RUN_ID=", 4, "no run of a workflow"},
		"another environment": {`[{"state": "approved", "user": {"login": "ann"}, "environments": [{"name": "production"}]}]`, []string{"--token", "ghs_the-token"}, "", 4, "has not been approved"},
		"a no":                {`[{"state": "rejected", "user": {"login": "ann"}, "environments": [{"name": "production-load"}]}]`, []string{"--token", "ghs_the-token"}, "", 4, "has not been approved"},
		// There is no such host here: that it was tried shows that it was let through.
		"a yes": {`[{"state": "approved", "user": {"login": "ann"}, "environments": [{"name": "production-load"}]}]`, []string{"--token", "ghs_the-token"}, "", 1, "ann has approved"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.approvals = c.approvals
			if c.env != "" {
				w.env = append(w.env, c.env)
			}
			_, got := w.run(append([]string{"--profile", "production", "--stage", "production", "--settle", "0s"}, c.args...)...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.says) {
				t.Errorf("exit %d; want %d and %q\n%s", got.Code, c.code, c.says, got.Stderr)
			}
			if strings.Contains(got.Stdout+got.Stderr, "the-secret") {
				t.Error("a secret shows")
			}
		})
	}
}

func TestWhatMayNotBeLoaded(t *testing.T) {
	w := newWorld(t)
	for says, c := range map[string]struct {
		code int
		args []string
	}{
		"is not the stage of the profile": {4, []string{"--stage", "production"}},
		"is no host that cutover.yaml":    {4, []string{"--url", "https://example.com"}},
		"belongs to the stage production": {4, []string{"--url", "https://api.lego.example.invalid"}},
		"is no profile":                   {2, []string{"--profile", "shirt"}},
	} {
		if _, got := w.run(c.args...); got.Code != c.code || !strings.Contains(got.Stderr, says) {
			t.Errorf("%s: exit %d\n%s", says, got.Code, got.Stderr)
		}
	}
	if n := w.asked.Load(); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAMeltingStageIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.status.Store(http.StatusServiceUnavailable)
	began := time.Now()
	r, got := w.run("--profile", "melting", "--settle", "0s")
	if got.Code != 1 || r.Load.Stopped == "" || !r.Load.Valid || r.Verdict != verdict.Fail || time.Since(began) > 15*time.Second {
		t.Errorf("exit %d after %s: %s\n%s", got.Code, time.Since(began), r.Lead, got.Stderr)
	}
}

func TestACancelledLoadIsNoMeasurement(t *testing.T) {
	w := newWorld(t)
	cmd, stdout, stderr := processtest.Command(t, binary, w.folder, w.env, "--profile", "long", "--stage", "staging", "--url", w.url, "--format", "json")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for w.asked.Load() < 100 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // its exit code is looked at
	var r result
	if err := json.Unmarshal([]byte(stdout.String()), &r); err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if code := cmd.ProcessState.ExitCode(); code != 3 || r.Load.Valid || !r.Load.Interrupted || r.Load.Requests < 90 || r.Verdict != verdict.Inconclusive {
		t.Errorf("exit %d, %s", code, r.Lead)
	}
}
