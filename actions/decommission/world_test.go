package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	ggcr "github.com/google/go-containerregistry/pkg/registry"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "decommission", &binary, func() { program() }), map[string]string{
		"ecr:BatchCheckLayerAvailability": heldByRegistry, "ecr:BatchGetImage": heldByRegistry, "ecr:GetDownloadUrlForLayer": heldByRegistry,
		"ecr:CompleteLayerUpload": heldByRegistry, "ecr:InitiateLayerUpload": heldByRegistry, "ecr:PutImage": heldByRegistry, "ecr:UploadLayerPart": heldByRegistry,
		"s3:AbortMultipartUpload": "only an image of more than 5 GiB is sent in parts: held by the tests of the shelf",
		"s3:ListBucket":           "with it S3 says 404 where nothing is, and without it 403; the cloud in memory always says 404",
	}))
}

const heldByRegistry = "the registry of these tests is no AWS, and asks for no permission: held by the tests of internal/adapter/registry"

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../schemas/decommission.schema.json", "decommission result",
		"What decommission --format json prints: a command fills in its own part.", result{}, *update)
}

func TestSchemaIsCurrent(t *testing.T) { schema(t) }

const (
	bucket = "releases"
	token  = "ghs-the-secret"
	ada    = "ada-lovelace"
	folder = "cutover/retire/production/"
)

// noon is when a world begins, by AWS's clock.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is a stage whose rollout is over: green has had everything since noon, and
// the old side stands as [cloud.Cloud.Lego] makes it.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	github *loopback.Server
	env    []string
	folder string
	owned  bool
	logs   bool   // log groups go too
	green  string // its address
	soak   string
	hold   string
	policy *rollout.Policy // of cutover.yaml, once it was read

	mu   sync.Mutex
	at   time.Time
	sick bool // green's endpoints fail
	// kept is what has changed this world, where somebody keeps it; see way_test.go.
	kept *deeds
	// gate is asked for each request of the program; nil lets all pass.
	gate func(server string, r *http.Request, body string) int
	// balancer is how many requests a minute blue's load balancer gets.
	balancer int
	// bad of green's 120 requests a minute fail.
	bad int
	// quiet says that nobody watches: no figures, no rollout's ticks.
	quiet bool
}

// newWorld waits as long as cutover.yaml does unless told otherwise; shortWorld is
// for whoever looks at something else.
func newWorld(t *testing.T, owned bool) *world {
	t.Helper()
	return makeWorld(t, owned, "7 days", "48 h")
}

func shortWorld(t *testing.T, owned bool) *world {
	t.Helper()
	return makeWorld(t, owned, "24 h", "1 h")
}

