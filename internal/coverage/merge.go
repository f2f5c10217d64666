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
	var merged Report
	var j Joiner
	for _, r := range reports {
		merged.Sources = append(merged.Sources, r.Sources...)
		for _, f := range r.Files {
			if err := j.Add(f); err != nil {
				return Report{}, err
			}
		}
	}
	var err error
	merged.Files, err = j.Files()
	return merged, err
}

// Joiner collects files and joins what is said of one file in several places.
// Its memory is that of the joined files, at most doubled, however often each
// is repeated. The zero value is ready.
type Joiner struct {
	files []File
	// entries and records count what came since the last tidying, tidy and
	// tidyRecords what it left.
	entries, tidy        int
	records, tidyRecords int
}

// Tidying is worth its time once as much is new as is known, and not below
// these figures. A record weighs about as much as 64 entries.
const (
	tidyEntries = 1 << 20
	tidyRecords = 1 << 14
)

// Add takes one file; it may be one that was added before.
func (j *Joiner) Add(f File) error {
	j.files = append(j.files, f)
	j.records++
	if f.Detail != nil {
		j.entries += f.Detail.entries()
	}
	if j.entries < max(tidyEntries, j.tidy) && j.records < max(tidyRecords, j.tidyRecords, j.tidy/64) {
		return nil
	}
	return j.join()
}

// Files returns the joined files, sorted by path.
func (j *Joiner) Files() ([]File, error) {
	err := j.join()
	return j.files, err
}

// join sorts the files and joins neighbours that are the same file.
func (j *Joiner) join() error {
	slices.SortStableFunc(j.files, compareFiles)
	kept := j.files[:0]
	j.tidy = 0
	for i := 0; i < len(j.files); {
		end := i + 1
		for end < len(j.files) && compareFiles(j.files[i], j.files[end]) == 0 {
			end++
		}
		f := j.files[i]
		if end-i > 1 {
			var err error
			if f, err = joinFile(j.files[i:end]); err != nil {
				return err
			}
		}
		if f.Detail != nil {
			j.tidy += f.Detail.entries()
		}
		kept = append(kept, f)
		i = end
	}
	clear(j.files[len(kept):]) // what was joined must not stay in memory
	j.files, j.tidyRecords, j.entries, j.records = kept, len(kept), 0, 0
	return nil
}

// compareFiles orders by path. Equal paths from different roots are different
// files: two packages may have an index.ts each.
func compareFiles(a, b File) int {
	if c := strings.Compare(a.Path, b.Path); c != 0 || a.Hints == b.Hints {
		return c
	}
	return slices.Compare(a.Hints.roots(), b.Hints.roots())
}

func (h *Hints) roots() []string {
	if h == nil {
		return nil
	}
	return h.Roots
}

// joinFile joins what several records say of one file.
func joinFile(parts []File) (File, error) {
	var detailed []File
	for _, p := range parts {
		if p.Detail != nil {
			detailed = append(detailed, p)
		}
	}
	joined := parts[0]
	if len(detailed) > 0 {
		joined = joinDetail(detailed)
	}
	if len(detailed) == len(parts) {
		return joined, nil
	}
	joined.Counts = maps.Clone(joined.Counts)
	for _, p := range parts {
		for m, c := range p.Counts {
			known, ok := joined.Counts[m]
			if p.Detail == nil && ok && known != c {
				return File{}, disagreement(p.Path, m, known, c)
			}
			if p.Detail == nil {
				joined.Counts[m] = c
			}
		}
	}
	return joined, nil
}

func disagreement(path string, m Metric, a, b Count) error {
	return &fault.Fault{
		Kind: fault.Input, Name: clip(path),
		What:    fmt.Sprintf("two reports disagree on its %s (%d of %d, %d of %d) and one carries sums only, which cannot be merged", m, a.Covered, a.Total, b.Covered, b.Total),
		Allowed: "one report a file, or reports with line detail such as LCOV",
		Next:    "Give the reports of one kind only.",
	}
}

