package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/processtest"
)

// Blue is kept before the first shift and compared with after it.
//
// Shows: 5.6.1
func TestBaseline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, got := w.run(cmdReport, "--blue", "-"); got.Code != 2 || !strings.Contains(got.Stderr, "no baseline was kept") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	r, got := w.run(cmdBaseline)
	if got.Code != 0 || r.Kept != "s3://"+bucket+"/"+keyBaseline || w.output("kept") != r.Kept || len(r.Rows) != 0 || w.output("title") == "" {
		t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	kept := w.cloud.In(bucket, keyBaseline)
	// The same again changes nothing; another one replaces nothing unless it shall.
	if _, got := w.run(cmdBaseline); got.Code != 0 || w.cloud.In(bucket, keyBaseline) != kept {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	w.result("other.json", measurement(45_000, 1, 0))
	if _, got := w.run(cmdBaseline, "--blue", "other.json"); got.Code != 4 || w.cloud.In(bucket, keyBaseline) != kept {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	if _, got := w.run(cmdBaseline, "--blue", "other.json", "--replace=true"); got.Code != 0 || w.cloud.In(bucket, keyBaseline) == kept {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	r, got = w.run(cmdReport, "--blue", "-")
	if got.Code != 0 || r.Decision != comparison.Proceed || !strings.Contains(got.Stdout, "latency_p50") {
		t.Errorf("%d %s\n%s", got.Code, r.Decision, got.Stderr)
	}
	// Once traffic has moved, it is no baseline any more.
	w.cloud.Put(keyState, `{"format":1}`)
	if _, got := w.run(cmdBaseline, "--replace=true"); got.Code != 4 || !strings.Contains(got.Stderr, "has begun") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	// What is no measurement is kept by nobody.
	bad := measurement(1000, 1, 0)
	bad.Valid, bad.Invalid = false, []string{"it held 80% of its rate"}
	w.result("bad.json", bad)
	if _, got := w.run(cmdBaseline, "--blue", "bad.json", "--replace=true"); got.Code != 4 || !strings.Contains(got.Stderr, "80%") {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	for name, text := range map[string]string{
		"no JSON": "{", "more": kept + "{}", "another stage's": strings.Replace(kept, `"stage": "production"`, `"stage": "staging"`, 1),
		"another version": strings.Replace(kept, `"version": 1`, `"version": 2`, 1), "empty": strings.Replace(kept, `"requests": 60000`, `"requests": 0`, 1),
		"something unknown": strings.Replace(kept, `"at":`, `"secret": 1, "at":`, 1),
	} {
		w.cloud.Put(keyBaseline, text)
		if _, got := w.run(cmdReport, "--blue", "-"); text == kept || got.Code != 2 || !strings.Contains(got.Stderr, keyBaseline) {
			t.Errorf("%s: %d\n%s", name, got.Code, got.Stderr)
		}
	}
}

// decided reads what is kept, by its schema.
func (w *world) decided() (d decision) {
	w.t.Helper()
	text := w.cloud.In(bucket, keyDecision)
	if err := decisionSchema(w.t).Check(text); err != nil {
		w.t.Fatal(err, text)
	}
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		w.t.Fatal(err)
	}
	return d
}

// whole holds that decision, report, record and pull request belong together, and
// that there is one of each.
func (w *world) whole(approver string) decision {
	w.t.Helper()
	d := w.decided()
	record := w.cloud.In(bucket, "cutover/"+d.Record)
	if digest([]byte(record)) != d.RecordHash || digest([]byte(w.cloud.In(bucket, "cutover/"+d.Report))) != d.Hash || d.Approver != approver {
		w.t.Errorf("%+v", d)
	}
	pulls := w.github.Pulls()
	day := d.At.Format("2006-01-02")
	branch := w.github.Branch("cutover/decision-production-" + day)
	if len(pulls) != 1 || branch == nil || branch.Files["docs/cutover/decision-production-"+day+".md"] != record || !strings.Contains(pulls[0].Body, d.Hash) {
		w.t.Errorf("%+v, %+v", pulls, branch)
	}
	return d
}

// A decision is kept with what it was taken on, and proposed once.
//
// Shows: 5.6.5
func TestDecide(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r, got := w.run(cmdDecide, "--record", "decision.md")
	if got.Code != 0 || r.Decision != comparison.Proceed || !strings.HasSuffix(r.PullRequest, "/pull/1") || w.output("pull-request") != r.PullRequest {
		t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	d := w.whole(ada)
	if d.Decision != comparison.Proceed || d.Hash != r.Hash || w.read("decision.md") != w.cloud.In(bucket, "cutover/"+d.Record) || !strings.Contains(w.read("decision.md"), ada) || !strings.Contains(w.output("fields"), "Approver: "+ada) {
		t.Errorf("%+v\n%s", d, w.read("decision.md"))
	}
	// A repeat changes nothing, not even the time.
	time.Sleep(1100 * time.Millisecond)
	again, got := w.run(cmdDecide)
	if got.Code != 0 || again.PullRequest != r.PullRequest || w.decided() != d || len(w.github.Branch("cutover/decision-production-"+d.At.Format("2006-01-02")).Commits) != 1 {
		t.Errorf("%d %+v\n%s", got.Code, again, got.Stderr)
	}
	// A week later it turned out otherwise: the decision is another one, the old
	// report and record stay.
	w.result("green.json", measurement(90_000, 1, 0))
	if r, got = w.run(cmdDecide); got.Code != 0 || r.Decision != comparison.Return || w.whole(ada).Decision != comparison.Return || len(w.cloud.KeysIn(bucket, "cutover/decision/production/")) != 4 {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	// While a row is open nobody decides.
	before := w.decided()
	if r, got = w.run(cmdDecide, "--cost", "-", "--green", "blue.json"); got.Code != 1 || r.Kept != "" || w.decided() != before || !strings.Contains(got.Stderr, "nothing can be decided yet") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}

// A person may go back though the rows say otherwise, and says why; nobody may
// decide more than they say.
func TestAPersonMayDecideLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, got := w.run(cmdDecide, "--decision", "return"); got.Code != 2 || !strings.Contains(got.Stderr, "reason") || len(w.github.Pulls()) != 0 {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
	r, got := w.run(cmdDecide, "--decision", "return", "--reason", "The team leaves <b>Lambda</b>.")
	if got.Code != 0 || r.Decision != comparison.Return || w.whole(ada).Decision != comparison.Return || w.output("decision") != "return" {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	if record := w.cloud.In(bucket, "cutover/"+w.decided().Record); !strings.Contains(record, "The team leaves") || strings.Contains(record, "<b>") {
		t.Error(record)
	}
	if _, got := w.run(cmdDecide, "--decision", "proceed"); got.Code != 2 {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// Names are text, wherever they end.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name = "![x](https://evil.example/x.png) <script>alert(1)</script> @everyone | ::error::x"
	w.reviews[0].User = name
	r, got := w.run(cmdDecide)
	if got.Code != 0 {
		t.Fatalf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	d := w.whole(name)
	for where, text := range map[string]string{"record": w.cloud.In(bucket, "cutover/"+d.Record), "pull request": w.github.Pulls()[0].Body, "summary": w.read("summary")} {
		if strings.Contains(text, "<script>") || strings.Contains(text, "![x](https") || strings.Contains(text, " @everyone") {
			t.Errorf("%s: %s", where, text)
		}
	}
	if strings.Contains(w.github.Pulls()[0].Title, "evil") || strings.Contains("\n"+got.Stdout+"\n"+got.Stderr, "\n::error::x") {
		t.Error("it acts")
	}
}

// A program that is killed at any call and begun again ends as if nothing had
// been.
func TestDecideIsKilled(t *testing.T) {
	t.Parallel()
	for _, key := range []string{".json after report", "record", keyDecision} {
		for _, method := range []string{"PUT"} {
			t.Run(method+" "+key, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				cmd, _, _ := processtest.Command(t, binary, w.folder, w.env, w.args(cmdDecide)...)
				var once sync.Once
				started := make(chan struct{})
				w.cloud.Before(func(m, k string) {
					hit := map[string]bool{
						".json after report": strings.HasPrefix(k, "cutover/decision/production/") && strings.HasSuffix(k, ".json"),
						"record":             strings.HasSuffix(k, ".md"), keyDecision: k == keyDecision,
					}[key]
					if m == method && hit {
						once.Do(func() { <-started; _ = cmd.Process.Kill() })
					}
				})
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				close(started)
				if err := cmd.Wait(); err == nil {
					t.Fatal("it was not killed")
				}
				w.cloud.Before(nil)
				if r, got := w.run(cmdDecide); got.Code != 0 || r.PullRequest == "" {
					t.Errorf("%d\n%s", got.Code, got.Stderr)
				}
				w.whole(ada)
			})
		}
	}
}

// Of several that keep a baseline at once one wins; the others are refused or
// find the same, and nothing is lost.
func TestBaselinesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	var meet sync.WaitGroup
	meet.Add(4)
	w.cloud.Before(func(m, k string) {
		if m == "PUT" && k == keyBaseline {
			meet.Done()
			meet.Wait() // all have seen that there is none
		}
	})
	for i := range 4 {
		name := fmt.Sprintf("blue%d.json", i)
		w.result(name, measurement(40_000+int64(i)*1000, 1, 0))
		args := w.args(cmdBaseline, "--blue", name)
		env := slices.Clone(w.env[:len(w.env)-2])
		all.Go(func() {
			got := processtest.Run(t, binary, w.folder, env, args...)
			mu.Lock()
			defer mu.Unlock()
			codes[got.Code]++
		})
	}
	all.Wait()
	w.cloud.Before(nil)
	if codes[0] != 1 || codes[4] != 3 {
		t.Errorf("%v", codes)
	}
	if r, got := w.run(cmdReport, "--blue", "-"); got.Code != 0 || r.Decision == "" {
		t.Errorf("%d\n%s", got.Code, got.Stderr)
	}
}

// A repository that forbids it leaves a decision that the next run proposes.
func TestPullRequestsAreForbidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.github.ForbidPulls()
	if r, got := w.run(cmdDecide); got.Code != 2 || r.Kept == "" || r.PullRequest != "" || !strings.Contains(got.Stderr, "allow GitHub Actions to create pull requests") {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
	// S3 says no: nothing is proposed.
	w = newWorld(t)
	w.cloud.Fail(func(m, k string) int {
		if m == "PUT" && k == keyDecision {
			return 403
		}
		return 0
	})
	if r, got := w.run(cmdDecide); got.Code != 2 || r.Kept != "" || len(w.github.Pulls()) != 0 {
		t.Errorf("%d %+v\n%s", got.Code, r, got.Stderr)
	}
}
