//go:build e2e

package rehearsal_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// gitIn runs git in a folder, untouched by the user's configuration.
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

// earlier is a repository with a release, in which an action was that is gone.
func earlier(t *testing.T) string {
	t.Helper()
	tree, bare := t.TempDir(), filepath.Join(t.TempDir(), "earlier.git")
	gitIn(t, tree, "init", "-q", "-b", "main")
	if err := os.MkdirAll(filepath.Join(tree, "actions/old"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tree, "actions/old/action.yml"), []byte("inputs: {a: {}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn(t, tree, "add", "-A")
	gitIn(t, tree, "commit", "-q", "-m", "The first")
	gitIn(t, tree, "tag", "v0.1.0")
	gitIn(t, tree, "tag", "v0")
	gitIn(t, tree, "clone", "-q", "--bare", tree, bare)
	return bare
}

// A release goes its whole way under act, from what has changed to the published
// files: two programs for one platform. Then somebody pins it: the launcher of the
// tagged tree finds, verifies and runs what was published, without Go, and refuses
// it with one byte changed.
func TestE2EARelease(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.Workflow, o.Event, o.Quiet, o.Watched = ".github/workflows/release.yml", "workflow_dispatch", true, "never"
	o.Payload = `{"inputs": {"version": ""}}`
	o.Vars = map[string]string{"RELEASE_PLATFORMS": "linux/amd64", "RELEASE_COMMANDS": "notify\ncutover"}
	o.Onto, o.Keep = earlier(t), filepath.Join(t.TempDir(), "kept.git")
	o.Overlay = fstest.MapFS{} // nothing but this tree
	var hub *loopback.Server
	o.Prepare = func(s *loopback.Server, _ *cloud.Cloud) {
		hub = s
		s.BreakUploads(1)
	}
	began := time.Now()
	r := rehearse(t, o)
	t.Logf("release.yml: %v", time.Since(began).Round(time.Second))
	for _, j := range r.Told.Run.Jobs {
		t.Logf("%s: %v", j.ID, j.Ended.Sub(j.Started).Round(time.Second))
		for _, s := range j.Steps {
			t.Logf("  %s: %v", s.Title(), s.Took().Round(100*time.Millisecond))
		}
	}
	ended(t, r, map[string]loopback.Conclusion{"plan": loopback.Success, "build/linux/amd64": loopback.Success, "again": loopback.Success, "publish": loopback.Success})
	if t.Failed() {
		for _, j := range []string{"plan", "again", "publish"} {
			t.Logf("%s: %v", j, lastLog(r, j))
		}
		t.FailNow()
	}
	releases := hub.Releases()
	if len(releases) != 1 || releases[0].Tag != "v0.2.0" || releases[0].Draft || len(releases[0].Assets) != 4 {
		t.Fatalf("%+v", releases)
	}
	body := releases[0].Body
	for _, want := range []string{"## v0.2.0", "The state under rehearsal", "## From v0.1.0 to v0.2.0", "| `old` | is gone | yes |", "| `notify` | is new |"} {
		if !strings.Contains(body, want) {
			t.Errorf("the notes lack %q:\n%s", want, body)
		}
	}
	holdTagged(t, o, releases[0], hub.Attested())
	runPinned(t, o, hub)
}

// holdTagged holds the tagged tree against what was published and attested.
func holdTagged(t *testing.T, o rehearsal.Options, published loopback.Release, attested []loopback.Attestation) {
	t.Helper()
	if v, v0 := gitIn(t, o.Keep, "rev-parse", "v0.2.0"), gitIn(t, o.Keep, "rev-parse", "v0"); v != v0 || gitIn(t, o.Keep, "rev-parse", "v0.2.0^") != gitIn(t, o.Keep, "rev-parse", "main") {
		t.Errorf("v0 is %s, v0.2.0 is %s", v0, v)
	}
	if changed := gitIn(t, o.Keep, "diff", "--name-only", "main", "v0.2.0"); changed != "CHANGELOG.md\nrelease/checksums.txt\nrelease/origin" {
		t.Errorf("the release's commit changes %q", changed)
	}
	sums, err := publish.ParseChecksums(gitIn(t, o.Keep, "show", "v0.2.0:release/checksums.txt") + "\n")
	if err != nil || len(sums) != 4 {
		t.Fatalf("%v, %v", sums, err)
	}
	if len(attested) != 1 || len(attested[0].Subjects) != len(sums) {
		t.Errorf("attested: %+v", attested)
	}
	for _, s := range attested[0].Subjects {
		if sums[s.Name] != s.SHA256 {
			t.Errorf("%s is attested as %s", s.Name, s.SHA256)
		}
	}
	for _, a := range published.Assets {
		if a.Name != "sbom.spdx.json" {
			continue
		}
		var bill publish.SBOM
		if err := json.Unmarshal(a.Content, &bill); err != nil || len(bill.Packages) < 5 || bill.Name != "cutover-v0.2.0" {
			t.Errorf("%v: %s", err, a.Content)
		}
	}
}

// runPinned runs what was published as somebody who pins its commit does.
func runPinned(t *testing.T, o rehearsal.Options, hub *loopback.Server) {
	t.Helper()
	server := httptest.NewServer(hub.Handler())
	t.Cleanup(server.Close)
	pinned, bin := filepath.Join(t.TempDir(), "pinned"), t.TempDir()
	gitIn(t, t.TempDir(), "clone", "-q", "--branch", "v0.2.0", o.Keep, pinned)
	launch := func(name string) (int, string) {
		cmd := exec.Command("bash", filepath.Join(pinned, "actions/launch.sh"), name, "--version")
		cmd.Env = []string{"PATH=/usr/bin:/bin", "CUTOVER_BIN=" + bin, "GITHUB_SERVER_URL=" + server.URL}
		out, _ := cmd.CombinedOutput()
		return cmd.ProcessState.ExitCode(), string(out)
	}
	for _, name := range []string{"notify", "cutover"} {
		if code, out := launch(name); code != 0 || out != "v0.2.0\n" {
			t.Errorf("%s: exit %d, %s", name, code, out)
		}
	}
	if err := os.RemoveAll(bin); err != nil {
		t.Fatal(err)
	}
	for _, release := range hub.Releases() {
		for _, a := range release.Assets {
			a.Content[len(a.Content)/2] ^= 1 // the copy shares the bytes
		}
	}
	if code, out := launch("notify"); code != 4 || !strings.Contains(out, "It was not run") {
		t.Errorf("one byte changed: exit %d, %s", code, out)
	}
}
