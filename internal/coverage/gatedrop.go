package coverage

import (
	"fmt"
	"math/big"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The drop gate holds totals against a stored baseline: coverage that erodes
// by a tenth of a point a week passes every other gate.
func init() { registerGate(Gate{Name: "drop", Judge: judgeDrop}) }

func judgeDrop(p Policy, s Subject) ([]Finding, error) {
	if p.MaxDrop == nil {
		return nil, nil
	}
	if s.Baseline == nil {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "max-drop", What: "is set, and there is no baseline to compare with",
			Next: "Set baseline to a file, an S3 object or an artifact that write-baseline made on the base branch.",
		}
	}
	total := s.Report.Total()
	var findings []Finding
	for _, m := range Metrics {
		before := s.Baseline.of(m)
		now, measured := total[m]
		_, gated := p.Minimum(m)
		switch {
		case before == nil || before.Total == 0:
			continue // nothing was measured then
		case !measured && gated:
			return nil, unmeasured(m, s.Report, false, "min-"+string(m))
		case !measured:
			continue
		}
		findings = append(findings, dropFinding(m, now, *before, *p.MaxDrop, s))
	}
	if len(findings) == 0 {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "baseline", Got: s.Baseline.Name, What: "has no metric in common with the report",
			Next: "Make it anew on the base branch from the same kind of report.",
		}
	}
	return findings, nil
}

// dropFinding compares the shares as fractions, so that no rounding decides.
func dropFinding(m Metric, now Count, before Sum, most unit.Percent, s Subject) Finding {
	drop := new(big.Rat).Sub(share(before.Covered, before.Total), share(now.Covered, now.Total))
	bound := big.NewRat(int64(most), int64(unit.Full))
	points, _ := new(big.Rat).Mul(drop, big.NewRat(100, 1)).Float64()
	limit := most.Fraction() * 100
	f := Finding{Gate: "drop", Metric: m, Covered: now.Covered, Finding: verdict.Finding{
		Name: "drop in " + string(m), Verdict: verdict.Pass, Observed: &points, Limit: &limit, Unit: " points",
		Sample: now.Total, SampleOf: string(m), Source: s.Baseline.Name,
		Window: fmt.Sprintf("from %d of %d to %d of %d", before.Covered, before.Total, now.Covered, now.Total),
	}}
	if drop.Cmp(bound) > 0 {
		f.Verdict = verdict.Fail
		f.Change = fmt.Sprintf("Cover %d more %s to be within %s of the baseline.", missing(now, before, bound), m, most)
	}
	return f
}

func share(covered, total int64) *big.Rat {
	if total == 0 {
		return big.NewRat(1, 1)
	}
	return big.NewRat(covered, total)
}

// missing is how many more must be covered for the drop to stay in its bound.
func missing(now Count, before Sum, bound *big.Rat) int64 {
	least := new(big.Rat).Sub(share(before.Covered, before.Total), bound)
	least.Mul(least, new(big.Rat).SetInt64(now.Total))
	up := new(big.Int).Add(least.Num(), new(big.Int).Sub(least.Denom(), big.NewInt(1)))
	return up.Div(up, least.Denom()).Int64() - now.Covered
}
