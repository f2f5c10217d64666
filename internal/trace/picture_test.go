package trace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/trace"
	"github.com/cutover-dev/cutover/internal/trace/drawing"
)

// The report shows what was found, the map, and what is new or lost on it. With
// TRACE_SAMPLE=<folder> it is kept for somebody's eyes.
func TestReport(t *testing.T) {
	p, o := load(t, "healthy")
	m := drawn(t, "healthy")
	before := trace.Draw(o.Traces[:5], nil)
	before.Run = "run-1233-1"
	old := trace.Service{Name: "legacy-payments.internal.example.com", Type: "remote"}
	before.Nodes = append(before.Nodes, old)
	before.Calls = append(before.Calls, trace.Call{From: m.Nodes[3], To: old, Requests: 3, P95: 12000, Seen: trace.SeenTraces})
	for i := range m.Calls {
		if m.Calls[i].To.Name == "RDS" {
			m.Calls[i].Faults = 1
		}
	}
	r := trace.Result{Plan: p, Observation: o, Findings: trace.Check(p.Expectation(), o), Map: m}
	page, err := report.HTML("t", trace.Report(r, &before))
	if err != nil {
		t.Fatal(err)
	}
	summary := trace.Markdown(r, &before)
	for what, c := range map[string][2]string{
		"the verdict":            {string(page), "✓ pass"},
		"the lead":               {string(page), "11 requests sent, 11 traces found within 27s: all 38 checks pass."},
		"the map":                {string(page), `<svg class="m-map"`},
		"functions as one box":   {string(page), ">6 functions<"},
		"a lost call, dashed":    {string(page), `<path class="m-edge m-lost"`},
		"a lost node":            {string(page), ">LOST<"},
		"a new node":             {string(page), ">NEW<"},
		"faults at an edge":      {string(page), ">50% faults<"},
		"a table of changes":     {string(page), "lost call"},
		"a link to the console":  {string(page), "xray/home?region=us-east-1#/service-map?filter="},
		"Mermaid in the summary": {summary, "```mermaid\nflowchart LR\n"},
		"lost in the summary":    {summary, `-.->|"lost"|`},
		"new in the summary":     {summary, `==>|"new, p95 9.0 ms"|`},
	} {
		if !strings.Contains(c[0], c[1]) {
			t.Errorf("%s is not shown: %q", what, c[1])
		}
	}
	if first := trace.Markdown(r, nil); strings.Contains(first, "Since run") || strings.Contains(first, "lost") {
		t.Error("a first run has something to compare with")
	}
	if folder := os.Getenv("TRACE_SAMPLE"); folder != "" {
		for name, text := range map[string]string{"full.svg": drawing.SVG(trace.Picture(m, nil)), "diff.svg": drawing.SVG(trace.Picture(m, &before)), "page.html": string(page), "summary.md": summary} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// What is wrong comes first, and the lead names it.
func TestReportSaysNo(t *testing.T) {
	p, o := load(t, "annotation-missing")
	r := trace.Result{Plan: p, Observation: o, Findings: trace.Check(p.Expectation(), o), Map: trace.Draw(o.Traces, nil)}
	text := trace.Markdown(r, nil)
	if !strings.Contains(text, "1 of 38 checks say no, first annotation: userId: 1 of 11 segments without it.") {
		t.Error(text[:600])
	}
	if no, yes := strings.Index(text, "annotation: userId |"), strings.Index(text, "| destination |"); no < 0 || yes < no {
		t.Errorf("what is wrong stands at %d, what passes at %d", no, yes)
	}
}
