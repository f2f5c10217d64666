package github

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/load"
)

// A run as GitHub's REST reference shows one, and what becomes of it.
func TestOrigin(t *testing.T) {
	const run = `{"id":7,"path":".github/workflows/load-test.yml@trunk","event":"workflow_dispatch","head_branch":"trunk","head_sha":"abc","status":"completed","conclusion":"success",
		"repository":{"full_name":"o/r"},"head_repository":%s}`
	pages := func(head, between string) map[string][]string {
		return map[string][]string{"actions/runs/7": {fmt.Sprintf(run, head)}, "/repos/o/r": {`{"default_branch":"trunk"}`}, "compare/abc...trunk": {between}}
	}
	const own = `{"full_name":"o/r"}`
	for name, c := range map[string]struct {
		head, between string
		change        func(*load.Origin)
	}{
		"of an earlier commit":   {own, `{"status":"ahead"}`, nil},
		"of the newest one":      {own, `{"status":"identical"}`, nil},
		"of a branch of its own": {own, `{"status":"diverged"}`, func(o *load.Origin) { o.Merged = false }},
		"of what is yet to come": {own, `{"status":"behind"}`, func(o *load.Origin) { o.Merged = false }},
		"of a fork":              {`{"full_name":"mallory/r"}`, `{"status":"diverged"}`, func(o *load.Origin) { o.Head, o.Merged = "mallory/r", false }},
		"of a fork that is gone": {`null`, `{"status":"ahead"}`, func(o *load.Origin) { o.Head = "" }},
	} {
		g, a := forGate(t, pages(c.head, c.between))
		want := load.Origin{Run: 7, File: load.Workflow, Repository: "o/r", Head: "o/r", Branch: "trunk", Event: "workflow_dispatch", Status: "completed", Conclusion: "success", Default: "trunk", Merged: true}
		if c.change != nil {
			c.change(&want)
		}
		if got, err := g.c.Origin(t.Context(), 7); err != nil || got != want {
			t.Errorf("%s: %v\n%+v\n%+v\n%v", name, err, got, want, a.calls)
		}
	}
	g, a := forGate(t, pages(own, `{}`))
	if _, err := g.c.Origin(t.Context(), 8); !errors.Is(err, load.ErrNoRun) {
		t.Error(err)
	}
	// Not being allowed to see it is no answer.
	for path, says := range map[string]string{"actions/runs/7": "actions: read", "compare/abc...trunk": "contents: read"} {
		a.fail = map[string]int{path: 403}
		if _, err := g.c.Origin(t.Context(), 7); err == nil || errors.Is(err, load.ErrNoRun) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", path, err)
		}
	}
	// What GitHub has no comparison of is in no branch.
	a.fail = map[string]int{"compare/abc...trunk": 404}
	if o, err := g.c.Origin(t.Context(), 7); err != nil || o.Merged {
		t.Errorf("%+v %v", o, err)
	}
}
