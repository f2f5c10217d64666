package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/runner"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// result is what the action prints (schemas/load-test.schema.json).
type result struct {
	Project string          `json:"project"`
	Stage   string          `json:"stage"`
	Profile string          `json:"profile"`
	Verdict verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead    string          `json:"lead"`
	// Findings are absent for a shard, which is judged with the others.
	Findings []verdict.Finding `json:"findings"`
	Load     load.Result       `json:"load"`
}

// judge holds a whole result to its goals and to how the stage scaled.
func (w *work) judge(ctx context.Context, r load.Result) error {
	findings := load.Judge(r)
	var minutes []load.Minute
	var err error
	// Nobody waits for CloudWatch because of a run that says nothing.
	if *w.in.settle > 0 && r.Valid {
		minutes, err = w.scaled(ctx, r)
	}
	if *w.in.settle > 0 {
		// What could not be read is a row that says so.
		findings = append(findings, load.Scaling(w.whole(), r, minutes)...)
	}
	if w.file.Monitoring == nil {
		// Only the stage's own stack counts cold starts: without it the row could
		// never be anything but open.
		findings = slices.DeleteFunc(findings, func(f verdict.Finding) bool { return f.Name == "cold_starts" })
	}
	colds := 0.0
	for _, m := range minutes {
		if m.Colds != nil {
			colds += *m.Colds
		}
	}
	if colds > 0 {
		r.Colds = &load.Colds{Count: int(colds), Durations: [][2]int64{}}
	}
	return w.tell(r, findings, minutes, err)
}

// whole is the plan of all shards.
func (w *work) whole() load.Plan {
	p := w.plan
	p.Part = load.Part{}
	return p
}

// tellPart keeps a shard's result. A shard is no verdict.
func (w *work) tellPart(r load.Result) error {
	return w.tell(r, nil, nil, nil)
}

// tell shows the result everywhere and ends as it says.
func (w *work) tell(r load.Result, findings []verdict.Finding, minutes []load.Minute, err error) error {
	d := load.Describe(r, findings, minutes)
	told := result{Project: w.file.Project, Stage: w.plan.Stage, Profile: w.plan.Name, Verdict: verdict.Inconclusive, Lead: load.Lead(r), Findings: findings, Load: r}
	if findings == nil {
		told.Findings = []verdict.Finding{}
	} else {
		told.Verdict = verdict.Worst(findings)
	}
	w.s.Summary(report.Markdown(d))
	problems := []error{err}
	files := map[string]string{}
	keep := func(name, path string, text []byte, err error) {
		if err == nil {
			err = w.s.WriteFile(name, path, text)
		}
		if problems = append(problems, err); err == nil {
			files[name] = path
		}
	}
	if *w.in.out != "" {
		text, err := json.Marshal(r) // a line each for some hundred thousand numbers would make it three times as large
		keep("out", *w.in.out, append(text, '\n'), err)
	}
	if *w.in.report != "" {
		page, err := report.HTML(d.Title, d)
		keep("report", *w.in.report, page, err)
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	for name, value := range map[string]string{
		"verdict": string(told.Verdict), "lead": told.Lead, "valid": strconv.FormatBool(r.Valid), "achieved-rate": number(r.AchievedRate),
		"p95": number(r.Latency.P95), "p99": number(r.Latency.P99), "errors": strconv.Itoa(r.Errors), "result": files["out"], "report": files["report"],
	} {
		problems = append(problems, w.s.Output(name, value))
	}
	problems = append(problems, w.s.Result(report.Terminal(d, w.s.Colour()), told))
	if err == nil {
		problems = append(problems, w.ends(r, told.Verdict, findings))
	}
	return errors.Join(problems...)
}

// ends is what the verdict means for the job: a no is a gate's, unless the
// workflow only wants to hear of it; what is no measurement is no yes.
func (w *work) ends(r load.Result, v verdict.Verdict, findings []verdict.Finding) error {
	lead := strings.TrimSuffix(load.Lead(r), ".")
	switch {
	case !r.Valid:
		return &fault.Fault{Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.LoadInvalid}, What: "the run is no measurement: " + r.Invalid[0]}
	case findings == nil, v == verdict.Pass:
		return nil
	case v == verdict.Inconclusive:
		return &fault.Fault{Kind: fault.Outside, Runbooks: runbooks(r, findings), What: lead, Next: "The table says what could not be seen; run it again."}
	case *w.in.enforce == enforceWarn:
		w.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "load-test", Message: lead + ".", Runbooks: runbooks(r, findings)})
		return nil
	}
	return &fault.Fault{Kind: fault.Gate, Runbooks: runbooks(r, findings), What: lead, Next: "The table says what to do about each row."}
}

// runbooks are the sections for the rows that did not pass.
func runbooks(r load.Result, findings []verdict.Finding) (all []runbook.Kind) {
	if r.Stopped != "" {
		all = append(all, runbook.LoadStopped)
	}
	for _, f := range findings {
		if f.Verdict != verdict.Pass {
			all = append(all, runbook.Row("load", f.Name))
		}
	}
	return all
}
