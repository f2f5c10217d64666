package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// LCOV's tracefile, as geninfo(1) describes it: one record a source file from
// SF: to end_of_record; DA, BRDA and FN/FNDA (or FNL/FNA since 2.2) list lines,
// branches and functions, LF/LH, BRF/BRH and FNF/FNH repeat their sums.
func init() {
	register(Format{
		Name: "lcov", Made: "LCOV, Vitest, Jest, c8, gcov", SilenceIsZero: true,
		Detect: func(head []byte) bool {
			for _, start := range [][]byte{[]byte("TN:"), []byte("SF:")} {
				if bytes.HasPrefix(head, start) {
					return true
				}
			}
			return false
		},
		Parse: func(r *bufio.Reader, emit func(coverage.File) error) error {
			p := &lcovParser{emit: emit, in: lineReader{r: r}}
			return p.parse()
		},
	})
}

type lcovParser struct {
	emit func(coverage.File) error
	in   lineReader
	// open says whether a record is; rec is it, used again for the next.
	open bool
	rec  lcovRecord
}

// sums is what a record says of one metric: how many entries it lists, and the
// sums it repeats, -1 until they are given.
type sums struct{ listed, found, hit int64 }

// lcovRecord collects one file.
type lcovRecord struct {
	scratch
	path                       string
	start                      int
	lines, branches, functions sums
	// placed are the lines of FN and FNL; counted the functions' hits.
	placed  []lcovPlace
	counted []lcovFunction
}

func (p *lcovParser) begin(path []byte) error {
	name := string(path)
	if err := checkName(p.in.number, name); err != nil {
		return err
	}
	unknown := sums{found: -1, hit: -1}
	r := &p.rec
	r.reset()
	r.path, r.start = name, p.in.number
	r.lines, r.branches, r.functions = unknown, unknown, unknown
	r.placed, r.counted = r.placed[:0], r.counted[:0]
	p.open = true
	return nil
}

func (p *lcovParser) parse() error {
	for {
		line, err := p.in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if p.open && p.plainDA(line) {
			continue
		}
		if err := p.one(bytes.TrimSpace(line)); err != nil {
			return err
		}
	}
	if p.open {
		return damaged(p.rec.start, "the record of %q has no end_of_record, so the report breaks off", clipped([]byte(p.rec.path)))
	}
	return nil
}

// plainDA reads "DA:<line>,<hits>", which nearly every line of a tracefile is,
// and leaves everything else to one.
func (p *lcovParser) plainDA(line []byte) bool {
	if len(line) < 6 || len(line) > 30 || line[0] != 'D' || line[1] != 'A' || line[2] != ':' {
		return false
	}
	number, i := uint32(0), 3
	for ; i < len(line) && line[i]-'0' < 10 && i < 11; i++ {
		number = number*10 + uint32(line[i]-'0')
	}
	if i+1 >= len(line) || line[i] != ',' || number < 1 || number > mostLine {
		return false
	}
	seen := byte(0)
	for _, c := range line[i+1:] {
		if c-'0' > 9 {
			return false
		}
		seen |= c - '0'
	}
	r := &p.rec
	if len(r.scratch.lines) > mostInFile {
		return false
	}
	r.scratch.lines = append(r.scratch.lines, coverage.NewLine(number, seen != 0))
	r.lines.listed++
	return true
}

// one reads one line of the tracefile.
func (p *lcovParser) one(line []byte) error {
	if len(line) == 0 || line[0] == '#' {
		return nil
	}
	if bytes.Equal(line, []byte("end_of_record")) {
		return p.end()
	}
	key, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return damaged(p.in.number, "%q is no line of a tracefile", clipped(line))
	}
	if !p.open {
		return p.outside(string(key), value)
	}
	if p.rec.full() || len(p.rec.counted) > mostInFile || len(p.rec.placed) > mostInFile {
		return tooMuch(fmt.Sprintf("more than %d entries of %q", mostInFile, clipped([]byte(p.rec.path))))
	}
	switch string(key) {
	case "DA":
		return p.da(value)
	case "BRDA":
		return p.brda(value)
	case "FN", "FNL", "FNDA", "FNA":
		return p.function(string(key), value)
	case "SF":
		return damaged(p.in.number, "a record begins before the one of %q has ended", clipped([]byte(p.rec.path)))
	}
	return p.sum(string(key), value)
}

// outside reads a line between records: only a test name, a version or the
// start of a record may stand there.
func (p *lcovParser) outside(key string, value []byte) error {
	switch key {
	case "SF":
		if len(value) == 0 {
			return damaged(p.in.number, "SF names no file")
		}
		return p.begin(value)
	case "TN", "VER":
		return nil
	}
	return damaged(p.in.number, "%q stands outside of any record", clipped([]byte(key)))
}

