package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Two load results, nothing else: no AWS, no bucket, no cutover.yaml.
//
// Shows: 5.6.1
func TestTwoFilesSuffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = []string{"HOME=" + w.folder, "AWS_EC2_METADATA_DISABLED=true"}
	r, got := w.start("--blue", "blue.json", "--green", "green.json", "--format", "json")
	if got.Code != 0 || len(w.cloud.Calls()) > 0 {
		t.Fatalf("%d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	for name, want := range map[string]verdict.Verdict{
		"latency_p50": verdict.Pass, "latency_p95": verdict.Pass, "latency_p99": verdict.Pass, "throughput": verdict.Pass,
		"errors_5xx": verdict.Pass, "cold_start_p99": verdict.Pass, "savings": verdict.Inconclusive,
	} {
		if row := r.row(name); row.Verdict != want {
			t.Errorf("%s: %s, %s", name, row.Verdict, row.Why)
		}
	}
	if r.Verdict != verdict.Inconclusive || r.Decision != comparison.Undecided || r.Lead == "" {
		t.Errorf("%s, %s, %q", r.Verdict, r.Decision, r.Lead)
	}
	// Said twice it is the same.
	if again, _ := w.start("--blue", "blue.json", "--green", "green.json", "--format", "json"); again.Hash != r.Hash || len(r.Hash) != 64 {
		t.Errorf("%s, then %s", r.Hash, again.Hash)
	}
}

// Each row that fails turns the whole; what is no measurement is neither.
//
// Shows: 5.6.1, 5.6.2
func TestRows(t *testing.T) {
	t.Parallel()
	invalid := measurement(38_000, 1, 0)
	invalid.Valid, invalid.Invalid = false, []string{"it held 80% of its rate"}
	cold := measurement(38_000, 1, 0)
	cold.Colds = &load.Colds{Count: 400, Durations: [][2]int64{{800_000, 300}, {3_500_000, 100}}}
	few := measurement(38_000, 1, 0)
	few.Colds = &load.Colds{Count: 20, Durations: [][2]int64{{800_000, 20}}}
	some := measurement(38_000, 1, 0)
	some.Colds = &load.Colds{Count: 400, Durations: [][2]int64{{800_000, 300}}}
	silent := measurement(38_000, 1, 0)
	route := &silent.Routes[0]
	route.Status, route.Errors = map[string]int{"200": 59_000, "0": 1000}, 1000
	route.Latencies = slices.Clone(route.Latencies)[:590]
	route.Latency = load.PercentilesOf(route.Latencies)
	silent.Errors, silent.Latency, silent.Series[0].Errors, silent.Status = 1000, route.Latency, 1000, route.Status
	dear := costs
	dear.Green.Median = 80
	for name, c := range map[string]struct {
		green    load.Result
		cost     comparison.CostView
		row      string
		want     verdict.Verdict
		decision comparison.Decision
		code     int
	}{
		"all is well":            {measurement(38_000, 1, 0), costs, "savings", verdict.Pass, comparison.Proceed, 0},
		"slower":                 {measurement(80_000, 1, 0), costs, "latency_p50", verdict.Fail, comparison.Return, 1},
		"errors":                 {measurement(38_000, 1, 900), costs, "errors_5xx", verdict.Fail, comparison.Return, 1},
		"no answers":             {silent, costs, "errors_5xx", verdict.Fail, comparison.Return, 1},
		"slow cold starts":       {cold, costs, "cold_start_p99", verdict.Fail, comparison.Return, 1},
		"too few cold starts":    {few, costs, "cold_start_p99", verdict.Inconclusive, comparison.Undecided, 0},
		"some cold starts alone": {some, costs, "cold_start_p99", verdict.Inconclusive, comparison.Undecided, 0},
		"dear":                   {measurement(38_000, 1, 0), dear, "savings", verdict.Fail, comparison.Return, 1},
		"no measurement":         {invalid, costs, "latency_p95", verdict.Inconclusive, comparison.Undecided, 0},
		"asked for less":         {measurement(38_000, 0.5, 0), costs, "latency_p95", verdict.Inconclusive, comparison.Undecided, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.result("green.json", c.green)
			w.json("cost.json", c.cost)
			r, got := w.run(cmdReport)
			row := r.row(c.row)
			if got.Code != c.code || row.Verdict != c.want || r.Decision != c.decision || w.output("decision") != string(c.decision) {
				t.Errorf("%d, %s: %s (%s), %s\n%s", got.Code, c.row, row.Verdict, row.Why, r.Decision, got.Stderr)
			}
			if _, got := w.run(cmdReport, "--enforce", "warn"); got.Code != 0 || c.code != 0 && !strings.Contains(got.Stdout+got.Stderr, "::warning") {
				t.Errorf("warn: %d\n%s", got.Code, got.Stderr)
			}
		})
	}
}

