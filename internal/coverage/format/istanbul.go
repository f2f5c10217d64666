package format

import (
	"bufio"
	"bytes"
	"cmp"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// Istanbul's coverage-final.json: one member a file with the places of its
// statements, functions and branches (statementMap, fnMap, branchMap) and their
// counts (s, f, b) under the same identifiers. It has no lines: as Istanbul does
// it, a line is one on which a statement begins, covered once any of those ran.
func init() {
	register(Format{
		Name: "istanbul", Made: "Vitest, Jest, nyc: the json reporter",
		Detect: detectIstanbul,
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &istanbulParser{jsonReader: jsonReader{r: r}, emit: emit, seen: map[string]bool{}}
			if err := p.object(p.file); err != nil {
				return err
			}
			return p.end()
		},
	})
}

// detectIstanbul looks for {"<path>": {"path": or {"statementMap":.
func detectIstanbul(head []byte) bool {
	space := " \t\r\n"
	rest, ok := bytes.CutPrefix(head, []byte(`{`))
	if !ok || isIstanbulSummary(head) {
		return false
	}
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, space), []byte(`"`))
	if !ok {
		return false
	}
	end := 0
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return false
	}
	for _, c := range []string{":", "{"} {
		rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest[end+1:], space), []byte(c))
		if !ok {
			return false
		}
		end = -1
	}
	rest = bytes.TrimLeft(rest, space)
	return bytes.HasPrefix(rest, []byte(`"path"`)) || bytes.HasPrefix(rest, []byte(`"statementMap"`))
}

type istanbulParser struct {
	jsonReader
	scratch
	emit func(coverage.File) error
	seen map[string]bool
	path string
	// places and counts are those of statements, functions and branches.
	places, hits [3][]istanbulEntry
}

// istanbulEntry is a place or a count: id is its identifier, n its place in a
// branch's counts.
type istanbulEntry struct {
	id   uint64
	n    uint32
	line uint32
	hit  bool
}

func (a istanbulEntry) before(b istanbulEntry) int {
	return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.n, b.n))
}

// istanbulKinds are the three kinds in the order of places and counts.
var istanbulKinds = [3]struct{ places, hits string }{{"statementMap", "s"}, {"fnMap", "f"}, {"branchMap", "b"}}

func (p *istanbulParser) file(key []byte) error {
	p.path = string(key)
	if err := checkName(0, p.path); err != nil {
		return err
	}
	if p.seen[p.path] {
		return damaged(0, "%q stands in it twice", clipped(key))
	}
	p.seen[p.path] = true
	for i := range p.places {
		p.places[i], p.hits[i] = p.places[i][:0], p.hits[i][:0]
	}
	once := members{}
	err := p.object(func(key []byte) error {
		name := string(key)
		for i, kind := range istanbulKinds {
			switch name {
			case kind.places:
				return after(once.once(&p.jsonReader, name), func() error { return p.readPlaces(i) })
			case kind.hits:
				return after(once.once(&p.jsonReader, name), func() error { return p.readHits(i) })
			}
		}
		return p.skip()
	})
	if err != nil {
		return err
	}
	for _, kind := range istanbulKinds {
		if !once[kind.places] || !once[kind.hits] {
			return p.damaged("%q lacks %s or %s", clipped([]byte(p.path)), kind.places, kind.hits)
		}
	}
	return p.endFile()
}

// after returns the error, or what comes next.
func after(err error, next func() error) error {
	if err != nil {
		return err
	}
	return next()
}

func identifier(key []byte) uint64 {
	if n, ok := number(key); ok && len(key) < 10 {
		return uint64(n) //nolint:gosec // not negative
	}
	return hash(key) | 1<<63
}

// readPlaces reads a map of identifiers to places.
func (p *istanbulParser) readPlaces(kind int) error {
	return p.object(func(key []byte) error {
		e := istanbulEntry{id: identifier(key)}
		line, err := p.place()
		if err != nil {
			return err
		}
		if line > mostLine || (kind == 0 && line < 1) {
			return p.damaged("a statement of %q begins on no line", clipped([]byte(p.path)))
		}
		e.line = uint32(line) //nolint:gosec // at most mostLine
		return p.gather(&p.places[kind], e)
	})
}

