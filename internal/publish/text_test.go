package publish_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cutover-dev/cutover/internal/publish"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden holds text against a file; with -update it writes it.
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
		t.Errorf("%s differs:\n%s", path, got)
	}
}

// Each folder of testdata/upgrade holds two trees, before and after, and the note
// between them; a further case is a further folder.
func TestUpgradeNotes(t *testing.T) {
	folders, err := filepath.Glob("testdata/upgrade/*")
	if err != nil || len(folders) < 3 {
		t.Fatalf("%v, %v", folders, err)
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			note := publish.Compare(surface(t, folder+"/before"), surface(t, folder+"/after"))
			note.From, note.To = "v1.2.0", "HEAD"
			golden(t, folder+"/note.md", note.Markdown()+fmt.Sprintf("\n<!-- size %d -->\n", note.Size()))
			if same := publish.Compare(surface(t, folder+"/after"), surface(t, folder+"/after")); len(same.Differences) != 0 {
				t.Errorf("a tree differs from itself: %+v", same.Differences)
			}
		})
	}
}

func surface(t *testing.T, folder string) publish.Surface {
	t.Helper()
	files := map[string][]byte{}
	for _, pattern := range publish.SurfacePaths() {
		paths, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(path, folder+"/")] = text
		}
	}
	s, err := publish.SurfaceOf(files)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// This tree has a surface: keys, actions, permissions.
func TestTheSurfaceOfThisTree(t *testing.T) {
	s := surface(t, "../..")
	if len(s.Keys) < 100 || len(s.Actions) < 10 || len(s.Permissions) < 5 {
		t.Errorf("%d keys, %d actions, %d actions with permissions", len(s.Keys), len(s.Actions), len(s.Permissions))
	}
	if k := s.Keys["stages.<name>.url"]; k.Type != "string" || k.Limits == "" {
		t.Errorf("stages.<name>.url is %+v", k)
	}
	if in := s.Actions["notify"].Inputs["kind"]; !in.Required {
		t.Errorf("notify's kind is %+v", in)
	}
}

// Each file of testdata/changelog is git's log, with a line of dashes for each NUL;
// beside it stands what the changelog makes of it.
func TestChangelogs(t *testing.T) {
	logs, err := filepath.Glob("testdata/changelog/*.log")
	if err != nil || len(logs) < 2 {
		t.Fatalf("%v, %v", logs, err)
	}
	for _, path := range logs {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			commits, err := publish.ParseLog([]byte(strings.ReplaceAll(string(text), "\n-----\n", "\x00")))
			if err != nil {
				t.Fatal(err)
			}
			changes := publish.Changes(commits)
			e := publish.Entry{Version: version(t, "v1.3.0"), At: commits[0].At, Changes: changes}
			golden(t, strings.TrimSuffix(path, ".log")+".md", publish.Changelog([]publish.Entry{e})+fmt.Sprintf("\n<!-- size %d -->\n", publish.SizeOf(changes)))
		})
	}
	if got := publish.Changelog(nil); !strings.Contains(got, "Nothing is released yet.") {
		t.Error(got)
	}
}

func TestLogsThatAreNone(t *testing.T) {
	for name, log := range map[string]string{
		"no hash": "x\n1\nm", "no time": strings.Repeat("a", 40) + "\nx\nm", "cut off": strings.Repeat("a", 40), "a short hash": "abc\n1\nm", "a time of no year": strings.Repeat("a", 40) + "\n99999999999999\nm",
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := publish.ParseLog([]byte(log)); err == nil {
				t.Errorf("it was read: %+v", got)
			}
		})
	}
}

var markup = regexp.MustCompile("[<>\\[\\]`@\\x00-\\x08\\x0b-\\x1f\u202a-\u202e]")

// FuzzCommit holds that no message breaks out of its line of the changelog.
func FuzzCommit(f *testing.F) {
	f.Add("feat(notify)!: new\n\nBreaking: do x")
	f.Add("bench/load: figures")
	f.Add("x\n\nChangelog: none\n")
	f.Add("## [a](https://x) <script> @all `x` \u202e\x1b[31m\r\n::error::x")
	f.Fuzz(func(t *testing.T, message string) {
		commits, err := publish.ParseLog([]byte(strings.Repeat("a", 40) + "\n1\n" + strings.ReplaceAll(message, "\x00", "")))
		if err != nil || len(commits) != 1 {
			t.Fatalf("%v, %d", err, len(commits))
		}
		e := publish.Entry{Version: version(t, "v1.0.0"), Changes: publish.Changes(commits)}
		text := e.Markdown()
		if !utf8.ValidString(text) || markup.MatchString(text) || len(strings.Split(text, "\n")) > 7 || len(text) > 30_000 {
			t.Errorf("%q", text)
		}
	})
}

var names = []publish.Command{{Name: "cutover", Folder: "cmd/cutover"}, {Name: "notify", Folder: "actions/notify"}}

func TestChecksumsAreRefused(t *testing.T) {
	sum := strings.Repeat("a", 64)
	good := sum + "  notify-linux-amd64\n"
	if c, err := publish.ParseChecksums(good); err != nil || c.String() != good {
		t.Fatalf("the good one: %v", err)
	}
	for name, text := range map[string]string{
		"empty": "", "no end": strings.TrimSuffix(good, "\n"), "one space": sum + " notify\n", "binary mode": sum + " *notify\n", "upper case": strings.ToUpper(sum) + "  notify\n", "short": sum[1:] + "  notify\n",
		"twice": good + good, "a path": sum + "  a/b\n", "up": sum + "  ../b\n", "an empty line": good + "\n", "carriage returns": sum + "  notify\r\n", "a third field": sum + "  notify x\n", "an option": sum + "  -rf\n",
	} {
		t.Run(name, func(t *testing.T) {
			if c, err := publish.ParseChecksums(text); err == nil {
				t.Errorf("it was read: %v", c)
			}
		})
	}
}

func TestReleasesAreComplete(t *testing.T) {
	all := publish.Checksums{}
	for _, p := range publish.Platforms() {
		for _, c := range names {
			all[p.File(c.Name)], all[p.File(c.Name)+publish.Packed] = "1", "2"
		}
	}
	if err := all.Complete(names, publish.Platforms()); err != nil {
		t.Fatal(err)
	}
	delete(all, "notify-darwin-arm64")
	if err := all.Complete(names, publish.Platforms()); err == nil || !strings.Contains(err.Error(), "notify-darwin-arm64") {
		t.Errorf("one is missing: %v", err)
	}
	all["notify-darwin-arm64"], all["stranger-linux-amd64"] = "1", "1"
	if err := all.Complete(names, publish.Platforms()); err == nil || !strings.Contains(err.Error(), "stranger") {
		t.Errorf("one too many: %v", err)
	}
}

// FuzzChecksums holds that what is read is written the same, and nothing else is
// read: the launcher reads the same text with awk.
func FuzzChecksums(f *testing.F) {
	f.Add(strings.Repeat("a", 64) + "  notify-linux-amd64\n")
	f.Add(strings.Repeat("0", 64) + "  a\n" + strings.Repeat("1", 64) + "  b.gz\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := publish.ParseChecksums(text)
		if err != nil {
			return
		}
		again, err := publish.ParseChecksums(c.String())
		if err != nil || again.String() != c.String() || len(c) != strings.Count(text, "\n") || len(c.String()) != len(text) {
			t.Errorf("%q becomes %q", text, c.String())
		}
	})
}
