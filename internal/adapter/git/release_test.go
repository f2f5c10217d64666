package git_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/publish"
)

// A release reads tags, commits and files out of a real repository, where names and
// messages try to be something else.
func TestWhatAReleaseReads(t *testing.T) {
	c := newCheckout(t)
	r := git.Repository{Folder: c.dir}
	c.write("actions/a/action.yml", "one\n")
	c.commit()
	first, err := r.Commit(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	c.git("tag", "v0.1.0")
	c.write("actions/a/action.yml", "two\n")
	c.write("actions/a/b/action.yml", "deeper\n")
	c.write("secret", "x\n")
	c.git("add", "-A")
	c.git("commit", "-q", "-m", "feat: two\n\n"+first+"\n1\nno commit\x1e\x1f")
	c.git("tag", "-a", "-m", "annotated", "v0.2.0")
	c.git("tag", "odd/name")
	head, _ := r.Commit(t.Context(), "v0.2.0")
	tags, err := r.Tags(t.Context())
	want := []publish.Tag{{Name: "odd/name", Commit: head, Parents: []string{first}}, {Name: "v0.1.0", Commit: first, Parents: []string{}}, {Name: "v0.2.0", Commit: head, Parents: []string{first}}}
	if err != nil || !reflect.DeepEqual(tags, want) {
		t.Errorf("%+v, %v", tags, err)
	}
	log, err := r.Log(t.Context(), "v0.1.0", "HEAD")
	if err != nil || len(log) != 1 || log[0].Hash != head {
		t.Errorf("%+v, %v", log, err)
	}
	if log, err = r.Log(t.Context(), "", "HEAD"); err != nil || len(log) != 2 {
		t.Errorf("%+v, %v", log, err)
	}
	files, err := r.Files(t.Context(), "v0.2.0", "actions/*/action.yml", "nothing/*")
	if err != nil || len(files) != 1 || string(files["actions/a/action.yml"]) != "two\n" {
		t.Errorf("%q, %v", files, err)
	}
	if files, err = r.Files(t.Context(), "HEAD", "nothing"); err != nil || len(files) != 0 {
		t.Errorf("%q, %v", files, err)
	}
	if names, err := r.List(t.Context(), "v0.1.0"); err != nil || !slices.Equal(names, []string{"actions/a/action.yml"}) {
		t.Errorf("%v, %v", names, err)
	}
	for name, commit := range map[string]string{"unknown": "v9.9.9", "an option": "--all", "empty": "", "two": "HEAD HEAD"} {
		if got, err := r.Commit(t.Context(), commit); fault.KindOf(err) != fault.Input {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := (git.Repository{Folder: t.TempDir()}).Tags(t.Context()); fault.KindOf(err) != fault.Input {
		t.Errorf("no checkout: %v", err)
	}
}
