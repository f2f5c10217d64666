package github

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// hosted is the loopback GitHub over a real repository with one commit.
func hosted(t *testing.T, before func(n int, r *http.Request) bool) (*Client, *loopback.Server, string, string) {
	t.Helper()
	folder, begun := t.TempDir(), beginning()
	if begun.err != nil {
		t.Fatal(begun.err)
	}
	if err := os.CopyFS(folder, begun.files); err != nil {
		t.Fatal(err)
	}
	c, s := pullHub(t, before)
	s.HostGit(folder)
	return c, s, folder, begun.commit
}

type begun struct {
	files  fs.FS
	commit string
	err    error
}

// beginning is a repository with one commit, made once: the kills need many.
var beginning = sync.OnceValue(func() (b begun) {
	folder, err := os.MkdirTemp("", "beginning-")
	if err != nil {
		return begun{err: err}
	}
	defer func() { _ = os.RemoveAll(folder) }()
	script := "git init -q -b main && echo kept > kept && git add -A && git -c user.name=a -c user.email=a@b commit -q -m source && rm -rf .git/hooks && git rev-parse HEAD"
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.Output()
	if err != nil {
		return begun{err: err}
	}
	files := fstest.MapFS{}
	err = fs.WalkDir(os.DirFS(folder), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && path != "." {
				files[path] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			}
			return err
		}
		text, err := os.ReadFile(folder + "/" + path)
		files[path] = &fstest.MapFile{Data: text, Mode: 0o644}
		return err
	})
	return begun{files, strings.TrimSpace(string(out)), err}
})

func gitRun(t *testing.T, folder string, args ...string) string {
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

func asset(name, content string) publish.Asset {
	sum := sha256.Sum256([]byte(content))
	return publish.Asset{Name: name, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(content)), Open: func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(content))), nil
	}}
}

// wanted is a release of three files.
func wanted(source, version string) publish.Wanted {
	v, err := publish.ParseVersion(version)
	if err != nil {
		panic(err)
	}
	w := publish.Wanted{Version: v, Source: source, Body: "Notes.", Assets: []publish.Asset{asset("a-linux-amd64.gz", "a of "+version), asset("b-linux-amd64.gz", "b"), asset("checksums.txt", "sums")}}
	w.Files = map[string]string{publish.ChecksumsPath: publish.Checksums{"a-linux-amd64": w.Assets[0].SHA256}.String(), publish.OriginPath: publish.Origin("o/r", v), publish.ChangelogPath: "# Changelog\n"}
	return w
}

func carryOut(t *testing.T, c *Client, w publish.Wanted) (publish.Seen, []string, error) {
	t.Helper()
	var steps []string
	seen, err := publish.Carry(t.Context(), c.Releases(), w, func(s publish.Step) { steps = append(steps, s.String()) })
	return seen, steps, err
}

// whole holds that the release is there once, as it has to be.
func whole(t *testing.T, s *loopback.Server, folder string, w publish.Wanted, seen publish.Seen) {
	t.Helper()
	tag := w.Version.String()
	count := 0
	for _, r := range s.Releases() {
		if r.Tag != tag {
			continue
		}
		if count++; r.Draft || r.Body != w.Body || len(r.Assets) != len(w.Assets) {
			t.Errorf("%+v", r)
		}
		for _, a := range r.Assets {
			if a.State != "uploaded" {
				t.Errorf("%s is %s", a.Name, a.State)
			}
		}
	}
	if count != 1 {
		t.Errorf("%d releases of %s", count, tag)
	}
	commits := gitRun(t, folder, "rev-parse", tag, tag+"^", w.Version.MajorTag())
	if want := seen.Tag + "\n" + w.Source + "\n" + seen.Tag; commits != want {
		t.Errorf("the tag, its parent and the major tag are %s, not %s", commits, want)
	}
	if got := gitRun(t, folder, "show", tag+":"+publish.ChecksumsPath, tag+":kept"); got != w.Checksums()+"kept" {
		t.Errorf("the tagged tree has %q", got)
	}
}

