package trace

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// MapVersion is the version of the map's JSON.
const MapVersion = 1

// Map is who calls whom in a stage, as its traces show it.
type Map struct {
	Version int    `json:"version"`
	Stage   string `json:"stage"`
	Region  string `json:"region"`
	// Run is the run that drew it, and At its last second.
	Run    string    `json:"run"`
	At     time.Time `json:"at"`
	Traces int       `json:"traces"`
	// Orphans are parts of traces whose parent did not come.
	Orphans int       `json:"orphans"`
	Nodes   []Service `json:"nodes"`
	Calls   []Call    `json:"calls"`
}

// Call is an edge of the map: what one node asked of another. Latencies are in
// millionths of a second, 0 where none is known.
type Call struct {
	From      Service `json:"from"`
	To        Service `json:"to"`
	Requests  int     `json:"requests"`
	Faults    int     `json:"faults"`
	Errors    int     `json:"errors"`
	Throttles int     `json:"throttles"`
	Mean      int64   `json:"mean_us"`
	P50       int64   `json:"p50_us"`
	P95       int64   `json:"p95_us"`
	// Seen says who has seen it: "traces", "aws" or "both". The figures are of
	// the traces, unless only AWS has seen it.
	Seen string `json:"seen" jsonschema:"enum=traces,enum=aws,enum=both"`

	took []int64
}

// Who has seen a call.
const (
	SeenTraces = "traces"
	SeenAWS    = "aws"
	SeenBoth   = "both"
)

type pair struct{ from, to Service }

// chart collects a map.
type chart struct {
	nodes   map[Service]bool
	calls   map[pair]*Call
	orphans int
}

// Draw makes the map of traces, and adds what AWS's own graph has beyond them.
// The order of both is of no account.
func Draw(traces []Trace, aws []Edge) Map {
	c := &chart{map[Service]bool{}, map[pair]*Call{}, 0}
	for _, t := range traces {
		c.trace(assemble(t))
	}
	m := Map{Version: MapVersion, Traces: len(traces), Orphans: c.orphans, Nodes: []Service{}, Calls: []Call{}}
	for _, call := range c.calls {
		slices.Sort(call.took)
		call.Mean, call.P50, call.P95 = figures(call.took)
	}
	c.merge(aws)
	for _, call := range c.calls {
		m.Calls = append(m.Calls, *call)
	}
	m.Nodes = append(m.Nodes, slices.Collect(maps.Keys(c.nodes))...)
	slices.SortFunc(m.Nodes, orderServices)
	slices.SortFunc(m.Calls, orderCalls)
	return m
}

// trace adds one trace.
func (c *chart) trace(w *whole) {
	c.orphans += w.orphans
	called := map[string][]*part{} // the segments that a part has brought about
	for _, s := range w.segments {
		c.node(serviceOf(s))
		if s.ParentID != "" {
			called[s.ParentID] = append(called[s.ParentID], s)
		}
	}
	for _, p := range w.all {
		from := serviceOf(p.segment)
		callees := called[p.ID]
		for _, callee := range callees {
			took := callee.Document
			if p.isCall() {
				took = p.Document
				took.Fault, took.Error, took.Throttle = p.Fault || callee.Fault, p.Error || callee.Error, p.Throttle || callee.Throttle
			}
			c.call(from, serviceOf(callee), took)
		}
		if len(callees) == 0 && p.isCall() && !p.repeats() {
			c.call(from, inferred(p.Document), p.Document)
		}
	}
}

// repeats says whether a call is a part of a call to the same node: the HTTP
// request of a search within the search.
func (p *part) repeats() bool {
	for up := p.parent; up != nil; up = up.parent {
		if up.isCall() && inferred(up.Document) == inferred(p.Document) {
			return true
		}
	}
	return false
}

func (c *chart) node(s Service) { c.nodes[s] = true }

