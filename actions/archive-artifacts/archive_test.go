package main

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/iamtest"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/schematest"
)

var (
	update = flag.Bool("update", false, "write the schemas anew")
	binary string
)

func TestMain(m *testing.M) {
	os.Exit(iamtest.AllUsedE2E(processtest.Main(m, "archive-artifacts", &binary, func() { program() }), map[string]string{
		"s3:GetObjectLegalHold":        "part of HeadObject: S3 leaves the hold out of its answer without it",
		"s3:PutObjectLegalHold":        "TestE2EHold of the adapter, against a bucket with object lock",
		"s3:GetLifecycleConfiguration": "TestMergeLifecycle of the adapter",
		"s3:PutLifecycleConfiguration": "TestMergeLifecycle of the adapter",
	}))
}

const commit = "6ae71a84193072939515e22adb298388dcafe000"

// app is the folder of an SST app after a deploy.
var app = map[string]string{
	".sst/artifacts/Api/code.zip": "PK api",
	".sst/outputs.json":           `{"url":"https://example.com","adminToken":"hunter2-canary"}`,
	".sst/state.json":             `{"version":3,"password":"hunter2-canary"}`,
	"sst.config.ts":               "export default $config({})\n",
	"pnpm-lock.yaml":              "lockfileVersion: '9.0'\n",
	"docs/runbook.md":             "# Runbook\n",
}

// tree writes files below a new folder.
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

// nowhere is an environment from which no server can be reached.
var nowhere = []string{"AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_MAX_ATTEMPTS=1", "HOME=/nonexistent"}

func TestBadInputs(t *testing.T) {
	run := []string{"GITHUB_SHA=" + commit, "GITHUB_RUN_ID=1", "GITHUB_RUN_ATTEMPT=1"}
	for name, c := range map[string]struct {
		env  []string
		args []string
		code int
		want string
	}{
		"no bucket":                   {run, []string{"--stage", "s"}, 2, "INPUT_BUCKET"},
		"no stage":                    {run, []string{"--bucket", "b"}, 2, "INPUT_STAGE"},
		"no release to verify":        {run, []string{"--bucket", "b", "--command", "verify"}, 2, "INPUT_RELEASE"},
		"nowhere to fetch to":         {run, []string{"--bucket", "b", "--command", "fetch", "--release", "r"}, 2, "INPUT_INTO"},
		"a misspelt command":          {run, []string{"--bucket", "b", "--command", "verfy"}, 2, `Did you mean "verify"?`},
		"a stage that leads out":      {run, []string{"--bucket", "b", "--stage", "../x"}, 2, archive.StageSyntax},
		"a release that leads out":    {run, []string{"--bucket", "b", "--stage", "s", "--release", "a/b"}, 2, archive.NameSyntax},
		"a short commit":              {nil, []string{"--bucket", "b", "--stage", "s", "--commit", "6ae71a8"}, 2, "full SHA"},
		"no commit":                   {nil, []string{"--bucket", "b", "--stage", "s", "--release", "r"}, 2, "git rev-parse HEAD"},
		"no run and no release":       {nil, []string{"--bucket", "b", "--stage", "s", "--commit", commit}, 2, "--release"},
		"a role that is none":         {run, []string{"--bucket", "b", "--stage", "s", "--file", "functoin=x"}, 2, `Did you mean "function"?`},
		"a file outside":              {run, []string{"--bucket", "b", "--stage", "s", "--file", "/etc/passwd"}, 2, "leads out"},
		"a state outside":             {run, []string{"--bucket", "b", "--stage", "s", "--state", "../state.json"}, 2, "leads out"},
		"a root that is absent":       {run, []string{"--bucket", "b", "--stage", "s", "--root", "nope"}, 2, `got "nope"`},
		"a pattern of nothing":        {run, []string{"--bucket", "b", "--stage", "s", "--file", "dist/*.zip"}, 2, "matches no file"},
		"a retention of hours":        {run, []string{"--bucket", "b", "--command", "prune", "--retention", "2 h"}, 2, "at least 1 day"},
		"keep none":                   {run, []string{"--bucket", "b", "--command", "prune", "--keep", "0"}, 2, "1 to 1000"},
		"an endpoint that is none":    {run, []string{"--bucket", "b", "--command", "list", "--endpoint-url", "localhost:9000"}, 2, "http://"},
		"an endpoint with a password": {run, []string{"--bucket", "b", "--command", "list", "--endpoint-url", "http://a:b@h"}, 2, "http://"},
		"a server that is not there":  {run, []string{"--bucket", "b", "--stage", "s"}, 3, "127.0.0.1:1"},
		"a time that is too short":    {run, []string{"--bucket", "b", "--stage", "s", "--timeout", "1ns"}, 3, "took longer than allowed"},
		"a broken config":             {run, []string{"--bucket", "b", "--stage", "s", "--config", "sst.config.ts"}, 2, "sst.config.ts"},
	} {
		t.Run(name, func(t *testing.T) {
			got := processtest.Run(t, binary, tree(t, app), append(c.env, nowhere...), c.args...)
			if got.Code != c.code || !strings.Contains(got.Stderr, c.want) || got.Stdout != "" {
				t.Errorf("exit %d, want %d with %q\n%s%s", got.Code, c.code, c.want, got.Stdout, got.Stderr)
			}
		})
	}
}

