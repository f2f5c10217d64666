package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
)

// checkRuns holds the numbers of runs to the files that they are said to be of. What
// is kept, or decided on, inside Actions is of a run that GitHub knows; a comparison
// that nobody keeps may be of any file.
func (w *work) checkRuns() error {
	in := w.in
	proved := w.s.InActions() && *in.command != cmdReport && !*in.dryRun
	for _, side := range []struct {
		input string
		files *[]string
		read  bool
	}{{"blue", in.blue, true}, {"green", in.green, *in.command != cmdBaseline}} {
		f := &fault.Fault{Kind: fault.Input, Name: "run-" + side.input}
		switch run := w.runOf(side.input); {
		case proved && side.read && run == 0 && w.given(side.files):
			f.What, f.Next = "is missing: nobody could say where the load result comes from", "Give the number of the run of load-test.yml that left it."
		case run != 0 && !w.given(side.files):
			f.What, f.Next = "is given, and "+side.input+" is not", "Name the load result that the run has left, or leave the number away."
		case run != 0 && *in.token == "":
			f.Name, f.What, f.Next = "token", "is missing", "Pass ${{ github.token }}: it sees what the run of the load test is of."
		default:
			continue
		}
		return f
	}
	return nil
}

// runOf is the number of the run that a side's file is said to be of, 0 for none.
func (w *work) runOf(input string) int64 {
	return map[string]int64{"blue": *w.in.runBlue, "green": *w.in.runGreen}[input]
}

// came asks GitHub what the run is of that a side's load result is said to be of.
// Anybody may have left a file of that name in a run of a fork, of another branch or
// of another workflow.
func (w *work) came(ctx context.Context, input string) error {
	run := w.runOf(input)
	if run == 0 {
		return nil
	}
	repository := w.s.Getenv("GITHUB_REPOSITORY")
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), repository, *w.in.token)
	if err != nil {
		return err
	}
	name := "run-" + input
	o, err := load.Origins(client).Origin(ctx, run)
	if errors.Is(err, load.ErrNoRun) {
		return &fault.Fault{Kind: fault.Refused, Name: name, What: "is no run of " + repository, Got: strconv.FormatInt(run, 10), Next: "Give the number of a run of load-test.yml, as it stands in its address."}
	}
	if err != nil {
		return err
	}
	return o.Held(name, repository)
}

// of names the run behind each file, in the report and so in what is decided on.
func (m measured) of(run int64) measured {
	for i := range m.files {
		if run != 0 {
			m.files[i].Name += ", run " + strconv.FormatInt(run, 10)
		}
	}
	return m
}

// parseRun takes the number of a run.
func parseRun(text string) (int64, error) {
	run, err := strconv.ParseInt(text, 10, 64)
	if err != nil || run <= 0 {
		return 0, errors.New("is no run")
	}
	return run, nil
}
