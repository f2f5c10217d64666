package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// listed is the JSON result of rehearse --list.
type listed struct {
	Scenarios []listedScenario `json:"scenarios"`
}

type listedScenario struct {
	Name string `json:"name"`
	// Kind is what is rehearsed: the cutover, or the retirement of blue after it.
	Kind     string `json:"kind" jsonschema:"enum=cutover,enum=retirement"`
	Says     string `json:"says"`
	Expected string `json:"expected" jsonschema:"enum=complete,enum=rolled_back,enum=held,enum=done,enum=aborted,enum=stopped,enum=waits,enum=refused"`
}

// rehearseInputs are what rehearse takes.
type rehearseInputs struct {
	scenario, config, html *string
	list                   *bool
	runs                   *int
	seed                   *uint64
}

func rehearse() *runner.Program {
	in := runner.NewInputs()
	i := rehearseInputs{
		scenario: in.String("scenario", "healthy", "Name of a scenario, or a file of your own (ending in .yaml)."),
		list:     in.Bool("list", false, "List the scenarios and end."),
		runs:     runner.Parsed(in, "runs", "1", "1 to 10000", "How many times, each with a seed of its own; with 1 the events are told.", parseRuns),
		seed: runner.Parsed(in, "seed", "1", "a whole number", "Seed of the first run; the same seed gives the same run.", func(text string) (uint64, error) {
			return strconv.ParseUint(text, 10, 64)
		}),
		config: in.String("config", "", "A cutover.yaml whose policy is rehearsed; the defaults unless given."),
		html:   in.String("html", "", "File to write the report of a single run to, one self-contained page."),
	}
	return &runner.Program{
		Name: "rehearse", Summary: "Rehearses a cutover, or the retirement of blue after it, in virtual time: the real policy and state machine on a simulated world.", Inputs: in,
		Run: i.run,
	}
}

func (i rehearseInputs) run(ctx context.Context, s *runner.Session) error {
	if *i.list {
		return listScenarios(s)
	}
	if *i.html != "" && *i.runs > 1 {
		return &fault.Fault{Kind: fault.Input, Name: "html", Got: *i.html, What: "shows a single run", Allowed: "together with --runs 1", Next: "Leave out html, or runs."}
	}
	if retirement(*i.scenario) {
		return i.retire(ctx, s)
	}
	scenario, err := findScenario(*i.scenario)
	if err != nil {
		return err
	}
	policy, err := i.policy()
	if err != nil {
		return err
	}
	if *i.runs > 1 {
		return i.many(ctx, s, policy, scenario)
	}
	began := time.Now()
	run := virtual.Rehearse(ctx, policy, scenario, *i.seed, true)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	summary := virtual.One(run, *i.seed)
	summary.WallSeconds = time.Since(began).Seconds()
	document := run.Story(*i.seed).Document()
	problems := []error{s.Result(report.Terminal(document, s.Colour()), summary)}
	s.Summary(report.Markdown(document))
	if *i.html != "" {
		page, err := report.HTML(document.Title, document)
		problems = append(problems, err)
		if err == nil {
			problems = append(problems, s.WriteFile("html", *i.html, page))
		}
	}
	return errors.Join(problems...)
}

func (i rehearseInputs) many(ctx context.Context, s *runner.Session, p rollout.Policy, scenario sim.Scenario) error {
	began := time.Now()
	// A world of its own for each run is garbage soon after, and the heap stays
	// small: collecting it less often more than halves the time.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	progress := s.Progress("Rehearsing "+scenario.Name, int64(*i.runs))
	summary, err := virtual.Many(ctx, p, scenario, *i.seed, *i.runs, func(done int) { progress(int64(done)) })
	if err != nil {
		return err
	}
	summary.WallSeconds = time.Since(began).Seconds()
	document := summary.Document()
	s.Summary(report.Markdown(document))
	return s.Result(report.Terminal(document, s.Colour()), summary)
}

func (i rehearseInputs) policy() (rollout.Policy, error) {
	if *i.config == "" {
		return virtual.DefaultPolicy()
	}
	file, err := config.Load(*i.config)
	if err != nil {
		return rollout.Policy{}, config.Faults(err)
	}
	return virtual.PolicyOf(file)
}

// findScenario takes a name, or reads a file where one is meant.
func findScenario(name string) (sim.Scenario, error) {
	if !isFile(name) {
		return sim.Find(name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return sim.Scenario{}, &fault.Fault{Kind: fault.Input, Name: "scenario", Got: name, What: "cannot be read", Err: err}
	}
	scenario, err := sim.Parse(name, text)
	if err != nil {
		return scenario, config.Faults(err)
	}
	return scenario, nil
}

func listScenarios(s *runner.Session) error {
	var all listed
	t := report.Table{Columns: []report.Column{{Title: "scenario"}, {Title: "a good one"}, {Title: "what happens"}}}
	for _, name := range sim.Names() {
		scenario, err := sim.Find(name)
		if err != nil {
			return err
		}
		expected := virtual.Outcome(scenario.Expect.Outcome)
		all.Scenarios = append(all.Scenarios, listedScenario{name, "cutover", scenario.Says, string(expected)})
		t.Rows = append(t.Rows, []report.Cell{{Text: name, Code: true}, {Text: expected.Words()}, {Text: scenario.Says}})
	}
	if err := listRetirements(&all, &t); err != nil {
		return err
	}
	lead := fmt.Sprintf("%d scenarios. One of them: cutover rehearse --scenario %s --html report.html", len(all.Scenarios), all.Scenarios[0].Name)
	return s.Result(report.Terminal(report.Document{Title: "Scenarios", Lead: lead, Blocks: []report.Block{t}}, s.Colour()), all)
}

// isFile says whether a file of the user's is meant rather than a scenario's
// name, which has neither a dot nor a slash.
func isFile(name string) bool { return strings.ContainsAny(name, "./\\") }
