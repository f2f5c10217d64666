package main

import (
	"errors"
	"strings"

	"github.com/cutover-dev/cutover/internal/gate"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// tell shows the result everywhere and returns what decides the exit code.
func tell(s *runner.Session, p gate.Policy, r gate.Result) error {
	for _, row := range r.Rows {
		// That budgets are hours old is true of every run and needs no annotation.
		if row.Check == gate.CheckBudget {
			continue
		}
		for _, w := range row.Warnings {
			s.Annotate(runner.Annotation{Level: runner.Warning, Title: "deploy-gate: " + string(row.Check), Message: w})
		}
	}
	reasons := make([]string, len(r.Reasons))
	for i, c := range r.Reasons {
		reasons[i] = string(c)
	}
	s.Summary(report.Markdown(r.Document(p.Repository)))
	return errors.Join(r.Err(),
		s.Output("verdict", string(r.Verdict)), s.Output("approver", r.Approver), s.Output("reasons", strings.Join(reasons, ",")), s.Output("summary", r.Lead),
		s.Result(report.Terminal(r.Brief(), s.Colour()), r))
}