func TestAReleaseGoesItsWayAndOnlyOnce(t *testing.T) {
	c, s, folder, source := hosted(t, nil)
	w := wanted(source, "v1.2.3")
	s.BreakUploads(2)
	seen, steps, err := carryOut(t, c, w)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, s, folder, w, seen)
	if got := strings.Join(steps, "\n"); strings.Count(got, "discard") != 2 || strings.Count(got, "upload a") != 1+strings.Count(got, "discard the broken upload of a") {
		t.Errorf("steps:\n%s", got)
	}
	if seen, steps, err = carryOut(t, c, w); err != nil || len(steps) > 0 {
		t.Errorf("again: %v, %v", steps, err)
	}
	whole(t, s, folder, w, seen)
}

// Killed at any request that changes something, whether GitHub has done it or not,
// a release is brought to its end by the next run, with one of everything. A kill
// between two such requests leaves what a kill after the first leaves.
func TestAReleaseKilledAnywhereIsCompleted(t *testing.T) {
	killed := map[string]int{}
	for _, done := range []bool{true, false} {
		for at := int64(1); ; at++ {
			var writes atomic.Int64
			t.Run(fmt.Sprintf("write %d, done %v", at, done), func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var dropped atomic.Bool
				c, s, folder, source := hosted(t, func(_ int, r *http.Request) bool {
					if r.Method == http.MethodGet || writes.Add(1) != at || !dropped.CompareAndSwap(false, true) {
						return false
					}
					killed[fmt.Sprintf("%s %s, done %v", r.Method, writeOf(r.URL.Path), done)]++
					cancel() // the process is gone
					if !done {
						panic(http.ErrAbortHandler) // and so is the request
					}
					return true
				})
				w := wanted(source, "v1.2.3")
				if _, err := publish.Carry(ctx, c.Releases(), w, func(publish.Step) {}); err == nil && dropped.Load() {
					t.Error("it did not notice that it was killed")
				}
				seen, _, err := carryOut(t, c, w)
				if err != nil {
					t.Fatal(err)
				}
				whole(t, s, folder, w, seen)
			})
			if writes.Load() < at || t.Failed() {
				break
			}
		}
	}
	want := map[string]int{}
	for _, done := range []bool{true, false} {
		for what, times := range map[string]int{"POST releases": 1, "POST /_uploads//assets": 3, "POST git/trees": 1, "POST git/commits": 1, "POST git/refs": 2, "PATCH releases/": 1} {
			want[fmt.Sprintf("%s, done %v", what, done)] = times
		}
	}
	if !maps.Equal(killed, want) {
		t.Errorf("killed at %v, want %v", killed, want)
	}
}

// writeOf is which of GitHub's collections a request changes: its path without numbers.
func writeOf(path string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return -1
		}
		return c
	}, strings.TrimPrefix(path, "/repos/o/r/"))
}

// An answer that is lost leaves what was done: nothing is made a second time.
func TestAReleaseWhoseAnswersAreLost(t *testing.T) {
	lost := map[string]bool{}
	var turn sync.Mutex
	c, s, folder, source := hosted(t, func(_ int, r *http.Request) bool {
		turn.Lock()
		defer turn.Unlock()
		what := r.Method + " " + r.URL.String()
		again := lost[what]
		lost[what] = true
		return !again && r.Method != http.MethodGet
	})
	w := wanted(source, "v1.2.3")
	seen, _, err := carryOut(t, c, w)
	if err != nil {
		t.Fatal(err)
	}
	whole(t, s, folder, w, seen)
}

