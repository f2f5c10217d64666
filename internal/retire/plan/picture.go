package plan

import (
	"fmt"
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/drawing"
)

// Picture draws the plan: whatever goes, in the order in which it does, and what
// stays although it refers to that.
func (p Plan) Picture() string {
	g := drawing.Graph{Title: fmt.Sprintf("What goes from account %s in %s: %d things, %s", p.Scope.Account, p.Scope.Region, len(p.Targets), p.Saved())}
	class := map[Way]string{ByHand: "hand", TheStack: "hand", ByStack: "stack", WithOwn: "with"}
	for _, t := range p.Targets {
		g.Nodes = append(g.Nodes, drawing.Node{ID: t.ARN, Name: t.Name, Type: string(t.Kind), Class: class[t.Way]})
	}
	known := map[string]Seen{}
	for _, list := range [][]Seen{p.Forgotten, p.Stays} {
		for _, s := range list {
			known[s.ARN] = s
		}
	}
	drawn := map[string]bool{}
	for _, t := range p.Targets {
		for _, r := range t.Refs {
			if s, ok := known[r.ARN]; ok && !drawn[s.ARN] {
				drawn[s.ARN] = true
				class := "stays"
				if slices.Contains(p.Parts.Blue, s.ARN) || slices.Contains(p.Parts.Green, s.ARN) {
					class = "step"
				}
				g.Nodes = append(g.Nodes, drawing.Node{ID: s.ARN, Name: s.Name, Type: string(s.Kind), Class: class})
			}
			g.Edges = append(g.Edges, drawing.Edge{From: r.ARN, To: t.ARN, Hint: r.ARN + " " + r.How + " " + t.ARN, Dashed: !r.Holds})
		}
		if t.Through != "" {
			g.Edges = append(g.Edges, drawing.Edge{From: t.Through, To: t.ARN, Hint: t.Name + " goes with it", Dashed: true})
		}
	}
	return drawing.SVG(g)
}
