package main

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/deploy"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/rollback"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// refused puts an error into the result that the command ended with: what was
// found out until then is told all the same.
func (w *work) refused(err error) {
	r := &w.result
	all := fault.All(err)
	r.Verdict, r.Reason = verdict.Inconclusive, deploy.ReasonFailed
	if fault.KindOf(err) == fault.Refused {
		r.Reason = deploy.ReasonRefused
	}
	var leads []string
	for _, f := range all {
		bare := *f
		bare.Next = ""
		leads = append(leads, bare.Error()+".")
		if r.Next == "" {
			r.Next = f.Next
		}
	}
	r.Lead = strings.Join(leads, " ")
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	if r := w.result.Rollback; r != nil && r.Page != "" && !strings.Contains(r.Page, "Runbook: ") {
		r.Page += " Runbook: " + w.s.Runbook(runbook.RollbackFailed)
	}
	w.result.Scrub(w.scrub)
	r := w.result
	document := r.Document()
	w.s.Summary(report.Markdown(document))
	return errors.Join(err, w.setOutputs(), w.s.Result(report.Terminal(document, w.s.Colour()), r))
}

func (w *work) setOutputs() error {
	r := w.result
	changes := ""
	if r.Reason != deploy.ReasonFailed && r.Reason != deploy.ReasonRefused && (r.Command == cmdDiff || r.Update != nil) {
		changes = strconv.Itoa(r.Counts.Total())
	}
	deployed := map[string]any{}
	// Only a deployment that succeeded, and a look at the state, tell outputs.
	if r.Verdict == verdict.Pass {
		deployed = r.Outputs
	}
	all, err := json.Marshal(deployed)
	if err != nil {
		return err
	}
	id, version := "", r.Version
	if r.Update != nil {
		id = r.Update.ID
		if version == "" {
			version = r.Update.Version
		}
	}
	deployment := ""
	if id := w.deployment.Load(); id != 0 {
		deployment = strconv.FormatInt(id, 10)
	}
	problems := []error{w.rollbackOutputs()}
	for name, value := range map[string]string{
		"verdict": string(r.Verdict), "reason": r.Reason, "url": deploy.URLOf(deployed), "functions": deploy.FunctionsOf(deployed), "outputs": string(all),
		"update-id": id, "version": version, "changes": changes, "touched": string(r.Touched), "locked": strconv.FormatBool(r.Lock != nil), "deployment-id": deployment,
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(problems...)
}

// rollbackOutputs sets those of the command rollback, empty for others.
func (w *work) rollbackOutputs() error {
	all := map[string]string{"rolled-back": "", "release": "", "commit": "", "code-updated": "", "left": "", "state": "", "page": ""}
	if r := w.result.Rollback; r != nil {
		done := w.result.Verdict == verdict.Pass && r.Action != rollback.Idle && !*w.in.dryRun
		all = map[string]string{
			"rolled-back": strconv.FormatBool(done), "release": r.Release, "commit": r.Commit, "code-updated": strconv.Itoa(r.Count(rollback.Put)),
			"left": r.Left, "state": r.State, "page": r.Page,
		}
	}
	var problems []error
	for name, value := range all {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(problems...)
}
