package trace

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// State is how one row of the table stands.
type State string

// The states. Missing is what should be there and is not; unknown is what could
// not be looked at. Neither passes.
const (
	StatePass    State = "pass"
	StateFail    State = "fail"
	StateMissing State = "missing"
	StateUnknown State = "unknown"
)

// Finding is one thing that was held to the expectation.
type Finding struct {
	verdict.Finding
	State State `json:"state" jsonschema:"enum=pass,enum=fail,enum=missing,enum=unknown"`
	// What says what was found, as a sentence.
	What string `json:"what"`
	// Cases name what is wrong or missing, the first few of them.
	Cases []string `json:"cases"`
}

// Findings is the table of a check.
type Findings []Finding

// Verdict is the worst of them. Nothing held is inconclusive.
func (f Findings) Verdict() verdict.Verdict {
	var all []verdict.Finding
	for _, row := range f {
		all = append(all, row.Finding)
	}
	return verdict.Worst(all)
}

// most is how many cases a finding names.
const mostCases = 5

// finding makes a row. What is wrong of n things are the cases.
func finding(name string, state State, what, change string) Finding {
	v := map[State]verdict.Verdict{StatePass: verdict.Pass, StateFail: verdict.Fail, StateMissing: verdict.Fail}[state]
	if v == "" {
		v = verdict.Inconclusive
	}
	if state == StatePass {
		change = ""
	}
	return Finding{Finding: verdict.Finding{Name: name, Verdict: v, Change: change}, State: state, What: what, Cases: []string{}}
}

// of adds how many there were and what they are.
func (f Finding) of(n int, what, source string) Finding {
	f.Sample, f.SampleOf, f.Source = int64(n), what, source
	return f
}

// measured adds a figure and its limit.
func (f Finding) measured(observed, limit float64, unit string) Finding {
	f.Observed, f.Limit, f.Unit = &observed, &limit, unit
	return f
}

// with adds cases, each once.
func (f Finding) with(cases []string) Finding {
	for _, c := range cases {
		if c = clip(c); !slices.Contains(f.Cases, c) && len(f.Cases) < mostCases {
			f.Cases = append(f.Cases, c)
		}
	}
	return f
}

// clip bounds what a trace can put into a report.
func clip(text string) string {
	const most = 160
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// seen is an observation in which everything has found its place.
type seen struct {
	Observation
	// wholes are the traces that were found, by their ids.
	wholes map[string]*whole
	// found are the requests whose trace is there, in their order.
	found []Sent
	chart Map
}

func look(o Observation) *seen {
	s := &seen{Observation: o, wholes: map[string]*whole{}, chart: Draw(o.Traces, o.Edges)}
	for _, t := range o.Traces {
		s.wholes[t.ID] = assemble(t)
	}
	for _, sent := range o.Sent {
		if s.wholes[sent.TraceID] != nil {
			s.found = append(s.found, sent)
		}
	}
	return s
}

// rule holds one thing.
type rule func(Expectation, *seen) []Finding

// rules are all of them, in the order of the table. A test takes each away and
// sees a case turn green that must not.
var rules = []rule{
	destination, functionsActive, requestsAnswered, tracesFound, tracesWhole, nodes, edges, reaches,
	annotations, operations, statuses, runs, indexed, indexShare, sizes, calls, statements, causes, coldStarts, shares,
}

// Check holds what was seen to what is expected. It knows no clock and reads
// nothing: the same observation gives the same findings.
func Check(e Expectation, o Observation) Findings {
	s := look(o)
	var all Findings
	for _, hold := range rules {
		all = append(all, hold(e, s)...)
	}
	window := fmt.Sprintf("run %s, %s to %s", o.Run, o.From.UTC().Format("2006-01-02 15:04:05"), o.Ended.UTC().Format("15:04:05"))
	for i := range all {
		all[i].Window = window
	}
	return all
}

// handlers are the parts of a trace that functions have written themselves: of
// each function the first that has annotations, else its segment. With X-Ray's
// SDK that is a subsegment of Lambda's own segment, with OpenTelemetry a segment.
func (w *whole) handlers() (roots []*part) {
	at := map[string]int{}
	for _, p := range w.all {
		if p.segment.Origin != typeFunction {
			continue
		}
		name := p.segment.Name
		i, had := at[name]
		switch {
		case !had:
			at[name] = len(roots)
			roots = append(roots, p.segment)
			if len(p.Annotations) > 0 {
				roots[at[name]] = p
			}
		case len(roots[i].Annotations) == 0 && len(p.Annotations) > 0:
			roots[i] = p
		}
	}
	return roots
}

// eachHandler goes through what functions have written for the requests whose
// traces are there.
func (s *seen) eachHandler(do func(Sent, *part)) (n int) {
	for _, sent := range s.found {
		for _, p := range s.wholes[sent.TraceID].handlers() {
			n++
			do(sent, p)
		}
	}
	return n
}

// unseen is the row of a rule that had nothing to look at: never a pass.
func unseen(name, what string) []Finding {
	return []Finding{finding(name, StateUnknown, "no trace of a function was found, so there is no "+what+" to look at", "See the rows above: once traces are found this is held.").of(0, "functions' segments", sourceTraces)}
}

// Where figures come from.
const (
	sourceTraces  = "the traces of the run"
	sourceIndex   = "GetTraceSummaries with annotation.run"
	sourceLambda  = "Lambda's configuration of each function"
	sourceAnswers = "the answers of the stage"
	sourceSetting = "GetTraceSegmentDestination, GetIndexingRules"
	sourceMap     = "the traces of the run and AWS's service graph"
)

// wrote is an annotation's value as a finding shows it: a text in quotes.
func wrote(value any) string {
	if value == nil {
		return "none"
	}
	return fmt.Sprintf("%#v", value)
}
