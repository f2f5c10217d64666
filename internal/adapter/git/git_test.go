package git_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// checkout is a real repository in which a test commits.
type checkout struct {
	t   *testing.T
	dir string
}

func newCheckout(t *testing.T) checkout {
	c := checkout{t, t.TempDir()}
	c.git("init", "-q", "-b", "main")
	return c
}

func (c checkout) git(args ...string) {
	c.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (c checkout) write(name, text string) {
	c.t.Helper()
	path := filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

func (c checkout) commit() {
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "x")
}

func TestChangesOfARealRepository(t *testing.T) {
	c := newCheckout(t)
	c.write("kept.ts", "1\n2\n3\n4\n5\n6\n7\n8\n")
	c.write("gone.ts", "1\n")
	c.write("moved.ts", "a\nb\nc\n")
	c.write("bin", "\x00\x01")
	c.commit()
	c.git("checkout", "-q", "-b", "feature")
	c.write("kept.ts", "1\ntwo\n3\n4\n5\nnew\nnew\n6\n8\n")
	c.write("neuer Name ä\t\".ts", "x\ny\n")
	c.write("hostile.ts", "+++ b/other.ts\n@@ -1 +1,99 @@\n-- a\n++ b\n")
	c.write("bin", "\x00\x02")
	c.git("rm", "-q", "gone.ts")
	c.git("mv", "moved.ts", "there.ts")
	c.commit()
	c.git("checkout", "-q", "main")
	c.write("only-main.ts", "1\n")
	c.commit()
	c.git("checkout", "-q", "feature")
	c.write("kept.ts", "1\ntwo\n3\n4\n5\nnew\nnew\n6\n8\nnot committed")
	got, err := git.Repository{Folder: c.dir}.Changes(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	want := coverage.Changes{
		"kept.ts":             {{From: 2, To: 2}, {From: 6, To: 7}, {From: 10, To: 10}},
		"neuer Name ä\t\".ts": {{From: 1, To: 2}},
		"hostile.ts":          {{From: 1, To: 4}},
		"there.ts":            {{From: 1, To: 3}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestABaseThatIsNone(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "1\n")
	c.commit()
	for name, base := range map[string]string{
		"unknown": "origin/nope", "an option": "--output=/tmp/x", "empty": "", "two words": "main x", "a line feed": "main\nx",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := git.Repository{Folder: c.dir}.Changes(t.Context(), base)
			if fault.KindOf(err) != fault.Input {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := (git.Repository{Folder: c.dir}).Changes(t.Context(), "origin/main"); err == nil || !strings.Contains(err.Error(), "fetch-depth: 0") {
		t.Errorf("a shallow checkout is not helped: %v", err)
	}
}

func TestCommittedAt(t *testing.T) {
	c := newCheckout(t)
	c.write("a", "1\n")
	c.commit()
	at, ok := git.Repository{Folder: c.dir}.CommittedAt(t.Context())
	if !ok || time.Since(at) > time.Minute || time.Since(at) < -time.Minute {
		t.Errorf("got %v, %v", at, ok)
	}
	if _, ok := (git.Repository{Folder: t.TempDir()}).CommittedAt(t.Context()); ok {
		t.Error("a folder without a repository has a commit")
	}
}

func TestDiffsThatAreNone(t *testing.T) {
	for name, diff := range map[string]string{
		"a hunk cut off": "+++ b/a\n@@ -0,0 +1,3 @@\n+x\n",
		"no range":       "+++ b/a\n@@ -0,0 +x @@\n",
		"a huge range":   "+++ b/a\n@@ -0,0 +1,99999999999999999999 @@\n",
		"no closing":     "+++ b/a\n@@ -0,0 +1\n",
		"no prefix":      "+++ a\n@@ -0,0 +1 @@\n+x\n",
		"an open quote":  "+++ \"b/a\n",
		"an odd escape":  "+++ \"b/\\q\"\n",
		"a cut escape":   "+++ \"b/\\30\"\n",
		"negative":       "+++ b/a\n@@ -0,0 +-5,2 @@\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := git.ParseDiff([]byte(diff)); err == nil {
				t.Errorf("it was read: %v", got)
			}
		})
	}
}

// FuzzParseDiff holds that no text makes the parser panic, and that ranges are
// ranges.
func FuzzParseDiff(f *testing.F) {
	f.Add([]byte("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1 @@ f\n-x\n-y\n+z\n"))
	f.Add([]byte("+++ \"b/\\303\\244\"\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"))
	f.Fuzz(func(t *testing.T, diff []byte) {
		changes, err := git.ParseDiff(diff)
		if err != nil {
			return
		}
		for path, ranges := range changes {
			for _, r := range ranges {
				if r.From < 0 || r.To < r.From {
					t.Errorf("%q: %v", path, r)
				}
			}
		}
	})
}
