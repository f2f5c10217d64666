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
}

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
		values.minimums[m] = runner.Parsed(in, "min-"+string(m), "", "0 to 100 with at most four decimals, or none", usage, parseMinimum)
	}
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
		},
		Run: values.run,
	}
}
