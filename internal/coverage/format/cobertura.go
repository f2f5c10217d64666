package format

import (
	"bufio"
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Cobertura's XML, as coverage-04.dtd has it: packages of classes, each with
// its file, its methods and its lines; a line with branches says how many of
// its conditions were met. Every rate is counted anew from the lines. Sums that
// the report repeats are only held against them.
func init() {
	register(Format{
		Name: "cobertura", Made: "coverage.py, Vitest, Jest, nyc, gcovr, Cobertura", SilenceIsZero: true,
		Detect: func(head []byte) bool {
			root, child, has := xmlHead(head)
			return root == "coverage" && !isClover(root, child, has) &&
				(has("line-rate") || has("lines-valid") || child == "sources" || child == "packages")
		},
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &coberturaParser{xmlReader: newXMLReader(r, xmlBuffer), emit: emit, said: sums{found: -1, hit: -1}}
			if err := p.each(p.element); err != nil {
				return err
			}
			return p.checkSums()
		},
	})
}

type coberturaParser struct {
	*xmlReader
	scratch
	emit    func(coverage.File) error
	sources []string
	hints   *coverage.Hints
	// file is the open class's; method says whether a test ran the open method.
	file   string
	method coberturaMethod
	// said is what the report says of its lines and how many it lists.
	said sums
}

type coberturaMethod struct {
	key  uint32
	line uint32
	hit  bool
}

// mostSources bounds the folders that a report may start from.
const mostSources = 64

func (p *coberturaParser) element(kind xmlElement) error {
	if kind == xmlClose {
		return p.closed()
	}
	switch {
	case p.is("line", "lines", "class"):
		return p.oneLine()
	case p.is("line", "lines", "method"):
		return p.methodLine()
	case p.is("method", "methods", "class"):
		p.method = coberturaMethod{key: keyOf(slices.Concat(p.attribute("name"), []byte(" "), p.attribute("signature")))}
	case p.is("class"):
		return p.begin()
	case p.is("source", "sources"):
		p.keepText = true
	case p.is("coverage", ""):
		return p.root()
	}
	return nil
}

func (p *coberturaParser) root() (err error) {
	if p.said.found, err = p.count("lines-valid"); err != nil {
		return err
	}
	p.said.hit, err = p.count("lines-covered")
	return err
}

func (p *coberturaParser) closed() error {
	switch {
	case p.is("source", "sources"):
		p.keepText = false
		source, err := p.resolve(bytes.TrimSpace(p.text))
		if err != nil {
			return err
		}
		return p.source(source)
	case p.is("method", "methods", "class"):
		p.functions = append(p.functions, coverage.NewPoint(p.method.line, p.method.key, p.method.hit))
	case p.is("class"):
		return p.end()
	}
	return nil
}

func (p *coberturaParser) source(source string) error {
	if source == "" || source == "." || source == "./" {
		return nil
	}
	if err := checkName(p.lineNumber(), source); err != nil {
		return err
	}
	if len(p.sources) == mostSources {
		return p.damaged("more than %d sources", mostSources)
	}
	if p.hints != nil {
		return p.damaged("a source behind the first class")
	}
	p.sources = append(p.sources, source)
	return nil
}

func (p *coberturaParser) begin() error {
	if p.file != "" {
		return p.damaged("a class within a class")
	}
	if p.hints == nil {
		p.hints = &coverage.Hints{Roots: p.sources}
	}
	name, err := p.word("filename")
	if err != nil {
		return err
	}
	if err := checkName(p.lineNumber(), name); err != nil {
		return err
	}
	// Some tools write the separator of Windows; no source file's name has it.
	p.file = path.Clean(strings.ReplaceAll(name, `\`, "/"))
	p.reset()
	return nil
}

// oneLine reads <line number hits [branch condition-coverage]> of a class.
func (p *coberturaParser) oneLine() error {
	line, err := p.line("number")
	if err != nil {
		return err
	}
	hit, err := p.hit("hits")
	if err != nil {
		return err
	}
	if p.full() {
		return tooMuch("more lines or branches of one file than any has")
	}
	p.lines = append(p.lines, coverage.NewLine(line, hit))
	p.said.listed++
	conditions := p.attribute("condition-coverage")
	if conditions == nil {
		return nil
	}
	// "50% (1/2)": the share is not believed.
	_, share, _ := bytes.Cut(conditions, []byte("("))
	share, closed := bytes.CutSuffix(bytes.TrimSpace(share), []byte(")"))
	a, b, _ := bytes.Cut(share, []byte("/"))
	taken, ok := number(a)
	of, valid := number(b)
	if !closed || !ok || !valid || taken > of || of > mostBranches {
		return p.damaged("condition-coverage=%q of line %d is no count of conditions", clipped(conditions), line)
	}
	p.sharedOut(line, taken, of)
	return nil
}

// methodLine reads a line of a method, which stands among the class's lines as
// well: it tells where the method begins and whether it ran.
func (p *coberturaParser) methodLine() error {
	line, err := p.line("number")
	if err != nil {
		return err
	}
	hit, err := p.hit("hits")
	if err != nil {
		return err
	}
	if p.method.line == 0 || line < p.method.line {
		p.method.line = line
	}
	p.method.hit = p.method.hit || hit
	return nil
}

func (p *coberturaParser) end() error {
	distinct(p.functions)
	f := coverage.File{Path: p.file, Hints: p.hints, Detail: p.detail()}
	p.file = ""
	f.Counts = counted(f.Detail, coverage.Lines)
	if len(f.Detail.Branches) > 0 {
		f.Counts[coverage.Branches] = coverage.CountPoints(f.Detail.Branches)
	}
	if len(f.Detail.Functions) > 0 {
		f.Counts[coverage.Functions] = coverage.CountPoints(f.Detail.Functions)
	}
	return p.emit(f)
}

// checkSums holds the report's own sums against its lines: fewer lines than it
// says are a part of it. More are none, where classes repeat a file's lines.
func (p *coberturaParser) checkSums() error {
	if p.said.hit > p.said.found {
		return damaged(0, "it says that %d of its %d lines are covered", p.said.hit, p.said.found)
	}
	if p.said.found > p.said.listed {
		return damaged(0, "it says that it has %d lines and lists %d", p.said.found, p.said.listed)
	}
	return nil
}
