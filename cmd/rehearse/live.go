package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/live"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Of a live rehearsal: how fast AWS's clock runs, how many requests users send in
// a second of this machine, and what they ask for.
const (
	liveSpeed = 60
	liveRate  = 500
	livePath  = "/mocs"
)

// lived is the JSON result of a live rehearsal.
type lived struct {
	Verdict   verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Scenarios []live.Summary  `json:"scenarios"`
}

// liveRun says what to rehearse live: the binary of traffic-shift, the example
// app's folder, the names of scenarios.
type liveRun struct{ shift, app, scenarios, page string }

// chosen are the scenarios that were asked for; 1 is the two that go back.
func (l liveRun) chosen() (all []live.Scenario, err error) {
	names := strings.Split(l.scenarios, ",")
	if l.scenarios == "1" {
		names = []string{"rolled-back", "watcher-killed"}
	}
	var known []string
	for _, s := range live.Scenarios() {
		known = append(known, s.Name)
		if l.scenarios == "all" || slices.Contains(names, s.Name) {
			all = append(all, s)
		}
	}
	for _, name := range names {
		if l.scenarios != "all" && !slices.Contains(known, name) {
			return nil, &fault.Fault{Kind: fault.Input, Name: "live", What: "is no scenario", Got: name, Allowed: "1, all, or " + strings.Join(known, ", ")}
		}
	}
	return all, nil
}

// run plays the scenarios one after the other, shows what came of them and writes
// the page.
func (l liveRun) run(ctx context.Context, s *runner.Session) error {
	if l.shift == "" {
		return &fault.Fault{Kind: fault.Input, Name: "traffic-shift", What: "is needed to rehearse live", Next: "Run make rehearse LIVE=1, which builds it."}
	}
	scenarios, err := l.chosen()
	if err == nil {
		err = absolute(&l.shift, &l.app)
	}
	if err != nil {
		return err
	}
	result, documents, text := lived{Verdict: verdict.Pass}, []report.Document(nil), ""
	for _, scenario := range scenarios {
		s.Notef("%s", scenario.Title)
		f, err := l.play(ctx, s, scenario)
		if err != nil {
			return err
		}
		d := f.Document()
		if len(documents) == 0 {
			d.Blocks = append([]report.Block{live.About(liveSpeed)}, d.Blocks...)
		}
		documents, text = append(documents, d), text+report.Terminal(d, s.Colour())+"\n"
		result.Scenarios = append(result.Scenarios, f.Summary())
		if f.Verdict() != verdict.Pass {
			result.Verdict = verdict.Fail
		}
	}
	problems := []error{s.Result(text, result)}
	if l.page != "" {
		html, err := report.HTML("Rehearsal: a cutover with real traffic", documents...)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, s.WriteFile("live-html", l.page, html))
		}
	}
	if result.Verdict != verdict.Pass {
		problems = append(problems, &fault.Fault{Kind: fault.Gate, What: "a cutover with real traffic did not end as it should"})
	}
	return errors.Join(problems...)
}

// play runs one scenario with the example app on both sides.
func (l liveRun) play(ctx context.Context, s *runner.Session, scenario live.Scenario) (f live.Figures, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var sides [2]http.Handler
	for i := range sides {
		app, wait, err := live.App(ctx, l.app)
		if err != nil {
			return f, err
		}
		defer func() { cancel(); wait() }()
		sides[i] = app
	}
	folder, err := os.MkdirTemp("", "rehearse-live-")
	if err != nil {
		return f, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	w, err := live.New(ctx, live.Options{
		Shift: l.shift, Folder: folder, Blue: sides[live.Blue], Green: sides[live.Green], Speed: liveSpeed, Rate: liveRate, Path: livePath,
		Phases: scenario.Phases, Say: func(line string) { s.Notef("  %s", line) },
	})
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if f, err = w.Play(ctx, scenario, nil); err != nil && ctx.Err() == nil {
		err = &fault.Fault{Kind: fault.Outside, Name: filepath.Base(l.shift), What: "could not play " + scenario.Name, Err: err}
	}
	return f, err
}
