package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/live"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var update = flag.Bool("update", false, "write the schema anew")

func TestResultIsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/rehearse-pipeline.schema.json", "Result of a rehearsal of the pipeline",
		"What rehearse --format json prints. Times are in seconds.", &outcome{}, *update)
	run := loopback.Run{Conclusion: loopback.Success, Jobs: []*loopback.Job{
		{ID: "a", Name: "A", Conclusion: loopback.Success, Steps: []*loopback.Step{{Name: "x", Conclusion: loopback.Success}}},
		{ID: "b", Name: "B", Conclusion: loopback.Skipped},
	}}
	text, err := json.Marshal(outcome{Summary: rehearsal.Result{Told: loopback.Told{Run: run}}.Summary()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(string(text)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if s.Check(`{"verdict":"pass"}`) == nil {
		t.Error("the schema accepts anything")
	}
}

func TestLiveResultIsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/rehearse-live.schema.json", "Result of a rehearsal with real traffic",
		"What rehearse --live --format json prints. Times are AWS's, in seconds.", &lived{}, *update)
	f := live.Figures{Scenario: live.Scenarios()[1], Tally: &live.Tally{}}
	f.Fault, f.Decided = f.Fault.Add(1), f.Decided.Add(2)
	text, err := json.Marshal(lived{Verdict: f.Verdict(), Scenarios: []live.Summary{f.Summary()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(string(text)); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if s.Check(`{"verdict":"pass"}`) == nil {
		t.Error("the schema accepts anything")
	}
}

func callRehearse(args ...string) (int, string) {
	var out, err bytes.Buffer
	code := runner.Execute(program(), runner.Host{
		Args: args, Getenv: func(string) string { return "" }, Environ: func() []string { return nil }, Stdout: &out, Stderr: &err,
	})
	return code, err.String()
}

func TestBadInputHelps(t *testing.T) {
	given := []string{"--act", "/nowhere/act", "--shim", "/nowhere/shim", "--sst", "/nowhere/sst", "--cache", t.TempDir(), "--repository", "../.."}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing given":       {nil, 2, "act: is required"},
		"an unknown fault":    {append(given, "--break", "nonsense"), 2, "coverage, lint"},
		"an unknown scenario": {append(given, "--traffic-shift", "/nowhere/shift", "--live", "rolled-back,nonsense"), 2, "watcher-killed"},
		"live without binary": {append(given, "--live", "1"), 2, "make rehearse LIVE=1"},
		"no such workflow":    {append(given, "--workflow", "nope.yml"), 2, "cannot be read"},
		"act is not there":    {given, 3, "Run make rehearse"},
		"no checkout at all":  {append(given[:8:8], "--repository", t.TempDir()), 3, "needs git and a checkout"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, stderr := callRehearse(c.args...); code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d with %q: %s", code, c.code, c.want, stderr)
			}
		})
	}
}
