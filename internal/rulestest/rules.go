// Package rulestest is for tests: safety rules that are switched off in turn, each
// of which must turn a test red. A rule is a file in testdata/rules of the
// capability that it belongs to:
//
//	# The rule, in words.
//	file: internal/rollout/decide.go
//	package: ./internal/rollout
//	run: ^TestSomething$/some_case
//	--- old
//	the text that makes the rule
//	--- new
//	the text that switches it off
package rulestest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// rule is one of them.
type rule struct {
	name, says         string
	file, pkg, run     string
	old, new, original string
}

// read reads the rules of the capability whose test this is, which lies at root
// of the repository.
func read(t *testing.T, root string, least int) []rule {
	t.Helper()
	paths, err := filepath.Glob("testdata/rules/*.txt")
	if err != nil || len(paths) < least {
		t.Fatalf("testdata/rules holds %d rules, fewer than %d: %v", len(paths), least, err)
	}
	var list []rule
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := parse(string(text))
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

func parse(text string) (rule, error) {
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

// Stand holds that what the rules replace stands in the source, once, so that a
// case cannot rot unseen. It is quick.
func Stand(t *testing.T, root string, least int) {
	t.Helper()
	seen := map[string]string{}
	for _, r := range read(t, root, least) {
		if n := strings.Count(r.original, r.old); n != 1 {
			t.Errorf("%s: its text occurs %d times in %s", r.name, n, r.file)
		}
		if other, twice := seen[r.says]; twice {
			t.Errorf("%s says the same as %s", r.name, other)
		}
		seen[r.says] = r.name
	}
}

// TurnRed runs, without each rule, the tests that it names, and fails where all of
// them still pass.
func TurnRed(t *testing.T, root string, least int) {
	t.Helper()
	processtest.DependsOnAll()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	byPackage := map[string][]rule{}
	for _, r := range read(t, root, least) {
		byPackage[r.pkg] = append(byPackage[r.pkg], r)
	}
	for pkg, rules := range byPackage {
		t.Run(strings.TrimPrefix(pkg, "./"), func(t *testing.T) {
			t.Parallel()
			switched, alone := switches(rules)
			program, err := build(t, dir, pkg, switched)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range switched {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					out, err := program.without(t, i+1, r.run)
					r.red(t, out, err)
				})
			}
			for _, r := range alone {
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					out, err := r.switchedOff(t, dir)
					r.red(t, out, err)
				})
			}
		})
	}
}

func (r rule) red(t *testing.T, out string, err error) {
	t.Helper()
	if why := green(out, err); why != "" {
		t.Errorf("%s\n%s; ran %s: %v\n%s", r.says, why, r.run, err, out)
	}
}

// green says why a run without a rule shows nothing, or "".
func green(out string, err error) string {
	switch {
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return "It does not compile"
	case strings.Contains(out, "no tests to run"):
		return "No test is called so"
	case err == nil, !strings.Contains(out, "--- FAIL: ") && !strings.Contains(out, "panic: "):
		return "No test turned red without it"
	}
	return ""
}

// switchedOff runs the tests of a rule that is compiled away.
func (r rule) switchedOff(t *testing.T, dir string) (string, error) {
	t.Helper()
	overlay := replacing(t, map[string]string{filepath.Join(dir, r.file): strings.Replace(r.original, r.old, r.new, 1)})
	// One red test is enough, and symbols would only take the linker's time.
	cmd := exec.CommandContext(t.Context(), "go", "test", "-overlay", overlay, "-vet=off", "-ldflags=-s -w", "-failfast", "-count=1", "-timeout", "60s", "-run", r.run, r.pkg)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// replacing writes an overlay for the compiler: texts by the path that they replace.
func replacing(t *testing.T, texts map[string]string) string {
	t.Helper()
	temp, replace := t.TempDir(), map[string]string{}
	for path, text := range texts {
		replace[path] = processtest.Write(t, temp, fmt.Sprintf("%d.go", len(replace)), text)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	return processtest.Write(t, temp, "overlay.json", string(overlay))
}
