// Command coverage-gate is the action that judges coverage reports.
package main

import (
	"fmt"
	"os"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/unit"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	reports  *[]string
	root     *string
	config   *string
	minimums map[coverage.Metric]**unit.Percent

	minFile, minPatch, maxDrop **unit.Percent
	base                       *string
	baseline, writeBaseline    *string
	badge                      *string
	comment                    *string
	token                      *string
}

const percentages = "0 to 100 with at most four decimals, or none"

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		reports:  in.Strings("report", "Coverage report to read, by its path.", runner.Required()),
		root:     in.String("root", ".", "Folder that the report's relative paths start from, usually the checkout."),
		config:   in.String("config", "", "cutover.yaml to take the minimums from; without it ./cutover.yaml is read if there is one."),
		minimums: map[coverage.Metric]**unit.Percent{},
	}
	for _, m := range coverage.Metrics {
		usage := fmt.Sprintf("Least share of %s that tests must cover; overrides cutover.yaml, \"none\" switches it off.", m)
		if m == coverage.Lines {
			usage += " Without either it is 95."
		}
		values.minimums[m] = runner.Parsed(in, "min-"+string(m), "", percentages, usage, parseMinimum)
	}
	values.minFile = runner.Parsed(in, "min-file", "", percentages, "Least share of lines in each file; overrides coverage.files.lines of cutover.yaml, whose overrides by pattern stay.", parseMinimum)
	values.minPatch = runner.Parsed(in, "min-patch", "", percentages, "Least share of the changed lines; overrides coverage.patch.lines of cutover.yaml.", parseMinimum)
	values.base = in.String("base", "", "Branch or commit to compare with for changed lines; in a pull request it is its base branch. The checkout needs fetch-depth: 0.")
	values.baseline = in.String("baseline", "", "Earlier totals to compare with: a file, s3://bucket/key, or artifact:NAME of the base branch.")
	values.maxDrop = runner.Parsed(in, "max-drop", "", percentages, "How many percentage points a total may fall below the baseline; overrides coverage.max_drop of cutover.yaml. With a baseline and without either it is 0.", parseMinimum)
	values.writeBaseline = in.String("write-baseline", "", "Where to store the totals for later comparison: a file or s3://bucket/key. Only written when the gate passes.")
	values.badge = in.String("badge", "", "File to write an SVG badge to.")
	values.comment = in.String("comment", "", "Key of the one comment on the pull request that is written and updated in place; empty writes none. Needs token and pull-requests: write.")
	values.token = in.String("token", "", "GitHub token for the comment and for artifact baselines.", runner.Secret())
	return &runner.Program{
		Name:    "coverage-gate",
		Summary: "Fails a job whose tests cover too little, and shows where tests are missing.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "verdict", Usage: "pass or fail"},
			{Name: "lines", Usage: "Covered lines in percent, empty if not measured"},
			{Name: "branches", Usage: "Covered branches in percent, empty if not measured"},
			{Name: "functions", Usage: "Covered functions in percent, empty if not measured"},
			{Name: "statements", Usage: "Covered statements in percent, empty if not measured"},
			{Name: "patch", Usage: "Covered changed lines in percent, empty if not judged"},
		},
		Run: values.run,
	}
}