func makeWorld(t *testing.T, owned bool, soak, hold string) *world {
	t.Helper()
	w := &world{t: t, cloud: cloud.New(bucket), folder: t.TempDir(), at: noon, owned: owned, balancer: 3, soak: soak, hold: hold}
	w.cloud.Time(w.now)
	w.cloud.Lego(owned)
	w.cloud.SetAlarms(append(w.cloud.Alarms(), cloud.Alarm{Name: monitoring.ErrorsAlarm("LEGO-API", "production"), State: "OK"})...)
	aws := w.serve("aws", w.keeping(w.cloud))
	registry := httptest.NewServer(ggcr.New(ggcr.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(registry.Close)
	w.images(registry.URL)
	var err error
	if w.github, err = loopback.New(token, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	w.github.Update(func(r *loopback.Run) { r.ID, r.Repository = 4711, "o/r" })
	hub := w.serve("github", w.github.Handler())
	green := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		if w.locked(func() bool { return w.sick }) {
			out.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(out, `{"status":"ok"}`)
	}))
	t.Cleanup(green.Close)
	w.green = green.URL
	w.env = []string{
		"HOME=" + w.folder, "AWS_ENDPOINT_URL=" + aws, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY=aws-the-secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=2", "GITHUB_ACTIONS=true", "GITHUB_RUN_ID=4711", "GITHUB_REPOSITORY=o/r", "GITHUB_API_URL=" + hub,
		"GITHUB_ACTOR=octocat", "GITHUB_OUTPUT=" + filepath.Join(w.folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(w.folder, "summary"),
	}
	w.write("cutover.yaml", w.config())
	w.write("docs/architecture.md", "# How it runs\n\n<!-- cutover:ecs -->\nUntil March: two tasks on ECS.\n<!-- end -->\n\nLambda.\n")
	w.write("README.md", "Nothing of the old side.\n")
	w.decide("proceed")
	w.rolled()
	t.Cleanup(func() {
		if unknown := w.cloud.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return w
}

func (w *world) locked(f func() bool) bool { w.mu.Lock(); defer w.mu.Unlock(); return f() }

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

// serve puts the gate before a server: whoever is killed at a request has it
// carried out, or not, and never hears of it.
func (w *world) serve(name string, server http.Handler) string {
	s := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		gate := w.gate
		w.mu.Unlock()
		if gate == nil {
			server.ServeHTTP(out, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		again := func() io.ReadCloser { return io.NopCloser(strings.NewReader(string(body))) }
		r.Body = again()
		switch gate(name, r, string(body)) {
		case killBefore:
			panic(http.ErrAbortHandler)
		case killAfter:
			r.Body = again()
			server.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		default:
			r.Body = again()
			server.ServeHTTP(out, r)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	w.t.Cleanup(s.Close)
	return s.URL
}

// What a gate does with a request.
const (
	pass = iota
	killBefore
	killAfter
)

func (w *world) config() string {
	stack := ""
	if w.owned {
		stack = "\n  stack: " + cloud.LegoStack
	}
	return fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages:
  production: {url: https://api.example.com, approval: required}
traffic:
  record: api.example.com
  hosted_zone: %s
  blue:
    target: %s
    alias_zone: Z35SXDOTRQ7X7K
    direct: https://blue.example.com
    load_balancer: %s
    target_group: %s
  green:
    target: d-1.execute-api.us-east-1.amazonaws.com
    alias_zone: Z1UJRXOUMOOFQ8
    direct: https://green.example.com
    api: {type: http, name: a1b2c3d4e5}
legacy:
  cluster: lego-api
  service: web%s
  load_balancer: %s
  target_groups: [%s, %s]
  repositories: [lego-api]
  soak: %s
  hold: %s
`, cloud.LegoZone, cloud.LegoDNS, cloud.LegoBalancer, cloud.LegoGroup, stack, cloud.LegoBalancer, cloud.LegoGroup, cloud.LegoCanary, w.soak, w.hold)
}

func (w *world) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.folder, name)
	_ = os.MkdirAll(filepath.Dir(path), 0o700)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(w.folder, name)) // absent reads as empty
	return string(text)
}

// images pushes two images that share a layer into the registry, and lists them.
func (w *world) images(address string) {
	w.t.Helper()
	put := func(path, kind string, body []byte) string {
		sum := sha256.Sum256(body)
		digest := "sha256:" + hex.EncodeToString(sum[:])
		url := address + "/v2/lego-api/" + path
		method := http.MethodPut
		if kind == "" {
			url, method = address+"/v2/lego-api/blobs/uploads/?digest="+digest, http.MethodPost
		}
		r, err := http.NewRequestWithContext(w.t.Context(), method, url, strings.NewReader(string(body)))
		if err != nil {
			w.t.Fatal(err)
		}
		r.Header.Set("Content-Type", kind)
		out, err := http.DefaultClient.Do(r)
		if err != nil || out.StatusCode != http.StatusCreated {
			w.t.Fatal(err, out)
		}
		_ = out.Body.Close()
		return digest
	}
	describe := func(kind, digest string, n int) map[string]any {
		return map[string]any{"mediaType": kind, "digest": digest, "size": n}
	}
	layer := []byte("a layer that both have")
	shared := put("", "", layer)
	var listed []cloud.ECRImage
	for _, tag := range []string{"v1", "v2"} {
		settings := []byte(`{"architecture":"arm64","os":"linux","config":{"Labels":{"v":"` + tag + `"}}}`)
		const manifest = "application/vnd.oci.image.manifest.v1+json"
		text, _ := json.Marshal(map[string]any{
			"schemaVersion": 2, "mediaType": manifest, "config": describe("application/vnd.oci.image.config.v1+json", put("", "", settings), len(settings)),
			"layers": []any{describe("application/vnd.oci.image.layer.v1.tar", shared, len(layer))},
		})
		listed = append(listed, cloud.ECRImage{Digest: put("manifests/"+tag, manifest, text), Tags: []string{tag}, MediaType: manifest})
	}
	w.cloud.SetECR("lego-api", listed...)
	w.cloud.SetRegistry(address, "the-registry-secret", time.Now().Add(12*time.Hour))
}

// decide keeps a decision as cutover-report does.
func (w *world) decide(what string) {
	sum := func(text string) string { s := sha256.Sum256([]byte(text)); return hex.EncodeToString(s[:]) }
	report, record := `{"rows":[]}`, "# Decision\n"
	text, _ := json.Marshal(decision{1, "LEGO-API", "production", what, sum(report), sum(record), ada, noon, "decision/production/" + sum(report) + ".json", "decision/production/" + sum(record) + ".md"})
	w.cloud.Put("cutover/decision/production.json", string(text))
	w.cloud.Put("cutover/decision/production/"+sum(report)+".json", report)
	w.cloud.Put("cutover/decision/production/"+sum(record)+".md", record)
}

// rolled writes the rollout's state as traffic-shift leaves it: soaking since noon,
// proved, watched until now.
func (w *world) rolled() {
	w.t.Helper()
	if w.policy == nil { // which no test changes
		file, err := config.Load(filepath.Join(w.folder, "cutover.yaml"))
		if err != nil {
			w.t.Fatal(err)
		}
		p := rollout.NewPolicy(*file.Traffic, file.SLOs)
		w.policy = &p
	}
	p := *w.policy
	ledger := judge.Open(p.Rules, 1, 60, noon.Add(-time.Hour), nil)
	for _, track := range ledger.Tracks {
		track.Total, track.EffectiveTotal = 1_000_000, 1_000_000
	}
	ledger.Through = w.now().Add(-3 * time.Minute).Truncate(time.Minute)
	s := rollout.New(p)
	s.Step, s.Phase, s.Weight, s.Attempt = rollout.Soaking, 2, unit.Full, 1
	s.Clock, s.Risen, s.Settled, s.Ledger = w.now(), noon.Add(-time.Minute), noon, &ledger
	text, err := json.Marshal(s)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := rollout.ParseState(text); err != nil {
		w.t.Fatal(err)
	}
	w.cloud.Put("cutover/rollout/production/state.json", string(text))
}

// pass lets time pass, minute by minute, with users on green.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.kept.add(deed{passes: d})
	api, elb := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}, map[string]string{"LoadBalancer": cloud.LegoBalancer}
	blue := w.balancer > 0 && len(w.cloud.Resolve("api.example.com", "A")) > 0 && w.led()
	for range int(d / time.Minute) {
		at := w.now().Truncate(time.Minute)
		if !w.quiet {
			w.cloud.Observe("AWS/ApiGateway", "Count", api, at, 120)
			w.cloud.Observe("AWS/ApiGateway", "5xx", api, at, float64(w.bad))
			w.cloud.Observe("AWS/ApiGateway", "4xx", api, at, 0)
			w.cloud.Observe("AWS/ApiGateway", "Latency", api, at, 90)
		}
		if blue {
			w.cloud.Observe("AWS/ApplicationELB", "RequestCount", elb, at, float64(w.balancer))
		}
		w.mu.Lock()
		w.at = w.at.Add(time.Minute)
		w.mu.Unlock()
	}
	w.cloud.Old(func(o *cloud.OldSide) { o.Drained() })
	if !w.quiet {
		w.rolled()
	}
}

// led says whether any record still leads to blue.
func (w *world) led() bool {
	return slices.ContainsFunc(w.cloud.Records(cloud.LegoZone), func(s cloud.RecordSet) bool {
		return s.AliasTarget != nil && strings.Contains(s.AliasTarget.DNSName, cloud.LegoDNS)
	})
}

// args are a command's, with what every run has.
func (w *world) args(command string, more ...string) []string {
	args := append([]string{"--command", command}, more...)
	defaults := [][2]string{{"--bucket", bucket}, {"--url", w.green}, {"--every", "20ms"}, {"--format", "json"}}
	if slices.Contains([]string{cmdApprove, cmdApply, cmdTick}, command) {
		defaults = append(defaults, [2]string{"--token", token})
	}
	for _, d := range defaults {
		if i := slices.Index(args, d[0]); i < 0 {
			args = append(args, d[0], d[1])
		} else if args[i+1] == "-" { // none
			args = slices.Delete(args, i, i+2)
		}
	}
	return args
}

// do runs the action.
func (w *world) do(command string, more ...string) (result, processtest.Outcome) {
	w.t.Helper()
	for _, name := range []string{"output", "summary"} {
		_ = os.Remove(filepath.Join(w.folder, name))
	}
	from := len(w.cloud.Calls())
	got := processtest.Run(w.t, binary, w.folder, w.env, w.args(command, more...)...)
	if slices.Contains(commands, command) {
		held := []string{command}
		if command == cmdApply || command == cmdTick {
			held = []string{cmdApply, cmdTick} // one goes on where the other one was
		}
		iamtest.Hold(w.t, "decommission", w.rights(), w.cloud.Calls()[from:], held...)
	}
	shown := got.Stdout + strings.ReplaceAll(got.Stderr, "::add-mask::"+token, "") + w.read("output") + w.read("summary")
	if strings.Contains(shown, "the-secret") || strings.Contains(shown, "the-registry-secret") {
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

// rights are what the role's policy is made of.
func (w *world) rights() iam.Settings {
	s := iam.Settings{
		Account: cloud.Account, Region: cloud.Region, App: "lego-api", Stage: "production", Project: "LEGO-API", Archive: bucket, Zone: cloud.LegoZone, Record: "api.example.com", Types: []string{"A", "AAAA"},
		Legacy: iam.Legacy{Cluster: "lego-api", Service: "web", LoadBalancer: cloud.LegoBalancer, TargetGroups: []string{cloud.LegoGroup, cloud.LegoCanary}, Repositories: []string{"lego-api"}},
	}
	if w.owned {
		s.Legacy.Stack = cloud.LegoStack
	}
	s.Legacy.DeletesLogs = w.logs
	return s
}

// must is a run that ends with this code.
func (w *world) must(code int, command string, more ...string) result {
	w.t.Helper()
	r, got := w.do(command, more...)
	if got.Code != code {
		w.t.Fatalf("%s %v: exit %d, not %d\n%s\n%s", command, more, got.Code, code, got.Stdout, got.Stderr)
	}
	return r
}

// approved plans and approves.
func (w *world) approved() result {
	w.t.Helper()
	p := w.must(0, cmdPlan)
	w.github.Approve(loopback.Approval{Environment: "production-retire", User: ada, State: "approved"})
	w.must(0, cmdApprove, "--plan", p.Plan, "--account", cloud.Account, "--name", w.name())
	return p
}

func (w *world) name() string {
	if w.owned {
		return cloud.LegoStack
	}
	return "web"
}

// state is what is stored.
func (w *world) state() (s retire.State) {
	w.t.Helper()
	if err := json.Unmarshal([]byte(w.cloud.Get(folder+"state.json")), &s); err != nil {
		w.t.Fatal(err)
	}
	return s
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

// begun is a world whose soak is over, with a plan that was approved and begun.
func (w *world) begun() result {
	w.t.Helper()
	w.pass(25 * time.Hour)
	p := w.approved()
	w.must(0, cmdApply)
	return p
}

// until ticks until a step is reached, as a schedule would.
func (w *world) until(step retire.Step) (r result) {
	w.t.Helper()
	for range 60 {
		if r = w.must(0, cmdTick); r.Step == string(step) {
			return r
		}
		next := time.Minute
		if r.Wait != nil && r.Wait.Until != nil && r.Wait.Until.Sub(w.now()) > next {
			next = min(r.Wait.Until.Sub(w.now()).Truncate(time.Minute)+time.Minute, 6*time.Hour)
		}
		w.pass(next)
	}
	w.t.Fatalf("it never came to %s: %+v", step, r)
	return r
}

// left are the things that nobody planned to delete, as the server has them.
func (w *world) left() []string {
	var all []string
	w.cloud.Old(func(o *cloud.OldSide) {
		all = append(all, o.Balancers()...)
		all = append(all, o.TargetGroups()...)
		all = append(all, o.SecurityGroups()...)
		all = append(all, o.Definitions()...)
	})
	return all
}

// planned holds that nothing went that does not stand in the plan, whatever was
// killed: each deletion that the server has heard of is held against it.
func (w *world) planned(p result) {
	w.t.Helper()
	for _, c := range w.cloud.Calls() {
		_, verb, _ := strings.Cut(c.Action, ":")
		if !strings.HasPrefix(verb, "Delete") && !strings.HasPrefix(verb, "Deregister") {
			continue
		}
		if !slices.ContainsFunc(p.Targets, func(t target) bool {
			return t.ARN == c.Resource || strings.TrimSuffix(c.Resource, ":*") == t.ARN || strings.HasSuffix(c.Resource, "/*") && strings.HasPrefix(t.ARN, strings.TrimSuffix(c.Resource, "*")) || c.Resource == "*" && verb == "DeregisterTaskDefinition" || verb == "DeregisterScalableTarget" && t.Kind == "scaling.target"
		}) {
			w.t.Errorf("%s of %s, which no plan has", c.Action, c.Resource)
		}
	}
	for _, stays := range []string{"loadbalancer/app/other/50dc6c495c0c9199", "sg-0db0", "sg-0fff", "web-other:1"} {
		if !slices.Contains(w.left(), stays) {
			w.t.Errorf("%s is gone: %v", stays, w.left())
		}
	}
}
