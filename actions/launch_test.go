// Package actions_test runs the launcher that every action is started by.
package actions_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tree is a small repository with the launcher and one action that says which
// version of itself it is.
func tree(t *testing.T, says string) string {
	t.Helper()
	root := t.TempDir()
	launch, err := os.ReadFile("launch.sh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, root, "actions/launch.sh", string(launch))
	write(t, root, "go.mod", "module example.com/x\n\ngo 1.26\n")
	write(t, root, "go.sum", "")
	write(t, root, "internal/x/x.go", "package x\n\n// Says is printed.\nconst Says = \""+says+"\"\n")
	write(t, root, "actions/hello/main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.com/x/internal/x\"\n)\n\nfunc main() {\n\tfmt.Println(x.Says, os.Args[1:])\n\tos.Exit(7)\n}\n")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// launch starts the action as its action.yml does.
func launch(t *testing.T, root, bin string, env ...string) (code int, out string) {
	t.Helper()
	cmd := exec.Command("bash", filepath.Join(root, "actions/launch.sh"), "hello", "--a", "b c")
	cmd.Dir = t.TempDir() // a consumer's checkout, not ours
	cmd.Env = append(os.Environ(), append([]string{"CUTOVER_BIN=" + bin}, env...)...)
	text, _ := cmd.CombinedOutput()
	return cmd.ProcessState.ExitCode(), string(text)
}

const ran = "v1 [--a b c]\n"

func TestBuildsOnceAndAgainWhenSourcesChange(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	if code, out := launch(t, root, bin); code != 7 || out != ran {
		t.Fatalf("exit %d, %q", code, out)
	}
	first, err := filepath.Glob(filepath.Join(bin, "hello-*"))
	if err != nil || len(first) != 2 {
		t.Fatalf("the folder holds %v", first)
	}
	before, _ := os.Stat(first[0])
	if code, out := launch(t, root, bin); code != 7 || out != ran {
		t.Errorf("again: exit %d, %q", code, out)
	}
	if after, _ := os.Stat(first[0]); !after.ModTime().Equal(before.ModTime()) {
		t.Error("it was built again from the same sources")
	}
	write(t, root, "internal/x/x_test.go", "package x\n")
	launch(t, root, bin)
	if now, _ := filepath.Glob(filepath.Join(bin, "hello-*")); len(now) != 2 {
		t.Errorf("a test's change built it again: %v", now)
	}
	write(t, root, "internal/x/x.go", "package x\n\n// Says is printed.\nconst Says = \"v2\"\n")
	if code, out := launch(t, root, bin); code != 7 || out != "v2 [--a b c]\n" {
		t.Errorf("changed: exit %d, %q", code, out)
	}
}

// A binary that is not what was built is never run.
//
// Attack: poisoned-binary
func TestATamperedCacheIsBuiltAnew(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	launch(t, root, bin)
	binaries, _ := filepath.Glob(filepath.Join(bin, "hello-*[0-9a-f]"))
	for _, b := range binaries {
		if strings.HasSuffix(b, ".sha256") {
			continue
		}
		if err := os.WriteFile(b, []byte("#!/bin/sh\necho tampered\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := launch(t, root, bin); code != 7 || out != ran {
		t.Errorf("exit %d, %q", code, out)
	}
}

func TestTheSameSourceGivesTheSameBytes(t *testing.T) {
	var sums []string
	for range 2 {
		root, bin := tree(t, "v1"), t.TempDir()
		launch(t, root, bin)
		files, _ := filepath.Glob(filepath.Join(bin, "*.sha256"))
		if len(files) != 1 {
			t.Fatalf("got %v", files)
		}
		text, _ := os.ReadFile(files[0])
		sums = append(sums, string(text))
	}
	if sums[0] != sums[1] {
		t.Errorf("two folders gave %v", sums)
	}
}

func TestABuildThatFailsSaysSo(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	write(t, root, "actions/hello/main.go", "package main\n\nfunc main() { nonsense }\n")
	code, out := launch(t, root, bin)
	if code != 3 || !strings.Contains(out, "::error title=hello::The action could not be built") || !strings.Contains(out, "nonsense") {
		t.Errorf("exit %d, %s", code, out)
	}
	if left, _ := filepath.Glob(filepath.Join(bin, "*")); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

// release makes the tree a release whose files a server holds.
func release(t *testing.T, root string, binary []byte, promised string) (env []string, asked *int) {
	t.Helper()
	asked = new(int)
	file := fmt.Sprintf("hello-%s-%s", runtime.GOOS, runtime.GOARCH)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked++
		if binary == nil || r.URL.Path != "/cutover-dev/cutover/releases/download/v1.2.3/"+file {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(binary)
	}))
	t.Cleanup(server.Close)
	write(t, root, "release/origin", "cutover-dev/cutover v1.2.3\n")
	write(t, root, "release/checksums.txt", promised+"  "+file+"\n")
	return []string{"GITHUB_SERVER_URL=" + server.URL}, asked
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestAReleaseRunsItsVerifiedBinary(t *testing.T) {
	root, bin := tree(t, "from source"), t.TempDir()
	binary := []byte("#!/bin/sh\necho \"v1 [$1 $2]\"\nexit 7\n")
	env, asked := release(t, root, binary, sum(binary))
	// A release needs no Go.
	env = append(env, "PATH="+withoutGo(t))
	for range 2 {
		if code, out := launch(t, root, bin, env...); code != 7 || out != ran {
			t.Fatalf("exit %d, %q", code, out)
		}
	}
	if *asked != 1 {
		t.Errorf("it was fetched %d times", *asked)
	}
}

// Attack: swapped-binary
// packed is a release as it is published: the file comes packed, and both are
// promised, as it comes and as it runs. cmd/publish holds the same with binaries
// that it has built and published.
func packed(t *testing.T, root string, served []byte, promised [2]string) (env []string) {
	t.Helper()
	file := fmt.Sprintf("hello-%s-%s", runtime.GOOS, runtime.GOARCH)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/cutover-dev/cutover/releases/download/v1.2.3/"+file+".gz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(served)
	}))
	t.Cleanup(server.Close)
	write(t, root, "release/origin", "cutover-dev/cutover v1.2.3\n")
	write(t, root, "release/checksums.txt", promised[0]+"  "+file+"\n"+promised[1]+"  "+file+".gz\n")
	return []string{"GITHUB_SERVER_URL=" + server.URL, "PATH=" + withoutGo(t)}
}

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAPackedReleaseIsVerifiedTwice(t *testing.T) {
	binary := []byte("#!/bin/sh\necho \"v1 [$1 $2]\"\nexit 7\n")
	other := []byte("#!/bin/sh\necho tampered\n")
	whole := gzipped(t, binary)
	swapped := bytes.Clone(whole)
	swapped[len(swapped)/2] ^= 1
	for name, c := range map[string]struct {
		served   []byte
		promised [2]string
		code     int
		says     string
	}{
		"as promised":                  {whole, [2]string{sum(binary), sum(whole)}, 7, ran},
		"one byte swapped":             {swapped, [2]string{sum(binary), sum(whole)}, 4, "does not have the checksum"},
		"packed otherwise":             {append(bytes.Clone(whole), gzipped(t, nil)...), [2]string{sum(binary), sum(whole)}, 4, "does not have the checksum"},
		"another file":                 {gzipped(t, other), [2]string{sum(binary), sum(whole)}, 4, "It was not run"},
		"it unpacks to something else": {gzipped(t, other), [2]string{sum(binary), sum(gzipped(t, other))}, 4, "It was not run"},
		"promised, and is no gzip":     {[]byte("no gzip"), [2]string{sum(binary), sum([]byte("no gzip"))}, 4, "cannot be unpacked"},
	} {
		t.Run(name, func(t *testing.T) {
			root, bin := tree(t, "from source"), t.TempDir()
			env := packed(t, root, c.served, c.promised)
			code, out := launch(t, root, bin, env...)
			if code != c.code || !strings.Contains(out, c.says) || strings.Contains(out, "tampered\n") {
				t.Errorf("exit %d, %s", code, out)
			}
			left, _ := filepath.Glob(filepath.Join(bin, "*"))
			if c.code == 4 && len(left) != 0 || c.code == 7 && len(left) != 1 {
				t.Errorf("it left %v", left)
			}
		})
	}
}

func TestAReleaseWithAnotherChecksumIsRefused(t *testing.T) {
	root, bin := tree(t, "from source"), t.TempDir()
	env, _ := release(t, root, []byte("#!/bin/sh\necho tampered\n"), sum([]byte("what was promised")))
	code, out := launch(t, root, bin, env...)
	if code != 4 || strings.Contains(out, "tampered\n") || !strings.Contains(out, "It was not run") {
		t.Errorf("exit %d, %s", code, out)
	}
	if left, _ := filepath.Glob(filepath.Join(bin, "*")); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
}

func TestAReleaseThatCannotBeFetchedIsBuilt(t *testing.T) {
	root, bin := tree(t, "v1"), t.TempDir()
	env, _ := release(t, root, nil, sum([]byte("x")))
	if code, out := launch(t, root, bin, env...); code != 7 || !strings.HasSuffix(out, ran) || !strings.Contains(out, "building from source") {
		t.Errorf("exit %d, %s", code, out)
	}
}

func TestWithoutGoItSaysWhatToDo(t *testing.T) {
	root := tree(t, "v1")
	code, out := launch(t, root, t.TempDir(), "PATH="+withoutGo(t))
	if code != 2 || !strings.Contains(out, "Put actions/setup-go before this step") {
		t.Errorf("exit %d, %s", code, out)
	}
}

// withoutGo is a PATH with what the launcher needs and no Go.
func withoutGo(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, tool := range []string{"bash", "sh", "uname", "mkdir", "dirname", "awk", "cut", "cat", "mktemp", "curl", "chmod", "mv", "rm", "gzip", "sha256sum", "find", "sort", "xargs", "env"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			continue // shasum stands in on macOS
		}
		if err := os.Symlink(path, filepath.Join(folder, tool)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
