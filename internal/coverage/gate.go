package coverage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Gate is one way to judge a report. A gate that the policy does not ask for
// returns nothing; one that is asked for and cannot judge returns an error,
// never a pass.
type Gate struct {
	Name  string
	Judge func(p Policy, r Report) ([]verdict.Finding, error)
}

var gates []Gate

// registerGate adds a gate; they are shown in the order of their names.
func registerGate(g Gate) {
	gates = append(gates, g)
	slices.SortFunc(gates, func(a, b Gate) int { return strings.Compare(a.Name, b.Name) })
}

// Decide judges a report by every gate that the policy asks for.
func Decide(p Policy, r Report) (Result, error) {
	var findings []verdict.Finding
	for _, g := range gates {
		found, err := g.Judge(p, r)
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
	return newResult(r, findings), nil
}

// The total gate holds each metric's sum over all files against its minimum.
func init() { registerGate(Gate{Name: "total", Judge: judgeTotal}) }

func judgeTotal(p Policy, r Report) ([]verdict.Finding, error) {
	total := r.Total()
	var findings []verdict.Finding
	for _, m := range Metrics {
		limit, gated := p.Minimum(m)
		if !gated {
			continue
		}
		count, measured := total[m]
		if !measured || count.Total == 0 {
			return nil, unmeasured(m, r, measured)
		}
		findings = append(findings, totalFinding(m, count, limit, r))
	}
	return findings, nil
}

// unmeasured is the error for a minimum on what the report does not carry.
func unmeasured(m Metric, r Report, measured bool) error {
	what := fmt.Sprintf("carries no %s for all of its files, yet a minimum is set on them", m)
	if measured {
		what = fmt.Sprintf("counts not one of its %s, so nothing was measured", m)
	}
	f := &fault.Fault{Kind: fault.Input, Name: sourceNames(r), What: what}
	f.Next = fmt.Sprintf("Give a report that measures %s, or do not set min-%s.", m, m)
	if m == Statements {
		f.Next = "Give Istanbul's json-summary (LCOV has no statements), or do not set min-statements."
	}
	return f
}

func totalFinding(m Metric, c Count, limit unit.Percent, r Report) verdict.Finding {
	observed, want := c.Percent(), limit.Fraction()*100
	f := verdict.Finding{
		Name: string(m), Verdict: verdict.Pass, Observed: &observed, Limit: &want, Unit: "%",
		Sample: c.Total, SampleOf: string(m), Window: fmt.Sprintf("%d files", len(r.Files)), Source: sourceNames(r),
	}
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
