package trace

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/trace/drawing"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Report tells what a check has found, with the map and what has changed since
// an earlier one, or nil.
func Report(r Result, before *Map) report.Document {
	d := report.Document{Title: "Traces of " + r.Plan.Project + " in " + r.Plan.Stage, Verdict: r.Verdict(), Lead: r.lead()}
	// What is wrong, then the picture, then everything.
	if wrong := slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.State == StatePass }); len(wrong) > 0 {
		d.Blocks = append(d.Blocks, wrong.table())
	}
	if len(r.Map.Nodes) > 0 {
		picture := template.HTML(drawing.SVG(Picture(r.Map, before))) //nolint:gosec // the drawing escapes every name, which TestHostileNamesAreText holds
		d.Blocks = append(d.Blocks, report.Section{Title: mapTitle}, report.Rich{HTML: picture})
	}
	if before != nil {
		d.Blocks = append(d.Blocks, Compare(*before, r.Map).blocks()...)
	}
	if len(r.Map.Nodes) > 0 {
		d.Blocks = append(d.Blocks, r.Map.table())
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Every check"}, r.Findings.table())
	rows := [][]report.Cell{}
	for _, p := range Console(r.Plan, r.Observation) {
		rows = append(rows, []report.Cell{{Text: p.Title, Href: p.URL}})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "In the AWS console"}, report.Table{Columns: []report.Column{{}}, Rows: rows})
	if r.Observation.EdgesUnread != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: "AWS's own service graph could not be read, so the map is of this run's traces alone: " + clip(r.Observation.EdgesUnread)})
	}
	return d
}

// Markdown is the report for a job summary, with the map as Mermaid, which GitHub
// draws.
func Markdown(r Result, before *Map) string {
	text := report.Markdown(Report(r, before))
	if len(r.Map.Nodes) == 0 {
		return text
	}
	head, rest, _ := strings.Cut(text, "### "+mapTitle+"\n")
	return head + "### " + mapTitle + "\n\n" + drawing.Mermaid(Picture(r.Map, before)) + rest
}

const mapTitle = "Service map"

// lead is the sentence that somebody reads who reads only one.
func (r Result) lead() string {
	bad, unknown := 0, 0
	for _, f := range r.Findings {
		bad += count(f.Verdict == verdict.Fail)
		unknown += count(f.Verdict == verdict.Inconclusive)
	}
	o := r.Observation
	sent := fmt.Sprintf("%s sent, %s found within %s: ", report.Count(len(o.Sent), "request"), report.Count(len(o.Traces), "trace"), short(o.Waited))
	switch {
	case bad > 0:
		first := r.Findings[slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Verdict == verdict.Fail })]
		return sent + fmt.Sprintf("%d of %d checks say no, first %s: %s.", bad, len(r.Findings), first.Name, first.What)
	case unknown > 0:
		return sent + fmt.Sprintf("%d of %d checks could not be made.", unknown, len(r.Findings))
	case len(r.Findings) == 0:
		return sent + "nothing was held to anything."
	}
	return sent + fmt.Sprintf("all %d checks pass.", len(r.Findings))
}

// table is one row a finding, what is wrong first.
func (f Findings) table() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "check"}, {Title: "result"}, {Title: "found"}, {Title: "of", Numeric: true}, {Title: "what to do"}}}
	rows := slices.Clone(f)
	weight := map[State]int{StateFail: 0, StateMissing: 0, StateUnknown: 1, StatePass: 2}
	slices.SortStableFunc(rows, func(a, b Finding) int { return weight[a.State] - weight[b.State] })
	for _, row := range rows {
		what := row.What
		for _, c := range row.Cases {
			what += "; " + c
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: row.Name}, {Text: string(row.State), Tone: report.ToneOf(row.Verdict)}, {Text: what}, {Text: fmt.Sprint(row.Sample)}, {Text: row.Change}})
	}
	if !slices.ContainsFunc(rows, func(f Finding) bool { return f.Change != "" }) {
		t.Columns = t.Columns[:len(t.Columns)-1] // there is nothing to do
	}
	return t
}

// table is one row a call.
func (m Map) table() report.Table {
	t := report.Table{Caption: "Who calls whom", Columns: []report.Column{{Title: "from"}, {Title: "to"}, {Title: "calls", Numeric: true}, {Title: "p50", Numeric: true}, {Title: "p95", Numeric: true},
		{Title: "mean", Numeric: true}, {Title: "faults", Numeric: true}, {Title: "errors", Numeric: true}, {Title: "seen by"}}}
	seen := map[string]string{SeenTraces: "our traces", SeenAWS: "AWS alone", SeenBoth: "our traces and AWS"}
	for i, c := range m.Calls {
		if i == mostRows {
			t.More = len(m.Calls) - mostRows
			break
		}
		tone := report.Plain
		if c.Faults > 0 {
			tone = report.Bad
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: clip(c.From.Name)}, {Text: clip(c.To.Name)}, {Text: fmt.Sprint(c.Requests)}, {Text: latency(c.P50)}, {Text: latency(c.P95)},
			{Text: latency(c.Mean)}, {Text: rate(c.Faults, c.Requests), Tone: tone}, {Text: rate(c.Errors, c.Requests)}, {Text: seen[c.Seen]}})
	}
	return t
}

const mostRows = 100

// blocks tell what has changed.
func (d Difference) blocks() []report.Block {
	t := report.Table{Caption: "Since run " + clip(d.Before), Columns: []report.Column{{Title: "what"}, {Title: "from"}, {Title: "to"}, {Title: "p95 before", Numeric: true}, {Title: "p95 now", Numeric: true}}}
	for _, c := range d.LostCalls {
		t.Rows = append(t.Rows, []report.Cell{{Text: "lost call", Tone: report.Bad}, {Text: clip(c.From.Name)}, {Text: clip(c.To.Name)}, {Text: latency(c.P95)}, {Text: "–"}})
	}
	for _, c := range d.NewCalls {
		t.Rows = append(t.Rows, []report.Cell{{Text: "new call", Tone: report.Good}, {Text: clip(c.From.Name)}, {Text: clip(c.To.Name)}, {Text: "–"}, {Text: latency(c.P95)}})
	}
	for _, n := range d.LostNodes {
		t.Rows = append(t.Rows, []report.Cell{{Text: "lost node", Tone: report.Bad}, {Text: clip(n.Name)}, {Text: typeWord(n.Type)}})
	}
	for _, n := range d.NewNodes {
		t.Rows = append(t.Rows, []report.Cell{{Text: "new node", Tone: report.Good}, {Text: clip(n.Name)}, {Text: typeWord(n.Type)}})
	}
	for _, c := range d.Changed {
		if c.After > 2*c.Before || c.Before > 2*c.After {
			t.Rows = append(t.Rows, []report.Cell{{Text: "latency"}, {Text: clip(c.From.Name)}, {Text: clip(c.To.Name)}, {Text: latency(c.Before)}, {Text: latency(c.After)}})
		}
	}
	if len(t.Rows) == 0 {
		return []report.Block{report.Text{Body: "Nothing has changed on the map since run " + clip(d.Before) + ": no call or node is new or lost, and no latency is twice or half of what it was."}}
	}
	if len(t.Rows) > mostRows {
		t.More, t.Rows = len(t.Rows)-mostRows, t.Rows[:mostRows]
	}
	return []report.Block{t}
}
