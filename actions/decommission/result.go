package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/image"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// result is what the action prints (schemas/decommission.schema.json). A command
// fills in its own part.
type result struct {
	Command string `json:"command"`
	Project string `json:"project"`
	Stage   string `json:"stage"`
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
	// Plan is the SHA-256 of the plan, Kept where it lies.
	Plan    string          `json:"plan_sha256,omitempty"`
	Kept    string          `json:"kept,omitempty"`
	Step    string          `json:"step" jsonschema:"enum=ready,enum=gate,enum=freeze,enum=detach,enum=lock,enum=zero,enum=hold,enum=simple,enum=archive,enum=lift,enum=delete,enum=sweep,enum=validate,enum=document,enum=done,enum=aborting,enum=aborted,enum=stopped"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead    string          `json:"lead"`
	// Frozen says that nobody may deploy to ECS.
	Frozen  bool   `json:"frozen"`
	Monthly string `json:"monthly,omitempty"`
	// Targets go, in this order; Refusals are why there is no plan.
	Targets  []target     `json:"targets,omitempty"`
	Refusals []refusal    `json:"refusals,omitempty"`
	Approval *approval    `json:"approval,omitempty"`
	Wait     *waited      `json:"wait,omitempty"`
	Hold     *held        `json:"hold,omitempty"`
	Drift    []plan.Drift `json:"drift,omitempty"`
	Refused  string       `json:"refused,omitempty"`
	// Did are the actions that were carried out, Deleted what the world no longer
	// shows.
	Did         []did            `json:"did"`
	Deleted     []string         `json:"deleted"`
	Dangling    []string         `json:"dangling,omitempty"`
	Events      []retire.Event   `json:"events"`
	Archived    []image.Result   `json:"archived,omitempty"`
	Verified    []image.Report   `json:"verified,omitempty"`
	Restored    []image.Restored `json:"restored,omitempty"`
	KitFiles    []string         `json:"kit_files,omitempty"`
	PullRequest string           `json:"pull_request,omitempty"`
	Trouble     []string         `json:"trouble"`

	// document is what people see.
	document report.Document
}

type target struct {
	ARN     string   `json:"arn"`
	Kind    string   `json:"kind"`
	Owner   string   `json:"owner"`
	Way     string   `json:"way"`
	After   []string `json:"after"`
	Restore string   `json:"restore"`
	Monthly string   `json:"monthly,omitempty"`
}

type refusal struct {
	Rule string `json:"rule"`
	ARN  string `json:"arn,omitempty"`
	What string `json:"what"`
	Next string `json:"next"`
}

type approval struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Expires time.Time `json:"expires"`
}

type waited struct {
	What  string     `json:"what"`
	Until *time.Time `json:"until" jsonschema:"nullable"`
}

type held struct {
	Kind   string    `json:"kind"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason"`
	Next   string    `json:"next"`
}

type did struct {
	Verb string `json:"verb"`
	ARN  string `json:"arn"`
}

func newResult(command, project, stage string) result {
	return result{Command: command, Project: project, Stage: stage, Step: string(retire.Ready), Verdict: verdict.Inconclusive, Did: []did{}, Deleted: []string{}, Events: []retire.Event{}, Trouble: []string{}}
}

// planned takes what a plan says.
func (r *result) planned(p plan.Sealed) {
	r.Plan, r.Monthly, r.Verdict = p.PlanSHA256, string(p.Plan.Monthly), verdict.Pass
	for _, t := range p.Plan.Targets {
		one := target{ARN: t.ARN, Kind: string(t.Kind), Owner: t.Owner, Way: string(t.Way), After: t.After, Restore: t.Restore}
		if t.Monthly != nil {
			one.Monthly = t.Monthly.String()
		}
		r.Targets = append(r.Targets, one)
	}
	r.document = p.Document()
	r.Lead = r.document.Lead
}

// refused takes why there is no plan.
func (r *result) refused(all plan.Refusals) {
	r.Verdict = verdict.Fail
	for _, one := range all {
		r.Refusals = append(r.Refusals, refusal{string(one.Rule), one.ARN, one.What, one.Next})
	}
	r.document = all.Document()
	r.Lead = r.document.Lead
}

// of takes what a state says.
func (r *result) of(s retire.State) {
	r.Step, r.Wait, r.Hold, r.Approval, r.Deleted = string(s.Step), nil, nil, nil, []string{}
	if s.Wait != nil {
		r.Wait = &waited{What: s.Wait.What}
		if until := s.Wait.Until.UTC(); !s.Wait.Until.IsZero() {
			r.Wait.Until = &until
		}
	}
	if h := s.Hold; h != nil {
		r.Hold = &held{string(h.Kind), h.Since.UTC(), h.Reason, h.Next}
	}
	if a := s.Approval; a != nil {
		r.Approval = &approval{a.By, a.At.UTC(), a.Expires.UTC()}
	}
	for _, d := range s.Deleted {
		r.Deleted = append(r.Deleted, d.ARN)
	}
	at := slices.Index(retire.Steps(), s.Step)
	r.Frozen = at >= slices.Index(retire.Steps(), retire.Freezing) || s.Step == retire.Aborting || s.Step == retire.Stopped
	r.Dangling, r.PullRequest = s.Dangling, s.PullRequest
}

