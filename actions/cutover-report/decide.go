package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// decide compares once more and keeps what follows. Each step looks first what is
// there, so that one that was killed anywhere goes on when it is run again: the
// same comparison, decided by the same person, is the same decision.
func (w *work) decide(ctx context.Context) error {
	if err := w.approved(ctx); err != nil {
		return err
	}
	there, version, err := w.shelf.decision(ctx)
	if err != nil {
		return err
	}
	if err := w.compare(ctx); err != nil {
		return err
	}
	r := w.report
	chosen, err := r.Decided(w.approval(time.Now()))
	if err != nil {
		return err
	}
	if chosen != comparison.Proceed && chosen != comparison.Return {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.Undecided}, What: "nothing can be decided yet: " + trimmed(r.Lead), Next: "The table says for each open row what would settle it."}
	}
	hash := w.result.Hash
	at := time.Now().UTC().Truncate(time.Second)
	if there != nil && there.Hash == hash && there.Approver == w.approver && there.Decision == chosen {
		at = there.At // a repeat
	}
	if w.record, err = r.Record(w.approval(at)); err != nil {
		return err
	}
	if *w.in.dryRun {
		w.result.Decision = chosen
		w.s.Notef("It would be decided to %s. Nothing was kept: a reviewer's approval of this command without dry-run decides.", words(chosen))
		return nil
	}
	d := decision{
		Version: keptVersion, Project: w.result.Project, Stage: *w.in.stage, Decision: chosen, Hash: hash, RecordHash: digest([]byte(w.record)), Approver: w.approver, At: at,
	}
	if err := w.keepDecision(ctx, d, version); err != nil {
		return err
	}
	w.result.Decision = chosen
	return w.propose(ctx, d)
}

// approval is what the inputs say of who decides what.
func (w *work) approval(at time.Time) comparison.Approval {
	a := comparison.Approval{Approver: w.approver, At: at.UTC(), Reason: *w.in.reason}
	if a.Approver == "" {
		a.Approver = "nobody yet: a draft"
	}
	if *w.in.decision != asReported {
		a.Decision = comparison.Decision(*w.in.decision)
	}
	return a
}

// keepDecision puts report and record where nobody replaces them, since their
// names are their hashes, and then the decision that names both.
func (w *work) keepDecision(ctx context.Context, d decision, version string) error {
	folder := "decision/" + d.Stage + "/"
	d.Report, d.Record = folder+d.Hash+".json", folder+d.RecordHash+".md"
	text, err := w.report.Canonical()
	if err != nil {
		return err
	}
	if _, err := w.shelf.put(ctx, d.Report, text, ""); err != nil {
		return somebodyElse(err)
	}
	if _, err := w.shelf.put(ctx, d.Record, []byte(w.record), ""); err != nil {
		return somebodyElse(err)
	}
	if w.result.Kept, err = w.shelf.write(ctx, w.shelf.decisionKey(), d, version); err != nil {
		w.result.Kept = ""
		return somebodyElse(err)
	}
	w.s.Notef("The decision is kept: %s", w.result.Kept)
	return nil
}

// propose opens the pull request with the record.
func (w *work) propose(ctx context.Context, d decision) error {
	c, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return err
	}
	day := d.At.Format(time.DateOnly)
	title := fmt.Sprintf("Decision on %s: %s", d.Stage, words(d.Decision))
	body := report.Markdown(report.Document{Title: title, Lead: w.report.Lead, Verdict: w.report.Verdict, Blocks: []report.Block{report.Table{
		Columns: []report.Column{{Title: ""}, {Title: ""}},
		Rows: [][]report.Cell{
			{{Text: "approved by"}, {Text: d.Approver}},
			{{Text: "in the run"}, {Text: w.s.Getenv("GITHUB_RUN_ID")}},
			{{Text: "comparison, SHA-256"}, {Text: d.Hash}},
			{{Text: "record, SHA-256"}, {Text: d.RecordHash}},
			{{Text: "kept at"}, {Text: w.result.Kept}},
		},
	}}})
	w.result.PullRequest, err = c.Propose(ctx, github.Proposal{
		Branch: "cutover/decision-" + d.Stage + "-" + day, Path: "docs/cutover/decision-" + d.Stage + "-" + day + ".md", Content: w.record,
		Message: title, Title: title, Body: body,
	})
	if err != nil {
		return err
	}
	w.s.Notef("The record: %s", w.result.PullRequest)
	return nil
}

// words say a decision to people.
func words(d comparison.Decision) string {
	switch d {
	case comparison.Proceed:
		return "proceed with the decommission of " + nameBlue
	case comparison.Return:
		return "return to " + nameBlue
	}
	return "undecided"
}
