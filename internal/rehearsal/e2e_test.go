//go:build e2e

package rehearsal_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// options are for the real workflow of this checkout. `make test` builds the
// two binaries and names them; without them these tests fail, they never skip.
func options(t *testing.T) rehearsal.Options {
	t.Helper()
	processtest.DependsOnAll()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	o := rehearsal.Options{
		Repository: root, Workflow: ".github/workflows/sst-deploy.yml", Event: "push",
		Act: os.Getenv("CUTOVER_ACT"), Shim: os.Getenv("CUTOVER_SHIM"), SST: os.Getenv("CUTOVER_SST"),
		Cache: filepath.Join(root, ".cache", "rehearsal"), Environ: os.Environ(),
	}
	if o.Act == "" || o.Shim == "" || o.SST == "" {
		t.Fatal("CUTOVER_ACT, CUTOVER_SHIM and CUTOVER_SST name no binaries; run make test")
	}
	cache, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	o.Extra = []string{"GOCACHE=" + strings.TrimSpace(string(cache))}
	return o
}

func rehearse(t *testing.T, o rehearsal.Options) rehearsal.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	r, err := rehearsal.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	result, err := r.Wait(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, request := range result.Told.Unknown {
		t.Errorf("the loopback GitHub had no answer for %s", request)
	}
	return result
}

func job(t *testing.T, r rehearsal.Result, id string) *loopback.Job {
	t.Helper()
	j := r.Told.Run.Job(id)
	if j == nil {
		t.Fatalf("no job %s", id)
	}
	return j
}

func step(t *testing.T, r rehearsal.Result, id, name string) *loopback.Step {
	t.Helper()
	s := job(t, r, id).Step(name)
	if s == nil {
		t.Fatalf("job %s has no step %q; log of the last: %v", id, name, lastLog(r, id))
	}
	return s
}

func lastLog(r rehearsal.Result, id string) []string {
	j := r.Told.Run.Job(id)
	if len(j.Steps) == 0 {
		return nil
	}
	return j.Steps[len(j.Steps)-1].Log
}

// Shows: 5.4.3
func TestE2EPipelineTakesTheExampleAppThrough(t *testing.T) {
	t.Parallel()
	r := rehearse(t, options(t))
	if r.Verdict() != verdict.Pass {
		t.Fatalf("%s\n%s", r.Lead(), failedLog(r))
	}
	for _, id := range []string{"lint", "test", "build", "staging", "integration", "gate", "production", "ended", "report"} {
		if got := job(t, r, id).Conclusion; got != loopback.Success {
			t.Errorf("job %s: %s", id, got)
		}
	}
	if built := job(t, r, "build"); built.Started.Before(job(t, r, "lint").Ended) || built.Started.Before(job(t, r, "test").Ended) {
		t.Error("the build began before the commit was judged")
	}
	gate := step(t, r, "test", "Coverage gate")
	if gate.Outputs["verdict"] != "pass" || gate.Outputs["lines"] == "" {
		t.Errorf("the gate's outputs: %v", gate.Outputs)
	}
	if !strings.Contains(gate.Summary, "✅ Coverage gate: pass") || !strings.Contains(gate.Summary, "| metric |") {
		t.Errorf("the job summary: %q", gate.Summary)
	}
	if log := strings.Join(step(t, r, "test", "Vitest").Log, "\n"); !strings.Contains(log, "passed") {
		t.Errorf("Vitest did not run: %s", log)
	}
	holds(t, r, "coverage", "lcov.info", "coverage-summary.json")
	holds(t, r, "bundle")
	isDeployed(t, r)
	toldInOneThread(t, r, "Deployment succeeded")
	tutorialShows(t, "make rehearse", r)
	t.Run("again", secondRun)
}

