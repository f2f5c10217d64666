package coverage

import (
	"fmt"
	"maps"
	"slices"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// The patch gate judges the lines that a change touches, and nothing that was
// there before: old debts neither block a change nor hide its own.
func init() { registerGate(Gate{Name: "patch", Judge: judgePatch}) }

func judgePatch(p Policy, s Subject) ([]Finding, error) {
	if !p.WantsPatch() {
		return nil, nil
	}
	if s.Changes == nil {
		return nil, &fault.Fault{
			Kind: fault.Input, Name: "patch", What: "is gated, and the changed lines are not known",
			Next: "Set base to the branch or commit to compare with.",
		}
	}
	var findings []Finding
	for _, m := range Metrics {
		limit := p.Patch.of(m)
		if limit == nil {
			continue
		}
		if m != Lines && m != Branches && m != Functions {
			return nil, &fault.Fault{Kind: fault.Input, Name: "patch", What: fmt.Sprintf("cannot judge %s: no report places them on lines", m), Allowed: "lines, branches, functions", Next: "Gate the changed lines instead."}
		}
		count, err := s.patchCount(m)
		if err != nil {
			return nil, err
		}
		findings = append(findings, s.patchFinding(m, count, *limit))
	}
	return findings, nil
}

func (s Subject) patchFinding(m Metric, count Count, limit unit.Percent) Finding {
	f := judgeShare("patch", m, count, limit, s.Report)
	f.Name = "changed " + string(m)
	f.Window = fmt.Sprintf("%d changed files", len(s.Changes))
	if count.Total == 0 {
		// A change of documents, or of lines without code, has nothing to cover.
		f.Verdict, f.Change = verdict.Pass, "Nothing that tests could run was changed."
	}
	return f
}

// patchCount counts what the change touches. A changed file without detail
// cannot be judged by lines; guessing from its sums would be worse.
func (s Subject) patchCount(m Metric) (Count, error) {
	var c Count
	for _, f := range s.Report.Files {
		if len(s.Changes[f.Path]) == 0 {
			continue
		}
		if f.Detail == nil {
			return c, &fault.Fault{
				Kind: fault.Input, Name: sourceNames(s.Report), What: fmt.Sprintf("carries sums only for %s, so its changed lines cannot be told", clip(f.Path)),
				Next: "Give a report with line detail such as LCOV.",
			}
		}
		f.Detail.each(m, func(line int, hit bool) {
			if !s.Changes.touches(f.Path, line) {
				return
			}
			c.Total++
			if hit {
				c.Covered++
			}
		})
	}
	return c, nil
}

// uncoveredChanges returns, for each file, the runs of changed executable lines
// that no test ran.
func (s Subject) uncoveredChanges() map[string][]Range {
	uncovered := map[string][]Range{}
	for _, f := range s.Report.Files {
		if f.Detail == nil || len(s.Changes[f.Path]) == 0 {
			continue
		}
		var touched Detail
		f.Detail.each(Lines, func(line int, hit bool) {
			if s.Changes.touches(f.Path, line) {
				touched.Lines = append(touched.Lines, NewLine(uint32(line), hit)) //nolint:gosec // line numbers of a report are below 2^30
			}
		})
		if ranges := touched.Uncovered(); len(ranges) > 0 {
			uncovered[f.Path] = ranges
		}
	}
	return uncovered
}

// unreported returns changed files that the report does not know: documents,
// or code that no test has ever loaded.
func (s Subject) unreported() []string {
	known := map[string]bool{}
	for _, f := range s.Report.Files {
		known[f.Path] = true
	}
	var paths []string
	for _, path := range slices.Sorted(maps.Keys(s.Changes)) {
		if !known[path] {
			paths = append(paths, path)
		}
	}
	return paths
}
