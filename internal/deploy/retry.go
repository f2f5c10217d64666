package deploy

import (
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// RetryPolicy is how often a failed deployment is begun anew.
type RetryPolicy struct {
	// Times is how many further tries there may be.
	Times int
	// Wait is the pause before the first of them; it doubles, up to two minutes.
	Wait time.Duration
	// Partial also allows one after some resources were changed.
	Partial bool
}

// Retrial is the decision about a further try.
type Retrial struct {
	Again bool
	Wait  time.Duration
	// Why is a clause for the log.
	Why string
}

const longestWait = 2 * time.Minute

// Retry decides whether a failed call may be repeated; tried counts the calls
// so far. Only a passing trouble is worth it, and it is safe only before any
// resource was changed: after that a person should look, or have said beforehand
// (Partial) that going on is fine.
func Retry(o Outcome, e Evidence, tried int, p RetryPolicy) Retrial {
	trouble := troubleOf(e)
	no := func(why string) Retrial { return Retrial{Why: why} }
	switch {
	case o.Verdict == verdict.Pass:
		return no("it succeeded")
	case e.Cancelled || e.Exit.Running:
		return no("it was asked to stop")
	case tried > p.Times:
		return no("it was tried often enough")
	case trouble == "":
		return no("nothing says that it would go better")
	case o.Touched == TouchUnknown:
		return no("nobody knows what was changed")
	case o.Touched != TouchNothing && !p.Partial:
		return no("resources were changed already, and retry-partial is off")
	}
	wait := p.Wait
	for range tried - 1 {
		wait = min(2*wait, longestWait)
	}
	return Retrial{true, wait, trouble}
}

// troubleOf names the passing trouble that made a call fail: every recorded
// error must be one, or else what was printed when there is no record to go by.
func troubleOf(e Evidence) string {
	if e.Record == nil || len(e.Record.Errors) == 0 {
		return e.Heard.Passing
	}
	found := ""
	for _, err := range e.Record.Errors {
		p := passing(err.Message)
		if p == "" {
			return ""
		}
		found = p
	}
	return found
}
