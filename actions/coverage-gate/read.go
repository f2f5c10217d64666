package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/git"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
)

// readReports reads and locates every report, so that all bad ones are named
// at once, and joins them. missing are files that a report names and that do
// not exist here.
func (in inputs) readReports(ctx context.Context, s *runner.Session) (r coverage.Report, missing []string, err error) {
	var reports []coverage.Report
	var problems []error
	for _, path := range *in.reports {
		read, err := readReport(ctx, s, path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		// Located before they are joined: two packages may both call a file
		// src/index.ts, each from its own folder.
		located, absent, err := in.locate(read, path)
		reports, missing = append(reports, located), append(missing, absent...)
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return coverage.Report{}, nil, err
	}
	r, err = coverage.Merge(reports...)
	return r, missing, err
}

func readReport(ctx context.Context, s *runner.Session, path string) (coverage.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		next := "Check that the tests ran and wrote their coverage there."
		if !errors.Is(err, fs.ErrNotExist) {
			next = "Check that it can be read."
		}
		return coverage.Report{}, &fault.Fault{Kind: fault.Input, Name: "report", What: "cannot be opened", Got: path, Next: next}
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return coverage.Report{}, &fault.Fault{Kind: fault.Outside, Name: "report", What: "cannot be looked at", Got: path, Err: err}
	}
	if info.IsDir() {
		return coverage.Report{}, &fault.Fault{
			Kind: fault.Input, Name: "report", What: "is a folder", Got: path,
			Next: "Name the report itself, such as " + filepath.Join(path, "lcov.info") + ".",
		}
	}
	if err := tooOld(ctx, path, info); err != nil {
		return coverage.Report{}, err
	}
	if info.Size() < progressFrom {
		return format.Read(path, f)
	}
	return format.Read(path, &watched{r: f, show: s.Progress("Reading "+path, info.Size())})
}

// tooOld refuses a report that was written before the commit it stands beside:
// it tells of other code. A report outside of any checkout, and a commit whose
// time lies ahead of this machine's clock, cannot be compared.
func tooOld(ctx context.Context, path string, info fs.FileInfo) error {
	committed, ok := git.Repository{Folder: filepath.Dir(path)}.CommittedAt(ctx)
	if !ok || !info.Mode().IsRegular() || committed.After(time.Now()) || !info.ModTime().Add(skew).Before(committed) {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Input, Name: "report", Got: path,
		What: fmt.Sprintf("is older (%s) than the commit (%s), so it tells of other code", info.ModTime().UTC().Format(time.RFC3339), committed.UTC().Format(time.RFC3339)),
		Next: "Run the tests before the gate; a cached or committed report must not stand for them.",
	}
}

// skew is how far clocks may differ, and how long a script may take from the
// report to the commit that holds it.
const skew = time.Minute

// progressFrom is the size of a report, in bytes, from which reading it takes
// long enough for somebody to wonder.
const progressFrom = 32 << 20

// watched tells how far a reader has come.
type watched struct {
	r    io.Reader
	done int64
	show func(done int64)
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.done += int64(n)
	w.show(w.done)
	return n, err
}

// unlessCancelled returns when work is done or the run is cancelled, whichever
// comes first: a read of a pipe that nobody writes to cannot be interrupted.
func unlessCancelled[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := work()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// locate makes the paths of a report, read from path, relative to the root.
func (in inputs) locate(r coverage.Report, path string) (coverage.Report, []string, error) {
	root, err := filepath.Abs(*in.root)
	if err != nil {
		return coverage.Report{}, nil, err
	}
	report, err := filepath.Abs(path)
	if err != nil {
		return coverage.Report{}, nil, err
	}
	locator := coverage.NewLocator(root, []string{report}, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular()
	})
	return r.Located(locator.Locate)
}
