package rehearsal

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// run applies act's log lines, a second apart, to a run of two jobs.
func run(t *testing.T, lines ...string) *loopback.Run {
	t.Helper()
	r := &loopback.Run{Workflow: "flow", Started: time.Unix(100, 0), Jobs: []*loopback.Job{{ID: "a", Name: "A"}, {ID: "b", Name: "B", Needs: []string{"a"}}}}
	for i, line := range lines {
		if e, ok := parseEvent([]byte(line)); ok {
			apply(r, e, time.Unix(101+int64(i), 0))
		}
	}
	return r
}

const (
	begin   = `{"jobID":"a","msg":"⭐ Run Main Gate","stage":"Main","step":"Gate","stepID":["g"]}`
	inner   = `{"jobID":"a","msg":"⭐ Run Main x","stage":"Main","step":"Gate","stepID":["g","s"]}`
	log     = `{"jobID":"a","msg":"\u001b[31mred\u001b[0m text\r\n","raw_output":true,"stage":"Main","step":"Gate","stepID":["g","s"]}`
	failed  = `{"jobID":"a","command":"error","kvPairs":{"file":"a.ts","line":"3"},"arg":"bad","msg":"x","stage":"Main","step":"Gate","stepID":["g","s"]}`
	summary = `{"jobID":"a","command":"summary","content":"## hi\n","msg":"x","stage":"Main","step":"Gate","stepID":["g","s"]}`
	again   = `{"jobID":"a","command":"summary","content":"## hi\n","msg":"x","stage":"Main","step":"Gate","stepID":["g"]}`
	output  = `{"jobID":"a","command":"set-output","name":"verdict","arg":"fail","msg":"x","stage":"Main","step":"Gate","stepID":["g"]}`
	innerOK = `{"jobID":"a","stepResult":"success","executionTime":1,"msg":"x","stage":"Main","step":"Gate","stepID":["g","s"]}`
	end     = `{"jobID":"a","stepResult":"failure","executionTime":2000000000,"msg":"x","stage":"Main","step":"Gate","stepID":["g"]}`
	setUp   = `{"jobID":"a","msg":"⭐ Run Set up job","step":"Set up job","stepid":["--setup-job"]}`
	jobEnd  = `{"jobID":"a","jobResult":"failure","msg":"x"}`
)

func TestEventsBecomeARun(t *testing.T) {
	r := run(t, setUp, "not json", `{"level":"info"}`, begin, inner, log, failed, innerOK, summary, end, output, again, jobEnd)
	j := r.Job("a")
	if len(j.Steps) != 1 || j.Conclusion != loopback.Failure {
		t.Fatalf("%d steps, %s", len(j.Steps), j.Conclusion)
	}
	s := j.Steps[0]
	if s.Conclusion != loopback.Failure || s.Took() != 2*time.Second || s.Outputs["verdict"] != "fail" || s.Summary != "## hi\n" {
		t.Errorf("%+v", s)
	}
	if want := []string{"red text", "error: bad"}; !reflect.DeepEqual(s.Log, want) {
		t.Errorf("log %q, want %q", s.Log, want)
	}
	if want := []loopback.Annotation{{Level: "error", File: "a.ts", Line: "3", Message: "bad"}}; !reflect.DeepEqual(s.Annotations, want) {
		t.Errorf("annotations %+v", s.Annotations)
	}
	conclude(r, time.Unix(200, 0), false)
	if r.Conclusion != loopback.Failure || r.Job("b").Conclusion != loopback.Skipped {
		t.Errorf("run %s, b %s", r.Conclusion, r.Job("b").Conclusion)
	}
}

func TestConclusions(t *testing.T) {
	for name, c := range map[string]struct {
		lines     []string
		cancelled bool
		want      loopback.Conclusion
	}{
		"one job failed":        {[]string{begin, end, jobEnd}, false, loopback.Failure},
		"act died within a job": {[]string{begin, log}, false, loopback.Failure},
		"cancelled":             {[]string{begin, end, jobEnd}, true, loopback.Cancelled},
		"nothing failed":        {[]string{begin, strings.Replace(end, "failure", "success", 1), `{"jobID":"a","jobResult":"success","msg":"x"}`}, false, loopback.Success},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, c.lines...)
			conclude(r, time.Unix(200, 0), c.cancelled)
			if r.Conclusion != c.want {
				t.Errorf("got %s, want %s", r.Conclusion, c.want)
			}
		})
	}
}

