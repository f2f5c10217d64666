package gate

import (
	"fmt"
	"strings"
	"time"
)

// judge is one judgement under way. Rows are made in the order of Checks; later
// ones may use what earlier ones have found.
type judge struct {
	Policy
	o   Observation
	now time.Time
	// approvers are those who have said yes and may, set by the row approval.
	approvers []string
	override  *Override
}

// Judge decides whether the policy lets the deployment go out. It is pure.
func Judge(p Policy, o Observation, now time.Time) Result {
	j := &judge{Policy: p, o: o, now: now}
	r := Result{
		App: p.App, Stage: p.Stage, Environment: p.Environment, Commit: p.Commit, RunID: p.RunID(), At: now.UTC().Format(time.RFC3339),
		Reasons: []Check{}, Rows: []Row{},
	}
	for _, c := range []struct {
		check Check
		judge func(*tally)
	}{
		{CheckEnvironment, j.environment}, {CheckApproval, j.approval}, {CheckStaging, j.staging}, {CheckIntegration, j.integration},
		{CheckChecks, j.checks}, {CheckAlarms, j.alarms}, {CheckFreeze, j.freeze}, {CheckLock, j.lock}, {CheckBudget, j.budget},
		{CheckTraffic, j.traffic}, {CheckKeys, j.keys},
	} {
		if why := p.off(c.check); why != "" {
			r.Rows = append(r.Rows, Row{Check: c.check, Verdict: Off, Observed: why, Source: "cutover.yaml", Warnings: []string{}})
			continue
		}
		t := &tally{row: Row{Check: c.check}}
		c.judge(t)
		r.Rows = append(r.Rows, t.result())
	}
	r.Approver, r.Override = strings.Join(j.approvers, ","), j.override
	r.conclude()
	return r
}

// path leads to a page of the repository, "" where that is unknown.
func (p Policy) path(rest string) string {
	if p.Repository == "" {
		return ""
	}
	return p.Repository + "/" + rest
}

func (p Policy) runURL() string { return p.path(fmt.Sprintf("actions/runs/%d", p.Run)) }

// freeze looks at the calendar, and at who may overrule it.
func (j *judge) freeze(t *tally) {
	t.row.Source = "gate.freeze of cutover.yaml, by the clocks of " + j.Freeze.TimeZone.String()
	t.row.Needed = "no freeze window, or an override by one of gate.override_by"
	frozen, is := j.Freeze.At(j.now)
	if !is {
		next := ""
		if w, at, ok := j.Freeze.Next(j.now, 7*24*time.Hour); ok {
			next = fmt.Sprintf("; the next, %s, begins %s", w.Name, j.Freeze.Show(at))
		}
		t.pass("%s is in no freeze window%s", j.Freeze.Show(j.now), next)
		return
	}
	until := "with no end within a year"
	wait := "Take a window out of gate.freeze of cutover.yaml: together they never end."
	if !frozen.Until.IsZero() {
		until = "until " + j.Freeze.Show(frozen.Until)
		wait = "Wait until " + j.Freeze.Show(frozen.Until) + "."
	}
	said := fmt.Sprintf("frozen: %s, %s", frozen.Window, until)
	if j.Reason == "" {
		t.fail(wait+" In an emergency start the workflow by hand with override-freeze: <reason>, as one of gate.override_by"+j.overriders()+".", "%s", said)
		return
	}
	by, err := j.mayOverride()
	switch {
	case err != nil:
		t.unknown(said+"; who overrides it", err)
	case by == "":
		t.fail(wait+" Only one of gate.override_by"+j.overriders()+" may override it, by starting the workflow by hand or by approving the run.",
			"%s; override-freeze was given (%s), but nobody of gate.override_by has started or approved this run", said, j.Reason)
	default:
		j.override = &Override{By: by, Reason: j.Reason, Window: frozen.Window.Name}
		t.pass("%s; overridden by %s: %s", said, by, j.Reason)
		t.warn("%s has overridden the freeze %s: %s", by, frozen.Window.Name, j.Reason)
	}
}

func (j *judge) overriders() string {
	if len(j.OverrideBy) == 0 {
		return " (there are none)"
	}
	return " (" + list(j.OverrideBy) + ")"
}

// mayOverride names whoever has approved or started this run and may overrule a
// freeze; "" is nobody. Of several approvers all must, since GitHub does not tell
// which of them has approved this attempt.
func (j *judge) mayOverride() (string, error) {
	all := len(j.approvers) > 0
	for _, a := range j.approvers {
		all = all && named(j.OverrideBy, a)
	}
	if all {
		return strings.Join(j.approvers, ","), nil
	}
	if !j.o.Run.Asked || j.o.Run.Err != nil {
		if j.o.Run.Err == nil {
			return "", errUnasked
		}
		return "", j.o.Run.Err
	}
	r := j.o.Run.Value
	if r.Event == dispatched && named(j.OverrideBy, r.Actor) && named(j.OverrideBy, r.Trigger) {
		return r.Trigger, nil
	}
	return "", nil
}

// keys looks for an access key that whoever reads it once can use for ever.
func (j *judge) keys(t *tally) {
	t.row.Source = "AWS_ACCESS_KEY_ID; keys of a session begin with ASIA, lasting ones with AKIA (IAM User Guide)"
	t.row.Needed = "a session's key, by OIDC"
	const next = "Let the step take a role by OIDC (input role, permissions: id-token: write; docs/oidc.md sets it up), and delete the key."
	switch {
	case !j.o.LongLived:
		t.pass("no access key that lasts for ever")
	case j.Production && !j.AllowLongLived:
		t.fail(next+" Until then allow-long-lived-keys: true lets it pass.", "AWS_ACCESS_KEY_ID is a long-lived access key")
	default:
		t.pass("AWS_ACCESS_KEY_ID is a long-lived access key, which is allowed here")
		t.warn("AWS_ACCESS_KEY_ID is a long-lived access key, which whoever reads it once can use for ever. %s", next)
	}
}
