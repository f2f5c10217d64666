//go:build e2e

package vegeta

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/load/artillery"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// ensured is how Artillery holds the limits of ensure.yml: with its plugin, and
// without the one that it cannot read. pass are limits that any machine keeps,
// whatever else runs on it.
var (
	ensured = []string{"https://api.example.com", "URL", "1m", "2", "  ensure:", "  plugins: { ensure: {} }\n  ensure:", "p999: ", "p90: "}
	pass    = []string{"p95: 250", "p95: 20000", `"500"`, `"20000"`, "p999: 900", "p999: 20000", `median": 50`, `median": 20000`}
)

// scripts are those of internal/load/artillery/testdata that Artillery itself can
// run, with what makes each a matter of seconds and of this machine. Both read
// the same text.
var scripts = []struct {
	file string
	// changes are pairs: what stands there, and what instead.
	changes []string
	// slow lets the server take so long.
	slow time.Duration
	// fails is whether ensure says no.
	fails bool
	// shaped compares when requests came: where each user makes one at once.
	shaped bool
}{
	{file: "anchors.yml", changes: []string{"https://api.example.com", "URL", "duration: 20, arrivalRate: 5", "duration: 2, arrivalRate: 20"}},
	{file: "ensure.yml", changes: slices.Concat(pass, ensured), shaped: true},
	{file: "ensure.yml", changes: ensured, slow: 300 * time.Millisecond, fails: true},
	// A plugin that would send to a stranger is taken out.
	{file: "ensure-plugin.yml", changes: []string{"https://api.example.com", "URL", "1m", "2", ", publish-metrics: [{ type: datadog }]", "", "p90: 100", "p90: 20000"}, shaped: true},
	{file: "ensure-plugin.yml", changes: []string{"https://api.example.com", "URL", "1m", "2", ", publish-metrics: [{ type: datadog }]", ""}, slow: 200 * time.Millisecond, fails: true},
	{file: "as-it-is-held.yml", changes: []string{"https://api.example.com/", "URL", "2.5, arrivalRate: 1, rampTo: 5", "3, arrivalRate: 5, rampTo: 15", "4, arrivalRate: 0.5", "1, arrivalRate: 10", "p99: 500", "p99: 20000", "p95: 250.9", "p95: 20000.9"}, shaped: true},
	{file: "flow.yml", changes: []string{"http://127.0.0.1:3000", "URL", "duration: 10, arrivalRate: 2", "duration: 3, arrivalRate: 20", "think: 2", "think: 0.2", "think: 0.5", "think: 0.1"}},
	{file: "json.yml", changes: []string{"http://localhost:8080", "URL", "0.5", "5", "1 minute", "1 second"}, shaped: true},
	{file: "no-target.yml", changes: []string{"config: {", "config: { target: URL,", "20", "2"}, shaped: true},
	{file: "payload.yml", changes: []string{"https://api.example.com", "URL", "1h, arrivalRate: 1", "3, arrivalRate: 20"}},
	{file: "phases.yml", changes: []string{"https://staging.example.com/", "URL", "5m", "4", "duration: 60", "duration: 1", "30s", "1s", "2 min", "2 sec", "1500ms", "2000ms"}, shaped: true},
}

// TestE2EArtilleryReadsItsScriptsAsWeDo runs each script with Artillery and with
// ours, at once and against servers of their own, and compares what the servers
// saw: how many requests, of which kinds, with which headers and bodies, and what
// ensure makes of it.
//
// Shows: 5.6.3
func TestE2EArtilleryReadsItsScriptsAsWeDo(t *testing.T) {
	program := peer(t)
	for _, s := range scripts {
		name := s.file
		if s.slow > 0 {
			name += ", slow"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("..", "..", "load", "artillery", "testdata", s.file))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(s.changes); i += 2 {
				if !strings.Contains(string(text), s.changes[i]) {
					t.Fatalf("%q does not stand in it", s.changes[i])
				}
				text = []byte(strings.ReplaceAll(string(text), s.changes[i], s.changes[i+1]))
			}
			theirs, here := server(t, shop(s.slow))
			ours, there := server(t, shop(s.slow))
			var wait sync.WaitGroup
			var peers outcome
			wait.Go(func() { peers = byArtillery(t, program, s.file, strings.ReplaceAll(string(text), "URL", here)) })
			plan, result := byPlan(t, s.file, strings.ReplaceAll(string(text), "URL", there))
			wait.Wait()
			compare(t, plan, result, peers, seen(theirs, here), seen(ours, there))
			if s.shaped {
				compareShape(t, plan, theirs, ours)
			}
			if peers.failed != s.fails || judgedFailed(result) != s.fails {
				t.Errorf("ensure: Artillery says failed=%v, ours failed=%v; want %v\n%s", peers.failed, judgedFailed(result), s.fails, peers.said)
			}
		})
	}
}