func (c *chart) call(from, to Service, d Document) {
	if from == to {
		return // the two halves of a function
	}
	c.node(from)
	c.node(to)
	call := c.calls[pair{from, to}]
	if call == nil {
		call = &Call{From: from, To: to, Seen: SeenTraces}
		c.calls[pair{from, to}] = call
	}
	call.Requests++
	call.Faults += count(d.Fault)
	call.Errors += count(d.Error)
	call.Throttles += count(d.Throttle)
	if took := d.micros(); took >= 0 {
		call.took = append(call.took, took)
	}
}

// merge adds AWS's edges. Whoever asks from outside is no node.
func (c *chart) merge(edges []Edge) {
	for _, e := range slices.SortedFunc(slices.Values(edges), orderEdges) {
		if e.From.Type == typeClient || e.To.Type == typeClient {
			continue
		}
		from, to := c.known(collapsed(e.From)), c.known(collapsed(e.To))
		if from == to {
			continue
		}
		c.node(from)
		c.node(to)
		call := c.calls[pair{from, to}]
		switch {
		case call == nil:
			c.calls[pair{from, to}] = &Call{From: from, To: to, Seen: SeenAWS, Requests: e.Requests, Faults: e.Faults, Errors: e.Errors, Throttles: e.Throttles,
				Mean: e.Mean.Microseconds(), P50: e.P50.Microseconds(), P95: e.P95.Microseconds()}
		case call.Seen == SeenTraces:
			call.Seen = SeenBoth
		}
	}
}

// known is a node that is there already under nearly the same type: AWS calls a
// bucket AWS::S3::Bucket where a trace says AWS::S3.
func (c *chart) known(s Service) Service {
	if c.nodes[s] {
		return s
	}
	for _, had := range slices.SortedFunc(maps.Keys(c.nodes), orderServices) {
		if strings.EqualFold(had.Name, s.Name) && (strings.HasPrefix(had.Type, s.Type) || strings.HasPrefix(s.Type, had.Type)) {
			return had
		}
	}
	return s
}

// collapsed makes one node of a function's two: the service that starts it and
// the code that runs.
func collapsed(s Service) Service {
	switch s.Type {
	case typeFunction:
		s.Type = typeLambda
	case "":
		s.Type = "service"
	}
	return s
}

// serviceOf is the node of a segment.
func serviceOf(p *part) Service { return collapsed(Service{p.Name, p.Origin}) }

// inferred is the node of a call whose other side sends nothing itself.
func inferred(d Document) Service {
	switch {
	case d.Namespace == namespaceAWS && !strings.HasPrefix(d.Name, "AWS::"):
		return Service{d.Name, "AWS::" + d.Name}
	case d.Namespace == namespaceAWS:
		return Service{d.Name, d.Name}
	case d.SQL != nil && relational(d.SQL.Type):
		return Service{d.Name, typeSQL}
	}
	return Service{d.Name, typeRemote}
}

// relational says whether a kind of database is one of SQL: Redis and
// OpenSearch may bring a statement, too.
func relational(kind string) bool {
	switch strings.ToLower(kind) {
	case "redis", "opensearch", "elasticsearch", "memcached", "mongodb", "dynamodb":
		return false
	}
	return true
}

// figures are mean, median and 95th percentile, by nearest rank, of sorted
// values.
func figures(took []int64) (mean, p50, p95 int64) {
	if len(took) == 0 {
		return 0, 0, 0
	}
	var sum int64
	for _, t := range took {
		sum += t
	}
	rank := func(percent int) int64 { return took[(percent*len(took)+99)/100-1] }
	return sum / int64(len(took)), rank(50), rank(95)
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func orderServices(a, b Service) int {
	return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
}

func orderCalls(a, b Call) int {
	return cmp.Or(orderServices(a.From, b.From), orderServices(a.To, b.To))
}

func orderEdges(a, b Edge) int {
	return cmp.Or(orderServices(a.From, b.From), orderServices(a.To, b.To), cmp.Compare(a.Requests, b.Requests), cmp.Compare(a.Mean, b.Mean))
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
