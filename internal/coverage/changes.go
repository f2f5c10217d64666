package coverage

import "sort"

// Changes are the changed lines of each file, by its path from the
// repository's root: sorted ranges of line numbers in the new version.
type Changes map[string][]Range

// touches says whether a line of a file was changed.
func (c Changes) touches(path string, line int) bool {
	ranges := c[path]
	i := sort.Search(len(ranges), func(i int) bool { return ranges[i].To >= line })
	return i < len(ranges) && ranges[i].From <= line
}

// each calls f for every line, branch or function that the detail places.
func (d *Detail) each(m Metric, f func(line int, hit bool)) {
	switch m {
	case Lines:
		for _, l := range d.Lines {
			f(l.Number(), l.Hit())
		}
	case Branches, Functions:
		points := d.Branches
		if m == Functions {
			points = d.Functions
		}
		for _, p := range points {
			f(int(p.Line), p.Hit)
		}
	case Statements: // no format places them
	}
}
