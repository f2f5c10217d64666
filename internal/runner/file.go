package runner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// WriteFile writes a file that the input of this name asked for, with the
// folders above it. It says on standard error where the file is.
func (s *Session) WriteFile(input, path string, content []byte) error {
	err := s.write(input, path, func(at place, name string) error {
		if err := at.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		return at.WriteFile(name, content, 0o644)
	})
	if err == nil {
		s.Notef("Written: %s", path)
	}
	return err
}

// ReplaceFile writes beside the file and moves it there, so that a kill leaves the
// old file or the new one.
func (s *Session) ReplaceFile(input, path string, content []byte) error {
	return s.write(input, path, func(at place, name string) error {
		if err := at.WriteFile(name+".new", content, 0o644); err != nil {
			return err
		}
		return at.Rename(name+".new", name)
	})
}

// KeepFile writes a file that later steps read and nobody else.
func (s *Session) KeepFile(input, path string, content []byte) error {
	return s.write(input, path, func(at place, name string) error {
		if err := at.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		return at.WriteFile(name, content, 0o600)
	})
}

// Folder makes a folder that the input of this name asked for, and opens it: nothing
// outside of it can be written through it. Close gives it back.
func (s *Session) Folder(input, path string) (*os.Root, error) {
	var root *os.Root
	err := s.write(input, path, func(at place, name string) (err error) {
		if err = at.MkdirAll(name, 0o755); err == nil {
			root, err = at.OpenRoot(name)
		}
		return err
	})
	return root, err
}

// place is where files are written: an os.Root follows no link that leads out of it.
type place interface {
	MkdirAll(name string, perm fs.FileMode) error
	WriteFile(name string, content []byte, perm fs.FileMode) error
	Rename(from, to string) error
	OpenRoot(name string) (*os.Root, error)
	Close() error
}

// write is the one way by which programs write files. Whoever writes a pull request
// may commit a link under the name that a workflow writes to: a file in the workspace
// stays in the workspace.
func (s *Session) write(input, path string, do func(at place, name string) error) error {
	at, name, err := s.place(path)
	if err == nil {
		err = errors.Join(do(at, name), at.Close())
	}
	switch {
	case err == nil:
		return nil
	// The standard library does not export it (os/root.go, errPathEscapes).
	case strings.Contains(err.Error(), "path escapes from parent"):
		return &fault.Fault{
			Kind: fault.Refused, Name: input, What: "is not written: a link there leads out of the workspace", Got: path,
			Next: "Take the link away, or name another place. Find out who has committed it.",
		}
	}
	return &fault.Fault{Kind: fault.Outside, Name: input, What: "cannot be written", Got: path, Err: err}
}

// place finds the workspace that a path lies in, the job's or else the folder in which
// the program was started, and the path's name there. What lies in neither, as a
// runner's temporary folder, was named by the workflow and comes with no checkout.
func (s *Session) place(path string) (place, string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, "", err
	}
	here, _ := os.Getwd() // Abs has just asked
	for _, folder := range []string{s.Getenv("GITHUB_WORKSPACE"), here} {
		name, err := filepath.Rel(folder, path)
		// Nothing leads out of /.
		if err != nil || !filepath.IsLocal(name) || !filepath.IsAbs(folder) || filepath.Dir(folder) == folder {
			continue
		}
		root, err := os.OpenRoot(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return root, name, err
	}
	return anywhere{}, path, nil
}

// anywhere is the whole disk.
type anywhere struct{}

func (anywhere) MkdirAll(name string, perm fs.FileMode) error { return os.MkdirAll(name, perm) }

func (anywhere) WriteFile(name string, content []byte, perm fs.FileMode) error {
	return os.WriteFile(name, content, perm)
}

func (anywhere) Rename(from, to string) error { return os.Rename(from, to) }

func (anywhere) OpenRoot(name string) (*os.Root, error) { return os.OpenRoot(name) }

func (anywhere) Close() error { return nil }
