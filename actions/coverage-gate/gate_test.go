package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schema anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsed(processtest.Main(m, "coverage-gate", &binary, func() { program() }), map[string]string{
		"s3:ListBucket": "S3 itself: with it an absent object reads as absent, without it as denied",
	}))
}

// tree writes files below a new folder; names ending in / become folders.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// gate runs the binary in a folder with just the given environment.
func gate(t *testing.T, folder string, env []string, args ...string) processtest.Outcome {
	t.Helper()
	return processtest.Run(t, binary, folder, env, args...)
}

const (
	source = "export const x = 1;\n"
	full   = "TN:\nSF:src/a.ts\nDA:1,1\nDA:2,1\nLF:2\nLH:2\nend_of_record\n"
	half   = "TN:\nSF:src/a.ts\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,0\nLF:2\nLH:1\nend_of_record\n"
	app    = "project: X\nregion: us-east-1\nstages: {production: {url: 'https://example.com'}}\n"
)

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		env   []string
		args  []string
		code  int
		want  string // on standard output for 0 and 1, on standard error else
	}{
		"pass":                    {map[string]string{"r": full}, nil, []string{"--report", "r"}, 0, "✓ pass"},
		"fail":                    {map[string]string{"r": half}, nil, []string{"--report", "r"}, 1, "Cover 1 more of the 1 uncovered lines"},
		"fail, by variable":       {map[string]string{"r": half}, []string{"INPUT_REPORT=r", "INPUT_MIN_LINES=95"}, nil, 1, "✗ fail"},
		"a lower minimum":         {map[string]string{"r": half}, nil, []string{"--report", "r", "--min-lines", "50"}, 0, "✓ pass"},
		"a minimum with its sign": {map[string]string{"r": half}, nil, []string{"--report", "r", "--min-lines", "50.5%"}, 1, "50.5%"},
		"branches":                {map[string]string{"r": half}, nil, []string{"--report", "r", "--min-lines", "none", "--min-branches", "51"}, 1, "branches"},
		"two reports, by lines":   {map[string]string{"r": half, "s": "TN:\nSF:src/a.ts\nDA:2,1\nend_of_record\n"}, []string{"INPUT_REPORT=r\ns"}, nil, 0, "100%"},
		"two packages, one name":  {map[string]string{"a/src/x.ts": source, "b/src/x.ts": source, "a/coverage/r": "TN:\nSF:src/x.ts\nDA:1,0\nend_of_record\n", "b/coverage/r": "TN:\nSF:src/x.ts\nDA:1,1\nend_of_record\n"}, []string{"INPUT_REPORT=a/coverage/r\nb/coverage/r"}, nil, 1, "a/src/x.ts"},
		"a config's minimum":      {map[string]string{"r": half, "cutover.yaml": app + "coverage: {lines: 40%}\n"}, nil, []string{"--report", "r"}, 0, "✓ pass"},
		"an input over a config":  {map[string]string{"r": half, "cutover.yaml": app + "coverage: {lines: 40%}\n"}, nil, []string{"--report", "r", "--min-lines", "60"}, 1, "60%"},
		"a config that is named":  {map[string]string{"r": half, "c.yaml": app + "coverage: {lines: 40%}\n"}, nil, []string{"--report", "r", "--config", "c.yaml"}, 0, "40%"},

		"no report named":         {nil, nil, nil, 2, "INPUT_REPORT"},
		"a report that is absent": {nil, nil, []string{"--report", "nope"}, 2, `got "nope"`},
		"a folder":                {map[string]string{"d/lcov.info": full}, nil, []string{"--report", "d"}, 2, "is a folder"},
		"an empty one":            {map[string]string{"r": ""}, nil, []string{"--report", "r"}, 2, "is empty"},
		"a truncated one":         {map[string]string{"r": full[:30]}, nil, []string{"--report", "r"}, 2, "breaks off"},
		"one of another tree":     {map[string]string{"r": strings.ReplaceAll(full, "src/a.ts", "src/z.ts")}, nil, []string{"--report", "r"}, 2, "none of its 1 files exists here"},
		"two bad ones, both told": {map[string]string{"r": "", "s": "?"}, nil, []string{"--report", "r", "--report", "s"}, 2, "s: is no coverage report"},
		"a minimum that is none":  {map[string]string{"r": full}, nil, []string{"--report", "r", "--min-lines", "lots"}, 2, "0 to 100"},
		"more than all":           {map[string]string{"r": full}, nil, []string{"--report", "r", "--min-lines", "101"}, 2, "0 to 100"},
		"statements of LCOV":      {map[string]string{"r": full}, nil, []string{"--report", "r", "--min-statements", "50"}, 2, "json-summary"},
		"nothing gated":           {map[string]string{"r": full}, nil, []string{"--report", "r", "--min-lines", "none"}, 2, "nothing is gated"},
		"a misspelt variable":     {map[string]string{"r": half}, []string{"INPUT_REPORT=r", "INPUT_MINLINES=10"}, nil, 2, "INPUT_MIN_LINES"},
		"a broken config":         {map[string]string{"r": full, "cutover.yaml": app + "coverage: {lines: 95}\n"}, nil, []string{"--report", "r"}, 2, "cutover.yaml:4:19"},
		"a config that is absent": {map[string]string{"r": full}, nil, []string{"--report", "r", "--config", "no.yaml"}, 2, "no.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"src/a.ts": source}
			for k, v := range c.files {
				files[k] = v
			}
			got := gate(t, tree(t, files), c.env, c.args...)
			shown := got.Stdout
			if c.code > 1 {
				shown = got.Stderr
			}
			if got.Code != c.code || !strings.Contains(shown, c.want) {
				t.Errorf("exit %d, want %d with %q\nstdout %s\nstderr %s", got.Code, c.code, c.want, got.Stdout, got.Stderr)
			}
			if c.code > 1 && got.Stdout != "" {
				t.Errorf("standard output holds %q", got.Stdout)
			}
		})
	}
}

func TestJSONIsWhatTheSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/coverage-gate.schema.json", "Result of coverage-gate",
		"What coverage-gate --format json prints with exit code 0 or 1. A metric that the report does not carry is null. Shares are in percent, cut to two digits.",
		&coverage.Result{}, *update)
	root := tree(t, map[string]string{"src/a.ts": source, "full": full, "half": half, "both": full + "SF:src/gone.ts\nDA:1,0\nend_of_record\n"})
	for name, c := range map[string]struct {
		args []string
		code int
	}{
		"pass": {[]string{"--report", "full"}, 0}, "fail": {[]string{"--report", "half"}, 1}, "a missing file": {[]string{"--report", "both", "--min-lines", "1"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got := gate(t, root, []string{"GITHUB_ACTIONS=true"}, append(c.args, "--format", "json")...)
			if got.Code != c.code {
				t.Fatalf("exit %d: %s", got.Code, got.Stderr)
			}
			if err := s.Check(got.Stdout); err != nil {
				t.Errorf("%v\n%s", err, got.Stdout)
			}
		})
	}
	got := gate(t, root, nil, "--report", "half", "--format", "json")
	var result struct {
		Verdict string
		Lines   struct{ Covered, Total, Percent float64 }
	}
	if err := json.Unmarshal([]byte(got.Stdout), &result); err != nil {
		t.Fatal(err)
	}
	if result.Verdict != "fail" || result.Lines.Covered != 1 || result.Lines.Total != 2 || result.Lines.Percent != 50 {
		t.Errorf("got %+v", result)
	}
	for name, bad := range map[string]string{
		"most of it missing":   `{"verdict":"pass"}`,
		"a verdict of its own": strings.Replace(got.Stdout, `"verdict": "fail"`, `"verdict": "fine"`, 1),
		"an unknown member":    strings.Replace(got.Stdout, `{`, `{"more":1,`, 1),
		"two documents":        got.Stdout + got.Stdout,
	} {
		if s.Check(bad) == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

func TestInsideActions(t *testing.T) {
	root := tree(t, map[string]string{"src/a.ts": source, "r": half, "output": "", "summary": ""})
	env := []string{
		"GITHUB_ACTIONS=true", "INPUT_REPORT=r", "GITHUB_OUTPUT=output", "GITHUB_STEP_SUMMARY=summary",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=o/r", "GITHUB_SHA=abc",
	}
	got := gate(t, root, env)
	if got.Code != 1 {
		t.Fatalf("exit %d: %s", got.Code, got.Stderr)
	}
	for _, part := range []string{"::error title=coverage-gate::lines: 50.00%25 is below", "::warning endLine=2,file=src/a.ts,line=2,title=coverage-gate::1 of 2 lines"} {
		if !strings.Contains(got.Stderr, part) {
			t.Errorf("the annotations lack %q:\n%s", part, got.Stderr)
		}
	}
	summary, _ := os.ReadFile(filepath.Join(root, "summary"))
	for _, part := range []string{"❌ Coverage gate: fail", "https://github.com/o/r/blob/abc/src/a.ts&#35;L2", "| lines |"} {
		if !strings.Contains(string(summary), part) {
			t.Errorf("the summary lacks %q:\n%s", part, summary)
		}
	}
	output, _ := os.ReadFile(filepath.Join(root, "output"))
	for _, part := range []string{"verdict<<", "\nfail\n", "\n50.00\n", "statements<<"} {
		if !strings.Contains(string(output), part) {
			t.Errorf("the outputs lack %q:\n%s", part, output)
		}
	}
}

func TestASignalEndsItAtOnce(t *testing.T) {
	root := tree(t, map[string]string{"src/a.ts": source})
	pipe := filepath.Join(root, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.Command(binary, "--report", "pipe") // nobody writes to it
		cmd.Dir = root
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		start := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if took := time.Since(start); cmd.ProcessState.ExitCode() != 3 || took > 2*time.Second || !strings.Contains(stderr.String(), "cancelled by") {
			t.Errorf("%v: exit %d after %v: %s", signal, cmd.ProcessState.ExitCode(), took, stderr.String())
		}
	}
}
