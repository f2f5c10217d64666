package coverage

import "github.com/cutover-dev/cutover/internal/unit"

// NotGated switches a metric's minimum off; no percentage has this value.
const NotGated unit.Percent = -1

// DefaultPolicy is what holds without a cutover.yaml: 95% of lines.
func DefaultPolicy() Policy { return Policy{Lines: 95 * unit.Full / 100} }

// Minimum returns the least share that a metric must reach, and whether there
// is one.
func (p Policy) Minimum(m Metric) (unit.Percent, bool) {
	minimum := pick(m, &p.Lines, p.Branches, p.Functions, p.Statements)
	if minimum == nil || *minimum == NotGated {
		return 0, false
	}
	return *minimum, true
}

// With returns the policy with another minimum for one metric's total.
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

// WithFileLines returns the policy with another minimum for each file's lines.
// Overrides stay.
func (p Policy) WithFileLines(minimum unit.Percent) Policy {
	files := FilePolicy{}
	if p.Files != nil {
		files = *p.Files
	}
	files.Lines = unless(minimum)
	p.Files = &files
	return p
}

// WithPatchLines returns the policy with another minimum for changed lines.
func (p Policy) WithPatchLines(minimum unit.Percent) Policy {
	patch := Minimums{}
	if p.Patch != nil {
		patch = *p.Patch
	}
	patch.Lines = unless(minimum)
	p.Patch = &patch
	return p
}

// WithMaxDrop returns the policy with another bound on regressions.
func (p Policy) WithMaxDrop(drop unit.Percent) Policy {
	p.MaxDrop = unless(drop)
	return p
}

func unless(minimum unit.Percent) *unit.Percent {
	if minimum == NotGated {
		return nil
	}
	return &minimum
}

// WantsPatch says whether the policy judges changed lines.
func (p Policy) WantsPatch() bool {
	for _, m := range Metrics {
		if p.Patch.of(m) != nil {
			return true
		}
	}
	return false
}
