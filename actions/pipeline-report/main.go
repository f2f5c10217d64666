// Command pipeline-report is the action that tells where a workflow run's time
// went and what its caches saved.
package main

import (
	"errors"
	"os"
	"strconv"

	"github.com/cutover-dev/cutover/internal/pipeline"
	"github.com/cutover-dev/cutover/internal/runner"
)

func main() { os.Exit(runner.Main(program())) }

// inputs are the action's inputs, filled in before run is called.
type inputs struct {
	token    *string
	run      *int64
	attempt  *int64
	caches   *[]string
	workflow *string
	html     *string
}

func program() *runner.Program {
	in := runner.NewInputs()
	values := inputs{
		token:    in.String("token", "", "GitHub token that may read this repository's runs: github.token with actions: read.", runner.Required(), runner.Secret()),
		run:      runner.Parsed(in, "run-id", "", numbers, "Run to tell about; inside Actions this one unless set. Of another run no job is left out.", parseNumber),
		attempt:  runner.Parsed(in, "attempt", "", numbers, "Attempt of the run; of this run it is this one unless set, of another its newest.", parseNumber),
		caches:   in.Strings("cache", "A cache and the step that it shortens, written "+pipeline.WatchSyntax+"."),
		workflow: in.String("workflow", "", "File name or number of the workflow whose earlier runs are searched for the one that made a cache; the run's own unless set."),
		html:     in.String("html", "", "File to write the report to as a page of its own, with its picture."),
	}
	return &runner.Program{
		Name:    "pipeline-report",
		Summary: "Tells what each stage of a workflow run took and waited for, and what its caches saved. It judges nothing.",
		Inputs:  in,
		Outputs: []runner.Output{
			{Name: "took", Usage: "How long the run took until now, in seconds"},
			{Name: "critical-path", Usage: "The jobs that decided how long, joined by →"},
			{Name: "critical-path-seconds", Usage: "How long they took one after another, waiting included, in seconds"},
			{Name: "saved", Usage: "What the caches saved of the jobs' time, in seconds; empty if that is unknown, negative if they cost more"},
		},
		Run: values.report,
	}
}

const numbers = "a whole number above 0"

func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 63)
	if err != nil || n < 1 {
		return 0, errors.New("is no number of a run or attempt")
	}
	return n, nil
}
