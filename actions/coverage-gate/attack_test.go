package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/processtest"
)

// hostileNames are names of files that a pull request brings, in its tree and in
// the report of its coverage.
var hostileNames = []string{
	"src/##[set-output name=verdict]pass.ts", "src/a ##[stop-commands]x.ts", "::add-mask::production.ts", "\u00a0::error::x.ts",
	"src/<img src=x onerror=alert(1)>.ts", "src/[click](https:x).ts", "src/@everyone `x` | y.ts", "src/${{ github.token }}.ts", "src/$(touch pwned);x.ts",
}

// A pull request's file names reach log, summary, page, result and outputs. Nowhere
// are they more than names.
//
// Attack: log-injection, summary-injection, output-injection, command-set-output, coverage-markup
func TestHostileFileNamesAreNames(t *testing.T) {
	t.Parallel()
	var report strings.Builder
	files := map[string]string{"cutover.yaml": app}
	for _, name := range hostileNames {
		files[name] = source
		report.WriteString("TN:\nSF:" + name + "\nDA:1,0\nDA:2,0\nLF:2\nLH:0\nend_of_record\n")
	}
	files["lcov.info"] = report.String()
	folder := tree(t, files)
	env := []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + folder, "GITHUB_OUTPUT=" + filepath.Join(folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(folder, "summary")}
	for _, format := range []string{"text", "json"} {
		got := gate(t, folder, env, "--report", "lcov.info", "--format", format)
		if got.Code != 1 {
			t.Fatalf("exit %d\n%s", got.Code, got.Stderr)
		}
		for _, c := range processtest.Commands(got.Stdout + "\n" + got.Stderr) {
			if name, _, _ := strings.Cut(c, ":"); name != "error" && name != "warning" && name != "notice" {
				t.Errorf("%s: %q is carried out", format, c)
			}
		}
	}
	summary, output := read(t, folder, "summary"), read(t, folder, "output")
	for _, hostile := range []string{"<img", "](https:x", "@everyone", "`x`"} {
		if strings.Contains(summary, hostile) {
			t.Errorf("the summary holds %q", hostile)
		}
	}
	if !strings.Contains(summary, "onerror") {
		t.Errorf("the names are not shown at all: %s", summary)
	}
	declared := map[string]bool{}
	for _, o := range program().Outputs {
		declared[o.Name] = true
	}
	for line := range strings.Lines(output) {
		if name, _, ok := strings.Cut(line, "<<cutover_"); ok && !declared[name] {
			t.Errorf("an output is called %q", name)
		}
	}
	if _, err := os.Stat(filepath.Join(folder, "pwned")); err == nil {
		t.Error("a name was run")
	}
}

// A report names files outside of the checkout, by steps up, in full, and by a link
// that the pull request brings. None of them is opened: what stands in them is not
// shown, and they count for nothing.
//
// Attack: coverage-traversal
func TestNamesLeadNowhere(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret.ts")
	if err := os.WriteFile(outside, []byte("const key = \"the-secret-of-the-runner\";\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{"up": "../../../../../../../../etc/passwd", "in full": outside, "by a link": "src/link.ts"} {
		folder := tree(t, map[string]string{"cutover.yaml": app, "src/a.ts": source})
		if err := os.Symlink(outside, filepath.Join(folder, "src/link.ts")); err != nil {
			t.Fatal(err)
		}
		report := full + "TN:\nSF:" + file + "\nDA:1,1\nLF:1\nLH:1\nend_of_record\n"
		if err := os.WriteFile(filepath.Join(folder, "lcov.info"), []byte(report), 0o600); err != nil {
			t.Fatal(err)
		}
		got := gate(t, folder, []string{"GITHUB_ACTIONS=true", "GITHUB_WORKSPACE=" + folder, "GITHUB_OUTPUT=" + filepath.Join(folder, "output"), "GITHUB_STEP_SUMMARY=" + filepath.Join(folder, "summary")}, "--report", "lcov.info", "--format", "json")
		all := got.Stdout + got.Stderr + read(t, folder, "summary") + read(t, folder, "output")
		if strings.Contains(all, "the-secret-of-the-runner") || strings.Contains(all, "root:x:") {
			t.Errorf("%s: what stands outside is shown\n%s", name, all)
		}
	}
}

func read(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}
