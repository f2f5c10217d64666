// Package doctor says whether everything is there that a first run needs: in the
// repository, at GitHub, at AWS, at Slack. Each check is a row with what was
// seen, what is wanted, and the command that mends it. A row that builds upon
// another waits for it: without that ground it is not looked at, and says so.
//
// Checks ask through ports; what an answer means is decided here.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Part is where a check looks.
type Part string

// The parts, in the order of what breaks first.
const (
	Offline Part = "offline"
	GitHub  Part = "github"
	AWS     Part = "aws"
	Slack   Part = "slack"
)

// Parts are all of them in their order.
func Parts() []Part { return []Part{Offline, GitHub, AWS, Slack} }

// ErrNone says that a named thing does not exist, as opposed to one that could
// not be asked for.
var ErrNone = errors.New("there is no such thing")

// ErrToken says that a credential is not taken: everything behind it is dark.
var ErrToken = errors.New("the credential is not accepted")

// Answer is what a check has found.
type Answer struct {
	Verdict  verdict.Verdict
	Observed string
	// Mend are the commands that make it right, to be copied as they are.
	Mend []string
	// Step is what no command does, such as a click; or what a person has to know
	// before the commands.
	Step string
}

// Check is one thing to look at. Look must honour its context.
type Check struct {
	// Name is such as github.environment.production.
	Name  string
	Part  Part
	Title string
	// Wanted is what passes.
	Wanted string
	// Needs are the checks that must have passed: without them an answer would
	// mean nothing. They stand before this one.
	Needs  []string
	Source string
	Look   func(context.Context) Answer
}

// Row is a check with its answer.
type Row struct {
	Check    string          `json:"check"`
	Part     Part            `json:"part" jsonschema:"enum=offline,enum=github,enum=aws,enum=slack"`
	Title    string          `json:"title"`
	Verdict  verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Observed string          `json:"observed"`
	Wanted   string          `json:"wanted"`
	// Mend are commands, Step is what none does.
	Mend []string `json:"mend"`
	Step string   `json:"step,omitempty"`
	// Needs are the rows that this one builds upon; Missing is the first of them
	// that has not passed: then nothing was looked at.
	Needs   []string `json:"needs"`
	Missing string   `json:"missing,omitempty"`
	Source  string   `json:"source"`
}

// Result is what was found.
type Result struct {
	Project string          `json:"project"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead    string          `json:"lead"`
	Passed  int             `json:"passed"`
	Failed  int             `json:"failed"`
	// Open could not be asked, or was not looked at.
	Open int   `json:"open"`
	Rows []Row `json:"rows"`
	// Left is what was not looked at because nothing asks for it.
	Left []string `json:"left_out"`
}

// Err is what the result means for the job: a no is a gate's, and what could not
// be asked is no yes.
func (r Result) Err() error {
	lead := strings.TrimSuffix(r.Lead, ".")
	switch r.Verdict {
	case verdict.Pass:
		return nil
	case verdict.Fail:
		return &fault.Fault{Kind: fault.Gate, What: lead, Next: "Each row says which command mends it; begin with the first."}
	}
	return &fault.Fault{Kind: fault.Outside, What: lead, Next: "The rows say why nothing was known; mend that, and run it again."}
}

func pass(format string, args ...any) Answer {
	return Answer{Verdict: verdict.Pass, Observed: fmt.Sprintf(format, args...)}
}

func fails(observed string, mend ...string) Answer {
	return Answer{Verdict: verdict.Fail, Observed: observed, Mend: mend}
}

func unknown(observed string) Answer {
	return Answer{Verdict: verdict.Inconclusive, Observed: observed}
}

// step adds what no command does.
func (a Answer) step(format string, args ...any) Answer {
	a.Step = fmt.Sprintf(format, args...)
	return a
}

// also adds commands.
func (a Answer) also(mend ...string) Answer {
	a.Mend = append(a.Mend, mend...)
	return a
}

// unasked is an answer that did not come. A fault's advice becomes the step.
func unasked(err error) Answer {
	var f *fault.Fault
	if !errors.As(err, &f) {
		return unknown("could not be asked: " + err.Error())
	}
	bare := *f
	bare.Next = ""
	return unknown("could not be asked: "+bare.Error()).step("%s", f.Next)
}
