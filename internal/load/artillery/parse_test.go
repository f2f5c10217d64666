package artillery_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load/artillery"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func beside(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join("testdata", filepath.Base(path)))
}

// told is the plan with its notes, or what is wrong, as text.
func told(t *testing.T, file string, text []byte) string {
	t.Helper()
	plan, notes, err := artillery.Parse(file, text, beside)
	if err != nil {
		if fault.KindOf(err) != fault.Input {
			t.Errorf("%s: an error that is nobody's fault: %v", file, err)
		}
		return "refused\n" + err.Error() + "\n"
	}
	out, err := json.MarshalIndent(struct {
		Plan  any
		Notes []artillery.Note
	}{plan, notes}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n"
}

// TestScripts holds every script of testdata to the plan or the errors beside it.
// A new case is a new file.
//
// Shows: 5.6.3
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(scripts) < 8 {
		t.Fatalf("%d scripts: %v", len(scripts), err)
	}
	for _, path := range scripts {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got, golden := told(t, filepath.Base(path), text), strings.TrimSuffix(path, ".yml")+".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs (rewrite it with -update)\n--- want\n%s--- got\n%s", golden, want, got)
			}
		})
	}
}

// Every key of a good script that is misspelt must be an error that names it: a
// part that is left out without a word would be another test.
func TestNothingIsLeftOut(t *testing.T) {
	text, err := os.ReadFile("testdata/flow.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"target", "phases", "duration", "arrivalRate", "defaults", "http", "timeout", "scenarios", "weight", "flow", "qs", "capture", "as", "hasHeader", "statusCode", "hasProperty", "think", "post", "json", "loop", "count"} {
		broken := strings.Replace(string(text), key+":", key+"x:", 1)
		_, _, err := artillery.Parse("flow.yml", []byte(broken), beside)
		if broken == string(text) || err == nil || !strings.Contains(err.Error(), key+"x") || !strings.Contains(err.Error(), "flow.yml:") {
			t.Errorf("%sx passes: %v", key, err)
		}
	}
}

// FuzzParse: whatever a script says, it is a plan that can be carried out, or an
// error. It never takes long.
func FuzzParse(f *testing.F) {
	scripts, err := filepath.Glob("testdata/*.yml")
	if err != nil || len(scripts) == 0 {
		f.Fatal(err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		plan, _, err := artillery.Parse("script.yml", text, beside)
		if err != nil {
			return
		}
		if plan.Target == "" {
			plan.Target = "http://127.0.0.1"
		}
		if err := plan.Validate(); err != nil {
			t.Errorf("a plan that cannot be carried out: %v", err)
		}
	})
}
