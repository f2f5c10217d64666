package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// tell shows the result everywhere and turns a failed verdict into exit code 1.
func tell(s *runner.Session, r coverage.Result) error {
	document := r.Document(lineLink(s))
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
	problems = append(problems, s.Output("patch", patchShare(r)))
	problems = append(problems, s.Result(report.Terminal(document, s.Colour()), r))
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if r.Verdict != verdict.Pass {
		return &fault.Fault{Kind: fault.Gate, What: "the gate says no: " + r.Lead()}
	}
	return nil
}

// patchShare is the share of covered changed lines as an output.
func patchShare(r coverage.Result) string {
	for _, f := range r.Findings {
		if f.Gate == "patch" && f.Metric == coverage.Lines {
			return strconv.FormatFloat(*f.Observed, 'f', 2, 64)
		}
	}
	return ""
}

// lineLink builds addresses of lines on GitHub from the runner's variables.
func lineLink(s *runner.Session) coverage.Link {
	server, repository, sha := s.Getenv("GITHUB_SERVER_URL"), s.Getenv("GITHUB_REPOSITORY"), s.Getenv("GITHUB_SHA")
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

// write leaves what the inputs ask for beside the verdict: badge, baseline,
// comment. One that fails does not keep the others from being written.
func (in inputs) write(ctx context.Context, s *runner.Session, r coverage.Result) error {
	var problems []error
	if *in.badge != "" {
		problems = append(problems, s.ReplaceFile("badge", *in.badge, []byte(r.Badge())))
	}
	// A failed run must not lower the bar for the next one.
	if *in.writeBaseline != "" && r.Verdict == verdict.Pass {
		problems = append(problems, in.storeBaseline(ctx, s, r))
	}
	if *in.comment != "" {
		problems = append(problems, in.writeComment(ctx, s, r))
	}
	return errors.Join(problems...)
}

// pullRequest reads the number out of refs/pull/<number>/merge.
var pullRequest = regexp.MustCompile(`^refs/pull/([1-9][0-9]{0,9})/`)

// writeComment tells the pull request. A fork's token may not comment: then
// the job summary has it all, and the run goes on.
func (in inputs) writeComment(ctx context.Context, s *runner.Session, r coverage.Result) error {
	m := pullRequest.FindStringSubmatch(s.Getenv("GITHUB_REF"))
	if m == nil {
		s.Notef("No pull request, no comment.")
		return nil
	}
	number, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	client, err := in.github(s)
	if err != nil {
		return err
	}
	err = client.UpsertComment(ctx, number, "coverage-gate "+*in.comment, report.Markdown(r.Document(lineLink(s))))
	if errors.Is(err, github.ErrForbidden) {
		s.Annotate(runner.Annotation{Level: runner.Warning, Title: "coverage-gate", Message: "The token may not comment on this pull request (a fork's never may); the job summary has the same."})
		return nil
	}
	return err
}
