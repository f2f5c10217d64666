package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/lint"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/schematest"
)

const lintRules = "../../internal/monitoring/lint/testdata/rules/"

// built is the toolbox as its users run it: a bare file is only known there.
func built(t *testing.T) func(stdin string, args ...string) processtest.Outcome {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "cutover")
	build := processtest.Run(t, "/bin/sh", here, []string{"HOME=" + os.Getenv("HOME")}, "-c", "exec go build -o "+binary+" .")
	if build.Code != 0 {
		t.Fatal(build.Stderr)
	}
	return func(stdin string, args ...string) processtest.Outcome {
		t.Helper()
		cmd, out, stderr := processtest.Command(t, binary, here, nil, args...)
		cmd.Stdin = strings.NewReader(stdin)
		_ = cmd.Run() // its exit code is looked at
		return processtest.Outcome{Code: cmd.ProcessState.ExitCode(), Stdout: out.String(), Stderr: stderr.String()}
	}
}

func TestLintAsItsUsersRunIt(t *testing.T) {
	schema := schematest.Of(t, "../../schemas/monitoring-lint.schema.json", "Result of cutover monitoring lint",
		"What monitoring lint --format json prints: findings by line, and what was left alone.", &lint.Result{}, *update)
	run := built(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const info, bad, good = lintRules + "filter-without-unit/bad.yaml", lintRules + "unit-mistake/bad-json.json", lintRules + "unit-mistake/good.yaml"
	text, err := os.ReadFile(bad)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
		code  int
		rules []string
		says  string
	}{
		"nothing wrong":             {"", []string{good}, 0, nil, ""},
		"an error":                  {"", []string{bad}, 1, []string{"unit-mistake"}, ""},
		"flags before the file":     {"", []string{"--strict", bad}, 1, []string{"unit-mistake"}, ""},
		"a flag and its value":      {"", []string{"--limit", "$5", bad}, 1, []string{"unit-mistake"}, ""},
		"the file as a flag":        {"", []string{"--file", bad}, 1, []string{"unit-mistake"}, ""},
		"standard input":            {string(text), []string{"-"}, 1, []string{"unit-mistake"}, ""},
		"an info":                   {"", []string{info}, 0, []string{"filter-without-unit"}, ""},
		"an info, strictly":         {"", []string{info, "--strict"}, 1, []string{"filter-without-unit"}, ""},
		"too dear":                  {"", []string{good, "--limit", "$0.10"}, 1, []string{"cost-limit"}, ""},
		"no runbook":                {"", []string{good, "--runbooks", "../../docs/runbooks"}, 1, []string{"runbook-dead"}, ""},
		"no runbook below the base": {"", []string{good, "--runbooks", "../../docs/decisions", "--runbooks-base", "https://example.com/runbooks"}, 1, []string{"runbook-dead"}, ""},
		"another site's runbook":    {"", []string{good, "--runbooks", "../../docs/decisions", "--runbooks-base", "https://example.org/runbooks"}, 0, nil, ""},
		"ours, its runbooks there":  {"", []string{stacks + "one-http-node.template.json", "--runbooks", "../../docs/runbooks"}, 0, nil, ""},
		"the base of cutover.yaml":  {"", []string{stacks + "one-http-node.template.json", "--runbooks", "../../docs/runbooks", "--config", example}, 0, nil, ""},
		"no file":                   {"", nil, 2, nil, "file"},
		"absent":                    {"", []string{"absent.yaml"}, 2, nil, "absent.yaml"},
		"no template":               {"", []string{write("none.yaml", "a: 1\n")}, 2, nil, "has no Resources"},
		"broken, with its place":    {"", []string{write("broken.json", "{\"Resources\":\n {\"A\": }}")}, 2, nil, "broken.json:2:8: is no JSON"},
		"two files":                 {"", []string{good, bad}, 2, nil, "takes no bare arguments"},
		"no such folder":            {"", []string{good, "--runbooks", "absent"}, 2, nil, "is no folder"},
		"a base without its folder": {"", []string{good, "--runbooks-base", "https://example.com"}, 2, nil, "was not given"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(c.stdin, append([]string{"monitoring", "lint"}, append(c.args, "--format", "json")...)...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.says) {
				t.Fatalf("exit %d, want %d: %s%s", got.Code, c.code, got.Stdout, got.Stderr)
			}
			if c.code == 2 {
				return
			}
			if err := schema.Check(got.Stdout); err != nil {
				t.Error(err)
			}
			var r lint.Result
			if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
				t.Fatal(err)
			}
			var rules []string
			for _, f := range r.Findings {
				rules = append(rules, f.Rule)
			}
			slices.Sort(rules)
			if rules = slices.Compact(rules); !slices.Equal(rules, c.rules) || !strings.Contains(got.Stdout, `"findings": [`) {
				t.Errorf("%v, want %v: %s", rules, c.rules, got.Stdout)
			}
		})
	}
}

// The terminal shows resource, line, rule and what to do.
func TestLintShowsItsFindings(t *testing.T) {
	code, out, stderr := cutover("monitoring", "lint", "--file", lintRules+"unit-mistake/bad-json.json")
	if code != 1 || !strings.Contains(stderr, "has 1 error, 0 warnings and 0 infos") {
		t.Errorf("exit %d: %s", code, stderr)
	}
	for _, want := range []string{"Orders", "10", "unit-mistake", "3 s are 3000", "Write the threshold in the metric's unit.", "docs/monitoring-lint.md"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
}
