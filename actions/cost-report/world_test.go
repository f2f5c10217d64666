package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var (
	update = flag.Bool("update", false, "write the schemas anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "cost-report", &binary, func() {
		program()
		_ = flag.Set("test.parallel", "4")
	}), map[string]string{
		"s3:ListBucket":  "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
		"logs:StopQuery": "a query that takes minutes; the adapter's own test has it",
	}))
}

const (
	state  = "sst-state-x"
	bucket = "releases"
	token  = "ghs-the-secret"
)

// world is an account at AWS, a repository at GitHub, and a folder with the app's
// cutover.yaml.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	github *loopback.Server
	env    []string
	folder string
	// commands are those that were run.
	commands []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New(state), folder: t.TempDir()}
	w.cloud.Bucket(bucket)
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(aws.Close)
	var err error
	if w.github, err = loopback.New(token, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	hub := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.github.Handler().ServeHTTP(rw, r) }))
	t.Cleanup(hub.Close)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=aws-the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL=" + hub.URL, "GITHUB_SERVER_URL=https://github.com",
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	text, err := os.ReadFile("../../examples/lego-api/cutover.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w.write("app/cutover.yaml", string(text))
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
		if len(w.commands) > 0 {
			iamtest.Hold(t, "cost-report", iam.Settings{App: "lego-api", Project: "LEGO-API", Stage: "production", Archive: bucket, State: state}, w.cloud.Calls(), w.commands...)
		}
	})
	return w
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

func (w *world) read(name string) string { return processtest.Read(w.folder, name) }

// run runs a command; what is given comes first, and "-" is none.
func (w *world) run(command string, more ...string) processtest.Outcome {
	w.t.Helper()
	if !slices.Contains(w.commands, command) {
		w.commands = append(w.commands, command)
	}
	args := append([]string{"--command", command}, more...)
	for _, d := range [][2]string{{"--stage", "production"}, {"--config", "app/cutover.yaml"}, {"--bucket", bucket}, {"--token", token}, {"--format", "json"}} {
		if i := slices.Index(args, d[0]); i < 0 {
			args = append(args, d[0], d[1])
		} else if args[i+1] == "-" {
			args = slices.Delete(args, i, i+2)
		}
	}
	for _, name := range []string{"output", "summary"} {
		_ = os.Remove(filepath.Join(w.folder, name))
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, args...)
	shown := got.Stdout + strings.ReplaceAll(got.Stderr, "::add-mask::"+token, "") + w.read("output") + w.read("summary")
	if strings.Contains(shown, "the-secret") {
		w.t.Errorf("a secret shows:\n%s", shown)
	}
	return got
}

// titles are those of the results' schemas; what a capability prints is held there.
var titles = map[string][2]string{
	"cost-collect":   {"Result of cost-report collect", "What was spent, published and said by cost-report collect."},
	"cost-tags":      {"Result of cost-report tags", "Whether the app's resources carry the tags that costs are told apart by, service by service, and what billing knows of them."},
	"cost-review":    {"Result of cost-report review", "The month's cost review as an issue."},
	"cost-report":    {"Result of cost-report", "What cost-report prints where there was nothing to do."},
	"cost-forecast":  {"Cost forecast", "What a month will have cost at its end, with an interval, beside the budget. Amounts are US dollars."},
	"cost-explain":   {"Explanation of a week's cost", "What changed in spending since the week before, and what fell on the same day. Amounts are US dollars."},
	"cost-recommend": {"Result of cost-report recommend", "What would cost less: each piece of advice with its evidence, what it saves a year, its risk, and the exact change; and what the data do not carry."},
}

func schemaOf(t *testing.T, name string, value any) schematest.Schema {
	t.Helper()
	own := name == "cost-collect" || name == "cost-tags" || name == "cost-review" || name == "cost-report"
	return schematest.Of(t, "../../schemas/"+name+".schema.json", titles[name][0], titles[name][1], value, own && *update)
}

func TestSchemasAreCurrent(t *testing.T) {
	schemaOf(t, "cost-collect", collected{})
	schemaOf(t, "cost-tags", tagResult{})
	schemaOf(t, "cost-review", reviewed{})
	schemaOf(t, "cost-report", empty{})
}

// result reads what a command printed, held against its schema.
func result[T any](w *world, schema string, got processtest.Outcome) (r T) {
	w.t.Helper()
	if err := schemaOf(w.t, schema, r).Check(got.Stdout); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	return r
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

var costTags = map[string]string{"Project": "LEGO-API", "Environment": "production"}

func today() time.Time { return time.Now().UTC().Truncate(24 * time.Hour) }

// spend lets the app cost that much a day, until yesterday; from the given number
// of days ago on Lambda costs that many times as much.
func (w *world) spend(days int, usd float64, ago int, times float64) {
	for n := days; n >= 1; n-- {
		at := today().AddDate(0, 0, -n)
		lambda := usd / 2
		if n <= ago {
			lambda *= times
		}
		// Nothing is alike on two days.
		wave := 1 + 0.02*float64(n*7%5-2)
		w.cloud.Spent(at, costTags, "AWS Lambda", "Lambda-GB-Second-ARM", lambda*wave, lambda*wave*75_000)
		w.cloud.Spent(at, costTags, "Amazon Relational Database Service", "InstanceUsage:db.t4g.medium", usd/2*wave, 24)
		w.cloud.Spent(at, map[string]string{"Project": "OTHER", "Environment": "production"}, "AWS Lambda", "Lambda-GB-Second-ARM", 1000, 1)
	}
}

// users let both sides have that many requests a day.
func (w *world) users(days int, daily float64) {
	for at := today().AddDate(0, 0, -days); at.Before(today()); at = at.Add(time.Hour) {
		w.cloud.Observe("AWS/ApplicationELB", "RequestCount", map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188"}, at, daily/48)
		w.cloud.Observe("AWS/ApiGateway", "Count", map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}, at, daily/48)
	}
}

// calls are those of one kind that were made.
func (w *world) calls(action string) (n int) {
	for _, c := range w.cloud.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// csv is a file of so many days up to one, each of that cost.
func csv(last time.Time, days int, usd float64) string {
	text := "date,usd\n"
	for n := days - 1; n >= 0; n-- {
		text += fmt.Sprintf("%s,%.2f\n", last.AddDate(0, 0, -n).Format(time.DateOnly), usd*(1+0.02*float64(n*7%5-2)))
	}
	return text
}

// settled writes an event of the rollout's log: that much of the traffic is on Lambda.
func (w *world) settled(at time.Time, weight unit.Percent) {
	w.t.Helper()
	e := rollout.Event{Sequence: 1, At: at, Kind: rollout.Settled, Weight: weight, Reason: "the share shows"}
	text, err := json.Marshal(e)
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	e.Hash = hex.EncodeToString(sum[:])
	if text, err = json.Marshal(e); err != nil || rollout.VerifyTail([]rollout.Event{e}) != nil {
		w.t.Fatal(err, "the log's form is another one now")
	}
	w.cloud.Damage(bucket, "cutover/rollout/production/events/00000001.json", string(text))
}
