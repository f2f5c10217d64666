package coverage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Subject is everything that is judged.
type Subject struct {
	Report Report
	// Changes are the lines that the change under review touches; nil when they
	// were not asked for.
	Changes Changes
	// Baseline is what was stored for comparison; nil when there is none.
	Baseline *Baseline
}

// Finding is one judgement: a verdict's finding with what it is about.
type Finding struct {
	verdict.Finding
	// Gate is total, file, patch or drop; Path is set for a file's finding.
	Gate    string `json:"gate" jsonschema:"enum=total,enum=file,enum=patch,enum=drop"`
	Metric  Metric `json:"metric"`
	Path    string `json:"path,omitempty"`
	Covered int64  `json:"covered"`
}

// Gate is one way to judge a report. A gate that the policy does not ask for
// returns nothing; one that is asked for and cannot judge returns an error,
// never a pass.
type Gate struct {
	Name  string
	Judge func(p Policy, s Subject) ([]Finding, error)
}

var gates []Gate

// order is how findings are shown: the whole first, single files last.
var order = []string{"total", "patch", "drop", "file"}

// registerGate adds a gate.
func registerGate(g Gate) {
	gates = append(gates, g)
	slices.SortFunc(gates, func(a, b Gate) int {
		return slices.Index(order, a.Name) - slices.Index(order, b.Name)
	})
}

// Decide judges a report by every gate that the policy asks for.
func Decide(p Policy, s Subject) (Result, error) {
	var findings []Finding
	for _, g := range gates {
		found, err := g.Judge(p, s)
		if err != nil {
			return Result{}, err
		}
		findings = append(findings, found...)
	}
	if len(findings) == 0 {
		return Result{}, &fault.Fault{
			Kind: fault.Input, Name: "coverage", What: "nothing is gated",
			Next: "Set at least one minimum: a gate that asks for nothing always passes.",
		}
	}
	return newResult(s, findings), nil
}

// judgeShare is the finding on a count against a minimum.
func judgeShare(gate string, m Metric, c Count, limit unit.Percent, r Report) Finding {
	observed, want := c.Percent(), limit.Fraction()*100
	f := Finding{Gate: gate, Metric: m, Covered: c.Covered, Finding: verdict.Finding{
		Name: string(m), Verdict: verdict.Pass, Observed: &observed, Limit: &want, Unit: "%",
		Sample: c.Total, SampleOf: string(m), Source: sourceNames(r),
	}}
	need := required(c.Total, limit)
	if c.Covered < need {
		f.Verdict = verdict.Fail
		f.Change = fmt.Sprintf("Cover %d more of the %d uncovered %s.", need-c.Covered, c.Total-c.Covered, m)
	} else {
		f.Change = fmt.Sprintf("It fails once %d more %s are uncovered.", c.Covered-need+1, m)
	}
	return f
}

// required is the smallest count that keeps the limit, in whole numbers: a
// share compared as floating point would pass 94.99999% as 95%.
func required(total int64, limit unit.Percent) int64 {
	millionths := int64(limit)
	whole, rest := total/int64(unit.Full), total%int64(unit.Full)
	return whole*millionths + (rest*millionths+int64(unit.Full)-1)/int64(unit.Full)
}

func sourceNames(r Report) string {
	var names []string
	for _, s := range r.Sources {
		names = append(names, s.Name+" ("+s.Format+")")
	}
	return strings.Join(names, ", ")
}
