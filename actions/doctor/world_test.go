package main

import (
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

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/doctor"
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
	os.Exit(iamtest.AllUsed(processtest.Main(m, "doctor", &binary, func() {
		program()
		_ = flag.Set("test.parallel", "4")
	}), nil))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/doctor.schema.json", "doctor result",
		"What doctor --format json prints, the action and the command: whether everything is there that a first run needs, row by row.", doctor.Result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

const (
	hubToken  = "the-secret-of-github"
	botToken  = "xoxb-the-secret-of-slack"
	bucket    = "lego-releases"
	zone      = "Z0LEGO"
	record    = "api.lego.example.com"
	blue      = "lego-api-1.us-east-1.elb.amazonaws.com"
	balancer  = "app/lego-api/50dc6c495c0c9188"
	group     = "targetgroup/lego-api/73e2d6bc24d8a067"
	keepRules = `<Rule><ID>cutover</ID><Status>Enabled</Status><Filter><Prefix>cutover/</Prefix></Filter><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload><NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration></Rule>`
)

// roles are those that the workflows take, with what each is bound to.
var roles = map[string]string{
	"production-deploy": "environment:production", "staging-deploy": "environment:staging", "production-gate": "ref:refs/heads/main",
	"production-watch": "environment:production-watch", "production-decide": "environment:production-decide",
}

var variables = map[string]string{
	"ARCHIVE_BUCKET": bucket, "AWS_ROLE_PRODUCTION": arn("production-deploy"), "AWS_ROLE_STAGING": arn("staging-deploy"), "AWS_ROLE_GATE": arn("production-gate"),
	"AWS_ROLE_WATCH": arn("production-watch"), "AWS_ROLE_DECIDE": arn("production-decide"),
}

func arn(role string) string {
	return "arn:aws:iam::" + cloud.Account + ":role/cutover-lego-api-" + role
}

// trust is a role's trust policy as the template writes it.
func trust(subject string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::%s:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":%q}}}]}`, cloud.Account, subject)
}

// measured are the metrics by which traffic is judged.
var measured = []cloud.Metric{
	{Namespace: "AWS/ApplicationELB", Name: "RequestCount", Dimensions: map[string]string{"LoadBalancer": balancer, "TargetGroup": group}},
	{Namespace: "AWS/ApiGateway", Name: "Count", Dimensions: map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}},
	{Namespace: "AWS/Lambda", Name: "Invocations"},
}

// world is a repository that has everything, until a test takes something away.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	hub    *loopback.Server
	set    loopback.Settings
	kept   cloud.KeptBucket
	slack  *slacktest.Server
	space  slacktest.Workspace
	env    []string
	folder string
	vars   map[string]string
	// silent servers answer nothing.
	silent []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	yes := true
	w := &world{t: t, cloud: cloud.New("sst-state-x"), folder: t.TempDir(), vars: variables, kept: cloud.KeptBucket{Versioning: "Enabled", Rules: keepRules}}
	if err := os.CopyFS(w.folder, os.DirFS("../../internal/doctor/testdata/repository")); err != nil {
		t.Fatal(err)
	}
	w.set = loopback.Settings{
		Secrets: []string{"SLACK_BOT_TOKEN"}, Variables: []string{}, Proposals: &yes,
		Workflows: map[string]string{".github/workflows/deploy.yml": "active", ".github/workflows/decide.yml": "active", ".github/workflows/traffic-watch.yml": "active"},
	}
	for name := range variables {
		w.set.Variables = append(w.set.Variables, name)
	}
	var err error
	if w.hub, err = loopback.New(hubToken, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	w.space = slacktest.Workspace{Token: botToken, Scopes: []string{"chat:write", "channels:history", "channels:read"}, Channels: []slacktest.Channel{{ID: "C0123456789", Name: "deployments", Member: true}}}
	for _, e := range []string{"staging", "production-watch"} {
		w.hub.SetEnvironment(loopback.Environment{Name: e, Branches: []string{"main"}})
	}
	for _, e := range []string{"production", "production-decide"} {
		w.hub.SetEnvironment(loopback.Environment{Name: e, Reviewers: []string{"octocat"}, Branches: []string{"main"}})
	}
	w.account()
	return w
}

// account is AWS with everything that is wanted.
func (w *world) account() {
	c := w.cloud
	c.Provider("token.actions.githubusercontent.com", "sts.amazonaws.com")
	for name, bound := range roles {
		c.Role("cutover-lego-api-"+name, trust("repo:lego/api:"+bound))
	}
	c.Bucket(bucket)
	c.SetZone(zone, "lego.example.com", false)
	w.point(blue, 60)
	for _, m := range measured {
		m.Last = time.Now().Add(-2 * time.Hour)
		c.AddMetrics(m)
		c.Observe(m.Namespace, m.Name, m.Dimensions, m.Last, 1)
	}
	for _, stage := range []string{"staging", "production"} {
		c.SetTopic(cloud.Topic{Name: "lego-api-serverless-alerts-" + stage, Subscriptions: []cloud.Subscription{{Protocol: "email", Endpoint: "devops@lego.example.com"}}})
	}
	c.SetAlarms(cloud.Alarm{Name: "LEGO-API-staging-errors", State: "OK"}, cloud.Alarm{Name: "LEGO-API-production-errors", State: "OK"})
	for _, tag := range []string{"Project", "Environment"} {
		c.CostTag(tag, "Active")
	}
	c.TransactionSearch(5, false, 0)
}

