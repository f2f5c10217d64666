package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// run rehearses, shows the result and writes the page.
func run(ctx context.Context, s *runner.Session, o rehearsal.Options, page string) error {
	if err := absolute(&o.Repository, &o.Act, &o.Shim, &o.Cache); err != nil {
		return err
	}
	build, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("finding the cache of Go's builds: %w", err)
	}
	// The run has a cache folder of its own; Go's builds may share the machine's.
	if os.Getenv("GOCACHE") == "" {
		o.Extra = append(o.Extra, "GOCACHE="+filepath.Join(build, "go-build"))
	}
	o.Watch = func(m rehearsal.Moment) { s.Notef("%s", m.Line()) }
	s.Notef("Rehearsing %s: the real workflow under act, GitHub on loopback, no credentials.", o.Workflow)
	result, err := rehearse(ctx, o)
	if err != nil {
		return err
	}
	document := result.Document()
	problems := []error{s.Result(report.Terminal(document, s.Colour()), result.Summary())}
	if page != "" {
		problems = append(problems, writePage(page, result))
		s.Notef("The page: %s", page)
	}
	if result.Verdict() != verdict.Pass {
		problems = append(problems, &fault.Fault{Kind: fault.Gate, What: result.Lead()})
	}
	return errors.Join(problems...)
}

// rehearse starts the run and, when the context ends, cancels it as GitHub does.
func rehearse(ctx context.Context, o rehearsal.Options) (rehearsal.Result, error) {
	// The run is not bound to ctx: a cancelled rehearsal ends in order.
	r, err := rehearsal.Start(context.WithoutCancel(ctx), o)
	if err != nil {
		return rehearsal.Result{}, err
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-ctx.Done():
			_ = r.Cancel(context.WithoutCancel(ctx)) // Wait reports how the run ended
		case <-over:
		}
	}()
	return r.Wait()
}

func absolute(paths ...*string) error {
	for _, p := range paths {
		full, err := filepath.Abs(*p)
		if err != nil {
			return err
		}
		*p = full
	}
	return nil
}

func writePage(path string, r rehearsal.Result) error {
	html, err := report.HTML("Rehearsal: from a commit to a build", r.Document())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "html", What: "cannot be written", Got: path, Err: err}
	}
	if err := os.WriteFile(path, html, 0o644); err != nil {
		return &fault.Fault{Kind: fault.Outside, Name: "html", What: "cannot be written", Got: path, Err: err}
	}
	return nil
}
