package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

// past is a world with a repository, an archive, and functions.
type past struct {
	*world
	commits []string // oldest first
	// made is when the stage's key was.
	made time.Time
	last time.Time
	n    int
}

// codes are the zips of functions, by their component.
type codes map[string]string

func zip(text string) string { return "PK\x03\x04" + text }

// digest is a zip's SHA-256 as state, keys and results have it.
func digest(zip string) string {
	sum := sha256.Sum256([]byte(zip))
	return hex.EncodeToString(sum[:])
}

func physical(component string) string { return "lego-api-production-" + component + "Function-abcd" }

// newPast makes a repository of three commits and two releases that were good:
// R1 of the first by run 90, R2 of the second by run 95.
func newPast(t *testing.T) *past {
	t.Helper()
	w := &past{world: newWorld(t, ""), made: time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC), last: time.Now().Add(-3 * time.Hour)}
	w.cloud.Bucket("archive")
	w.git("init", "-q", "-b", "main")
	w.write(".gitignore", ".sst/\nsst.stand.json\noutput\nsummary\nstate.json\n")
	for i := range 3 {
		w.write("pnpm-lock.yaml", fmt.Sprintf("lockfileVersion: %d\n", i))
		w.git("add", "-A")
		w.git("commit", "-q", "-m", fmt.Sprintf("commit %d", i))
		w.commits = append(w.commits, strings.TrimSpace(w.git("rev-parse", "HEAD")))
	}
	w.env = slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, "GITHUB_SHA=") })
	w.env = append(w.env, "GITHUB_SHA="+w.commits[2])
	w.release(0, "90-1", codes{"Api": zip("api one"), "Images": zip("images one"), "Same": zip("same")})
	w.release(1, "95-1", codes{"Api": zip("api two"), "Images": zip("images two"), "Same": zip("same")})
	return w
}

