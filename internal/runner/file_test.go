package runner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

// writers are the ways in which programs write.
var writers = map[string]func(s *runner.Session, path string) error{
	"a report": func(s *runner.Session, path string) error { return s.WriteFile("out", path, []byte("new")) },
	"whole":    func(s *runner.Session, path string) error { return s.ReplaceFile("out", path, []byte("new")) },
	"kept":     func(s *runner.Session, path string) error { return s.KeepFile("out", path, []byte("new")) },
	"a folder": func(s *runner.Session, path string) error {
		root, err := s.Folder("out", filepath.Dir(path))
		if err != nil {
			return err
		}
		return errors.Join(root.WriteFile(filepath.Base(path), []byte("new"), 0o600), root.Close())
	},
}

// A pull request brings links under the names that a workflow writes to. None of them
// leads out of the workspace; nothing outside is written, made or replaced.
//
// Attack: committed-link
func TestLinksLeadNoWriterOut(t *testing.T) {
	for how, write := range writers {
		for name, c := range map[string]struct {
			link, to, path string
			// lone is a link that only some ways write through.
			lone bool
		}{
			"the file itself":     {"report.html", "%/victim", "report.html", true},
			"a file to be":        {"report.html", "%/unborn", "report.html", true},
			"the folder":          {"out", "%", "out/victim", false},
			"a folder to be":      {"out", "%/deep", "out/victim", false},
			"a folder above":      {"a", "%", "a/b/victim", false},
			"by ways up":          {"out", "../outside", "out/victim", false},
			"a link to a link":    {"out", "other", "out/victim", false},
			"through the ways up": {"out", "%", "x/../out/victim", false},
		} {
			if c.lone && how == "a folder" || how == "whole" && (c.lone || name == "a folder above") {
				continue // it replaces the link, or makes no folder
			}
			above := t.TempDir()
			work, outside := filepath.Join(above, "work"), filepath.Join(above, "outside")
			for _, folder := range []string{work, outside} {
				if err := os.Mkdir(folder, 0o750); err != nil {
					t.Fatal(err)
				}
			}
			link(t, strings.ReplaceAll(c.to, "%", outside), filepath.Join(work, c.link))
			link(t, outside, filepath.Join(work, "other"))
			if err := os.WriteFile(filepath.Join(outside, "victim"), []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			err := session(t, work, func(s *runner.Session) error { return write(s, work+"/"+c.path) })
			if fault.KindOf(err) != fault.Refused || !strings.Contains(err.Error(), "leads out of the workspace") {
				t.Errorf("%s, %s: %v", how, name, err)
			}
			all, _ := os.ReadDir(outside)
			if text, _ := os.ReadFile(filepath.Join(outside, "victim")); string(text) != "old" || len(all) != 1 {
				t.Errorf("%s, %s: outside is %q, %v", how, name, text, all)
			}
		}
	}
}

// A file that is moved into its place replaces a link there, and a link beside it is
// followed nowhere.
//
// Attack: committed-link
func TestALinkIsReplaced(t *testing.T) {
	for _, name := range []string{"baseline.json", "baseline.json.new"} {
		work, outside := t.TempDir(), t.TempDir()
		victim := filepath.Join(outside, "victim")
		if err := os.WriteFile(victim, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		link(t, victim, filepath.Join(work, name))
		err := session(t, work, func(s *runner.Session) error {
			return s.ReplaceFile("write-baseline", filepath.Join(work, "baseline.json"), []byte("new"))
		})
		text, _ := os.ReadFile(victim)
		if replaced := name == "baseline.json"; string(text) != "old" || replaced != (err == nil) || !replaced && fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v, outside is %q", name, err, text)
		}
	}
}

// What lies where it should is written: in the workspace, by links that stay in it,
// and where only the workflow leads.
func TestFilesAreWritten(t *testing.T) {
	for how, write := range writers {
		work, temporary := t.TempDir(), t.TempDir()
		if err := os.Mkdir(filepath.Join(work, "real"), 0o750); err != nil {
			t.Fatal(err)
		}
		link(t, "real", filepath.Join(work, "out"))
		link(t, temporary, filepath.Join(temporary, "same"))
		t.Chdir(work)
		for path, at := range map[string]string{
			filepath.Join(work, "out/a.txt"):                        filepath.Join(work, "real/a.txt"),
			"out/b.txt":                                             filepath.Join(work, "real/b.txt"),
			filepath.Join(temporary, "c.txt"):                       filepath.Join(temporary, "c.txt"),
			filepath.Join(temporary, "same/d.txt"):                  filepath.Join(temporary, "d.txt"),
			filepath.Join(work, "../"+filepath.Base(work)+"/e.txt"): filepath.Join(work, "e.txt"),
		} {
			err := session(t, work, func(s *runner.Session) error { return write(s, path) })
			if text, _ := os.ReadFile(at); err != nil || string(text) != "new" {
				t.Errorf("%s: %s: %v, %q", how, path, err, text)
			}
		}
		for _, workspace := range []string{"", "/", filepath.Join(work, "nowhere"), "relative"} {
			if err := session(t, workspace, func(s *runner.Session) error { return write(s, "f.txt") }); err != nil {
				t.Errorf("%s: the workspace %q: %v", how, workspace, err)
			}
		}
		// Without a runner it is the folder in which the program was started.
		link(t, temporary, filepath.Join(work, "away"))
		if err := session(t, "", func(s *runner.Session) error { return write(s, "away/g.txt") }); fault.KindOf(err) != fault.Refused {
			t.Errorf("%s: %v", how, err)
		}
	}
}

func link(t *testing.T, to, at string) {
	t.Helper()
	if err := os.Symlink(to, at); err != nil {
		t.Fatal(err)
	}
}

// session runs a program whose job has this workspace.
func session(t *testing.T, workspace string, do func(*runner.Session) error) (err error) {
	t.Helper()
	w := newWorld(t, map[string]string{"GITHUB_WORKSPACE": workspace})
	w.run(declared(func(_ context.Context, s *runner.Session, _ example) error {
		err = do(s)
		return nil
	}))
	return err
}
