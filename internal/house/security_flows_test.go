package house_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// What a stranger can start, and what a job holds while it runs what strangers have
// written, stands in the workflows alone: it is held here, in their text.

type opened struct {
	On   yaml.Node
	Jobs map[string]struct {
		If          string
		Permissions map[string]string
		Steps       []struct {
			Uses, Run string
			With      map[string]string
			Env       map[string]string
		}
	}
}

// events are what starts a workflow, however it is written.
func (o opened) events() (names []string) {
	switch o.On.Kind {
	case yaml.ScalarNode:
		return []string{o.On.Value}
	case yaml.SequenceNode:
		for _, n := range o.On.Content {
			names = append(names, n.Value)
		}
	case yaml.MappingNode:
		for i := 0; i < len(o.On.Content); i += 2 {
			names = append(names, o.On.Content[i].Value)
		}
	}
	return names
}

// known events: whoever starts one of these may write to the repository, but for
// pull_request, which has a fork's rights where a fork sends it.
var knownEvents = []string{"push", "pull_request", "workflow_dispatch", "workflow_call", "schedule"}

var (
	secret = regexp.MustCompile(`secrets\.([A-Za-z0-9_]+)`)
	// appCode runs what the app's packages have in them.
	appCode = regexp.MustCompile(`\b(pnpm|npm|npx|yarn|bun|node|vitest)\b`)
	// sameRepository is how a job keeps a fork's code out.
	sameRepository = "github.event.pull_request.head.repo.full_name == github.repository"
	// others are parts of an event that strangers write.
	others = regexp.MustCompile(`github\.(head_ref|event\.(pull_request\.(title|body|head\.(ref|label))|issue\.|comment\.|head_commit\.(message|author)|commits|review|discussion))`)
)

// openings lists what a stranger could use in a workflow.
func openings(source string) (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	var o opened
	if err := yaml.Unmarshal([]byte(source), &o); err != nil {
		return []string{err.Error()}
	}
	events := o.events()
	for _, e := range events {
		if !slices.Contains(knownEvents, e) {
			say("it is started by %s: a stranger's event would run with this repository's secrets", e)
		}
	}
	if others.MatchString(source) {
		say("it uses %s, which a stranger writes", others.FindString(source))
	}
	if strings.Contains(source, "secrets: inherit") {
		say("it hands on every secret that there is")
	}
	for id, j := range o.Jobs {
		whole, err := yaml.Marshal(j)
		if err != nil {
			return append(problems, err.Error())
		}
		if slices.Contains(events, "pull_request") {
			if secret.MatchString(string(whole)) {
				say("job %s gives a pull request the secret %s", id, secret.FindStringSubmatch(string(whole))[1])
			}
			writes := slices.ContainsFunc([]string{"write", "write-all"}, func(w string) bool { return strings.Contains(fmt.Sprint(j.Permissions), ":"+w) })
			if writes && !strings.Contains(j.If, sameRepository) {
				say("job %s gives a fork's pull request more than reading", id)
			}
		}
		runs := false
		for _, s := range j.Steps {
			runs = runs || appCode.MatchString(s.Run) || slices.Contains([]string{"./.github/actions/set-up-node", "./.github/actions/set-up-deploy"}, s.Uses)
		}
		if m := secret.FindStringSubmatch(string(whole)); runs && m != nil {
			say("job %s holds the secret %s where the app's packages run", id, m[1])
		}
	}
	return problems
}

// Attack: dangerous-triggers, pr-code, stolen-slack-token, hostile-branch, hostile-title
func TestStrangersFindNothingOpen(t *testing.T) {
	checked := 0
	for _, name := range tracked(t, ".yml") {
		if !strings.HasPrefix(name, ".github/workflows/") {
			continue
		}
		checked++
		for _, problem := range openings(text(t, name)) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	if checked < 10 {
		t.Errorf("only %d workflows were looked at", checked)
	}
}

func TestOpeningsAreSeen(t *testing.T) {
	good := `
on:
  pull_request:
jobs:
  a:
    if: ${{ github.event.pull_request.head.repo.full_name == github.repository }}
    permissions: {contents: read, id-token: write}
    steps:
      - run: corepack pnpm build
      - uses: ./actions/notify
`
	if got := openings(good); len(got) > 0 {
		t.Fatalf("the good one: %v", got)
	}
	for name, change := range map[string][2]string{
		"pull_request_target":      {"pull_request:", "pull_request_target:"},
		"workflow_run":             {"pull_request:", "workflow_run:"},
		"issue_comment":            {"on:\n  pull_request:", "on: [push, issue_comment]"},
		"a fork may write":         {"github.event.pull_request.head.repo.full_name == github.repository", "true"},
		"a secret for a stranger":  {"./actions/notify", "./actions/notify\n        with: {token: \"${{ secrets.SLACK_BOT_TOKEN }}\"}"},
		"a secret beside packages": {"pull_request:", "push:\nenv: {x: y}\n#"},
		"a branch's name":          {"corepack pnpm build", "echo ${{ github.head_ref }}"},
		"a title":                  {"corepack pnpm build", "echo ${{ github.event.pull_request.title }}"},
		"a commit's message":       {"corepack pnpm build", "echo ${{ github.event.head_commit.message }}"},
		"every secret":             {"./actions/notify", "./actions/notify\n    secrets: inherit"},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if name == "a secret beside packages" {
			changed = strings.Replace(changed, "./actions/notify", "./actions/notify\n        with: {token: \"${{ secrets.SLACK_BOT_TOKEN }}\"}", 1)
		}
		if len(openings(changed)) == 0 {
			t.Errorf("%s is not seen", name)
		}
	}
}
