package sst_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/sst"
	"github.com/cutover-dev/cutover/internal/deploy"
)

func program(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// Each place is found only while the ones before it are empty.
//
// Attack: swapped-sst
func TestFindKeepsItsOrder(t *testing.T) {
	folder, elsewhere := t.TempDir(), t.TempDir()
	env := map[string]string{"PATH": elsewhere + ":relative"}
	part := "sst-" + runtime.GOOS + "-" + map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH] + "/bin/sst"
	find := func(given string) string {
		c, err := sst.Find(folder, given, func(n string) string { return env[n] })
		if err != nil {
			return "error: " + err.Error()
		}
		return c.String()
	}
	if got := find(""); !strings.Contains(got, "was not found") || !strings.Contains(got, "pnpm install") {
		t.Error(got)
	}
	var places []string
	places = append(places, program(t, elsewhere, "sst"))
	if got := find(""); got != places[0] {
		t.Error(got)
	}
	places = append(places, program(t, folder, "node_modules/.bin/sst"))
	if got := find(""); got != places[1] {
		t.Error(got)
	}
	places = append(places, program(t, folder, "node_modules/"+part))
	if got := find(""); got != places[2] {
		t.Error(got)
	}
	// As pnpm has it: a link into its store, the parts beside the package.
	store := filepath.Join(folder, "node_modules/.pnpm/sst@4.17.1/node_modules")
	own := program(t, store, part)
	if err := os.MkdirAll(filepath.Join(store, "sst"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(store, "sst"), filepath.Join(folder, "node_modules/sst")); err != nil {
		t.Fatal(err)
	}
	if resolved, _ := filepath.EvalSymlinks(own); find("") != resolved {
		t.Error(find(""))
	}
	env["SST_BIN_PATH"] = program(t, elsewhere, "other")
	if got := find(""); got != env["SST_BIN_PATH"] {
		t.Error(got)
	}
	pnpm := program(t, elsewhere, "pnpm")
	if got := find("pnpm exec sst"); got != pnpm+" exec sst" {
		t.Error(got)
	}
	if got := find("node_modules/.bin/sst --verbose"); got != places[1]+" --verbose" {
		t.Error(got)
	}
	for _, bad := range []string{"./none", "none", "/", " "} {
		if got := find(bad); !strings.Contains(got, "names no program") {
			t.Errorf("%q: %s", bad, got)
		}
	}
}

func TestAppName(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"as SST's templates": {"export default $config({\n  app(input) {\n    return {\n      name: \"lego-api\",\n      home: \"aws\",\n    };\n  },\n  async run() {\n    new X({ name: \"other\" });\n  },\n});", "lego-api"},
		"single quotes":      {"app(input) { return { name: 'a' };\n },\n run() {}", "a"},
		"a comment before":   {"app(input) {\n // name: \"old\"\n return {\n name: \"new\" };\n },\n async run() {}", "new"},
		"computed":           {"app() { return { name: prefix + \"a\" };\n },\n run() {}", ""},
		"a template":         {"app() { return { name: `a${x}` };\n },\n run() {}", ""},
		"no name":            {"app() { return {};\n },\n run() { x({ name: \"other\" }) }", ""},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "sst.config.ts"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := sst.AppName(folder)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := sst.AppName("../../../examples/lego-api"); err != nil || got != "lego-api" {
		t.Errorf("the example: %q, %v", got, err)
	}
}

func TestOutputsAreThoseOfThisRun(t *testing.T) {
	folder := t.TempDir()
	if _, err := sst.Outputs(folder, time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	path := program(t, folder, ".sst/outputs.json")
	if _, err := sst.Outputs(folder, time.Now().Add(-time.Minute)); err != nil {
		t.Error(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := sst.Outputs(folder, time.Now().Add(-time.Minute)); !errors.Is(err, sst.ErrOldOutputs) {
		t.Error(err)
	}
}

func TestNamesOfVariables(t *testing.T) {
	for _, good := range []string{"DATABASE_URL", "VITE_*", "GITHUB_REPOSITORY_ID"} {
		if err := sst.CheckNames([]string{good}); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "*", "A=B", "A B", "INPUT_X", "INPUT_*", "IN*", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_*", "GITHUB_TOKEN", "GH_*", "SLACK_BOT_TOKEN", "S*", "SST_RUN_ID"} {
		if err := sst.CheckNames([]string{bad}); err == nil {
			t.Errorf("%q may be passed", bad)
		}
	}
	env, names := sst.Environment([]string{"PATH=/bin", "INPUT_A=1", "X=2", "Y=3", "SST_LOG=z", "AWS_REGION=r"}, []string{"X"}, "/app")
	if !slices.Equal(names, []string{"AWS_REGION", "PATH", "X"}) || !slices.Contains(env, "PATH=/app/node_modules/.bin:/bin") {
		t.Errorf("%v %v", env, names)
	}
}

func shell(t *testing.T, script string) sst.Tool {
	return sst.Tool{Command: sst.Command{Words: []string{"/bin/sh", "-c", script}}, Folder: t.TempDir(), Env: []string{"PATH=" + os.Getenv("PATH")}}
}

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   deploy.Exit
		out    string
	}{
		"well":        {`echo "$SST_RUN_ID" out; echo err >&2`, deploy.Exit{}, "1-1 out\nerr\n"},
		"badly":       {"exit 7", deploy.Exit{Code: 7}, ""},
		"by a signal": {"kill -KILL $$", deploy.Exit{Code: -1, Signal: "killed"}, ""},
		"no line end": {"printf x", deploy.Exit{}, "x"},
		"Pulumi well": {`mkdir -p .sst/log; echo 'msg="pulumi exited" service=project.run err=<nil>' > .sst/log/sst.log`, deploy.Exit{Engine: deploy.EngineDone}, ""},
		"Pulumi died": {`mkdir -p .sst/log; echo 'msg="pulumi exited" service=project.run err="signal: killed"' > .sst/log/sst.log`, deploy.Exit{Engine: "signal: killed"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			got, err := shell(t, c.script).Run(t.Context(), "1-1", &out, &out)
			if err != nil || got != c.want || out.String() != c.out {
				t.Errorf("%+v %v %q", got, err, out.String())
			}
		})
	}
	if _, err := (sst.Tool{Command: sst.Command{Words: []string{"/none"}}}).Run(t.Context(), "", new(bytes.Buffer), new(bytes.Buffer)); err == nil {
		t.Error("a program that is not there was started")
	}
}

// A launcher that is gone at once does not hide that its child goes on.
func TestAStopReachesTheWholeGroup(t *testing.T) {
	for name, c := range map[string]struct {
		script  string
		running bool
		out     string
	}{
		"a child below a launcher":     {`trap "exit 0" INT; sh -c 'trap "echo int; exit 0" INT; while :; do sleep 0.05; done'`, false, "int"},
		"a launcher that dies first":   {`sh -c 'trap "" INT; trap "sleep 0.3; echo term; exit 0" TERM; while :; do sleep 0.05; done' & while :; do sleep 0.05; done`, false, "term"},
		"one that hears the first":     {`trap "echo first; exit 3" INT; while :; do sleep 0.05; done`, false, "first"},
		"one that needs a second word": {`trap "" INT; trap "echo second; exit 3" TERM; while :; do sleep 0.05; done`, false, "second"},
		"one that will not":            {`trap "" INT TERM; for i in 1 2 3 4 5 6 7 8; do sleep 0.25; done`, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tool := shell(t, c.script)
			tool.Times = sst.Times{Second: 300 * time.Millisecond, GiveUp: 1200 * time.Millisecond}
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(300*time.Millisecond, cancel)
			var out bytes.Buffer
			got, err := tool.Run(ctx, "", &out, &out)
			if err != nil || got.Running != c.running || !strings.Contains(out.String(), c.out) {
				t.Errorf("%+v %v %q", got, err, out.String())
			}
		})
	}
}
