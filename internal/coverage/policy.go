package coverage

import (
	"github.com/bmatcuk/doublestar/v4"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Policy is the section `coverage:` of cutover.yaml: the least share that
// tests must cover, for each kind of count that a report has. A pointer that
// is nil means that the kind is reported but not gated.
type Policy struct {
	Lines      unit.Percent  `yaml:"lines" default:"95%" above:"0%" doc:"Least share of lines that the tests must run."`
	Branches   *unit.Percent `yaml:"branches" above:"0%" example:"90%" doc:"Least share of branches; not gated unless set."`
	Functions  *unit.Percent `yaml:"functions" above:"0%" example:"95%" doc:"Least share of functions; not gated unless set."`
	Statements *unit.Percent `yaml:"statements" above:"0%" example:"95%" doc:"Least share of statements; not gated unless set."`

	Files   *FilePolicy   `yaml:"files" doc:"What each file must reach by itself."`
	Patch   *Minimums     `yaml:"patch" doc:"What the lines must reach that a change touches; needs the base to compare with."`
	MaxDrop *unit.Percent `yaml:"max_drop" example:"0.5%" doc:"How many percentage points a gated or measured total may fall below the stored baseline."`
}

// Minimums is a least share for each kind of count; nil is not gated.
type Minimums struct {
	Lines      *unit.Percent `yaml:"lines" above:"0%" example:"90%" doc:"Least share of lines."`
	Branches   *unit.Percent `yaml:"branches" above:"0%" example:"80%" doc:"Least share of branches."`
	Functions  *unit.Percent `yaml:"functions" above:"0%" example:"80%" doc:"Least share of functions."`
	Statements *unit.Percent `yaml:"statements" above:"0%" example:"80%" doc:"Least share of statements."`
}

// FilePolicy is what each file must reach. Of the overrides that match a file
// the last one counts.
type FilePolicy struct {
	Lines      *unit.Percent `yaml:"lines" above:"0%" example:"80%" doc:"Least share of each file's lines."`
	Branches   *unit.Percent `yaml:"branches" above:"0%" example:"70%" doc:"Least share of each file's branches."`
	Functions  *unit.Percent `yaml:"functions" above:"0%" example:"70%" doc:"Least share of each file's functions."`
	Statements *unit.Percent `yaml:"statements" above:"0%" example:"70%" doc:"Least share of each file's statements."`
	Overrides  []Override    `yaml:"overrides" maxitems:"200" doc:"Other minimums for some files; of those that match a file, the last one counts."`
}

// Override is other minimums for the files that a pattern names.
type Override struct {
	Paths      string        `yaml:"paths" required:"true" pattern:"^[^/\\\\][^\\\\]{0,199}$" allowed:"a path of the repository, in which * stands for a part of a name and ** for any folders" example:"src/adapters/**" doc:"The files, as a pattern from the repository's root."`
	Lines      *unit.Percent `yaml:"lines" example:"60%" doc:"Least share of lines; 0% switches the gate off here."`
	Branches   *unit.Percent `yaml:"branches" example:"60%" doc:"Least share of branches; 0% switches the gate off here."`
	Functions  *unit.Percent `yaml:"functions" example:"60%" doc:"Least share of functions; 0% switches the gate off here."`
	Statements *unit.Percent `yaml:"statements" example:"60%" doc:"Least share of statements; 0% switches the gate off here."`
}

// Check wants patterns that can be read.
func (p FilePolicy) Check(c *strict.Check) {
	for i, o := range p.Overrides {
		if c.Valid("overrides", i, "paths") && !doublestar.ValidatePattern(o.Paths) {
			c.Report(strict.Problem{Message: "is no pattern: a bracket or a brace is not closed", Allowed: "src/*.ts, src/**, src/{a,b}.ts"}, "overrides", i, "paths")
		}
	}
}

// pick returns the minimum of a metric out of four, nil when it is not gated.
func pick(m Metric, lines, branches, functions, statements *unit.Percent) *unit.Percent {
	switch m {
	case Lines:
		return lines
	case Branches:
		return branches
	case Functions:
		return functions
	case Statements:
		return statements
	}
	return nil
}

func (m *Minimums) of(metric Metric) *unit.Percent {
	if m == nil {
		return nil
	}
	return pick(metric, m.Lines, m.Branches, m.Functions, m.Statements)
}

// of returns what a file must reach in a metric, nil when nothing is asked.
func (p *FilePolicy) of(metric Metric, path string) *unit.Percent {
	if p == nil {
		return nil
	}
	minimum := pick(metric, p.Lines, p.Branches, p.Functions, p.Statements)
	for _, o := range p.Overrides {
		own := pick(metric, o.Lines, o.Branches, o.Functions, o.Statements)
		// A pattern that cannot be read was refused with the configuration.
		if match, err := doublestar.Match(o.Paths, path); err == nil && match && own != nil {
			minimum = own
		}
	}
	return minimum
}
