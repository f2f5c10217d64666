// House prints how large the house is: files, functions, tests to code, and how
// many exported names are documented.
//
//	go run ./bench/house
package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"slices"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// figures are what is counted.
type figures struct {
	files, functions     []int // lines of each, tests left out
	code, tests          int   // lines
	exported, documented int
	largest              string
}

func run() error {
	out, err := exec.CommandContext(context.Background(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.go").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w", err)
	}
	var f figures
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		text, err := os.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and git does not know it yet
		}
		if err == nil {
			err = f.add(name, text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	slices.Sort(f.files)
	slices.Sort(f.functions)
	fmt.Printf("files           %d, median %d lines, p95 %d, largest %d (%s)\n", len(f.files), at(f.files, 50), at(f.files, 95), at(f.files, 100), f.largest)
	fmt.Printf("functions       %d, median %d lines, p95 %d, largest %d\n", len(f.functions), at(f.functions, 50), at(f.functions, 95), at(f.functions, 100))
	fmt.Printf("tests to code   %.2f (%d lines to %d)\n", float64(f.tests)/float64(f.code), f.tests, f.code)
	fmt.Printf("exported names  %d, documented %.1f%%\n", f.exported, 100*float64(f.documented)/float64(f.exported))
	return nil
}

// at is the value below which so many percent lie.
func at(sorted []int, percent int) int {
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

func (f *figures) add(name string, text []byte) error {
	lines := strings.Count(string(text), "\n")
	if strings.HasSuffix(name, "_test.go") {
		f.tests += lines
		return nil
	}
	f.code += lines
	if len(f.files) == 0 || lines > slices.Max(f.files) {
		f.largest = name
	}
	f.files = append(f.files, lines)
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			f.functions = append(f.functions, files.Position(d.End()).Line-files.Position(d.Pos()).Line+1)
			f.count(d.Name, d.Doc != nil)
		case *ast.GenDecl:
			f.declared(d)
		}
	}
	return nil
}

// declared counts the names of a declaration. A group's comment speaks for all.
func (f *figures) declared(d *ast.GenDecl) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			f.count(s.Name, d.Doc != nil || s.Doc != nil)
		case *ast.ValueSpec:
			for _, name := range s.Names {
				f.count(name, d.Doc != nil || s.Doc != nil || s.Comment != nil)
			}
		}
	}
}

func (f *figures) count(name *ast.Ident, documented bool) {
	if !name.IsExported() {
		return
	}
	f.exported++
	if documented {
		f.documented++
	}
}
