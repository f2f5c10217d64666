// Package coverage reads test coverage reports and judges them.
//
// A format is one file in the format folder, a gate is one file here; each
// registers itself, and nothing else has to change for a further one.
package coverage

import (
	"cmp"
	"slices"
)

// Metric is what is counted.
type Metric string

// The four metrics, in the order in which they are shown.
const (
	Lines      Metric = "lines"
	Branches   Metric = "branches"
	Functions  Metric = "functions"
	Statements Metric = "statements"
)

// Metrics lists all metrics in order.
var Metrics = []Metric{Lines, Branches, Functions, Statements}

// Count is how many of a metric's things the tests ran.
type Count struct {
	Covered, Total int64
}

// Percent returns the share in percent, cut (never rounded up) to two digits:
// 94.999% must not read as the 95% that it is not. Zero of zero is 100.
func (c Count) Percent() float64 {
	if c.Total == 0 {
		return 100
	}
	return float64(c.Covered*10_000/c.Total) / 100
}

func (c Count) plus(o Count) Count { return Count{c.Covered + o.Covered, c.Total + o.Total} }

// Counts holds the metrics that a report carries. An absent metric was not
// measured, which is not the same as zero.
type Counts map[Metric]Count

// Line is one executable line, packed for reports of millions of lines: the
// number shifted left by one, the lowest bit set when a test ran it.
type Line uint32

// NewLine packs a line number, counted from 1, and whether it was run.
func NewLine(number uint32, hit bool) Line {
	l := Line(number << 1)
	if hit {
		l |= 1
	}
	return l
}

// Number returns the line's number, counted from 1.
func (l Line) Number() int { return int(l >> 1) }

// Hit says whether a test ran the line.
func (l Line) Hit() bool { return l&1 == 1 }

// Point is a branch or a function within a file, known by its line and a key
// that are the same in every report of that file. It is kept to 8 bytes: large
// reports have millions.
type Point struct {
	// Line is where it stands, counted from 1; 0 when the format does not say.
	Line uint32
	key  [3]byte
	Hit  bool
}

// PointKeys is how many keys there are on one line.
const PointKeys = 1 << 24

// NewPoint makes a point; of the key, [PointKeys] are told apart.
func NewPoint(line, key uint32, hit bool) Point {
	p := Point{Line: line, Hit: hit}
	for i := range p.key {
		p.key[i] = byte(key >> (16 - 8*i) & 0xff)
	}
	return p
}

// Key returns the key that tells the points of one line apart.
func (p Point) Key() uint32 {
	return uint32(p.key[0])<<16 | uint32(p.key[1])<<8 | uint32(p.key[2])
}

// Before compares by place, then by key, as sorting functions do.
func (p Point) Before(q Point) int {
	return cmp.Or(cmp.Compare(p.Line, q.Line), cmp.Compare(p.Key(), q.Key()))
}

// Statement is a run of N statements that are always executed together, known
// by a key that is the same in every report of its file.
type Statement struct {
	Key uint64
	N   uint32
	Hit bool
}

func (s Statement) before(t Statement) int { return cmp.Compare(s.Key, t.Key) }

// File is what one report says of one source file.
type File struct {
	// Path as the report writes it, then relative to the repository's root.
	Path   string
	Counts Counts
	// Detail is nil for formats that carry sums only.
	Detail *Detail
	// Hints says where Path may start when it is no path from the repository's
	// root; nil says nothing. All files of a report share one.
	Hints *Hints
}

// Hints helps to find a file in a checkout. See [Report.Located].
type Hints struct {
	// Roots are folders that the path may start from, tried in order, before
	// the path alone.
	Roots []string
	// Import says that the path begins with the name of a Go module.
	Import bool
}

// Detail lets reports of the same file be merged and uncovered lines be shown.
// Lines are sorted by number and unique; the others by key.
type Detail struct {
	Lines      []Line
	Branches   []Point
	Functions  []Point
	Statements []Statement
}

// entries is how much memory and time a detail takes, counted in things.
func (d *Detail) entries() int {
	return len(d.Lines) + len(d.Branches) + len(d.Functions) + len(d.Statements)
}

