package examined

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/doctor"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Examined is a repository's folder as it was read.
type Examined struct {
	Plan  doctor.Plan
	Files doctor.Files
	// Calls are what each role's jobs call, by the role's variable.
	Calls map[string][]doctor.Call
	root  *os.Root
}

// Close lets go of the folder.
func (e Examined) Close() error { return e.root.Close() }

// mostBytes is more than the engine accepts, so that it can say so.
const mostBytes = 1<<20 + 1

// Folder reads what a repository's folder says, and nothing outside of it: links
// that lead out are not followed. What is wrong with the files is in the answer;
// the error is of the folder itself.
func Folder(dir string, g Given) (Examined, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Examined{}, &fault.Fault{Kind: fault.Input, Name: "dir", What: "cannot be opened", Got: dir, Err: err, Next: "Give the repository's folder."}
	}
	e := Examined{root: root, Files: doctor.Files{Root: root.FS(), Dir: dir}, Plan: doctor.Plan{Config: g.Config, Folder: ".", Repository: g.Repository, Bucket: g.Bucket, Prefix: g.Prefix, Account: g.Account}}
	e.Files.Repository, e.Files.Unread = doctor.Read(e.Files.Root)
	if g.Taken = e.Files.Repository.Variables(); len(g.Taken) == 0 {
		g.Taken = nil // there are no workflows yet: whatever may be needed is named
	}
	file, err := load(root, g.Config)
	if err == nil {
		var plan doctor.Plan
		if plan, e.Calls, err = Plan(file, g); err == nil {
			e.Plan = plan
		}
	}
	if err != nil {
		e.Files.Broken = err
		e.Plan.Left = append(e.Plan.Left, "whatever cutover.yaml would ask for: it cannot be taken")
	}
	return e, nil
}

// load reads cutover.yaml within the folder; what is no file is not waited for.
func load(root *os.Root, name string) (*config.File, error) {
	info, err := root.Stat(filepath.FromSlash(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no %s: %w", name, fs.ErrNotExist)
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", name)
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	data, err := io.ReadAll(io.LimitReader(f, mostBytes))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return config.Parse(name, data)
}
