package coverage

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/fault"
)

// The total gate holds each metric's sum over all files against its minimum.
func init() { registerGate(Gate{Name: "total", Judge: judgeTotal}) }

func judgeTotal(p Policy, s Subject) ([]Finding, error) {
	total := s.Report.Total()
	var findings []Finding
	for _, m := range Metrics {
		limit, gated := p.Minimum(m)
		if !gated {
			continue
		}
		count, measured := total[m]
		if !measured || count.Total == 0 {
			return nil, unmeasured(m, s.Report, measured, "min-"+string(m))
		}
		f := judgeShare("total", m, count, limit, s.Report)
		f.Window = fmt.Sprintf("%d files", len(s.Report.Files))
		findings = append(findings, f)
	}
	return findings, nil
}

// unmeasured is the error for a minimum on what the report does not carry.
func unmeasured(m Metric, r Report, measured bool, setting string) error {
	what := fmt.Sprintf("carries no %s for all of its files, yet %s asks for them", m, setting)
	if measured {
		what = fmt.Sprintf("counts not one of its %s, so nothing was measured", m)
	}
	f := &fault.Fault{Kind: fault.Input, Name: sourceNames(r), What: what}
	f.Next = fmt.Sprintf("Give a report that measures %s, or do not set %s.", m, setting)
	if m == Statements {
		f.Next = fmt.Sprintf("Give Istanbul's json or json-summary or a Go profile (LCOV has no statements), or do not set %s.", setting)
	}
	return f
}
