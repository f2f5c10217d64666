package trace

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/trace/drawing"
)

// mostDrawn is how many nodes are drawn one by one. Beyond it the functions
// become one box; the table names them all.
const mostDrawn = 12

// Picture is the map as it is drawn, with what is new and lost against an
// earlier one, or nil. What only AWS's graph shows is drawn, too.
func Picture(m Map, before *Map) drawing.Graph {
	g := drawing.Graph{Title: title(m)}
	all, states := slices.Clone(m.Calls), map[pair]drawing.State{}
	nodes, nodeStates := slices.Clone(m.Nodes), map[Service]drawing.State{}
	if before != nil {
		d := Compare(*before, m)
		for _, c := range d.NewCalls {
			states[pair{c.From, c.To}] = drawing.New
		}
		for _, c := range d.LostCalls {
			states[pair{c.From, c.To}] = drawing.Lost
			all = append(all, c)
			for _, n := range []Service{c.From, c.To} {
				if !slices.Contains(nodes, n) {
					nodes = append(nodes, n)
				}
			}
		}
		for _, n := range d.NewNodes {
			nodeStates[n] = drawing.New
		}
		for _, n := range d.LostNodes {
			nodeStates[n] = drawing.Lost
			if !slices.Contains(nodes, n) {
				nodes = append(nodes, n)
			}
		}
	}
	if len(nodes) > mostDrawn {
		nodes, all = gather(nodes, nodeStates, all, states)
	}
	slices.SortFunc(nodes, orderServices)
	at, prefix := map[Service]int{}, shared(nodes)
	for i, n := range nodes {
		at[n] = i
		g.Nodes = append(g.Nodes, drawing.Node{Name: brief(n, prefix), Full: n.Name, Type: typeWord(n.Type), Kind: kindOfNode(n), State: nodeStates[n]})
	}
	slices.SortFunc(all, orderCalls)
	for _, c := range all {
		e := drawing.Edge{From: at[c.From], To: at[c.To], State: states[pair{c.From, c.To}]}
		e.Label, e.Trouble = label(c)
		e.Hint = fmt.Sprintf("%s → %s: %s", c.From.Name, c.To.Name, told(c))
		g.Edges = append(g.Edges, e)
	}
	return g
}

