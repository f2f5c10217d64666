package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// callGit runs git in a folder with a name of its own.
func callGit(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@b", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@b")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// branch makes a checkout whose branch adds line 3 of src/a.ts to main's two.
func branch(t *testing.T) string {
	t.Helper()
	root := tree(t, map[string]string{"src/a.ts": "1\n2\n", ".gitignore": "lcov.info\n"})
	callGit(t, root, "init", "-q", "-b", "main")
	callGit(t, root, "add", "-A")
	callGit(t, root, "commit", "-q", "-m", "x")
	callGit(t, root, "checkout", "-q", "-b", "feature")
	write(t, root, "src/a.ts", "1\n2\n3\n")
	callGit(t, root, "commit", "-q", "-a", "-m", "y")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPatchByGit(t *testing.T) {
	for name, c := range map[string]struct {
		report string
		env    []string
		args   []string
		code   int
		want   string
	}{
		"the changed line is covered":   {"TN:\nSF:src/a.ts\nDA:1,0\nDA:2,0\nDA:3,1\nend_of_record\n", nil, []string{"--min-lines", "none", "--min-patch", "100", "--base", "main"}, 0, "changed lines 100.00% (1 of 1)"},
		"it is not":                     {"TN:\nSF:src/a.ts\nDA:1,1\nDA:2,1\nDA:3,0\nend_of_record\n", nil, []string{"--min-lines", "none", "--min-patch", "50", "--base", "main"}, 1, "Changed lines that no test runs"},
		"a pull request names its base": {"TN:\nSF:src/a.ts\nDA:1,1\nDA:2,1\nDA:3,0\nend_of_record\n", []string{"GITHUB_BASE_REF=main"}, []string{"--min-lines", "none", "--min-patch", "50"}, 2, "fetch-depth: 0"},
		"no base":                       {"TN:\nSF:src/a.ts\nDA:1,1\nend_of_record\n", nil, []string{"--min-patch", "50"}, 2, "Set base"},
		"a base that is an option":      {"TN:\nSF:src/a.ts\nDA:1,1\nend_of_record\n", nil, []string{"--min-patch", "50", "--base=--upload-pack=x"}, 2, "is no name of a branch"},
	} {
		t.Run(name, func(t *testing.T) {
			root := branch(t)
			write(t, root, "lcov.info", c.report)
			got := gate(t, root, append(c.env, "HOME="+root), append(c.args, "--report", "lcov.info")...)
			if got.Code != c.code || !strings.Contains(got.Stdout+got.Stderr, c.want) {
				t.Errorf("exit %d, want %d with %q\n%s%s", got.Code, c.code, c.want, got.Stdout, got.Stderr)
			}
		})
	}
}

func TestAReportOlderThanTheCommit(t *testing.T) {
	root := branch(t)
	write(t, root, "lcov.info", full)
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(root, "lcov.info"), old, old); err != nil {
		t.Fatal(err)
	}
	got := gate(t, root, nil, "--report", "lcov.info")
	if got.Code != 2 || !strings.Contains(got.Stderr, "is older") {
		t.Errorf("exit %d: %s", got.Code, got.Stderr)
	}
	now := time.Now()
	if err := os.Chtimes(filepath.Join(root, "lcov.info"), now, now); err != nil {
		t.Fatal(err)
	}
	if got := gate(t, root, nil, "--report", "lcov.info"); got.Code != 0 {
		t.Errorf("a fresh one: exit %d: %s", got.Code, got.Stderr)
	}
}

