// Package drawing draws what goes and what holds it: boxes in columns, whoever
// must go first at the left. It knows nothing of what the boxes are.
package drawing

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

// Graph is what is drawn.
type Graph struct {
	Title string
	Nodes []Node
	Edges []Edge
}

// Node is one box.
type Node struct {
	ID, Name, Type string
	// Class is how it goes, by [Legend].
	Class string
}

// Edge says that From must go before To, by the IDs of two nodes; one that is
// not there is left out. Dashed edges only refer.
type Edge struct {
	From, To, Hint string
	Dashed         bool
}

const style = `.r-map{--i:#1d2433;--s:#5b6578;--p:#f5f6f9;--b:#fff;--l:#8a93a3;--hand:#c0262d;--stack:#c2560a;--with:#8a93a3;--step:#2f62d0;--stays:#18794e;max-width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
@media (prefers-color-scheme:dark){.r-map{--i:#e6e9f0;--s:#9aa4b8;--p:#1a202c;--b:#232b3a;--l:#7a8499;--hand:#ff6b6f;--stack:#ff9f5a;--with:#7a8499;--step:#7aa2f7;--stays:#4cc38a}}
.r-map .r-ground{fill:var(--p)}.r-map rect.r-box{fill:var(--b);stroke:var(--with);stroke-width:1.6}.r-map .r-hand .r-box{stroke:var(--hand)}.r-map .r-stack .r-box{stroke:var(--stack)}.r-map .r-step .r-box{stroke:var(--step)}.r-map .r-with .r-box{stroke-dasharray:5 3}.r-map .r-stays .r-box{stroke:var(--stays);stroke-width:2.4}
.r-map text{fill:var(--i);font-size:12px}.r-map .r-name{font-weight:650}.r-map .r-type,.r-map .r-title{fill:var(--s);font-size:11px}.r-map path{fill:none;stroke:var(--l);stroke-width:1.4}.r-map path.r-dashed{stroke-dasharray:4 4}.r-map .r-tip{fill:var(--l);stroke:none}`

const (
	wide   = 190.0
	high   = 42.0
	across = 76.0
	down   = 14.0
	edge   = 24.0
	top    = 66.0
)

// Legend names the classes, in the order in which they are told.
var Legend = [][2]string{{"hand", "deleted by a call"}, {"stack", "goes with its stack"}, {"with", "goes with what it belongs to"}, {"step", "changed by a step before"}, {"stays", "stays"}}

// SVG draws the graph, light and dark. The same graph gives the same bytes.
func SVG(g Graph) string {
	column := columns(g)
	x, y, next, last := map[string]float64{}, map[string]float64{}, map[int]int{}, 0
	for _, n := range g.Nodes {
		c := column[n.ID]
		x[n.ID], y[n.ID] = edge+float64(c)*(wide+across), top+float64(next[c])*(high+down)
		next[c]++
		last = max(last, c)
	}
	rows := 1
	for _, n := range next {
		rows = max(rows, n)
	}
	width, height := max(2*edge+float64(last+1)*wide+float64(last)*across, 900), top+float64(rows)*(high+down)+edge
	var b strings.Builder
	title := html.EscapeString(g.Title)
	fmt.Fprintf(&b, `<svg class="r-map" viewBox="0 0 %.0f %.0f" width="%.0f" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg"><title>%s</title><style>%s</style><rect class="r-ground" width="100%%" height="100%%" rx="8"/><text class="r-title" x="%.0f" y="24">%s</text>`,
		width, height, width, title, title, style, edge, title)
	for i, l := range Legend {
		at := edge + float64(i)*188
		fmt.Fprintf(&b, `<g class="r-%s"><rect class="r-box" x="%.0f" y="38" width="12" height="12" rx="3"/><text class="r-type" x="%.0f" y="48">%s</text></g>`, l[0], at, at+18, l[1])
	}
	for _, e := range g.Edges {
		_, from := x[e.From]
		_, to := x[e.To]
		if from && to && e.From != e.To {
			line(&b, e, x[e.From], y[e.From], x[e.To], y[e.To])
		}
	}
	for _, n := range g.Nodes {
		fmt.Fprintf(&b, `<g class="r-%s"><title>%s</title><rect class="r-box" x="%.1f" y="%.1f" width="%.0f" height="%.0f" rx="7"/><text class="r-name" x="%.1f" y="%.1f">%s</text><text class="r-type" x="%.1f" y="%.1f">%s</text></g>`,
			class(n.Class), html.EscapeString(n.ID), x[n.ID], y[n.ID], wide, high, x[n.ID]+10, y[n.ID]+18, html.EscapeString(cut(n.Name, 24)), x[n.ID]+10, y[n.ID]+33, html.EscapeString(cut(n.Type, 28)))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// class lets no stranger's word into the markup.
func class(c string) string {
	for _, l := range Legend {
		if l[0] == c {
			return c
		}
	}
	return "with"
}

// line goes from a box's right side to the other's left one, or, within a
// column, along the right.
func line(b *strings.Builder, e Edge, x1, y1, x2, y2 float64) {
	x1, y1, y2 = x1+wide, y1+high/2, y2+high/2
	bend := across * .6
	tip, side := x2, -1.0
	if x2 < x1 {
		tip, side = x2+wide, 1
	}
	dashed := ""
	if e.Dashed {
		dashed = ` class="r-dashed"`
	}
	fmt.Fprintf(b, `<path%s d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"><title>%s</title></path><path class="r-tip" d="M%.1f %.1fl%.1f -4v8Z"/>`,
		dashed, x1, y1, x1+bend, y1, tip+side*bend, y2, tip+side*7, y2, html.EscapeString(e.Hint), tip, y2, side*8)
}

// columns puts every box behind all that go before it. A circle ends where it
// began: as many rounds as boxes are enough.
func columns(g Graph) map[string]int {
	column := map[string]int{}
	for range g.Nodes {
		moved := false
		for _, e := range g.Edges {
			known := slices.ContainsFunc(g.Nodes, func(n Node) bool { return n.ID == e.From })
			if to := column[e.From] + 1; known && !e.Dashed && e.From != e.To && column[e.To] < to && to < len(g.Nodes) {
				column[e.To], moved = to, true
			}
		}
		if !moved {
			break
		}
	}
	return column
}

func cut(s string, most int) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most-1]) + "…"
}
