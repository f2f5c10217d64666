package cloud

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/trace"
)

// vertex is a service as X-Ray tells them apart.
type vertex struct{ name, kind string }

// tallied is what was counted at a service, or at an edge.
type tallied struct {
	ok, errors, throttles, faults int
	seconds                       float64
	times                         map[float64]int
	first, last                   float64
}

func (t *tallied) add(d trace.Document) {
	took := math.Max(0, d.End-d.Start)
	switch {
	case d.Fault:
		t.faults++
	case d.Throttle:
		t.throttles++
	case d.Error:
		t.errors++
	default:
		t.ok++
	}
	t.seconds += took
	if t.times == nil {
		t.times, t.first = map[float64]int{}, d.Start
	}
	t.times[math.Round(took*1000)/1000]++
	t.first, t.last = min(t.first, d.Start), max(t.last, d.End)
}

func (t *tallied) shown() map[string]any {
	histogram := []any{}
	for _, v := range slices.Sorted(maps.Keys(t.times)) {
		histogram = append(histogram, map[string]any{"Value": v, "Count": t.times[v]})
	}
	failed := t.errors + t.throttles
	return map[string]any{
		"StartTime": t.first, "EndTime": t.last, "ResponseTimeHistogram": histogram,
		"SummaryStatistics": map[string]any{
			"OkCount": t.ok, "TotalCount": t.ok + failed + t.faults, "TotalResponseTime": t.seconds,
			"ErrorStatistics": map[string]any{"ThrottleCount": t.throttles, "OtherCount": t.errors, "TotalCount": failed},
			"FaultStatistics": map[string]any{"OtherCount": t.faults, "TotalCount": t.faults},
		},
	}
}

// graph is who called whom.
type graph struct {
	at    map[vertex]*tallied
	edges map[[2]vertex]*tallied
	roots map[vertex]bool
}

// graphOf sums up traces. A segment is a service; a call is the edge to the
// segment that has it as its parent, else to a service that is inferred from its
// name; who sent the first request is a client. Source: X-Ray Developer Guide,
// "Service graph" and "Inferred segments".
func graphOf(traces []trace.Trace) graph {
	g := graph{map[vertex]*tallied{}, map[[2]vertex]*tallied{}, map[vertex]bool{}}
	for _, t := range traces {
		owner := map[string]vertex{}
		answered := map[string]bool{}
		for _, d := range t.Segments {
			answered[d.ParentID] = true
			if d.Type == "" {
				owners(d, vertex{d.Name, cmp.Or(d.Origin, "remote")}, owner)
			}
		}
		for _, d := range t.Segments {
			self, above := owner[d.ID], owner[d.ParentID]
			switch {
			case d.Type != "":
				g.calls(d, above, answered)
				continue
			case d.ParentID == "" || above == vertex{}:
				client := vertex{d.Name, "client"}
				tally(g.at, client).add(d)
				tally(g.edges, [2]vertex{client, self}).add(d)
				g.roots[self] = true
			case above != self:
				tally(g.edges, [2]vertex{above, self}).add(d)
			}
			if above != self {
				tally(g.at, self).add(d)
			}
			g.calls(d, self, answered)
		}
	}
	return g
}

// owners notes which service each part of a segment belongs to.
func owners(d trace.Document, of vertex, all map[string]vertex) {
	all[d.ID] = of
	for _, s := range d.Subsegments {
		owners(s, of, all)
	}
}

// calls adds the services that are known only by having been called.
func (g graph) calls(d trace.Document, from vertex, answered map[string]bool) {
	if d.Namespace != "" && !answered[d.ID] && from.name != "" {
		to := vertex{d.Name, "remote"}
		switch {
		case d.SQL != nil && d.SQL.Type == "postgresql":
			to.kind = "Database::SQL"
		case d.Namespace == "aws":
			to.kind = "AWS::" + d.Name
		}
		tally(g.at, to).add(d)
		tally(g.edges, [2]vertex{from, to}).add(d)
	}
	for _, s := range d.Subsegments {
		g.calls(s, from, answered)
	}
}

func tally[K comparable](all map[K]*tallied, key K) *tallied {
	if all[key] == nil {
		all[key] = &tallied{}
	}
	return all[key]
}

// services are the graph as the API has it, numbered.
func (g graph) services() []map[string]any {
	order := slices.SortedFunc(maps.Keys(g.at), func(a, b vertex) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.kind, b.kind)) })
	number := map[vertex]int{}
	for i, v := range order {
		number[v] = i
	}
	all := []map[string]any{}
	for _, v := range order {
		m := g.at[v].shown()
		m["DurationHistogram"] = m["ResponseTimeHistogram"]
		m["ReferenceId"], m["Name"], m["Names"], m["Type"], m["State"] = number[v], v.name, []string{v.name}, v.kind, "active"
		m["Root"] = g.roots[v]
		if v.kind != "client" && v.kind != "remote" {
			m["AccountId"] = Account
		}
		edges := []map[string]any{}
		for _, to := range order {
			if e := g.edges[[2]vertex{v, to}]; e != nil {
				edge := e.shown()
				edge["ReferenceId"], edge["Aliases"] = number[to], []any{}
				edges = append(edges, edge)
			}
		}
		m["Edges"] = edges
		all = append(all, m)
	}
	return all
}

// paged is a page of services; a token is how many came before.
func paged(all []map[string]any, token string) (part []map[string]any, next string, f *denial) {
	from := 0
	if token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 0 || n > len(all) {
			return nil, "", invalid("the token is none of this cloud's")
		}
		from = n
	}
	to := min(len(all), from+onePage)
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return all[from:to], next, nil
}

func (c *Cloud) serviceGraph(in *struct {
	window
	GroupName, GroupARN, NextToken string
}) (map[string]any, *denial) {
	if f := in.refused(); f != nil {
		return nil, f
	}
	expression := ""
	if in.GroupName != "" || in.GroupARN != "" {
		known := false
		for name, e := range c.allGroups() {
			if name == in.GroupName || groupARN(name) == in.GroupARN {
				expression, known = e, true
			}
		}
		if !known {
			return nil, invalid("Group not found: " + in.GroupName + in.GroupARN)
		}
	}
	matches, err := filter(expression)
	if err != nil {
		return nil, invalid(err.Error())
	}
	var traces []trace.Trace
	for id := range c.rays.traces {
		if t, ok := c.indexed(id); ok && in.holds(t.Segments[0].Start) && matches(t) {
			traces = append(traces, t)
		}
	}
	part, next, f := paged(graphOf(traces).services(), in.NextToken)
	if f != nil {
		return nil, f
	}
	return withNext(map[string]any{"StartTime": in.StartTime, "EndTime": in.EndTime, "ContainsOldGroupVersions": false, "Services": part}, next), nil
}

func (c *Cloud) traceGraph(in *struct {
	TraceIDs  []string `json:"TraceIds"`
	NextToken string
}) (map[string]any, *denial) {
	if f := asked(in.TraceIDs, traceBatch); f != nil {
		return nil, f
	}
	var traces []trace.Trace
	for _, id := range in.TraceIDs {
		if t, ok := c.indexed(id); ok {
			traces = append(traces, t)
		}
	}
	part, next, f := paged(graphOf(traces).services(), in.NextToken)
	if f != nil {
		return nil, f
	}
	return withNext(map[string]any{"Services": part}, next), nil
}
