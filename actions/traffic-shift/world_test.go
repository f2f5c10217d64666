package main

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/slack/slacktest"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "traffic-shift", &binary, func() { program() }), map[string]string{
		"route53:GetHostedZone": "asked only where the record is missing, to say whose zone it is: held by the tests of faults",
		"s3:ListBucket":         "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
	}))
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/traffic-shift.schema.json", "traffic-shift result",
		"What traffic-shift --format json prints: a command fills in its own part.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

const (
	zone     = "Z0123456789ABCDEFGHIJ"
	record   = "api.lego.example.com"
	blueHost = "lego-api-1234567890.us-east-1.elb.amazonaws.com"
	greenAPI = "d-a1b2c3d4e5.execute-api.us-east-1.amazonaws.com"
)

// world is a stage before its cutover: blue has everything, green is deployed
// and unused, both are measured.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	github *loopback.Server
	slack  *slacktest.Server
	env    []string
	folder string
	// named is the stage, production unless set.
	named string
	// blue and green answer with these; 0 is 200.
	blue, green atomic.Int32
	// used publishes what green has used in a minute; nil for nothing.
	used func(at time.Time, f traffic)

	mu    sync.Mutex
	at    time.Time
	speed float64
	since time.Time
}

// noon is when a world begins, by AWS's clock.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// newWorld has had few users in the hour before.
func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldAfter(t, traffic{blue: 120, green: 60})
}

// newWorldAfter is one in which users did this in each minute of the hour before.
func newWorldAfter(t *testing.T, usual traffic) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New("state"), folder: t.TempDir(), at: noon, since: time.Now()}
	w.cloud.Time(w.now)
	w.cloud.PageRoute53(100)
	w.cloud.Bucket("releases")
	aws := httptest.NewServer(w.cloud)
	t.Cleanup(aws.Close)
	var err error
	if w.github, err = loopback.New("the-github-token", t.TempDir()); err != nil {
		t.Fatal(err)
	}
	address, err := w.github.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.github.Close() })
	w.github.Update(func(r *loopback.Run) {
		*r = loopback.Run{ID: 4711, Repository: "lego/api", SHA: strings.Repeat("a", 40)}
	})
	w.slack = slacktest.New(slacktest.Workspace{Token: "xoxb-the-slack-token", Channels: []slacktest.Channel{{ID: "C0123456789", Name: "lego-deployments", Member: true}}})
	talk := httptest.NewServer(w.slack)
	t.Cleanup(talk.Close)
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=2", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_RUN_ATTEMPT=1", "GITHUB_REF_NAME=main",
		"GITHUB_ACTOR=octocat", "GITHUB_SHA=" + strings.Repeat("a", 40), "GITHUB_REPOSITORY=lego/api", "GITHUB_API_URL=" + address, "SLACK_API_URL=" + talk.URL + "/",
		"GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	w.write("cutover.yaml", w.config())
	w.stage()
	for m := range 60 {
		w.measure(noon.Add(time.Duration(m-60)*time.Minute), usual)
	}
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return w
}

// side is one side's direct address.
func (w *world) side(status *atomic.Int32) string {
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		if code := status.Load(); code != 0 {
			out.WriteHeader(int(code))
		}
		_, _ = io.WriteString(out, `{"status":"ok"}`)
	}))
	w.t.Cleanup(s.Close)
	return s.URL
}