// What is asked for is written, and later steps hear of it.
//
// Shows: 5.6.4
func TestFilesAndOutputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, got := w.run(cmdReport, "--report", "out/page.html", "--out", "out/comparison.json", "--record", "out/decision.md")
	if got.Code != 0 || r.Decision != comparison.Proceed {
		t.Fatalf("%d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	if digest([]byte(w.read("out/comparison.json"))) != r.Hash || w.output("hash") != r.Hash {
		t.Error("the hash is of something else than the file")
	}
	if page := w.read("out/page.html"); !strings.Contains(page, "<svg") || strings.Contains(page, "<script src") || strings.Contains(page, "http-equiv=\"refresh") {
		t.Error("no page with pictures of its own")
	}
	if record := w.read("out/decision.md"); !strings.Contains(record, r.Rows[0].Title) || w.output("record") != "out/decision.md" {
		t.Errorf("record: %s", record)
	}
	for name, want := range map[string]string{"verdict": "pass", "lead": r.Lead, "report": "out/page.html", "kept": "", "pull-request": "", "title": "Comparison: proceed"} {
		if got := w.output(name); got != want {
			t.Errorf("output %s: %q, not %q", name, got, want)
		}
	}
	if w.output("savings") == "" || !strings.Contains(w.output("rows"), "latency_p99: pass") || !strings.Contains(w.output("fields"), "Result: ") || !strings.Contains(w.read("summary"), r.Rows[0].Title) {
		t.Errorf("%q, %q, %q\n%s", w.output("savings"), w.output("rows"), w.output("fields"), w.read("summary"))
	}
}

// Shards are merged as one run; a part alone is no run.
func TestShards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct{ blue, want string }{
		{"blue.json,blue.json", "blue"},
		{"blue.json\nblue.json", "blue"},
	} {
		_, got := w.run(cmdReport, "--blue", c.blue)
		if got.Code != 2 || !strings.Contains(got.Stderr, c.want) {
			t.Errorf("%q: %d\n%s", c.blue, got.Code, got.Stderr)
		}
	}
	part := measurement(38_000, 1, 0)
	part.Shards = []string{"1/2"}
	w.json("part.json", part)
	if _, got := w.run(cmdReport, "--green", "part.json"); got.Code != 2 || !strings.Contains(got.Stderr, "green") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// Every input that is none is refused, by its name, before anything is called.
