package trace

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// slack is by how much a call may seem to leave its parent: clocks are read to
// the millisecond by some tracers.
const slack = 0.002 // seconds

// calls wants every call of a store to be a subsegment that has begun and ended
// within what made it.
func calls(e Expectation, s *seen) (rows []Finding) {
	for _, name := range e.Nodes {
		if name == NodeGateway || name == NodeLambda {
			continue
		}
		node := e.node(name)
		n, bad := 0, 0
		var wrong []string
		s.eachCall(node, func(r Sent, p *part) {
			n++
			if why := p.untimed(); why != "" {
				bad++
				wrong = append(wrong, fmt.Sprintf("%s of %s: %s", p.Name, r.name(), why))
			}
		})
		row := finding("calls: "+name, StatePass, report.Count(n, "subsegment")+" with durations", "")
		switch {
		case n == 0 && len(s.wholes) == 0:
			rows = append(rows, unseen("calls: "+name, "call")...)
			continue
		case n == 0:
			row = finding("calls: "+name, StateMissing, "no subsegment of a trace is a call of "+name, "Trace these calls as subsegments, and send a request that makes one.")
		case bad > 0:
			row = finding("calls: "+name, StateFail, fmt.Sprintf("%d of %s without a sound duration", bad, report.Count(n, "subsegment")), "End the span when the call has ended, within the span around it.")
		}
		rows = append(rows, row.with(wrong).of(n, "subsegments", sourceTraces).measured(float64(n-bad), float64(n), "subsegments"))
	}
	return rows
}

// eachCall goes through the calls of a node in the traces of the run.
func (s *seen) eachCall(node Node, do func(Sent, *part)) {
	for _, r := range s.found {
		for _, p := range s.wholes[r.TraceID].all {
			if p.isCall() && !p.repeats() && node.Fits(inferred(p.Document)) {
				do(r, p)
			}
		}
	}
}

// untimed says what is wrong with a call's times.
func (p *part) untimed() string {
	up := p.parent
	switch {
	case p.InProgress || p.End == 0:
		return "has not ended"
	case p.End <= p.Start:
		return "took no time"
	case p.Start < up.Start-slack || up.End > 0 && p.End > up.End+slack:
		return "is not within " + clip(up.Name)
	}
	return ""
}

// statements wants each query of the database with its statement, and no value
// in any.
func statements(e Expectation, s *seen) []Finding {
	const name = "statements"
	n, absent, bad := 0, 0, 0
	var wrong []string
	for _, r := range s.found {
		for _, p := range s.wholes[r.TraceID].all {
			query := p.SQL != nil || p.isCall() && e.node(NodeRDS).Fits(inferred(p.Document))
			if p.parent == nil || !query {
				continue
			}
			n++
			switch {
			case p.SQL == nil || p.SQL.Query == "":
				absent++
				wrong = append(wrong, fmt.Sprintf("%s of %s: none", p.Name, r.name()))
			case valued(p.SQL.Query):
				// What it says may be a user's: it stays where it is.
				bad++
				wrong = append(wrong, fmt.Sprintf("%s of %s, segment %s: holds a value", p.Name, r.name(), p.ID))
			}
		}
	}
	row := finding(name, StatePass, report.Count(n, "statement")+" without a value", "")
	switch {
	case n == 0 && expects(e, NodeRDS):
		row = finding(name, StateUnknown, "no query was traced, so there is no statement to look at", "See the calls of "+NodeRDS+" above.")
	case n == 0:
		return nil // no database is expected
	case bad > 0:
		row = finding(name, StateFail, fmt.Sprintf("%d of %s hold a value", bad, report.Count(n, "statement")), "Record the statement with $1 or ? where values go: traces are read by more people than the database is.")
	case absent > 0:
		row = finding(name, StateMissing, fmt.Sprintf("%d of %s without its statement", absent, report.Count(n, "query")), "Record the statement's shape as db.query.text.")
	}
	return []Finding{row.with(wrong).of(n, "queries", sourceTraces).measured(float64(n-bad-absent), float64(n), "queries")}
}

func expects(e Expectation, node string) bool {
	for _, n := range e.Nodes {
		if n == node {
			return true
		}
	}
	return false
}

// value is a literal in a statement: a text in quotes, or a number that is no
// parameter ($1), no part of a name, no type's length and no LIMIT of the code.
var value = pattern.New(`'(?:[^']|'')*'|(?:=|<|>|\(|,|\bLIKE\b|\bIN\b|\bBETWEEN\b|\bAND\b|\bVALUES\b)\s*-?[0-9]+(?:\.[0-9]+)?\b`)

// typed are lengths of types, which are code.
var typed = pattern.New(`(?i)\b(?:var)?char(?:acter)?(?: varying)?\s*\(\s*[0-9]+\s*\)|\b(?:numeric|decimal|timestamp|time|bit)\s*\(\s*[0-9]+(?:\s*,\s*[0-9]+)?\s*\)`)

func valued(statement string) bool {
	return value.MatchString(typed.ReplaceAllString(statement, "type"))
}

// causes wants to be told of every fault what was thrown.
func causes(_ Expectation, s *seen) []Finding {
	const name = "causes"
	if len(s.found) == 0 {
		return unseen(name, "fault")
	}
	n, bad := 0, 0
	var wrong []string
	for _, r := range s.found {
		w := s.wholes[r.TraceID]
		for _, p := range w.all {
			// What AWS's own segments pass on is told by the function's.
			if !p.Fault || p.segment.Origin != typeFunction {
				continue
			}
			n++
			if !w.explained(p, 0) {
				bad++
				wrong = append(wrong, fmt.Sprintf("%s of %s", p.Name, r.name()))
			}
		}
	}
	row := finding(name, StatePass, "nothing failed in the functions, so there was no cause to record", "")
	switch {
	case bad > 0:
		row = finding(name, StateMissing, fmt.Sprintf("%d of %s do not say what was thrown", bad, report.Count(n, "fault")), "Record the exception, with its type and message, before the span ends.")
	case n > 0:
		row = finding(name, StatePass, report.Count(n, "fault")+" with what was thrown", "")
	}
	return []Finding{row.with(wrong).of(n, "faults", sourceTraces).measured(float64(n-bad), float64(n), "faults")}
}

// explained says whether a part tells what was thrown, itself, by the part that
// it refers to, or by one within it that failed.
func (w *whole) explained(p *part, depth int) bool {
	for _, e := range p.Cause.Exceptions {
		if e.Message != "" || e.Type != "" {
			return true
		}
	}
	if depth > mostDepth {
		return false
	}
	if of := w.byID[p.Cause.Ref]; p.Cause.Ref != "" && of != nil && of != p {
		return w.explained(of, depth+1)
	}
	for _, inner := range p.within {
		if inner.Fault && w.explained(inner, depth+1) {
			return true
		}
	}
	return false
}
