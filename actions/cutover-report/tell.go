package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// result is what the action prints (schemas/cutover-report.schema.json). The
// comparison as a whole, from which it is taken, is the file of the input out.
type result struct {
	Command  string              `json:"command" jsonschema:"enum=report,enum=baseline,enum=decide"`
	Project  string              `json:"project,omitempty"`
	Stage    string              `json:"stage,omitempty"`
	Verdict  verdict.Verdict     `json:"verdict,omitempty" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Decision comparison.Decision `json:"decision,omitempty" jsonschema:"enum=proceed,enum=return,enum=undecided"`
	Lead     string              `json:"lead"`
	// Rows is empty where nothing was compared.
	Rows   []comparison.Row  `json:"rows"`
	Facts  []comparison.Fact `json:"facts"`
	Advice []string          `json:"advice"`
	// Hash is the SHA-256 of the comparison.
	Hash        string `json:"hash,omitempty"`
	Kept        string `json:"kept,omitempty"`
	PullRequest string `json:"pull_request,omitempty"`
}

// keptBaseline says where the baseline lies, and what it is.
func (w *work) keptBaseline(address string, b baseline, how string) {
	w.result.Kept = address
	w.result.Lead = fmt.Sprintf("What %s was before the first shift %s: %s requests, %s to %s.", nameBlue, how, report.Number(float64(b.Side.Requests)), b.Side.Window.From.Format(time.RFC3339), b.Side.Window.To.Format(time.RFC3339))
	w.s.Notef("%s", w.result.Lead)
}

// judged takes over what was found.
func (w *work) judged(r comparison.Report, hash string) {
	w.report = &r
	to := &w.result
	to.Verdict, to.Decision, to.Lead, to.Hash = r.Verdict, r.Decision, r.Lead, hash
	to.Rows = append(to.Rows, r.Rows...)
	to.Facts = append(to.Facts, r.Facts...)
	to.Advice = append(to.Advice, r.Advice...)
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	r := &w.result
	if r.Lead == "" {
		r.Lead = "Nothing was compared: see the error."
	}
	problems := []error{err}
	page, record := "", ""
	text := report.Terminal(report.Document{Title: "Both sides of " + r.Project + " " + r.Stage, Lead: r.Lead}, w.s.Colour())
	if w.report != nil {
		text = report.Terminal(w.report.Document(), w.s.Colour())
		page, record = w.files(&problems)
		w.s.Summary(report.Markdown(w.report.Document()))
	} else {
		w.s.Summary(report.Markdown(report.Document{Title: "Both sides of " + r.Project + " " + r.Stage, Lead: r.Lead}))
	}
	title, fields := w.people()
	for name, value := range map[string]string{
		"verdict": string(r.Verdict), "decision": string(r.Decision), "lead": r.Lead, "savings": savings(r.Rows), "rows": rows(r.Rows), "hash": r.Hash,
		"report": page, "record": record, "kept": r.Kept, "pull-request": r.PullRequest, "title": title, "fields": fields,
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(append(problems, w.s.Result(text, r))...)
}

// files writes what was asked for and says which of them are there.
func (w *work) files(problems *[]error) (page, record string) {
	write := func(input, path string, content func() ([]byte, error)) string {
		if path == "" {
			return ""
		}
		text, err := content()
		if err == nil {
			err = w.s.WriteFile(input, path, text)
		}
		*problems = append(*problems, err)
		if err != nil {
			return ""
		}
		return path
	}
	page = write("report", *w.in.report, w.report.HTML)
	write("out", *w.in.out, w.report.Canonical)
	record = write("record", *w.in.record, func() ([]byte, error) {
		if w.record != "" {
			return []byte(w.record), nil
		}
		// Nobody has decided yet: a draft.
		text, err := w.report.Record(w.approval(time.Now()))
		return []byte(text), err
	})
	return page, record
}

// rows are the verdicts by name.
func rows(all []comparison.Row) string {
	var lines []string
	for _, r := range all {
		lines = append(lines, r.Name+": "+string(r.Verdict))
	}
	return strings.Join(lines, "\n")
}

// savings is the percentage that is saved, empty where that is unknown.
func savings(all []comparison.Row) string {
	for _, r := range all {
		if r.Name == "savings" && r.Observed != nil {
			return strconv.FormatFloat(*r.Observed, 'g', 6, 64)
		}
	}
	return ""
}

// people is what they are told in Slack.
func (w *work) people() (title, fields string) {
	r := w.result
	if w.report == nil {
		if r.Kept == "" {
			return "", ""
		}
		return "Baseline of " + nameBlue + " kept", "Result: " + r.Lead
	}
	told := w.report.Tell()
	lines := []string{"Result: " + told.Text}
	for _, f := range told.Fields {
		lines = append(lines, f.Name+": "+f.Value)
	}
	if *w.in.command == cmdDecide && r.Kept != "" {
		told.Title = "Decided: " + words(r.Decision)
		lines = append(lines, "Approver: "+w.approver)
	}
	return told.Title, strings.Join(lines, "\n")
}

// ends is what the verdict means for the job: a no is a gate's, unless the
// workflow only wants to hear of it. What is open ends nothing here, since the
// report itself is whole; decide refuses it.
func (w *work) ends() error {
	lead := trimmed(w.result.Lead)
	if w.result.Verdict == verdict.Fail && *w.in.enforce == enforceFail {
		return &fault.Fault{Kind: fault.Gate, Runbooks: runbooks(w.result.Rows), What: lead, Next: "The table says what failed, and by how much."}
	}
	if w.result.Verdict != verdict.Pass {
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "cutover-report", Message: lead + ".", Runbooks: runbooks(w.result.Rows)})
	}
	return nil
}

// runbooks are the sections for the rows that did not pass.
func runbooks(rows []comparison.Row) (all []runbook.Kind) {
	for _, r := range rows {
		if r.Verdict != verdict.Pass {
			all = append(all, runbook.Row("comparison", r.Name))
		}
	}
	return all
}

func trimmed(lead string) string { return strings.TrimSuffix(lead, ".") }
