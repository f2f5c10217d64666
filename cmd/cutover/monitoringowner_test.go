package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/runner"
)

// Who is not the owner gets no template and no estimate, so that one stack has
// one who deploys it.
func TestOnlyTheOwnerDeploys(t *testing.T) {
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	const line = "\n  owner: action "
	if strings.Count(string(text), line) != 1 {
		t.Fatalf("%s has no line%s", example, line)
	}
	owners := map[string]string{"action": example, "sst": filepath.Join(t.TempDir(), "sst.yaml")}
	if err := os.WriteFile(owners["sst"], []byte(strings.Replace(string(text), line, "\n  owner: sst ", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for owner, config := range owners {
		for _, by := range []string{"", "any", "action", "sst"} {
			for _, more := range [][]string{nil, {"--estimate"}, {"--scope", "account"}} {
				args := append([]string{"monitoring", "template", "--config", config}, more...)
				if by != "" {
					args = append(args, "--owner", by)
				}
				t.Run(fmt.Sprintf("%s owns, %s asks%s", owner, by, strings.Join(more, "")), func(t *testing.T) {
					code, out, stderr := cutover(args...)
					if by == "" || by == "any" || by == owner {
						if code != 0 || out == "" {
							t.Errorf("exit %d: %s", code, stderr)
						}
						return
					}
					if code != 4 || out != "" || !strings.Contains(stderr, "monitoring.owner") || !strings.Contains(stderr, "docs/monitoring-in-sst.md") {
						t.Errorf("exit %d: %s%s", code, out, stderr)
					}
				})
			}
		}
	}
	if code, _, stderr := cutover("monitoring", "template", "--config", example, "--owner", "me"); code != 2 || !strings.Contains(stderr, "any, action, sst") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// Where a page or the example calls the toolbox, the command and its flags are
// there.
func TestCallsOfTheToolboxAreOnes(t *testing.T) {
	const page, code = "../../docs/monitoring-in-sst.md", "../../examples/lego-api/infra/monitoring.ts"
	calls := map[string][]string{page: nil}
	for line := range strings.Lines(strings.ReplaceAll(read(t, page), "\\\n", " ")) {
		if _, call, ok := strings.Cut(line, "go run ./cmd/cutover "); ok {
			calls[page] = append(calls[page], call)
		}
	}
	// The example has its words one by one.
	_, words, begun := strings.Cut(read(t, code), "const about = [")
	words, rest, ended := strings.Cut(words, "process.stderr.write(")
	if !begun || !ended || !strings.Contains(rest, "spawnSync") {
		t.Fatalf("%s calls the toolbox otherwise", code)
	}
	calls[code] = []string{"monitoring template " + strings.Join(regexp.MustCompile(`--[a-z-]+`).FindAllString(words, -1), " x ")}
	if n := strings.Count(calls[code][0], "--"); n != 5 {
		t.Errorf("%s gives %d flags: %s", code, n, calls[code][0])
	}
	if len(calls[page]) != 3 {
		t.Errorf("%s has %d calls", page, len(calls[page]))
	}
	for path, all := range calls {
		for _, call := range all {
			if problem := unknown(call); problem != "" {
				t.Errorf("%s calls cutover %s: %s", path, strings.TrimSpace(call), problem)
			}
		}
	}
	for _, wrong := range []string{"monitor template --stage x", "monitoring template --inventry x", "iam --owner sst"} {
		if unknown(wrong) == "" {
			t.Errorf("%s is taken for a call", wrong)
		}
	}
}

// unknown says what of a call the toolbox does not have.
func unknown(call string) string {
	command, flags, _ := strings.Cut(call, " --")
	for _, p := range toolbox().Programs {
		if p.Name != strings.TrimSpace(command) {
			continue
		}
		help := runner.Help(p)
		for _, m := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch("--"+flags, -1) {
			if !strings.Contains(help, "  --"+m[1]+" ") {
				return "no flag --" + m[1]
			}
		}
		return ""
	}
	return "no command " + command
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