// isDeployed holds that what was built runs in both stages, and that the run
// says where its time went.
func isDeployed(t *testing.T, r rehearsal.Result) {
	t.Helper()
	for _, stage := range []string{"staging", "production"} {
		if r.AWS.Runs("lego-api-"+stage+"-health") == "" {
			t.Errorf("%s runs nothing", stage)
		}
	}
	for _, check := range []string{"approval", "staging", "integration"} {
		if summary := step(t, r, "production", "Gate").Summary; !strings.Contains(summary, "🟢\u00a0"+check) {
			t.Errorf("the gate's summary does not say that %s is good:\n%s", check, summary)
		}
	}
	where := step(t, r, "report", "Where the time went")
	if !strings.Contains(where.Summary, "mermaid") || !strings.Contains(where.Summary, "Deploy to production") || where.Outputs["critical-path"] == "" {
		t.Errorf("where the time went: %v\n%s", where.Outputs, where.Summary)
	}
}

// secondRun finds in the caches what the first one put there.
//
// Shows: 5.4.8
func secondRun(t *testing.T) {
	o := options(t)
	o.Given = map[string]rehearsal.Given{"staging": {}, "integration": {}, "gate": {}, "production": {}}
	r := rehearse(t, o)
	hits := map[string]bool{}
	for _, c := range r.Told.CacheUses {
		if c.Matched == c.Key {
			kind, _, _ := strings.Cut(c.Key, "-Linux")
			hits[kind] = true
		}
	}
	if saved := step(t, r, "report", "Where the time went").Summary; !strings.Contains(saved, "pnpm-") {
		t.Errorf("the report says nothing of the cache:\n%s", saved)
	}
	if !hits["pnpm"] || !hits["cutover-coverage-gate"] || !hits["cutover-notify"] {
		t.Errorf("no hit on every cache: %+v", r.Told.CacheUses)
	}
	if log := strings.Join(step(t, r, "lint", "Set-up").Log, "\n"); !strings.Contains(log, "Cache restored") {
		t.Errorf("the package cache was not restored: %s", log)
	}
}

func holds(t *testing.T, r rehearsal.Result, name string, files ...string) {
	t.Helper()
	i := slices.IndexFunc(r.Told.Artifacts, func(a loopback.Artifact) bool { return a.Name == name && a.Finished })
	if i < 0 {
		t.Errorf("no artifact %s", name)
		return
	}
	a := r.Told.Artifacts[i]
	if a.Size() == 0 {
		t.Errorf("the artifact %s is empty", name)
	}
	for _, f := range files {
		if a.File(f) == nil {
			t.Errorf("the artifact %s lacks %s", name, f)
		}
	}
}

func failedLog(r rehearsal.Result) string {
	var b strings.Builder
	for _, j := range r.Told.Run.Jobs {
		for _, s := range j.Steps {
			if s.Conclusion != loopback.Success {
				b.WriteString(j.ID + ", " + s.Name + ": " + string(s.Conclusion) + "\n" + strings.Join(s.Log, "\n") + "\n")
			}
		}
	}
	return b.String()
}

// Every fault is stopped by the step that should stop it, and nothing is built.
func TestE2EFaultsAreStoppedWhereTheyShould(t *testing.T) {
	t.Parallel()
	names := rehearsal.Breaks()
	if len(names) < 4 {
		t.Fatalf("only %v", names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.Break = name
			// The other job of the two that judge a commit has nothing to do with it.
			other := map[string]string{"coverage": "lint", "tests": "lint", "lint": "test", "types": "test"}[name]
			o.Given = map[string]rehearsal.Given{other: {}}
			r := rehearse(t, o)
			if r.Verdict() != verdict.Pass {
				t.Fatalf("%s\n%s", r.Lead(), failedLog(r))
			}
			if got := job(t, r, "build").Conclusion; got != loopback.Skipped {
				t.Errorf("the build: %s", got)
			}
			toldInOneThread(t, r, "Deployment failed")
			if name != "coverage" {
				return
			}
			tutorialShows(t, "make rehearse BREAK=coverage", r)
			gate := step(t, r, "test", "Coverage gate")
			if gate.Outputs["verdict"] != "fail" || !strings.Contains(gate.Summary, "price.ts") {
				t.Errorf("outputs %v, summary %s", gate.Outputs, gate.Summary)
			}
			if !slices.ContainsFunc(gate.Annotations, func(a loopback.Annotation) bool {
				return a.Level == "warning" && strings.HasSuffix(a.File, "src/domain/price.ts") && a.Line != ""
			}) {
				t.Errorf("nothing is pinned to the untested file: %+v", gate.Annotations)
			}
			holds(t, r, "coverage", "lcov.info") // a failed gate's report is what one wants to see
		})
	}
}

