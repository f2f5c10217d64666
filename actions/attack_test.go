package actions_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const evil = "#!/bin/sh\necho tampered\n"

// A cache that somebody has filled does not stand between a release and the
// checksum in its tree: neither with another binary under the release's name, nor
// with a checksum of the attacker's own beside it.
//
// Attack: poisoned-binary, swapped-binary
func TestAPoisonedCacheDoesNotReachARelease(t *testing.T) {
	root, bin := tree(t, "from source"), t.TempDir()
	binary := []byte("#!/bin/sh\necho \"v1 [$1 $2]\"\nexit 7\n")
	env, asked := release(t, root, binary, sum(binary))
	name := fmt.Sprintf("hello-%s-%s-%s", runtime.GOOS, runtime.GOARCH, sum(binary))
	write(t, bin, name, evil)
	write(t, bin, name+".sha256", sum([]byte(evil))+"\n")
	if code, out := launch(t, root, bin, env...); code != 7 || out != ran || *asked != 1 {
		t.Errorf("exit %d, %q, fetched %d times", code, out, *asked)
	}
}

// What a file is called decides what is built of it. A binary of the same lines
// under other names is another one.
//
// Attack: poisoned-binary
func TestABinaryOfRenamedSourcesIsAnother(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	elsewhere := map[string]string{"linux": "darwin", "darwin": "linux"}[runtime.GOOS]
	write(t, root, "internal/x/x.go", "package x\n\n// Says is printed.\nvar Says = \"v1\"\n")
	write(t, root, "internal/x/y_"+elsewhere+".go", "package x\n\nfunc init() { Says = \"unlocked\" }\n")
	if code, out := launch(t, root, bin); code != 7 || out != ran {
		t.Fatalf("exit %d, %q", code, out)
	}
	from, to := filepath.Join(root, "internal/x/y_"+elsewhere+".go"), filepath.Join(root, "internal/x/y_"+runtime.GOOS+".go")
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
	if code, out := launch(t, root, bin); code != 7 || out != "unlocked [--a b c]\n" {
		t.Errorf("exit %d, %q: the binary of other sources ran", code, out)
	}
}

// Where no runner names a folder, binaries are kept in one of the user's, not below
// /tmp, where anybody may have made the folder first.
//
// Attack: planted-folder
func TestBinariesAreKeptInNobodyElsesFolder(t *testing.T) {
	root, home := tree(t, "v1"), t.TempDir()
	cmd := exec.Command("bash", filepath.Join(root, "actions/launch.sh"), "hello", "--a", "b c")
	cmd.Dir = t.TempDir()
	cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return slices.Contains([]string{"CUTOVER_BIN", "RUNNER_TOOL_CACHE", "RUNNER_TEMP", "HOME", "GOCACHE", "GOMODCACHE", "GOPATH"}, name)
	})
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+strings.TrimSpace(string(value)))
	}
	cmd.Env = append(cmd.Env, "HOME="+home)
	out, _ := cmd.CombinedOutput()
	if string(out) != ran {
		t.Fatalf("%s", out)
	}
	if kept, _ := filepath.Glob(filepath.Join(home, ".cache/cutover/hello-*")); len(kept) != 2 {
		t.Errorf("below the user's home there is %v", kept)
	}
}

// The launcher never asks a name for its program: what comes in by the environment
// of a workflow is text.
//
// Attack: hostile-branch
func TestTheEnvironmentIsNoProgram(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	hostile := `x"; touch pwned; $(touch pwned) ` + "`touch pwned`"
	code, out := launch(t, root, bin, "GITHUB_HEAD_REF="+hostile, "GITHUB_REF_NAME="+hostile, "GITHUB_ACTOR="+hostile)
	if code != 7 || out != ran {
		t.Errorf("exit %d, %q", code, out)
	}
	if _, err := os.Stat(filepath.Join(root, "pwned")); err == nil {
		t.Error("a branch's name was run")
	}
}