func TestVerdictOfARehearsal(t *testing.T) {
	brk := &Break{Name: "x", Says: "x", Job: "a", Step: "Gate"}
	elsewhere := &Break{Name: "x", Says: "x", Job: "a", Step: "Vitest"}
	ok := []string{begin, strings.Replace(end, "failure", "success", 1), `{"jobID":"a","jobResult":"success","msg":"x"}`}
	for name, c := range map[string]struct {
		lines   []string
		brk     *Break
		unknown []string
		want    verdict.Verdict
	}{
		"clean and through":               {ok, nil, nil, verdict.Pass},
		"clean and stopped":               {[]string{begin, end, jobEnd}, nil, nil, verdict.Fail},
		"broken and caught":               {[]string{begin, end, jobEnd}, brk, nil, verdict.Pass},
		"broken and caught elsewhere":     {[]string{begin, end, jobEnd}, elsewhere, nil, verdict.Fail},
		"broken and through":              {ok, brk, nil, verdict.Fail},
		"asked GitHub what it cannot say": {ok, nil, []string{"GET /x"}, verdict.Fail},
	} {
		t.Run(name, func(t *testing.T) {
			r := run(t, c.lines...)
			conclude(r, time.Unix(200, 0), false)
			result := Result{Told: loopback.Told{Run: *r, Unknown: c.unknown}, Break: c.brk}
			if got := result.Verdict(); got != c.want {
				t.Errorf("got %s, want %s: %s", got, c.want, result.Lead())
			}
			if _, err := report.HTML("x", result.Document()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryActionNeedsAStandIn(t *testing.T) {
	root := t.TempDir()
	tree := fstest.MapFS{
		"flow.yml": {Data: []byte(`
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@abc
      - uses: ./actions/mine
      - run: echo
  b:
    needs: [a]
    steps: [{uses: someone/new@v1}]
`)},
		"actions/mine/action.yml":           {Data: []byte("runs: {using: composite, steps: [{uses: actions/cache@def}]}\n")},
		"standins/actions/cache/action.yml": {Data: []byte("name: x\n")}, "standins/actions/checkout/action.yml": {Data: []byte("name: x\n")},
	}
	if err := writeTree(tree, root); err != nil {
		t.Fatal(err)
	}
	w, err := readWorkflow(filepath.Join(root, "flow.yml"), root)
	if err != nil {
		t.Fatal(err)
	}
	uses, err := w.uses(root)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"actions/checkout@abc", "actions/cache@def", "someone/new@v1"}; !reflect.DeepEqual(uses, want) {
		t.Fatalf("uses %v", uses)
	}
	if _, err := standIns(uses, filepath.Join(root, "standins"), root); err == nil || !strings.Contains(err.Error(), "someone/new@v1") {
		t.Errorf("an action without a stand-in passed: %v", err)
	}
	mapped, err := standIns(uses[:2], filepath.Join(root, "standins"), root)
	if err != nil || len(mapped) != 2 || !strings.HasPrefix(mapped[1], "actions/cache@def=") {
		t.Errorf("mapped %v, %v", mapped, err)
	}
	if !reflect.DeepEqual([]string(w.jobs[1].Needs), []string{"a"}) {
		t.Errorf("needs %v", w.jobs[1].Needs)
	}
}

// Jobs of a workflow that is called stand among the caller's, as GitHub shows
// them; two of one id could not be told apart.
func TestCalledWorkflows(t *testing.T) {
	root := t.TempDir()
	const called = "jobs: {inner: {environment: {name: e}, steps: []}, last: {name: Last, needs: inner, steps: []}}\n"
	if err := writeTree(fstest.MapFS{
		"a.yml":     {Data: []byte("jobs: {one: {environment: plain, steps: []}, two: {name: Two, needs: [one], uses: ./sub/b.yml}, end: {needs: [one, two]}}\n")},
		"sub/b.yml": {Data: []byte(called)},
		"c.yml":     {Data: []byte("jobs: {inner: {steps: []}, two: {uses: ./sub/b.yml}}\n")},
		"d.yml":     {Data: []byte("jobs: {two: {uses: ./sub/absent.yml}}\n")},
	}, root); err != nil {
		t.Fatal(err)
	}
	w, err := readWorkflow(filepath.Join(root, "a.yml"), root)
	var got []string
	for _, j := range w.jobs {
		got = append(got, fmt.Sprint(j.id, "|", j.Name, "|", j.Needs, "|", j.Environment))
	}
	if want := []string{"one||[]|plain", "inner|Two / inner|[one]|e", "last|Two / Last|[inner]|", "end||[one inner last]|"}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %q", err, got)
	}
	for _, name := range []string{"c.yml", "d.yml"} {
		if _, err := readWorkflow(filepath.Join(root, name), root); fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGivenJobsDoNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.yml")
	if err := os.WriteFile(path, []byte("on: push\njobs:\n  one: {name: One, needs: zero, runs-on: x, steps: [{run: 'exit 1'}]}\n  zero: {runs-on: x, steps: []}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := give(path, map[string]Given{"one": {Outputs: map[string]string{"lines": "99"}}}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "exit 1") || !strings.Contains(string(text), "lines:") || !strings.Contains(string(text), "needs: zero") {
		t.Errorf("%v\n%s", err, text)
	}
	if err := give(path, map[string]Given{"three": {}}); err == nil {
		t.Error("a job that the workflow does not have was taken for done")
	}
}

func TestOnlyWhatBuildsNeedIsPassedOn(t *testing.T) {
	got := passedOn([]string{
		"HOME=/h", "PATH=/p", "LC_ALL=C", "GOPROXY=p", "GOAUTH=secret", "AWS_PROFILE=x", "GITHUB_TOKEN=x",
		"npm_config_cafile=f", "npm_config__authToken=x", "npm_config_//host/:_authToken=x", "SSH_AUTH_SOCK=x",
	})
	if want := []string{"HOME=/h", "LC_ALL=C", "GOPROXY=p", "npm_config_cafile=f"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnknownBreakNamesTheKnown(t *testing.T) {
	if _, err := findBreak("nonsense"); err == nil || !strings.Contains(err.Error(), "coverage") {
		t.Errorf("got %v", err)
	}
	for _, name := range Breaks() {
		b, err := findBreak(name)
		if err != nil || b.Job == "" || b.Step == "" || b.Says == "" {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}

// Attack: summary-injection
func TestHostileTextInASummaryIsSanitised(t *testing.T) {
	html := string(renderMarkdown("# <script>alert(1)</script>\n[x](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n| a |\n| --: |\n| 1 |\n"))
	for _, bad := range []string{"<script", "javascript:", "onerror"} {
		if strings.Contains(html, bad) {
			t.Errorf("%q got through: %s", bad, html)
		}
	}
	if !strings.Contains(html, `align="right"`) {
		t.Errorf("the table lost its alignment: %s", html)
	}
}

func TestCopyTreeTakesWhatGitKnows(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "tree")
	if err := os.Mkdir(to, 0o755); err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{
		".gitignore": {Data: []byte("ignored\n")}, "ignored": {Data: []byte("x")}, "deleted": {Data: []byte("x")},
		"kept": {Data: []byte("old")}, "new": {Data: []byte("x")},
	}
	// What a run needs, and what none reads.
	read := []string{"internal/a/a.go", "internal/a/page.css", "actions/a/action.yml", "cmd/testdata.go", "examples/app/testdata/a", "examples/app/a_test.go", "testdata/a"}
	unread := []string{"internal/a/a_test.go", "internal/testdata/a", "internal/a/testdata/b/c.go", "actions/a_test.go", "docs/a.md", "bench/a.go"}
	for _, name := range slices.Concat(read, unread) {
		files[name] = &fstest.MapFile{Data: []byte("x")}
	}
	if err := writeTree(files, from); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "kept", "deleted", ".gitignore"}} {
		if _, err := git(t.Context(), from, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(from, "deleted")); err != nil {
		t.Fatal(err)
	}
	sha, err := copyTree(t.Context(), from, to, nil, fstest.MapFS{"kept": {Data: []byte("overlaid")}})
	if err != nil || len(sha) != 40 {
		t.Fatalf("%q, %v", sha, err)
	}
	wanted := map[string]string{"kept": "overlaid", "new": "x", "ignored": "", "deleted": ""}
	for _, name := range read {
		wanted[name] = "x"
	}
	for _, name := range unread {
		wanted[name] = ""
	}
	for name, want := range wanted {
		got, _ := os.ReadFile(filepath.Join(to, name))
		if string(got) != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// FuzzParseEvent holds that no line of a log can break a rehearsal.
func FuzzParseEvent(f *testing.F) {
	for _, line := range []string{begin, inner, log, failed, summary, output, end, setUp, jobEnd, "", "{", `{"jobID":"a","stepID":"x"}`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		run(t, begin, string(line), end)
	})
}
