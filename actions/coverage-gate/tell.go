package main

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tell shows the result everywhere and turns a failed verdict into exit code 1.
func tell(s *runner.Session, r coverage.Result) error {
	document := r.Document(lineLink(s.Getenv))
	s.Summary(report.Markdown(document))
	for _, remark := range r.Remarks() {
		level := runner.Warning
		if remark.Failed {
			level = runner.Error
		}
		if !s.InActions() {
			continue // the terminal's table says the same
		}
		s.Annotate(runner.Annotation{Level: level, Title: "coverage-gate", File: remark.Path, Line: remark.From, EndLine: remark.To, Message: remark.Message})
	}
	problems := []error{s.Output("verdict", string(r.Verdict))}
	for _, m := range coverage.Metrics {
		value := ""
		if sum := r.Of(m); sum != nil {
			value = strconv.FormatFloat(sum.Percent, 'f', 2, 64)
		}
		problems = append(problems, s.Output(string(m), value))
	}
	problems = append(problems, s.Result(report.Terminal(document, s.Colour()), r))
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if r.Verdict != verdict.Pass {
		return &fault.Fault{Kind: fault.Gate, What: "the gate says no: " + r.Lead()}
	}
	return nil
}

// lineLink builds addresses of lines on GitHub from the runner's variables.
func lineLink(getenv func(string) string) func(string, int) string {
	server, repository, sha := getenv("GITHUB_SERVER_URL"), getenv("GITHUB_REPOSITORY"), getenv("GITHUB_SHA")
	if server == "" || repository == "" || sha == "" {
		return nil
	}
	return func(path string, line int) string {
		var parts []string
		for part := range strings.SplitSeq(path, "/") {
			parts = append(parts, url.PathEscape(part))
		}
		return fmt.Sprintf("%s/%s/blob/%s/%s#L%d", server, repository, sha, strings.Join(parts, "/"), line)
	}
}
