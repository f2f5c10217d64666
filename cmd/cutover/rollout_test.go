package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// trace writes a recording: from minute `from` on green has so many errors in
// each minute's 60 requests; blue has one in ten minutes of 540.
func trace(t *testing.T, minutes, from, errors int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(rollout.TraceHeader + "\n")
	for m := 1; m <= minutes; m++ {
		bad := 0
		if m >= from {
			bad = errors
		}
		fmt.Fprintf(&b, "%d,60,%d,1,540,%d,9\n", m, bad, 1/(1+m%10))
	}
	path := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func replaySchema(t *testing.T) schematest.Schema {
	t.Helper()
	return schematest.Of(t, "../../schemas/replay.schema.json", "Result of cutover replay",
		"What replay --format json prints. Logs are natural; shares run from 0 to 1; minutes count from 1. With --config it has an outlook.", &replayResult{}, *update)
}

func TestReplayPrintsWhatItsSchemaSays(t *testing.T) {
	s := replaySchema(t)
	for name, c := range map[string]struct {
		path, verdict string
		minute        int
	}{
		"kept":         {trace(t, 120, 999, 0), "promote", 120},
		"broken":       {trace(t, 120, 60, 3), "rollback", 65},
		"inconclusive": {trace(t, 5, 999, 0), "hold", 5},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, stderr := cutover("replay", "--metrics", c.path, "--error-limit", "0.01", "--slow-limit", "0.05", "--alpha", "0.01", "--format", "json")
			if code != 0 || stderr != "" {
				t.Fatalf("exit %d: %s", code, stderr)
			}
			if err := s.Check(out); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			var got replayResult
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			if string(got.Verdict) != c.verdict || math.Abs(float64(got.Minute-c.minute)) > 1 {
				t.Errorf("%s at minute %d: %s", got.Verdict, got.Minute, got.Reason)
			}
			slo := got.SLOs["error_rate"]
			if want := evidence.Limit(0.01).LogPass(float64(slo.Bad), float64(slo.Total)); math.Abs(slo.LogEPass-want) > 1e-9 || slo.Prior != [2]float64{1, 100} {
				t.Errorf("%+v, log E_pass should be %v", slo, want)
			}
		})
	}
}

func TestReplayByAConfiguration(t *testing.T) {
	s := replaySchema(t)
	code, out, stderr := cutover("replay", "--metrics", trace(t, 60, 999, 0), "--config", example, "--runs", "4", "--format", "json")
	if err := s.Check(out); code != 0 || err != nil {
		t.Fatalf("exit %d: %v\n%s%s", code, err, out, stderr)
	}
	var got replayResult
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if o := got.Outlook; o == nil || !o.Provable || len(o.Phases) != 3 || o.Runs != 4 || o.DetectionMinutes == nil {
		t.Errorf("%+v", got.Outlook)
	}
	// Two requests a minute to green can prove nothing within two hours.
	thin := strings.NewReplacer(",60,0,1,540,", ",2,0,0,18,", ",9\n", ",0\n")
	text, err := os.ReadFile(trace(t, 60, 999, 0))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "thin.csv")
	if err := os.WriteFile(path, []byte(thin.Replace(string(text))), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr = cutover("replay", "--metrics", path, "--config", example, "--runs", "1")
	if code != 4 || !strings.Contains(stderr, "traffic.phases[0]: cannot be proved with this traffic") || !strings.Contains(stderr, "Set hold: ") || !strings.Contains(out, "Before the first shift") {
		t.Errorf("exit %d: %s\n%s", code, stderr, out)
	}
}

func TestReplayWritesAPage(t *testing.T) {
	page := filepath.Join(t.TempDir(), "sub", "replay.html")
	if code, _, stderr := cutover("replay", "--metrics", trace(t, 120, 60, 3), "--html", page); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "<svg") || !strings.Contains(string(text), "Rolled back at minute") || strings.Contains(string(text), "<script") {
		t.Errorf("%v: %.300s", err, text)
	}
}

func TestRehearsePrintsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/rehearse.schema.json", "Result of cutover rehearse",
		"What rehearse --format json prints. Events are there when --runs is 1. Weights are in millionths.", &virtual.Summary{}, *update)
	code, out, stderr := cutover("rehearse", "--scenario", "healthy", "--runs", "3", "--seed", "7", "--format", "json")
	if err := s.Check(out); code != 0 || err != nil {
		t.Fatalf("exit %d: %v\n%s%s", code, err, out, stderr)
	}
	var many virtual.Summary
	if err := json.Unmarshal([]byte(out), &many); err != nil {
		t.Fatal(err)
	}
	if many.Runs != 3 || many.Promotions != 3 || many.MedianDetectionMinutes != nil || many.VirtualHours < 90 || many.WallSeconds <= 0 || len(many.Events) > 0 {
		t.Errorf("%+v", many)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	code, out, stderr = cutover("rehearse", "--scenario", "error-regression", "--html", page, "--format", "json")
	if err := s.Check(out); code != 0 || err != nil {
		t.Fatalf("exit %d: %v\n%s%s", code, err, out, stderr)
	}
	var one virtual.Summary
	if err := json.Unmarshal([]byte(out), &one); err != nil {
		t.Fatal(err)
	}
	if one.Rollbacks != 1 || one.MedianDetectionMinutes == nil || one.RequestsHarmedMedian == 0 || len(one.Events) < 5 {
		t.Errorf("%+v", one)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "Rolled back") {
		t.Errorf("%v: %.200s", err, text)
	}
}

func TestRehearseIsTheSameWithTheSameSeed(t *testing.T) {
	told := func(seed string) string {
		code, out, stderr := cutover("rehearse", "--scenario", "late-break", "--seed", seed, "--format", "json")
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		before, _, _ := strings.Cut(out, `"wall_seconds"`)
		_, after, _ := strings.Cut(out, `"events"`)
		return before + after
	}
	first, again := told("3"), told("3")
	if first != again {
		t.Error("the same seed tells another story")
	}
	if first == told("4") {
		t.Error("another seed tells the same story")
	}
}

func TestRehearseLists(t *testing.T) {
	s := schematest.Of(t, "../../schemas/rehearse-list.schema.json", "Result of cutover rehearse --list", "The scenarios by name.", &listed{}, *update)
	code, out, _ := cutover("rehearse", "--list", "--format", "json")
	if err := s.Check(out); code != 0 || err != nil {
		t.Errorf("exit %d: %v", code, err)
	}
	code, out, _ = cutover("rehearse", "--list")
	for _, name := range sim.Names() {
		if code != 0 || !strings.Contains(out, name) {
			t.Errorf("exit %d, %s is not listed", code, name)
		}
	}
}

func TestRolloutCommandsHelp(t *testing.T) {
	good := trace(t, 10, 999, 0)
	own := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(own, []byte("name: mine\nsays: x\nfaults: [{erors: 5%}]\nexpect: {outcome: complete}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no recording":           {[]string{"replay"}, 2, "metrics: is required"},
		"an absent recording":    {[]string{"replay", "--metrics", "absent.csv"}, 2, "absent.csv"},
		"a limit of 1%":          {[]string{"replay", "--metrics", good, "--error-limit", "1%"}, 2, "such as 0.01"},
		"a limit of 0":           {[]string{"replay", "--metrics", good, "--alpha", "0"}, 2, "no share"},
		"two masters":            {[]string{"replay", "--metrics", good, "--config", example, "--alpha", "0.01"}, 2, "alpha: cannot be given together with config"},
		"a misspelt scenario":    {[]string{"rehearse", "--scenario", "helthy"}, 2, "healthy"},
		"a page of many":         {[]string{"rehearse", "--runs", "2", "--html", "x.html"}, 2, "shows a single run"},
		"no runs":                {[]string{"rehearse", "--runs", "0"}, 2, "1 to 10000"},
		"an absent scenario":     {[]string{"rehearse", "--scenario", "absent.yaml"}, 2, "absent.yaml"},
		"a fault in a scenario":  {[]string{"rehearse", "--scenario", own}, 2, `mine.yaml:3:11: faults[0].erors: unknown key "erors"`},
		"a config without shift": {[]string{"rehearse", "--config", noTraffic(t)}, 2, "no rollout to rehearse"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, stderr := cutover(c.args...); code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d with %q: %s", code, c.code, c.want, stderr)
			}
		})
	}
}

func noTraffic(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cutover.yaml")
	if err := os.WriteFile(path, []byte("project: X\nregion: us-east-1\nstages: {production: {url: \"https://api.example.com\"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
