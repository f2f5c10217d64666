package sim_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A referee that borrows from the players repeats their mistakes: the world
// knows the standard library, the words of scenario files, and nothing else.
func TestImportsNothingThatItJudges(t *testing.T) {
	const module = "github.com/cutover-dev/cutover/internal/"
	allowed := map[string]bool{module + "unit": true, module + "config/strict": true, module + "fault": true, module + "nearest": true}
	var names []string
	for _, pattern := range []string{"*.go", "*/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	read := map[string]int{}
	for _, name := range names {
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		read[filepath.Dir(name)]++
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(path, ".") && !allowed[path] {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	for _, room := range []string{".", "legacy"} {
		if read[room] < 5 {
			t.Errorf("%d files of %s read: this test would hold nothing", read[room], room)
		}
	}
}
