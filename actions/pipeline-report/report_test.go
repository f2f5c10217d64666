package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/pipeline"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schema and the kept summaries anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(processtest.Main(m, "pipeline-report", &binary, func() { program() }))
}

func worlds(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d worlds, %v", len(files), err)
	}
	return files
}

// Each world of testdata has a summary beside it: a further case is a further
// file. The terminal's text and the outputs are kept with it.
//
// Shows: 5.4.8
func TestSummaries(t *testing.T) {
	s := schema(t)
	for _, path := range worlds(t) {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(name, func(t *testing.T) {
			w := open(t, path)
			got := w.report()
			if got.Code != 0 {
				t.Fatalf("exit %d: %s", got.Code, got.Stderr)
			}
			kept := w.read("summary") + "<!-- outputs\n" + outputs(w.read("output")) + "\nterminal\n" + got.Stdout + "-->\n"
			golden(t, "testdata/"+name+".md", kept)
			checkMermaid(t, kept)

			got = w.report("--format", "json")
			if err := s.Check(got.Stdout); err != nil || got.Code != 0 {
				t.Errorf("%v\n%s%s", err, got.Stdout, got.Stderr)
			}
		})
	}
}

// outputs makes GITHUB_OUTPUT comparable: its delimiters are random.
func outputs(text string) string {
	return regexp.MustCompile(`(?s)(\S+)<<(cutover_\w+)\n(.*?)\ncutover_\w+\n`).ReplaceAllString(text, "$1=$3\n")
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; with -update it is written anew. Now:\n%s", path, got)
	}
}

var mermaidLine = regexp.MustCompile(`^(%%\{init: \{"gantt": \{"leftPadding": \d+\}\}\}%%|gantt|  dateFormat YYYY-MM-DD HH:mm:ss\.SSS|  axisFormat [^#;]+|  todayMarker off|  section [^:;,#%<>` + "`" + `]+|  [^:;,#%<>` + "`" + `]+ :((crit|done|active), )?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})$`)

// checkMermaid holds every line of the picture to what Mermaid reads.
func checkMermaid(t *testing.T, summary string) {
	t.Helper()
	_, rest, _ := strings.Cut(summary, "```mermaid\n")
	picture, _, ok := strings.Cut(rest, "\n```\n")
	if !ok {
		t.Error("there is no picture")
	}
	for line := range strings.SplitSeq(picture, "\n") {
		if !mermaidLine.MatchString(line) {
			t.Errorf("Mermaid cannot read %q", line)
		}
	}
}

func schema(t *testing.T) schematest.Schema {
	t.Helper()
	return schematest.Of(t, "../../schemas/pipeline-report.schema.json", "Result of pipeline-report",
		"What pipeline-report --format json prints: where the time of a workflow run went and what its caches saved. Times are in seconds; what is unknown is null, never 0.",
		&pipeline.Result{}, *update)
}

// All jobs are read, a hundred a page, and all caches.
func TestPaging(t *testing.T) {
	w := open(t, "testdata/many-jobs.json")
	got := w.report("--format", "json")
	var r pipeline.Result
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		t.Fatalf("%v: %+v", err, got)
	}
	if len(r.Stages) != 120 || r.Usage.Caches != 130 || r.Usage.SizeBytes != 130_000_000 {
		t.Errorf("%d stages, %+v", len(r.Stages), r.Usage)
	}
}

