package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// From requests to a map that the next check is compared with.
//
// Shows: 5.3.6, 5.3.10
func TestATracedStage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.TraceDelay(time.Second, time.Second)
	args := []string{"--bucket", "releases", "--report", "out/traces.html", "--map", "out/map.json", "--wait", "15s"}
	r, got := w.run(args...)
	if got.Code != 0 || r.Verdict != verdict.Pass || r.Sent != 16 || r.Found != 8 || r.Missing != 0 || r.Difference != nil || r.Run != "run-4711-1-staging" {
		t.Fatalf("%d\n%s\n%s", got.Code, got.Stdout, got.Stderr)
	}
	for name, want := range map[string]string{
		"verdict": "pass", "found": "8", "missing": "0", "edges-new": "0", "edges-lost": "0", "map": "s3://releases/" + kept, "report": "out/traces.html", "console-url": r.ConsoleURL, "lead": r.Lead,
	} {
		if got := w.output(name); got != want {
			t.Errorf("output %s: %q, not %q", name, got, want)
		}
	}
	if !strings.Contains(w.read("summary"), "```mermaid") || !strings.Contains(w.read("summary"), "functions") || !strings.Contains(w.read("out/traces.html"), "<svg") || strings.Contains(w.read("out/traces.html"), "<script src") {
		t.Error("summary or page lack the map")
	}
	if !strings.HasPrefix(r.ConsoleURL, "https://console.aws.amazon.com/") || r.Lead == "" {
		t.Errorf("%q, %q", r.ConsoleURL, r.Lead)
	}
	stored := w.cloud.In("releases", kept)
	if m, err := trace.ParseMap("map", []byte(stored)); err != nil || m.Stage != "staging" || stored != w.read("out/map.json") {
		t.Errorf("%v: %s", err, stored)
	}
	if !strings.Contains(got.Stderr, "16 traces found of 16 requests") {
		t.Errorf("no progress: %s", got.Stderr)
	}

	// The same attempt once more makes nothing twice.
	_, creations := w.stage.counts()
	r, got = w.run(args...)
	if _, made := w.stage.counts(); got.Code != 0 || r.Difference == nil || len(r.Difference.NewCalls)+len(r.Difference.LostCalls) != 0 || made != creations {
		t.Errorf("%d, %+v, %d made\n%s", got.Code, r.Difference, made, got.Stderr)
	}

	// Another deployment later, nobody expects Redis but the last map.
	w = newWorld(t)
	w.cloud.Put(kept, stored)
	w.stage.set(func(s *stage) { s.without = []string{"Redis"} })
	w.write("cutover.yaml", strings.Replace(configuration, "reaches: [Redis, RDS]", "reaches: [RDS]", 1))
	r, got = w.run(args...)
	if got.Code != 0 || w.output("edges-lost") != "1" || w.output("edges-new") != "0" || !strings.Contains(got.Stdout+got.Stderr, "does not call Redis any more") {
		t.Errorf("%d, %+v\n%s", got.Code, r.Difference, got.Stderr)
	}
	w.stage.set(func(s *stage) { s.without = nil })
	if r, got = w.run(args...); got.Code != 0 || w.output("edges-new") != "1" || w.output("edges-lost") != "0" {
		t.Errorf("%d, %+v", got.Code, r.Difference)
	}
}

