package main

import (
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/nearest"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/sim/legacy"
	"github.com/cutover-dev/cutover/internal/verdict"
	"github.com/cutover-dev/cutover/internal/virtual/retiring"
)

// nameOfRetirement is how a file says that it is about a retirement.
var nameOfRetirement = regexp.MustCompile(`(?m)^name:\s*["']?(retire[a-z0-9-]*)`)

// retirement says whether a scenario's name or file is about a retirement. A file
// that cannot be read is the other kind's to complain about.
func retirement(name string) bool {
	if !isFile(name) {
		return legacy.Is(name) || nearest.To(name, sim.Names()) == "" && nearest.To(name, legacy.Names()) != ""
	}
	text, err := os.ReadFile(name)
	found := nameOfRetirement.FindSubmatch(text)
	return err == nil && found != nil && legacy.Is(string(found[1]))
}

// retire rehearses a retirement, and ends well when that ends as the scenario
// expects.
func (i rehearseInputs) retire(ctx context.Context, s *runner.Session) error {
	if *i.runs > 1 {
		return &fault.Fault{Kind: fault.Input, Name: "runs", Got: "more than 1", What: "is for cutovers; a retirement has no odds to count", Allowed: "1", Next: "Leave runs out; give another seed for another run."}
	}
	scenario, err := findRetirement(*i.scenario)
	if err != nil {
		return err
	}
	settings := retiring.Settings(scenario)
	if *i.config != "" {
		file, err := config.Load(*i.config)
		if err != nil {
			return config.Faults(err)
		}
		if file.Legacy == nil {
			return &fault.Fault{Kind: fault.Input, Name: "legacy", What: "is not configured, so there is nothing to retire", Next: "Add the section legacy: to the file, or rehearse the defaults without --config."}
		}
		scenario, settings = retiring.With(scenario, settings, *file.Legacy)
	}
	began := time.Now()
	run := retiring.Rehearse(ctx, settings, scenario, *i.seed)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	result := run.Result(*i.seed)
	result.WallSeconds = time.Since(began).Seconds()
	documents := run.Documents(result)
	problems := []error{s.Result(report.Terminal(documents[0], s.Colour())+"\n"+report.Terminal(documents[1], s.Colour()), result)}
	s.Summary(report.Markdown(documents[0]) + "\n" + report.Markdown(documents[1]))
	if *i.html != "" {
		page, err := report.HTML("A retirement, rehearsed", documents...)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, s.WriteFile("html", *i.html, page))
		}
	}
	if result.Verdict != verdict.Pass {
		problems = append(problems, &fault.Fault{Kind: fault.Gate, Name: scenario.Name, What: "did not end as the scenario expects: " + strings.Join(result.Unexpected, "; "), Next: "Read the steps; if the policy of --config is another one, the scenario's times may not fit it."})
	}
	return errors.Join(problems...)
}

// findRetirement takes a name, or reads a file where one is meant.
func findRetirement(name string) (legacy.Scenario, error) {
	if !isFile(name) {
		return legacy.Find(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return legacy.Scenario{}, &fault.Fault{Kind: fault.Input, Name: "scenario", Got: name, What: "cannot be read", Err: err}
	}
	scenario, err := legacy.Parse(name, text)
	if err != nil {
		return scenario, config.Faults(err)
	}
	return scenario, nil
}

// listRetirements adds the retirements to the list.
func listRetirements(all *listed, t *report.Table) error {
	for _, name := range legacy.Names() {
		scenario, err := legacy.Find(name)
		if err != nil {
			return err
		}
		expected := retiring.Outcome(scenario.Expect.Outcome)
		all.Scenarios = append(all.Scenarios, listedScenario{name, "retirement", scenario.Says, scenario.Expect.Outcome})
		t.Rows = append(t.Rows, []report.Cell{{Text: name, Code: true}, {Text: expected.Words()}, {Text: scenario.Says}})
	}
	return nil
}
