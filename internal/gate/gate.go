// Package gate answers one question before a stage with users is deployed: may
// this commit go out now? It looks at a dozen things, each of which has a row of
// its own with what was seen, what is needed, where that was read, and what
// would change it.
//
// [Observe] asks the outside through ports; [Judge] decides, and is pure: it
// knows no clock, no network and no environment. It fails closed: what was not
// looked at, what could not be reached and what was never configured is no pass.
package gate

import (
	"errors"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Check names a row.
type Check string

// The checks, in the order in which they are shown.
const (
	CheckEnvironment Check = "environment" // GitHub asks somebody, and only for the one branch
	CheckApproval    Check = "approval"    // somebody else has said yes to this run
	CheckStaging     Check = "staging"     // the very same succeeded in the stage before
	CheckIntegration Check = "integration" // and was tested there
	CheckChecks      Check = "checks"      // named checks of the commit are green
	CheckAlarms      Check = "alarms"      // no alarm rings
	CheckFreeze      Check = "freeze"      // it is not the wrong time
	CheckLock        Check = "lock"        // nobody else deploys
	CheckBudget      Check = "budget"      // there is money left
	CheckTraffic     Check = "traffic"     // traffic does not move
	CheckKeys        Check = "keys"        // no access key that lasts for ever
)

// Checks are all of them.
var Checks = []Check{CheckEnvironment, CheckApproval, CheckStaging, CheckIntegration, CheckChecks, CheckAlarms, CheckFreeze, CheckLock, CheckBudget, CheckTraffic, CheckKeys}

// State is a row's verdict, or off.
type State string

// The states. A row that is off says who has switched it off.
const (
	Pass         = State(verdict.Pass)
	Fail         = State(verdict.Fail)
	Inconclusive = State(verdict.Inconclusive)
	Off          = State("off")
)

// Row is one check with its evidence.
type Row struct {
	Check   Check `json:"check" jsonschema:"enum=environment,enum=approval,enum=staging,enum=integration,enum=checks,enum=alarms,enum=freeze,enum=lock,enum=budget,enum=traffic,enum=keys"`
	Verdict State `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive,enum=off"`
	// Observed is what was seen, or who has switched the check off; Needed what
	// would have been right.
	Observed string `json:"observed"`
	Needed   string `json:"needed"`
	// Source is the call, the query or the file that Observed comes from.
	Source string `json:"source"`
	// Change says what would change the verdict, empty after a pass.
	Change string `json:"change"`
	// Link leads to where it can be seen or mended, empty if there is no such place.
	Link string `json:"link"`
	// Warnings do not change the verdict.
	Warnings []string `json:"warnings"`

	// errs are why it could not be told, brief is the first of what was observed.
	errs  []error
	brief string
}

// Override is a freeze that somebody has let the deployment through.
type Override struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
	Window string `json:"window"`
}

// Result is what the gate has found: the one JSON document that the action
// prints, and the source of every other face.
type Result struct {
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	// Lead is the sentence for whoever reads only one.
	Lead        string `json:"lead"`
	App         string `json:"app"`
	Stage       string `json:"stage"`
	Environment string `json:"environment"`
	Commit      string `json:"commit"`
	// RunID is <run id>-<attempt>.
	RunID string `json:"run_id"`
	// At is when it was judged.
	At string `json:"at"`
	// Approver is who has said yes, several with commas; empty as long as nobody has.
	Approver string `json:"approver"`
	// Reasons are the checks that did not pass.
	Reasons []Check `json:"reasons"`
	// Override is the freeze that was overridden, null if none was.
	Override *Override `json:"override" jsonschema:"nullable"`
	Rows     []Row     `json:"rows"`
}

// conclude makes the verdict of the whole: fail if a row fails, else
// inconclusive if one is, else pass. Rows that are off do not count, and where
// all are off nothing was judged, which is no pass.
func (r *Result) conclude() {
	var judged []verdict.Finding
	for i := range r.Rows {
		row := &r.Rows[i]
		if row.Verdict == Off {
			continue
		}
		judged = append(judged, verdict.Finding{Verdict: verdict.Verdict(row.Verdict)})
		if row.Verdict != Pass {
			r.Reasons = append(r.Reasons, row.Check)
		}
	}
	r.Verdict = verdict.Worst(judged)
	r.Lead = r.lead()
}

// with lists the checks in a state.
func (r *Result) with(state State) []Check {
	var found []Check
	for _, row := range r.Rows {
		if row.Verdict == state {
			found = append(found, row.Check)
		}
	}
	return found
}

// Err is nil for a pass, and else the fault that decides the exit code: a no of
// the gate; a refusal where only an access key that never expires stands in the
// way; and where nothing says no, whatever kept the gate from telling.
func (r *Result) Err() error {
	failing := r.with(Fail)
	switch {
	case r.Verdict == verdict.Pass:
		return nil
	case slices.Equal(failing, []Check{CheckKeys}):
		return &fault.Fault{Kind: fault.Refused, Runbooks: r.runbooks(), What: trim(r.Lead), Next: r.row(CheckKeys).Change}
	case len(failing) > 0:
		return &fault.Fault{Kind: fault.Gate, Runbooks: r.runbooks(), What: trim(r.Lead), Next: r.row(failing[0]).Change}
	}
	var problems []error
	for _, row := range r.Rows {
		problems = append(problems, row.errs...)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	return &fault.Fault{Kind: fault.Input, What: trim(r.Lead), Next: "Switch checks on again: see gate.skip in cutover.yaml."}
}

// runbooks are the sections for the rows that did not pass.
func (r *Result) runbooks() (all []runbook.Kind) {
	for _, c := range r.Reasons {
		all = append(all, runbook.Row("gate", string(c)))
	}
	return all
}

func (r *Result) row(c Check) Row {
	for _, row := range r.Rows {
		if row.Check == c {
			return row
		}
	}
	return Row{}
}