func (w *past) git(args ...string) string {
	w.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = w.folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		w.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// release deploys and archives a commit, as the pipeline does when all went well.
func (w *past) release(commit int, run string, c codes) string {
	w.t.Helper()
	w.git("checkout", "-q", w.commits[commit])
	w.deployed(run, true, c)
	w.fresh(c)
	return w.archive(w.commits[commit], run, c)
}

// fresh lets the functions run just these codes.
func (w *past) fresh(c codes) {
	for name, code := range c {
		w.cloud.Function(physical(name), cloud.Lambda{Handler: "bundle.handler", Runtime: "nodejs22.x", Architectures: []string{"arm64"}, Code: code, Takes: 20 * time.Millisecond})
	}
}

// state is a state of SST's with these functions, within the given wrapping.
func (w *past) state(c codes) map[string]any {
	list := []map[string]any{{"urn": "urn:pulumi:production::lego-api::random:index/randomBytes:RandomBytes::LambdaEncryptionKey", "type": "random:index/randomBytes:RandomBytes", "created": w.made.Format(time.RFC3339)}}
	for _, name := range slices.Sorted(maps.Keys(c)) {
		list = append(list, map[string]any{
			"urn": "urn:pulumi:production::lego-api::sst:aws:Function$aws:lambda/function:Function::" + name + "Function", "type": "aws:lambda/function:Function", "created": w.made.Format(time.RFC3339),
			"outputs": map[string]any{
				"name": physical(name), "s3Key": "assets/" + name + "-code-" + digest(c[name]) + ".zip", "handler": "bundle.handler", "runtime": "nodejs22.x", "packageType": "Zip", "architectures": []string{"arm64"},
			},
		})
	}
	return map[string]any{"resources": list}
}

// believes writes the state bucket's document.
func (w *past) believes(c codes) {
	w.cloud.Put("app/lego-api/production.json", encode(map[string]any{"version": 3, "checkpoint": map[string]any{"stack": "organization/lego-api/production", "latest": w.state(c)}}))
}

// deployed writes down an update as SST does, ten minutes after the one before.
func (w *past) deployed(run string, clean bool, c codes) string {
	w.n++
	w.last = w.last.Add(10 * time.Minute)
	id := fmt.Sprintf("%012x%012d", uint64(^w.last.UnixMilli())&(1<<48-1), w.n)
	u := map[string]any{"id": id, "runID": run, "version": "4.17.1", "command": "deploy", "errors": []any{}, "timeStarted": w.last.UTC().Format(time.RFC3339), "timeCompleted": w.last.Add(time.Minute).UTC().Format(time.RFC3339)}
	if !clean {
		u["errors"] = []map[string]any{{"urn": "", "message": "AccessDenied: hunter2 is not the problem"}}
	}
	w.cloud.Put(updates+id+".json", encode(u))
	w.cloud.Put("eventlog/lego-api/production/"+id+".json", `{"sequence":0,"timestamp":1,"summaryEvent":{"maybeCorrupt":false,"durationSeconds":1,"resourceChanges":{"update":1}}}`+"\n")
	w.believes(c)
	return id
}

// bucket is the archive, by the real adapter.
func (w *past) bucket() *s3.Bucket {
	for _, e := range w.env {
		if name, value, _ := strings.Cut(e, "="); strings.HasPrefix(name, "AWS_") {
			w.t.Setenv(name, value)
		}
	}
	b, err := s3.OpenBucket(context.Background(), "archive", s3.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	return b
}

func (w *past) layout() archive.Layout {
	l, err := archive.ParseLayout("cutover")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// archive keeps what was deployed, by the code of archive-artifacts.
func (w *past) archive(commit, run string, c codes) string {
	w.t.Helper()
	defer w.aside.Begin(w.cloud)()
	_ = os.RemoveAll(filepath.Join(w.folder, ".sst", "artifacts"))
	for name, code := range c {
		at := filepath.Join(w.folder, ".sst", "artifacts", name)
		if err := os.MkdirAll(at, 0o755); err != nil {
			w.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "code.zip"), []byte(code), 0o644); err != nil {
			w.t.Fatal(err)
		}
	}
	w.write("state.json", encode(map[string]any{"stack": "organization/lego-api/production", "latest": w.state(c)}))
	rule, err := archive.ParseRule("state=state.json")
	if err != nil {
		w.t.Fatal(err)
	}
	id, _, _ := strings.Cut(run, "-")
	r, err := archive.Keep(context.Background(), archive.Ports{Store: w.bucket(), Files: os.DirFS(w.folder)}, archive.Order{
		Layout: w.layout(), Project: "lego", Stage: "production", Commit: commit, Run: archive.Run{ID: id, Attempt: 1},
		Rules: append([]archive.Rule{rule}, archive.Standard()...), Require: []archive.Role{archive.Function, archive.Lockfile}, Now: w.last.Add(5 * time.Minute),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(2 * time.Millisecond) // the next one is newer by the store's clock
	return r.Release
}

// broken lets run 100 deploy the third commit and fail half way: one function
// has its code, one has not.
func (w *past) broken() {
	w.deployed("100-1", false, codes{"Api": zip("api three"), "Images": zip("images two"), "Same": zip("same")})
	w.fresh(codes{"Api": zip("api three")})
}

// rebuilds lets the stand-in's deployments change functions and state as SST
// does; the zips of a new build have other bytes.
func (w *past) rebuilds(c codes) {
	w.cloud.Before(func(method, key string) {
		if method == http.MethodPut && strings.HasPrefix(key, "eventlog/") {
			w.believes(c)
			w.fresh(c)
		}
	})
}

func (w *past) releases() []string {
	var names []string
	for _, key := range w.cloud.KeysIn("archive", "cutover/releases/production/") {
		names = append(names, strings.TrimSuffix(key[strings.LastIndexByte(key, '/')+1:], ".json"))
	}
	return names // sorted by time
}

// roll calls the command rollback and returns its part of the result.
func (w *past) roll(args ...string) (result, processtest.Outcome) {
	w.t.Helper()
	got := w.run("rollback", append([]string{"--archive-bucket", "archive", "--format", "json"}, args...)...)
	var r result
	if got.Stdout == "" {
		w.t.Fatalf("no result, exit %d\n%s", got.Code, got.Stderr)
	}
	w.parse(got.Stdout)
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		w.t.Fatal(err)
	}
	if r.Rollback == nil {
		r.Rollback = &rollback.Result{}
	}
	return r, got
}

// runs lists what the functions run.
func (w *past) runs(components ...string) string {
	var all []string
	for _, name := range components {
		all = append(all, strings.TrimPrefix(w.cloud.Runs(physical(name)), "PK\x03\x04"))
	}
	return strings.Join(all, ", ")
}

// journal lists the documents about rollbacks: their names without times.
func (w *past) journal() string {
	var all []string
	for _, key := range w.cloud.KeysIn("archive", "cutover/rollbacks/production/") {
		all = append(all, key[strings.LastIndexByte(key, '/')+1:])
	}
	return strings.Join(all, " ")
}

// as makes the world another workflow run.
func (w *past) as(run string) *past {
	id, attempt, _ := strings.Cut(run, "-")
	w.env = slices.DeleteFunc(w.env, func(e string) bool { return strings.HasPrefix(e, "GITHUB_RUN_") })
	w.env = append(w.env, "GITHUB_RUN_ID="+id, "GITHUB_RUN_ATTEMPT="+attempt)
	return w
}
