package format

import (
	"bufio"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// JaCoCo's XML, as its report.dtd has it: groups of packages of classes and
// source files. A source file's lines say how many instructions and branches
// were missed and covered; its classes name the methods. A line counts as
// covered once any of its instructions ran, as JaCoCo counts it. Instructions
// are bytecode and no statements, so there are none of these.
func init() {
	register(Format{
		Name: "jacoco", Made: "JaCoCo, Kover", SilenceIsZero: true,
		Detect: func(head []byte) bool {
			root, child, has := xmlHead(head)
			return root == "report" && has("name") && slices.Contains([]string{"sessioninfo", "group", "package", "counter"}, child)
		},
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &jacocoParser{xmlReader: newXMLReader(r, xmlBuffer), emit: emit, said: -1}
			if err := p.each(p.element); err != nil {
				return err
			}
			if p.said > p.total {
				return damaged(0, "it counts %d lines and lists %d", p.said, p.total)
			}
			return nil
		},
	})
}

// sourceRoots are where Maven, Gradle and Android keep the packages of a module.
var sourceRoots = []string{
	"src/main/java", "src/main/kotlin", "src/main/scala", "src/main/groovy", "src",
	"app/src/main/java", "app/src/main/kotlin", "app/src/main/scala", "app/src",
}

type jacocoParser struct {
	*xmlReader
	scratch
	emit func(coverage.File) error
	// groups are the open ones: modules, nested.
	groups []string
	hints  *coverage.Hints
	// pkg is the open package, as a path.
	pkg string
	// file is the open source file's name within pkg.
	file    string
	methods jacocoMethods
	counter map[coverage.Metric]coverage.Count
	// said is how many lines the report counts, total how many it lists.
	said, total int64
}

func (p *jacocoParser) element(kind xmlElement) error {
	if kind == xmlClose {
		return p.closed()
	}
	switch {
	case p.named(1, "sourcefile") && p.file == "":
		return p.damaged("a source file outside of a package")
	case p.is("line", "sourcefile"):
		return p.oneLine()
	case p.is("counter", "method"), p.is("counter", "sourcefile"), p.is("counter", "report"):
		return p.readCounter()
	case p.is("method", "class"):
		return p.methods.begin(p.xmlReader)
	case p.is("class", "package"):
		p.methods.file = string(p.attribute("sourcefilename"))
		p.methods.class = append(p.methods.class[:0], p.attribute("name")...)
	case p.is("sourcefile", "package"):
		return p.begin()
	case p.is("package"):
		return p.beginPackage()
	case p.is("group"):
		name, err := p.word("name")
		p.groups = append(p.groups, name)
		p.hints = nil
		return err
	}
	return nil
}

func (p *jacocoParser) closed() error {
	switch {
	case p.is("method", "class"):
		return p.methods.end(p.xmlReader)
	case p.is("sourcefile", "package"):
		return p.end()
	case p.is("group"):
		p.groups = p.groups[:len(p.groups)-1]
		p.hints = nil
	}
	return nil
}

func (p *jacocoParser) beginPackage() error {
	if p.file != "" {
		return p.damaged("a package within a source file")
	}
	name, err := p.word("name")
	if err != nil {
		return err
	}
	if name != "" { // the package without a name
		if err := checkName(p.lineNumber(), name); err != nil {
			return err
		}
		name += "/"
	}
	p.pkg = name
	p.methods.reset()
	if p.hints == nil {
		p.hints = &coverage.Hints{}
		for i := range p.groups { // a module's folder is often named as its group
			for _, root := range sourceRoots[:5] {
				p.hints.Roots = append(p.hints.Roots, joined(p.groups[i:], root))
			}
		}
		p.hints.Roots = append(p.hints.Roots, sourceRoots...)
	}
	return nil
}

func joined(groups []string, root string) string {
	path := ""
	for _, g := range groups {
		path += g + "/"
	}
	return path + root
}

func (p *jacocoParser) begin() error {
	name, err := p.word("name")
	if err != nil {
		return err
	}
	if err := checkName(p.lineNumber(), name); err != nil {
		return err
	}
	p.file = name
	p.reset()
	p.counter = map[coverage.Metric]coverage.Count{}
	return nil
}

// oneLine reads <line nr mi ci mb cb>: instructions and branches, missed and covered.
func (p *jacocoParser) oneLine() error {
	line, err := p.line("nr")
	if err != nil {
		return err
	}
	var figures [4]int64
	for i, name := range [...]string{"mi", "ci", "mb", "cb"} {
		if figures[i], err = p.count(name); err != nil {
			return err
		}
		if figures[i] > mostBranches {
			return p.damaged("line %d has %s=%d, more than can be", line, name, figures[i])
		}
	}
	if figures[0] < 0 || figures[1] < 0 { // gcovr's, of which only the sums tell anything
		return p.damaged("line %d does not say whether it ran (mi and ci, as JaCoCo itself writes them)", line)
	}
	missed, taken := max(figures[2], 0), max(figures[3], 0)
	if p.full() {
		return tooMuch("more lines or branches of one file than any has")
	}
	p.lines = append(p.lines, coverage.NewLine(line, figures[1] > 0))
	p.sharedOut(line, taken, missed+taken)
	return nil
}

// readCounter reads <counter type missed covered>.
func (p *jacocoParser) readCounter() error {
	missed, err := p.count("missed")
	if err != nil {
		return err
	}
	covered, err := p.count("covered")
	if err != nil {
		return err
	}
	if missed < 0 || covered < 0 || missed > 1<<40 || covered > 1<<40 {
		return p.damaged("a counter without missed and covered that can be")
	}
	kind := string(p.attribute("type"))
	c := coverage.Count{Covered: covered, Total: missed + covered}
	switch {
	case p.name(1) == "method":
		p.methods.count(kind, c)
	case p.name(1) == "report" && kind == "LINE":
		p.said = c.Total
	case p.name(1) == "sourcefile":
		if m, ok := map[string]coverage.Metric{"LINE": coverage.Lines, "BRANCH": coverage.Branches, "METHOD": coverage.Functions}[kind]; ok {
			p.counter[m] = c
		}
	}
	return nil
}

// end closes a source file. Its counters are exact, so they must be met.
func (p *jacocoParser) end() error {
	path := p.pkg + p.file
	p.functions = append(p.functions, p.methods.all[p.file]...)
	distinct(p.functions)
	f := coverage.File{Path: path, Hints: p.hints, Detail: p.detail()}
	f.Counts = counted(f.Detail, coverage.Lines, coverage.Branches, coverage.Functions)
	for m, c := range p.counter {
		if f.Counts[m] != c && (m != coverage.Functions || f.Counts[m].Total > 0) {
			return p.damaged("%q counts %d of %d %s, it lists %d of %d", clipped([]byte(path)), c.Covered, c.Total, m, f.Counts[m].Covered, f.Counts[m].Total)
		}
	}
	if c, ok := p.counter[coverage.Functions]; ok {
		f.Counts[coverage.Functions] = c
	}
	p.file = ""
	p.total += f.Counts[coverage.Lines].Total
	return p.emit(f)
}
