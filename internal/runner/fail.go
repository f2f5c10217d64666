package runner

import (
	"encoding/json"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// fail prints err for a person, as annotations inside Actions, and as JSON on
// standard output when that was asked for and nothing has been printed there.
// A gate's no was told by its report already; only its sentence follows. Each
// leads to its runbook, but for a mistyped input in a terminal, which needs none.
func (s *Session) fail(err error) {
	all := fault.All(err)
	var kinds []runbook.Kind
	for _, f := range all {
		// What is refused may hold a secret that an input masked.
		message := s.redact(f.Error())
		if s.actions != nil && f.Kind != fault.Gate {
			bare := *f
			bare.File, bare.Line, bare.Column = "", 0, 0
			s.Annotate(Annotation{
				Level: Error, Title: s.program.Name, Message: bare.Error(),
				File: f.File, Line: f.Line, Column: f.Column, Runbooks: s.sections(f),
			})
			continue
		}
		s.errLine(s.paint(red, "error: ") + visible(message))
		if f.Kind != fault.Input || s.actions != nil || len(f.Runbooks) > 0 {
			kinds = append(kinds, s.sections(f)...)
		}
	}
	for _, k := range once(kinds) {
		s.errLine("runbook: " + s.Runbook(k))
	}
	if s.format != formatJSON || s.resultPrinted {
		return
	}
	s.printFailure(all)
}

func (s *Session) printFailure(all []*fault.Fault) {
	result := Failure{Verdict: "inconclusive"}
	for _, f := range all {
		cause := FailureCause{Kind: f.Kind.String(), Message: s.redact(f.Error()), File: f.File, Line: f.Line, Column: f.Column}
		for _, k := range s.sections(f) {
			cause.Runbooks = append(cause.Runbooks, s.Runbook(k))
		}
		result.Errors = append(result.Errors, cause)
	}
	text, _ := json.MarshalIndent(result, "", "  ")
	s.outLine(string(text))
}

// led ends a message with where to find help.
func (s *Session) led(message string, kinds []runbook.Kind) string {
	if len(kinds) == 0 {
		return message
	}
	return strings.TrimRight(message, ". ") + ". Runbook: " + s.addresses(once(kinds))
}
