package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/coverage/format"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

// run reads, judges and tells.
func (in inputs) run(ctx context.Context, s *runner.Session) error {
	policy, err := in.policy()
	if err != nil {
		return err
	}
	read, err := unlessCancelled(ctx, func() (coverage.Report, error) { return readReports(s, *in.reports) })
	if err != nil {
		return err
	}
	located, missing, err := in.locate(read)
	if err != nil {
		return err
	}
	result, err := coverage.Decide(policy, located)
	if err != nil {
		return err
	}
	result.Missing = append(result.Missing, missing...)
	return tell(s, result)
}

// readReports reads every report, so that all bad ones are named at once.
func readReports(s *runner.Session, paths []string) (coverage.Report, error) {
	var reports []coverage.Report
	var problems []error
	for _, path := range paths {
		r, err := readReport(s, path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		reports = append(reports, r)
	}
	if len(problems) > 0 {
		return coverage.Report{}, errors.Join(problems...)
	}
	return coverage.Merge(reports...)
}

func readReport(s *runner.Session, path string) (coverage.Report, error) {
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
	if info.Size() < progressFrom {
		return format.Read(path, f)
	}
	return format.Read(path, &watched{r: f, show: s.Progress("Reading "+path, info.Size())})
}

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

// locate makes the report's paths relative to the root folder.
func (in inputs) locate(r coverage.Report) (coverage.Report, []string, error) {
	root, err := filepath.Abs(*in.root)
	if err != nil {
		return coverage.Report{}, nil, err
	}
	var reports []string
	for _, path := range *in.reports {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return coverage.Report{}, nil, err
		}
		reports = append(reports, absolute)
	}
	locator := coverage.NewLocator(root, reports, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular()
	})
	return r.Located(locator.Locate)
}

// policy is cutover.yaml's, or the defaults, with the inputs on top.
func (in inputs) policy() (coverage.Policy, error) {
	path, required := *in.config, true
	if path == "" {
		path, required = config.Name, false
	}
	policy := coverage.DefaultPolicy()
	file, err := config.Load(path)
	switch {
	case err == nil:
		policy = file.Coverage
	case required || !errors.Is(err, fs.ErrNotExist):
		return policy, config.Faults(err)
	}
	for m, minimum := range in.minimums {
		if *minimum != nil {
			policy = policy.With(m, **minimum)
		}
	}
	return policy, nil
}

// parseMinimum reads "95", "92.5", "95%" or "none", which is nothing gated.
func parseMinimum(text string) (*unit.Percent, error) {
	if text == "none" {
		off := coverage.NotGated
		return &off, nil
	}
	p, err := unit.ParsePercent(strings.TrimSuffix(strings.TrimSpace(text), "%") + "%")
	if err != nil {
		return nil, errors.New("is no percentage")
	}
	return &p, nil
}
