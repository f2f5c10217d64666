package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// hatches shows where data is missing. Only the wide gaps are hatched: of a
// narrow one the broken line tells enough.
func (k *canvas) hatches() {
	const narrowest, most = 5, 24
	perPixel := time.Duration(float64(k.c.End.Sub(k.c.Start)) / (k.right - k.left))
	var wide []gap
	for _, g := range k.c.gaps(perPixel * 8) {
		if k.x(g.end)-k.x(g.start) >= narrowest && len(wide) < most {
			wide = append(wide, g)
		}
	}
	for _, g := range wide {
		from, to := k.x(g.start), k.x(g.end)
		k.rect(from, k.top, to-from, k.bottom-k.top, "gap", k.missing(g)+", "+k.c.span(g.start, g.end))
		k.hatch(from, to)
	}
	// The labels come last: gaps of several series may overlap.
	upright := -1.0
	for i, g := range wide {
		from, to, label := k.x(g.start), k.x(g.end), k.missing(g.joined(wide))
		middle := (from + to) / 2
		switch {
		case textWidth(label) <= to-from-6:
			k.text(middle, k.top+22+float64(i%3)*lineHeight, "middle", "halo axis", label)
		case to-from > 14 && math.Abs(middle-upright) > lineHeight:
			k.upright(middle+4, k.top+k.f.plot/2, "halo axis", cut(label, k.f.plot-20))
			upright = middle
		}
	}
}

// joined adds the names of the series that lack most of the same span, so that
// a label does not say of one what is true of several.
func (g gap) joined(all []gap) gap {
	names := slices.Clone(g.names)
	for _, o := range all {
		from, to := g.start, g.end
		if o.start.After(from) {
			from = o.start
		}
		if o.end.Before(to) {
			to = o.end
		}
		if to.Sub(from) < g.end.Sub(g.start)/2 {
			continue
		}
		for _, name := range o.names {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	g.names = names
	return g
}

// missing says what a gap lacks, by name unless it is everything.
func (k *canvas) missing(g gap) string {
	if len(g.names) < len(k.c.Series) {
		return strings.Join(g.names, ", ") + ": no data"
	}
	return "no data"
}

// hatch draws the diagonals one by one: a pattern would be a reference, and
// the page is to hold none.
func (k *canvas) hatch(from, to float64) {
	const apart = 9
	var d strings.Builder
	height := k.bottom - k.top
	for c := from - height + apart; c < to; c += apart {
		x1, x2 := max(c, from), min(c+height, to)
		fmt.Fprintf(&d, "M%s %sL%s %s", short(x1), short(k.bottom-(x1-c)), short(x2), short(k.bottom-(x2-c)))
	}
	fmt.Fprintf(&k.b, `<path d="%s" class="hatch"/>`, d.String())
}
