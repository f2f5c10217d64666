package drawing

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// style is the picture's own: it needs no page, and none changes it. Every class
// begins with m-, so that no page's rules are meant by accident.
const style = `.m-map{--i:#1d2433;--s:#5b6578;--p:#f5f6f9;--b:#fff;--r:#cfd5df;--l:#8a93a3;--good:#18794e;--bad:#c0262d;--k0:#8a93a3;--k1:#7c3aed;--k2:#c2560a;--k3:#2f62d0;--k4:#b3187f;--k5:#0b7a70;--k6:#5d6b1f;--k7:#946200;max-width:100%;min-width:38rem;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
@media (prefers-color-scheme:dark){.m-map{--i:#e6e9f0;--s:#9aa4b8;--p:#1a202c;--b:#232b3a;--r:#3a4459;--l:#7a8499;--good:#4cc38a;--bad:#ff6b6f;--k0:#7a8499;--k1:#c4a1ff;--k2:#ff9f5a;--k3:#7aa2f7;--k4:#ff85cf;--k5:#2dd4bf;--k6:#c3d46a;--k7:#f0b429}}
.m-map .m-ground{fill:var(--p)}.m-map .m-box{fill:var(--b);stroke:var(--r);stroke-width:1.2}.m-map .m-new .m-box{stroke:var(--good);stroke-width:2}.m-map .m-lost .m-box{stroke:var(--bad);stroke-width:1.6;stroke-dasharray:5 4}
.m-map text{fill:var(--i)}.m-map .m-name{font-size:13px;font-weight:650}.m-map .m-type{font-size:11px;fill:var(--s)}.m-map .m-lost .m-name{fill:var(--s)}
.m-map .m-edge{fill:none;stroke:var(--l);stroke-width:1.6}.m-map .m-edge.m-bad{stroke:var(--bad)}.m-map .m-edge.m-new{stroke:var(--good);stroke-width:2.2}.m-map .m-edge.m-lost{stroke:var(--bad);stroke-dasharray:6 5}
.m-map .m-tip{fill:var(--l)}.m-map .m-tip.m-new{fill:var(--good)}.m-map .m-tip.m-bad,.m-map .m-tip.m-lost{fill:var(--bad)}.m-map .m-hit{fill:none;stroke:transparent;stroke-width:14}
.m-map .m-under{fill:var(--p);opacity:.94}.m-map .m-label{font-size:11.5px;font-variant-numeric:tabular-nums}.m-map .m-label .m-bad,.m-map .m-label .m-lost{fill:var(--bad);font-weight:650}.m-map .m-label .m-new{fill:var(--good);font-weight:650}
.m-map .m-pill{font-size:9.5px;font-weight:700;fill:var(--p);letter-spacing:.04em}.m-map .m-back.m-new{fill:var(--good)}.m-map .m-back.m-lost{fill:var(--bad)}.m-map .m-title{font-size:12px;fill:var(--s)}
.m-map .m-k0{fill:var(--k0)}.m-map .m-k1{fill:var(--k1)}.m-map .m-k2{fill:var(--k2)}.m-map .m-k3{fill:var(--k3)}.m-map .m-k4{fill:var(--k4)}.m-map .m-k5{fill:var(--k5)}.m-map .m-k6{fill:var(--k6)}.m-map .m-k7{fill:var(--k7)}`

type canvas struct {
	b      strings.Builder
	placed []area // boxes and labels, which no label may cover
}

type area struct{ x, y, w, h float64 }

func (a area) meets(b area) bool {
	return a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h
}

