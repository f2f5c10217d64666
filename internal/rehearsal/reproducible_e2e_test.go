//go:build e2e

package rehearsal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Where a program differs by system, it does so in these rooms of ours.
var differing = []string{"internal/adapter/sst", "internal/adapter/vegeta", "internal/runner"}

// The largest programs come out the same from another folder, and so do two for
// macOS, for which the rooms that differ by system compile. Job "platforms" of
// ci.yml compiles every program for each: here that would be AWS's SDK once more.
func TestE2EAPlatformIsTheSameTwice(t *testing.T) {
	t.Parallel()
	o := options(t)
	tool, folders := filepath.Join(t.TempDir(), "publish"), []string{t.TempDir(), filepath.Join(t.TempDir(), "quite", "somewhere else")}
	run := func(folder string, env []string, args ...string) string {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run(o.Repository, nil, "go", "build", "-o", tool, "./cmd/publish")
	// A copy that does not change while others work.
	gitIn(t, o.Repository, "clone", "-q", "--no-hardlinks", o.Repository, folders[0]+"/tree")
	gitIn(t, o.Repository, "clone", "-q", folders[0]+"/tree", folders[1])
	for platform, commands := range map[string][]string{"linux/amd64": {"decommission", "cutover"}, "darwin/arm64": {"notify", "pipeline-report"}} {
		dist, again := folders[0]+"/dist/"+platform, folders[0]+"/again/"+platform
		build := []string{tool, "build", "--release", "v1.2.3", "--platforms", platform, "--commands", commands[0], "--commands", commands[1], "--out"}
		began := time.Now()
		run(folders[0]+"/tree", nil, append(build, dist)...)
		run(folders[1], nil, append(build, again)...)
		t.Logf("%s built twice: %v", platform, time.Since(began).Round(time.Second))
		same(t, dist, again, len(commands))
	}
	var rooms []string
	for line := range strings.Lines(run(o.Repository, nil, "git", "grep", "-lE", `"syscall"|"golang.org/x/sys`, "--", "actions/*.go", "internal/*.go", ":!*_test.go", ":!internal/rehearsal", ":!internal/stores", ":!*test/*")) {
		rooms = append(rooms, filepath.Dir(strings.TrimSpace(line)))
	}
	if slices.Sort(rooms); !slices.Equal(slices.Compact(rooms), differing) {
		t.Errorf("%v differ by system; compiled for macOS are %v", rooms, differing)
	}
	for _, room := range differing {
		run(o.Repository, []string{"GOOS=darwin", "GOARCH=arm64"}, "go", "build", "./"+room)
	}
}

// same holds that two folders have the same files, byte for byte.
func same(t *testing.T, one, other string, count int) {
	t.Helper()
	files, err := os.ReadDir(one)
	if err != nil || len(files) != count {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		first, err := os.ReadFile(filepath.Join(one, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(other, f.Name()))
		if err != nil || string(first) != string(second) {
			t.Errorf("%s came out otherwise (%v)", f.Name(), err)
		}
	}
}
