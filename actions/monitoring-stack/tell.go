package main

import (
	"context"
	"errors"
	"regexp"
	"strconv"

	"github.com/cutover-dev/cutover/internal/adapter/github"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
	"github.com/cutover-dev/cutover/internal/monitoring/mute"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// result is what the action prints (schemas/monitoring-stack.schema.json). A
// command fills in its own part.
type result struct {
	Command      string                `json:"command"`
	Scope        string                `json:"scope"`
	Project      string                `json:"project"`
	Stage        string                `json:"stage"`
	Stack        string                `json:"stack"`
	Lead         string                `json:"lead"`
	Verdict      verdict.Verdict       `json:"verdict,omitempty" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Changed      bool                  `json:"changed"`
	DashboardURL string                `json:"dashboard_url,omitempty"`
	Topic        string                `json:"topic,omitempty"`
	Bytes        int                   `json:"bytes,omitempty"`
	Notes        []string              `json:"notes"`
	Estimate     *monitoring.Estimate  `json:"estimate,omitempty"`
	Changes      *change.Changes       `json:"changes,omitempty"`
	Outcome      *change.Outcome       `json:"outcome,omitempty"`
	Drift        *change.DriftReport   `json:"drift,omitempty"`
	Drill        *drill.Result         `json:"drill,omitempty"`
	Audit        *audit.Result         `json:"audit,omitempty"`
	Mute         *mute.Result          `json:"mute,omitempty"`
	Inventory    *monitoring.Inventory `json:"inventory,omitempty"`
}

// document puts the parts together for people.
func (r result) document() report.Document {
	d := report.Document{Title: "Watching " + r.Stage + ": " + r.Command, Verdict: r.Verdict, Lead: r.Lead}
	var parts []report.Document
	if r.Outcome != nil {
		parts = append(parts, r.Outcome.Document())
	}
	if r.Drill != nil {
		parts = append(parts, r.Drill.Document())
	}
	if r.Changes != nil {
		parts = append(parts, r.Changes.Document())
	}
	if r.Drift != nil {
		parts = append(parts, r.Drift.Document())
	}
	if r.Audit != nil {
		parts = append(parts, r.Audit.Document())
	}
	if r.Mute != nil {
		parts = append(parts, r.Mute.Document())
	}
	if r.Estimate != nil {
		parts = append(parts, r.Estimate.View())
	}
	for _, p := range parts {
		d.Blocks = append(d.Blocks, report.Section{Title: p.Title})
		if p.Lead != "" && p.Lead != r.Lead {
			d.Blocks = append(d.Blocks, report.Text{Body: p.Lead})
		}
		d.Blocks = append(d.Blocks, p.Blocks...)
	}
	if len(r.Notes) > 0 {
		d.Blocks = append(d.Blocks, report.Section{Title: "To know"})
		for _, n := range r.Notes {
			d.Blocks = append(d.Blocks, report.Text{Body: n})
		}
	}
	return d
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	r := w.result
	d := r.document()
	w.s.Summary(report.Markdown(d))
	problems := []error{err}
	for name, value := range map[string]string{
		"stack": r.Stack, "dashboard-url": r.DashboardURL, "topic-arn": r.Topic, "changed": strconv.FormatBool(r.Changed), "verdict": string(r.Verdict), "lead": r.Lead,
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(append(problems, w.s.Result(report.Terminal(d, w.s.Colour()), r))...)
}

// pullRequest reads the number out of refs/pull/<number>/merge.
var pullRequest = regexp.MustCompile(`^refs/pull/([1-9][0-9]{0,9})/`)

// comment writes the diff to the pull request. A fork's token may not: then the
// job summary has it all, and the run goes on.
func (w *work) comment(ctx context.Context) error {
	if *w.in.comment == "" {
		return nil
	}
	m := pullRequest.FindStringSubmatch(w.s.Getenv("GITHUB_REF"))
	if m == nil {
		w.s.Notef("No pull request, no comment.")
		return nil
	}
	if *w.in.token == "" {
		w.warn("There is no comment without a token; the job summary has the same.")
		return nil
	}
	number, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	client, err := github.Open(w.s.Getenv("GITHUB_API_URL"), w.s.Getenv("GITHUB_REPOSITORY"), *w.in.token)
	if err != nil {
		return err
	}
	err = client.UpsertComment(ctx, number, "monitoring-stack "+*w.in.comment+" "+w.stack(), report.Markdown(w.result.document()))
	if errors.Is(err, github.ErrForbidden) {
		w.warn("The token may not comment on this pull request (a fork's never may); the job summary has the same.")
		return nil
	}
	return err
}

func (w *work) warn(text string) {
	w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "monitoring-stack", Message: text})
}