func limited(header, value string) func(http.ResponseWriter) {
	return func(out http.ResponseWriter) {
		out.Header().Set(header, value)
		if header == "X-Ratelimit-Reset" {
			out.Header().Set("X-Ratelimit-Remaining", "0")
		}
		answer(out, 403, map[string]any{"message": "You have exceeded a secondary rate limit.", "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"})
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(out http.ResponseWriter) { answer(out, code, map[string]any{"message": "no"}) }
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		fail []func(http.ResponseWriter)
		env  map[string]string
		args []string
		code int
		want string // on standard output for 0, on standard error else
	}{
		"a limit, then well":      {[]func(http.ResponseWriter){limited("Retry-After", "1")}, nil, nil, 0, "Build"},
		"an outage, then well":    {[]func(http.ResponseWriter){status(502)}, nil, nil, 0, "Build"},
		"a limit of an hour":      {[]func(http.ResponseWriter){limited("X-Ratelimit-Reset", "4102444800")}, nil, nil, 3, "GitHub"},
		"an outage that stays":    {[]func(http.ResponseWriter){status(500), status(500), status(500), status(500)}, nil, nil, 3, "500"},
		"a run that is not there": {[]func(http.ResponseWriter){status(404)}, nil, nil, 2, "actions: read"},
		"a token that may not":    {[]func(http.ResponseWriter){status(403)}, nil, nil, 2, "actions: read"},
		"a wrong token":           {nil, map[string]string{"INPUT_TOKEN": "other"}, nil, 2, "github.token"},
		"no token":                {nil, map[string]string{"INPUT_TOKEN": ""}, nil, 2, "INPUT_TOKEN"},
		"no run":                  {nil, map[string]string{"GITHUB_RUN_ID": ""}, nil, 2, "Set --run-id"},
		"a run of letters":        {nil, map[string]string{"GITHUB_RUN_ID": "x7"}, nil, 2, "GITHUB_RUN_ID"},
		"run zero":                {nil, nil, []string{"--run-id", "0"}, 2, "run-id"},
		"no repository":           {nil, map[string]string{"GITHUB_REPOSITORY": ""}, nil, 2, "owner/name"},
		"a cache without a step":  {nil, nil, []string{"--cache", "pnpm-", "--cache", "=x"}, 2, `names no step (got "pnpm-")`},
		"and all are told":        {nil, nil, []string{"--cache", "pnpm-", "--cache", "=x"}, 2, `names no cache (got "=x")`},
		"a page with no place":    {nil, nil, []string{"--html", "/dev/null/x.html"}, 3, "html"},
		"a page":                  {nil, nil, []string{"--html", "out/report.html"}, 0, "Build"},
		"in a terminal":           {nil, map[string]string{"GITHUB_ACTIONS": ""}, nil, 0, "Build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "testdata/hits.json")
			w.Env = c.env
			w.breaks(c.fail)
			got := w.report(c.args...)
			shown := got.Stdout
			if c.code > 0 {
				shown = got.Stderr
			}
			if got.Code != c.code || !strings.Contains(shown, c.want) {
				t.Errorf("exit %d, want %d with %q\nstdout %s\nstderr %s", got.Code, c.code, c.want, got.Stdout, got.Stderr)
			}
			if name == "a page" && !strings.Contains(w.read("out/report.html"), "<svg") {
				t.Error("the page has no picture")
			}
		})
	}
}

// The job that makes the report is left out by its runner, by its name, or
// because nothing else runs; in another run nothing is.
func TestItsOwnJobIsLeftOut(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		args []string
		want bool
	}{
		"by its runner":        {nil, nil, false},
		"by its name":          {map[string]string{"RUNNER_NAME": "", "GITHUB_JOB": "Report"}, nil, false},
		"as the only one":      {map[string]string{"RUNNER_NAME": "", "GITHUB_JOB": ""}, nil, false},
		"not in another run":   {map[string]string{"GITHUB_RUN_ID": "8"}, []string{"--run-id", "7"}, true},
		"not outside of a run": {map[string]string{"GITHUB_RUN_ID": ""}, []string{"--run-id", "7", "--attempt", "1"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, "testdata/hits.json")
			w.Env = c.env
			got := w.report(append(c.args, "--format", "json")...)
			if has := strings.Contains(got.Stdout, `"name": "Report"`); has != c.want || got.Code != 0 {
				t.Errorf("the report is among the stages: %v; %+v", has, got)
			}
		})
	}
}

// Without caches to look at, nothing is asked about earlier runs.
func TestItAsksForNoMoreThanItNeeds(t *testing.T) {
	w := open(t, "testdata/one-job.json")
	w.report()
	if got := fmt.Sprint(w.calls); len(w.calls) != 4 {
		t.Errorf("without caches to look at it asks %s", got)
	}
}
