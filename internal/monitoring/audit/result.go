package audit

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is what came of an audit (schemas/monitoring-audit.schema.json).
type Result struct {
	Verdict  verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail,enum=inconclusive"`
	Lead     string          `json:"lead"`
	Project  string          `json:"project"`
	Stage    string          `json:"stage"`
	Findings []Finding       `json:"findings"`
}

func newResult(r Request) Result {
	return Result{Project: r.Plan.Project, Stage: r.Plan.Inventory.Stage, Findings: []Finding{}}
}

// judge combines the findings. A rule about things of which there is none, such
// as buckets, says nothing, and is left out; that there is no function or no
// alarm at all fails by a rule of its own.
func (r *Result) judge() {
	var judged []verdict.Finding
	for _, f := range r.Findings {
		if f.Sample == 0 && f.Verdict == verdict.Inconclusive && f.Observed != nil {
			continue
		}
		judged = append(judged, f.Finding)
	}
	failed := 0
	for _, f := range judged {
		if f.Verdict == verdict.Fail {
			failed++
		}
	}
	r.Verdict = verdict.Worst(judged)
	switch r.Verdict {
	case verdict.Pass:
		r.Lead = fmt.Sprintf("All %d rules hold.", len(judged))
	case verdict.Fail:
		r.Lead = fmt.Sprintf("%d of %d rules do not hold.", failed, len(judged))
	default:
		r.Lead = "Nothing is known to be wrong, and not everything could be seen."
	}
}

// mostShown is how many things of a rule a document names.
const mostShown = 20

// Document shows the result for people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Audit of " + r.Project + " in " + r.Stage, Verdict: r.Verdict, Lead: r.Lead}
	t := report.Table{Columns: []report.Column{{Title: "rule"}, {Title: "verdict"}, {Title: "looked at", Numeric: true}, {Title: "do not hold", Numeric: true}, {Title: "what to do"}}}
	for _, f := range r.Findings {
		bad := ""
		if f.Observed != nil {
			bad = fmt.Sprint(*f.Observed)
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: f.Rule}, {Text: string(f.Verdict), Tone: report.ToneOf(f.Verdict)}, {Text: fmt.Sprintf("%d %s", f.Sample, f.SampleOf)}, {Text: bad}, {Text: f.Change}})
	}
	d.Blocks = append(d.Blocks, t)
	for _, f := range r.Findings {
		if len(f.Things) == 0 {
			continue
		}
		things := report.Table{Caption: f.Rule, Columns: []report.Column{{Title: f.SampleOf}, {Title: "verdict"}, {Title: "why"}}, More: max(len(f.Things)-mostShown, 0)}
		for _, x := range f.Things[:min(len(f.Things), mostShown)] {
			things.Rows = append(things.Rows, []report.Cell{{Text: x.Name, Code: true}, {Text: string(x.Verdict), Tone: report.ToneOf(x.Verdict)}, {Text: x.Why}})
		}
		d.Blocks = append(d.Blocks, things)
	}
	return d
}