func TestBaselineFilesAndBadge(t *testing.T) {
	root := tree(t, map[string]string{"src/a.ts": source, "full": full, "half": half})
	got := gate(t, root, []string{"GITHUB_SHA=abc"}, "--report", "full", "--write-baseline", "base.json", "--badge", "badge.svg")
	if got.Code != 0 {
		t.Fatalf("exit %d: %s", got.Code, got.Stderr)
	}
	text, err := os.ReadFile(filepath.Join(root, "base.json"))
	var kept struct {
		Commit string
		Lines  struct{ Covered, Total int }
	}
	if err != nil || json.Unmarshal(text, &kept) != nil || kept.Commit != "abc" || kept.Lines.Covered != 2 {
		t.Errorf("%s, %v", text, err)
	}
	if badge, _ := os.ReadFile(filepath.Join(root, "badge.svg")); !strings.Contains(string(badge), "100.00%") {
		t.Errorf("badge %s", badge)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"held to it":               {[]string{"--report", "full", "--baseline", "base.json"}, 0, "drop in lines 0 points"},
		"below it":                 {[]string{"--report", "half", "--min-lines", "1", "--baseline", "base.json"}, 1, "drop in lines 50 points, at most 0 allowed"},
		"below it, within bounds":  {[]string{"--report", "half", "--min-lines", "1", "--baseline", "base.json", "--max-drop", "50"}, 0, "at most 50 allowed"},
		"one that is absent":       {[]string{"--report", "full", "--baseline", "nope.json"}, 2, "write-baseline"},
		"one that is none":         {[]string{"--report", "full", "--baseline", "half"}, 2, "is no baseline"},
		"no place in S3":           {[]string{"--report", "full", "--baseline", "s3://bucket"}, 2, "s3://bucket/key"},
		"an artifact, no token":    {[]string{"--report", "full", "--baseline", "artifact:cov"}, 2, "github.token"},
		"a drop, no baseline":      {[]string{"--report", "full", "--max-drop", "1"}, 2, "no baseline"},
		"a failed run keeps it":    {[]string{"--report", "half", "--write-baseline", "base.json"}, 1, "fail"},
		"a place that is no place": {[]string{"--report", "full", "--badge", "no/such/folder.svg"}, 3, "badge"},
	} {
		t.Run(name, func(t *testing.T) {
			got := gate(t, root, nil, c.args...)
			if got.Code != c.code || !strings.Contains(got.Stdout+got.Stderr, c.want) {
				t.Errorf("exit %d, want %d with %q\n%s%s", got.Code, c.code, c.want, got.Stdout, got.Stderr)
			}
		})
	}
	if after, _ := os.ReadFile(filepath.Join(root, "base.json")); string(after) != string(text) {
		t.Error("a failed run lowered the bar")
	}
}

func TestCommentOnAPullRequest(t *testing.T) {
	for name, fork := range map[string]bool{"the repository's own": false, "a fork's": true} {
		t.Run(name, func(t *testing.T) {
			server, err := loopback.New("tok-secret", t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			address, err := server.Start()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			if fork {
				server.ReadOnly()
			}
			root := tree(t, map[string]string{"src/a.ts": source, "full": full, "half": half, "summary": ""})
			env := []string{"GITHUB_ACTIONS=true", "GITHUB_API_URL=" + address, "GITHUB_REPOSITORY=o/r", "GITHUB_REF=refs/pull/7/merge", "GITHUB_STEP_SUMMARY=summary", "INPUT_TOKEN=tok-secret", "INPUT_COMMENT=unit"}
			for _, report := range []string{"half", "full"} {
				got := gate(t, root, env, "--report", report)
				if want := map[string]int{"half": 1, "full": 0}[report]; got.Code != want {
					t.Errorf("exit %d: %s", got.Code, got.Stderr)
				}
				if rest := strings.ReplaceAll(got.Stdout+got.Stderr, "::add-mask::tok-secret", ""); strings.Contains(rest, "tok-secret") {
					t.Errorf("the token shows: %s", rest)
				}
				if fork != strings.Contains(got.Stderr, "may not comment") {
					t.Errorf("fork %v: %s", fork, got.Stderr)
				}
			}
			told := server.Told()
			if len(told.Unknown) > 0 {
				t.Errorf("the server had no answer for %v", told.Unknown)
			}
			if fork {
				if summary, _ := os.ReadFile(filepath.Join(root, "summary")); len(told.Comments) != 0 || !strings.Contains(string(summary), "Coverage gate") {
					t.Errorf("%d comments, summary %s", len(told.Comments), summary)
				}
				return
			}
			if len(told.Comments) != 1 || told.Comments[0].Edits != 1 || !strings.Contains(told.Comments[0].Body, "✅ Coverage gate: pass") {
				t.Errorf("comments %+v", told.Comments)
			}
		})
	}
}
