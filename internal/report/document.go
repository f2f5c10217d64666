// Package report shows one result in many ways: for a person in a terminal, as
// Markdown in a job summary, as one self-contained HTML page. A capability
// describes what it found as a [Document]; how that looks is decided here, in
// one place for all of cutover.
package report

import (
	"html/template"
	"time"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Tone says how something reads: good, bad, doubtful, or neither.
type Tone int

// The tones. A tone never stands by its colour alone: a word or sign goes with it.
const (
	Plain Tone = iota
	Good
	Bad
	Doubt
	Quiet
)

// ToneOf returns the tone of a verdict.
func ToneOf(v verdict.Verdict) Tone {
	switch v {
	case verdict.Pass:
		return Good
	case verdict.Fail:
		return Bad
	}
	return Doubt
}

// Document is what a capability wants to tell.
type Document struct {
	Title string
	// Verdict heads the document; empty for one that judges nothing.
	Verdict verdict.Verdict
	// Lead is the sentence that somebody reads who reads only one.
	Lead   string
	Blocks []Block
}

// Block is one part of a document: Section, Text, Table, Bars, Lanes, Chart,
// Log or Rich.
type Block interface{ block() }

// Section is a heading; what follows belongs to it until the next one.
type Section struct{ Title string }

// Text is a paragraph.
type Text struct{ Body string }

// Table is rows under columns. Rows may be shorter than the columns.
type Table struct {
	Caption string
	Columns []Column
	Rows    [][]Cell
	// More is how many rows were left out; a line under the table says so.
	More int
}

// Column heads a table's column.
type Column struct {
	Title   string
	Numeric bool
}

// Cell is one cell. Share, from 0 to 1, adds a small bar behind the text.
type Cell struct {
	Text  string
	Tone  Tone
	Code  bool
	Href  string
	Share *float64
}

// Bars compares values on one scale, each with an optional limit mark.
type Bars struct {
	Caption string
	Unit    string
	// Max is the end of the scale; the scale begins at zero.
	Max  float64
	Rows []Bar
}

// Bar is one value of Bars, in its unit.
type Bar struct {
	Label string
	Value float64
	Limit *float64
	Tone  Tone
}

// Lanes shows what happened side by side over time (a Gantt chart).
type Lanes struct {
	Caption string
	Spans   []Span
	// Again says that a table of the document tells the spans already: they are
	// drawn, and not listed once more.
	Again bool
}

// Span is one piece of work in a lane, in time since the start.
type Span struct {
	Lane, Label string
	Start, End  time.Duration
	Tone        Tone
}

// Log is preformatted text, folded away where that can be done.
type Log struct {
	Caption string
	Body    string
	Open    bool
}

// Rich is markup that has been sanitised by whoever made it, such as another
// action's job summary. Only the page shows it.
type Rich struct {
	Caption string
	HTML    template.HTML
}

func (Section) block() {}
func (Text) block()    {}
func (Table) block()   {}
func (Bars) block()    {}
func (Lanes) block()   {}
func (Log) block()     {}
func (Rich) block()    {}

// Mark returns the sign and word of a verdict as they head every face.
func Mark(v verdict.Verdict) string {
	switch v {
	case verdict.Pass:
		return "✓ pass"
	case verdict.Fail:
		return "✗ fail"
	case verdict.Inconclusive:
		return "? inconclusive"
	}
	return ""
}

// Seconds writes a duration as people say it: 0.4 s, 12 s, 3 min 5 s, 4 min,
// 2 h 4 min, 3 h.
func Seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return trimZero(d.Seconds()) + " s"
	case d < time.Minute:
		return itoa(int(d.Seconds()+0.5)) + " s"
	case d < time.Hour:
		return itoa(int(d.Minutes())) + " min" + rest(int(d.Seconds())%60, "s")
	}
	return itoa(int(d.Hours())) + " h" + rest(int(d.Minutes())%60, "min")
}

// rest writes what remains in the smaller unit, unless nothing does.
func rest(n int, unit string) string {
	if n == 0 {
		return ""
	}
	return " " + itoa(n) + " " + unit
}
