// Package fault is the one way cutover says that something went wrong.
//
// A fault names the input, the value it had, what would have been allowed and
// what to do next, and it carries a kind that decides the exit code. It knows
// nothing of GitHub, terminals or processes; internal/runner turns it into
// annotations and exit codes.
package fault

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/runbook"
)

// Kind says whose turn it is after a fault.
type Kind int

// The kinds, in the order of their exit codes (see internal/runner).
const (
	// Gate is a gate's honest no: everything worked and the answer is fail.
	Gate Kind = iota + 1
	// Input is bad input or configuration: the caller has to change something.
	Input
	// Outside is another system's failure: the same call may work later.
	Outside
	// Refused is a call that was understood and is not safe to carry out.
	Refused
)

// String returns the kind's name as it stands in JSON results.
func (k Kind) String() string {
	switch k {
	case Gate:
		return "gate"
	case Input:
		return "input"
	case Outside:
		return "outside"
	case Refused:
		return "refused"
	}
	return "unknown"
}

// Fault is an error that helps. Only Kind and What are required.
type Fault struct {
	Kind Kind
	// What failed, as a clause without a full stop: "report is empty".
	What string
	// Name of the input, file or setting at fault, as the user wrote it.
	Name string
	// Got is the value that was refused. Never put a secret here.
	Got string
	// Allowed describes the values that would have been accepted.
	Allowed string
	// Next says what to do, as an imperative sentence.
	Next string
	// Runbooks are the sections for whoever needs more than that, none for the
	// usual one of its program. Their addresses are made where it is shown.
	Runbooks []runbook.Kind
	// File, Line and Column point at the place, counted from 1; zero is unknown.
	File         string
	Line, Column int
	// Err is the cause, if another error brought this one about.
	Err error
}

// Error puts the parts into one line: place, name, what, value, allowed, next.
func (f *Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File)
		if f.Line > 0 {
			fmt.Fprintf(&b, ":%d", f.Line)
			if f.Column > 0 {
				fmt.Fprintf(&b, ":%d", f.Column)
			}
		}
		b.WriteString(": ")
	}
	if f.Name != "" {
		b.WriteString(f.Name + ": ")
	}
	b.WriteString(f.What)
	if f.Got != "" {
		fmt.Fprintf(&b, " (got %q)", clip(f.Got))
	}
	if f.Err != nil {
		b.WriteString(": " + f.Err.Error())
	}
	if f.Allowed != "" {
		b.WriteString("; allowed: " + f.Allowed)
	}
	if f.Next != "" {
		b.WriteString(". " + f.Next)
	}
	return b.String()
}

// Unwrap returns the cause, for errors.Is and errors.As.
func (f *Fault) Unwrap() error { return f.Err }

// maxGot bounds a quoted value in bytes: a hostile input must not flood a log.
const maxGot = 120

func clip(s string) string {
	if len(s) <= maxGot {
		return s
	}
	return strings.ToValidUTF8(s[:maxGot], "") + "…"
}

// gravity orders kinds where several faults come together: a refusal outranks
// all, and bad input outranks an outage, because a retry would not help.
var gravity = map[Kind]int{Gate: 1, Outside: 2, Input: 3, Refused: 4}

// KindOf returns the gravest kind within err, looking through wrapped and
// joined errors. An error that carries no fault counts as Outside: nobody
// promised that it was the caller's doing, and a retry loses nothing. nil has
// kind 0.
func KindOf(err error) Kind {
	if err == nil {
		return 0
	}
	gravest := Kind(0)
	for _, f := range All(err) {
		if gravity[f.Kind] > gravity[gravest] {
			gravest = f.Kind
		}
	}
	if gravest == 0 {
		return Outside
	}
	return gravest
}

// All returns every fault in err in order, flattening joined errors. A part
// that is no fault becomes one of kind Outside, so that nothing is swallowed.
func All(err error) []*Fault {
	if err == nil {
		return nil
	}
	var f *Fault
	if e, ok := err.(*Fault); ok { //nolint:errorlint // the outermost layer only; wrapped ones follow below
		return []*Fault{e}
	}
	if j, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Fault
		for _, e := range j.Unwrap() {
			all = append(all, All(e)...)
		}
		return all
	}
	if errors.As(err, &f) {
		// The layers above add context that the message must keep.
		outer := *f
		outer.What = strings.TrimSuffix(err.Error(), f.Error()) + f.What
		return []*Fault{&outer}
	}
	return []*Fault{{Kind: Outside, What: err.Error()}}
}