// shared is what the names of all functions begin with, up to a hyphen: the
// project and the stage, which the title tells.
func shared(nodes []Service) string {
	prefix, n := "", 0
	for _, s := range nodes {
		if s.Type != typeLambda {
			continue
		}
		if n++; n == 1 {
			prefix = s.Name
		}
		for !strings.HasPrefix(s.Name, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	if n < 2 {
		return ""
	}
	return prefix[:strings.LastIndex(prefix, "-")+1]
}

// brief is a function's own part of its name.
func brief(s Service, prefix string) string {
	if s.Type != typeLambda {
		return s.Name
	}
	return cmp.Or(strings.TrimPrefix(s.Name, prefix), s.Name)
}

func title(m Map) string {
	if m.Stage == "" {
		return "Service map"
	}
	return fmt.Sprintf("Service map of %s in %s, %s (run %s)", m.Stage, m.Region, report.Count(m.Traces, "trace"), m.Run)
}

// gather makes one box of all functions. What one of them has gained or lost
// shows as such only if all of it is.
func gather(nodes []Service, nodeStates map[Service]drawing.State, calls []Call, states map[pair]drawing.State) ([]Service, []Call) {
	n := 0
	for _, s := range nodes {
		n += count(s.Type == typeLambda)
	}
	if n < 2 {
		return nodes, calls
	}
	one := Service{report.Count(n, "function"), typeLambda}
	to := func(s Service) Service {
		if s.Type == typeLambda {
			return one
		}
		return s
	}
	kept := []Service{one}
	for _, s := range nodes {
		if s.Type != typeLambda {
			kept = append(kept, s)
		}
	}
	sums := map[pair]*Call{}
	worst := map[pair]drawing.State{}
	for _, c := range calls {
		own := states[pair{c.From, c.To}]
		p := pair{to(c.From), to(c.To)}
		if p.from == p.to {
			continue
		}
		s := sums[p]
		switch {
		case s == nil, worst[p] == drawing.Lost && own != drawing.Lost:
			sums[p], worst[p] = &Call{From: p.from, To: p.to, Seen: c.Seen}, own
			s = sums[p]
		case own == drawing.Lost && worst[p] != drawing.Lost:
			continue // what another function still calls is not lost
		case own != worst[p]:
			worst[p] = drawing.Same
		}
		s.add(c)
	}
	clear(states)
	var all []Call
	for p, s := range sums {
		states[p] = worst[p]
		all = append(all, *s)
	}
	for s := range nodeStates {
		if s.Type == typeLambda {
			delete(nodeStates, s)
		}
	}
	return kept, all
}

// add puts another call's figures on top. Without every duration the 95th
// percentile of both is not known; it is at most the larger.
func (c *Call) add(o Call) {
	if n := c.Requests + o.Requests; n > 0 {
		c.Mean = (c.Mean*int64(c.Requests) + o.Mean*int64(o.Requests)) / int64(n)
	}
	c.Requests, c.Faults, c.Errors, c.Throttles = c.Requests+o.Requests, c.Faults+o.Faults, c.Errors+o.Errors, c.Throttles+o.Throttles
	c.P50, c.P95 = max(c.P50, o.P50), max(c.P95, o.P95)
	if c.took = slices.Concat(c.took, o.took); len(c.took) > 0 {
		slices.Sort(c.took)
		c.Mean, c.P50, c.P95 = figures(c.took)
	}
}

// label is what stands at an edge: how long, and how much fails.
func label(c Call) (took, trouble string) {
	if c.P95 > 0 {
		took = "p95 " + latency(c.P95)
	}
	if bad := c.Faults; bad > 0 && c.Requests > 0 {
		trouble = rate(bad, c.Requests) + " faults"
	} else if c.Errors > 0 && c.Requests > 0 {
		took = strings.TrimPrefix(took+" · "+rate(c.Errors, c.Requests)+" 4xx", " · ")
	}
	return took, trouble
}

func told(c Call) string {
	text := fmt.Sprintf("%s, %s faults, %s errors", report.Count(c.Requests, "call"), rate(c.Faults, c.Requests), rate(c.Errors, c.Requests))
	if c.P95 > 0 {
		text += fmt.Sprintf(", p50 %s, p95 %s, mean %s", latency(c.P50), latency(c.P95), latency(c.Mean))
	}
	return text
}

// latency writes millionths of a second as people say them.
func latency(micros int64) string {
	switch ms := float64(micros) / 1000; {
	case micros == 0:
		return "–"
	case micros < 1000:
		return fmt.Sprintf("%d µs", micros)
	case ms < 10:
		return fmt.Sprintf("%.1f ms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0f ms", ms)
	default:
		return fmt.Sprintf("%.1f s", ms/1000)
	}
}

func rate(k, n int) string {
	switch {
	case n == 0:
		return "–"
	case k == 0:
		return "0%"
	case k*1000 < n*100 && k*100%n != 0:
		return fmt.Sprintf("%.1f%%", float64(k)/float64(n)*100)
	}
	return fmt.Sprintf("%.0f%%", float64(k)/float64(n)*100)
}

// kindOfNode gives a node its colour.
func kindOfNode(s Service) drawing.Kind {
	kinds := map[string]drawing.Kind{NodeGateway: drawing.Gateway, NodeLambda: drawing.Function, NodeRDS: drawing.Database, NodeRedis: drawing.Cache,
		NodeOpenSearch: drawing.Search, NodeS3: drawing.Storage, NodeCognito: drawing.Identity}
	at := slices.IndexFunc(usual, func(n Node) bool { return n.Fits(s) })
	if at < 0 {
		return drawing.Other
	}
	return kinds[usual[at].Name]
}

// typeWord is a type of X-Ray's in words.
func typeWord(kind string) string {
	words := map[string]string{typeStage: "API Gateway", typeLambda: "Lambda", typeSQL: "database", typeRemote: "remote"}
	return cmp.Or(words[kind], strings.ReplaceAll(strings.TrimPrefix(kind, "AWS::"), "::", " "))
}
