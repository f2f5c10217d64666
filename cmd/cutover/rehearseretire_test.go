package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/virtual/retiring"
)

// The nine days in a second, as JSON and as a page.
//
// Shows: 5.8.1, 5.8.9, 5.8.12
func TestRehearseRetires(t *testing.T) {
	s := schematest.Of(t, "../../schemas/rehearse-retire.schema.json", "Result of cutover rehearse for a retirement",
		"What rehearse --scenario retire --format json prints.", &retiring.Result{}, *update)
	page := filepath.Join(t.TempDir(), "retire.html")
	began := time.Now()
	code, out, stderr := cutover("rehearse", "--scenario", "retire", "--html", page, "--format", "json")
	if err := s.Check(out); code != 0 || err != nil {
		t.Fatalf("exit %d: %v\n%s%s", code, err, out, stderr)
	}
	var got retiring.Result
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f days in %s", got.VirtualDays, time.Since(began))
	if got.Verdict != "pass" || got.VirtualDays < 9 || got.VirtualDays > 10 || len(got.Steps) < 30 || len(got.Deleted) < 15 {
		t.Errorf("%s after %g days, %d steps, %d deleted", got.Verdict, got.VirtualDays, len(got.Steps), len(got.Deleted))
	}
	for i, step := range got.Steps {
		if step.Target == "" || step.Outcome == "" || step.At.IsZero() || i > 0 && step.At.Before(got.Steps[i-1].At) {
			t.Errorf("step %d: %+v", i, step)
		}
	}
	text, err := os.ReadFile(page)
	for _, want := range []string{"<svg", "Retirement of lego-api-ecs", "Retirement plan: lego-api-ecs", "$88.50", "Approved by dana", "# Retrospective"} {
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q (%v)", want, err)
		}
	}
}

// What did not end as expected ends the program with a no.
func TestRehearseSaysNo(t *testing.T) {
	own := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(own, []byte("name: retire-mine\nsays: Nobody has proved anything.\nunproved: [latency]\nexpect: {outcome: done, reason: done, deleted: all}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := cutover("rehearse", "--scenario", own, "--format", "json")
	if code != 1 || !strings.Contains(out, `"verdict": "fail"`) && !strings.Contains(out, `"verdict":"fail"`) || !strings.Contains(stderr, "it ended waits, not done") {
		t.Errorf("exit %d: %s\n%.300s", code, stderr, out)
	}
}

func TestRehearseRetirementHelps(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("name: retire-bad\nsays: x.\nlsts: 1 h\nexpect: {outcome: done, reason: done}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"many runs":            {[]string{"rehearse", "--scenario", "retire", "--runs", "2"}, 2, "no odds to count"},
		"a misspelt one":       {[]string{"rehearse", "--scenario", "retire-new-rul"}, 2, "retire-new-rule"},
		"another misspelt one": {[]string{"rehearse", "--scenario", "retyre"}, 2, "retire"},
		"a fault in a file":    {[]string{"rehearse", "--scenario", bad}, 2, `bad.yaml:3:1: lsts: unknown key "lsts"`},
		"nothing to retire":    {[]string{"rehearse", "--scenario", "retire", "--config", noTraffic(t)}, 2, "nothing to retire"},
		"an app's own times":   {[]string{"rehearse", "--scenario", "retire", "--config", example}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if code, _, stderr := cutover(c.args...); code != c.code || !strings.Contains(stderr, c.want) {
				t.Errorf("exit %d, want %d with %q: %s", code, c.code, c.want, stderr)
			}
		})
	}
}

// Both kinds are listed, and no cutover takes a retirement's name.
func TestRehearseListsRetirements(t *testing.T) {
	code, out, _ := cutover("rehearse", "--list", "--format", "json")
	var got listed
	if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil {
		t.Fatalf("exit %d: %v", code, err)
	}
	kinds := map[string]string{}
	for _, one := range got.Scenarios {
		kinds[one.Name] = one.Kind
	}
	for _, name := range legacy.Names() {
		if kinds[name] != "retirement" {
			t.Errorf("%s is listed as %q", name, kinds[name])
		}
	}
	for _, name := range sim.Names() {
		if kinds[name] != "cutover" || legacy.Is(name) {
			t.Errorf("%s is listed as %q", name, kinds[name])
		}
	}
}