// overlay is a tree of further files.
func overlay(files map[string]string) fs.FS {
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

// slowGate runs the gate on a report that never ends.
const slowGate = `
name: slow gate
on: push
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - name: A report that never ends
        run: |
          printf 'TN:\nSF:go.mod\nDA:1,1\nend_of_record\n' > small.info
          mkfifo "$RUNNER_TEMP/lcov.info"
          (printf 'TN:\nSF:go.mod\n'; while sleep 0.2; do echo DA:1,1; done) > "$RUNNER_TEMP/lcov.info" &
      - name: Build the gate
        uses: ./actions/coverage-gate
        with:
          report: small.info
      - name: Gate
        uses: ./actions/coverage-gate
        with:
          report: ${{ runner.temp }}/lcov.info
      - name: Behind it
        run: echo not reached
      - name: Clean up
        if: always()
        run: echo cleaned up
`

func cancelGate(t *testing.T, files map[string]string) rehearsal.Result {
	t.Helper()
	o := options(t)
	o.Workflow = "slow.yml"
	files["slow.yml"] = slowGate
	o.Overlay = overlay(files)
	// The launcher finds the binary, which the step before has built.
	return cancelIn(t, o, "Gate", 3*time.Second)
}

// cancelIn cancels a run some time after a step began. Where that step is never
// reached, the run's end is told instead of waited for.
func cancelIn(t *testing.T, o rehearsal.Options, step string, after time.Duration) rehearsal.Result {
	t.Helper()
	began := make(chan struct{})
	o.Watch = func(m rehearsal.Moment) {
		if m.Step.Name == step && !m.Ended && m.Step.Stage == "Main" {
			close(began)
		}
	}
	r, err := rehearsal.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var result rehearsal.Result
	go func() {
		defer close(ended)
		result, err = r.Wait(context.WithoutCancel(t.Context()))
	}()
	select {
	case <-began:
	case <-ended:
		t.Fatalf("%s never began: %v\n%s", step, err, failedLog(result))
	case <-time.After(4 * time.Minute):
		t.Errorf("%s never began", step)
	}
	time.Sleep(after)
	if err := r.Cancel(t.Context()); err != nil {
		t.Fatal(err)
	}
	if <-ended; err != nil {
		t.Fatal(err)
	}
	return result
}

func TestE2EACancelledGateEndsCleanly(t *testing.T) {
	r := cancelGate(t, map[string]string{})
	if len(r.Cancelled) != 1 {
		t.Fatalf("cancelled steps: %+v\n%s", r.Cancelled, failedLog(r))
	}
	c := r.Cancelled[0]
	if c.LastSignal != "SIGINT" || c.ExitCode != 3 || c.TookMillis > 5000 {
		t.Errorf("it ended by %s with code %d after %d ms\n%s", c.LastSignal, c.ExitCode, c.TookMillis, failedLog(r))
	}
	if got := job(t, r, "gate").Conclusion; got != loopback.Cancelled {
		t.Errorf("the job: %s", got)
	}
	if log := strings.Join(step(t, r, "gate", "Gate").Log, "\n"); !strings.Contains(log, "cancelled by interrupt") {
		t.Errorf("it does not say so: %s", log)
	}
	if s := job(t, r, "gate").Step("Behind it"); s != nil && len(s.Log) > 0 {
		t.Error("the step behind it ran")
	}
	if s := step(t, r, "gate", "Clean up"); !strings.Contains(strings.Join(s.Log, ""), "cleaned up") {
		t.Error("the step that runs always did not run")
	}
}

// The same with the exec taken out of action.yml: the shell keeps the signal to
// itself. If this passes, the test above shows nothing.
func TestE2EWithoutExecTheSignalIsLost(t *testing.T) {
	r := cancelGate(t, map[string]string{"actions/coverage-gate/action.yml": changed(t, "run: exec bash", "run: bash")})
	if len(r.Cancelled) == 1 && r.Cancelled[0].LastSignal == "SIGINT" && r.Cancelled[0].ExitCode == 3 {
		t.Errorf("it ended cleanly all the same: %+v", r.Cancelled)
	}
}

// changed returns the gate's action.yml with one text replaced.
func changed(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile("../../actions/coverage-gate/action.yml")
	if err != nil {
		t.Fatal(err)
	}
	after := strings.Replace(string(text), from, to, 1)
	if after == string(text) {
		t.Fatalf("action.yml does not hold %q", from)
	}
	return after
}

func TestE2EACancelledPipelineBuildsNothing(t *testing.T) {
	t.Parallel()
	o := options(t)
	result := cancelIn(t, o, "Vitest", time.Second)
	if result.Verdict() == verdict.Pass || result.Told.Run.Conclusion != loopback.Cancelled {
		t.Errorf("the run: %s", result.Told.Run.Conclusion)
	}
	if got := job(t, result, "build").Conclusion; got != loopback.Cancelled {
		t.Errorf("the build: %s", got)
	}
	if s := job(t, result, "test").Step("Coverage gate"); s != nil && s.Outputs["verdict"] != "" {
		t.Error("the gate judged a cancelled run")
	}
	if len(result.Told.Artifacts) > 0 {
		t.Errorf("artifacts of a cancelled run: %+v", result.Told.Artifacts)
	}
}

// act hands INPUT_* to a composite's steps and GitHub does not. A mapping that
// is missing must fail here as it would there.
func TestE2EAMissingInputMappingFails(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow = "flow.yml"
	o.Overlay = overlay(map[string]string{
		"actions/coverage-gate/action.yml": changed(t, "        INPUT_REPORT: ${{ inputs.report }}\n", ""),
		"lcov.info":                        "TN:\nSF:go.mod\nDA:1,1\nend_of_record\n",
		"flow.yml": `
name: flow
on: push
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      - {name: Gate, uses: ./actions/coverage-gate, with: {report: lcov.info}}
`,
	})
	r := rehearse(t, o)
	gate := step(t, r, "gate", "Gate")
	if log := strings.Join(gate.Log, "\n"); gate.Conclusion != loopback.Failure || !strings.Contains(log, "report: is required and was not given") {
		t.Errorf("%s: %s", gate.Conclusion, log)
	}
	o.Overlay = overlay(map[string]string{
		"lcov.info": "TN:\nSF:go.mod\nDA:1,1\nend_of_record\n",
		"flow.yml":  string(must(fs.ReadFile(o.Overlay, "flow.yml"))),
	})
	if r := rehearse(t, o); r.Told.Run.Conclusion != loopback.Success {
		t.Errorf("with its mapping it fails too: %s", failedLog(r))
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Nothing of the machine's secrets reaches a run.
func TestE2ECredentialsOfTheMachineStayOut(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Environ = append(o.Environ, "AWS_SECRET_ACCESS_KEY=leaked", "SLACK_TOKEN=leaked", "GITHUB_TOKEN=leaked", "GOAUTH=leaked")
	o.Workflow = "flow.yml"
	o.Overlay = overlay(map[string]string{"flow.yml": "name: f\non: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{name: Env, run: env}]}}\n"})
	r := rehearse(t, o)
	if log := strings.Join(step(t, r, "a", "Env").Log, "\n"); strings.Contains(log, "leaked") || !strings.Contains(log, "GITHUB_API_URL=http://127.0.0.1:") {
		t.Errorf("the run's environment:\n%s", log)
	}
}
