package format

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/cutover-dev/cutover/internal/coverage"
)

// A tracefile names a function's line and its hits in two places: FN and FNDA
// with the function's name, or, since LCOV 2.2, FNL and FNA with an index
// within the record, of which several names may share one line.

// lcovPlace is FN:<line>[,<end>],<name> or FNL:<index>,<line>[,<end>].
type lcovPlace struct {
	// id is the hash of the name or the index.
	id   uint64
	line uint32
}

// lcovFunction is FNDA:<hits>,<name> or FNA:<index>,<hits>,<name>.
type lcovFunction struct {
	id  uint64
	key uint32
	hit bool
}

func (p *lcovParser) function(kind string, value []byte) error {
	first, rest, ok := bytes.Cut(value, []byte(","))
	if !ok {
		return damaged(p.in.number, "%s:%s lacks a part", kind, clipped(value))
	}
	r := &p.rec
	switch kind {
	case "FN":
		// An end line may stand between; a name of digits alone is none in any language.
		if end, name, ok := cutNumber(rest); ok && end > 0 {
			rest = name
		}
		return p.place(hash(rest), first)
	case "FNL":
		line, _, _ := bytes.Cut(rest, []byte(","))
		return p.place(hash(first), line)
	case "FNDA":
		return p.countFunction(hash(rest), first, rest)
	}
	hits, name, ok := bytes.Cut(rest, []byte(","))
	if !ok {
		return damaged(p.in.number, "%q has no hit count and name", clipped(value))
	}
	if err := p.countFunction(hash(first), hits, name); err != nil {
		return err
	}
	// Names that share an index are as many functions.
	r.counted[len(r.counted)-1].key = keyOf(name)
	return nil
}

func (p *lcovParser) place(id uint64, line []byte) error {
	n, ok := number(line)
	if !ok || n > mostLine {
		return damaged(p.in.number, "%q is no line of a function", clipped(line))
	}
	p.rec.placed = append(p.rec.placed, lcovPlace{id: id, line: uint32(n)}) //nolint:gosec // at most mostLine
	return nil
}

func (p *lcovParser) countFunction(id uint64, hits, name []byte) error {
	hit, valid := isHit(hits)
	if !valid {
		return damaged(p.in.number, "the function %q has no hit count", clipped(name))
	}
	p.rec.counted = append(p.rec.counted, lcovFunction{id: id, key: keyOf(name), hit: hit})
	p.rec.functions.listed++
	return nil
}

// joinFunctions brings lines and hits together. Functions of one name are
// different ones, in order: two classes may have a method each.
func joinFunctions(to []coverage.Point, placed []lcovPlace, counted []lcovFunction) []coverage.Point {
	slices.SortStableFunc(placed, func(a, b lcovPlace) int { return cmp.Compare(a.id, b.id) })
	slices.SortStableFunc(counted, func(a, b lcovFunction) int { return cmp.Compare(a.id, b.id) })
	next := 0
	var line uint32
	for i, f := range counted {
		if i == 0 || counted[i-1].id != f.id {
			line = 0
			for next < len(placed) && placed[next].id < f.id {
				next++
			}
		}
		if next < len(placed) && placed[next].id == f.id { // else the line before goes for this one as well
			line = placed[next].line
			next++
		}
		to = append(to, coverage.NewPoint(line, f.key, f.hit))
	}
	distinct(to)
	return to
}
