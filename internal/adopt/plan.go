package adopt

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// State says what becomes of a file.
type State string

// The states of a file.
const (
	New     State = "new"     // it was not there
	Same    State = "same"    // it is what it should be
	Updated State = "updated" // init wrote it, nobody touched it since, and it changes
	Left    State = "left"    // a person's: it stays, and the difference is only shown
	Taken   State = "taken"   // a person's, and --force says that init's is taken
)

// Change is a file with what becomes of it.
type Change struct {
	Path  string `json:"path"`
	State State  `json:"state" jsonschema:"enum=new,enum=same,enum=updated,enum=left,enum=taken"`
	Diff  string `json:"diff,omitempty"`
	// Text is what is to be written.
	Text string `json:"-"`
}

// Writes says whether the file changes.
func (c Change) Writes() bool { return c.State == New || c.State == Updated || c.State == Taken }

// zizmorPath is the configuration of zizmor. Whoever has one has settled by
// themselves what zizmor says.
const (
	zizmorPath  = ".github/zizmor.yml"
	zizmorRules = "rules:\n  # `./path` after a checkout names the same files as `$/path`, and tools that run\n  # workflows elsewhere know it.\n  self-repository:\n    disable: true\n"
)

// Plan is every file with what becomes of it. force are those that init may take
// though a person has changed them.
func Plan(repository, source fs.FS, s Settled, force []string) ([]Change, error) {
	files, err := Workflows(source, s)
	if err != nil {
		return nil, err
	}
	old, found := read(repository, ConfigPath)
	if found && !untouched(old) {
		files = append([]File{{ConfigPath, s.Complete(old)}}, files...)
	} else {
		files = append([]File{{ConfigPath, stamp(s.origin(), s.Asked.Parts, s.Configuration())}}, files...)
	}
	if text, found := read(repository, zizmorPath); !found || stamped(text) {
		files = append(files, File{zizmorPath, zizmorRules})
	}
	for i := range files[1:] {
		files[i+1].Text = stamp(s.origin(), s.Asked.Parts, files[i+1].Text)
	}
	var all []Change
	for _, f := range files {
		c, err := compare(repository, f, slices.Contains(force, f.Path))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, unknownForce(files, force)
}

// origin is what the first line of a file says that it was written by.
func (s Settled) origin() string { return either(s.Asked.Version, s.Asked.Pin[:12]) }

func unknownForce(files []File, force []string) error {
	var names []string
	for _, f := range files {
		names = append(names, f.Path)
	}
	for _, f := range force {
		if !slices.Contains(names, f) {
			return &fault.Fault{Kind: fault.Input, Name: "force", What: "is no file that init would write", Got: f, Allowed: strings.Join(names, ", ")}
		}
	}
	return nil
}

// lstat is of the file itself, not of what a link leads to.
func lstat(fsys fs.FS, name string) (fs.FileInfo, error) {
	if l, ok := fsys.(fs.ReadLinkFS); ok {
		return l.Lstat(name)
	}
	return fs.Stat(fsys, name)
}

// compare says what becomes of one file. Whatever is no plain file stops
// everything before anything is written.
func compare(repository fs.FS, f File, force bool) (Change, error) {
	c := Change{Path: f.Path, Text: f.Text}
	refuse := func(name, what string) (Change, error) {
		return c, &fault.Fault{Kind: fault.Input, Name: name, What: what, Allowed: "a plain file in plain folders, or nothing", Next: "Look what it is, and move it away."}
	}
	for at := path.Dir(f.Path); at != "."; at = path.Dir(at) {
		info, err := lstat(repository, at)
		if err == nil && !info.IsDir() {
			return refuse(at, "is no folder, and "+f.Path+" would have to lie in it")
		}
	}
	info, err := lstat(repository, f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.State, c.Diff = New, Diff(f.Path, "", f.Text)
		return c, nil
	case err != nil:
		return refuse(f.Path, "cannot be looked at")
	case !info.Mode().IsRegular():
		return refuse(f.Path, "is no plain file")
	}
	old, ok := read(repository, f.Path)
	switch {
	case !ok:
		return refuse(f.Path, "cannot be read, or is larger than 1 MiB")
	case old == f.Text || strings.ReplaceAll(old, "\r\n", "\n") == f.Text:
		c.State = Same
		return c, nil
	case untouched(old):
		c.State = Updated
	case force:
		c.State = Taken
	default:
		c.State = Left
	}
	c.Diff = Diff(f.Path, old, f.Text)
	return c, nil
}