// Range is a run of lines, both ends included.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Uncovered returns the runs of executable lines that no test ran. Lines that
// hold no code do not interrupt a run.
func (d *Detail) Uncovered() []Range {
	// Counted first: a large report has a million of them, and slices that grow
	// would hold twice as many.
	runs, open := 0, false
	for _, l := range d.Lines {
		if !l.Hit() && !open {
			runs++
		}
		open = !l.Hit()
	}
	if runs == 0 {
		return nil
	}
	ranges := make([]Range, 0, runs)
	open = false
	for _, l := range d.Lines {
		switch {
		case l.Hit():
			open = false
		case open:
			ranges[len(ranges)-1].To = l.Number()
		default:
			ranges = append(ranges, Range{l.Number(), l.Number()})
			open = true
		}
	}
	return ranges
}

// Normalise sorts and merges the detail's entries; a thing reported twice was
// run if any of its entries says so.
func (d *Detail) Normalise() {
	d.Lines = NormaliseLines(d.Lines)
	d.Branches = NormalisePoints(d.Branches)
	d.Functions = NormalisePoints(d.Functions)
	d.Statements = NormaliseStatements(d.Statements)
}

// NormaliseLines sorts lines in place and joins those of one number.
func NormaliseLines(lines []Line) []Line {
	byNumber := func(a, b Line) int { return cmp.Compare(a>>1, b>>1) }
	return normalise(lines, byNumber, func(a *Line, b Line) { *a |= b & 1 })
}

// NormalisePoints sorts points in place and joins those of one place and key.
func NormalisePoints(points []Point) []Point {
	return normalise(points, Point.Before, func(a *Point, b Point) { a.Hit = a.Hit || b.Hit })
}

// NormaliseStatements sorts statements in place and joins those of one key.
func NormaliseStatements(all []Statement) []Statement {
	return normalise(all, Statement.before, func(a *Statement, b Statement) { a.Hit = a.Hit || b.Hit })
}

func normalise[T any](all []T, compare func(a, b T) int, join func(a *T, b T)) []T {
	ordered := true
	for i := 1; i < len(all) && ordered; i++ {
		ordered = compare(all[i-1], all[i]) < 0
	}
	if ordered { // as most reports are written
		return all
	}
	slices.SortFunc(all, compare)
	kept := all[:0]
	for _, x := range all {
		if n := len(kept); n > 0 && compare(kept[n-1], x) == 0 {
			join(&kept[n-1], x)
			continue
		}
		kept = append(kept, x)
	}
	return kept
}

// CountLines derives the sum from a detail's lines.
func CountLines(lines []Line) Count {
	c := Count{Total: int64(len(lines))}
	for _, l := range lines {
		c.Covered += int64(l & 1)
	}
	return c
}

// CountPoints derives the sum from branches or functions.
func CountPoints(points []Point) Count {
	c := Count{Total: int64(len(points))}
	for _, p := range points {
		if p.Hit {
			c.Covered++
		}
	}
	return c
}

// CountStatements derives the sum of statements, not of their runs.
func CountStatements(all []Statement) Count {
	var c Count
	for _, s := range all {
		c.Total += int64(s.N)
		if s.Hit {
			c.Covered += int64(s.N)
		}
	}
	return c
}

// Source is where a report came from.
type Source struct {
	// Name is the file as the user named it, Format what it was read as.
	Name   string `json:"name"`
	Format string `json:"format"`
}

// Report is everything that was read, merged, sorted by path.
type Report struct {
	Sources []Source
	Files   []File
}

// Total sums every metric that all files carry. A metric that one file lacks
// is left out: a sum over some of the files would look better than it is.
func (r Report) Total() Counts {
	total := Counts{}
	for _, m := range Metrics {
		var sum Count
		all := len(r.Files) > 0
		for _, f := range r.Files {
			c, ok := f.Counts[m]
			all = all && ok
			sum = sum.plus(c)
		}
		if all {
			total[m] = sum
		}
	}
	return total
}
