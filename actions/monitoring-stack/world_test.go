package main

import (
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
	os.Exit(iamtest.AllUsed(processtest.Main(m, "monitoring-stack", &binary, func() { program() }), map[string]string{
		"s3:ListBucket": "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
	}))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/monitoring-stack.schema.json", "monitoring-stack result",
		"What monitoring-stack --format json prints: a command fills in its own part.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

const (
	stackName = "lego-api-production-monitoring"
	topicName = "lego-api-serverless-alerts-production"
)

// world is a deployed stage in an account where nothing watches it yet.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	env    []string
	folder string
	// bucket is empty for none.
	bucket string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("state"), folder: t.TempDir(), bucket: "releases"}
	w.cloud.Hasty()
	w.cloud.Bucket(w.bucket)
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(aws.Close)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=2", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_REF=refs/heads/main",
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	w.write("cutover.yaml", exampleConfig(t))
	w.stage()
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return w
}

// exampleConfig is LEGO-API's own cutover.yaml.
func exampleConfig(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tags are those of everything in the stage.
var tags = map[string]string{"sst:app": "lego-api", "sst:stage": "production", "Project": "LEGO-API", "Environment": "production"}

// function deploys one more function.
func (w *world) function(name string) {
	w.cloud.Function(name, cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 20, Architectures: []string{"arm64"}, LogFormat: "JSON", Tracing: "Active"})
	w.cloud.LogGroup("/aws/lambda/"+name, 30)
	w.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:"+name, tags)
}

// stage is what SST has deployed, with its tags.
func (w *world) stage() {
	for _, name := range []string{"lego-api-production-list", "lego-api-production-create"} {
		w.function(name)
	}
	w.cloud.Tag("arn:aws:apigateway:us-east-1::/apis/a1b2c3d4e5", tags)
	w.cloud.RestAPI("r1s2t3u4v5", "lego-api-production")
	w.cloud.Tag("arn:aws:apigateway:us-east-1::/restapis/r1s2t3u4v5", tags)
	w.cloud.Tag("arn:aws:apigateway:us-east-1::/restapis/r1s2t3u4v5/stages/live", tags)
	proxy := "arn:aws:rds:us-east-1:" + cloud.Account + ":db-proxy:prx-0123456789abcdef0"
	w.cloud.Databases(map[string]string{proxy: "lego-api-production-proxy"}, cloud.Database{ID: "lego-api-production", Engine: "postgres", StorageGB: 100})
	w.cloud.Tag("arn:aws:rds:us-east-1:"+cloud.Account+":db:lego-api-production", tags)
	w.cloud.Tag(proxy, tags)
	w.cloud.Tag("arn:aws:elasticache:us-east-1:"+cloud.Account+":serverlesscache:lego-api-production", tags)
	w.cloud.AddMetrics(cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"clusterId": "lego-api-production"}})
	w.cloud.CostTag("Project", "Active")
	w.cloud.CostTag("Environment", "Active")
}

func (w *world) write(name, text string) string {
	w.t.Helper()
	return processtest.Write(w.t, w.folder, name, text)
}

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

// run starts the binary with a command. Its calls are held to the command's own
// policy.
func (w *world) run(command string, more ...string) processtest.Outcome {
	w.t.Helper()
	before := len(w.cloud.Calls())
	for _, name := range []string{"output", "summary"} {
		_ = os.Remove(filepath.Join(w.folder, name))
	}
	args := append([]string{"--command", command, "--config", filepath.Join(w.folder, "cutover.yaml"), "--format", "json"}, more...)
	if w.bucket != "" {
		args = append(args, "--bucket", w.bucket)
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, args...)
	if command != cmdTemplate {
		names := w.names()
		if slices.Contains(more, scopeAccount) {
			names.Options = []string{"account"}
		}
		iamtest.Hold(w.t, "monitoring-stack", names, w.cloud.Calls()[before:], command)
	}
	return got
}

func (w *world) names() iam.Settings {
	return iam.Settings{Stage: "production", Project: "LEGO-API", App: "lego-api", Archive: "releases"}
}

// result runs a command that must end so, and reads what it printed.
func (w *world) result(code int, command string, more ...string) result {
	w.t.Helper()
	got := w.run(command, more...)
	if got.Code != code {
		w.t.Fatalf("%s %v: exit %d, want %d\n%s\n%s", command, more, got.Code, code, got.Stderr, got.Stdout)
	}
	if err := schema(w.t).Check(got.Stdout); err != nil {
		w.t.Errorf("%s: %v", command, err)
	}
	var r result
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatalf("%v in %s", err, got.Stdout)
	}
	return r
}

// confirm follows the links in AWS's mails.
func (w *world) confirm() {
	for _, box := range []string{"devops@lego.example.com", "oncall@lego.example.com"} {
		w.cloud.Confirm(box)
	}
}

// configure changes cutover.yaml.
func (w *world) configure(old, updated string) {
	w.t.Helper()
	text := w.read("cutover.yaml")
	if !strings.Contains(text, old) {
		w.t.Fatalf("cutover.yaml has no %q", old)
	}
	w.write("cutover.yaml", strings.Replace(text, old, updated, 1))
}
