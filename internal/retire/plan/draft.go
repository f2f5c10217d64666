package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// draft is a plan in the making.
type draft struct {
	g       *estate.Graph
	s       Scope
	picked  map[string]*pick
	parts   Parts
	left    []Seen // that might have gone, and why they stay
	refused Refusals
	simple  bool // whether green's record is a simple one already
}

// pick is why and how a thing goes.
type pick struct {
	item    estate.Item
	why     string
	way     Way
	through string
	// named is whether somebody asked for it: if it cannot go, there is no plan.
	// What was only found stays instead.
	named bool
}

func (d *draft) refuse(rule Rule, arn, what, next string) {
	d.refused = append(d.refused, Refusal{Rule: rule, ARN: arn, What: what, Next: next})
}

// sane refuses a world that nobody should reason about.
func (d *draft) sane() {
	w := d.g.World
	if w.Account != d.s.Account || w.Region != d.s.Region {
		d.refuse(OtherAccount, "", fmt.Sprintf("these credentials see account %s in %s, and %s in %s was named", w.Account, w.Region, d.s.Account, d.s.Region),
			"Use the role of the named account, or name this one if it is the right one.")
	}
	for _, u := range w.Unread {
		d.refuse(NotRead, "", fmt.Sprintf("%s could not be looked at: %s", u.What, u.Why), "Give the role the right to read it, or try again: what is not seen may be in use.")
	}
	seen := map[string]bool{}
	for _, item := range w.Items {
		if seen[item.ARN] {
			d.refuse(Contradicts, item.ARN, "was told twice", "Look again; if it is told twice again, this is a fault of cutover.")
		}
		seen[item.ARN] = true
		if len(item.Stacks) > 1 {
			d.refuse(Contradicts, item.ARN, "is claimed by "+strings.Join(item.Stacks, " and by "), "Take it out of all stacks but one, with DeletionPolicy: Retain.")
		}
	}
}

// here says whether an ARN is of the named account and region. A record's name
// holds neither, nor does a global thing's ARN hold a region.
func (d *draft) here(arn string) bool {
	part := strings.SplitN(arn, ":", 6)
	if len(part) < 6 || part[0] != "arn" {
		return strings.HasPrefix(arn, "record:")
	}
	return (part[3] == "" || part[3] == d.s.Region) && (part[4] == "" || part[4] == d.s.Account)
}

// the finds exactly one thing that was named.
func (d *draft) the(kind estate.Kind, name string, is func(estate.Item) bool) (estate.Item, bool) {
	var found []estate.Item
	for _, item := range d.g.World.Items {
		if item.Kind == kind && is(item) {
			found = append(found, item)
		}
	}
	if len(found) != 1 {
		d.refuse(NotThere, "", fmt.Sprintf("%d things of kind %s are called %q, and exactly one was looked for", len(found), kind, name),
			"Compare the section legacy: of cutover.yaml with what is in the account.")
		return estate.Item{}, false
	}
	return found[0], true
}

// name picks what was named: the stack with all that it owns, and each thing.
func (d *draft) name() {
	called := func(name string) func(estate.Item) bool {
		return func(item estate.Item) bool { return item.Name == name }
	}
	if d.s.Stack != "" {
		if stack, ok := d.the(estate.Stack, d.s.Stack, called(d.s.Stack)); ok {
			d.stack(stack)
		}
	}
	if cluster, ok := d.the(estate.Cluster, d.s.Cluster, called(d.s.Cluster)); ok {
		d.parts.Cluster = cluster.ARN
		d.pick(cluster, "named in cutover.yaml", true)
	}
	inside := func(item estate.Item) bool {
		return item.Name == d.s.Service && slices.ContainsFunc(d.g.From(item.ARN), func(l estate.Link) bool { return l.To == d.parts.Cluster })
	}
	if service, ok := d.the(estate.Service, d.s.Service, inside); ok {
		d.parts.Service = service.ARN
		d.pick(service, "named in cutover.yaml", true)
	}
	ends := func(end string) func(estate.Item) bool {
		return func(item estate.Item) bool { return strings.HasSuffix(item.ARN, ":"+end) }
	}
	if d.s.LoadBalancer != "" {
		if lb, ok := d.the(estate.LoadBalancer, d.s.LoadBalancer, ends("loadbalancer/"+d.s.LoadBalancer)); ok {
			d.parts.LoadBalancer = lb.ARN
			d.pick(lb, "named in cutover.yaml", true)
		}
	}
	for _, name := range d.s.TargetGroups {
		if group, ok := d.the(estate.TargetGroup, name, ends(name)); ok {
			d.pick(group, "named in cutover.yaml", true)
		}
	}
	for _, name := range d.s.Repositories {
		if repository, ok := d.the(estate.Repository, name, called(name)); ok {
			d.parts.Repositories = append(d.parts.Repositories, repository.ARN)
		}
	}
}

// stack picks a stack and what it owns, but for what its template retains.
func (d *draft) stack(stack estate.Item) {
	d.parts.Stack = stack.ARN
	d.picked[stack.ARN] = &pick{item: stack, why: "named in cutover.yaml", way: TheStack, named: true}
	for _, item := range d.g.World.Items {
		if !slices.Contains(item.Stacks, stack.ARN) {
			continue
		}
		if strings.HasPrefix(item.Facts[estate.Retained], "Retain") {
			d.stay(item, "the stack's template retains it")
			continue
		}
		why := "owned by the stack"
		if item.Kind == estate.LogGroup && d.s.Logs == KeepLogs {
			why += ", whose template does not retain it: its lines go, although logs are kept by policy"
		}
		d.picked[item.ARN] = &pick{item: item, why: why, way: ByStack, through: stack.ARN, named: true}
	}
}

// pick takes a thing that no stack owns. What another stack owns is that
// stack's: a named thing is refused, a found one stays.
func (d *draft) pick(item estate.Item, why string, named bool) {
	if d.picked[item.ARN] != nil {
		return
	}
	if len(item.Stacks) > 0 {
		switch {
		case slices.Contains(item.Stacks, d.parts.Stack):
			// Its template retains it, so whoever named it wants it gone by hand;
			// that contradicts the template, and the template is kept to.
			if named {
				d.refuse(OtherOwner, item.ARN, "is named to be deleted, and the template of its stack retains it", "Take it out of cutover.yaml, or let the template delete it.")
			}
		case named:
			d.refuse(OtherOwner, item.ARN, "belongs to the stack "+item.Stacks[0]+", which was not named", "Set legacy.stack to that stack if it holds blue alone, or take the resource out of cutover.yaml.")
		default:
			d.stay(item, "it belongs to the stack "+item.Stacks[0])
		}
		return
	}
	d.picked[item.ARN] = &pick{item: item, why: why, way: ByHand, named: named}
}

func (d *draft) stay(item estate.Item, why string) {
	d.left = append(d.left, Seen{ARN: item.ARN, Kind: item.Kind, Name: item.Name, Why: why})
}
