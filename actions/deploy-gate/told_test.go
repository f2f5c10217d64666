package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Summary, outputs and annotations say what the result says.
func TestToldEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t).inActions()
	w.frozen()
	w.with(func(w *world) {
		w.configure("  budget: \"lego-api {stage}\"\n", "")
		w.cloud.SetAlarms(cloud.Alarm{Name: "lego-api-production-errors", State: "ALARM", Reason: "Threshold Crossed | <b>7</b> @channel", Since: w.staged}, cloud.Alarm{Name: "lego-api-production", State: "OK"})
	})
	got := w.run("--override-freeze", "INC-7 ::error::no\n::set-output name=verdict::pass")
	if got.Code != 1 {
		t.Fatalf("exit %d\n%s", got.Code, got.Stderr)
	}
	summary := w.read("summary")
	for _, want := range []string{
		"## ❌ Deploy gate production: fail", "| check | observed | needed | evidence |", "🔴\u00a0alarms", "🟢\u00a0approval", "| budget (off) | none configured",
		`<a href="https://github.com/o/r/settings/environments">settings</a>`, "overridden by ann: INC-7", "**What to do**", "Where this was read", "&#124; &lt;b&gt;7&lt;/b&gt; &#64;channel",
	} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary lacks %q\n%s", want, summary)
		}
	}
	outputs := w.read("output")
	for _, want := range []string{"\nfail\n", "\nann\n", "\nalarms\n", "Production must not be deployed. Alarms: lego-api-production-errors is in ALARM"} {
		if !strings.Contains(outputs, want) {
			t.Errorf("the outputs lack %q\n%s", want, outputs)
		}
	}
	if !strings.Contains(got.Stderr, "::warning title=deploy-gate%3A freeze::ann has overridden the freeze the past: INC-7 ::error::no") || strings.Contains(got.Stderr, "\n::set-output") || strings.Contains(got.Stdout, "\n::") {
		t.Errorf("%s\n%s", got.Stdout, got.Stderr)
	}
	// GitHub alone draws it; it is kept for whoever wants to look at it.
	if folder := os.Getenv("CUTOVER_SHOW"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, "deploy-gate.md"), []byte(summary), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// What can be known without asking is said before anything is asked.
func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make func(w *world)
		args []string
		want string
	}{
		"no cutover.yaml":          {func(w *world) { _ = os.Remove(filepath.Join(w.folder, "cutover.yaml")) }, nil, "a gate without cutover.yaml"},
		"a broken cutover.yaml":    {func(w *world) { w.configure("after", "aftr") }, nil, `Did you mean "after"?`},
		"a stage that is none":     {nil, []string{"--stage", "prodution"}, "Did you mean production?"},
		"a receipt that is none":   {func(w *world) { w.receipt = map[string]any{"app": "x"} }, nil, "is a receipt of version 0"},
		"no commit":                {func(w *world) { w.setenv("GITHUB_SHA", "") }, nil, "is no commit"},
		"a branch for a commit":    {nil, []string{"--sha", "main"}, "40 hex digits"},
		"no run":                   {func(w *world) { w.setenv("GITHUB_RUN_ID", "") }, nil, "names no run"},
		"an approval that is none": {nil, []string{"--environment", "x", "--commit", ""}, "is empty"},
		"no name of the app":       {func(w *world) { _ = os.Remove(filepath.Join(w.folder, "sst.config.ts")) }, nil, "sst.config.ts"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.make != nil {
				if name == "a broken cutover.yaml" {
					w.configure("gate:\n", "gate:\n  after: staging\n")
				}
				c.make(w)
			}
			got := w.run(c.args...)
			if got.Code != 2 || !strings.Contains(got.Stderr, c.want) {
				t.Errorf("exit %d\n%s", got.Code, got.Stderr)
			}
			if len(w.github.asked) > 0 || len(w.cloud.Calls()) > 0 {
				t.Errorf("asked all the same: %v %v", w.github.asked, w.cloud.Calls())
			}
		})
	}
}

// Every document of the rollout is either read right or refused.
func FuzzRollout(f *testing.F) {
	f.Add([]byte(`{"format":1,"step":"watching","phase":0,"weight":100000}`))
	f.Add([]byte(`{"format":1,"step":"soaking"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := parseRollout(text)
		if err != nil && r != (gate.Rollout{}) {
			t.Errorf("%+v with %v", r, err)
		}
		if err == nil && (!r.Found || r.Step == "" || r.UnderWay && r.Watched) {
			t.Errorf("%+v", r)
		}
	})
}
