//go:build e2e

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/s3/s3test"
	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/release/archive"
)

const bucket = "releases"

func server(t *testing.T) *s3test.Server {
	t.Helper()
	s, err := s3test.Start(t.TempDir()+"/s3", bucket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	// What is called is held against what cutover iam allows. Archives with
	// prefixes of their own are allowed the same below theirs.
	calls := iamtest.Record(t, s.Address)
	s.Address = calls.Address
	t.Cleanup(func() {
		made := calls.Calls()
		for i := range made {
			made[i].Resource = ownPrefix.ReplaceAllString(made[i].Resource, "arn:aws:s3:::"+bucket+"/cutover/")
		}
		iamtest.Hold(t, "archive-artifacts", iam.Settings{Stage: "production", Archive: bucket, Options: []string{"legal-hold"}}, made, "archive", "verify", "list", "fetch", "prune", "lifecycle")
	})
	return s
}

var ownPrefix = regexp.MustCompile(`^arn:aws:s3:::` + bucket + `/(k|two)[0-9]+/`)

// env is that of a step of a workflow run.
func env(s *s3test.Server, more ...string) []string {
	return append(append(s.Env(), "GITHUB_SHA="+commit, "GITHUB_RUN_ID=4711", "GITHUB_RUN_ATTEMPT=1", "GITHUB_REPOSITORY=cutover-dev/lego-api",
		"GITHUB_SERVER_URL=https://github.com", "GITHUB_REF=refs/heads/main", "GITHUB_ACTOR=octocat", "GITHUB_WORKFLOW=deploy"), more...)
}

// must runs the binary and decodes its result.
func must(t *testing.T, code int, folder string, env []string, args ...string) archive.Result {
	t.Helper()
	got := processtest.Run(t, binary, folder, env, append(args, "--bucket", bucket, "--format", "json")...)
	if got.Code != code {
		t.Fatalf("%v: exit %d, want %d\n%s%s", args, got.Code, code, got.Stdout, got.Stderr)
	}
	if strings.Contains(got.Stdout+got.Stderr, "hunter2") {
		t.Errorf("a secret shows: %s%s", got.Stdout, got.Stderr)
	}
	var r archive.Result
	if code > 1 {
		return r
	}
	if err := schema(t).Check(got.Stdout); err != nil {
		t.Errorf("%v\n%s", err, got.Stdout)
	}
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// onlyVerify is what somebody has who knows nothing but where and which: no
// stage, no prefix, no region.
func onlyVerify(t *testing.T, s *s3test.Server, code int, release string) archive.Result {
	t.Helper()
	return must(t, code, t.TempDir(), []string{"AWS_ACCESS_KEY_ID=" + s3test.Access, "AWS_SECRET_ACCESS_KEY=" + s3test.Secret, "HOME=/nonexistent"},
		"--command", "verify", "--endpoint-url", s.Address, "--release", release)
}

// Shows: 5.4.5
func TestE2EAReleaseIsKeptProvenAndBroughtBack(t *testing.T) {
	s, root := server(t), tree(t, app)
	summary := filepath.Join(t.TempDir(), "summary")
	outputs := filepath.Join(t.TempDir(), "outputs")
	r := must(t, 0, root, env(s, "GITHUB_ACTIONS=true", "GITHUB_STEP_SUMMARY="+summary, "GITHUB_OUTPUT="+outputs), "--stage", "production", "--state", ".sst/state.json", "--file", "docs/*.md")
	if len(r.Files) != 6 || !strings.HasSuffix(r.Release, "-6ae71a84-4711-1") || r.Stage != "production" {
		t.Fatalf("%+v", r)
	}
	for path, want := range map[string][]string{summary: {"stored now", "Size by role", "code.zip"}, outputs: {r.Release, "s3://releases/cutover/releases/production/" + r.Release + ".json"}} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s lacks %q:\n%s", filepath.Base(path), w, text)
			}
		}
	}
	noSecretIn(t, s.Folder)
	if again := must(t, 0, root, env(s), "--stage", "production", "--state", ".sst/state.json", "--file", "docs/*.md"); again.Release != r.Release {
		t.Errorf("the same run again made %s, not %s", again.Release, r.Release)
	}
	if v := onlyVerify(t, s, 0, r.Release); len(v.Files) != 6 {
		t.Errorf("%+v", v)
	}
	if l := must(t, 0, root, env(s), "--command", "list"); len(l.Releases) != 1 || l.Releases[0].Commit != commit || l.Releases[0].Actor != "octocat" {
		t.Errorf("%+v", l.Releases)
	}
	into := filepath.Join(t.TempDir(), "back")
	must(t, 0, root, env(s), "--command", "fetch", "--release", r.Release, "--into", into)
	sameTree(t, root, into, ".sst/state.json", ".sst/outputs.json")
	noSecretIn(t, into)
	if err := os.WriteFile(filepath.Join(root, "pnpm-lock.yaml"), []byte("another"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(t, 4, root, env(s), "--stage", "production", "--state", ".sst/state.json", "--file", "docs/*.md")
	must(t, 2, root, env(s), "--command", "verify", "--release", "r9")
}

func noSecretIn(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte("hunter2")) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// sameTree holds that every file that was fetched is the one of root, but for
// those that were redacted.
func sameTree(t *testing.T, root, into string, redacted ...string) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(into, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(into, path)
		if err != nil || d.IsDir() || name == archive.ManifestName || slices.Contains(redacted, name) || strings.HasSuffix(name, unfinished) {
			return err
		}
		n++
		got, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want, err := os.ReadFile(filepath.Join(root, name))
		if err == nil && !bytes.Equal(got, want) {
			t.Errorf("%s is another", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestE2EDamageBehindItsBackIsFound(t *testing.T) {
	s := server(t)
	root := manyFiles(t)
	r := must(t, 0, root, env(s), "--stage", "production", "--require", "none", "--file", "**")
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	for what, edit := range map[string]func([]byte) []byte{
		"missing": nil, "wrong-size": func(b []byte) []byte { return b[:len(b)-1] }, "wrong-hash": flip,
	} {
		for _, size := range []int64{1000, 20<<20 + 5} {
			i := slices.IndexFunc(r.Files, func(f archive.FileResult) bool { return f.Size == size })
			path := s.Path(bucket, "cutover/blobs/sha256/"+r.Files[i].SHA256)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if edit == nil {
				err = os.Remove(path)
			} else {
				err = os.WriteFile(path, edit(slices.Clone(good)), 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			v := onlyVerify(t, s, 1, r.Release)
			if string(v.Files[i].Status) != what || v.Verdict != "fail" || !strings.Contains(v.Findings[2].Name, r.Files[i].Path) {
				t.Errorf("%s of %d: %+v", what, size, v.Findings)
			}
			into := t.TempDir()
			must(t, 1, root, env(s), "--command", "fetch", "--release", r.Release, "--into", into)
			if _, err := os.Stat(filepath.Join(into, r.Files[i].Path)); err == nil {
				t.Error("a damaged file was brought back")
			}
			if edit == nil {
				// The way out that the finding names: archive the same again.
				must(t, 0, root, env(s), "--stage", "production", "--require", "none", "--file", "**")
			} else if err := os.WriteFile(path, good, 0o644); err != nil {
				t.Fatal(err)
			}
			onlyVerify(t, s, 0, r.Release)
		}
	}
	manifest := s.Path(bucket, r.Manifest)
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifest, flip(text), 0o644); err != nil {
		t.Fatal(err)
	}
	onlyVerify(t, s, 1, r.Release)
}

// manyFiles is a tree with small files and one that is stored in parts.
func manyFiles(t *testing.T) string {
	t.Helper()
	files := map[string]string{}
	for i := range 60 {
		files[fmt.Sprintf("d%d/f%d.bin", i%7, i)] = strings.Repeat(string(rune('A'+i)), 900+i)
	}
	files["exact.bin"] = strings.Repeat("x", 1000)
	root := tree(t, files)
	big := make([]byte, 20<<20+5)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(big)
	if err := os.WriteFile(filepath.Join(root, "big.zip"), big, 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// A run that is killed at any moment is made whole by the same run again, and
// before that there is either no release or a whole one. CUTOVER_KILLS is how
// often; make bench does it a thousand times.
func TestE2EKilledAnywhereItEndsRight(t *testing.T) {
	kills := 50
	if n, err := strconv.Atoi(os.Getenv("CUTOVER_KILLS")); err == nil {
		kills = n
	}
	s, root := server(t), manyFiles(t)
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	long := map[string]time.Duration{}
	counts := map[string]int{}
	for i := range kills {
		prefix := fmt.Sprintf("k%d", i)
		keep := []string{"--stage", "production", "--require", "none", "--file", "**", "--prefix", prefix}
		counts[killed(t, root, env(s), random, long, "archive", keep)]++
		if names := releases(t, s, prefix); len(names) > 0 {
			must(t, 0, root, env(s), "--command", "verify", "--release", names[0], "--prefix", prefix)
		}
		counts["  then there was "+phase(t, s, prefix)]++
		r := must(t, 0, root, env(s), keep...)
		if names := releases(t, s, prefix); len(names) != 1 || names[0] != r.Release {
			t.Fatalf("releases %v, not %s alone", names, r.Release)
		}
		must(t, 0, root, env(s), "--command", "verify", "--release", r.Release, "--prefix", prefix)
		into := t.TempDir()
		fetch := []string{"--command", "fetch", "--release", r.Release, "--prefix", prefix, "--into", into}
		counts[killed(t, root, env(s), random, long, "fetch", fetch)]++
		sameTree(t, root, into)
		must(t, 0, root, env(s), fetch...)
		sameTree(t, root, into)
		if err := os.RemoveAll(s.Path(bucket, prefix)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(into); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d runs each: %v", kills, counts)
	if counts["archive killed"] < kills/3 || kills >= 50 && counts["  then there was a part of the contents"] == 0 {
		t.Error("too few runs were killed in the middle: this shows little")
	}
}

// phase is how far a killed run had come, by what lies on the server's disk.
func phase(t *testing.T, s *s3test.Server, prefix string) string {
	t.Helper()
	found := func(pattern string) int {
		all, err := filepath.Glob(s.Path(bucket, prefix+"/"+pattern))
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	switch blobs := found("blobs/sha256/*"); {
	case found("releases/production/*") > 0:
		return "a whole release"
	case blobs == 62:
		return "all of the contents"
	case blobs > 0:
		return "a part of the contents"
	case found("claims/production/*") > 0:
		return "a claim"
	}
	return "nothing"
}

// killed starts the binary and kills it at a random moment of the time that it
// takes, which it learns: the machine is not equally fast all the time.
func killed(t *testing.T, root string, env []string, random *rand.Rand, long map[string]time.Duration, what string, args []string) string {
	t.Helper()
	cmd, _, stderr := processtest.Command(t, binary, root, env, append(args, "--bucket", bucket)...)
	if long[what] == 0 {
		long[what] = 700 * time.Millisecond
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%s failed by itself: %v\n%s", what, err, stderr)
		}
		long[what] = (long[what] + 2*time.Since(begin)) / 3
		return what + " ended before"
	case <-time.After(time.Duration(random.Int64N(int64(long[what]) * 5 / 4))):
		_ = cmd.Process.Kill()
		<-done
		long[what] = max(long[what], time.Since(begin))
		return what + " killed"
	}
}

func releases(t *testing.T, s *s3test.Server, prefix string) []string {
	t.Helper()
	found, err := filepath.Glob(s.Path(bucket, prefix+"/releases/production/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range found {
		found[i] = strings.TrimSuffix(filepath.Base(f), ".json")
	}
	return found
}

func TestE2ETwoArchiversAtOnce(t *testing.T) {
	s, root := server(t), manyFiles(t)
	for i := range 5 {
		prefix := fmt.Sprintf("two%d", i)
		var wait sync.WaitGroup
		names := make([]string, 3)
		for n := range names {
			wait.Go(func() {
				got := processtest.Run(t, binary, root, env(s), "--stage", "production", "--require", "none", "--file", "**", "--prefix", prefix, "--bucket", bucket, "--format", "json")
				var r archive.Result
				if got.Code != 0 || json.Unmarshal([]byte(got.Stdout), &r) != nil {
					t.Errorf("exit %d: %s", got.Code, got.Stderr)
				}
				names[n] = r.Release
			})
		}
		wait.Wait()
		if got := releases(t, s, prefix); len(got) != 1 || got[0] != names[0] || got[0] != names[1] || got[0] != names[2] {
			t.Errorf("%v from %v", got, names)
		}
		must(t, 0, root, env(s), "--command", "verify", "--release", names[0], "--prefix", prefix)
	}
}

// A disk that is full, here by a limit on what one process may write.
func TestE2EAFullDiskLeavesNoHalfFile(t *testing.T) {
	s, root := server(t), manyFiles(t)
	r := must(t, 0, root, env(s), "--stage", "production", "--require", "none", "--file", "**")
	into := t.TempDir()
	cmd := exec.Command("bash", "-c", `trap '' XFSZ; ulimit -f 8192; exec "$@"`, "-", binary, "--command", "fetch", "--release", r.Release, "--into", into, "--bucket", bucket)
	cmd.Env = append(env(s), "PATH="+os.Getenv("PATH"))
	out, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 3 || !strings.Contains(string(out), "big.zip") || !strings.Contains(string(out), "Make room") {
		t.Errorf("exit %d: %s", cmd.ProcessState.ExitCode(), out)
	}
	sameTree(t, root, into)
	for _, left := range []string{"big.zip", "big.zip" + unfinished, archive.ManifestName} {
		if _, err := os.Stat(filepath.Join(into, left)); err == nil {
			t.Errorf("%s is left", left)
		}
	}
	must(t, 0, root, env(s), "--command", "fetch", "--release", r.Release, "--into", into)
}

func TestE2EPruneOnARealServer(t *testing.T) {
	s := server(t)
	root := tree(t, app)
	var names []string
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(root, ".sst/artifacts/Api/code.zip"), []byte{'P', 'K', byte(i)}, 0o644); err != nil {
			t.Fatal(err)
		}
		r := must(t, 0, root, env(s, "GITHUB_RUN_ATTEMPT="+strconv.Itoa(i+1)), "--stage", "production")
		names = append(names, r.Release)
		age(t, s, time.Duration(120-10*i)*24*time.Hour)
	}
	before := count(t, s)
	if r := must(t, 0, root, env(s), "--command", "prune", "--keep", "1"); len(r.Prune.Delete) != 2 || r.Prune.Applied || count(t, s) != before {
		t.Errorf("the plan: %+v", r.Prune)
	}
	r := must(t, 0, root, env(s), "--command", "prune", "--keep", "1", "--apply")
	if len(r.Prune.Delete) != 2 || len(releases(t, s, "cutover")) != 1 {
		t.Errorf("%+v, %v", r.Prune, releases(t, s, "cutover"))
	}
	onlyVerify(t, s, 2, names[1])
	if v := releases(t, s, "cutover"); len(v) == 1 {
		onlyVerify(t, s, 0, v[0])
	}
}

// age makes every object that is younger than a day as old as given.
func age(t *testing.T, s *s3test.Server, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	err := filepath.WalkDir(s.Path(bucket, "cutover"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && time.Since(info.ModTime()) < 24*time.Hour {
			err = os.Chtimes(path, at, at)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, s *s3test.Server) (n int) {
	t.Helper()
	err := filepath.WalkDir(s.Path(bucket, "cutover"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
