//go:build e2e

package rehearsal_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// All programs are built for macOS, as a release builds them; the largest come out
// the same from another folder. What was compiled for one is used for the other
// where Go says that it is the same; job "again" of release.yml compiles all of it
// anew, on another machine.
func TestE2EAPlatformIsTheSameTwice(t *testing.T) {
	t.Parallel()
	o := options(t)
	tool, folders := filepath.Join(t.TempDir(), "publish"), []string{t.TempDir(), filepath.Join(t.TempDir(), "quite", "somewhere else")}
	run := func(folder string, args ...string) {
		t.Helper()
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	run(o.Repository, "go", "build", "-o", tool, "./cmd/publish")
	// A copy that does not change while others work.
	gitIn(t, o.Repository, "clone", "-q", "--no-hardlinks", o.Repository, folders[0]+"/tree")
	gitIn(t, o.Repository, "clone", "-q", folders[0]+"/tree", folders[1])
	began := time.Now()
	run(folders[0]+"/tree", tool, "build", "--release", "v1.2.3", "--platforms", "darwin/arm64", "--out", folders[0]+"/dist")
	run(folders[1], tool, "build", "--release", "v1.2.3", "--platforms", "darwin/arm64", "--commands", "decommission", "--commands", "cutover", "--out", folders[0]+"/again")
	t.Logf("built twice: %v", time.Since(began).Round(time.Second))
	files, err := os.ReadDir(folders[0] + "/dist")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	again, err := os.ReadDir(folders[0] + "/again")
	if err != nil || len(again) != 2 {
		t.Fatalf("%d files, %v", len(again), err)
	}
	var size int64
	for _, f := range files {
		if info, err := f.Info(); err == nil {
			size += info.Size()
		}
	}
	for _, f := range again {
		first, err := os.ReadFile(filepath.Join(folders[0], "dist", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(filepath.Join(folders[0], "again", f.Name()))
		if err != nil || string(first) != string(second) {
			t.Errorf("%s came out otherwise (%v)", f.Name(), err)
		}
	}
	t.Logf("%d programs, %.0f MB packed", len(files), float64(size)/1e6)
}
