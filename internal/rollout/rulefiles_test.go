package rollout_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root of the repository, from here.
const root = "../.."

// rule is one case in testdata/rules: a safety rule, how to switch it off in
// the source, and the tests that must turn red when it is.
//
//	# The rule, in words.
//	file: internal/rollout/decide.go
//	package: ./internal/rollout
//	run: ^TestSomething$/some_case
//	--- old
//	the text that makes the rule
//	--- new
//	the text that switches it off
type rule struct {
	name, says         string
	file, pkg, run     string
	old, new, original string
}

func rules(t *testing.T) []rule {
	t.Helper()
	paths, err := filepath.Glob("testdata/rules/*.txt")
	if err != nil || len(paths) < 25 {
		t.Fatalf("%d rules, %v", len(paths), err)
	}
	var list []rule
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parseRule(string(text))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		r.name = strings.TrimSuffix(filepath.Base(path), ".txt")
		source, err := os.ReadFile(filepath.Join(root, r.file))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		r.original = string(source)
		list = append(list, r)
	}
	return list
}

func parseRule(text string) (rule, error) {
	head, rest, ok := strings.Cut(text, "--- old\n")
	before, after, ok2 := strings.Cut(rest, "--- new\n")
	if !ok || !ok2 {
		return rule{}, fmt.Errorf("it has no part --- old or --- new")
	}
	r := rule{old: strings.TrimSuffix(before, "\n"), new: strings.TrimSuffix(after, "\n")}
	fields := map[string]*string{"file": &r.file, "package": &r.pkg, "run": &r.run}
	for line := range strings.Lines(head) {
		line = strings.TrimSpace(line)
		if words, found := strings.CutPrefix(line, "# "); found {
			r.says = strings.TrimSpace(r.says + " " + words)
			continue
		}
		key, value, _ := strings.Cut(line, ": ")
		if fields[key] == nil {
			return rule{}, fmt.Errorf("there is no field %q", key)
		}
		*fields[key] = value
	}
	if r.says == "" || r.file == "" || r.pkg == "" || r.run == "" || r.old == "" || r.old == r.new {
		return rule{}, fmt.Errorf("it is not whole: %+v", r)
	}
	return r, nil
}

// What the rules replace stands in the source, once: a case cannot rot unseen.
// That the tests turn red is shown by go test -tags rules -run TestRules.
func TestRulesStandInTheSource(t *testing.T) {
	seen := map[string]string{}
	for _, r := range rules(t) {
		if n := strings.Count(r.original, r.old); n != 1 {
			t.Errorf("%s: its text occurs %d times in %s", r.name, n, r.file)
		}
		if other, twice := seen[r.says]; twice {
			t.Errorf("%s says the same as %s", r.name, other)
		}
		seen[r.says] = r.name
	}
}
