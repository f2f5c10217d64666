package format

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// What a report may hold: far beyond any real one, and little enough that a
// hostile one cannot fill a machine.
const (
	// mostRecords bounds files, each as often as it is repeated.
	mostRecords = 1 << 20
	// mostEntries bounds lines, branches, functions and statements together.
	mostEntries = 1 << 27
	// mostInFile bounds each of these in one file.
	mostInFile = 1 << 23
	// mostLine is the highest line number.
	mostLine = 1<<24 - 1
	// mostName bounds a path in bytes, as file systems do; mostNames all of them.
	mostName  = 4096
	mostNames = 1 << 28
)

// collector takes what a parser emits and watches over its size.
type collector struct {
	joined                  coverage.Joiner
	records, entries, names int
}

func (c *collector) add(f coverage.File) error {
	if c.records++; c.records > mostRecords {
		return tooMuch(fmt.Sprintf("more than %d records of files", mostRecords))
	}
	if d := f.Detail; d != nil {
		c.entries += len(d.Lines) + len(d.Branches) + len(d.Functions) + len(d.Statements)
	}
	if c.entries > mostEntries {
		return tooMuch(fmt.Sprintf("more than %d lines, branches, functions and statements", mostEntries))
	}
	if c.names += len(f.Path); c.names > mostNames {
		return tooMuch(fmt.Sprintf("names of files of more than %d bytes", mostNames))
	}
	return c.joined.Add(f)
}

// tooMuch is the error for a report that is larger than any real one.
func tooMuch(what string) error {
	return &fault.Fault{
		Kind: fault.Input, What: "holds " + what + ", which is more than is read here",
		Next: "Give several smaller reports instead, or check what wrote this one.",
	}
}

// checkName refuses names that no source file has: a terminal, a log or a page
// would show something else than what is meant.
func checkName(line int, name string) error {
	if name == "" {
		return damaged(line, "a source file without a name")
	}
	if len(name) > mostName {
		return damaged(line, "a file's name of %d bytes, more than %d", len(name), mostName)
	}
	for _, c := range []byte(name) {
		if c < ' ' || c == 0x7f {
			return damaged(line, "the file's name %q holds a control character", clipped([]byte(name)))
		}
	}
	return nil
}

// scratch gathers one file's figures in slices that the next file uses again.
type scratch struct {
	lines      []coverage.Line
	branches   []coverage.Point
	functions  []coverage.Point
	statements []coverage.Statement
	slabs      struct {
		lines      slab[coverage.Line]
		points     slab[coverage.Point]
		statements slab[coverage.Statement]
	}
}

func (s *scratch) reset() {
	s.lines, s.branches = s.lines[:0], s.branches[:0]
	s.functions, s.statements = s.functions[:0], s.statements[:0]
}

// full says whether one file holds more than any real one.
func (s *scratch) full() bool {
	return max(len(s.lines), len(s.branches), len(s.functions), len(s.statements)) > mostInFile
}

// detail normalises what was gathered and returns a copy of exactly its size.
func (s *scratch) detail() *coverage.Detail {
	return &coverage.Detail{
		Lines:      s.slabs.lines.keep(coverage.NormaliseLines(s.lines)),
		Branches:   s.slabs.points.keep(coverage.NormalisePoints(s.branches)),
		Functions:  s.slabs.points.keep(coverage.NormalisePoints(s.functions)),
		Statements: s.slabs.statements.keep(coverage.NormaliseStatements(s.statements)),
	}
}

// slab hands out parts of large pieces of memory: many small ones of their own
// would each be rounded up to the next size, an eighth more on average.
type slab[T any] struct{ free []T }

// slabSize is a piece's size in entries.
const slabSize = 16 << 10

// keep copies s to where it stays.
func (b *slab[T]) keep(s []T) []T {
	switch {
	case len(s) == 0:
		return nil
	case len(s) > slabSize/8:
		return append(make([]T, 0, len(s)), s...)
	case len(s) > cap(b.free)-len(b.free):
		b.free = make([]T, 0, slabSize)
	}
	start := len(b.free)
	b.free = append(b.free, s...)
	return slices.Clip(b.free[start:])
}

// counted derives the sums of the metrics that a format lists.
func counted(d *coverage.Detail, metrics ...coverage.Metric) coverage.Counts {
	counts := make(coverage.Counts, len(metrics))
	for _, m := range metrics {
		switch m {
		case coverage.Lines:
			counts[m] = coverage.CountLines(d.Lines)
		case coverage.Branches:
			counts[m] = coverage.CountPoints(d.Branches)
		case coverage.Functions:
			counts[m] = coverage.CountPoints(d.Functions)
		case coverage.Statements:
			counts[m] = coverage.CountStatements(d.Statements)
		}
	}
	return counts
}

// sharedOut adds a line's branches where a format says only that so many of
// them were taken. Which ones is not known: the first are taken to be, so that
// two reports joined never claim more than the better of them.
func (s *scratch) sharedOut(line uint32, taken, of int64) {
	for i := range of {
		s.branches = append(s.branches, coverage.NewPoint(line, uint32(i), i < taken))
	}
}

// mostBranches bounds the branches of one line.
const mostBranches = 1 << 16

// hash makes a key of a name: FNV-1a, the same in every process.
func hash(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// keyOf makes a point's key of a name.
func keyOf(name []byte) uint32 { return uint32(hash(name) >> 40) }

// distinct sorts points that are known to be different things and moves those
// to the next key whose names happen to share one.
func distinct(points []coverage.Point) {
	slices.SortStableFunc(points, coverage.Point.Before)
	for i := 1; i < len(points); i++ {
		if last := points[i-1]; last.Before(points[i]) >= 0 {
			points[i] = coverage.NewPoint(last.Line, last.Key()+1, points[i].Hit)
		}
	}
}
