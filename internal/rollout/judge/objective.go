package judge

import (
	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Names of the objectives, as findings, reports and JSON results call them.
const (
	ErrorRate   = "error_rate"
	Slow        = "slow"
	Rejected    = "rejected"
	ColdStart   = "cold_start"
	Throttles   = "throttles"
	Connections = "database_connections"
	DatabaseCPU = "database_cpu"
	CacheMemory = "cache_memory"
	Cost        = "cost_per_million"
)

// Objective is one thing that green is held to. Exactly one of share, gauge
// and compared is what it is.
type Objective struct {
	Name string
	// Prove says that promotion needs proof; otherwise it is a guard, which
	// can only stop.
	Prove bool
	// Limit in its unit: a share from 0 to 1, or dollars.
	Limit float64
	// Hard is a level so far past the limit that no further test is needed;
	// 0 is none. For Rejected it is how far green may lie above blue.
	Hard float64
	// Unit of Limit and Hard: "%" for a share, "$" for money.
	Unit string
	// Correlation within a minute, measured in the baseline; 0 unless shown.
	Correlation float64

	share    func(Counts) (bad, total int64)
	gauge    func(Gauges) float64
	compared bool // has no limit of its own, only blue to be measured by
}

// Objectives compiles the sections of cutover.yaml. gauges names those levels
// that are measured here; the others are not judged.
func Objectives(o slo.Objectives, gauges ...string) []Objective {
	list := []Objective{
		{Name: ErrorRate, Prove: o.ErrorRate.Role == slo.Prove, Limit: o.ErrorRate.Below.Fraction(), Hard: o.ErrorRate.RollbackAbove.Fraction(), Unit: "%",
			share: func(c Counts) (int64, int64) { return c.Errors, c.Requests }},
		{Name: Slow, Prove: o.Latency.Role == slo.Prove, Limit: (unit.Full - o.Latency.Share).Fraction(), Unit: "%",
			share: func(c Counts) (int64, int64) { return c.Slow, c.Requests }},
		{Name: Rejected, Hard: o.Rejections.RollbackAbove.Fraction(), Unit: "%", compared: true,
			share: func(c Counts) (int64, int64) { return c.Rejected, c.Requests }},
		{Name: ColdStart, Limit: (unit.Full - o.ColdStart.Share).Fraction(), Unit: "%",
			share: func(c Counts) (int64, int64) { return c.SlowColdStarts, c.ColdStarts }},
		{Name: Throttles, Limit: o.Throttles.Below.Fraction(), Unit: "%",
			share: func(c Counts) (int64, int64) { return c.Throttles, c.Invocations + c.Throttles }},
	}
	known := map[string]Objective{
		Connections: {Limit: o.DatabaseConnections.Below.Fraction(), Hard: o.DatabaseConnections.RollbackAbove.Fraction(), Unit: "%", gauge: func(g Gauges) float64 { return g.Connections }},
		DatabaseCPU: {Limit: o.DatabaseCPU.Below.Fraction(), Unit: "%", gauge: func(g Gauges) float64 { return g.DatabaseCPU }},
		CacheMemory: {Limit: o.CacheMemory.Below.Fraction(), Unit: "%", gauge: func(g Gauges) float64 { return g.CacheMemory }},
	}
	if o.CostPerMillion != nil {
		known[Cost] = Objective{Limit: float64(o.CostPerMillion.Below) / float64(unit.Dollar), Unit: "$", gauge: func(g Gauges) float64 { return g.CostPerMillion }}
	}
	for _, name := range []string{Connections, DatabaseCPU, CacheMemory, Cost} {
		objective, ok := known[name]
		for _, wanted := range gauges {
			if ok && wanted == name {
				objective.Name = name
				list = append(list, objective)
			}
		}
	}
	return list
}

// Limits returns the two objectives that a trace of both sides' requests can be
// judged by, each a share from 0 to 1. Ten times the limit on errors needs no
// further test.
func Limits(errors, slow float64) []Objective {
	hard := 0.0
	if 10*errors < 1 {
		hard = 10 * errors
	}
	return []Objective{
		{Name: ErrorRate, Prove: true, Limit: errors, Hard: hard, Unit: "%", share: func(c Counts) (int64, int64) { return c.Errors, c.Requests }},
		{Name: Slow, Prove: true, Limit: slow, Unit: "%", share: func(c Counts) (int64, int64) { return c.Slow, c.Requests }},
	}
}

// Recorded keeps those objectives that a trace has figures of.
func Recorded(objectives []Objective) []Objective {
	var kept []Objective
	for _, o := range objectives {
		if o.Name == ErrorRate || o.Name == Slow {
			kept = append(kept, o)
		}
	}
	return kept
}

// AllGauges names every level that can be judged.
func AllGauges() []string { return []string{Connections, DatabaseCPU, CacheMemory, Cost} }

// store says whether the objective is a level of a shared store: saturated, it
// makes both sides fail although one of them is to blame.
func (o Objective) store() bool {
	return o.Name == Connections || o.Name == DatabaseCPU || o.Name == CacheMemory
}

// limited says whether the objective has a limit on a share of requests.
func (o Objective) limited() bool { return o.share != nil && !o.compared }

// comparable says whether green's share is held against blue's: only what
// both sides measure.
func (o Objective) comparable() bool {
	return o.Name == ErrorRate || o.Name == Slow || o.Name == Rejected
}

// Measured returns the objectives with the correlation that the minutes of a
// baseline show, the greater of both sides.
func Measured(objectives []Objective, baseline []Minute) []Objective {
	measured := make([]Objective, len(objectives))
	for i, o := range objectives {
		if o.share != nil {
			o.Correlation = max(o.Correlation, correlation(o, baseline, green), correlation(o, baseline, blue))
		}
		measured[i] = o
	}
	return measured
}

func green(m Minute) Counts { return m.Green.sound() }
func blue(m Minute) Counts  { return m.Blue.sound() }

func correlation(o Objective, minutes []Minute, side func(Minute) Counts) float64 {
	var counts []evidence.Count
	for _, m := range minutes {
		if c := side(m); c.Present {
			bad, total := o.share(c)
			counts = append(counts, evidence.Count{Bad: float64(bad), Total: float64(total)})
		}
	}
	return evidence.Correlation(counts)
}

// Tests counts the tests whose outcome may roll back, among which α is
// divided: one a proved limit, and the comparisons with blue if they may too.
func Tests(objectives []Objective, worse bool) int {
	tests := 0
	for _, o := range objectives {
		if o.limited() && o.Prove {
			tests++
		}
		if worse && o.comparable() {
			tests++
		}
	}
	return max(tests, 1)
}