// peer is Artillery as the Makefile has installed it.
func peer(t *testing.T) string {
	t.Helper()
	found, err := filepath.Abs(filepath.Join("..", "..", "..", ".cache", "artillery", "node_modules", ".bin", "artillery"))
	if named := os.Getenv("CUTOVER_ARTILLERY"); named != "" {
		found = named
	}
	if _, missing := os.Stat(found); err != nil || missing != nil {
		t.Fatalf("Artillery is not at %s: run make test, which installs it, or set CUTOVER_ARTILLERY (%v)", found, missing)
	}
	return found
}

// reset is asked for by a script's before, once.
const reset = "/reset"

// shop answers whatever the scripts ask for.
func shop(slow time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(slow)
		switch {
		case r.URL.Path == "/products":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Etag", `"7"`)
			fmt.Fprint(w, `{"items": [{"id": "p7"}]}`)
		case r.Method == http.MethodPost && r.URL.Path == "/orders":
			w.Header().Set("Location", "/orders/1")
			w.WriteHeader(http.StatusCreated)
		case r.Method == http.MethodPost:
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"token": "secret"}`)
		}
	}
}

// outcome is what Artillery says of its own run.
type outcome struct {
	created, vusersFailed, requests int
	failed                          bool
	said                            string
}

func byArtillery(t *testing.T, program, file, text string) (r outcome) {
	folder := t.TempDir()
	for _, beside := range []string{"users.csv", "words.csv"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "load", "artillery", "testdata", beside))
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, beside), data, 0o600)
		}
		if err != nil {
			t.Error(err)
			return r
		}
	}
	if err := os.WriteFile(filepath.Join(folder, file), []byte(text), 0o600); err != nil {
		t.Error(err)
		return r
	}
	cmd := exec.CommandContext(t.Context(), program, "run", "--output", "report.json", file)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "ARTILLERY_DISABLE_TELEMETRY=true", "WORKERS=1", "HOME="+folder)
	out, err := cmd.CombinedOutput()
	r.said, r.failed = string(out[max(0, len(out)-3000):]), err != nil
	var saved struct {
		Aggregate struct{ Counters map[string]int }
	}
	written, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err == nil {
		err = json.Unmarshal(written, &saved)
	}
	if err != nil {
		t.Errorf("Artillery wrote no report: %v\n%s", err, out)
	}
	c := saved.Aggregate.Counters
	r.created, r.vusersFailed, r.requests = c["vusers.created"], c["vusers.failed"], c["http.requests"]
	return r
}

func byPlan(t *testing.T, file, text string) (load.Plan, load.Result) {
	t.Helper()
	plan, _, err := artillery.Parse(file, []byte(text), func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join("..", "..", "load", "artillery", "testdata", name))
	})
	if err != nil {
		t.Fatal(err)
	}
	result, err := Measure(t.Context(), plan, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return plan, result
}

// judgedFailed says whether a goal of the plan was not kept. Whether the run is
// a measurement, beside other tests, is another question.
func judgedFailed(r load.Result) bool {
	r.Valid, r.Invalid = true, nil
	return slices.ContainsFunc(load.Judge(r), func(f verdict.Finding) bool { return f.Verdict == verdict.Fail })
}

// drawn is what differs from request to request.
var drawn = []struct {
	what *regexp.Regexp
	as   string
}{
	// A header of the config, which Artillery fills in before there is a user.
	{regexp.MustCompile(`load-(undefined|[0-9a-f]{8}-[0-9a-f-]{27})`), "load-UUID"},
	{regexp.MustCompile(`q=old(%20|\+)\w+`), "q=old TEXT"},
	{regexp.MustCompile(`b=\d+`), "b=NUMBER"},
	{regexp.MustCompile(`/production/\d`), "/production/NUMBER"},
}

// seen are the kinds of requests that a server saw, and how often each.
func seen(h *heard, url string) map[string]int {
	h.mu.Lock()
	defer h.mu.Unlock()
	kinds := map[string]int{}
	for i, r := range h.requests {
		var body any
		said := h.bodies[i]
		if json.Unmarshal([]byte(said), &body) == nil {
			var b bytes.Buffer
			if json.NewEncoder(&b).Encode(body) == nil {
				said = b.String() // keys in one order
			}
		}
		kind := fmt.Sprintf("%s %s", r.Method, r.RequestURI)
		for _, name := range []string{"X-Run", "Accept", "Authorization", "Content-Type"} {
			if value := r.Header.Get(name); value != "" && (name != "Accept" || value != "*/*") {
				kind += " " + name + ": " + value
			}
		}
		kind += " " + strings.TrimSpace(said)
		for _, d := range drawn {
			kind = d.what.ReplaceAllString(kind, d.as)
		}
		kinds[strings.ReplaceAll(kind, url, "URL")]++
	}
	return kinds
}

// compare holds both to the same users, requests and kinds of requests.
func compare(t *testing.T, plan load.Plan, result load.Result, peers outcome, theirs, ours map[string]int) {
	t.Helper()
	t.Logf("Artillery: %d users, %d requests, %d failed; ours: %d users, %d requests, %d skipped", peers.created, peers.requests, peers.vusersFailed, result.Arrivals, result.Requests, result.Skipped)
	if math.Abs(float64(peers.created-result.Arrivals)) > float64(len(plan.Phases)) || peers.created == 0 {
		t.Errorf("Artillery made %d users, ours %d", peers.created, result.Arrivals)
	}
	if peers.vusersFailed > 0 || result.Skipped > 0 || result.Errors > 0 {
		t.Errorf("%d users of Artillery's failed; of ours %d requests, and %d were left out\n%s", peers.vusersFailed, result.Errors, result.Skipped, peers.said)
	}
	for _, kind := range slices.Sorted(maps.Keys(theirs)) {
		if strings.HasPrefix(kind, "GET "+reset) {
			continue // before is left out, and its note says so
		}
		a, b := float64(theirs[kind]), float64(ours[kind])
		// Who does what is drawn by each: five deviations are none.
		if b == 0 || math.Abs(a-b) > 5*math.Sqrt(a+b)+1 {
			t.Errorf("%s: %.0f times by Artillery, %.0f by ours", kind, a, b)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(ours)) {
		if theirs[kind] == 0 {
			t.Errorf("%s: %d times by ours alone", kind, ours[kind])
		}
	}
}

// compareShape compares how many requests had come at each quarter of a second from
// the first one on: Artillery starts each phase with a pause as long as one
// between two arrivals, and ramps in steps of a second.
func compareShape(t *testing.T, plan load.Plan, theirs, ours *heard) {
	t.Helper()
	count := func(h *heard, until time.Duration) (n int) {
		h.mu.Lock()
		defer h.mu.Unlock()
		first := slices.IndexFunc(h.requests, func(r *http.Request) bool { return r.URL.Path != reset })
		for i, at := range h.at {
			if first >= 0 && h.requests[i].URL.Path != reset && at.Sub(h.at[first]) <= until {
				n++
			}
		}
		return n
	}
	for at := time.Duration(0); at < plan.Length(); at += 250 * time.Millisecond {
		// Most of a second, since both share the machine with other tests.
		near := 0.8*plan.Peak() + 2
		if a, b := count(theirs, at), count(ours, at); math.Abs(float64(a-b)) > near {
			t.Errorf("after %s Artillery had sent %d, ours %d; they may be %.0f apart", at, a, b, near)
			return
		}
	}
}
