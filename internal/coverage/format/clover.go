package format

import (
	"bufio"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Clover's XML: a project of packages of files, whose lines are of the types
// stmt, cond and method. A file's metrics repeat the sums.
//
// Tools do not agree on cond. Clover itself gives how often a condition was
// true and how often false, so each line has two branches. Istanbul gives how
// many branches were taken and how many were not. Only the file's metrics tell
// which of the two it is.
func init() {
	register(Format{
		Name: "clover", Made: "Vitest, Jest, nyc: the clover reporter, PHPUnit, OpenClover", SilenceIsZero: true,
		Detect: func(head []byte) bool { return isClover(xmlHead(head)) },
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &cloverParser{xmlReader: newXMLReader(r, xmlBuffer), emit: emit}
			return p.each(p.element)
		},
	})
}

func isClover(root, child string, has func(string) bool) bool {
	return root == "coverage" && !has("line-rate") && (has("clover") || child == "project" || child == "testproject")
}

type cloverParser struct {
	*xmlReader
	scratch
	emit func(coverage.File) error
	file string
	// metrics are what the open file says of itself: -1 where it is silent.
	metrics map[coverage.Metric]*sums
	// said is what it says of its statements, which the tools count by lines,
	// so that there is no sum of statements to read.
	said       sums
	conditions []cloverCondition
}

type cloverCondition struct {
	line        uint32
	true, false int64
}

func (p *cloverParser) element(kind xmlElement) error {
	if kind == xmlClose {
		if p.is("file") && p.file != "" {
			return p.end()
		}
		return nil
	}
	switch {
	case p.is("file"):
		return p.begin()
	case p.file == "":
		return nil
	case p.is("metrics", "file"):
		return p.readMetrics()
	case p.is("line", "file"):
		return p.oneLine()
	}
	return nil
}

// begin opens a file. Those of a testproject are the tests themselves, which
// are not what is to be covered.
func (p *cloverParser) begin() error {
	if p.file != "" {
		return p.damaged("a file within a file")
	}
	if p.name(1) == "testproject" || p.name(2) == "testproject" {
		return nil
	}
	attribute := "path" // PHPUnit has the path in name, and no other
	if p.attribute(attribute) == nil {
		attribute = "name"
	}
	name, err := p.word(attribute)
	if err != nil {
		return err
	}
	if err := checkName(p.lineNumber(), name); err != nil {
		return err
	}
	p.file = name
	p.reset()
	p.conditions = p.conditions[:0]
	p.metrics, p.said = map[coverage.Metric]*sums{}, sums{}
	return nil
}

// readMetrics reads the sums of a file.
func (p *cloverParser) readMetrics() error {
	for m, names := range map[coverage.Metric][2]string{
		coverage.Branches: {"conditionals", "coveredconditionals"}, coverage.Functions: {"methods", "coveredmethods"},
		coverage.Statements: {"statements", "coveredstatements"},
	} {
		found, err := p.count(names[0])
		if err != nil {
			return err
		}
		hit, err := p.count(names[1])
		if err != nil {
			return err
		}
		if hit > found || (found >= 0 && hit < 0) {
			return p.damaged("the metrics of %q give sums of its %s that contradict each other", clipped([]byte(p.file)), m)
		}
		switch {
		case m == coverage.Statements:
			p.said.found = found
		case found >= 0:
			p.metrics[m] = &sums{found: found, hit: hit}
		}
	}
	return nil
}

func (p *cloverParser) oneLine() error {
	line, err := p.line("num")
	if err != nil {
		return err
	}
	if p.full() || len(p.conditions) > mostInFile {
		return tooMuch("more lines of one file than any has")
	}
	switch kind := p.attribute("type"); string(kind) {
	case "method":
		hit, err := p.hit("count")
		if err != nil {
			return err
		}
		p.functions = append(p.functions, coverage.NewPoint(line, keyOf(slices.Concat(p.attribute("name"), p.attribute("signature"))), hit))
	case "stmt":
		hit, err := p.hit("count")
		if err != nil {
			return err
		}
		p.lines = append(p.lines, coverage.NewLine(line, hit))
		p.said.listed++
	case "cond":
		return p.condition(line)
	default:
		return p.damaged("type=%q of line %d is none of stmt, cond, method", clipped(kind), line)
	}
	return nil
}

func (p *cloverParser) condition(line uint32) error {
	c := cloverCondition{line: line}
	var err error
	if c.true, err = p.count("truecount"); err != nil {
		return err
	}
	if c.false, err = p.count("falsecount"); err != nil {
		return err
	}
	if c.true < 0 || c.false < 0 {
		return p.damaged("line %d is a condition without truecount and falsecount", line)
	}
	hit := c.true > 0 || c.false > 0
	if p.attribute("count") != nil { // Clover itself writes none here
		if hit, err = p.hit("count"); err != nil {
			return err
		}
	}
	p.lines = append(p.lines, coverage.NewLine(line, hit))
	p.said.listed++
	p.conditions = append(p.conditions, c)
	return nil
}

func (p *cloverParser) end() error {
	if err := p.branchesOf(); err != nil {
		return err
	}
	distinct(p.functions)
	f := coverage.File{Path: p.file, Detail: p.detail()}
	p.file = ""
	f.Counts = counted(f.Detail, coverage.Lines)
	if len(f.Detail.Branches) > 0 {
		f.Counts[coverage.Branches] = coverage.CountPoints(f.Detail.Branches)
	}
	if len(f.Detail.Functions) > 0 {
		f.Counts[coverage.Functions] = coverage.CountPoints(f.Detail.Functions)
	}
	if p.said.found > p.said.listed {
		return p.damaged("the metrics of %q count %d statements, it lists %d lines", clipped([]byte(f.Path)), p.said.found, p.said.listed)
	}
	for m, s := range p.metrics {
		listed, ok := f.Counts[m]
		switch {
		case !ok:
			f.Counts[m] = coverage.Count{Covered: s.hit, Total: s.found}
		case s.found > listed.Total:
			return p.damaged("the metrics of %q count %d %s, it lists %d", clipped([]byte(f.Path)), s.found, m, listed.Total)
		}
	}
	return p.emit(f)
}

// branchesOf settles what the conditions mean, and the branches with it.
// Istanbul lists no condition on lines where no statement begins. Then only the
// sums are whole, and there is no branch to show.
func (p *cloverParser) branchesOf() error {
	var clover, istanbul coverage.Count
	for _, c := range p.conditions {
		clover.Total += 2
		clover.Covered += min(c.true, 1) + min(c.false, 1)
		istanbul.Total += min(c.true, mostBranches) + min(c.false, mostBranches)
		istanbul.Covered += min(c.true, mostBranches)
	}
	says := clover
	if s := p.metrics[coverage.Branches]; s != nil {
		says = coverage.Count{Covered: s.hit, Total: s.found}
	}
	switch {
	case says == clover:
		for _, c := range p.conditions {
			p.branches = append(p.branches, coverage.NewPoint(c.line, 0, c.true > 0), coverage.NewPoint(c.line, 1, c.false > 0))
		}
	case says == istanbul && istanbul.Total <= mostInFile:
		for _, c := range p.conditions {
			p.sharedOut(c.line, c.true, c.true+c.false)
		}
	case istanbul.Covered <= says.Covered && istanbul.Total-istanbul.Covered <= says.Total-says.Covered:
	default:
		return p.damaged("the metrics of %q count %d of %d conditionals, which its lines contradict", clipped([]byte(p.file)), says.Covered, says.Total)
	}
	return nil
}
