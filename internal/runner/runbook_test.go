package runner_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
)

// failing ends as it is told, after it has read where the runbooks are.
func failing(base string, err error) *runner.Program {
	return &runner.Program{Name: "sst-deploy", Summary: "Deploys.", Inputs: runner.NewInputs(), Run: func(_ context.Context, s *runner.Session) error {
		s.Runbooks(base)
		s.Summary("# What happened")
		return err
	}}
}

const ours = "https://example.com/runbooks"

// Whatever way a failure is shown, it leads to its runbook.
func TestEachFailureLeadsToItsRunbook(t *testing.T) {
	locked := &fault.Fault{Kind: fault.Refused, What: "is locked", Runbooks: []runbook.Kind{runbook.Locked}}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"what its maker named":    {locked, "/failures/deploy.md#locked"},
		"a refusal":               {&fault.Fault{Kind: fault.Refused, What: "no"}, "/failures/deploy.md#refused"},
		"a gate's no":             {&fault.Fault{Kind: fault.Gate, What: "no"}, "/failures/deploy.md#no"},
		"another system":          {&fault.Fault{Kind: fault.Outside, What: "down"}, "/failures/general.md#outside"},
		"bad input":               {&fault.Fault{Kind: fault.Input, What: "bad"}, "/failures/general.md#input"},
		"an error without a kind": {context.DeadlineExceeded, "/failures/general.md#outside"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, map[string]string{"GITHUB_ACTIONS": "true"})
			w.run(failing(ours, c.err))
			if !strings.Contains(w.stderr.String(), ours+c.want) {
				t.Errorf("neither annotation nor log: %s", w.stderr.String())
			}
			if summary := w.file(t, w.summary); !strings.Contains(summary, "**What to do:** [") || !strings.Contains(summary, "("+ours+c.want+")") {
				t.Errorf("summary: %s", summary)
			}
			w = newWorld(t, nil, "--format", "json")
			w.run(failing(ours, c.err))
			var failure runner.Failure
			if err := json.Unmarshal(w.stdout.Bytes(), &failure); err != nil || len(failure.Errors) != 1 || len(failure.Errors[0].Runbooks) != 1 || failure.Errors[0].Runbooks[0] != ours+c.want {
				t.Errorf("%v, JSON: %s", err, w.stdout.String())
			}
			w = newWorld(t, nil)
			w.run(failing(ours, c.err))
			// Who mistypes a flag in a terminal needs no runbook.
			if told := strings.Contains(w.stderr.String(), "runbook: "+ours+c.want); told == strings.HasSuffix(c.want, "#input") {
				t.Errorf("terminal: %s", w.stderr.String())
			}
		})
	}
}

func TestNothingLeadsAnywhereWhenAllIsWell(t *testing.T) {
	w := newWorld(t, map[string]string{"GITHUB_ACTIONS": "true"})
	if code := w.run(failing(ours, nil)); code != 0 || strings.Contains(w.stderr.String()+w.file(t, w.summary), "unbook") {
		t.Errorf("%d: %s", code, w.stderr.String())
	}
}

// Without an address in cutover.yaml the runbooks are those of the version that
// runs.
func TestTheRunbooksOfTheVersionThatRuns(t *testing.T) {
	work := map[string]string{"GITHUB_SERVER_URL": "https://git.example.com", "GITHUB_WORKSPACE": "/w/app", "GITHUB_REPOSITORY": "me/app", "GITHUB_SHA": "abc123"}
	for name, c := range map[string]struct{ path, want string }{
		"taken by a commit":    {"/w/_actions/cutover-dev/cutover/0123abcd/actions/bake", "https://git.example.com/cutover-dev/cutover/blob/0123abcd/docs/runbooks"},
		"taken by a branch":    {"/w/_actions/fork/cutover/releases/v1/actions/bake/.", "https://git.example.com/fork/cutover/blob/releases/v1/docs/runbooks"},
		"from the workspace":   {"/w/app/actions/bake", "https://git.example.com/me/app/blob/abc123/docs/runbooks"},
		"a folder within it":   {"/w/app/tools/cutover/actions/bake", "https://git.example.com/me/app/blob/abc123/tools/cutover/docs/runbooks"},
		"a folder beside it":   {"/w/app-two/actions/bake", "https://github.com/cutover-dev/cutover/blob/main/docs/runbooks"},
		"nothing is known":     {"", "https://github.com/cutover-dev/cutover/blob/main/docs/runbooks"},
		"a path of other kind": {"/usr/bin", "https://github.com/cutover-dev/cutover/blob/main/docs/runbooks"},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"GITHUB_ACTION_PATH": c.path}
			if c.path != "" {
				for k, v := range work {
					env[k] = v
				}
			}
			w, got := newWorld(t, env), ""
			w.run(&runner.Program{Name: "bake", Inputs: runner.NewInputs(), Run: func(_ context.Context, s *runner.Session) error {
				got = s.RunbookBase()
				return nil
			}})
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheTableOfRunbooks(t *testing.T) {
	w, text := newWorld(t, nil), ""
	w.run(&runner.Program{Name: "bake", Inputs: runner.NewInputs(), Run: func(_ context.Context, s *runner.Session) error {
		s.Runbooks(ours)
		text = report.Markdown(report.Document{Title: "x", Blocks: []report.Block{s.RunbookTable(runbook.Locked, runbook.Locked, "gate#freeze")}})
		return nil
	}})
	text = strings.ReplaceAll(text, "&#35;", "#")
	if strings.Count(text, "deploy.md#locked") != 1 || !strings.Contains(text, ours+"/failures/gate.md#freeze") {
		t.Error(text)
	}
}
