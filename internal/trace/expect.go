package trace

import (
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Plan is what one check does: whom it asks, and what cutover.yaml says of it.
type Plan struct {
	Project, Stage, Region string
	// Run names this check: 8 to 64 of a-z, 0-9 and -. A repeat under the same
	// name makes nothing twice.
	Run      string
	Settings Settings
	// Stores are the nodes of the stores that cutover.yaml declares.
	Stores []string
	// Gateway says whether the API traces itself. An HTTP API does not.
	Gateway bool
	// Record and Index are the shares of monitoring.tracing.
	Record, Index unit.Percent
	// HealthPath is sampled by a rule of its own; it may be empty.
	HealthPath string
	// Group is the group of traces whose graph is asked for; empty for all.
	Group string
}

// Expectation is what must be seen.
type Expectation struct {
	Run string
	// Known are all nodes that have a name here; Nodes and Links those that must
	// be there.
	Known []Node
	Nodes []string
	Links []Link
	// Annotations are the keys that must be there, each with the kind of its value.
	Annotations   map[string]string
	Sizes         Sizes
	ColdStart     string
	Record, Index unit.Percent
	Tolerance     unit.Percent
}

// Expectation is what the plan expects.
func (p Plan) Expectation() Expectation {
	s := p.Settings
	e := Expectation{
		Run: p.Run, Known: s.nodes(), Nodes: s.Expect, Links: s.Edges, Annotations: s.Annotations, Sizes: s.Sizes,
		ColdStart: s.ColdStart, Record: p.Record, Index: p.Index, Tolerance: s.Tolerance,
	}
	if len(e.Nodes) == 0 {
		e.Nodes = p.nodes()
	}
	if len(e.Links) == 0 {
		e.Links = links(e.Nodes)
	}
	return e
}

// nodes are those that a serverless API has, the stores of cutover.yaml, what
// the requests are said to reach, and the section's own.
func (p Plan) nodes() []string {
	names := []string{NodeLambda}
	if p.Gateway {
		names = []string{NodeGateway, NodeLambda}
	}
	add := func(more ...string) {
		for _, name := range more {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	add(p.Stores...)
	for _, r := range p.Settings.Requests {
		add(r.Reaches...)
	}
	for _, n := range p.Settings.Nodes {
		if !slices.ContainsFunc(usual, func(u Node) bool { return u.Name == n.Name }) {
			add(n.Name)
		}
	}
	return names
}

// links are the gateway's call of Lambda, and Lambda's of all else.
func links(nodes []string) (l []Link) {
	for _, name := range nodes {
		switch name {
		case NodeGateway:
			l = append(l, Link{NodeGateway, NodeLambda})
		case NodeLambda:
		default:
			l = append(l, Link{NodeLambda, name})
		}
	}
	return l
}

// node is the node of that name.
func (e Expectation) node(name string) Node {
	at := slices.IndexFunc(e.Known, func(n Node) bool { return n.Name == name })
	if at < 0 {
		return Node{Name: name}
	}
	return e.Known[at]
}

// Observation is what was seen. What could not be read is said so, and is never
// taken for nothing.
type Observation struct {
	Run string
	// From is just before the first request, To just after the last; Ended is
	// when the waiting was over, and Waited how long it was.
	From, To, Ended time.Time
	Waited          time.Duration
	Sent            []Sent
	Traces          []Trace
	Modes           map[string]string
	ModesUnread     string
	// Destination is nil where DestinationUnread says why.
	Destination       *Destination
	DestinationUnread string
	// Indexed are the traces that the index finds by the run's annotation.
	Indexed       []Summary
	IndexedUnread string
	Edges         []Edge
	EdgesUnread   string
	// TracesUnread is why the last look for traces failed, where it did.
	TracesUnread string
}

// Sent is a request of the check with its answer.
type Sent struct {
	Number  int
	Route   Route
	Request Request
	TraceID string
	// Decided says that its trace had to be kept; else the stage's rules decided.
	Decided bool
	At      time.Time
	Answer  Response
	// Failed says why there is no answer; empty if there is one.
	Failed string
}

// answered says whether the request reached the stage.
func (s Sent) answered() bool { return s.Failed == "" }

// name is how a request is called in a finding.
func (s Sent) name() string { return s.Route.Method + " " + s.Route.Path }