// config has short phases, so that a test sees all of them.
func (w *world) config() string {
	return fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages:
  production: {url: https://%s, approval: required}
traffic:
  record: %s
  hosted_zone: %s
  blue:
    target: %s
    alias_zone: Z35SXDOTRQ7X7K
    direct: %s
    load_balancer: app/lego-api/50dc6c495c0c9188
    target_group: targetgroup/lego-api/73e2d6bc24d8a067
  green:
    target: %s
    alias_zone: Z1UJRXOUMOOFQ8
    direct: %s
    api: {type: http, name: a1b2c3d4e5}
  phases:
    - {weight: 10%%, hold: 15 m}
    - {weight: 50%%, hold: 15 m}
    - {weight: 100%%, hold: 15 m, approval: required}
  preflight:
    largest_upload: 4 MB
    accept: {migrations: the schema has not changed, connections/unseen-database: there is no database here}
slack: {channel: "#lego-deployments"}
legacy: {cluster: lego-api, service: lego-api}
`, record, record, zone, blueHost, w.side(&w.blue), greenAPI, strings.Replace(w.side(&w.green), "127.0.0.1", "localhost", 1))
}

// stage is what stands at AWS: the record, the fleet, the alarms.
func (w *world) stage() {
	w.cloud.SetZone(zone, "lego.example.com", false)
	var sets []cloud.RecordSet
	for _, kind := range []string{"A", "AAAA"} {
		sets = append(sets, cloud.RecordSet{Name: record, Type: kind, AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "dualstack." + blueHost, EvaluateTargetHealth: true}})
	}
	w.cloud.SetRecords(zone, sets...)
	w.cloud.ProbeEndpoints(func(string, string) bool { return w.green.Load() == 0 })
	w.cloud.SetRules(cloud.EventRule{Bus: "default", Name: "nightly", Schedule: "rate(1 day)", Targets: []string{"arn:aws:ecs:us-east-1:" + cloud.Account + ":cluster/lego-api"}})
	w.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: 2, Running: 2})
	w.cloud.SetScaling("lego-api", "lego-api", &cloud.Scalable{Min: 1, Max: 10})
	const function = "lego-api-production-api"
	w.cloud.Function(function, cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 29})
	w.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:"+function, map[string]string{"sst:app": "lego-api", "sst:stage": "production"})
	w.watched("production")
}

// watched makes the alarms that green's health check looks at.
func (w *world) watched(stage string) {
	w.cloud.SetAlarm(monitoring.VerdictAlarm("LEGO-API", stage), cloud.Stream{
		Namespace: monitoring.VerdictNamespace, Metric: monitoring.VerdictMetric, Dimensions: map[string]string{"Project": "LEGO-API", "Stage": stage},
		Statistic: "Minimum", Period: time.Minute, Periods: 1, Operator: "LessThanThreshold", Threshold: 1, Missing: "missing",
	})
	w.cloud.SetAlarm(monitoring.ErrorsAlarm("LEGO-API", stage), cloud.Stream{
		Namespace: "AWS/ApiGateway", Metric: "5xx", Dimensions: map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"},
		Statistic: "Average", Period: time.Minute, Periods: 3, Operator: "GreaterThanThreshold", Threshold: 0.1, Missing: "missing",
	})
}

// traffic is what both sides got in a minute; bad of green's requests fail.
type traffic struct{ blue, green, bad, blueBad int }

// measure lets CloudWatch have a minute: all values of a metric at once, which takes
// a tenth of the time of one after the other.
func (w *world) measure(at time.Time, f traffic) {
	balancer := map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188", "TargetGroup": "targetgroup/lego-api/73e2d6bc24d8a067"}
	api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
	all := func(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }
	w.cloud.Observe("AWS/ApplicationELB", "HealthyHostCount", balancer, at, 4)
	w.cloud.Observe("AWS/ApplicationELB", "RequestCount", balancer, at, all(f.blue, 1)...)
	w.cloud.Observe("AWS/ApplicationELB", "TargetResponseTime", balancer, at, all(f.blue, 0.12)...)
	w.cloud.Observe("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", balancer, at, all(f.blueBad, 1)...)
	w.cloud.Observe("AWS/ApiGateway", "Count", api, at, all(f.green, 1)...)
	w.cloud.Observe("AWS/ApiGateway", "Latency", api, at, all(f.green, 90)...)
	w.cloud.Observe("AWS/ApiGateway", "5xx", api, at, append(all(f.bad, 1), all(f.green-f.bad, 0)...)...)
	w.cloud.Observe("AWS/ApiGateway", "4xx", api, at, all(f.green, 0)...)
	w.cloud.Observe("AWS/Lambda", "Invocations", nil, at, all(f.green, 1)...)
	w.cloud.Observe("AWS/Lambda", "Throttles", nil, at, all(f.green, 0)...)
	if w.used != nil {
		w.used(at, f)
	}
}

// now is AWS's time.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at.Add(time.Duration(float64(time.Since(w.since)) * w.speed))
}

// run lets AWS's time pass, so many times as fast as here; 0 stops it.
func (w *world) run(speed float64) {
	now := w.now()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at, w.since, w.speed = now, time.Now(), speed
}

// pass lets a minute pass in which users did this.
func (w *world) pass(f traffic) {
	w.measure(w.now().Truncate(time.Minute), f)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(time.Minute)
}

// flow lets a minute pass in which total requests went where the record led.
func (w *world) flow(total int, fault func(green int) (bad int)) {
	share := 0.0
	for target, part := range w.cloud.Resolve(record, "A") {
		if strings.Contains(target, "execute-api") {
			share = part
		}
	}
	green := int(share*float64(total) + 0.5)
	// Route 53's fifteen checkers ask green every 30 seconds too.
	f := traffic{green: green + 30, blue: total - green}
	if fault != nil {
		f.bad = fault(green)
	}
	w.pass(f)
}

func (w *world) write(name, text string) { w.t.Helper(); processtest.Write(w.t, w.folder, name, text) }

// args are a command's, with what every run has.
func (w *world) args(command string, more ...string) []string {
	return processtest.Args(append([]string{"--command", command}, more...), [][2]string{
		{"--bucket", "releases"}, {"--every", "1s"}, {"--format", "json"}, {"--token", "the-github-token"}, {"--slack-token", "xoxb-the-slack-token"}, {"--workflow", "traffic-watch.yml"},
	}...)
}

// shift runs the action and holds what every run must keep.
func (w *world) shift(command string, more ...string) (result, processtest.Outcome) {
	w.t.Helper()
	from := len(w.cloud.Calls())
	got := processtest.Run(w.t, binary, w.folder, w.env, w.args(command, more...)...)
	w.held(command, got, w.cloud.Calls()[from:])
	var r result
	if got.Stdout != "" && !strings.Contains(got.Stdout, `"errors": [`) { // a refusal before anything was looked at
		if err := schema(w.t).Check(got.Stdout); err != nil {
			w.t.Fatalf("%s: %v\n%s%s", command, err, got.Stdout, got.Stderr)
		}
		if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
			w.t.Fatal(err)
		}
	}
	return r, got
}

// held looks at what no run may do: call what its role has not, or tell a secret.
func (w *world) held(command string, got processtest.Outcome, calls []cloud.Call) {
	w.t.Helper()
	settings := iam.Settings{
		Account: cloud.Account, Region: cloud.Region, App: "lego-api", Stage: cmp.Or(w.named, "production"), Project: "LEGO-API", Archive: "releases", State: "state",
		Zone: zone, Record: record, Types: []string{"A", "AAAA"}, Legacy: iam.Legacy{Cluster: "lego-api", Service: "lego-api"},
	}
	if slices.Contains(commands, command) {
		iamtest.Hold(w.t, "traffic-shift", settings, calls, together(command)...)
	}
	summary, _ := os.ReadFile(filepath.Join(w.folder, "summary"))
	output, _ := os.ReadFile(filepath.Join(w.folder, "output"))
	masked := regexp.MustCompile("(?m)^::add-mask::.*$").ReplaceAllString(got.Stdout+got.Stderr, "")
	for _, secret := range []string{"the-secret", "the-github-token", "the-slack-token"} {
		if strings.Contains(masked+string(summary)+string(output), secret) {
			w.t.Errorf("%s tells %s", command, secret)
		}
	}
}

// together are the commands that may do what this one may: every order is a tick.
func together(command string) []string {
	orders := []string{cmdStart, cmdTick, cmdRollback, cmdFinish, "approve", "promote", "pause", "resume"}
	if slices.Contains(orders, command) {
		return orders
	}
	return []string{command}
}

// must is a run that ends with this code.
func (w *world) must(code int, command string, more ...string) result {
	w.t.Helper()
	r, got := w.shift(command, more...)
	if got.Code != code {
		w.t.Fatalf("%s %v: exit %d, not %d\n%s\n%s", command, more, got.Code, code, got.Stdout, got.Stderr)
	}
	return r
}

// weights of the record as they stand, by type.
func (w *world) weights() map[string]string {
	all := map[string]string{}
	for _, s := range w.cloud.Records(zone) {
		if s.Weight == nil {
			all[s.Type] += "simple"
			continue
		}
		side := "blue"
		if strings.Contains(s.AliasTarget.DNSName, "execute-api") {
			side = "green"
		}
		all[s.Type] += fmt.Sprintf("%s %d ", side, *s.Weight)
	}
	return all
}

// ready brings a world to where a rollout may begin.
func (w *world) ready() {
	w.t.Helper()
	w.must(0, cmdPrepare, "--apply", "--terraform", "none")
	w.run(300)
	w.must(0, cmdBaseline, "--for", "1s")
	w.run(0)
	w.must(0, cmdPreflight)
}

// begin starts a rollout; AWS's time passes while the data plane is rehearsed.
func (w *world) begin() result {
	w.t.Helper()
	w.run(300)
	defer w.run(0)
	return w.must(0, cmdStart, "--reason", "it is time")
}