// point lets the record lead somewhere.
func (w *world) point(target string, ttl int) {
	w.cloud.SetRecords(zone, cloud.RecordSet{Name: record, Type: "CNAME", TTL: &ttl, Values: []string{target}})
}

// run starts the binary against the world and reads its result.
func (w *world) run(more ...string) (doctor.Result, processtest.Outcome) {
	w.t.Helper()
	w.hub.Set(w.set)
	w.cloud.Keep(bucket, w.kept)
	w.slack = slacktest.New(w.space)
	serve := func(name string, h http.Handler) string {
		if slices.Contains(w.silent, name) {
			h = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		}
		s := httptest.NewServer(h)
		w.t.Cleanup(s.CloseClientConnections)
		return s.URL
	}
	vars, err := json.Marshal(w.vars)
	if err != nil {
		w.t.Fatal(err)
	}
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + serve("aws", w.cloud), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret-of-aws",
		"AWS_EC2_METADATA_DISABLED=true", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_RUN_ATTEMPT=1", "GITHUB_REPOSITORY=lego/api",
		"GITHUB_API_URL=" + serve("github", w.hub.Handler()), "SLACK_API_URL=" + serve("slack", w.slack) + "/api/",
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
		"INPUT_TOKEN=" + hubToken, "INPUT_SLACK_TOKEN=" + botToken,
	}
	args := []string{"--dir", w.folder, "--format", "json"}
	if !slices.Contains(more, "--timeout") {
		args = append(args, "--timeout", "20s")
	}
	if w.vars != nil {
		args = append(args, "--variables", string(vars))
	} else {
		args = append(args, "--bucket", bucket)
	}
	got := processtest.Run(w.t, binary, w.folder, w.env, append(args, more...)...)
	if unknown := append(w.cloud.Unknown(), w.hub.Told().Unknown...); len(unknown) > 0 {
		w.t.Errorf("calls that nobody knows: %v", unknown)
	}
	told := got.Stdout + got.Stderr + w.read("output") + w.read("summary") + w.read("out/doctor.html")
	for _, secret := range []string{hubToken, botToken, "the-secret-of-aws"} {
		if strings.Contains(strings.ReplaceAll(told, "::add-mask::"+secret, ""), secret) {
			w.t.Errorf("a secret shows:\n%s", told)
		}
	}
	var r doctor.Result
	if err := schema(w.t).Check(got.Stdout); err != nil {
		w.t.Fatalf("%v\n%s%s", err, got.Stdout, got.Stderr)
	}
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	return r, got
}

func (w *world) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(w.folder, name)) // absent reads as empty
	return string(text)
}

// hold holds what was called against what is allowed.
func (w *world) hold(options ...string) {
	iamtest.Hold(w.t, "doctor", iam.Settings{App: "lego-api", Project: "LEGO-API", Stage: "production", Archive: bucket, Zone: zone, Record: record, Options: options}, w.cloud.Calls())
}

// red holds that one row is as it should be, and every other passes or was not
// looked at because of it.
func (w *world) red(r doctor.Result, name string, want verdict.Verdict, seen, mend string) {
	w.t.Helper()
	dark, found := []string{name}, name == ""
	for _, row := range r.Rows {
		switch {
		case row.Check == name:
			found = true
			if row.Verdict != want || !strings.Contains(row.Observed, seen) || !strings.Contains(strings.Join(row.Mend, "\n")+row.Step, mend) {
				w.t.Errorf("%s: %s %q, %q, %q", name, row.Verdict, row.Observed, row.Mend, row.Step)
			}
		case row.Missing != "" && slices.Contains(dark, row.Missing):
			dark = append(dark, row.Check)
			if row.Verdict != verdict.Inconclusive {
				w.t.Errorf("%s: %s %q", row.Check, row.Verdict, row.Observed)
			}
		case row.Verdict != verdict.Pass:
			w.t.Errorf("%s: %s %q", row.Check, row.Verdict, row.Observed)
		}
	}
	if !found {
		w.t.Errorf("there is no row %s", name)
	}
}

// runRaw runs without reading a result.
func runRaw(w *world, args ...string) (string, int) {
	got := processtest.Run(w.t, binary, w.folder, []string{"HOME=" + w.folder}, args...)
	return got.Stdout + got.Stderr, got.Code
}
