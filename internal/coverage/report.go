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

// Point is a branch or a function within a file, known by a key that is the
// same in every report of that file.
type Point struct {
	Key uint64
	Hit bool
}

// File is what one report says of one source file.
type File struct {
	// Path as the report writes it, then relative to the repository's root.
	Path   string
	Counts Counts
	// Detail is nil for formats that carry sums only.
	Detail *Detail
}

// Detail lets reports of the same file be merged and uncovered lines be shown.
// Lines are sorted by number and unique; Branches and Functions by key.
type Detail struct {
	Lines     []Line
	Branches  []Point
	Functions []Point
}

// Range is a run of lines, both ends included.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Uncovered returns the runs of executable lines that no test ran. Lines that
// hold no code do not interrupt a run.
func (d *Detail) Uncovered() []Range {
	var ranges []Range
	open := false
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
	slices.Sort(d.Lines)
	// Sorted, the entry with the hit bit is the last of its number.
	kept := d.Lines[:0]
	for _, l := range d.Lines {
		if n := len(kept); n > 0 && kept[n-1]>>1 == l>>1 {
			kept[n-1] = l
			continue
		}
		kept = append(kept, l)
	}
	d.Lines = kept
	d.Branches = normalisePoints(d.Branches)
	d.Functions = normalisePoints(d.Functions)
}

func normalisePoints(points []Point) []Point {
	slices.SortFunc(points, func(a, b Point) int { return cmp.Compare(a.Key, b.Key) })
	kept := points[:0]
	for _, p := range points {
		if n := len(kept); n > 0 && kept[n-1].Key == p.Key {
			kept[n-1].Hit = kept[n-1].Hit || p.Hit
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// CountLines derives the sum from a detail's lines.
func CountLines(lines []Line) Count {
	c := Count{Total: int64(len(lines))}
	for _, l := range lines {
		if l.Hit() {
			c.Covered++
		}
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
