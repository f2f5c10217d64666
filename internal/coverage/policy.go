package coverage

import "github.com/cutover-dev/cutover/internal/unit"

// Policy is the section `coverage:` of cutover.yaml: the least share that
// tests must cover, for each kind of count that a report has. A pointer that
// is nil means that the kind is reported but not gated.
type Policy struct {
	Lines      unit.Percent  `yaml:"lines" default:"95%" above:"0%" doc:"Least share of lines that the tests must run."`
	Branches   *unit.Percent `yaml:"branches" above:"0%" example:"90%" doc:"Least share of branches; not gated unless set."`
	Functions  *unit.Percent `yaml:"functions" above:"0%" example:"95%" doc:"Least share of functions; not gated unless set."`
	Statements *unit.Percent `yaml:"statements" above:"0%" example:"95%" doc:"Least share of statements; not gated unless set."`
}