func TestInputs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("none.json", "{}")
	w.write("broken.json", w.read("blue.json")[:200])
	w.write("more.json", w.read("blue.json")+"{}")
	w.write("lie.json", strings.Replace(w.read("blue.json"), `"requests":60000`, `"requests":70000`, 1))
	w.write("minus.json", strings.Replace(w.read("cost.json"), `"median":88.5`, `"median":-1`, 1))
	w.write("else.json", `{"prices": "x", "secret": 1}`)
	for name, c := range map[string]struct {
		command string
		args    []string
		code    int
		want    string
	}{
		"no green":                     {cmdReport, []string{"--green", "-"}, 2, "green: is missing"},
		"no blue, no bucket":           {cmdReport, []string{"--blue", "-", "--bucket", "-"}, 2, "blue: is missing"},
		"no stage":                     {cmdReport, []string{"--blue", "-", "--stage", "-"}, 2, "stage: is missing"},
		"no such file":                 {cmdReport, []string{"--blue", "nowhere.json"}, 2, "nowhere.json"},
		"a folder":                     {cmdReport, []string{"--blue", "app"}, 2, "blue: cannot be read"},
		"an empty object":              {cmdReport, []string{"--green", "none.json"}, 2, "green: none.json"},
		"broken off":                   {cmdReport, []string{"--green", "broken.json"}, 2, "green: broken.json"},
		"text behind it":               {cmdReport, []string{"--green", "more.json"}, 2, "text behind its end"},
		"sums that do not add up":      {cmdReport, []string{"--green", "lie.json"}, 2, "contradicts itself"},
		"a cost below 0":               {cmdReport, []string{"--cost", "minus.json"}, 2, "below 0"},
		"a cost that is none":          {cmdReport, []string{"--cost", "else.json"}, 2, "unknown field"},
		"no window":                    {cmdReport, []string{"--window-blue", "yesterday"}, 2, "RFC 3339"},
		"a window that ends before":    {cmdReport, []string{"--window-blue", "2026-11-23T13:00:00Z/2026-11-23T12:00:00Z"}, 2, "ends before it begins"},
		"no such stage":                {cmdReport, []string{"--stage", "moon"}, 2, "staging"},
		"no such cutover.yaml":         {cmdReport, []string{"--config", "nowhere.yaml"}, 2, "nowhere.yaml"},
		"a prefix that climbs":         {cmdReport, []string{"--prefix", "a/../x"}, 2, "prefix"},
		"an approver of two lines":     {cmdDecide, []string{"--approver", "Ada\n::set-output::x"}, 2, "approver: is no account"},
		"an approver that hides":       {cmdDecide, []string{"--approver", "Ada\u202eecalevoL"}, 2, "approver: is no account"},
		"an approver that is too long": {cmdDecide, []string{"--approver", strings.Repeat("a", 101)}, 2, "approver: is no account"},
		"no token":                     {cmdDecide, []string{"--token", "-"}, 2, "token: is missing"},
		"nowhere to keep it":           {cmdDecide, []string{"--bucket", "-"}, 2, "bucket: is missing"},
		"a stage without an old side":  {cmdDecide, []string{"--stage", "staging"}, 4, "has no old side"},
		"a baseline of nothing":        {cmdBaseline, []string{"--blue", "-"}, 2, "blue: is missing"},
		"a window on a stage unnamed":  {cmdReport, []string{"--stage", "staging", "--green", "-", "--window-green", "2026-11-23T12:00:00Z/2026-11-23T13:00:00Z"}, 2, "no load balancer and no API"},
		"a window too old":             {cmdReport, []string{"--green", "-", "--window-green", "2020-11-23T12:00:00Z/2020-11-23T13:00:00Z"}, 2, "before what CloudWatch keeps"},
	} {
		t.Run(name, func(t *testing.T) {
			_, got := w.run(c.command, c.args...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.want) {
				t.Errorf("%d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
		})
	}
	if calls := w.cloud.Calls(); len(calls) > 0 {
		t.Errorf("it called %v", calls)
	}
	w.command = ""
}

// Where there is no load result, both sides come from CloudWatch, whose
// percentiles are no distribution.
//
// Shows: 5.6.1
func TestCloudWatchOfBothSides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	to := time.Now().UTC().Truncate(time.Minute).Add(-5 * time.Minute)
	from := to.Add(-20 * time.Minute)
	own := map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188"}
	target := map[string]string{"LoadBalancer": own["LoadBalancer"], "TargetGroup": "targetgroup/lego-api/73e2d6bc24d8a067"}
	api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		for i := range 60 {
			w.cloud.Observe("AWS/ApplicationELB", "RequestCount", target, at, 1)
			w.cloud.Observe("AWS/ApplicationELB", "TargetResponseTime", target, at, 0.04+float64(i)/1000)
			w.cloud.Observe("AWS/ApiGateway", "Count", api, at, 1)
			w.cloud.Observe("AWS/ApiGateway", "Latency", api, at, 400+float64(i))
		}
	}
	window := from.Format(time.RFC3339) + "/" + to.Format(time.RFC3339)
	r, got := w.run(cmdReport, "--blue", "-", "--green", "-", "--window-blue", window, "--window-green", window, "--out", "out.json")
	var whole comparison.Report
	if err := json.Unmarshal([]byte(w.read("out.json")), &whole); err != nil {
		t.Fatal(err, got.Stderr)
	}
	if whole.Blue.Requests != 1200 || whole.Green.Requests != 1200 || !strings.Contains(whole.Blue.Source, "CloudWatch") {
		t.Errorf("%+v, %+v", whole.Blue, whole.Green)
	}
	// Ten times slower is never a pass; what is said of it is judged by minutes.
	if row := r.row("latency_p95"); row.Verdict == verdict.Pass || row.Verdict == "" {
		t.Errorf("%+v", row)
	}
	// A time without a request to one side is no window.
	empty := from.Add(-time.Hour).Format(time.RFC3339) + "/" + from.Add(-30*time.Minute).Format(time.RFC3339)
	if _, got := w.run(cmdReport, "--green", "-", "--window-green", empty); got.Code != 2 || !strings.Contains(got.Stderr, "holds no request to Lambda") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}
