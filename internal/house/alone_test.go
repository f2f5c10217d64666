package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// rooms are the packages that .ci/rooms prints.
func rooms(t *testing.T, which string) []string {
	t.Helper()
	bind(t)
	cmd := exec.Command("bash", ".ci/rooms", which)
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf(".ci/rooms %s: %v", which, err)
	}
	return strings.Fields(strings.ReplaceAll(string(out), "./", ""))
}

// beside says what in a source runs beside something else, or "".
func beside(parsed *ast.File) (found string) {
	ast.Inspect(parsed, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = "a go statement"
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && (x.Name == "errgroup" || x.Name == "sync" && !strings.HasPrefix(n.Sel.Name, "Once")) {
				found = x.Name + "." + n.Sel.Name
			}
			if n.Sel.Name == "Go" {
				found = "a call of Go"
			}
		}
		return found == ""
	})
	return found
}

// The race detector looks at every package in which it could find something, and
// each package is tested one way or the other.
func TestNothingRunsAtOnceWhereNoRaceIsLookedFor(t *testing.T) {
	race, alone := rooms(t, "race"), rooms(t, "alone")
	for _, known := range []string{"internal/adapter/vegeta", "internal/runner", "internal/virtual"} {
		if !slices.Contains(race, known) {
			t.Errorf("no race is looked for in %s", known)
		}
	}
	for _, p := range packages(t) {
		room := p.room()
		if strings.HasPrefix(room, "internal/") || strings.HasPrefix(room, "cmd/") {
			if slices.Contains(race, room) == slices.Contains(alone, room) {
				t.Errorf("%s is tested twice or not at all", room)
			}
		}
	}
	for _, name := range tracked(t, ".go") {
		if !slices.Contains(alone, path.Dir(name)) || strings.HasSuffix(name, "_e2e_test.go") || strings.Contains(name, "testdata/") {
			continue
		}
		if found := beside(tree(t, name)); found != "" {
			t.Errorf("%s has %s, and no race is looked for there: mend .ci/rooms", name, found)
		}
	}
	for _, source := range []string{"go func() {}()", "go serve(l)", "var mu sync.Mutex", "workers.Go(func() {})", "g, _ := errgroup.WithContext(nil)"} {
		parsed, err := parser.ParseFile(token.NewFileSet(), "a.go", "package a\nfunc f() {\n"+source+"\n}\n", parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if beside(parsed) == "" {
			t.Errorf("%q is not seen", source)
		}
	}
}