// place reads an object and returns the line where it begins, 0 if it says none.
// Functions and branches have it within decl or loc.
func (p *istanbulParser) place() (int64, error) {
	var start, inner, line int64
	err := p.object(func(key []byte) (err error) {
		switch string(key) {
		case "start":
			start, err = p.place()
		case "decl", "loc":
			preferred := key[0] == 'd'
			found, failed := p.place()
			if err = failed; inner == 0 || preferred && found > 0 {
				inner = found
			}
		case "line":
			c, failed := p.peek()
			if failed != nil || c == 'n' { // null
				return after(failed, p.skip)
			}
			line, err = p.whole()
		default:
			err = p.skip()
		}
		return err
	})
	return cmp.Or(start, inner, line), err
}

// readHits reads a map of identifiers to a count, of branches to several.
func (p *istanbulParser) readHits(kind int) error {
	return p.object(func(key []byte) error {
		e := istanbulEntry{id: identifier(key)}
		if kind != 2 {
			var err error
			if e.hit, err = p.hit(); err != nil {
				return err
			}
			return p.gather(&p.hits[kind], e)
		}
		ways := 0
		err := p.array(func() (err error) {
			if e.hit, err = p.hit(); err != nil {
				return err
			}
			e.n = uint32(ways) //nolint:gosec // bounded by gather
			ways++
			return p.gather(&p.hits[kind], e)
		})
		if err == nil && ways == 0 {
			return p.damaged("a branch of %q without counts", clipped([]byte(p.path)))
		}
		return err
	})
}

func (p *istanbulParser) gather(to *[]istanbulEntry, e istanbulEntry) error {
	if len(*to) > mostInFile {
		return tooMuch("more statements, functions or branches of one file than any has")
	}
	*to = append(*to, e)
	return nil
}

// endFile brings places and counts together, which must be of the same things.
func (p *istanbulParser) endFile() error {
	p.reset()
	for kind, name := range istanbulKinds {
		places, hits := p.places[kind], p.hits[kind]
		slices.SortFunc(places, istanbulEntry.before)
		slices.SortFunc(hits, istanbulEntry.before)
		next, used := 0, 0
		for i, e := range hits {
			if i > 0 && hits[i-1].before(e) == 0 {
				return p.damaged("an identifier stands twice in %s of %q", name.hits, clipped([]byte(p.path)))
			}
			if i == 0 || hits[i-1].id != e.id {
				used++
				next = used - 1
			}
			if next >= len(places) || places[next].id != e.id {
				return p.damaged("%s and %s of %q are not of the same things", name.places, name.hits, clipped([]byte(p.path)))
			}
			p.entry(kind, places[next].line, e)
		}
		if used != len(places) {
			return p.damaged("%s and %s of %q are not of the same things", name.places, name.hits, clipped([]byte(p.path)))
		}
	}
	distinct(p.functions)
	distinct(p.branches)
	f := coverage.File{Path: p.path, Detail: p.detail()}
	f.Counts = counted(f.Detail, coverage.Metrics...)
	return p.emit(f)
}

func (p *istanbulParser) entry(kind int, line uint32, e istanbulEntry) {
	switch kind {
	case 0:
		p.lines = append(p.lines, coverage.NewLine(line, e.hit))
		p.statements = append(p.statements, coverage.Statement{Key: e.id, N: 1, Hit: e.hit})
	case 1:
		p.functions = append(p.functions, coverage.NewPoint(line, uint32(e.id), e.hit)) //nolint:gosec // distinct sees to the rest
	case 2:
		p.branches = append(p.branches, coverage.NewPoint(line, uint32(e.id)<<10+e.n, e.hit)) //nolint:gosec // as above
	}
}
