package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/schematest"
)

// loadedBy runs load in this process and reads its result.
func loadedBy(t *testing.T, args ...string) (load.Result, int, string) {
	t.Helper()
	code, out, stderr := cutover(append([]string{"load", "--format", "json"}, args...)...)
	if !strings.Contains(out, "requested_rate") {
		return load.Result{}, code, stderr
	}
	r, err := load.ParseResult([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	return r, code, stderr
}

func TestLoadIsInvalidWhereItCannotHoldTheRate(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	r, code, stderr := loadedBy(t, "--target", s.URL, "--rate", "20000", "--duration", "500ms")
	if code != 3 || r.Valid || len(r.Invalid) == 0 || !strings.Contains(stderr, "is no measurement") {
		t.Errorf("exit %d, valid %v, %.0f of %.0f a second\n%s", code, r.Valid, r.AchievedRate, r.RequestedRate, stderr)
	}
}

func TestLoadOnlyGoesWhereItMay(t *testing.T) {
	for name, c := range map[string]struct {
		code int
		args []string
	}{
		"a stranger":                {4, []string{"--target", "https://example.com", "--rate", "1"}},
		"a stranger, with our file": {4, []string{"--target", "https://example.com", "--rate", "1", "--config", example}},
		"no target":                 {2, []string{"--rate", "1"}},
		"no rate":                   {2, []string{"--target", "http://127.0.0.1:9"}},
		"a rate of zero":            {2, []string{"--target", "http://127.0.0.1:9", "--rate", "0"}},
		"no profile of that name":   {2, []string{"--profile", "spyke", "--config", example}},
		"two sources":               {2, []string{"--profile", "spike", "--artillery", "x.yml", "--config", example}},
		"another stage's address":   {4, []string{"--profile", "spike", "--config", example, "--target", "https://api.lego.example.com"}},
		"no such shard":             {2, []string{"--target", "http://127.0.0.1:9", "--rate", "1", "--shard", "3/2"}},
		"nothing to merge":          {2, []string{"--merge", "none.json"}},
	} {
		if _, code, stderr := loadedBy(t, c.args...); code != c.code {
			t.Errorf("%s: exit %d, want %d\n%s", name, code, c.code, stderr)
		}
	}
}

func TestLoadShardsAreTheWhole(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	folder := t.TempDir()
	var args []string
	for _, shard := range []string{"1/3", "2/3", "3/3"} {
		out := filepath.Join(folder, shard[:1]+".json")
		args = append(args, "--merge", out)
		if _, code, stderr := loadedBy(t, "--target", s.URL, "--rate", "100", "--duration", "2s", "--shard", shard, "--out", out); code == 2 || code == 4 {
			t.Fatalf("%s: exit %d\n%s", shard, code, stderr)
		}
	}
	r, code, stderr := loadedBy(t, append(args, "--html", filepath.Join(folder, "load.html"))...)
	if r.Requests != 200 || r.RequestedRate != 100 || len(r.Shards) != 3 {
		t.Errorf("exit %d: %d requests, %v a second, shards %v\n%s", code, r.Requests, r.RequestedRate, r.Shards, stderr)
	}
	if page, err := os.ReadFile(filepath.Join(folder, "load.html")); err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("the page: %v", err)
	}
	if _, code, _ := loadedBy(t, args[:4]...); code != 2 {
		t.Errorf("two of three: exit %d", code)
	}
}

func TestLoadTellsWhatItHasWhenInterrupted(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer s.Close()
	var out, stderr bytes.Buffer
	signals := make(chan os.Signal, 1)
	time.AfterFunc(1500*time.Millisecond, func() { signals <- os.Interrupt })
	code := toolbox().Execute(runner.Host{
		Args:   []string{"load", "--target", s.URL, "--rate", "100", "--duration", "1m", "--format", "json"},
		Getenv: func(string) string { return "" }, Environ: func() []string { return nil }, Stdout: &out, Stderr: &stderr, Signals: signals,
	})
	r, err := load.ParseResult(out.Bytes())
	if code != 3 || err != nil || r.Valid || !r.Interrupted || r.Requests < 100 || r.Requests > 200 {
		t.Errorf("exit %d, %v, %d requests, interrupted %v\n%s", code, err, r.Requests, r.Interrupted, stderr.String())
	}
}

func TestLoadSaysWhatItWouldSend(t *testing.T) {
	s := schematest.Of(t, "../../schemas/load-plan.schema.json", "Result of cutover load --plan",
		"What load --plan --format json prints: the phases of a load, and what its users do.", &planResult{}, *update)
	script := filepath.Join(t.TempDir(), "load.yml")
	if err := os.WriteFile(script, []byte(`config:
  target: https://example.com
  phases:
    - {duration: 60, arrivalRate: 5, rampTo: 50, name: warm up}
    - {duration: 2m, arrivalRate: 50}
scenarios:
  - flow:
      - get: {url: /mocs}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"artillery": {"--artillery", script}, "profile": {"--profile", "spike", "--config", example}, "flags": {"--target", "http://127.0.0.1:9", "--rate", "10"}} {
		code, out, stderr := cutover(append([]string{"load", "--plan", "--format", "json"}, args...)...)
		if code != 0 {
			t.Fatalf("%s: exit %d\n%s", name, code, stderr)
		}
		if err := s.Check(out); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var p planResult
		if err := json.Unmarshal([]byte(out), &p); err != nil {
			t.Fatal(err)
		}
		if name == "artillery" && (len(p.Phases) != 2 || p.Phases[0] != (phase{"warm up", 60, 5, 50, 1650}) || p.Phases[1].Arrivals != 6000 || p.Seconds != 180) {
			t.Errorf("%+v", p.Phases)
		}
	}
	// What may be looked at may not be sent.
	if _, code, _ := loadedBy(t, "--artillery", script); code != 4 {
		t.Errorf("sent to a stranger: exit %d", code)
	}
}
