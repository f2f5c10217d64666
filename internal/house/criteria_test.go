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

type criterion struct{ ID, Says, Open string }

var (
	shows    = regexp.MustCompile(`(?m)^(?://|\s*//) Shows: (.+)$`)
	function = regexp.MustCompile(`(?m)^func (\w+)\(`)
)

// shown finds the tests that say which criteria they show: a comment
// "Shows: 5.4.1, 5.4.2" above a test function.
func shown(t *testing.T) map[string][]string {
	t.Helper()
	return named(t, shows, "Shows")
}

// named finds the tests by the words of a comment above them.
func named(t *testing.T, comment *regexp.Regexp, what string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	for _, name := range tracked(t, "_test.go") {
		source := text(t, name)
		for _, at := range comment.FindAllStringSubmatchIndex(source, -1) {
			next := function.FindStringSubmatch(source[at[1]:])
			if next == nil {
				t.Errorf("%s: a comment %s stands above no function", name, what)
				continue
			}
			for id := range strings.SplitSeq(source[at[2]:at[3]], ",") {
				id = strings.TrimSpace(id)
				found[id] = append(found[id], fmt.Sprintf("`%s` in %s", next[1], name))
			}
		}
	}
	return found
}

func criteria(t *testing.T) []criterion {
	t.Helper()
	var list []criterion
	if err := yaml.Unmarshal([]byte(text(t, "docs/criteria.yaml")), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// gaps lists criteria that nothing shows and that wait for nothing, and tests
// that show what is no criterion.
func gaps(list []criterion, tests map[string][]string) []string {
	var problems []string
	known := map[string]bool{}
	for _, c := range list {
		known[c.ID] = true
		if len(tests[c.ID]) == 0 && c.Open == "" {
			problems = append(problems, fmt.Sprintf("criterion %s (%s) is shown by no test and does not say what it waits for", c.ID, c.Says))
		}
	}
	for id, by := range tests {
		if !known[id] {
			problems = append(problems, fmt.Sprintf("%v show %s, which is no criterion", by, id))
		}
	}
	return problems
}

func TestEveryCriterionIsShownOrOpen(t *testing.T) {
	list, tests := criteria(t), shown(t)
	if len(list) != 64 {
		t.Errorf("%d criteria; the epic has 64", len(list))
	}
	for _, problem := range gaps(list, tests) {
		t.Error(problem)
	}
	page := criteriaPage(list, tests)
	path := filepath.Join("../..", "docs/criteria.md")
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if text(t, "docs/criteria.md") != page {
		t.Error("docs/criteria.md is out of date; run make generate")
	}
}

func criteriaPage(list []criterion, tests map[string][]string) string {
	var b strings.Builder
	whole := 0
	for _, c := range list {
		if c.Open == "" {
			whole++
		}
	}
	fmt.Fprintf(&b, `# Criteria

Generated from docs/criteria.yaml and the tests by `+"`make generate`"+`; a test fails when a criterion is shown by nothing
and does not say what it waits for. %d of %d are shown in full.

| criterion | what it asks | shown by | still open |
| :--- | :--- | :--- | :--- |
`, whole, len(list))
	for _, c := range list {
		by := slices.Clone(tests[c.ID])
		slices.Sort(by)
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.ID, c.Says, strings.Join(by, "<br>"), c.Open)
	}
	return b.String()
}

func TestGapsAreSeen(t *testing.T) {
	list := []criterion{{ID: "1", Says: "a"}, {ID: "2", Says: "b", Open: "later"}}
	for name, c := range map[string]struct {
		tests map[string][]string
		want  int
	}{
		"all well":               {map[string][]string{"1": {"T"}}, 0},
		"one shown by nothing":   {map[string][]string{"2": {"T"}}, 1},
		"a test of no criterion": {map[string][]string{"1": {"T"}, "9": {"T"}}, 1},
	} {
		if got := gaps(list, c.tests); len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