// What is published or tagged is never changed, and what is not ours is not used.
func TestWhatIsPromisedIsNotChanged(t *testing.T) {
	for name, c := range map[string]struct {
		there func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted)
		want  string
	}{
		"a published file with other bytes": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			s.AddRelease(loopback.Release{Tag: "v1.2.3", Assets: []*loopback.ReleaseAsset{{Name: "checksums.txt", State: "uploaded", Content: []byte("others")}}})
		}, "another checksum"},
		"a draft with other bytes": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			s.AddRelease(loopback.Release{Tag: "v1.2.3", Draft: true, Assets: []*loopback.ReleaseAsset{{Name: "checksums.txt", State: "uploaded", Content: []byte("others")}}})
		}, "another checksum"},
		"a draft with a file of somebody": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			s.AddRelease(loopback.Release{Tag: "v1.2.3", Draft: true, Assets: []*loopback.ReleaseAsset{{Name: "extra", State: "uploaded", Content: []byte("x")}}})
		}, "has not made: extra"},
		"a published one that lacks files": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			s.AddRelease(loopback.Release{Tag: "v1.2.3"})
		}, "is published without a-linux-amd64.gz"},
		"a tag on a bare source": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			gitRun(t, folder, "tag", "v1.2.3")
		}, "without release/checksums.txt"},
		"a tag that promises other bytes": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			tagged(t, folder, "v1.2.3", strings.Repeat("0", 64)+"  a-linux-amd64\n", "o/r v1.2.3\n")
		}, "other checksums"},
		"a tag of another repository": {func(t *testing.T, s *loopback.Server, folder string, w publish.Wanted) {
			tagged(t, folder, "v1.2.3", w.Checksums(), "evil/r v1.2.3\n")
		}, "another origin"},
	} {
		t.Run(name, func(t *testing.T) {
			client, s, folder, source := hosted(t, nil)
			w := wanted(source, "v1.2.3")
			c.there(t, s, folder, w)
			before := fmt.Sprintf("%+v", s.Releases())
			refs := gitRun(t, folder, "for-each-ref")
			_, _, err := carryOut(t, client, w)
			if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			if after := fmt.Sprintf("%+v", s.Releases()); len(after) != len(before) || gitRun(t, folder, "for-each-ref") != refs {
				t.Errorf("was %s\nis  %s", before, after)
			}
		})
	}
}

// tagged makes a tag on a tree that promises something.
func tagged(t *testing.T, folder, tag, sums, origin string) {
	t.Helper()
	if err := os.MkdirAll(folder+"/release", 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{publish.ChecksumsPath: sums, publish.OriginPath: origin} {
		if err := os.WriteFile(folder+"/"+path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gitRun(t, folder, "add", "-A")
	gitRun(t, folder, "commit", "-q", "-m", "Release "+tag)
	gitRun(t, folder, "tag", "-a", "-m", "annotated", tag)
}

// A tag that somebody pushed with the right promise is completed; the major tag
// moves forward only.
func TestTagsThatArePushedAndMajorTags(t *testing.T) {
	c, s, folder, source := hosted(t, nil)
	pushed := wanted(source, "v1.3.0")
	tagged(t, folder, "v1.3.0", pushed.Checksums(), "o/r v1.3.0\n")
	seen, steps, err := carryOut(t, c, pushed)
	if err != nil || strings.Contains(strings.Join(steps, "\n"), "its tag") {
		t.Fatalf("%v, %v", steps, err)
	}
	newest := gitRun(t, folder, "rev-parse", "v1.3.0^{commit}")
	if seen.Tag != newest || gitRun(t, folder, "rev-parse", "v1") != newest {
		t.Errorf("%s, v1 is elsewhere", seen.Tag)
	}
	if _, _, err := carryOut(t, c, wanted(source, "v1.2.9")); err != nil || gitRun(t, folder, "rev-parse", "v1") != newest {
		t.Errorf("v1 went back: %v", err)
	}
	if _, _, err := carryOut(t, c, wanted(source, "v1.4.0-rc.1")); err != nil || gitRun(t, folder, "rev-parse", "v1") != newest {
		t.Errorf("v1 went to a trial: %v", err)
	}
	seen, _, err = carryOut(t, c, wanted(source, "v1.4.0"))
	if err != nil || gitRun(t, folder, "rev-parse", "v1") != seen.Tag {
		t.Errorf("v1 stayed behind: %v", err)
	}
	gitRun(t, folder, "tag", "-f", "v1", source)
	if _, _, err := carryOut(t, c, wanted(source, "v1.5.0")); fault.KindOf(err) != fault.Refused || gitRun(t, folder, "rev-parse", "v1") != source {
		t.Errorf("somebody's own tag was moved: %v", err)
	}
	for _, r := range s.Releases() {
		if r.Draft || r.Pre != strings.Contains(r.Tag, "-") || r.Pre != (r.Latest == "false") {
			t.Errorf("%+v", r)
		}
	}
}

// A token that may not write is told which permission it lacks.
func TestAReleaseWithoutThePermission(t *testing.T) {
	c, s, _, source := hosted(t, nil)
	s.ReadOnly()
	if _, _, err := carryOut(t, c, wanted(source, "v1.2.3")); err == nil || !strings.Contains(err.Error(), "contents: write") || strings.Contains(err.Error(), "tok-secret") {
		t.Errorf("got %v", err)
	}
}
