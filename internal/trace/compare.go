package trace

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/fault"
)

// JSON writes the map as it is kept between runs: the same map gives the same
// bytes.
func (m Map) JSON() []byte {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil // a Map holds nothing that cannot be written
	}
	return append(text, '\n')
}

const mostMap = 4 << 20 // bytes of a map; one call takes about 300

// ParseMap reads a map that was kept, which errors call name.
func ParseMap(name string, data []byte) (Map, error) {
	refuse := func(what, got, allowed string) (Map, error) {
		return Map{}, &fault.Fault{Kind: fault.Input, Name: name, What: what, Got: got, Allowed: allowed, Next: "Remove it, and the next check begins anew; see schemas/trace-map.schema.json."}
	}
	if len(data) > mostMap {
		return refuse("is too large", strconv.Itoa(len(data))+" bytes", strconv.Itoa(mostMap)+" bytes")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var m Map
	if err := d.Decode(&m); err != nil {
		return refuse("is no service map: "+err.Error(), "", "")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse("is no service map: something follows it", "", "one JSON document")
	}
	if m.Version != MapVersion {
		return refuse("has a version that this build does not read", strconv.Itoa(m.Version), strconv.Itoa(MapVersion))
	}
	if what := m.unsound(); what != "" {
		return refuse("is no service map: "+what, "", "")
	}
	return m, nil
}

// unsound says what contradicts itself in a map.
func (m Map) unsound() string {
	nodes := map[Service]bool{}
	for _, n := range m.Nodes {
		if nodes[n] {
			return fmt.Sprintf("the node %q stands twice", n.Name)
		}
		nodes[n] = true
	}
	calls := map[pair]bool{}
	for _, c := range m.Calls {
		switch {
		case !nodes[c.From] || !nodes[c.To]:
			return fmt.Sprintf("the call from %q to %q is of no node", c.From.Name, c.To.Name)
		case calls[pair{c.From, c.To}]:
			return fmt.Sprintf("the call from %q to %q stands twice", c.From.Name, c.To.Name)
		case c.Seen != SeenTraces && c.Seen != SeenAWS && c.Seen != SeenBoth:
			return fmt.Sprintf("nobody is called %q who could have seen a call", c.Seen)
		case c.Requests < 0 || min(c.Faults, c.Errors, c.Throttles) < 0 || min(c.Mean, c.P50, c.P95) < 0 || max(c.Faults, c.Errors, c.Throttles) > c.Requests:
			return fmt.Sprintf("the figures of the call from %q to %q cannot be", c.From.Name, c.To.Name)
		}
		calls[pair{c.From, c.To}] = true
	}
	return ""
}

// Difference is what has changed between two maps.
type Difference struct {
	// Before is the run that drew the map compared with; empty for a first one.
	Before    string    `json:"before"`
	NewNodes  []Service `json:"new_nodes"`
	LostNodes []Service `json:"lost_nodes"`
	NewCalls  []Call    `json:"new_calls"`
	LostCalls []Call    `json:"lost_calls"`
	// Changed are the calls of both whose latency is another.
	Changed []Change `json:"changed"`
}

// Change is how the latency of a call has changed, in millionths of a second.
type Change struct {
	From   Service `json:"from"`
	To     Service `json:"to"`
	Before int64   `json:"p95_before_us"`
	After  int64   `json:"p95_after_us"`
}

// Compare says what is new and what is lost. What only AWS's graph shows may be
// of somebody else's requests: it is neither new nor lost, though it excuses
// what our own traces did not show this time.
func Compare(before, after Map) Difference {
	d := Difference{Before: before.Run, NewNodes: []Service{}, LostNodes: []Service{}, NewCalls: []Call{}, LostCalls: []Call{}, Changed: []Change{}}
	d.NewCalls, d.NewNodes = before.lacks(after)
	d.LostCalls, d.LostNodes = after.lacks(before)
	had := before.calls()
	for _, c := range after.Calls {
		b, ok := had[pair{c.From, c.To}]
		if ok && c.Seen != SeenAWS && b.Seen != SeenAWS && b.P95 > 0 && c.P95 > 0 && b.P95 != c.P95 {
			d.Changed = append(d.Changed, Change{c.From, c.To, b.P95, c.P95})
		}
	}
	return d
}

// lacks are the calls and nodes that the traces of another map show, and that
// this one has not from anybody.
func (m Map) lacks(other Map) (calls []Call, nodes []Service) {
	calls, nodes = []Call{}, []Service{}
	own := m.calls()
	seen := map[Service]bool{}
	for _, c := range other.Calls {
		if c.Seen == SeenAWS {
			seen[c.From], seen[c.To] = true, true
			continue
		}
		if _, ok := own[pair{c.From, c.To}]; !ok {
			calls = append(calls, c)
		}
	}
	for _, c := range other.Calls {
		if c.Seen != SeenAWS {
			delete(seen, c.From)
			delete(seen, c.To)
		}
	}
	for _, n := range other.Nodes {
		if !seen[n] && !slices.Contains(m.Nodes, n) {
			nodes = append(nodes, n)
		}
	}
	return calls, nodes
}

func (m Map) calls() map[pair]Call {
	calls := map[pair]Call{}
	for _, c := range m.Calls {
		calls[pair{c.From, c.To}] = c
	}
	return calls
}
