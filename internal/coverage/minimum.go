package coverage

import "github.com/cutover-dev/cutover/internal/unit"

// NotGated switches a metric's minimum off; no percentage has this value.
const NotGated unit.Percent = -1

// DefaultPolicy is what holds without a cutover.yaml: 95% of lines.
func DefaultPolicy() Policy { return Policy{Lines: 95 * unit.Full / 100} }

// Minimum returns the least share that a metric must reach, and whether there
// is one.
func (p Policy) Minimum(m Metric) (unit.Percent, bool) {
	minimum := map[Metric]*unit.Percent{
		Lines: &p.Lines, Branches: p.Branches, Functions: p.Functions, Statements: p.Statements,
	}[m]
	if minimum == nil || *minimum == NotGated {
		return 0, false
	}
	return *minimum, true
}

// With returns the policy with another minimum for one metric.
func (p Policy) With(m Metric, minimum unit.Percent) Policy {
	switch m {
	case Lines:
		p.Lines = minimum
	case Branches:
		p.Branches = &minimum
	case Functions:
		p.Functions = &minimum
	case Statements:
		p.Statements = &minimum
	}
	return p
}