// document tells where it stands.
func (w *work) document(s retire.State, now time.Time) {
	r := &w.result
	if w.sealed == nil {
		r.Lead = "Nothing has begun."
		return
	}
	r.document = retire.Status(*w.sealed, s, now)
	r.Verdict, r.Lead = r.document.Verdict, r.document.Lead
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	r := &w.result
	d := r.document
	if d.Title == "" {
		d = report.Document{Title: "Retirement of " + r.Project + " " + r.Stage, Verdict: r.Verdict}
	}
	if d.Lead = r.Lead; d.Lead == "" {
		d.Lead = "Nothing was found out: see the error."
		r.Lead = d.Lead
	}
	if len(r.Trouble) > 0 {
		d.Blocks = append(slices.Clone(d.Blocks), report.Section{Title: "What did not work, and is tried again"})
		for _, t := range r.Trouble {
			d.Blocks = append(d.Blocks, report.Text{Body: t})
		}
	}
	kinds := r.sections(err)
	if len(kinds) > 0 {
		d.Blocks = append(slices.Clone(d.Blocks), w.s.RunbookTable(kinds...))
	}
	w.s.Summary(report.Markdown(d))
	problems := []error{err}
	page := w.files(d, &problems)
	title, fields := r.people(err)
	if fields != "" && len(kinds) > 0 {
		fields += "\nRunbook: " + w.s.Runbook(kinds[0])
	}
	until := ""
	if r.Wait != nil && r.Wait.Until != nil {
		until = r.Wait.Until.Format(time.RFC3339)
	}
	holds := ""
	if r.Hold != nil {
		holds = r.Hold.Reason
	}
	for name, value := range map[string]string{
		"plan-sha256": r.Plan, "step": r.Step, "verdict": string(r.Verdict), "lead": r.Lead, "held": holds, "until": until, "frozen": strconv.FormatBool(r.Frozen),
		"deleted": strings.Join(r.Deleted, "\n"), "monthly": r.Monthly, "kept": r.Kept, "report": page, "pull-request": r.PullRequest, "title": title, "fields": fields,
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(append(problems, w.s.Result(report.Terminal(d, w.s.Colour()), *r))...)
}

// files writes what was asked for.
func (w *work) files(d report.Document, problems *[]error) (page string) {
	if path := *w.in.report; path != "" {
		text, err := report.HTML(d.Title, d)
		if err == nil {
			err = w.s.WriteFile("report", path, text)
		}
		if *problems = append(*problems, err); err == nil {
			page = path
		}
	}
	if path := *w.in.out; path != "" && w.sealed != nil {
		*problems = append(*problems, w.s.WriteFile("out", path, w.sealed.JSON()))
	}
	return page
}

// sections are those of the runbooks for what stands in the way.
func (r result) sections(err error) (all []runbook.Kind) {
	if r.Hold != nil {
		all = append(all, runbook.Row("retire", r.Hold.Kind))
	}
	for _, one := range r.Refusals {
		all = append(all, runbook.Row("retire", one.Rule))
	}
	for _, f := range fault.All(err) {
		all = append(all, f.Runbooks...)
	}
	return all
}

// people is what they are told in Slack; nothing where nothing happened.
func (r result) people(err error) (title, fields string) {
	news := r.Command == cmdPlan || r.Command == cmdArchive || r.Command == cmdRestore || len(r.Did) > 0 || err != nil
	for _, e := range r.Events {
		news = news || e.Kind != retire.Released && r.Command != cmdStatus
	}
	if !news || r.Command == cmdStatus || r.Command == cmdFrozen || r.Command == cmdVerify && err == nil {
		return "", ""
	}
	title = "Retirement of ECS: " + r.Step
	if r.Command == cmdPlan {
		title = "Retirement of ECS: a plan"
	}
	lines := []string{"Result: " + r.Lead}
	if r.Hold != nil {
		lines = append(lines, "Held: "+r.Hold.Reason, "Way out: "+r.Hold.Next)
	}
	if r.Approval != nil {
		lines = append(lines, "Approved by: "+r.Approval.By)
	}
	if r.Plan != "" {
		lines = append(lines, "Plan: "+r.Plan)
	}
	if len(r.Deleted) > 0 {
		lines = append(lines, fmt.Sprintf("Gone: %d", len(r.Deleted)))
	}
	if r.Monthly != "" {
		lines = append(lines, "Saved a month: "+r.Monthly)
	}
	for i, l := range lines {
		lines[i] = strings.Join(strings.Fields(l), " ")
	}
	return title, strings.Join(lines, "\n")
}
