package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pipeline"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// report reads the run and tells about it.
func (in inputs) report(ctx context.Context, s *runner.Session) error {
	order, problem := in.order(s)
	client, err := github.Open(s.Getenv("GITHUB_API_URL"), s.Getenv("GITHUB_REPOSITORY"), *in.token)
	if err := errors.Join(problem, err); err != nil {
		return err
	}
	observation, err := pipeline.Observe(ctx, client.Pipeline(), order, time.Now)
	if err != nil {
		return err
	}
	return in.tell(s, pipeline.Read(observation))
}

// order puts the inputs together. All of their faults are told at once.
func (in inputs) order(s *runner.Session) (pipeline.Order, error) {
	var problems []error
	o := pipeline.Order{
		Run: *in.run, Attempt: int(*in.attempt), Workflow: *in.workflow,
		Own: pipeline.Own{Runner: s.Getenv("RUNNER_NAME"), Job: s.Getenv("GITHUB_JOB")},
	}
	number := func(name string) int64 {
		text := s.Getenv(name)
		if text == "" {
			return 0
		}
		n, err := parseNumber(text)
		if err != nil {
			problems = append(problems, &fault.Fault{Kind: fault.Input, Name: name, What: err.Error(), Got: text, Allowed: numbers})
		}
		return n
	}
	here := number("GITHUB_RUN_ID")
	if o.Run == 0 {
		o.Run = here
	}
	switch o.Run {
	case 0:
		problems = append(problems, &fault.Fault{
			Kind: fault.Input, Name: "run-id", What: "is not known outside of Actions", Allowed: numbers, Next: "Set --run-id.",
		})
	case here:
		o.Own.Run, o.Ref, o.Base = here, s.Getenv("GITHUB_REF"), s.Getenv("GITHUB_BASE_REF")
		if o.Attempt == 0 {
			o.Attempt = int(number("GITHUB_RUN_ATTEMPT"))
		}
	}
	for _, line := range *in.caches {
		w, err := pipeline.ParseWatch(line)
		if err != nil {
			problems = append(problems, &fault.Fault{Kind: fault.Input, Name: "cache", What: err.Error(), Got: line, Allowed: pipeline.WatchSyntax})
		}
		o.Watches = append(o.Watches, w)
	}
	return o, errors.Join(problems...)
}

// tell shows the result everywhere.
func (in inputs) tell(s *runner.Session, r pipeline.Result) error {
	document := r.Document()
	s.Summary(report.Markdown(document))
	saved := ""
	if r.SavedSeconds != nil {
		saved = number(*r.SavedSeconds)
	}
	problems := []error{
		s.Output("took", number(r.TookSeconds)), s.Output("critical-path", strings.Join(r.CriticalPath.Stages, " → ")),
		s.Output("critical-path-seconds", number(r.CriticalPath.Seconds)), s.Output("saved", saved),
	}
	if *in.html != "" {
		problems = append(problems, in.page(s, document))
	}
	problems = append(problems, s.Result(report.Terminal(document, s.Colour()), r))
	return errors.Join(problems...)
}

func (in inputs) page(s *runner.Session, d report.Document) error {
	page, err := report.HTML(d.Title, d)
	if err != nil {
		return fmt.Errorf("making the page: %w", err)
	}
	return s.WriteFile("html", *in.html, page)
}

// number writes seconds without needless digits.
func number(seconds float64) string { return strconv.FormatFloat(seconds, 'f', -1, 64) }
