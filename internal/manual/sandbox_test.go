package manual_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const root = "../.."

// files are those that git knows or would.
var files = sync.OnceValues(func() ([]string, error) {
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = root
	out, err := cmd.Output()
	var there []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if info, err := os.Lstat(filepath.Join(root, name)); err == nil && info.Mode().IsRegular() {
			there = append(there, name)
		}
	}
	return there, err
})

// bin is the folder of the programs that pages run; it is filled as they are asked for.
var bin string

// built makes programs of this repository, once.
func built(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		to := filepath.Join(bin, name)
		if _, err := os.Stat(to); err == nil {
			continue
		}
		folder := "./actions/" + name
		if name == "cutover" {
			folder = "./cmd/cutover"
		}
		// As launch.sh builds it: so it is compiled already, and linked without what
		// only debuggers read.
		run(t, root, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", to, folder)
	}
}

// run runs a command of the test's own.
func run(t *testing.T, folder string, words ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(words, " "), err, out)
	}
}

// golang stands in for go in a sandbox: the programs have been built, and a
// program that fails ends as it does under go run.
const golang = `#!/usr/bin/env bash
case "$1" in
run)
  name=$2; shift 2
  "$BIN/${name##*/}" "$@" && exit 0
  echo "exit status $?" >&2; exit 1 ;;
build)
  cp "$BIN/${4##*/}" "$3" ;;
*)
  echo "go $*: not in a sandbox" >&2; exit 2 ;;
esac
`

// sandbox is a copy of what readers see of a checkout, without its sources.
func sandbox(t *testing.T) string {
	t.Helper()
	all, err := files()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range all {
		if strings.HasPrefix(name, "internal/") || strings.HasSuffix(name, ".go") || (strings.Contains(name, "testdata/") && !strings.HasPrefix(name, "examples/")) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(folder, name), string(text))
	}
	write(t, filepath.Join(bin, "go"), golang)
	if err := os.Chmod(filepath.Join(bin, "go"), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, folder, "git", "init", "-q")
	return folder
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// shell runs a script as a reader would, with nothing of this machine but
// PATH, and returns what it prints: the result, and if it fails the errors too.
func shell(t *testing.T, folder, script string) (code int, shown string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = folder
	cmd.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "BIN=" + bin, "HOME=" + folder, "LANG=C.UTF-8", "TZ=UTC", "USER=reader"}
	var out, bad bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &bad
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		return code, out.String() + bad.String()
	}
	return 0, out.String()
}
