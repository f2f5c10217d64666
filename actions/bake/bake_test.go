package main

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/bake"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "bake", &binary, func() { program() }), nil))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/bake.schema.json", "bake result", "What bake --format json prints: whether a deployment behaves.", bake.Result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

// world is a deployed API beside a CloudWatch.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	status atomic.Int32
	asked  atomic.Int32
	url    string
	env    []string
	folder string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("state"), folder: t.TempDir()}
	w.status.Store(200)
	api := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		out.WriteHeader(int(w.status.Load()))
		_, _ = io.WriteString(out, `{"status":"ok","commit":"abc"}`)
	}))
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(api.Close)
	t.Cleanup(aws.Close)
	w.url = api.URL
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret", "AWS_EC2_METADATA_DISABLED=true",
		"GITHUB_ACTIONS=true", "GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"), "AWS_MAX_ATTEMPTS=1",
	}
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		iamtest.Hold(t, "bake", iam.Settings{Stage: "production"}, w.cloud.Calls())
	})
	return w
}

func (w *world) args(more ...string) []string {
	args := more
	for name, value := range map[string]string{
		"--stage": "production", "--url": w.url, "--check": "/health 200 status=ok commit=abc", "--for": "600ms", "--every": "100ms", "--settle": "300ms", "--format": "json",
	} {
		if !slices.Contains(more, name) {
			args = append(args, name, value)
		}
	}
	return args
}

func (w *world) run(more ...string) (bake.Result, processtest.Outcome) {
	w.t.Helper()
	got := processtest.Run(w.t, binary, w.folder, w.env, w.args(more...)...)
	var r bake.Result
	if err := schema(w.t).Check(got.Stdout); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	return r, got
}

