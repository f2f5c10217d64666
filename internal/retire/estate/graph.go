package estate

import "time"

// BelongsTo is how a thing refers to the one that it goes with: when that one
// is deleted, AWS deletes it too.
const BelongsTo = "belongs to"

// Retained is the fact of a stack's resource that stays when the stack goes.
const Retained = "deletion_policy"

// Facts that decisions go by, as they stand in Item.Facts.
const (
	Desired   = "desired"   // of a service: how many tasks it shall have
	Running   = "running"   // and has
	Min       = "min"       // of a scaling target
	Max       = "max"       // of a scaling target
	Suspended = "suspended" // of a scaling target: "true" only if nothing scales
	Weight    = "weight"    // of a record, 0 to 255
	TTL       = "ttl"       // of a record, in seconds; an alias to a load balancer has 60
	Type      = "type"      // of a record: A or AAAA
	Family    = "family"    // of a task definition
	Address   = "address"   // of a task, in its network
	Manager   = "manager"   // of an association: who would make it again
	LastUsed  = "last_used" // of a role, as a date, or that it was never seen
	// Deployment is the ID of a service's newest deployment. A new count of tasks
	// makes none; a new revision or a forced deployment does.
	Deployment = "deployment"
)

// Graph finds things and links of a world by their ARN.
type Graph struct {
	World World
	items map[string]Item
	to    map[string][]Link
	from  map[string][]Link
}

// Graph indexes the world.
func (w World) Graph() *Graph {
	g := &Graph{World: w, items: make(map[string]Item, len(w.Items)), to: map[string][]Link{}, from: map[string][]Link{}}
	for _, item := range w.Items {
		g.items[item.ARN] = item
	}
	for _, l := range w.Links {
		g.to[l.To] = append(g.to[l.To], l)
		g.from[l.From] = append(g.from[l.From], l)
	}
	return g
}

// Item returns the thing, and whether it is there.
func (g *Graph) Item(arn string) (Item, bool) {
	item, ok := g.items[arn]
	return item, ok
}

// To returns the links that refer to a thing, From those by which it refers to others.
func (g *Graph) To(arn string) []Link { return g.to[arn] }

// From returns the links by which a thing refers to others.
func (g *Graph) From(arn string) []Link { return g.from[arn] }

// Passing says whether a thing comes and goes by itself: a task, or the network
// interface of something.
func (k Kind) Passing() bool { return k == Task || k == Interface }

// With returns the thing at the end of the way along "belongs to", as long as
// the things on the way come and go by themselves: the service of a task's
// interface.
func (g *Graph) With(arn string) string {
	for range 4 {
		item, ok := g.items[arn]
		if !ok || !item.Kind.Passing() {
			return arn
		}
		next := arn
		for _, l := range g.from[arn] {
			if l.How == BelongsTo {
				next = l.To
			}
		}
		if next == arn {
			return arn
		}
		arn = next
	}
	return arn
}

// Fresh says whether the world was looked at no earlier than at.
func (w World) Fresh(at time.Time) bool { return !w.At.Before(at) }