// Links: within the workspace they are followed, out of it they are refused,
// and a folder behind one is not entered by ** below its fixed beginning.
func TestLinks(t *testing.T) {
	outside := tree(t, map[string]string{"secret.txt": "hunter2-canary", "d/secret.txt": "hunter2-canary"})
	link := func(t *testing.T, root, at, to string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(root, at)); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		at, to  string
		pattern string
		kind    fault.Kind
	}{
		"a file within":             {"l.md", "docs/runbook.md", "*.md", 0},
		"a folder within, named":    {"l", "docs", "l/*.md", 0},
		"a file outside":            {"l.txt", outside + "/secret.txt", "*.txt", fault.Refused},
		"a file outside, relative":  {"l.txt", "../secret.txt", "*.txt", fault.Refused},
		"a folder outside":          {"l", outside, "l/**", fault.Refused},
		"a folder outside, further": {"l", outside, "l/d/*.txt", fault.Refused},
		"to a link that leads out":  {"l.txt", "docs/../../x", "l.txt", fault.Refused},
		"one that leads nowhere":    {"l.txt", "nowhere", "l.txt", fault.Input},
		"one in a circle":           {"l.txt", "l.txt", "l.txt", fault.Input},
		"a folder in a circle":      {"docs/l", "../docs", "docs/**", 0},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, app)
			link(t, root, c.at, c.to)
			w, err := openWorkspace(root)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			rule, err := archive.ParseRule("optional " + c.pattern)
			if err != nil {
				t.Fatal(err)
			}
			found, err := archive.Collect(w, []archive.Rule{rule}, nil)
			if fault.KindOf(err) != c.kind || err == nil && len(found) != 1 {
				t.Errorf("%v, %+v", err, found)
			}
		})
	}
}

// What fetch writes to cannot be led out of its folder, and half a file is none.
//
// Attack: tampered-manifest
func TestFolder(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(root, "l")); err != nil {
		t.Fatal(err)
	}
	opened, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	f := &folder{opened, root}
	defer f.Close()
	if _, err := f.Create("l/x"); fault.KindOf(err) != fault.Refused {
		t.Errorf("through a link: %v", err)
	}
	if _, err := f.Create("../x"); err == nil {
		t.Error("above the folder")
	}
	d, err := f.Create("a/b")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root + "/a/b"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file that is not whole stands in its place")
	}
	if err := errors.Join(d.Reset(), write(d, "whole"), d.Keep()); err != nil {
		t.Fatal(err)
	}
	d.Drop()
	if got, err := os.ReadFile(root + "/a/b"); err != nil || string(got) != "whole" {
		t.Errorf("%q, %v", got, err)
	}
	d, err = f.Create("c")
	if err != nil {
		t.Fatal(err)
	}
	d.Drop()
	if left, _ := filepath.Glob(root + "/c*"); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

func write(d archive.Draft, text string) error {
	_, err := d.Write([]byte(text))
	return err
}

func schema(t *testing.T) schematest.Schema {
	t.Helper()
	return schematest.Of(t, "../../schemas/archive-artifacts.schema.json", "Result of archive-artifacts",
		"What archive-artifacts --format json prints with exit code 0 or 1. Sizes are in bytes, times in UTC.", &archive.Result{}, *update)
}

func TestSchemas(t *testing.T) {
	schema(t)
	s := schematest.Of(t, "../../schemas/release-manifest.schema.json", "Manifest of a release",
		"What archive-artifacts stores as <prefix>/releases/<stage>/<release>.json. Sizes are in bytes; digest is the SHA-256 of the manifest written with an empty digest.",
		&archive.Manifest{}, *update)
	kept, err := os.ReadFile("../../internal/release/archive/testdata/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Check(string(kept)); err != nil {
		t.Error(err)
	}
	if s.Check(strings.Replace(string(kept), `"role": "function"`, `"role": "x"`, 1)) == nil {
		t.Error("a role that is none was accepted")
	}
}
