package main

import (
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	os.Exit(iamtest.AllUsed(processtest.Main(m, "trace-check", &binary, func() {
		program()
		_ = flag.Set("test.parallel", "8") // they wait for most of their time
	}), map[string]string{
		"s3:ListBucket": "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
	}))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/trace-check.schema.json", "trace-check result",
		"What trace-check --format json prints: whether a stage is traced, row by row, with its service map.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

const (
	configuration = `project: LEGO-API
region: us-east-1
stages:
  staging: {url: https://staging.api.lego.example.com}
teams: {devops: [devops@lego.example.com]}
tracing:
  requests:
    - {path: /health, operation: health}
    - {method: POST, path: /mocs, body: '{"title": "Trace {run} {index}"}', expect: 201, operation: create-moc, capture: {id: $.id}, reaches: [RDS]}
    - {path: "/mocs/{id}", operation: get-moc, reaches: [Redis, RDS]}
    - {path: /mocs/none, operation: get-moc, expect: 404}
  count: 8
  undecided: 8
  rate: 50
  wait: 10 s
`
	kept = "cutover/trace/staging/map.json"
)

// world is a deployed stage in an account with X-Ray.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	stage  *stage
	url    string
	env    []string
	folder string
	// archive is the bucket that the role may use.
	archive string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("releases"), folder: t.TempDir(), archive: "releases"}
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(aws.Close)
	w.stage = &stage{collector: aws.URL, made: map[string]string{}}
	api := httptest.NewServer(w.stage)
	t.Cleanup(api.Close)
	w.url = api.URL
	for _, name := range []string{"health", "create-moc", "get-moc"} {
		w.cloud.Function("lego-api-staging-"+name, cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 20, Architectures: []string{"arm64"}, Tracing: "Active"})
		w.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:lego-api-staging-"+name, tags)
	}
	w.cloud.Tag("arn:aws:s3:::lego-api-staging-images", tags)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_RUN_ATTEMPT=1",
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	w.write("cutover.yaml", configuration)
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		iamtest.Hold(t, "trace-check", iam.Settings{App: "lego-api", Project: "LEGO-API", Stage: "staging", Archive: w.archive}, w.cloud.Calls())
	})
	return w
}

var tags = map[string]string{"sst:app": "lego-api", "sst:stage": "staging", "Project": "LEGO-API", "Environment": "staging"}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

func (w *world) args(more ...string) []string {
	return processtest.Args(more, [][2]string{{"--stage", "staging"}, {"--url", w.url}, {"--wait", "3s"}, {"--format", "json"}}...)
}

// run starts the binary and reads its result.
func (w *world) run(more ...string) (result, processtest.Outcome) {
	w.t.Helper()
	for _, name := range []string{"output", "summary"} {
		_ = os.Remove(filepath.Join(w.folder, name))
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, w.args(more...)...)
	if strings.Contains(got.Stdout+got.Stderr+w.read("output")+w.read("summary"), "the-secret") {
		w.t.Errorf("a secret shows:\n%s%s", got.Stdout, got.Stderr)
	}
	var r result
	if err := schema(w.t).Check(got.Stdout); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	return r, got
}

// state is how a row of the table stands, empty where there is none.
func (r result) state(name string) string {
	for _, f := range r.Findings {
		if f.Name == name {
			return string(f.State)
		}
	}
	return ""
}

// output is a declared output of the step.
func (w *world) output(name string) string {
	_, rest, found := strings.Cut("\n"+w.read("output"), "\n"+name+"<<")
	if !found {
		return "none"
	}
	_, rest, _ = strings.Cut(rest, "\n")
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// until waits for something to become true.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("in vain: " + what)
}
