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
	"github.com/cutover-dev/cutover/internal/virtual"
)

// outcome is the JSON result: the pipeline's, and the cutovers that followed.
type outcome struct {
	rehearsal.Summary
	Cutovers []virtual.Summary `json:"cutovers,omitempty"`
}

// run rehearses, shows the result and writes the page.
func run(ctx context.Context, s *runner.Session, o rehearsal.Options, settings, page string) error {
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
	var after cutovers
	documents := []report.Document{result.Document()}
	text := report.Terminal(documents[0], s.Colour())
	if result.Verdict() == verdict.Pass && result.Break == nil {
		// A commit that was stopped on purpose is not cut over to.
		if after, err = rehearseCutovers(ctx, s, filepath.Join(o.Repository, settings)); err != nil {
			return err
		}
		documents = append(documents, after.stories...)
		text += "\n" + report.Terminal(after.overview(), s.Colour())
	}
	problems := []error{s.Result(text, outcome{result.Summary(), after.summaries})}
	if page != "" {
		html, err := report.HTML("Rehearsal: from a commit to production, and from blue to green", documents...)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, s.WriteFile("html", page, html))
		}
	}
	switch {
	case result.Verdict() != verdict.Pass:
		problems = append(problems, &fault.Fault{Kind: fault.Gate, What: result.Lead()})
	case after.verdict() != verdict.Pass:
		problems = append(problems, &fault.Fault{Kind: fault.Gate, What: "a cutover did not end as it should"})
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
	return r.Wait(ctx)
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