// da reads DA:<line>,<hits>[,<checksum>].
func (p *lcovParser) da(value []byte) error {
	number, rest, ok := cutNumber(value)
	hits, _, _ := bytes.Cut(rest, []byte(","))
	hit, valid := isHit(hits)
	if !ok || !valid || number < 1 || number > mostLine {
		return damaged(p.in.number, "DA:%s is no line and hit count", clipped(value))
	}
	p.rec.scratch.lines = append(p.rec.scratch.lines, coverage.NewLine(uint32(number), hit))
	p.rec.lines.listed++
	return nil
}

// brda reads BRDA:<line>,[e]<block>,<branch>,<taken>; "-" is never reached.
func (p *lcovParser) brda(value []byte) error {
	number, rest, ok := cutNumber(value)
	i := bytes.LastIndexByte(rest, ',')
	if !ok || i < 0 || bytes.IndexByte(rest[:i], ',') < 0 {
		return damaged(p.in.number, "BRDA:%s lacks one of line, block, branch, taken", clipped(value))
	}
	if number < 1 || number > mostLine {
		return damaged(p.in.number, "BRDA:%s is on no line", clipped(value))
	}
	taken := rest[i+1:]
	hit, valid := isHit(taken)
	if !valid && !bytes.Equal(taken, []byte("-")) {
		return damaged(p.in.number, "BRDA:%s has no count of how often the branch was taken", clipped(value))
	}
	p.rec.scratch.branches = append(p.rec.scratch.branches, coverage.NewPoint(uint32(number), branchKey(rest[:i]), hit))
	p.rec.branches.listed++
	return nil
}

// branchKey makes a key of "<block>,<branch>": both numbers where they are
// small, as they nearly always are, so that what is written in order needs no
// sorting.
func branchKey(b []byte) uint32 {
	block, rest, ok := cutNumber(b)
	branch, valid := number(rest)
	if ok && valid && block < 1<<13 && branch < 1<<10 {
		return uint32(block<<10 | branch) //nolint:gosec // below 2^23
	}
	return keyOf(b) | 1<<23
}

// sum reads the repeated sums and passes over what carries no coverage.
func (p *lcovParser) sum(key string, value []byte) error {
	r := &p.rec
	var target *int64
	switch key {
	case "LF":
		target = &r.lines.found
	case "LH":
		target = &r.lines.hit
	case "BRF":
		target = &r.branches.found
	case "BRH":
		target = &r.branches.hit
	case "FNF":
		target = &r.functions.found
	case "FNH":
		target = &r.functions.hit
	default:
		return nil // FN, FNL, VER, MCDC and what later versions add
	}
	n, ok := number(value)
	if !ok {
		return damaged(p.in.number, "%s:%s is no count", key, clipped(value))
	}
	*target = n
	return nil
}

// end closes the record, checks its sums and emits the file.
func (p *lcovParser) end() error {
	if !p.open {
		return damaged(p.in.number, "end_of_record without a record")
	}
	p.open = false
	r := &p.rec
	r.scratch.functions = joinFunctions(r.scratch.functions, r.placed, r.counted)
	f := coverage.File{Path: r.path, Counts: make(coverage.Counts, len(coverage.Metrics)), Detail: r.detail()}
	for _, m := range [...]struct {
		metric  coverage.Metric
		sums    sums
		counted coverage.Count
	}{
		{coverage.Lines, r.lines, coverage.CountLines(f.Detail.Lines)},
		{coverage.Branches, r.branches, coverage.CountPoints(f.Detail.Branches)},
		{coverage.Functions, r.functions, coverage.CountPoints(f.Detail.Functions)},
	} {
		c, ok, err := m.sums.count(m.metric, m.counted)
		if err != nil {
			return damaged(p.in.number, "%q %v", clipped([]byte(r.path)), err)
		}
		if ok {
			f.Counts[m.metric] = c
		}
	}
	return p.emit(f)
}

// count decides what a record says of one metric: what it lists, else its
// sums. ok is false when the record says nothing.
func (s sums) count(m coverage.Metric, counted coverage.Count) (c coverage.Count, ok bool, err error) {
	switch {
	case s.listed > 0 && s.found > s.listed:
		// Fewer may be counted than listed (a line listed twice), never more.
		return c, false, fmt.Errorf("counts %d %s but lists %d", s.found, m, s.listed)
	case s.listed > 0 && s.found >= 0 && s.hit > s.found:
		return c, false, fmt.Errorf("gives sums of its %s that contradict each other", m)
	case s.listed > 0:
		return counted, true, nil
	case s.found > 0 && m == coverage.Lines:
		return c, false, fmt.Errorf("counts %d lines but lists none", s.found)
	case s.found >= 0 && (s.hit < 0 || s.hit > s.found):
		return c, false, fmt.Errorf("gives sums of its %s that contradict each other", m)
	case s.found >= 0:
		return coverage.Count{Covered: s.hit, Total: s.found}, true, nil
	}
	// A file of comments has no line; of other metrics silence says nothing.
	return c, m == coverage.Lines, nil
}
