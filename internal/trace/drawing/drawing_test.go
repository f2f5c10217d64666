package drawing

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// random makes a graph of up to 12 nodes with names of any length, circles
// included.
func random(r *rand.Rand) Graph {
	g := Graph{Title: "T"}
	n := 1 + r.IntN(12)
	for i := range n {
		g.Nodes = append(g.Nodes, Node{Name: strings.Repeat("W界", 1+r.IntN(40)) + fmt.Sprint(i), Type: "remote", Kind: Kind(r.IntN(8)), State: State(r.IntN(3))})
	}
	for range r.IntN(3 * n) {
		g.Edges = append(g.Edges, Edge{From: r.IntN(n), To: r.IntN(n), Label: "p95 12 ms", Trouble: []string{"", "50% faults"}[r.IntN(2)], State: State(r.IntN(3))})
	}
	return g
}

// No box covers another or leaves the picture, no label covers a box or another
// label, and every edge that goes on goes to a later column.
func TestNothingOverlaps(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 400 {
		g := random(r)
		edges := g.sound()
		p := layout(len(g.Nodes), edges)
		var boxes []area
		for _, s := range p.nodes {
			box := area{s.x, s.y - boxHigh/2, boxWide, boxHigh}
			for _, other := range boxes {
				if box.meets(other) {
					t.Fatalf("two boxes meet: %+v %+v in %+v", box, other, g)
				}
			}
			if box.x < 0 || box.y < 0 || box.x+box.w > p.width || box.y+box.h > p.height {
				t.Fatalf("a box leaves the picture: %+v of %g x %g", box, p.width, p.height)
			}
			boxes = append(boxes, box)
		}
		c := &canvas{placed: append([]area{}, boxes...)}
		for i, way := range p.paths(edges) {
			if len(way) == 0 {
				t.Fatalf("an edge has no way: %+v", edges[i])
			}
			c.label(edges[i], way)
		}
		for i, a := range c.placed {
			for _, b := range c.placed[:i] {
				if a.meets(b) {
					t.Fatalf("%+v covers %+v", a, b)
				}
			}
		}
	}
}

// Every picture is well-formed, and the same graph gives the same bytes.
func TestWellFormed(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	graphs := []Graph{{}, {Nodes: []Node{{Name: "<&\"'>"}}}, {Nodes: []Node{{}, {}}, Edges: []Edge{{From: 0, To: 9}, {From: -1, To: 0}, {From: 1, To: 1}, {From: 0, To: 1, Hint: "]]>"}}}}
	for range 50 {
		graphs = append(graphs, random(r))
	}
	for _, g := range graphs {
		one, chart := SVG(g), Mermaid(g)
		if one != SVG(g) || chart != Mermaid(g) {
			t.Fatal("the same graph gives other bytes")
		}
		d := xml.NewDecoder(strings.NewReader(one))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%v in %s", err, one)
			}
		}
		if strings.Contains(strings.Replace(one, "http://www.w3.org/2000/svg", "", 1), "http") {
			t.Error("the picture asks for something elsewhere")
		}
	}
}

func TestCutKeepsBothEnds(t *testing.T) {
	for in, want := range map[string]string{"short": "short", "a-long-name-of-something": "a-lon…hing", "ααααααααααββββββββββ": "ααααα…ββββ"} {
		if got := cut(in, 10); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := fit(strings.Repeat("界", 50), 8, 100); len([]rune(got)) > 7 {
		t.Errorf("%q is too wide", got)
	}
}

func TestColumns(t *testing.T) {
	e := func(from, to int) Edge { return Edge{From: from, To: to} }
	for name, c := range map[string]struct {
		n     int
		edges []Edge
		want  string
	}{
		"a chain":                         {3, []Edge{e(0, 1), e(1, 2)}, "[0 1 2]"},
		"behind the last that calls":      {3, []Edge{e(0, 1), e(1, 2), e(0, 2)}, "[0 1 2]"},
		"a circle":                        {2, []Edge{e(0, 1), e(1, 0)}, "[0 1]"},
		"a call back":                     {3, []Edge{e(0, 1), e(1, 2), e(2, 1)}, "[0 1 2]"},
		"two that do not know each other": {2, nil, "[0 0]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprint(columnsOf(c.n, c.edges)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