// Whatever is missing turns its row, and the check, whether it is a no or cannot
// be known; and the last good map stays.
//
// Shows: 5.3.1, 5.3.7
func TestAStageThatIsNotTraced(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set     func(*world)
		args    []string
		code    int
		row     string
		state   trace.State
		verdict verdict.Verdict
	}{
		"a function passes through": {func(w *world) { w.cloud.PassThrough("lego-api-staging-get-moc") }, nil, 1, "functions_active", trace.StateFail, verdict.Fail},
		"annotations are lost":      {func(w *world) { w.cloud.LoseAnnotations("userId") }, nil, 1, "annotation: userId", trace.StateMissing, verdict.Fail},
		"a store is lost":           {func(w *world) { w.cloud.LoseNodes("RDS") }, nil, 1, "node: RDS", trace.StateMissing, verdict.Fail},
		"the gateway is lost":       {func(w *world) { w.cloud.LoseNodes("AWS::ApiGateway::Stage") }, nil, 1, "node: API Gateway", trace.StateMissing, verdict.Fail},
		"nothing is sent":           {func(w *world) { w.stage.set(func(s *stage) { s.silent = true }) }, nil, 1, "traces_found", trace.StateMissing, verdict.Fail},
		"half of it is dropped":     {func(w *world) { w.cloud.DropTraces(0.5) }, nil, 1, "traces_found", trace.StateMissing, verdict.Fail},
		"the stage is broken":       {func(w *world) { w.stage.set(func(s *stage) { s.status = 500 }) }, nil, 1, "requests_answered", trace.StateFail, verdict.Fail},
		"a warning":                 {func(w *world) { w.cloud.LoseAnnotations("userId") }, []string{"--enforce", "warn"}, 0, "annotation: userId", trace.StateMissing, verdict.Fail},
		"nobody may see functions":  {func(w *world) { w.cloud.Refuse(noFunctions) }, []string{"--enforce", "warn"}, 3, "functions_active", trace.StateUnknown, verdict.Inconclusive},
		"the index may not be read": {func(w *world) { w.cloud.RefuseWatch(deny("xray:GetTraceSummaries")) }, nil, 3, "annotations_indexed", trace.StateUnknown, verdict.Inconclusive},
		"traces may not be read":    {func(w *world) { w.cloud.RefuseWatch(deny("xray:BatchGetTraces")) }, nil, 3, "traces_found", trace.StateUnknown, verdict.Inconclusive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.set(w)
			r, got := w.run(append([]string{"--bucket", "releases", "--report", "page.html"}, c.args...)...)
			if got.Code != c.code || r.Verdict != c.verdict || r.state(c.row) != string(c.state) {
				t.Errorf("%d, %s, %s is %q\n%s\n%s", got.Code, r.Verdict, c.row, r.state(c.row), got.Stderr, got.Stdout)
			}
			if !strings.Contains(got.Stderr, " of 3s at most") {
				t.Errorf("it waits as long as it likes:\n%s", got.Stderr)
			}
			if w.output("verdict") != string(c.verdict) || !strings.Contains(w.read("page.html"), "<svg") && r.Map != nil && len(r.Map.Nodes) > 0 || w.output("report") != "page.html" {
				t.Errorf("output %q, report %q", w.output("verdict"), w.output("report"))
			}
			if keys := w.cloud.KeysIn("releases", ""); len(keys) > 0 || w.output("map") != "" {
				t.Errorf("a map with holes was kept: %v", keys)
			}
		})
	}
}

func noFunctions(call, _ string) (int, string, string) {
	if call == "GetFunctionConfiguration" {
		return http.StatusForbidden, "AccessDeniedException", "no"
	}
	return 0, "", ""
}

func deny(call string) func(string) (int, string) {
	return func(made string) (int, string) {
		if made == call {
			return http.StatusForbidden, "AccessDeniedException"
		}
		return 0, ""
	}
}

// Where Transaction Search has the spans, they are found although few are
// indexed.
//
// Shows: 5.3.9
func TestTransactionSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.TransactionSearch(5, false, 300*time.Millisecond)
	w.write("cutover.yaml", configuration+"monitoring: {runbook_base: https://example.com, teams: [devops], tracing: {index: 5%}}\n")
	r, got := w.run()
	if got.Code != 0 || r.Verdict != verdict.Pass || r.state("index_setting") != "pass" {
		t.Errorf("%d\n%s\n%s", got.Code, got.Stdout, got.Stderr)
	}
	w.cloud.TransactionSearch(50, false, 300*time.Millisecond)
	if r, got = w.run(); got.Code != 1 || r.state("index_setting") != "fail" {
		t.Errorf("%d, %s", got.Code, r.state("index_setting"))
	}
	w.cloud.TransactionSearch(5, true, 0)
	if r, got = w.run(); got.Code != 1 || r.state("destination") != "fail" {
		t.Errorf("%d, %s", got.Code, r.state("destination"))
	}
}

// An account's limit is shared with others: what is refused for the moment comes
// again.
func TestThrottled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.ThrottleTraces(3)
	if r, got := w.run("--requests", "4"); got.Code != 0 || r.Verdict != verdict.Pass || r.Found != 4 || r.Sent != 12 {
		t.Errorf("%d, %+v\n%s", got.Code, r, got.Stderr)
	}
}

