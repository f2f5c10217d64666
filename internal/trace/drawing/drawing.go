// Package drawing draws who calls whom, from left to right: as an SVG that needs
// nothing else, and as a Mermaid chart for a job's summary. Names are
// strangers': they are text wherever they stand.
package drawing

// State says how something compares with the drawing before.
type State int

// The states. Each has a form and a word beside its colour.
const (
	Same State = iota
	New
	Lost
)

// Kind is what a node is; it decides the colour of its edge.
type Kind int

// The kinds of nodes.
const (
	Other Kind = iota
	Gateway
	Function
	Database
	Cache
	Search
	Storage
	Identity
)

// Node is a box.
type Node struct {
	Name, Type string
	// Full is the whole name, for whoever points at it; empty if Name is.
	Full  string
	Kind  Kind
	State State
}

// Edge is an arrow from a node to another, by their places in the list.
type Edge struct {
	From, To int
	// Label is how long it takes, Trouble how much of it fails; empty if nothing
	// does.
	Label, Trouble string
	State          State
	// Hint is all that is known, for whoever points at it.
	Hint string
}

// Graph is what is drawn.
type Graph struct {
	Title string
	Nodes []Node
	Edges []Edge
}

// sound leaves out edges of nodes that are none, and of a node to itself.
func (g Graph) sound() []Edge {
	var edges []Edge
	for _, e := range g.Edges {
		if e.From != e.To && e.From >= 0 && e.To >= 0 && e.From < len(g.Nodes) && e.To < len(g.Nodes) {
			edges = append(edges, e)
		}
	}
	return edges
}

// cut shortens a name in its middle: both ends tell names apart.
func cut(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	tail := (most - 1) / 2
	return string(r[:most-1-tail]) + "…" + string(r[len(r)-tail:])
}
