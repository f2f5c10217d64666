package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	source "github.com/cutover-dev/cutover"
	"github.com/cutover-dev/cutover/internal/adopt"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/schematest"
)

const (
	apps = "../../internal/adopt/testdata/apps"
	pin  = "0123456789abcdef0123456789abcdef01234567"
)

// repository is a copy of an example, with git's files under their own name.
func repository(t *testing.T, app string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(apps, app))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "dotgit")); err == nil {
		if err := os.Rename(filepath.Join(dir, "dotgit"), filepath.Join(dir, ".git")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree is every file below dir with its text.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func setUp(t *testing.T, dir string, args ...string) string {
	t.Helper()
	code, out, stderr := cutover(append([]string{"init", "--dir", dir, "--yes", "--pin", pin}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s%s", code, out, stderr)
	}
	return out
}

var named = regexp.MustCompile(`^-(  [a-z-]+:| *- name: .*)$`)

// changed is in what a workflow differs from this repository's own: each line
// that came, and of what went the names.
func changed(name, text string) string {
	from := name
	for ours, theirs := range map[string]string{
		"cutover-binary": "set-up-cutover", "cutover-node": "set-up-node", "cutover-deploy": "set-up-deploy", "checks.yml": "sst-deploy.yml",
	} {
		from = strings.Replace(from, ours, theirs, 1)
	}
	old, err := fs.ReadFile(source.Files, from)
	if err != nil {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(adopt.Diff(name, string(old), text)) {
		if strings.HasPrefix(line, "+") && !strings.HasPrefix(line, "+++") || named.MatchString(strings.TrimSuffix(line, "\n")) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// Each shape of an app: what is written, what is said; config check and
// actionlint accept it; again it changes nothing.
func TestInitSetsUpEachKindOfApp(t *testing.T) {
	shapes, err := os.ReadDir(apps)
	if err != nil || len(shapes) < 6 {
		t.Fatalf("%d shapes, %v", len(shapes), err)
	}
	for _, shape := range shapes {
		if !shape.IsDir() {
			continue
		}
		t.Run(shape.Name(), func(t *testing.T) {
			t.Parallel()
			dir := repository(t, shape.Name())
			before := tree(t, dir)
			out := setUp(t, dir)
			after := tree(t, dir)
			if code, said, stderr := cutover("config", "check", "--config", filepath.Join(dir, "cutover.yaml")); code != 0 {
				t.Errorf("config check: exit %d: %s%s", code, said, stderr)
			}
			linted(t, dir)
			if again := setUp(t, dir); !strings.Contains(again, "Nothing changes.") {
				t.Errorf("a second run changes something:\n%s", again)
			}
			for name, text := range tree(t, dir) {
				if text != after[name] {
					t.Errorf("a second run changes %s", name)
				}
			}
			for name, text := range before {
				if after[name] != text {
					t.Errorf("%s was there, and is another", name)
				}
			}
			golden(t, filepath.Join(apps, shape.Name()+".golden"), told(out, before, after))
		})
	}
}

// told is what a golden file keeps of a run.
func told(out string, before, after map[string]string) string {
	var b strings.Builder
	b.WriteString(out)
	var names []string
	for name := range after {
		if _, was := before[name]; !was {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		_, text, _ := strings.Cut(after[name], "\n") // the first line holds a digest of the rest
		b.WriteString("\n==== " + name + "\n" + changed(name, text))
	}
	return b.String()
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
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, adopt.Diff(filepath.Base(path), string(want), got))
	}
}

// linter is actionlint as pinned below tools, built once. A copy of its own in
// go.mod would need another version of the YAML library.
var linter = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "actionlint")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "actionlint")
	cmd := exec.Command("go", "build", "-o", path, "tool")
	cmd.Dir, cmd.Env = "../../tools/actionlint", append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

// linted wants actionlint to find nothing in what init wrote.
func linted(t *testing.T, dir string) {
	t.Helper()
	path, err := linter()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, ".github/workflows/*.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		return
	}
	// It looks for a project's root by its .git.
	if err := os.MkdirAll(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append([]string{"-no-color", "-shellcheck=", "-pyflakes="}, files...)...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("actionlint: %v\n%s", err, out)
	}
}

// Every part alone, and each with what it suits, is whole by itself.
func TestEachPartIsUsefulAlone(t *testing.T) {
	for _, part := range adopt.Parts {
		t.Run(string(part), func(t *testing.T) {
			t.Parallel()
			dir := repository(t, "v4-npm-http-ecs")
			setUp(t, dir, "--with", string(part))
			linted(t, dir)
			if code, _, stderr := cutover("config", "check", "--config", filepath.Join(dir, "cutover.yaml")); code != 0 {
				t.Error(stderr)
			}
			// Later runs go on with the part that was chosen.
			if again := setUp(t, dir); !strings.Contains(again, "Nothing changes.") {
				t.Errorf("a second run changes something:\n%s", again)
			}
			for name, text := range tree(t, dir) {
				if strings.HasPrefix(name, ".github/") && strings.Contains(text, "./actions/") {
					t.Errorf("%s calls an action that is not in this repository", name)
				}
			}
		})
	}
}

// The example app lies in this repository, with a cutover.yaml of its own.
func TestInitKnowsTheExampleApp(t *testing.T) {
	code, out, stderr := cutover("init", "--dir", filepath.Dir(example), "--dry-run", "--pin", pin, "--format", "json")
	var r initiated
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	if r.Files[0].State != adopt.Same {
		t.Errorf("its cutover.yaml has every section, and is %s:\n%s", r.Files[0].State, r.Files[0].Diff)
	}
	if r.Written || !strings.Contains(stderr, "lies in the git repository") {
		t.Errorf("written: %v; %s", r.Written, stderr)
	}
}

func TestInitPrintsWhatItsSchemaSays(t *testing.T) {
	s := schematest.Of(t, "../../schemas/init.schema.json", "Result of cutover init",
		"What init --format json prints: what became of each file, what was assumed, what is left to a person.", &initiated{}, *update)
	code, out, stderr := cutover("init", "--dir", repository(t, "bare"), "--dry-run", "--pin", pin, "--format", "json")
	if err := s.Check(out); err != nil || code != 0 {
		t.Errorf("exit %d, %v\n%s%s", code, err, out, stderr)
	}
}

// A person sees the difference first, and may still say no.
func TestInitAsksWhereSomebodyAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answers string
		code    int
		written bool
		holds   string
	}{
		"yes":                {"\n\n\n\nops@hello.town\ny\n", 0, true, "devops: [ops@hello.town]"},
		"all answered":       {"gate\nsa-east-1\nhttps://hello.town\nhttps://s.hello.town\ny\n", 0, true, "region: sa-east-1"},
		"no":                 {"\n\n\n\n\nn\n", 4, false, ""},
		"nothing":            {"", 4, false, ""},
		"cut off in between": {"gate\n", 4, false, ""},
		"no region":          {"\nmoon\n\n\n\ny\n", 2, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := repository(t, "bare")
			var out, err bytes.Buffer
			p := initialiseFrom(strings.NewReader(c.answers), func() bool { return true })
			code := runner.Execute(p, runner.Host{
				Args: []string{"--dir", dir, "--pin", pin}, Getenv: func(string) string { return "" }, Environ: func() []string { return nil }, Stdout: &out, Stderr: &err,
			})
			text, absent := os.ReadFile(filepath.Join(dir, "cutover.yaml"))
			if code != c.code || (absent == nil) != c.written || !strings.Contains(string(text), c.holds) {
				t.Errorf("exit %d, written %v: %s%s\n%s", code, absent == nil, out.String(), err.String(), text)
			}
			if c.written && !strings.Contains(err.String(), "+project: hello") {
				t.Errorf("the difference was not shown before: %s", err.String())
			}
		})
	}
}

func TestInitTakesStoresFromAnInventory(t *testing.T) {
	dir := repository(t, "bare")
	path := filepath.Join(t.TempDir(), "inventory.json")
	text := `{"version": 1, "stage": "production", "region": "eu-north-1", "functions": [{"name": "hello-production-Hello"}],
		"apis": [{"type": "rest", "name": "hello-production"}], "rds": {"instance": "hello-production", "proxy": "hello-production-proxy"}, "buckets": ["hello-production-images"]}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	setUp(t, dir, "--inventory", path, "--with", "monitoring,traffic")
	got := tree(t, dir)["cutover.yaml"]
	for _, want := range []string{"region: eu-north-1\n", `rds: { instance: "hello-{stage}", proxy: "hello-{stage}-proxy" }`, `buckets: ["hello-{stage}-images"]`, "api: { type: rest,"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestConfigCheckNamesWhatIsOpen(t *testing.T) {
	dir := repository(t, "bare")
	setUp(t, dir)
	code, out, stderr := cutover("config", "check", "--config", filepath.Join(dir, "cutover.yaml"))
	if code != 0 || !strings.Contains(out, "is valid") || strings.Count(stderr, "to be filled in: ") != 4 {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
}
