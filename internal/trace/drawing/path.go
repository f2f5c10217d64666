package drawing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

type point struct{ x, y float64 }

// curve is one cubic Bézier.
type curve struct{ a, b, c, d point }

func (c curve) at(t float64) point {
	u := 1 - t
	mix := func(a, b, cc, d float64) float64 {
		return u*u*u*a + 3*u*u*t*b + 3*u*t*t*cc + t*t*t*d
	}
	return point{mix(c.a.x, c.b.x, c.c.x, c.d.x), mix(c.a.y, c.b.y, c.c.y, c.d.y)}
}

// path is an edge's way: curves one after the other.
type path []curve

func (p path) at(t float64) point {
	t *= float64(len(p))
	i := min(int(t), len(p)-1)
	return p[i].at(t - float64(i))
}

func (p path) end() point { return p[len(p)-1].d }

// before is a point that the tip is come upon from.
func (p path) before() point { return p[len(p)-1].at(0.96) }

func (p path) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%.1f %.1f", p[0].a.x, p[0].a.y)
	for _, c := range p {
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", c.b.x, c.b.y, c.c.x, c.c.y, c.d.x, c.d.y)
	}
	return b.String()
}

// paths leads each edge from the right of its node to the left of the next, by
// way of the gaps that were kept for it. Edges that share a side are spread over
// it.
func (p plan) paths(edges []Edge) []path {
	out, in := p.ports(edges)
	paths := make([]path, len(edges))
	for i, e := range edges {
		from, to := p.nodes[e.From], p.nodes[e.To]
		a := point{from.x + boxWide, from.y + out[i]}
		d := point{to.x - 1, to.y + in[i]}
		if to.column <= from.column {
			paths[i] = p.back(from, to)
			continue
		}
		at := a
		for _, s := range p.ways[i][1:] {
			next := point{s.x, s.y}
			if s.node >= 0 {
				next = d
			}
			paths[i] = append(paths[i], bridge(at, next))
			if s.node < 0 {
				over := point{s.x + boxWide, s.y}
				paths[i] = append(paths[i], bridge(next, over))
				next = over
			}
			at = next
		}
	}
	return paths
}

func bridge(a, d point) curve {
	pull := (d.x - a.x) * 0.5
	return curve{a, point{a.x + pull, a.y}, point{d.x - pull, d.y}, d}
}

// back leads an edge to a node that stands beside or before its own: around, on
// the outside of the boxes.
func (p plan) back(from, to *stop) path {
	if from.column == to.column {
		a, d := point{from.x + boxWide, from.y + 10}, point{to.x + boxWide + 1, to.y - 10}
		if to.y < from.y {
			a.y, d.y = from.y-10, to.y+10
		}
		return path{{a, point{a.x + 70, a.y}, point{d.x + 70, d.y}, d}}
	}
	// Under both boxes, and up into the one called from below.
	low := max(from.y, to.y) + boxHigh/2 + rowGap*0.6
	a, d := point{from.x + boxWide/2, from.y + boxHigh/2}, point{to.x + boxWide/2, to.y + boxHigh/2 + 1}
	m := point{(a.x + d.x) / 2, low}
	return path{{a, point{a.x, low}, point{a.x, low}, m}, {m, point{d.x, low}, point{d.x, low}, d}}
}

// ports spreads edges over the sides of their boxes, in the order of where they
// come from and go to.
func (p plan) ports(edges []Edge) (out, in []float64) {
	out, in = make([]float64, len(edges)), make([]float64, len(edges))
	spread := func(into []float64, side func(Edge) int, towards func(int) float64) {
		at := map[int][]int{}
		for i, e := range edges {
			if p.nodes[e.To].column > p.nodes[e.From].column {
				at[side(e)] = append(at[side(e)], i)
			}
		}
		for _, list := range at {
			slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(towards(a), towards(b)) })
			gap := min(9, (boxHigh-14)/float64(max(len(list)-1, 1)))
			for k, i := range list {
				into[i] = (float64(k) - float64(len(list)-1)/2) * gap
			}
		}
	}
	spread(out, func(e Edge) int { return e.From }, func(i int) float64 { return p.ways[i][1].y })
	spread(in, func(e Edge) int { return e.To }, func(i int) float64 { return p.ways[i][len(p.ways[i])-2].y })
	return out, in
}

// bend makes room below for edges that go back.
func (p *plan) bend(edges []Edge) {
	for _, e := range edges {
		if p.nodes[e.To].column < p.nodes[e.From].column {
			p.height += rowGap
			return
		}
	}
}
