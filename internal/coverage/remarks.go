package coverage

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Remark is a message about a place, for whoever shows annotations.
type Remark struct {
	// Path is empty for a remark on the whole; lines count from 1.
	Path     string
	From, To int
	Message  string
	Failed   bool
}

// remarksShown bounds the remarks on files: GitHub shows ten of a kind a step
// and drops the rest without a word, so the last place says what is left out.
const remarksShown = 9

// Remarks returns what to pin to the run and to files: one for each failed
// total, then the changed lines that no test runs; without a change under
// review, the first uncovered run of the worst files if lines failed.
func (r Result) Remarks() []Remark {
	var remarks []Remark
	linesFailed := false
	for _, f := range r.Findings {
		if f.Verdict == verdict.Pass || f.Gate == "file" {
			continue
		}
		linesFailed = linesFailed || f.Metric == Lines
		remarks = append(remarks, Remark{Failed: true, Message: f.sentence()})
	}
	places := r.filePlaces()
	if r.Patch != nil {
		places = append(places, r.changedPlaces()...)
	} else if linesFailed {
		places = append(places, r.worstPlaces()...)
	}
	if left := len(places) - remarksShown; left > 1 {
		places = append(places[:remarksShown], Remark{Message: fmt.Sprintf("%d more places are in the job summary.", left)})
	}
	return append(remarks, places...)
}

func (f Finding) sentence() string {
	if f.Gate == "drop" {
		return fmt.Sprintf("%s: %s points, and at most %s are allowed. %s", f.Name, report.Number(*f.Observed), report.Number(*f.Limit), f.Change)
	}
	return fmt.Sprintf("%s: %s is below the minimum of %s%%. %s", f.Name, percentText(*f.Observed), report.Number(*f.Limit), f.Change)
}

// filePlaces are the files that miss their own minimum.
func (r Result) filePlaces() []Remark {
	var remarks []Remark
	for _, f := range r.Findings {
		if f.Gate == "file" && f.Verdict == verdict.Fail {
			remarks = append(remarks, Remark{Path: f.Path, From: 1, To: 1, Failed: true, Message: f.sentence()})
		}
	}
	return remarks
}

// changedPlaces are the changed lines that no test runs, a run of lines each.
func (r Result) changedPlaces() []Remark {
	var remarks []Remark
	for _, path := range slices.Sorted(maps.Keys(r.Patch.Uncovered)) {
		for _, g := range r.Patch.Uncovered[path] {
			message := fmt.Sprintf("No test runs this changed line (%d).", g.From)
			if g.To > g.From {
				message = fmt.Sprintf("No test runs these changed lines (%d to %d).", g.From, g.To)
			}
			remarks = append(remarks, Remark{Path: path, From: g.From, To: g.To, Message: message})
		}
	}
	return remarks
}

func (r Result) worstPlaces() []Remark {
	var remarks []Remark
	for _, f := range r.Files {
		if len(f.Uncovered) > 0 {
			remarks = append(remarks, Remark{
				Path: f.Path, From: f.Uncovered[0].From, To: f.Uncovered[0].To,
				Message: fmt.Sprintf("%d of %d lines are not covered: %s", f.uncoveredLines(), f.Lines.Total, rangesText(f.Uncovered, 6)),
			})
		}
	}
	return remarks
}
