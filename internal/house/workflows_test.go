package house_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What act ignores and GitHub acts on is held here, by the text of the files:
// permissions, concurrency, timeouts, pins, expressions inside scripts.

var (
	pinned = regexp.MustCompile(`uses:\s+([^\s@]+)@([0-9a-f]{40}) # v\d+\.\d+\.\d+$`)
	uses   = regexp.MustCompile(`^\s*(?:- )?uses:\s`)
)

type flow struct {
	Permissions yaml.Node
	Concurrency group
	Jobs        map[string]struct {
		Uses        string
		Concurrency group
		Timeout     int `yaml:"timeout-minutes"`
		Permissions *yaml.Node
		Services    *yaml.Node
		Steps       []struct {
			Name, Uses, Run string
			With            map[string]string
		}
	}
}

// group is of a workflow or of a job.
type group struct {
	Group  string
	Cancel yaml.Node `yaml:"cancel-in-progress"`
}

// bad says that there is none, or one that cancels a deploy.
func (g group) bad(source string) bool {
	return g.Group == "" || g.Cancel.Value == "true" && strings.Contains(source, "deploy")
}

// faults lists what is wrong with a workflow or a composite action's text.
func faults(source string) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	for n, line := range strings.Split(source, "\n") {
		if uses.MatchString(line) && !strings.Contains(line, "uses: ./") && !pinned.MatchString(line) {
			say("line %d: %s is not pinned by a full SHA with its version in a comment", n+1, strings.TrimSpace(line))
		}
	}
	var w flow
	if err := yaml.Unmarshal([]byte(source), &w); err != nil {
		return append(problems, err.Error())
	}
	for _, run := range scripts(source) {
		if strings.Contains(run, "${{") {
			say("an expression stands inside run: %q; pass it through env", run)
		}
	}
	if w.Jobs == nil {
		return problems // a composite action
	}
	if w.Permissions.Kind != yaml.MappingNode || len(w.Permissions.Content) != 0 {
		say("the workflow does not begin with `permissions: {}`")
	}
	for _, j := range w.Jobs {
		// Either the workflow has one, or each of its jobs.
		if w.Concurrency.bad(source) && (w.Concurrency.Group != "" || j.Concurrency.bad(source)) {
			say("no concurrency group, or one that cancels a deploy")
			break
		}
	}
	for id, j := range w.Jobs {
		if j.Timeout == 0 && j.Uses == "" {
			say("job %s has no timeout-minutes", id)
		}
		if j.Permissions == nil {
			say("job %s does not say which permissions it needs", id)
		}
		if j.Services != nil {
			say("job %s has services, which act passes over in silence", id)
		}
		for _, s := range j.Steps {
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != "false" {
				say("job %s: checkout leaves the token in the checkout", id)
			}
		}
	}
	return problems
}

// scripts collects every run: of a file, wherever it stands.
func scripts(source string) []string {
	var root yaml.Node
	if yaml.Unmarshal([]byte(source), &root) != nil {
		return nil
	}
	var found []string
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "run" && c.Kind == yaml.ScalarNode {
				found = append(found, c.Value)
			}
			visit(c)
		}
	}
	visit(&root)
	return found
}

// Shows: 5.4.1, 5.4.2
// Attack: third-party-action, hostile-branch
func TestWorkflowsKeepWhatOnlyGitHubSees(t *testing.T) {
	files := tracked(t, "action.yml", ".yml")
	checked := 0
	for _, name := range files {
		if !strings.HasPrefix(name, ".github/workflows/") && !strings.HasSuffix(name, "action.yml") {
			continue
		}
		checked++
		for _, problem := range faults(text(t, name)) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	if checked < 4 {
		t.Errorf("only %d files were checked", checked)
	}
	var deploy struct {
		On struct {
			Push             struct{ Branches []string }
			WorkflowDispatch *yaml.Node `yaml:"workflow_dispatch"`
		}
	}
	source := text(t, ".github/workflows/sst-deploy.yml")
	if err := yaml.Unmarshal([]byte(source), &deploy); err != nil {
		t.Fatal(err)
	}
	if len(deploy.On.Push.Branches) != 1 || deploy.On.Push.Branches[0] != "main" || !strings.Contains(source, "workflow_dispatch:") {
		t.Errorf("sst-deploy.yml is triggered by %+v", deploy.On)
	}
}

// Attack: third-party-action
func TestWorkflowFaultsAreSeen(t *testing.T) {
	good := `
permissions: {}
concurrency: {group: g, cancel-in-progress: false}
jobs:
  a:
    timeout-minutes: 5
    permissions: {contents: read}
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with: {persist-credentials: false}
      - run: echo deploy "$X"
`
	if got := faults(good); len(got) > 0 {
		t.Fatalf("the good one: %v", got)
	}
	for name, change := range map[string][2]string{
		"a tag for a SHA":         {"3d3c42e5aac5ba805825da76410c181273ba90b1", "v7"},
		"no version comment":      {" # v7.0.1", ""},
		"an expression in run":    {`"$X"`, "${{ github.head_ref }}"},
		"wide permissions":        {"permissions: {}", "permissions: write-all"},
		"a job's permissions":     {"permissions: {contents: read}", "env: {}"},
		"no timeout":              {"timeout-minutes: 5", "env: {}"},
		"cancelling":              {"cancel-in-progress: false", "cancel-in-progress: true"},
		"no concurrency":          {"concurrency: {group: g, cancel-in-progress: false}", ""},
		"credentials persist":     {"persist-credentials: false", "fetch-depth: 0"},
		"services, unseen by act": {"timeout-minutes: 5", "timeout-minutes: 5\n    services: {db: {image: x}}"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(good, change[0], change[1], 1)
			if changed == good {
				t.Fatal("the change changed nothing")
			}
			if len(faults(changed)) == 0 {
				t.Error("not seen")
			}
		})
	}
}
