package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/schematest"
)

// cutover runs the toolbox in this process, with nothing of its environment.
func cutover(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = toolbox().Execute(runner.Host{
		Args: args, Getenv: func(string) string { return "" }, Environ: func() []string { return nil },
		Stdout: &out, Stderr: &err,
	})
	return code, out.String(), err.String()
}

const example = "../../examples/lego-api/cutover.yaml"

var update = flag.Bool("update", false, "write the schema anew")

func TestConfigCheckPrintsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/config-check.schema.json", "Result of cutover config check",
		"What config check --format json prints for a valid file; for another see failure.schema.json.", &checked{}, *update)
	_, out, _ := cutover("config", "check", "--config", example, "--format", "json")
	if err := s.Check(out); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestConfigCheck(t *testing.T) {
	if code, out, stderr := cutover("config", "check", "--config", example); code != 0 || !strings.Contains(out, "is valid") {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from, to string
		want     []string
	}{
		"an unknown key":      {"region:", "regoin:", []string{":7:1: ", `"region"`}},
		"a wrong unit":        {"weight: 10%, hold: 2 h", "weight: 10, hold: 2", []string{`"10%"`, `"2 h"`}},
		"more than all":       {"weight: 10%", "weight: 110%", []string{"110%", "100%"}},
		"broken YAML":         {"stages:", "stages: [", []string{":"}},
		"two at once":         {"project: LEGO-API", "project: 'a b'\ncolour: red", []string{"project", "colour"}},
		"phases that fall":    {"{ weight: 50%", "{ weight: 5%", []string{"traffic.phases[1].weight"}},
		"a secret, unshown":   {"project: LEGO-API", "project: xoxb-1234567890-abcdefghij", []string{":6:10: ", "Slack token"}},
		"a time without unit": {"ttl: 60 s", "ttl: 60", []string{`"60 s"`}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(string(text), c.from, c.to, 1)
			if changed == string(text) {
				t.Fatalf("the example does not hold %q", c.from)
			}
			path := filepath.Join(t.TempDir(), "cutover.yaml")
			if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
				t.Fatal(err)
			}
			code, out, stderr := cutover("config", "check", "--config", path)
			if code != 2 || out != "" {
				t.Errorf("exit %d, standard output %q", code, out)
			}
			for _, part := range append(c.want, path+":") {
				if !strings.Contains(stderr, part) {
					t.Errorf("the errors lack %q:\n%s", part, stderr)
				}
			}
			if strings.Contains(stderr, "abcdefghij") {
				t.Errorf("the secret shows: %s", stderr)
			}
		})
	}
	if code, _, stderr := cutover("config", "check", "--config", "absent.yaml"); code != 2 || !strings.Contains(stderr, "absent.yaml") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// What show prints is a configuration that says the same.
func TestConfigShowIsAConfiguration(t *testing.T) {
	code, out, stderr := cutover("config", "show", "--config", example)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	path := filepath.Join(t.TempDir(), "cutover.yaml")
	if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, again, stderr := cutover("config", "show", "--config", path); code != 0 || again != out {
		t.Errorf("exit %d, %s; shown again it differs", code, stderr)
	}
}

func TestConfigSchemaIsTheCommittedOne(t *testing.T) {
	kept, err := os.ReadFile("../../schemas/cutover.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if code, out, _ := cutover("config", "schema"); code != 0 || out != string(kept) {
		t.Errorf("exit %d, and what it prints is not schemas/cutover.schema.json; run make generate", code)
	}
}
