package main

import (
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// A result that somebody has made up lies in a run of a fork, of a branch or of
// another workflow, under the right name. It is refused, and nothing is kept.
//
// Attack: replayed-load, tampered-load
func TestAMadeUpResultIsNotBelieved(t *testing.T) {
	t.Parallel()
	run := func(change func(*loopback.OtherRun)) *loopback.OtherRun {
		r := loopback.OtherRun{Attempt: 1, Over: true, File: load.Workflow}
		if change != nil {
			change(&r)
		}
		return &r
	}
	for name, c := range map[string]struct {
		run  *loopback.OtherRun
		args []string
		code int
		says string
	}{
		"load-test.yml on main": {run(nil), nil, 0, ""},
		"a fork's":              {run(func(r *loopback.OtherRun) { r.Repository, r.Event = "mallory/r", "pull_request" }), nil, 4, "another repository's"},
		"another workflow":      {run(func(r *loopback.OtherRun) { r.File = ".github/workflows/mine.yml" }), nil, 4, "another workflow"},
		"another branch":        {run(func(r *loopback.OtherRun) { r.Branch = "faster" }), nil, 4, "another branch"},
		"a tag called main":     {run(func(r *loopback.OtherRun) { r.Apart = true }), nil, 4, "a commit that main does not have"},
		"a push":                {run(func(r *loopback.OtherRun) { r.Event = "push" }), nil, 4, "another event"},
		"one that missed goals": {run(func(r *loopback.OtherRun) { r.Conclusion = loopback.Failure }), nil, 0, ""},
		"one that was stopped":  {run(func(r *loopback.OtherRun) { r.Conclusion = loopback.Cancelled }), nil, 4, "has not come to its end"},
		"one under way":         {run(func(r *loopback.OtherRun) { r.Over = false }), nil, 4, "has not come to its end"},
		"none":                  {nil, nil, 4, "is no run of o/r"},
		"left away":             {nil, []string{"--run-green", "-"}, 2, "run-green: is missing"},
		"no number":             {nil, []string{"--run-green", "../9"}, 2, "run-green"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if c.run != nil {
				w.github.Know(9, *c.run)
			}
			args := c.args
			if args == nil {
				args = []string{"--run-green", "9"}
			}
			_, got := w.run(cmdDecide, args...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.says) {
				t.Fatalf("%d, not %d\n%s", got.Code, c.code, got.Stderr)
			}
			if kept := w.cloud.In(bucket, keyDecision) != ""; kept != (c.code == 0) || kept != (len(w.github.Pulls()) == 1) {
				t.Errorf("kept: %v, %d pull requests", kept, len(w.github.Pulls()))
			}
		})
	}
}

// The baseline is held alike, since a decision stands on it; so is a comparison that
// names runs. One at a terminal may be of any file.
//
// Attack: replayed-load
func TestABaselineComesFromARunToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.github.Know(9, loopback.OtherRun{Attempt: 1, Over: true, File: load.Workflow, Branch: "slower"})
	for name, c := range map[string]struct {
		command string
		args    []string
		code    int
		says    string
	}{
		"another branch":   {cmdBaseline, []string{"--run-blue", "9"}, 4, "another branch"},
		"left away":        {cmdBaseline, []string{"--run-blue", "-"}, 2, "run-blue: is missing"},
		"a comparison":     {cmdReport, []string{"--run-blue", "9", "--token", token}, 4, "another branch"},
		"without a token":  {cmdReport, []string{"--run-blue", "7"}, 2, "token: is missing"},
		"a run of no file": {cmdReport, []string{"--blue", "-", "--run-blue", "7", "--token", token}, 2, "blue is not"},
	} {
		if _, got := w.run(c.command, c.args...); got.Code != c.code || !strings.Contains(got.Stderr, c.says) {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Stderr)
		}
	}
	if kept := w.cloud.In(bucket, keyBaseline); kept != "" {
		t.Errorf("it was kept: %s", kept)
	}
	if _, got := w.run(cmdBaseline); got.Code != 0 || !strings.Contains(w.cloud.In(bucket, keyBaseline), "blue.json, run 7") {
		t.Errorf("%d\n%s\n%s", got.Code, got.Stderr, w.cloud.In(bucket, keyBaseline))
	}
}
