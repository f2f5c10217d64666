package deploy

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Evidence is all that is known after sst has ended.
type Evidence struct {
	// RunID is what SST_RUN_ID was set to.
	RunID string
	Exit  Exit
	// Cancelled says that sst was asked to stop.
	Cancelled bool
	Heard     Heard
	// Record is the update that this call of sst made, nil if it made none.
	Record *Update
	// Events is that update's event log, nil if there is none.
	Events *Events
	// Lock is the stage's lock after the end, nil if it is free.
	Lock *Lock
}

// Touch says what a call of sst has done to the cloud, as far as it is known.
type Touch string

// What may have been touched.
const (
	// TouchNothing: sst ended before it changed any resource.
	TouchNothing Touch = "nothing"
	// TouchSome: some resources were changed, and not all that should be.
	TouchSome Touch = "some"
	// TouchAll: everything that was to be changed was.
	TouchAll Touch = "all"
	// TouchUnknown: sst broke off, and nobody wrote down what it had done.
	TouchUnknown Touch = "unknown"
)

// Outcome is how a deployment is judged.
type Outcome struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Reason is the judgement in a word, for scripts: see the constants.
	Reason Reason `json:"reason" jsonschema:"enum=deployed,enum=resource-errors,enum=unclean-exit,enum=no-record,enum=not-started,enum=broke-off,enum=no-event-log,enum=interrupted,enum=state-corrupt,enum=operation-failed,enum=cancelled,enum=still-running"`
	// Lead is the sentence for people, Next what to do, empty after a pass.
	Lead    string `json:"lead"`
	Next    string `json:"next"`
	Touched Touch  `json:"touched" jsonschema:"enum=nothing,enum=some,enum=all,enum=unknown"`
}

// Reason is a judgement in a word.
type Reason string

// The reasons.
const (
	Deployed        Reason = "deployed"         // record ours, completed, clean; exit 0; Pulumi finished
	ResourceErrors  Reason = "resource-errors"  // the record lists errors, whatever the exit code
	UncleanExit     Reason = "unclean-exit"     // the record is clean and sst failed all the same
	NoRecord        Reason = "no-record"        // exit 0, and no record of this run
	NotStarted      Reason = "not-started"      // failed before the lock was taken
	BrokeOff        Reason = "broke-off"        // a record without an end
	NoEventLog      Reason = "no-event-log"     // nothing tells what Pulumi did
	Interrupted     Reason = "interrupted"      // Pulumi was ended from outside; sst exits 0 then
	StateCorrupt    Reason = "state-corrupt"    // Pulumi says so
	OperationFailed Reason = "operation-failed" // the event log lists failures that the record lacks
	Cancelled       Reason = "cancelled"        // asked to stop, and it stopped
	StillRunning    Reason = "still-running"    // asked to stop, and it did not in time
)

// Judge decides whether a deployment succeeded. Only all witnesses together are
// a pass: exit code 0, this run's own record in the state bucket, completed and
// without errors, and an event log that Pulumi finished without a failure.
//
// A clean record with exit code 1 is a failure, not a success with a warning:
// SST drops the words "update cancelled", "update failed" and "failed to
// register new resource" from the errors that it records, so a cancelled or
// half-done update leaves exactly such a record (run.go, DiagnosticEvent).
func Judge(e Evidence) Outcome {
	o := judge(e)
	if e.Cancelled && o.Verdict != verdict.Pass && o.Reason != StillRunning {
		o.Reason, o.Lead = Cancelled, "sst was asked to stop and did: "+o.Lead
		o.Next = "Run it again: SST goes on from the state that it has written."
	}
	return o
}

func judge(e Evidence) Outcome {
	fail := func(r Reason, t Touch, lead, next string) Outcome {
		return Outcome{verdict.Fail, r, lead, next, t}
	}
	switch r := e.Record; {
	case e.Exit.Running:
		return Outcome{verdict.Inconclusive, StillRunning, "sst was asked to stop and had not ended in time; it may be working still.", "Wait until this run is over, then run it again: the lock of a run that is over is released.", TouchUnknown}
	case r == nil && e.Exit.OK():
		return fail(NoRecord, TouchUnknown, "sst exited with 0, but the state bucket holds no update of this run: nothing proves a deployment.", "Check that app, stage, region and account are those that sst.config.ts deploys to.")
	case r == nil:
		return fail(NotStarted, TouchNothing, "sst failed before it took the lock ("+e.Exit.String()+"): nothing was deployed.", "Mend what its last lines name, and run it again.")
	case !r.Completed():
		return brokeOff(e)
	case len(r.Errors) > 0:
		return fail(ResourceErrors, touched(e), errorLead(e), "Mend what the errors name, and run it again: SST goes on from the state that it has written.")
	case !e.Exit.OK():
		return fail(UncleanExit, touched(e), "sst failed ("+e.Exit.String()+") although the update's record lists no error. SST leaves out that an update was cancelled or broken off.", "Read its last lines, and run it again.")
	}
	return judgeEvents(e)
}

