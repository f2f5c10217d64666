package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/config/strict"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	examplePath = "../../examples/lego-api/cutover.yaml"
	schemaPath  = "../../schemas/cutover.schema.json"
)

// corpus lists the cases of a folder; none at all is a failure, or a wrong
// path would pass.
func corpus(t testing.TB, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []string
	for _, path := range all {
		if !strings.HasSuffix(path, ".show.yaml") {
			cases = append(cases, path)
		}
	}
	if len(cases) == 0 {
		t.Fatalf("testdata/%s holds no case", folder)
	}
	return cases
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// golden compares with a file, or rewrites it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := read(t, path); string(want) != string(got) {
		t.Errorf("%s differs (rewrite it with -update)\n--- want\n%s--- got\n%s", path, want, got)
	}
}

// TestValid holds every valid file to its written-out form, which reads back
// as the same value.
func TestValid(t *testing.T) {
	for _, path := range corpus(t, "valid") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			shown := Show(f)
			golden(t, strings.TrimSuffix(path, ".yaml")+".show.yaml", shown)
			again, err := Parse("shown", shown)
			if err != nil {
				t.Fatalf("the shown file is refused: %v\n%s", err, shown)
			}
			if !reflect.DeepEqual(f, again) {
				t.Errorf("the shown file reads as another value\nwant %+v\ngot  %+v", f, again)
			}
		})
	}
}

// TestInvalid holds every invalid file to the exact lines of its errors.
func TestInvalid(t *testing.T) {
	for _, path := range corpus(t, "invalid") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, err := Parse("cutover.yaml", read(t, path))
			var problems *strict.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("the error is %v, want *strict.Problems", err)
			}
			if len(problems.List) == 0 || len(problems.List) != strings.Count(err.Error(), "\n")+1 {
				t.Errorf("%d problems in %q", len(problems.List), err)
			}
			for _, p := range problems.List {
				if p.Line < 1 || p.Column < 1 || p.Message == "" || p.File != "cutover.yaml" {
					t.Errorf("incomplete: %+v", p)
				}
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".want", []byte(err.Error()+"\n"))
		})
	}
}