func (c *canvas) write(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

// SVG draws the graph, light and dark. The same graph gives the same bytes.
func SVG(g Graph) string {
	edges := g.sound()
	p := layout(len(g.Nodes), edges)
	p.bend(edges)
	c := &canvas{}
	width := max(p.width, 420)
	c.write(`<svg class="m-map" viewBox="0 0 %.0f %.0f" width="%.0f" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg"><title>%s</title><style>%s</style>`,
		width, p.height, width, html.EscapeString(g.Title), html.EscapeString(g.Title), style)
	c.write(`<rect class="m-ground" width="100%%" height="100%%" rx="8"/>`)
	c.write(`<text class="m-title" x="%.0f" y="24">%s</text>`, margin, html.EscapeString(cut(g.Title, int(width/6.4))))
	for _, s := range p.nodes {
		c.placed = append(c.placed, area{s.x - 4, s.y - boxHigh/2 - 4, boxWide + 8, boxHigh + 8})
	}
	paths := p.paths(edges)
	for i, e := range edges {
		c.edge(e, paths[i])
	}
	for i, s := range p.nodes {
		c.node(g.Nodes[i], s)
	}
	// The ones that say most come first: what is lost or new, then what fails.
	byWeight := slices.Clone(edges)
	way := map[int]path{}
	order := make([]int, len(edges))
	for i := range order {
		order[i], way[i] = i, paths[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return weight(byWeight[b]) - weight(byWeight[a]) })
	for _, i := range order {
		c.label(edges[i], way[i])
	}
	c.write("</svg>\n")
	return c.b.String()
}

func weight(e Edge) int {
	w := 0
	if e.State != Same {
		w += 2
	}
	if e.Trouble != "" {
		w++
	}
	return w
}

func (s State) class() string { return map[State]string{New: " m-new", Lost: " m-lost"}[s] }

func (s State) word() string { return map[State]string{New: "NEW", Lost: "LOST"}[s] }

func (c *canvas) node(n Node, s *stop) {
	x, y := s.x, s.y-boxHigh/2
	c.write(`<g class="m-node%s"><title>%s</title><rect class="m-box" x="%.1f" y="%.1f" width="%.0f" height="%.0f" rx="8"/>`,
		n.State.class(), html.EscapeString(cmp.Or(n.Full, n.Name)+" ("+n.Type+")"), x, y, boxWide, boxHigh)
	c.write(`<rect class="m-k%d" x="%.1f" y="%.1f" width="4" height="%.0f" rx="2"/>`, n.Kind, x+9, y+11, boxHigh-22)
	c.write(`<text class="m-name" x="%.1f" y="%.1f">%s</text>`, x+22, s.y-3, html.EscapeString(fit(n.Name, 7.9, boxWide-30)))
	c.write(`<text class="m-type" x="%.1f" y="%.1f">%s</text>`, x+22, s.y+14, html.EscapeString(fit(n.Type, 6.4, boxWide-30)))
	if word := n.State.word(); word != "" {
		c.write(`<rect class="m-back%s" x="%.1f" y="%.1f" width="34" height="15" rx="7.5"/><text class="m-pill" x="%.1f" y="%.1f" text-anchor="middle">%s</text>`,
			n.State.class(), x+boxWide-42, y-7, x+boxWide-25, y+4, word)
	}
	c.write(`</g>`)
}

// fit cuts a text to a width, wide letters counted as two.
func fit(s string, letter, width float64) string {
	for most := len([]rune(s)); ; most-- {
		short, wide := cut(s, most), 0
		for _, r := range short {
			wide++
			if r >= 0x1100 {
				wide++
			}
		}
		if float64(wide)*letter <= width || most <= 2 {
			return short
		}
	}
}

func (c *canvas) edge(e Edge, way path) {
	class := e.State.class()
	if e.State == Same && e.Trouble != "" {
		class = " m-bad"
	}
	d := way.String()
	c.write(`<path class="m-edge%s" d="%s"/>`, class, d)
	tip, from := way.end(), way.before()
	turn := math.Atan2(tip.y-from.y, tip.x-from.x)
	corner := func(side float64) point {
		return point{tip.x - 9*math.Cos(turn+side), tip.y - 9*math.Sin(turn+side)}
	}
	a, b := corner(0.42), corner(-0.42)
	c.write(`<path class="m-tip%s" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fZ"/>`, class, tip.x, tip.y, a.x, a.y, b.x, b.y)
	c.write(`<path class="m-hit" d="%s"><title>%s</title></path>`, d, html.EscapeString(e.Hint))
}

// label writes beside an edge where there is room: a label that would cover
// something is left to the table.
func (c *canvas) label(e Edge, way path) {
	lines := []struct{ text, class string }{}
	if word := e.State.word(); word != "" {
		lines = append(lines, struct{ text, class string }{strings.ToLower(word), strings.TrimSpace(e.State.class())})
	}
	if e.Label != "" {
		lines = append(lines, struct{ text, class string }{e.Label, ""})
	}
	if e.Trouble != "" {
		lines = append(lines, struct{ text, class string }{e.Trouble, "m-bad"})
	}
	wide := 0
	for _, l := range lines {
		wide = max(wide, len([]rune(l.text)))
	}
	w, h := float64(wide)*6.4+6, float64(len(lines))*13.5+3
	for _, t := range []float64{.58, .68, .48, .76, .38, .83, .3, .22, .9} {
		at := way.at(t)
		room := area{at.x - w/2, at.y - h/2, w, h}
		if slices.ContainsFunc(c.placed, room.meets) {
			continue
		}
		c.placed = append(c.placed, room)
		c.write(`<rect class="m-under" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4"/><text class="m-label" text-anchor="middle">`, room.x, room.y, room.w, room.h)
		for i, l := range lines {
			c.write(`<tspan class="%s" x="%.1f" y="%.1f">%s</tspan>`, l.class, at.x, room.y+11.5+float64(i)*13.5, html.EscapeString(l.text))
		}
		c.write(`</text>`)
		return
	}
}
