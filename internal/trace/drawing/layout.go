package drawing

import (
	"cmp"
	"slices"
)

// Sizes of the picture, in its units.
const (
	boxWide   = 176.0
	boxHigh   = 50.0
	rowGap    = 30.0
	columnGap = 168.0
	margin    = 26.0
	headRoom  = 44.0
)

// stop is where a box, or an edge on its way through a column, has its place.
type stop struct {
	node   int // -1 for an edge passing by
	column int
	rank   float64 // where it would like to be
	x, y   float64 // left, middle
}

// plan is a layout: a place for each node, and for each edge the places that it
// goes through, from its node to its node.
type plan struct {
	nodes         []*stop
	ways          [][]*stop
	columns       [][]*stop
	width, height float64
}

// layout gives every node a column behind all that call it, and lines the
// columns up so that few edges cross.
func layout(nodes int, edges []Edge) plan {
	column := columnsOf(nodes, edges)
	p := plan{ways: make([][]*stop, len(edges))}
	last := 0
	for i := range nodes {
		p.nodes = append(p.nodes, &stop{node: i, column: column[i]})
		last = max(last, column[i])
	}
	p.columns = make([][]*stop, last+1)
	for _, s := range p.nodes {
		p.columns[s.column] = append(p.columns[s.column], s)
	}
	for i, e := range edges {
		from, to := p.nodes[e.From], p.nodes[e.To]
		p.ways[i] = []*stop{from}
		for c := from.column + 1; c < to.column; c++ {
			s := &stop{node: -1, column: c}
			p.columns[c] = append(p.columns[c], s)
			p.ways[i] = append(p.ways[i], s)
		}
		p.ways[i] = append(p.ways[i], to)
	}
	p.order()
	p.place()
	return p
}

// columnsOf finds each node's column: one more than the last of those that call
// it, where a call back to a caller does not count.
func columnsOf(nodes int, edges []Edge) []int {
	out := make([][]int, nodes)
	called := make([]bool, nodes)
	for _, e := range edges {
		out[e.From] = append(out[e.From], e.To)
		called[e.To] = true
	}
	column := make([]int, nodes)
	state := make([]int, nodes) // 0 new, 1 on the way, 2 done
	var order []int
	forward := make([][]int, nodes)
	var visit func(int)
	visit = func(n int) {
		state[n] = 1
		for _, to := range out[n] {
			if state[to] == 1 {
				continue // a circle: this edge goes back
			}
			forward[n] = append(forward[n], to)
			if state[to] == 0 {
				visit(to)
			}
		}
		state[n] = 2
		order = append(order, n)
	}
	for _, roots := range []bool{true, false} {
		for n := range nodes {
			if state[n] == 0 && called[n] != roots {
				visit(n)
			}
		}
	}
	slices.Reverse(order) // callers first
	for _, n := range order {
		for _, to := range forward[n] {
			column[to] = max(column[to], column[n]+1)
		}
	}
	return column
}

// order sorts each column by where its neighbours are, there and back a few
// times.
func (p *plan) order() {
	before, after := map[*stop][]*stop{}, map[*stop][]*stop{}
	for _, way := range p.ways {
		for i := 1; i < len(way); i++ {
			after[way[i-1]] = append(after[way[i-1]], way[i])
			before[way[i]] = append(before[way[i]], way[i-1])
		}
	}
	p.rank()
	sweep := func(column []*stop, by map[*stop][]*stop) {
		for _, s := range column {
			if n := len(by[s]); n > 0 {
				sum := 0.0
				for _, o := range by[s] {
					sum += o.rank
				}
				s.rank = sum / float64(n)
			}
		}
		slices.SortStableFunc(column, func(a, b *stop) int { return cmp.Compare(a.rank, b.rank) })
	}
	for range 6 {
		for c := 1; c < len(p.columns); c++ {
			sweep(p.columns[c], before)
			p.rank()
		}
		for c := len(p.columns) - 2; c >= 0; c-- {
			sweep(p.columns[c], after)
			p.rank()
		}
	}
}

// rank counts each column from its middle.
func (p *plan) rank() {
	for _, column := range p.columns {
		for i, s := range column {
			s.rank = float64(i) - float64(len(column)-1)/2
		}
	}
}

// place turns columns into coordinates, each column around the same middle.
func (p *plan) place() {
	tallest := 1
	for _, column := range p.columns {
		tallest = max(tallest, len(column))
	}
	span := float64(tallest)*boxHigh + float64(tallest-1)*rowGap
	for c, column := range p.columns {
		for _, s := range column {
			s.x = margin + float64(c)*(boxWide+columnGap)
			s.y = headRoom + span/2 + s.rank*(boxHigh+rowGap)
		}
	}
	n := max(len(p.columns), 1)
	p.width = 2*margin + float64(n)*boxWide + float64(n-1)*columnGap
	p.height = headRoom + span + margin
}
