package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"

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
			p := &lcovParser{emit: emit}
			return p.parse(r)
		},
	})
}

// maxLCOVLine bounds a line in bytes; names of files and functions are the
// longest things in a tracefile.
const maxLCOVLine = 64 << 10

// keySeed makes keys equal within a process, which is all that merging needs.
var keySeed = maphash.MakeSeed()

type lcovParser struct {
	emit func(coverage.File) error
	line int
	// rec is the open record; nil between records.
	rec *lcovRecord
}

// sums is what a record says of one metric: how many entries it lists, and the
// sums it repeats, -1 until they are given.
type sums struct{ listed, found, hit int64 }

// lcovRecord collects one file.
type lcovRecord struct {
	path                       string
	start                      int
	detail                     coverage.Detail
	lines, branches, functions sums
	// unordered lines need sorting; most tools write them in order.
	unordered bool
	// named counts functions by name: two classes may have a method each.
	named map[string]int
}

func newLCOVRecord(path string, start int) *lcovRecord {
	unknown := sums{found: -1, hit: -1}
	return &lcovRecord{
		path: path, start: start, lines: unknown, branches: unknown, functions: unknown,
		named: map[string]int{},
	}
}

func (p *lcovParser) parse(r *bufio.Reader) error {
	for {
		raw, err := readLine(r, maxLCOVLine)
		if errors.Is(err, io.EOF) {
			break
		}
		p.line++
		if errors.Is(err, errLineTooLong) {
			return damaged(p.line, "a line of more than %d bytes", maxLCOVLine)
		}
		if err != nil {
			return err
		}
		if err := p.one(bytes.TrimSpace(raw)); err != nil {
			return err
		}
	}
	if p.rec != nil {
		return damaged(p.rec.start, "the record of %q has no end_of_record, so the report breaks off", p.rec.path)
	}
	return nil
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
		return damaged(p.line, "%q is no line of a tracefile", clipped(line))
	}
	if p.rec == nil {
		return p.outside(string(key), value)
	}
	switch string(key) {
	case "DA":
		return p.da(value)
	case "BRDA":
		return p.brda(value)
	case "FNDA":
		return p.function(value, 1)
	case "FNA":
		return p.function(value, 2)
	case "SF":
		return damaged(p.line, "a record begins before the one of %q has ended", p.rec.path)
	}
	return p.sum(string(key), value)
}

// outside reads a line between records: only a test name, a version or the
// start of a record may stand there.
func (p *lcovParser) outside(key string, value []byte) error {
	switch key {
	case "SF":
		if len(value) == 0 {
			return damaged(p.line, "SF names no file")
		}
		p.rec = newLCOVRecord(string(value), p.line)
		return nil
	case "TN", "VER":
		return nil
	}
	return damaged(p.line, "%q stands outside of any record", key)
}

// da reads DA:<line>,<hits>[,<checksum>].
func (p *lcovParser) da(value []byte) error {
	number, rest, ok := cutNumber(value)
	hits, _, _ := bytes.Cut(rest, []byte(","))
	hit, valid := isHit(hits)
	if !ok || !valid || number < 1 || number > 1<<30 {
		return damaged(p.line, "DA:%s is no line and hit count", clipped(value))
	}
	l := coverage.NewLine(uint32(number), hit)
	d := &p.rec.detail
	if n := len(d.Lines); n > 0 && d.Lines[n-1]>>1 >= l>>1 {
		p.rec.unordered = true
	}
	d.Lines = append(d.Lines, l)
	p.rec.lines.listed++
	return nil
}

// brda reads BRDA:<line>,[e]<block>,<branch>,<taken>; "-" is never reached.
func (p *lcovParser) brda(value []byte) error {
	i := bytes.LastIndexByte(value, ',')
	if i < 0 || bytes.Count(value[:i], []byte(",")) < 2 {
		return damaged(p.line, "BRDA:%s lacks one of line, block, branch, taken", clipped(value))
	}
	taken := value[i+1:]
	hit, valid := isHit(taken)
	if !valid && !bytes.Equal(taken, []byte("-")) {
		return damaged(p.line, "BRDA:%s has no count of how often the branch was taken", clipped(value))
	}
	p.rec.detail.Branches = append(p.rec.detail.Branches, coverage.Point{Key: maphash.Bytes(keySeed, value[:i]), Hit: hit})
	p.rec.branches.listed++
	return nil
}

// function reads FNDA:<hits>,<name> and, since LCOV 2.2, FNA:<index>,<hits>,<name>.
func (p *lcovParser) function(value []byte, fields int) error {
	var hits []byte
	rest := value
	for range fields {
		var ok bool
		if hits, rest, ok = bytes.Cut(rest, []byte(",")); !ok {
			return damaged(p.line, "%q has no hit count and name", clipped(value))
		}
	}
	hit, valid := isHit(hits)
	if !valid {
		return damaged(p.line, "%q has no hit count", clipped(value))
	}
	name := string(rest)
	key := maphash.String(keySeed, name+"\x00"+strconv.Itoa(p.rec.named[name]))
	p.rec.named[name]++
	p.rec.detail.Functions = append(p.rec.detail.Functions, coverage.Point{Key: key, Hit: hit})
	p.rec.functions.listed++
	return nil
}

// sum reads the repeated sums and passes over what carries no coverage.
func (p *lcovParser) sum(key string, value []byte) error {
	r := p.rec
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
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 0 {
		return damaged(p.line, "%s:%s is no count", key, clipped(value))
	}
	*target = n
	return nil
}

// end closes the record, checks its sums and emits the file.
func (p *lcovParser) end() error {
	r := p.rec
	if r == nil {
		return damaged(p.line, "end_of_record without a record")
	}
	p.rec = nil
	if r.unordered || r.branches.listed > 0 || r.functions.listed > 0 {
		r.detail.Normalise()
	}
	f := coverage.File{Path: r.path, Counts: coverage.Counts{}, Detail: &r.detail}
	for _, m := range []struct {
		metric  coverage.Metric
		sums    sums
		counted coverage.Count
	}{
		{coverage.Lines, r.lines, coverage.CountLines(r.detail.Lines)},
		{coverage.Branches, r.branches, coverage.CountPoints(r.detail.Branches)},
		{coverage.Functions, r.functions, coverage.CountPoints(r.detail.Functions)},
	} {
		c, ok, err := m.sums.count(m.metric, m.counted)
		if err != nil {
			return damaged(p.line, "%q %v", r.path, err)
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
