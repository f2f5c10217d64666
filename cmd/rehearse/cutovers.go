package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/config"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/sim"
	"github.com/cutover-dev/cutover/internal/verdict"
	"github.com/cutover-dev/cutover/internal/virtual"
)

// rehearsed are the cutovers that follow the pipeline: one in which all is
// well, and one in which green breaks.
var rehearsed = []string{"healthy", "error-regression"}

// seedOfCutovers makes the page the same every time.
const seedOfCutovers = 7

// cutovers are what came of them.
type cutovers struct {
	stories   []report.Document
	summaries []virtual.Summary
}

// rehearseCutovers runs them in virtual time, by the app's own policy.
func rehearseCutovers(ctx context.Context, s *runner.Session, path string) (cutovers, error) {
	var all cutovers
	file, err := config.Load(path)
	if err != nil {
		return all, config.Faults(err)
	}
	policy, err := virtual.PolicyOf(file)
	if err != nil {
		return all, err
	}
	for _, name := range rehearsed {
		scenario, err := sim.Find(name)
		if err != nil {
			return all, err
		}
		began := time.Now()
		run := virtual.Rehearse(ctx, policy, scenario, seedOfCutovers, true)
		if ctx.Err() != nil {
			return all, context.Cause(ctx)
		}
		summary := virtual.One(run, seedOfCutovers)
		summary.WallSeconds = time.Since(began).Seconds()
		all.summaries = append(all.summaries, summary)
		all.stories = append(all.stories, run.Story(seedOfCutovers).Document())
		s.Notef("✓ Cutover %s: %s, %.0f virtual hours in %.2f s", name, run.Outcome().Words(), summary.VirtualHours, summary.WallSeconds)
	}
	return all, nil
}

// verdict says whether each ended as it should.
func (c cutovers) verdict() verdict.Verdict {
	for _, s := range c.summaries {
		if s.AsExpected < s.Runs {
			return verdict.Fail
		}
	}
	return verdict.Pass
}

// overview is the cutovers in a table, for the terminal.
func (c cutovers) overview() report.Document {
	t := report.Table{Columns: []report.Column{{Title: "scenario"}, {Title: "the rollout"}, {Title: "found after", Numeric: true}, {Title: "requests harmed", Numeric: true}, {Title: "virtual time", Numeric: true}, {Title: "took", Numeric: true}}}
	for _, s := range c.summaries {
		outcome, tone := virtual.Complete, report.Good
		switch {
		case s.Rollbacks > 0:
			outcome = virtual.RolledBack
		case s.Holds > 0:
			outcome = virtual.Held
		}
		if outcome != s.Expected {
			tone = report.Bad
		}
		found := ""
		if s.MedianDetectionMinutes != nil {
			found = fmt.Sprintf("%.0f min", *s.MedianDetectionMinutes)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: s.Scenario, Code: true}, {Text: outcome.Words(), Tone: tone}, {Text: found},
			{Text: report.Grouped(s.RequestsHarmedMedian)}, {Text: fmt.Sprintf("%.0f h", s.VirtualHours)}, {Text: fmt.Sprintf("%.2f s", s.WallSeconds)}})
	}
	return report.Document{Title: "Cutover, in virtual time", Verdict: c.verdict(), Lead: "The real policy, state machine and shell moved the traffic of a simulated application, once with nothing wrong and once with a fault.", Blocks: []report.Block{t}}
}
