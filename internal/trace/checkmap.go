package trace

import (
	"fmt"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// nodes wants every expected node on the map.
func nodes(e Expectation, s *seen) (rows []Finding) {
	for _, name := range e.Nodes {
		row := s.missing("node: "+name, "no node is "+name, "Send a request that reaches it, or say under tracing.nodes how X-Ray calls it.")
		for _, n := range s.chart.Nodes {
			if e.node(name).Fits(n) {
				row = finding("node: "+name, StatePass, fmt.Sprintf("%s (%s)", clip(n.Name), clip(n.Type)), "")
				break
			}
		}
		rows = append(rows, row.of(len(s.chart.Nodes), "nodes", sourceMap))
	}
	return rows
}

// missing is the row of what is not on the map: unknown where there is no map.
func (s *seen) missing(name, what, next string) Finding {
	if len(s.wholes) == 0 {
		return finding(name, StateUnknown, "there is no map, since no trace was found", "See the traces above.")
	}
	return finding(name, StateMissing, what, next)
}

// edges wants every expected call on the map.
func edges(e Expectation, s *seen) (rows []Finding) {
	for _, l := range e.Links {
		name := "edge: " + l.From + " → " + l.To
		row := s.missing(name, fmt.Sprintf("%s was not seen to call %s", l.From, l.To), "Send a request that makes this call, and trace it as a subsegment of its own.")
		from, to := e.node(l.From), e.node(l.To)
		requests, faults, aws := 0, 0, true
		for _, c := range s.chart.Calls {
			if from.Fits(c.From) && to.Fits(c.To) {
				requests, faults, aws = requests+c.Requests, faults+c.Faults, aws && c.Seen == SeenAWS
			}
		}
		if requests > 0 {
			what := fmt.Sprintf("%s, %s", report.Count(requests, "call"), report.Count(faults, "fault"))
			if aws {
				what += ", in AWS's graph alone: none of ours came here"
			}
			row = finding(name, StatePass, what, "")
		}
		rows = append(rows, row.of(requests, "calls", sourceMap))
	}
	return rows
}

// reaches wants each request's own trace to show the nodes that it is said to
// reach. The map alone would let one request answer for another.
func reaches(e Expectation, s *seen) []Finding {
	const name = "requests_reach"
	n, bad := 0, 0
	var wrong []string
	for _, r := range s.found {
		if len(r.Route.Reaches) == 0 || r.Answer.Status != r.Route.Expect {
			continue
		}
		n++
		on := Draw([]Trace{s.trace(r.TraceID)}, nil).Nodes
		for _, want := range r.Route.Reaches {
			if !slices.ContainsFunc(on, e.node(want).Fits) {
				bad++
				wrong = append(wrong, fmt.Sprintf("%s: not %s", r.name(), want))
				break
			}
		}
	}
	switch {
	case n == 0 && !slices.ContainsFunc(s.Sent, func(r Sent) bool { return len(r.Route.Reaches) > 0 }):
		return nil // nobody has said what is reached
	case n == 0:
		return unseen(name, "call")
	case bad > 0:
		return []Finding{finding(name, StateMissing, fmt.Sprintf("%d of %s do not show what they reach", bad, report.Count(n, "trace")), "Trace this call as a subsegment, or correct reaches under tracing.requests.").
			with(wrong).of(n, "traces", sourceTraces)}
	}
	return []Finding{finding(name, StatePass, report.Count(n, "trace")+" show each node that the request reaches", "").of(n, "traces", sourceTraces)}
}

func (s *seen) trace(id string) Trace {
	at := slices.IndexFunc(s.Traces, func(t Trace) bool { return t.ID == id })
	if at < 0 {
		return Trace{}
	}
	return s.Traces[at]
}

// short is a duration to the second.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
