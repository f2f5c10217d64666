package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// ranks say what goes earlier where nothing else decides: what a stack owns goes
// through the stack first, security groups last.
var ranks = []estate.Kind{estate.HealthCheck, estate.Stack, estate.Scaling, estate.Service, estate.Rule, estate.Listener, estate.Association, estate.LoadBalancer, estate.TargetGroup,
	estate.Capacity, estate.Cluster, estate.Definition, estate.LogGroup, estate.SecurityGroup}

func rank(kind estate.Kind) int {
	if i := slices.Index(ranks, kind); i >= 0 {
		return i
	}
	return len(ranks) - 2 // before the security groups
}

// node returns the target whose call takes a target away: itself, its stack, or
// that of the thing it goes with.
func (d *draft) node(arn string) string {
	for range len(d.picked) {
		p := d.picked[arn]
		if p == nil || p.through == "" {
			return arn
		}
		arn = p.through
	}
	return arn
}

// before returns, for each call, the calls that must have been made: whoever
// holds a thing is gone before it.
func (d *draft) before() map[string][]string {
	need := map[string][]string{}
	for arn := range d.picked {
		need[d.node(arn)] = nil
	}
	for _, arn := range keys(d.picked) {
		for _, l := range d.g.To(arn) {
			from := d.g.With(l.From)
			if !l.Holds || d.picked[from] == nil {
				continue
			}
			if a, b := d.node(from), d.node(arn); a != b && !slices.Contains(need[b], a) {
				need[b] = append(need[b], a)
			}
		}
	}
	for arn := range need {
		slices.Sort(need[arn])
	}
	return need
}

// order lines the calls up: each after all that hold it, otherwise by rank and
// ARN. What holds each other has no order, and is refused.
func (d *draft) order() []string {
	need := d.before()
	var order []string
	open := keys(need)
	slices.SortFunc(open, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(d.picked[a].item.Kind), rank(d.picked[b].item.Kind)), cmp.Compare(a, b))
	})
	for len(open) > 0 {
		i := slices.IndexFunc(open, func(arn string) bool {
			return !slices.ContainsFunc(need[arn], func(other string) bool { return slices.Contains(open, other) })
		})
		if i < 0 {
			next := "Take away the references by which they need each other, or let one stack own all of them; cutover deletes nothing whose order is not known."
			d.refuse(NoOrder, open[0], "and others hold each other: "+strings.Join(open, ", "), next)
			return nil
		}
		order = append(order, open[i])
		open = slices.Delete(open, i, i+1)
	}
	return order
}
