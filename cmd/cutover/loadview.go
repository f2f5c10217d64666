package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runner"
)

// phase is one of a plan, as --plan prints it.
type phase struct {
	Name     string  `json:"name"`
	Seconds  float64 `json:"seconds"`
	From     float64 `json:"from_rate"`
	To       float64 `json:"to_rate"`
	Arrivals int     `json:"arrivals"`
}

// planResult is the JSON result of load --plan (schemas/load-plan.schema.json).
type planResult struct {
	Name    string  `json:"name,omitempty"`
	Stage   string  `json:"stage,omitempty"`
	Target  string  `json:"target"`
	Seconds float64 `json:"seconds"`
	// Arrivals are virtual users; each makes the requests of one scenario.
	Arrivals  int             `json:"arrivals"`
	Requests  float64         `json:"requests"`
	PeakRate  float64         `json:"peak_rate"`
	Phases    []phase         `json:"phases"`
	Scenarios []load.Scenario `json:"scenarios"`
	Limits    load.Limits     `json:"limits"`
	Goals     []load.Goal     `json:"goals"`
	Notes     []string        `json:"notes"`
}

// tellPlan prints what would be sent.
func tellPlan(s *runner.Session, p load.Plan, notes []string) error {
	r := planResult{
		Name: p.Name, Stage: p.Stage, Target: p.Target, Seconds: p.Length().Seconds(), Arrivals: p.Total(), Requests: float64(p.Total()) * p.PerArrival(), PeakRate: p.Peak(),
		Phases: []phase{}, Scenarios: p.Mix, Limits: p.Limits, Goals: append([]load.Goal{}, p.Goals...), Notes: append([]string{}, notes...),
	}
	d := report.Document{Title: "A load for " + p.Target, Lead: fmt.Sprintf("%d arrivals within %s, up to %s requests a second.", r.Arrivals, p.Length(), report.Number(r.PeakRate))}
	table := report.Table{Columns: []report.Column{{Title: "phase"}, {Title: "lasts"}, {Title: "from, a second", Numeric: true}, {Title: "to, a second", Numeric: true}, {Title: "arrivals", Numeric: true}}}
	var begins time.Duration
	for n, f := range p.Phases {
		one := phase{Name: f.Name, Seconds: f.Duration.Seconds(), From: f.From, To: f.To, Arrivals: int(p.Hits(begins+f.Duration)+0.5) - int(p.Hits(begins)+0.5)}
		if one.Name == "" {
			one.Name = strconv.Itoa(n + 1)
		}
		begins += f.Duration
		r.Phases = append(r.Phases, one)
		table.Rows = append(table.Rows, []report.Cell{{Text: one.Name}, {Text: f.Duration.String()}, {Text: report.Number(f.From)}, {Text: report.Number(f.To)}, {Text: strconv.Itoa(one.Arrivals)}})
	}
	d.Blocks = append(d.Blocks, table)
	for _, n := range notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return s.Result(report.Terminal(d, s.Colour()), r)
}
