package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	mostLines         = 300
	mostFunctionLines = 60
)

// there are the repository's files, new ones too, but for those that are deleted.
var there = sync.OnceValues(func() ([]string, error) {
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	var files []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if _, err := os.Stat(filepath.Join("../..", name)); err == nil {
			files = append(files, name)
		}
	}
	return files, err
})

// tracked lists the repository's files with one of the endings, new ones too.
func tracked(t *testing.T, endings ...string) []string {
	t.Helper()
	bind(t)
	all, err := there()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	var files []string
	for _, name := range all {
		for _, ending := range endings {
			if strings.HasSuffix(name, ending) {
				files = append(files, name)
			}
		}
	}
	if len(files) == 0 {
		t.Fatalf("no file ends in %v: this test would hold nothing", endings)
	}
	return files
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Tests may be longer: a table of cases is read row by row.
func TestFilesAndFunctionsStayReadable(t *testing.T) {
	for _, name := range tracked(t, ".go", ".ts", ".sh") {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, ".test.ts") {
			continue
		}
		source := text(t, name)
		if n := strings.Count(source, "\n"); n > mostLines {
			t.Errorf("%s has %d lines, more than %d: would it be two rooms?", name, n, mostLines)
		}
		if strings.HasSuffix(name, ".go") {
			checkFunctions(t, name)
		}
	}
}

// positions are those of the files in trees, each of which is parsed once.
var (
	positions = token.NewFileSet()
	trees     = map[string]*ast.File{}
)

// tree is a source file, parsed.
func tree(t *testing.T, name string) *ast.File {
	t.Helper()
	if trees[name] == nil {
		parsed, err := parser.ParseFile(positions, name, text(t, name), parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		trees[name] = parsed
	}
	return trees[name]
}

func checkFunctions(t *testing.T, name string) {
	t.Helper()
	for _, d := range tree(t, name).Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := positions.Position(f.End()).Line - positions.Position(f.Pos()).Line + 1; n > mostFunctionLines {
			t.Errorf("%s: %s has %d lines, more than %d", name, f.Name.Name, n, mostFunctionLines)
		}
	}
}

// Every exported name of a library is documented.
func TestExportedNamesAreDocumented(t *testing.T) {
	for _, name := range tracked(t, ".go") {
		if strings.HasSuffix(name, "_test.go") || !strings.HasPrefix(name, "internal/") {
			continue
		}
		for _, d := range tree(t, name).Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Name.IsExported() && f.Doc == nil && f.Recv == nil {
				t.Errorf("%s: %s is exported and not documented", name, f.Name.Name)
			}
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.TYPE {
				continue
			}
			for _, s := range g.Specs {
				if ts := s.(*ast.TypeSpec); ts.Name.IsExported() && g.Doc == nil && ts.Doc == nil {
					t.Errorf("%s: the type %s is exported and not documented", name, ts.Name.Name)
				}
			}
		}
	}
}
