package coverage

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
)

// Merge joins several reports into one: shards of a test run, or packages of a
// repository. Files that only one report names are taken as they are. A file
// that several name is merged line by line; where a format carries sums only,
// the reports must agree, because sums cannot be joined.
func Merge(reports ...Report) (Report, error) {
	byPath := map[string]File{}
	var merged Report
	for _, r := range reports {
		merged.Sources = append(merged.Sources, r.Sources...)
		for _, f := range r.Files {
			known, ok := byPath[f.Path]
			if !ok {
				byPath[f.Path] = f
				continue
			}
			joined, err := mergeFile(known, f)
			if err != nil {
				return Report{}, err
			}
			byPath[f.Path] = joined
		}
	}
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		merged.Files = append(merged.Files, byPath[path])
	}
	return merged, nil
}

// mergeFile joins what two reports say of one file.
func mergeFile(a, b File) (File, error) {
	if a.Detail != nil && b.Detail != nil {
		d := &Detail{
			Lines:     slices.Concat(a.Detail.Lines, b.Detail.Lines),
			Branches:  slices.Concat(a.Detail.Branches, b.Detail.Branches),
			Functions: slices.Concat(a.Detail.Functions, b.Detail.Functions),
		}
		d.Normalise()
		return File{Path: a.Path, Detail: d, Counts: mergedCounts(a, b, d)}, nil
	}
	for m, c := range a.Counts {
		if other, ok := b.Counts[m]; ok && other != c {
			return File{}, &fault.Fault{
				Kind: fault.Input, Name: a.Path,
				What:    fmt.Sprintf("two reports disagree on its %s (%d of %d, %d of %d) and one carries sums only, which cannot be merged", m, c.Covered, c.Total, other.Covered, other.Total),
				Allowed: "one report a file, or reports with line detail such as LCOV",
				Next:    "Give the reports of one kind only.",
			}
		}
	}
	joined := a
	joined.Counts = maps.Clone(a.Counts)
	maps.Copy(joined.Counts, b.Counts)
	if joined.Detail == nil {
		joined.Detail = b.Detail
	}
	return joined, nil
}

// mergedCounts recounts what the detail carries. A metric without detail (LCOV
// gives sums for what it does not list) survives only where both agree.
func mergedCounts(a, b File, d *Detail) Counts {
	counts := Counts{}
	for m, c := range a.Counts {
		if b.Counts[m] == c {
			counts[m] = c
		}
	}
	counts[Lines] = CountLines(d.Lines)
	if len(d.Branches) > 0 {
		counts[Branches] = CountPoints(d.Branches)
	}
	if len(d.Functions) > 0 {
		counts[Functions] = CountPoints(d.Functions)
	}
	return counts
}

// Located returns r with paths made relative to the repository by locate,
// which says for a path whether such a file exists. A report that names no
// existing file belongs to another tree: that is an error, never a pass.
// Missing files are returned for a warning.
func (r Report) Located(locate func(path string) (relative string, ok bool)) (Report, []string, error) {
	located := Report{Sources: r.Sources}
	var missing []string
	for _, f := range r.Files {
		relative, ok := locate(f.Path)
		if !ok {
			missing = append(missing, f.Path)
		} else {
			f.Path = relative
		}
		located.Files = append(located.Files, f)
	}
	if len(missing) == len(r.Files) {
		var names []string
		for _, s := range r.Sources {
			names = append(names, s.Name)
		}
		return Report{}, nil, &fault.Fault{
			Kind: fault.Input, Name: strings.Join(names, ", "),
			What: fmt.Sprintf("none of its %d files exists here (the first is %q)", len(r.Files), clip(first(missing))),
			Next: "Run the gate where the tests ran, or set --root to the folder that the report's paths start from.",
		}
	}
	return located, missing, nil
}

func first(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

func clip(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}