// untilAsked waits until the API was asked that often.
func (w *world) untilAsked(times int32) {
	w.t.Helper()
	for range 1000 {
		if w.asked.Load() >= times {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatalf("the API was asked %d times, not %d", w.asked.Load(), times)
}

// Shows: 5.4.6
func TestBake(t *testing.T) {
	for name, c := range map[string]struct {
		set    func(*world)
		args   []string
		code   int
		want   verdict.Verdict
		reason string
	}{
		"quiet":                {func(w *world) { w.cloud.SetAlarms(cloud.Alarm{Name: "errors-production", State: "OK"}) }, []string{"--alarm", "errors-{stage}"}, 0, verdict.Pass, "quiet"},
		"without alarms":       {func(*world) {}, nil, 0, verdict.Pass, "quiet"},
		"wrong status":         {func(w *world) { w.status.Store(500) }, nil, 1, verdict.Fail, "smoke"},
		"another commit":       {func(*world) {}, []string{"--check", "/health commit=def"}, 1, verdict.Fail, "smoke"},
		"nobody answers":       {func(*world) {}, []string{"--url", "http://127.0.0.1:1"}, 1, verdict.Fail, "smoke"},
		"an alarm is on":       {func(w *world) { w.cloud.SetAlarms(cloud.Alarm{Name: "a", State: "ALARM", Reason: "Threshold Crossed"}) }, []string{"--alarm", "a"}, 1, verdict.Fail, "alarm"},
		"no such alarm":        {func(*world) {}, []string{"--alarm", "a"}, 1, verdict.Fail, "no-alarm"},
		"an alarm has no data": {func(w *world) { w.cloud.SetAlarms(cloud.Alarm{Name: "a", State: "INSUFFICIENT_DATA"}) }, []string{"--alarm", "a"}, 3, verdict.Inconclusive, "unproven"},
		"CloudWatch is gone":   {func(w *world) { w.env = append(w.env, "AWS_ENDPOINT_URL=http://127.0.0.1:1") }, []string{"--alarm", "a", "--timeout", "500ms"}, 3, verdict.Inconclusive, "unproven"},
	} {
		w := newWorld(t)
		c.set(w)
		r, got := w.run(c.args...)
		if got.Code != c.code || r.Verdict != c.want || r.Reason != c.reason {
			t.Errorf("%s: %d, %+v\n%s", name, got.Code, r, got.Stderr)
		}
		output, _ := os.ReadFile(filepath.Join(w.folder, "output"))
		summary, _ := os.ReadFile(filepath.Join(w.folder, "summary"))
		if !strings.Contains(string(output), "\n"+string(c.want)+"\n") || !strings.Contains(string(summary), "Bake of production") || strings.Contains(got.Stderr+got.Stdout, "the-secret") {
			t.Errorf("%s: output %q, summary %q", name, output, summary)
		}
	}
}

// What breaks in the middle ends it soon.
func TestBakeEndsWhenItBreaks(t *testing.T) {
	w := newWorld(t)
	cmd, stdout, _ := processtest.Command(t, binary, w.folder, w.env, w.args("--for", "30s")...)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.untilAsked(3)
	w.status.Store(502)
	err := cmd.Wait()
	if err == nil || cmd.ProcessState.ExitCode() != 1 || time.Since(begin) > 10*time.Second || !strings.Contains(stdout.String(), `"reason": "check"`) {
		t.Errorf("%v after %v\n%s", err, time.Since(begin), stdout)
	}
}

func TestBakeCancelled(t *testing.T) {
	w := newWorld(t)
	cmd, stdout, _ := processtest.Command(t, binary, w.folder, w.env, w.args("--for", "30s")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.untilAsked(3)
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 3 || !strings.Contains(stdout.String(), `"reason": "cancelled"`) || !strings.Contains(stdout.String(), "inconclusive") {
		t.Errorf("%v\n%s", err, stdout)
	}
}

func TestBadInputs(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no stage":      {[]string{"--url", "http://a"}, "stage: is required"},
		"no url":        {[]string{"--stage", "production"}, "url: is needed"},
		"no check":      {[]string{"--stage", "production", "--url", "http://a"}, "check: is needed"},
		"a bad check":   {[]string{"--stage", "production", "--url", "http://a", "--check", "POST /a"}, "may only read"},
		"a bad address": {[]string{"--stage", "production", "--url", "a", "--check", "/a"}, "is no address"},
		"no pause":      {[]string{"--stage", "production", "--url", "http://a", "--check", "/a", "--every", "0s"}, "above zero"},
		"misses":        {[]string{"--stage", "production", "--url", "http://a", "--check", "/a", "--misses", "0"}, "is no number of answers"},
	} {
		got := processtest.Run(t, binary, t.TempDir(), nil, c.args...)
		if got.Code != 2 || !strings.Contains(got.Stderr, c.want) {
			t.Errorf("%s: %d %s", name, got.Code, got.Stderr)
		}
	}
}

// The step becomes the role that it is given, and nothing of the environment's
// keys is used then.
//
// Shows: 5.4.4
func TestBakeAsARole(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/cutover-production"
	w := newWorld(t)
	w.cloud.SetAlarms(cloud.Alarm{Name: "a", State: "OK"})
	github, err := loopback.New("pays-for-tokens", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	address, err := github.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = github.Close() }()
	github.Update(func(r *loopback.Run) {
		*r = loopback.Run{ID: 1, Repository: "o/r", Jobs: []*loopback.Job{{ID: "a", Environment: "production", Started: time.Now()}}}
	})
	w.cloud.Trust(func(arn, token string) error {
		if arn != role || loopback.Subject(token) != "repo:o/r:environment:production" {
			return errors.New("somebody else")
		}
		return nil
	})
	w.env = append(w.env, "RUNNER_TEMP="+w.folder, "ACTIONS_ID_TOKEN_REQUEST_URL="+address+"/_runtime/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN=pays-for-tokens")
	r, got := w.run("--alarm", "a", "--role", role)
	if got.Code != 0 || r.Verdict != verdict.Pass {
		t.Fatalf("%d, %+v\n%s", got.Code, r, got.Stderr)
	}
	for _, c := range w.cloud.Calls() {
		if c.Role != "cutover-production" {
			t.Errorf("not as the role: %+v", c)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.folder, "cutover-oidc-*")); len(left) > 0 {
		t.Errorf("the token is left: %v", left)
	}
	if got := processtest.Run(t, binary, w.folder, w.env, w.args("--alarm", "a", "--role", "arn:aws:iam::123456789012:role/other")...); got.Code == 0 || !strings.Contains(got.Stderr, "repo:o/r:environment:production") {
		t.Errorf("another role: %d %s", got.Code, got.Stderr)
	}
}

// Without inputs, cutover.yaml says where the API is and what to ask.
func TestFromConfig(t *testing.T) {
	w := newWorld(t)
	text, err := os.ReadFile("../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.folder, "cutover.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := processtest.Run(t, binary, w.folder, w.env, "--stage", "production", "--url", w.url, "--for", "0s", "--alarm", "errors", "--format", "json")
	if got.Code != 1 || !strings.Contains(got.Stdout, `"check": "/health"`) || !strings.Contains(got.Stdout, "There is no alarm errors") {
		t.Errorf("%d %s%s", got.Code, got.Stdout, got.Stderr)
	}
}
