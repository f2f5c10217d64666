package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// result is what the action prints (schemas/trace-check.schema.json).
type result struct {
	Project string          `json:"project"`
	Stage   string          `json:"stage"`
	Region  string          `json:"region"`
	Run     string          `json:"run"`
	URL     string          `json:"url"`
	Verdict verdict.Verdict `json:"verdict,omitempty" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead    string          `json:"lead"`
	// Sent counts the requests, Found and Missing the traces of those whose trace
	// had to be kept.
	Sent     int             `json:"sent"`
	Found    int             `json:"found"`
	Missing  int             `json:"missing"`
	Findings []trace.Finding `json:"findings"`
	Map      *trace.Map      `json:"map,omitempty"`
	// Difference is absent where there was no map to compare with.
	Difference *trace.Difference `json:"difference,omitempty"`
	// Kept is where the map is kept now.
	Kept       string `json:"kept,omitempty"`
	ConsoleURL string `json:"console_url,omitempty"`
}

// tell shows the result everywhere and passes err on.
func (w *work) tell(err error) error {
	r := w.result
	d := report.Document{Title: "Traces of " + r.Project + " in " + r.Stage, Lead: r.Lead}
	summary := ""
	if w.judged != nil {
		d, summary = trace.Report(*w.judged, w.before), trace.Markdown(*w.judged, w.before)
	}
	if d.Lead == "" {
		d.Lead = "Nothing was judged: see the error."
		r.Lead = d.Lead
	}
	if summary == "" {
		summary = report.Markdown(d)
	}
	w.s.Summary(summary)
	problems := []error{err}
	page := ""
	if *w.in.report != "" && w.judged != nil {
		html, err := report.HTML(d.Title, d)
		if err == nil {
			err = w.s.WriteFile("report", *w.in.report, html)
		}
		if problems = append(problems, err); err == nil {
			page = *w.in.report
		}
	}
	if *w.in.mapOut != "" && r.Map != nil {
		problems = append(problems, w.s.WriteFile("map", *w.in.mapOut, r.Map.JSON()))
	}
	outputs := map[string]string{
		"verdict": string(r.Verdict), "lead": r.Lead, "found": strconv.Itoa(r.Found), "missing": strconv.Itoa(r.Missing), "edges-new": "0", "edges-lost": "0",
		"map": r.Kept, "report": page, "console-url": r.ConsoleURL,
	}
	if r.Difference != nil {
		outputs["edges-new"], outputs["edges-lost"] = strconv.Itoa(len(r.Difference.NewCalls)), strconv.Itoa(len(r.Difference.LostCalls))
	}
	for name, value := range outputs {
		problems = append(problems, w.s.Output(name, value))
	}
	return errors.Join(append(problems, w.s.Result(report.Terminal(d, w.s.Colour()), r))...)
}

// ends is what the verdict means for the job: a no is a gate's, unless the
// workflow only wants to hear of it; what could not be seen is no yes.
func (w *work) ends() error {
	lead := strings.TrimSuffix(w.result.Lead, ".")
	switch {
	case w.result.Verdict == verdict.Pass:
		return nil
	case w.result.Verdict != verdict.Fail:
		return &fault.Fault{Kind: fault.Outside, Runbooks: w.runbooks(), What: lead, Next: "The table says what could not be seen; run it again."}
	case *w.in.enforce == enforceWarn:
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "trace-check", Message: lead + ".", Runbooks: w.runbooks()})
		return nil
	}
	return &fault.Fault{Kind: fault.Gate, Runbooks: w.runbooks(), What: lead, Next: "The table says what to do about each row."}
}

// runbooks are the sections for the rows that did not pass.
func (w *work) runbooks() (all []runbook.Kind) {
	for _, f := range w.result.Findings {
		if f.Verdict != verdict.Pass {
			all = append(all, runbook.Row("traces", f.Name))
		}
	}
	return all
}

// lost says what is gone since the last map; nobody else would.
func (w *work) lost(d trace.Difference) {
	for _, c := range d.LostCalls {
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "trace-check", Message: fmt.Sprintf("%s does not call %s any more, as it did in %s.", c.From.Name, c.To.Name, d.Before)})
	}
}

// saw puts what was seen into the result.
func (w *work) saw(r trace.Result, before *trace.Map) {
	w.judged, w.before = &r, before
	to := &w.result
	to.Verdict, to.Lead, to.Findings, to.Map = r.Verdict(), trace.Report(r, before).Lead, r.Findings, &r.Map
	if places := trace.Console(r.Plan, r.Observation); len(places) > 0 {
		to.ConsoleURL = places[0].URL
	}
	there := map[string]bool{}
	for _, t := range r.Observation.Traces {
		there[t.ID] = true
	}
	for _, s := range r.Observation.Sent {
		switch {
		case !s.Decided:
		case there[s.TraceID]:
			to.Found++
		default:
			to.Missing++
		}
	}
	to.Sent = len(r.Observation.Sent)
	if before != nil {
		d := trace.Compare(*before, r.Map)
		to.Difference = &d
		w.lost(d)
	}
}
