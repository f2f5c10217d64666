package house_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// attack is something that somebody may try. Part begins a table of the page.
type attack struct{ ID, Tries, Holds, Rest, Part string }

var (
	attacks = regexp.MustCompile(`(?m)^// Attack: (.+)$`)
	block   = regexp.MustCompile(`(?s)(<!-- (attacks|sessions) -->\n).*?(<!-- /(?:attacks|sessions) -->)`)
)

const securityPage = "docs/SECURITY.md"

// tried finds the tests that say which attacks they are: a comment "Attack: id, id"
// above a test function.
func tried(t *testing.T) map[string][]string {
	t.Helper()
	return named(t, attacks, "Attack")
}

// untried lists attacks that no test is, and tests of an attack that nobody knows.
func untried(list []attack, tests map[string][]string) (problems []string) {
	known := map[string]bool{}
	for _, a := range list {
		if a.Part != "" {
			continue
		}
		if known[a.ID] {
			problems = append(problems, fmt.Sprintf("the attack %s stands twice", a.ID))
		}
		known[a.ID] = true
		if a.Tries == "" || a.Holds == "" {
			problems = append(problems, fmt.Sprintf("the attack %s does not say what is tried and what holds", a.ID))
		}
		if len(tests[a.ID]) == 0 {
			problems = append(problems, fmt.Sprintf("the attack %s (%s) is tried by no test", a.ID, a.Tries))
		}
	}
	for id, by := range tests {
		if !known[id] {
			problems = append(problems, fmt.Sprintf("%v try %s, which docs/attacks.yaml does not know", by, id))
		}
	}
	return problems
}

func attacksTables(list []attack, tests map[string][]string) string {
	var b strings.Builder
	for _, a := range list {
		if a.Part != "" {
			fmt.Fprintf(&b, "\n### %s\n\n| attack | what is tried | what holds | what does not | tried by |\n| :--- | :--- | :--- | :--- | :--- |\n", a.Part)
			continue
		}
		by := slices.Clone(tests[a.ID])
		slices.Sort(by)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", a.ID, a.Tries, a.Holds, a.Rest, strings.Join(slices.Compact(by), "<br>"))
	}
	return b.String() + "\n"
}

func TestEveryAttackIsTried(t *testing.T) {
	var list []attack
	if err := yaml.Unmarshal([]byte(text(t, "docs/attacks.yaml")), &list); err != nil {
		t.Fatal(err)
	}
	tests := tried(t)
	for _, problem := range untried(list, tests) {
		t.Error(problem)
	}
	if len(list) < 40 {
		t.Errorf("only %d attacks", len(list))
	}
	made := map[string]string{"attacks": attacksTables(list, tests), "sessions": "\n" + sessionsTable() + "\n"}
	was := text(t, securityPage)
	page := block.ReplaceAllStringFunc(was, func(b string) string {
		m := block.FindStringSubmatch(b)
		return m[1] + made[m[2]] + m[3]
	})
	if *update {
		if err := os.WriteFile(filepath.Join("../..", securityPage), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		was = page
	}
	if was != page || strings.Count(page, "<!-- /") != len(made) {
		t.Errorf("%s is out of date; run make generate", securityPage)
	}
}

func TestUntriedAttacksAreSeen(t *testing.T) {
	list := []attack{{Part: "p"}, {ID: "a", Tries: "x", Holds: "y"}}
	for name, c := range map[string]struct {
		list  []attack
		tests map[string][]string
		want  int
	}{
		"all well":                {list, map[string][]string{"a": {"T"}}, 0},
		"tried by nothing":        {list, nil, 1},
		"a test of no attack":     {list, map[string][]string{"a": {"T"}, "z": {"T"}}, 1},
		"twice":                   {append(list, list[1]), map[string][]string{"a": {"T"}}, 1},
		"nobody knows what holds": {[]attack{{ID: "a", Tries: "x"}}, map[string][]string{"a": {"T"}}, 1},
	} {
		if got := untried(c.list, c.tests); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
