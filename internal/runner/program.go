// Package runner is everything between a process and a capability: the GitHub
// Actions protocol, the plain terminal, inputs, outputs, signals, exit codes.
//
// One [Program] serves both worlds. Inside Actions (GITHUB_ACTIONS=true) it
// reads INPUT_<NAME>, writes outputs, annotations and a job summary; in a
// terminal it reads --<name> and prints for a person. Standard output carries
// the result and nothing else; commands, notes and progress go to standard
// error, which the Actions runner reads for commands just the same.
package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// Exit codes of every binary. They are a contract: scripts branch on them.
const (
	ExitOK      = 0 // done, or passed
	ExitGate    = 1 // a gate said no
	ExitInput   = 2 // bad input or configuration
	ExitOutside = 3 // an outside system failed or the run was cancelled; retryable
	ExitRefused = 4 // refused for safety
)

var exitOf = map[fault.Kind]int{
	0: ExitOK, fault.Gate: ExitGate, fault.Input: ExitInput,
	fault.Outside: ExitOutside, fault.Refused: ExitRefused,
}

// stopWithin bounds how long a program may go on after SIGINT or SIGTERM.
// GitHub kills 10 s after a cancellation; half of that is ours.
const stopWithin = 5 * time.Second

// Program is one action or one command of the toolbox.
type Program struct {
	// Name is what a user types or writes after uses:, such as "coverage-gate".
	Name string
	// Summary is one sentence for help and README.
	Summary string
	// Inputs declares what it takes; see NewInputs.
	Inputs *Inputs
	// Outputs declares what it sets for later steps.
	Outputs []Output
	// Run does the work. An error decides the exit code by its fault kind.
	Run func(ctx context.Context, s *Session) error
	// Grace is how long Run may go on after a signal, five seconds unless set. A
	// program that has children to end in order takes up to nine and learns of a
	// second signal by [Session.Insisted]; any other is ended by a second signal.
	Grace time.Duration
}

// Output is one declared output of an action.
type Output struct{ Name, Usage string }

// Host is the process's surroundings, injected so that tests need no process.
type Host struct {
	Args           []string
	Getenv         func(string) string
	Environ        func() []string
	Stdout, Stderr io.Writer
	// Terminal says whether Stderr is a terminal that a person looks at.
	Terminal bool
	Signals  <-chan os.Signal
}

// Main runs p in the real process and returns the exit code for os.Exit.
func Main(p *Program) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	return Execute(p, processHost(os.Args[1:], signals))
}

// Execute runs p against h. It never panics and never outlives a signal by
// more than five seconds, or than p.Grace.
func Execute(p *Program, h Host) int {
	s := newSession(p, h)
	handled, err := p.Inputs.resolve(p, h, s)
	if handled {
		return ExitOK
	}
	if err == nil {
		err = runUntilSignal(p, h, s)
	}
	s.summarise(err)
	err = errors.Join(err, s.close())
	if err != nil {
		s.fail(err)
	}
	return exitOf[fault.KindOf(err)]
}

// runUntilSignal runs p.Run and cancels its context at the first signal. A
// second signal ends the wait unless the program has a grace; time does always.
func runUntilSignal(p *Program, h Host, s *Session) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Internal}, What: fmt.Sprintf("internal error, please report it: %v", r)}
			}
		}()
		done <- p.Run(ctx, s)
	}()
	var sig os.Signal
	select {
	case err := <-done:
		return err
	case sig = <-h.Signals:
	}
	stopped := &fault.Fault{
		Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.Cancelled}, What: fmt.Sprintf("cancelled by %v", sig),
		Next: "Run it again: every step is safe to repeat.",
	}
	cancel(stopped)
	s.Notef("%s: stopping (%v)", p.Name, sig)
	grace, again := p.Grace, h.Signals
	if grace == 0 {
		grace = stopWithin
	}
	end := time.After(grace)
wait:
	for {
		select {
		case err := <-done:
			if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, stopped) {
				return stopped
			}
			return errors.Join(stopped, err)
		case <-again:
			if p.Grace == 0 {
				break wait
			}
			close(s.insisted)
			again = nil
		case <-end:
			break wait
		}
	}
	stopped.What += "; it did not stop in time and was ended"
	return stopped
}

// Failure is the JSON result of a program that could not reach a verdict
// (schemas/failure.schema.json).
type Failure struct {
	Verdict string         `json:"verdict" jsonschema:"enum=inconclusive"`
	Errors  []FailureCause `json:"errors"`
}

// FailureCause is one of its errors. Lines and columns count from 1.
type FailureCause struct {
	Kind    string `json:"kind" jsonschema:"enum=gate,enum=input,enum=outside,enum=refused"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	// Runbooks are the addresses of the sections that say what to do.
	Runbooks []string `json:"runbooks,omitempty"`
}