// judgeEvents has a clean record and exit code 0 before it, which a killed
// Pulumi leaves as well.
func judgeEvents(e Evidence) Outcome {
	fail := func(r Reason, lead, next string) Outcome { return Outcome{verdict.Fail, r, lead, next, touched(e)} }
	switch v := e.Events; {
	case v == nil:
		return fail(NoEventLog, "The state bucket holds no event log of the update "+e.Record.ID+", so nothing proves that Pulumi came to its end.", "SST writes one since 3.7 (January 2025): update it, or allow s3:GetObject on eventlog/*.")
	case !v.Finished:
		return fail(Interrupted, "Pulumi was ended from outside before it had finished, which SST records as a clean update with exit code 0.", "Look for a machine that ran out of memory, and run it again.")
	case v.Corrupt:
		return fail(StateCorrupt, "Pulumi says that a resource's state is invalid.", "Run `sst state repair --stage <stage>` by hand, then deploy again.")
	case v.Failures() > 0:
		return fail(OperationFailed, fmt.Sprintf("The event log lists %s that failed and the record does not.", report.Count(v.Failures(), "operation")), "Read the table, and run it again.")
	}
	return Outcome{verdict.Pass, Deployed, deployedLead(e), "", TouchAll}
}

func brokeOff(e Evidence) Outcome {
	o := Outcome{Verdict: verdict.Fail, Reason: BrokeOff, Touched: touched(e)}
	o.Lead = "sst took the lock and never came to the end of the update (" + e.Exit.String() + ")."
	o.Next = "Mend what its last lines name, and run it again."
	if o.Touched != TouchNothing {
		o.Next = "Look for resources that were made and not written down (a later deploy fails with \"already exists\"): `sst refresh` and `sst state` help. Then run it again."
	}
	return o
}

// touched says what was changed, from the event log where there is one. Without
// one, sst may have ended before Pulumi began, which is nothing, or in the
// middle of it. It prints a line for each resource that is done; a build that
// failed or a state that could not be read comes before the first of them, but
// a resource may be under way without a line, so only an orderly end counts.
func touched(e Evidence) Touch {
	switch v := e.Events; {
	case v == nil && e.Heard.Changed == 0 && e.Exit.Code > 0 && !e.Cancelled && e.Record != nil && !e.Record.Completed() && e.Heard.Passing == "":
		return TouchNothing
	case v == nil && e.Heard.Changed > 0:
		return TouchSome
	case v == nil:
		return TouchUnknown
	case v.Done() > 0:
		return TouchSome
	case v.Failures() > 0 || !v.Finished:
		// A create that failed may have been carried out.
		return TouchUnknown
	}
	return TouchNothing
}

// Describe says in a sentence how an update ended that somebody else has made.
// Without an exit code it can tell less than Judge: a clean record may be that of
// a cancelled update, unless the event log shows its end.
func Describe(u Update, e *Events) string {
	by := u.Command
	if u.RunID != "" {
		by += " of run " + u.RunID
	}
	switch {
	case !u.Completed():
		return "The last update (" + by + ") has not come to its end: it is under way, or broke off."
	case len(u.Errors) > 0:
		return "The last update (" + by + ") failed: " + shortError(u.Errors[0].Message)
	case e == nil || !e.Finished || e.Failures() > 0:
		return "The last update (" + by + ") ended without an error in its record, but Pulumi did not come to its end: it was cancelled or broken off."
	}
	return "The last update (" + by + ") succeeded."
}

func errorLead(e Evidence) string {
	n := len(e.Record.Errors)
	first := e.Record.Errors[0]
	where := ""
	if first.URN != "" {
		name, kind := nameOf(first.URN)
		where = strings.TrimSpace(name+" "+kind) + ": "
	}
	text := fmt.Sprintf("The update ended with %s. %s%s.", report.Count(n, "error"), where, strings.TrimRight(shortError(first.Message), ".: "))
	if v := e.Events; v != nil && v.Done() > 0 {
		text += fmt.Sprintf(" %s had been changed by then.", capital(report.Count(v.Done(), "resource")))
	}
	return text
}

func deployedLead(e Evidence) string {
	if e.Events.Done() == 0 {
		return fmt.Sprintf("Nothing had to be changed: all %s are as they should be.", report.Count(e.Events.Same, "resource"))
	}
	return fmt.Sprintf("%s %s.", capital(report.Count(e.Events.Done(), "resource")), map[bool]string{true: "was changed", false: "were changed"}[e.Events.Done() == 1])
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
