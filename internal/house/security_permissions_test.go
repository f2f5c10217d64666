package house_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A job's token may what its permissions say, for as long as the job runs, and all of
// its steps hold it. So each permission says beside it what it is for, and something
// in the job must need it.

type permitted struct {
	Jobs map[string]struct {
		Uses        string
		Permissions yaml.Node
		Steps       []permittedStep
	}
}

type permittedStep struct {
	Uses, Run string
	With      map[string]string
}

// is says whether the step calls an action, whatever its version.
func (s permittedStep) is(names ...string) bool {
	uses, _, _ := strings.Cut(s.Uses, "@")
	return slices.Contains(names, uses)
}

// ours says whether it calls one of ours, with an input where one is named.
func (s permittedStep) ours(name string, inputs ...string) bool {
	return s.is("./actions/"+name) && !slices.ContainsFunc(inputs, func(i string) bool { return s.With[i] == "" })
}

// needed says for each permission which step needs it. Source: the READMEs of the
// actions, and GitHub, "Permissions required for GitHub Apps".
var needed = map[string]func(s permittedStep) bool{
	"contents: read": func(s permittedStep) bool { return s.is("actions/checkout") },
	"contents: write": func(s permittedStep) bool {
		return s.ours("cutover-report", "token") || s.ours("decommission", "token") || strings.Contains(s.Run, "cmd/publish") || strings.Contains(s.Run, "cutover-publish")
	},
	"id-token: write": func(s permittedStep) bool {
		return s.With["role"] != "" || s.is("actions/attest-build-provenance", "actions/attest", "actions/attest-sbom")
	},
	"actions: read": func(s permittedStep) bool {
		return slices.ContainsFunc([]string{"sst-deploy", "deploy-gate", "load-test", "pipeline-report", "cutover-report", "decommission", "doctor"}, func(a string) bool { return s.ours(a, "token") }) ||
			s.is("actions/download-artifact") && s.With["run-id"] != ""
	},
	"actions: write":    func(s permittedStep) bool { return s.ours("traffic-shift", "token", "workflow") },
	"checks: read":      func(s permittedStep) bool { return s.ours("deploy-gate", "token") },
	"statuses: read":    func(s permittedStep) bool { return s.ours("deploy-gate", "token") },
	"deployments: read": func(s permittedStep) bool { return s.ours("cost-report", "token") },
	"deployments: write": func(s permittedStep) bool {
		return s.ours("traffic-shift", "token") || s.ours("sst-deploy", "token")
	},
	"issues: write": func(s permittedStep) bool { return s.ours("cost-report", "token") },
	"pull-requests: write": func(s permittedStep) bool {
		return s.ours("sst-deploy", "token", "comment") || s.ours("coverage-gate", "token", "comment") || s.ours("cutover-report", "token") || s.ours("decommission", "token")
	},
	"attestations: write": func(s permittedStep) bool {
		return s.is("actions/attest-build-provenance", "actions/attest", "actions/attest-sbom")
	},
}

var reasoned = regexp.MustCompile(`^# \S.{4,}`)

// unargued lists the permissions of a workflow without a reason, or without a step
// that needs them. called is the text of a workflow of this repository.
func unargued(source string, called func(name string) string) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var w permitted
	if err := yaml.Unmarshal([]byte(source), &w); err != nil {
		return []string{err.Error()}
	}
	for id, j := range w.Jobs {
		if j.Permissions.Kind != yaml.MappingNode {
			say("job %s names no permissions one by one", id)
			continue
		}
		for i := 0; i+1 < len(j.Permissions.Content); i += 2 {
			key, value := j.Permissions.Content[i], j.Permissions.Content[i+1]
			what := key.Value + ": " + value.Value
			if value.Value == "none" {
				continue
			}
			if !reasoned.MatchString(value.LineComment) {
				say("job %s does not say behind %s what it is for", id, what)
			}
			needs, known := needed[what]
			if !known {
				say("job %s has %s, which nothing here is known to need", id, what)
				continue
			}
			if j.Uses == "" && !slices.ContainsFunc(j.Steps, needs) {
				say("job %s has %s, and no step of it needs that", id, what)
			}
			if j.Uses != "" && !strings.Contains(called(strings.TrimPrefix(j.Uses, "./")), "      "+what+" #") {
				say("job %s passes %s on to %s, where no job asks for it", id, what, j.Uses)
			}
		}
	}
	return problems
}

// Attack: stolen-github-token
func TestPermissionsAreArgued(t *testing.T) {
	checked := 0
	for _, name := range tracked(t, ".yml") {
		if !strings.HasPrefix(name, ".github/workflows/") {
			continue
		}
		checked++
		for _, problem := range unargued(text(t, name), func(name string) string { return text(t, name) }) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	if checked < 10 {
		t.Errorf("only %d workflows were looked at", checked)
	}
}

func TestUnarguedPermissionsAreSeen(t *testing.T) {
	good := `
jobs:
  a:
    permissions:
      contents: read # checkout
      id-token: write # a session at AWS
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - uses: ./actions/bake
        with: {role: x}
  b:
    permissions:
      contents: read # checkout
    uses: ./other.yml
`
	other := func(string) string { return "    permissions:\n      contents: read # checkout\n" }
	if got := unargued(good, other); len(got) > 0 {
		t.Fatalf("the good one: %v", got)
	}
	for name, change := range map[string][2]string{
		"no reason":             {"id-token: write # a session at AWS", "id-token: write"},
		"a reason that is none": {"# a session at AWS", "# x"},
		"needed by nothing":     {"role: x", "stage: x"},
		"unknown":               {"id-token: write # a", "packages: write # a"},
		"all at once":           {"    permissions:\n      contents: read # checkout\n      id", "    permissions: write-all\n    x:\n      id"},
		"passed on in vain":     {"    uses: ./other", "      actions: read # approvals\n    uses: ./other"},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if name == "passed on in vain" {
			changed = strings.Replace(good, "      contents: read # checkout\n    uses", "      contents: read # checkout\n      actions: read # approvals\n    uses", 1)
		}
		if changed == good || len(unargued(changed, other)) == 0 {
			t.Errorf("%s is not seen", name)
		}
	}
}