// Everything that cannot be is told before anything is sent.
func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set  func(*world)
		args []string
		code int
		says []string
	}{
		"no stage":             {nil, []string{"--stage", ""}, 2, []string{"stage"}},
		"another stage":        {nil, []string{"--stage", "stagign"}, 2, []string{"stagign", "[staging]", "Did you mean staging?"}},
		"a stranger":           {nil, []string{"--url", "https://api.example.net"}, 4, []string{"https://api.example.net", "https://staging.api.lego.example.com"}},
		"no address":           {nil, []string{"--url", "staging"}, 2, []string{"url", "staging"}},
		"no configuration":     {nil, []string{"--config", "none.yaml"}, 2, []string{"none.yaml"}},
		"a bad configuration":  {func(w *world) { w.write("cutover.yaml", configuration+"  rat: 3\n") }, nil, 2, []string{"line=16", "tracing.rat", "rate"}},
		"too many requests":    {nil, []string{"--requests", "501"}, 2, []string{"requests", "1 to 500"}},
		"no number":            {nil, []string{"--requests", "many"}, 2, []string{"requests", "many"}},
		"no duration":          {nil, []string{"--wait", "soon"}, 2, []string{"wait", "soon"}},
		"a prefix that climbs": {nil, []string{"--prefix", "a/../b"}, 2, []string{"prefix", "a/../b"}},
		"another enforcement":  {nil, []string{"--enforce", "wran"}, 2, []string{"enforce", "warn"}},
		"no role":              {nil, []string{"--role", "admin"}, 2, []string{"role", "admin"}},
		"no credentials": {func(w *world) {
			w.env = slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, "AWS_ACCESS_KEY_ID") })
		}, nil, 2, []string{"no AWS credentials were found", "role"}},
		"no permission":      {func(w *world) { w.cloud.RefuseWatch(deny("xray:GetTraceSegmentDestination")) }, nil, 2, []string{"xray:GetTraceSegmentDestination"}},
		"no bucket":          {func(w *world) { w.archive = "nobodys" }, []string{"--bucket", "nobodys"}, 2, []string{"s3://nobodys/" + kept, "NoSuchBucket"}},
		"a map that is none": {func(w *world) { w.cloud.Put(kept, `{"version": 1, "nodes": "none"}`) }, []string{"--bucket", "releases"}, 2, []string{"s3://releases/" + kept, "is no service map"}},
		"X-Ray is gone":      {func(w *world) { w.env = append(w.env, "AWS_ENDPOINT_URL_XRAY=http://127.0.0.1:1") }, []string{"--timeout", "2s"}, 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.set != nil {
				c.set(w)
			}
			got := processtest.Run(t, binary, w.folder, w.env, w.args(c.args...)...)
			if asked, _ := w.stage.counts(); got.Code != c.code || asked > 0 {
				t.Errorf("%d, %d requests\n%s%s", got.Code, asked, got.Stdout, got.Stderr)
			}
			for _, part := range c.says {
				if !strings.Contains(got.Stdout+got.Stderr, part) {
					t.Errorf("it does not say %q: %s%s", part, got.Stdout, got.Stderr)
				}
			}
			if !json.Valid([]byte(got.Stdout)) {
				t.Errorf("no JSON: %s", got.Stdout)
			}
		})
	}
}

// An HTTP API does not trace itself, and nobody waits for its node.
func TestAnHTTPAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.Tag("arn:aws:apigateway:us-east-1::/apis/a1b2c3d4e5", tags)
	r, got := w.run()
	if got.Code != 0 || r.state("node: API Gateway") != "" || r.state("node: Lambda") != "pass" {
		t.Errorf("%d, %q\n%s", got.Code, r.state("node: API Gateway"), got.Stderr)
	}
	w.cloud.Tag("arn:aws:apigateway:us-east-1::/restapis/r1s2t3u4v5", tags)
	if r, got = w.run(); got.Code != 0 || r.state("node: API Gateway") != "pass" {
		t.Errorf("%d, %q\n%s", got.Code, r.state("node: API Gateway"), got.Stderr)
	}
}
