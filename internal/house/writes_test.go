package house_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// writing are the ways past internal/runner's file.go, which lets no committed link
// lead a written file out of the workspace.
var writing = regexp.MustCompile(`\bos\.(WriteFile|Create|OpenFile|Mkdir|MkdirAll|Rename|Symlink|Link)\(`)

// writes lists where a program writes files by itself.
func writes(files map[string]string) (problems []string) {
	for name, source := range files {
		for n, line := range strings.Split(source, "\n") {
			if m := writing.FindStringSubmatch(line); m != nil && !strings.HasPrefix(strings.TrimSpace(line), "//") {
				problems = append(problems, fmt.Sprintf("%s:%d: os.%s: write by the session (WriteFile, ReplaceFile, KeepFile, Folder)", name, n+1, m[1]))
			}
		}
	}
	return problems
}

// Attack: committed-link
func TestProgramsWriteInOnePlace(t *testing.T) {
	files := map[string]string{}
	for _, name := range tracked(t, ".go") {
		if !strings.HasSuffix(name, "_test.go") && (strings.HasPrefix(name, "actions/") || strings.HasPrefix(name, "cmd/cutover/")) {
			files[name] = text(t, name)
		}
	}
	if len(files) < 100 {
		t.Fatalf("only %d files: this test looks in the wrong place", len(files))
	}
	for _, problem := range writes(files) {
		t.Error(problem)
	}
	for _, line := range []string{"	err := os.WriteFile(path, text, 0o644)", "	f, err := os.Create(path)", "	return errors.Join(os.MkdirAll(path, 0o700))"} {
		if len(writes(map[string]string{"a.go": line})) != 1 {
			t.Errorf("%q is not seen", line)
		}
	}
	if got := writes(map[string]string{"a.go": "	root.WriteFile(path)\n// os.WriteFile( is for others"}); len(got) > 0 {
		t.Error(got)
	}
}
