package coverage

import (
	"cmp"
	"slices"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Result is the gate's answer and its JSON contract (schemas/coverage-gate.schema.json).
// A metric that the report does not carry is null.
type Result struct {
	Verdict    verdict.Verdict `json:"verdict" jsonschema:"enum=pass,enum=fail"`
	Lines      *Sum            `json:"lines" jsonschema:"nullable"`
	Branches   *Sum            `json:"branches" jsonschema:"nullable"`
	Functions  *Sum            `json:"functions" jsonschema:"nullable"`
	Statements *Sum            `json:"statements" jsonschema:"nullable"`
	Findings   []Finding       `json:"findings"`
	// Files stand worst first: most uncovered lines, then lowest share.
	Files []FileResult `json:"files"`
	// Missing are files that the report names and that do not exist here.
	Missing []string `json:"missing_files"`
	// Patch is null unless changed lines were judged.
	Patch   *PatchResult `json:"patch" jsonschema:"nullable"`
	Sources []Source     `json:"sources"`
}

// Sum is a count with its share in percent, cut to two digits.
type Sum struct {
	Covered int64   `json:"covered"`
	Total   int64   `json:"total"`
	Percent float64 `json:"percent"`
}

// FileResult is one file's share. Uncovered is null for formats without detail.
type FileResult struct {
	Path       string  `json:"path"`
	Lines      *Sum    `json:"lines" jsonschema:"nullable"`
	Branches   *Sum    `json:"branches" jsonschema:"nullable"`
	Functions  *Sum    `json:"functions" jsonschema:"nullable"`
	Statements *Sum    `json:"statements" jsonschema:"nullable"`
	Uncovered  []Range `json:"uncovered_lines" jsonschema:"nullable"`
}

// PatchResult is what a change touches.
type PatchResult struct {
	// Files is how many files were changed; Uncovered lists the changed lines
	// that no test ran.
	Files     int                `json:"files"`
	Uncovered map[string][]Range `json:"uncovered_lines"`
	// Unreported are changed files that the report does not know.
	Unreported []string `json:"unreported_files"`
}

// Of returns the sum of a metric, or nil when it was not measured.
func (r Result) Of(m Metric) *Sum {
	return map[Metric]*Sum{Lines: r.Lines, Branches: r.Branches, Functions: r.Functions, Statements: r.Statements}[m]
}

func newResult(s Subject, findings []Finding) Result {
	r := s.Report
	total := r.Total()
	var judged []verdict.Finding
	for _, f := range findings {
		judged = append(judged, f.Finding)
	}
	result := Result{
		Verdict: verdict.Worst(judged), Findings: findings, Sources: r.Sources,
		Lines: sumOf(total, Lines), Branches: sumOf(total, Branches),
		Functions: sumOf(total, Functions), Statements: sumOf(total, Statements),
		Files: []FileResult{}, Missing: []string{},
	}
	for _, f := range r.Files {
		file := FileResult{
			Path: f.Path, Lines: sumOf(f.Counts, Lines), Branches: sumOf(f.Counts, Branches),
			Functions: sumOf(f.Counts, Functions), Statements: sumOf(f.Counts, Statements),
		}
		if f.Detail != nil {
			file.Uncovered = f.Detail.Uncovered()
		}
		result.Files = append(result.Files, file)
	}
	slices.SortStableFunc(result.Files, worstFirst)
	if s.Changes != nil {
		result.Patch = &PatchResult{Files: len(s.Changes), Uncovered: s.uncoveredChanges(), Unreported: append([]string{}, s.unreported()...)}
	}
	return result
}

func sumOf(counts Counts, m Metric) *Sum {
	c, ok := counts[m]
	if !ok {
		return nil
	}
	return &Sum{Covered: c.Covered, Total: c.Total, Percent: c.Percent()}
}

// worstFirst orders by what a test could gain: uncovered lines, then share.
func worstFirst(a, b FileResult) int {
	return cmp.Or(
		cmp.Compare(b.uncoveredLines(), a.uncoveredLines()),
		cmp.Compare(a.percent(), b.percent()),
		cmp.Compare(a.Path, b.Path),
	)
}

func (f FileResult) uncoveredLines() int64 {
	if f.Lines == nil {
		return 0
	}
	return f.Lines.Total - f.Lines.Covered
}

func (f FileResult) percent() float64 {
	if f.Lines == nil {
		return 100
	}
	return f.Lines.Percent
}