// joinDetail unites the details and counts again. A metric that some part
// gives as a sum only survives where all parts agree.
func joinDetail(parts []File) File {
	d := &Detail{}
	for _, p := range parts {
		d.Lines = append(d.Lines, p.Detail.Lines...)
		d.Branches = append(d.Branches, p.Detail.Branches...)
		d.Functions = append(d.Functions, p.Detail.Functions...)
		d.Statements = append(d.Statements, p.Detail.Statements...)
	}
	d.Normalise()
	// Appending has left room behind them, often half.
	d.Lines, d.Branches = slices.Clone(d.Lines), slices.Clone(d.Branches)
	d.Functions, d.Statements = slices.Clone(d.Functions), slices.Clone(d.Statements)
	joined := File{Path: parts[0].Path, Hints: parts[0].Hints, Detail: d, Counts: make(Counts, len(Metrics))}
	counted := map[Metric]Count{
		Lines: CountLines(d.Lines), Branches: CountPoints(d.Branches),
		Functions: CountPoints(d.Functions), Statements: CountStatements(d.Statements),
	}
	for m, c := range counted {
		carried, listed, agree := false, true, true
		for _, p := range parts {
			own, ok := p.Counts[m]
			carried = carried || ok
			listed = listed && (own.Total == 0 || p.Detail.lists(m))
			agree = agree && own == parts[0].Counts[m]
		}
		switch {
		case carried && listed:
			joined.Counts[m] = c
		case carried && agree:
			joined.Counts[m] = parts[0].Counts[m]
		}
	}
	return joined
}

// lists says whether the detail has entries of a metric.
func (d *Detail) lists(m Metric) bool {
	return map[Metric]int{Lines: len(d.Lines), Branches: len(d.Branches), Functions: len(d.Functions), Statements: len(d.Statements)}[m] > 0
}

// Located returns r with paths made relative to the repository by locate,
// which says for a path whether such a file exists. A path is looked for from
// its roots, then as it is written, then, for an import path, without its
// module's name. A report that names no existing file belongs to another tree:
// that is an error, never a pass. Missing files are returned for a warning.
func (r Report) Located(locate func(path string) (relative string, ok bool)) (Report, []string, error) {
	located := Report{Sources: r.Sources}
	var missing []string
	modules := modulesOf(r.Files, locate)
	taken := make(map[string]bool, len(r.Files))
	repeated := false
	for _, f := range r.Files {
		relative, ok := find(f, modules, locate)
		if !ok {
			missing = append(missing, f.Path)
		} else {
			f.Path, f.Hints = relative, nil
		}
		repeated = repeated || taken[f.Path]
		taken[f.Path] = true
		located.Files = append(located.Files, f)
	}
	if len(missing) == len(r.Files) {
		return Report{}, nil, &fault.Fault{
			Kind: fault.Input, Name: sourceNames(r),
			What: fmt.Sprintf("none of its %d files exists here (the first is %q)", len(r.Files), clip(strings.Join(missing[:min(1, len(missing))], ""))),
			Next: "Run the gate where the tests ran, or set --root to the folder that the report's paths start from.",
		}
	}
	if repeated { // one report names it absolutely, another relatively
		joined, err := Merge(located)
		return joined, missing, err
	}
	return located, missing, nil
}

func clip(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

// find looks for a file wherever its hints allow.
func find(f File, modules []string, locate func(string) (string, bool)) (string, bool) {
	for _, root := range f.Hints.roots() {
		if relative, ok := locate(strings.TrimSuffix(root, "/") + "/" + f.Path); ok {
			return relative, true
		}
	}
	if relative, ok := locate(f.Path); ok || f.Hints == nil || !f.Hints.Import {
		return relative, ok
	}
	for _, module := range modules {
		if rest, ok := strings.CutPrefix(f.Path, module+"/"); ok {
			return locate(rest) // one module, one folder: nothing else is tried
		}
	}
	return "", false
}

// modulesSampled bounds how many files are tried for each module's name.
const modulesSampled = 100

// modulesOf finds the module names that import paths begin with: what has to
// be taken off so that most of the files exist here. One name is settled for
// all files below it. Trying each file by itself would find some other main.go
// for one that is gone.
func modulesOf(files []File, locate func(string) (string, bool)) []string {
	var rest, modules []string
	for _, f := range files {
		if f.Hints != nil && f.Hints.Import {
			rest = append(rest, f.Path)
		}
	}
	for len(rest) > 0 {
		sample := rest[:min(len(rest), modulesSampled)]
		below, found := map[string]int{}, map[string]int{}
		for _, path := range sample {
			for i, c := range path {
				if c != '/' || i == 0 {
					continue
				}
				below[path[:i]]++
				if _, ok := locate(path[i+1:]); ok {
					found[path[:i]]++
				}
			}
		}
		best := ""
		for _, module := range slices.Sorted(maps.Keys(found)) { // the shortest of equals comes first
			if found[module]*2 >= below[module] && found[module] > found[best] {
				best = module
			}
		}
		if best == "" {
			rest = rest[len(sample):]
			continue
		}
		modules = append(modules, best)
		rest = slices.DeleteFunc(rest, func(p string) bool { return strings.HasPrefix(p, best+"/") })
	}
	return modules
}
