// Package format reads coverage reports. Each format is one file that
// registers a [Format]; the content decides which one reads a report, because
// names and endings lie.
package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/coverage"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Format is one kind of coverage report.
type Format struct {
	// Name as it is shown: "lcov".
	Name string
	// Made says what writes such reports, for error messages.
	Made string
	// Detect says whether head, the first bytes of a report without leading
	// white space, begins such a report. At most one format may accept a head.
	Detect func(head []byte) bool
	// SilenceIsZero: a file that lists nothing of a metric which other files of
	// the report list has none of it. Where formats repeat every sum, silence
	// is a gap instead.
	SilenceIsZero bool
	// Parse streams the report and emits every file, one several times if it
	// stands in several places. It must fail on anything that is truncated or
	// inconsistent, and hold no more in memory than one file's figures.
	Parse func(r *bufio.Reader, emit func(coverage.File) error) error
}

var registered []Format

// register adds a format; the order of files in the folder does not matter.
func register(f Format) {
	registered = append(registered, f)
	slices.SortFunc(registered, func(a, b Format) int { return strings.Compare(a.Name, b.Name) })
}

// Names lists the formats for help texts: "istanbul-summary (Istanbul …), …".
func Names() string {
	var names []string
	for _, f := range registered {
		names = append(names, f.Name+" ("+f.Made+")")
	}
	return strings.Join(names, ", ")
}

// headSize is how much of a report is looked at to tell its format, in bytes.
const headSize = 4096

// Read parses one report. name is used in errors. An empty report, one without
// a file, an unknown format and a truncated report are all errors.
func Read(name string, r io.Reader) (coverage.Report, error) {
	buffered := bufio.NewReaderSize(r, 256<<10)
	head, err := buffered.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return coverage.Report{}, &fault.Fault{Kind: fault.Outside, Name: name, What: "cannot be read", Err: err}
	}
	if mark := []byte("\ufeff"); bytes.HasPrefix(head, mark) {
		head = head[len(mark):]
		_, _ = buffered.Discard(len(mark)) // peeked at, so it is there
	}
	head = bytes.TrimLeft(head, " \t\r\n")
	if len(head) == 0 {
		return coverage.Report{}, bad(name, "is empty", "Check that the tests ran and wrote their coverage there.")
	}
	f, ok := detect(head)
	if !ok {
		if err := refusal(head); err != nil {
			return coverage.Report{}, inReport(name, err)
		}
		return coverage.Report{}, &fault.Fault{
			Kind: fault.Input, Name: name, What: "is no coverage report that is known here",
			Got: string(head[:min(len(head), 40)]), Allowed: Names(),
		}
	}
	c := &collector{}
	if err := f.Parse(buffered, c.add); err != nil {
		return coverage.Report{}, inReport(name, err)
	}
	files, err := c.joined.Files()
	if err != nil {
		return coverage.Report{}, inReport(name, err)
	}
	if len(files) == 0 {
		return coverage.Report{}, bad(name, "names no source file", "Check that the tests ran with coverage switched on.")
	}
	if f.SilenceIsZero {
		fillSilence(files)
	}
	return coverage.Report{Sources: []coverage.Source{{Name: name, Format: f.Name}}, Files: files}, nil
}

// fillSilence adds an empty count where only other files have a metric.
func fillSilence(files []coverage.File) {
	for _, m := range coverage.Metrics {
		carried := slices.ContainsFunc(files, func(f coverage.File) bool {
			_, ok := f.Counts[m]
			return ok
		})
		for _, f := range files {
			if _, ok := f.Counts[m]; carried && !ok {
				f.Counts[m] = coverage.Count{}
			}
		}
	}
}

func detect(head []byte) (Format, bool) {
	for _, f := range registered {
		if f.Detect(head) {
			return f, true
		}
	}
	return Format{}, false
}

func bad(name, what, next string) error {
	return &fault.Fault{Kind: fault.Input, Name: name, What: what, Next: next}
}

// inReport adds the report's name to a parser's error.
func inReport(name string, err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		f.File = name
		return err
	}
	return &fault.Fault{Kind: fault.Outside, File: name, What: "cannot be read", Err: err}
}

// damaged makes the error for a report that contradicts itself or breaks off.
func damaged(line int, format string, args ...any) error {
	return &fault.Fault{
		Kind: fault.Input, Line: line, What: "damaged report: " + fmt.Sprintf(format, args...),
		Next: "Make the report again; a part of one must not pass for the whole.",
	}
}
