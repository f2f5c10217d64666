package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/archive"
	"github.com/cutover-dev/cutover/internal/runner"
)

// workspace is the folder that is archived. Nothing outside of it can be
// opened: the operating system follows no link that leads out.
type workspace struct {
	root *os.Root
	fs   fs.FS
}

func openWorkspace(folder string) (workspace, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return workspace{}, &fault.Fault{Kind: fault.Input, Name: "root", What: "is no folder that can be read", Got: folder, Err: bare(err)}
	}
	return workspace{root, root.FS()}, nil
}

// Close gives the folder back.
func (w workspace) Close() { _ = w.root.Close() }

// Open opens a file for reading.
func (w workspace) Open(name string) (fs.File, error) {
	f, err := w.fs.Open(name)
	return f, outside(err)
}

// Stat follows links, as Open does.
func (w workspace) Stat(name string) (fs.FileInfo, error) {
	info, err := fs.Stat(w.fs, name)
	return info, outside(err)
}

// ReadDir lists a folder in the order of names.
func (w workspace) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(w.fs, name)
	return list, outside(err)
}

// outside marks the error that os.Root gives for a path that leads out of it;
// the standard library does not export it (os/root.go, errPathEscapes).
func outside(err error) error {
	if err != nil && strings.Contains(err.Error(), "path escapes from parent") {
		return fmt.Errorf("%w: %w", archive.ErrOutside, err)
	}
	return err
}

// bare takes the path off an error that is shown beside it.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// folder is where a release is brought back to.
type folder struct {
	root *os.Root
	path string
}

func openFolder(s *runner.Session, path string) (*folder, error) {
	root, err := s.Folder("into", path)
	if fault.KindOf(err) == fault.Refused {
		return nil, err
	}
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "into", What: "is no folder that can be written", Got: path, Err: bare(err)}
	}
	return &folder{root, path}, nil
}

// Close gives the folder back.
func (f *folder) Close() { _ = f.root.Close() }

// Open reads a file, or returns fs.ErrNotExist.
func (f *folder) Open(name string) (io.ReadCloser, error) {
	file, err := f.root.Open(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, f.failed("cannot be read", name, err)
	}
	return file, err
}

// unfinished ends the name of a file that is not whole yet. It is the same each
// time, so that what a kill leaves behind is overwritten by the next run.
const unfinished = ".cutover-unfinished"

// Create begins a file beside its place.
func (f *folder) Create(name string) (archive.Draft, error) {
	if err := f.root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return nil, f.failed("cannot be made", path.Dir(name), err)
	}
	file, err := f.root.OpenFile(name+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, f.failed("cannot be written", name, err)
	}
	return &draft{folder: f, name: name, file: file}, nil
}

func (f *folder) failed(what, name string, err error) error {
	kind, next := fault.Outside, "Make room or give the rights, and run it again."
	if strings.Contains(err.Error(), "path escapes from parent") {
		kind, next = fault.Refused, "A link in the folder leads out of it; fetch into an empty folder."
	}
	return &fault.Fault{Kind: kind, Name: "into", What: what, Got: f.path + "/" + name, Err: bare(err), Next: next}
}

// draft is a file in the making.
type draft struct {
	folder *folder
	name   string
	file   *os.File
	kept   bool
}

// Write appends; a full disk is a fault.
func (d *draft) Write(p []byte) (int, error) {
	n, err := d.file.Write(p)
	if err != nil {
		return n, d.folder.failed("cannot be written", d.name, err)
	}
	return n, nil
}

// Reset forgets what was written.
func (d *draft) Reset() error {
	_, err := d.file.Seek(0, io.SeekStart)
	if err == nil {
		err = d.file.Truncate(0)
	}
	if err != nil {
		return d.folder.failed("cannot be written", d.name, err)
	}
	return nil
}

// Keep puts the file in its place once the disk has it.
func (d *draft) Keep() error {
	err := d.file.Sync()
	if err == nil {
		err = d.file.Close()
	}
	if err == nil {
		err = d.folder.root.Rename(d.name+unfinished, d.name)
	}
	if err != nil {
		return d.folder.failed("cannot be written", d.name, err)
	}
	d.kept = true
	return nil
}

// Drop removes what was written, unless it was kept.
func (d *draft) Drop() {
	if d.kept {
		return
	}
	_ = d.file.Close()
	_ = d.folder.root.Remove(d.name + unfinished) // the error that led here counts
}
