package main

import (
	"encoding/json"
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/iam"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

var (
	binary string
	update = flag.Bool("update", false, "write "+publish.PermissionsPath+" anew")
)

func TestMain(m *testing.M) {
	os.Exit(processtest.Main(m, "cutover-publish", &binary, func() { toolbox() }))
}

// What each action may do at AWS stands in the tree, so that an upgrade note can
// compare two trees.
func TestPermissionsStandInTheTree(t *testing.T) {
	all := map[string][]string{}
	for _, d := range iam.Duties() {
		if d.Ahead {
			continue
		}
		settings, _ := iam.Settings{Options: iam.OptionNames()}.Complete()
		needs, err := d.Needs(settings, d.CommandNames()...)
		if err != nil {
			t.Fatal(err)
		}
		calls := []string{}
		for _, n := range needs {
			calls = append(calls, n.Actions...)
		}
		slices.Sort(calls)
		all[d.Action] = slices.Compact(calls)
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := "../../" + publish.PermissionsPath
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(text) {
		t.Errorf("%s is out of date; run make generate (%v)", publish.PermissionsPath, err)
	}
}

// checkout copies this tree's sources into a folder and commits them there.
func checkout(t *testing.T, folder string) string {
	t.Helper()
	out, err := exec.Command("git", "-C", "../..", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "go.mod", "go.sum", "actions", "cmd", "internal", "schemas").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if strings.HasSuffix(name, "_test.go") || strings.Contains(name, "/testdata/") {
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	gitIn(t, folder, "init", "-q", "-b", "main")
	gitIn(t, folder, "add", "-A", "-f")
	gitIn(t, folder, "commit", "-q", "-m", "The source")
	return folder
}

func gitIn(t *testing.T, folder string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// call runs the program as a job does.
func call(t *testing.T, folder string, env []string, args ...string) processtest.Outcome {
	t.Helper()
	for _, name := range []string{"HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "TMPDIR"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	cmd, stdout, stderr := processtest.Command(t, binary, folder, append(env, "GITHUB_REPOSITORY=o/r"), args...)
	_ = cmd.Run() // the exit code tells
	return processtest.Outcome{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

func must(t *testing.T, o processtest.Outcome) processtest.Outcome {
	t.Helper()
	if o.Code != 0 {
		t.Fatalf("exit %d\n%s\n%s", o.Code, o.Stdout, o.Stderr)
	}
	return o
}

// Two programs are built in two folders with different names and depths, gathered,
// published to a GitHub that keeps to its rules, and run by the launcher of the tree
// that the tag names.
func TestTheSameBytesArePublishedAndRun(t *testing.T) {
	here := publish.Platform{System: runtime.GOOS, Machine: runtime.GOARCH}
	one, other := checkout(t, t.TempDir()), checkout(t, filepath.Join(t.TempDir(), "quite", "somewhere else"))
	chosen := []string{"--commands", "notify", "--commands", "pipeline-report", "--platforms", here.String()}
	dist, again, plan := t.TempDir(), t.TempDir(), t.TempDir()
	must(t, call(t, one, nil, "plan", "--out", plan))
	must(t, call(t, one, nil, append([]string{"build", "--release", "v0.1.0", "--out", dist}, chosen...)...))
	// What the machine is set to must not reach the bytes.
	odd := []string{"CGO_ENABLED=1", "GOAMD64=v3", "GOFLAGS=-buildvcs=true", "GOEXPERIMENT=nosuch"}
	must(t, call(t, other, odd, append([]string{"build", "--release", "v0.1.0", "--out", again}, chosen...)...))
	gather := append([]string{"gather", "--release", "v0.1.0", "--dist", dist, "--again", again, "--built-at", "2026-11-23T12:00:00Z"}, chosen...)
	if o := must(t, call(t, one, nil, gather...)); !strings.Contains(o.Stdout, "2 of them built twice with the same bytes") {
		t.Error(o.Stdout)
	}
	sums, err := os.ReadFile(filepath.Join(dist, sumsFile))
	if err != nil {
		t.Fatal(err)
	}
	refusesOtherBytes(t, one, gather, again, here)
	if err := os.WriteFile(filepath.Join(dist, sumsFile), sums, 0o644); err != nil {
		t.Fatal(err)
	}
	hub, err := loopback.New("token-of-the-test", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hub.HostGit(one)
	server := httptest.NewServer(hub.Handler())
	t.Cleanup(server.Close)
	send := []string{"publish", "--release", "v0.1.0", "--commit", gitIn(t, one, "rev-parse", "HEAD"), "--dist", dist, "--plan", plan, "--token", "token-of-the-test"}
	to := []string{"GITHUB_API_URL=" + server.URL}
	if o := must(t, call(t, one, to, send...)); strings.Contains(o.Stdout+o.Stderr, "token-of-the-test") || !strings.Contains(o.Stdout, "publish the draft") {
		t.Error(o.Stdout, o.Stderr)
	}
	if o := must(t, call(t, one, to, send...)); !strings.Contains(o.Stdout, "nothing: it is published as built") {
		t.Errorf("again: %s", o.Stdout)
	}
	pinned := filepath.Join(t.TempDir(), "pinned")
	gitIn(t, one, "clone", "-q", "--branch", "v0.1.0", one, pinned)
	launched(t, pinned, server.URL, hub)
	swapped(t, one, to, send, dist, here)
}

// refusesOtherBytes changes one byte of the second build.
func refusesOtherBytes(t *testing.T, folder string, gather []string, again string, here publish.Platform) {
	t.Helper()
	path := filepath.Join(again, here.File("notify")+publish.Packed)
	flip(t, path)
	if o := call(t, folder, nil, gather...); o.Code != 4 || !strings.Contains(o.Stderr, "came out otherwise") {
		t.Errorf("exit %d, %s", o.Code, o.Stderr)
	}
}

func flip(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// launched runs what was published as a consumer's step does; the version that it
// prints is the tag. With one byte changed on the way it is refused.
func launched(t *testing.T, pinned, address string, hub *loopback.Server) {
	t.Helper()
	launch := func(name string) (int, string) {
		cmd := exec.Command("bash", filepath.Join(pinned, "actions/launch.sh"), name, "--version")
		cmd.Env = []string{"PATH=/usr/bin:/bin", "CUTOVER_BIN=" + filepath.Join(pinned, "bin"), "GITHUB_SERVER_URL=" + address}
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	for _, name := range []string{"notify", "notify", "pipeline-report"} {
		if code, out := launch(name); code != 0 || out != "v0.1.0\n" {
			t.Errorf("%s: exit %d, %s", name, code, out)
		}
	}
	if err := os.RemoveAll(filepath.Join(pinned, "bin")); err != nil {
		t.Fatal(err)
	}
	hub.Spoil(1)
	defer hub.Spoil(1) // and back
	if code, out := launch("notify"); code != 4 || !strings.Contains(out, "It was not run") {
		t.Errorf("one byte changed: exit %d, %s", code, out)
	}
}

// swapped changes a file between gathering and publishing.
func swapped(t *testing.T, folder string, env, send []string, dist string, here publish.Platform) {
	t.Helper()
	flip(t, filepath.Join(dist, here.File("notify")+publish.Packed))
	if o := call(t, folder, env, send...); o.Code != 4 || !strings.Contains(o.Stderr, "is not what was gathered") {
		t.Errorf("exit %d, %s", o.Code, o.Stderr)
	}
}

// Input that makes no sense is named with what is allowed.
func TestBadInput(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"a version that is none":  {[]string{"build", "--release", "latest", "--out", "x"}, 2, "such as v1.2.3"},
		"a platform that is none": {[]string{"build", "--release", "v1.0.0", "--platforms", "windows/amd64", "--out", "x"}, 2, "linux/amd64, linux/arm64"},
		"a program that is none":  {[]string{"build", "--release", "v1.0.0", "--commands", "nope", "--out", "x"}, 2, "coverage-gate"},
		"a commit that is none":   {[]string{"upgrade", "--from", "v99.0.0"}, 2, "fetch-depth: 0"},
		"an option as commit":     {[]string{"upgrade", "--from", "--output=x"}, 2, "is no branch, tag or commit"},
		"no checkout":             {[]string{"plan", "--source", os.TempDir(), "--out", "x"}, 2, "HEAD"},
		"nothing gathered":        {[]string{"publish", "--release", "v1.0.0", "--commit", "x", "--dist", "/nowhere", "--plan", "/nowhere", "--token", "t0ken"}, 2, "/nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			if o := call(t, "../..", nil, c.args...); o.Code != c.code || !strings.Contains(o.Stderr, c.want) {
				t.Errorf("exit %d, %s", o.Code, o.Stderr)
			}
		})
	}
}
