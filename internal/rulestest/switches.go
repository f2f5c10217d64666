package rulestest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Most rules stand in the body of a function. Those of one package are compiled
// together, once: each has a copy of its function without it, and the function
// itself takes the copy whose number the environment names. A rule that stands
// elsewhere, in a table or a constant, is compiled by itself.

// offVariable holds the number of the rule that is switched off; 0 or none is none.
const offVariable = "CUTOVER_RULE_OFF"

// switches tells apart the rules that can be switched from those that are compiled
// by themselves. A rule's number is its place among the first, counted from 1.
func switches(rules []rule) (switched, alone []rule) {
	for _, r := range rules {
		if _, err := r.place(); err != nil {
			alone = append(alone, r)
		} else {
			switched = append(switched, r)
		}
	}
	return switched, alone
}

// place is the function that a rule stands in.
type place struct {
	decl *ast.FuncDecl
	// start, name, body and end are offsets in the source.
	start, name, body, end int
	// call is how the function calls a copy of itself.
	call string
}

// place finds the function that the rule's text stands in, if a copy of it can be
// called in its stead.
func (r rule) place() (place, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, r.file, r.original, parser.SkipObjectResolution)
	if err != nil {
		return place{}, err
	}
	at := strings.Index(r.original, r.old)
	offset := func(p token.Pos) int { return files.Position(p).Offset }
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil || at < offset(f.Body.Lbrace)+1 || at+len(r.old) > offset(f.Body.Rbrace) {
			continue
		}
		call, err := calling(f)
		if err != nil {
			return place{}, err
		}
		return place{decl: f, start: offset(f.Pos()), name: offset(f.Name.Pos()), body: offset(f.Body.Lbrace), end: offset(f.End()), call: call}, nil
	}
	return place{}, fmt.Errorf("%s: the rule stands in no function", r.name)
}

// calling writes the call of a copy of f with f's own arguments, with %s for what
// comes after the name.
func calling(f *ast.FuncDecl) (string, error) {
	if f.Type.TypeParams != nil {
		return "", fmt.Errorf("%s has parameters of type", f.Name)
	}
	call := f.Name.Name + "%s("
	if f.Recv != nil {
		names := f.Recv.List[0].Names
		if len(names) != 1 || names[0].Name == "_" {
			return "", fmt.Errorf("the receiver of %s has no name", f.Name)
		}
		call = names[0].Name + "." + call
	}
	var args []string
	for _, field := range f.Type.Params.List {
		_, variadic := field.Type.(*ast.Ellipsis)
		if len(field.Names) == 0 {
			return "", fmt.Errorf("a parameter of %s has no name", f.Name)
		}
		for _, n := range field.Names {
			switch {
			case n.Name == "_":
				return "", fmt.Errorf("a parameter of %s has no name", f.Name)
			case variadic:
				args = append(args, n.Name+"...")
			default:
				args = append(args, n.Name)
			}
		}
	}
	call += strings.Join(args, ", ") + ")"
	if f.Type.Results.NumFields() == 0 {
		return call + "; return", nil
	}
	return "return " + call, nil
}

// switchable writes the files of the rules anew, by path below the repository, so
// that each rule can be switched off by its number. Every folder gets a file that
// reads the number.
func switchable(switched []rule) (map[string]string, error) {
	type edit struct {
		at   int
		text string
	}
	edits, texts := map[string][]edit{}, map[string]string{}
	for i, r := range switched {
		p, err := r.place()
		if err != nil {
			return nil, err
		}
		suffix := fmt.Sprintf("WithoutRule%d", i+1)
		copied := strings.Replace(r.original[p.start:p.end], r.old, r.new, 1)
		name := p.name - p.start + len(p.decl.Name.Name)
		edits[r.file] = append(edits[r.file],
			edit{p.body + 1, fmt.Sprintf(" if ruleOff == %d { %s }; ", i+1, fmt.Sprintf(p.call, suffix))},
			edit{p.end, "\n\n" + copied[:name] + suffix + copied[name:]})
		texts[r.file] = r.original
	}
	for file, list := range edits {
		slices.SortStableFunc(list, func(a, b edit) int { return b.at - a.at })
		for _, e := range list {
			texts[file] = texts[file][:e.at] + e.text + texts[file][e.at:]
		}
	}
	for _, r := range switched {
		name := regexp.MustCompile(`(?m)^package (\w+)`).FindStringSubmatch(r.original)
		texts[filepath.Join(filepath.Dir(r.file), "rule_off.go")] = "package " + name[1] + "\n\nimport (\n\t\"os\"\n\t\"strconv\"\n)\n\nvar ruleOff, _ = strconv.Atoi(os.Getenv(\"" + offVariable + "\"))\n"
	}
	return texts, nil
}

// program is a package's compiled tests, in which rules can be switched off.
type program struct{ path, folder string }

// build compiles a package's tests with all switches in them, and holds that they
// pass with none of them off: else anything would look red.
func build(t *testing.T, dir, pkg string, switched []rule) (program, error) {
	t.Helper()
	if len(switched) == 0 {
		return program{}, nil
	}
	texts, err := switchable(switched)
	if err != nil {
		return program{}, err
	}
	replace := map[string]string{}
	for file, text := range texts {
		replace[filepath.Join(dir, file)] = text
	}
	p := program{filepath.Join(t.TempDir(), "program"), filepath.Join(dir, pkg)}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", p.path, "-overlay", replacing(t, replace), "-vet=off", "-ldflags=-s -w", pkg)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return program{}, fmt.Errorf("the tests of %s with their rules to switch: %w\n%s", pkg, err, out)
	}
	var all []string
	for _, r := range switched {
		first, _, _ := strings.Cut(r.run, "/")
		all = append(all, "("+first+")")
	}
	slices.Sort(all)
	if out, err := p.without(t, 0, strings.Join(slices.Compact(all), "|")); err != nil || strings.Contains(out, "no tests to run") {
		return program{}, fmt.Errorf("with every rule in force its tests fail: %w\n%s", err, out)
	}
	return p, nil
}

// without runs tests with one rule switched off; 0 is none.
func (p program) without(t *testing.T, number int, run string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.path, "-test.run", run, "-test.failfast", "-test.timeout", "120s")
	cmd.Dir, cmd.Env = p.folder, append(cmd.Environ(), offVariable+"="+strconv.Itoa(number))
	out, err := cmd.CombinedOutput()
	return string(out), err
}
