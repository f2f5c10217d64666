package plan

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit"
)

// plan writes the draft down.
func (d *draft) plan(order []string) Plan {
	w := d.g.World
	p := Plan{Format: 1, At: w.At.UTC(), Scope: d.s, Passing: []Seen{}, Forgotten: []Seen{}, Stays: []Seen{}, Links: []estate.Link{}, Watched: []Watched{}}
	need := d.before()
	for _, arn := range order {
		p.Targets = append(p.Targets, d.target(d.picked[arn], need[arn]))
		for _, other := range d.behind(arn) {
			p.Targets = append(p.Targets, d.target(d.picked[other], nil))
		}
	}
	var sum unit.Money
	for _, t := range p.Targets {
		if m := d.picked[t.ARN].item.Monthly; m == nil {
			p.Unpriced++
		} else {
			sum += *m
		}
	}
	if p.Monthly, p.Prices = Price(sum.String()), w.Prices; sum == 0 && p.Unpriced > 0 {
		p.Monthly = NotKnown
	}
	d.parts.TTL = d.ttl()
	for _, list := range []*[]string{&d.parts.Scaling, &d.parts.Blue, &d.parts.Green, &d.parts.Simple, &d.parts.Repositories} {
		*list = append([]string{}, slices.Compact(sorted(*list))...)
	}
	p.Parts = d.parts
	d.rest(&p)
	for _, l := range w.Links {
		if d.touches(l) {
			p.Links = append(p.Links, l)
		}
	}
	slices.SortFunc(p.Links, compareLinks)
	return p
}

func compareLinks(a, b estate.Link) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.How, b.How))
}

// behind lists what goes by the call for arn, without arn itself.
func (d *draft) behind(arn string) []string {
	var list []string
	for _, other := range keys(d.picked) {
		if other != arn && d.node(other) == arn {
			list = append(list, other)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(d.picked[a].item.Kind), rank(d.picked[b].item.Kind)), cmp.Compare(a, b))
	})
	return list
}

func (d *draft) target(p *pick, after []string) Target {
	item := p.item
	t := Target{ARN: item.ARN, Kind: item.Kind, Name: item.Name, Owner: "none", Way: p.way, Through: p.through, Why: p.why, After: append([]string{}, after...), Refs: []Ref{},
		Print: item.Print, Protected: item.Protected, Facts: item.Facts, Restore: restore(item, p, d.s), Monthly: priced(item.Monthly)}
	if len(item.Stacks) == 1 {
		t.Owner = item.Stacks[0]
	}
	for _, l := range d.g.To(item.ARN) {
		if from, ok := d.g.Item(l.From); ok && from.Kind.Passing() {
			continue
		}
		t.Refs = append(t.Refs, Ref{ARN: l.From, How: l.How, Holds: l.Holds, Goes: d.goes(l.From)})
	}
	slices.SortFunc(t.Refs, func(a, b Ref) int { return cmp.Or(cmp.Compare(a.ARN, b.ARN), cmp.Compare(a.How, b.How)) })
	return t
}

// ttl is how long clients may go on asking blue: the longest of its records. One
// that does not say counts as an alias to a load balancer, 60 s.
func (d *draft) ttl() Seconds {
	longest := Seconds(60)
	for _, arn := range d.parts.Blue {
		item, _ := d.g.Item(arn)
		if n, err := strconv.ParseInt(item.Facts[estate.TTL], 10, 64); err == nil {
			longest = max(longest, Seconds(n))
		}
	}
	return longest
}

// watched says whether a thing that stays must be as it is when the plan is
// applied: the records, and the images that are archived.
func (d *draft) watched(item estate.Item) bool {
	if slices.Contains(d.parts.Blue, item.ARN) || slices.Contains(d.parts.Green, item.ARN) || slices.Contains(d.parts.Repositories, item.ARN) {
		return true
	}
	if item.Kind != estate.Image {
		return false
	}
	return slices.ContainsFunc(d.g.From(item.ARN), func(l estate.Link) bool { return slices.Contains(d.parts.Repositories, l.To) })
}

// touches says whether a link must be told: it begins or ends at something that
// the plan is about, and not at what comes and goes by itself.
func (d *draft) touches(l estate.Link) bool {
	about := func(arn string) bool {
		if d.picked[arn] != nil {
			return true
		}
		item, ok := d.g.Item(arn)
		return ok && d.watched(item)
	}
	return about(l.To) || about(l.From)
}

// rest sorts everything else that was seen.
func (d *draft) rest(p *Plan) {
	why := map[string]string{}
	for _, s := range d.left {
		why[s.ARN] = s.Why
	}
	for _, item := range d.g.World.Items {
		if d.picked[item.ARN] != nil {
			continue
		}
		seen := Seen{ARN: item.ARN, Kind: item.Kind, Name: item.Name}
		if d.watched(item) {
			p.Watched = append(p.Watched, Watched{ARN: item.ARN, Kind: item.Kind, Print: item.Print})
		}
		with := d.g.With(item.ARN)
		about, forgotten := d.forgotten(item)
		switch {
		case with != item.ARN && d.picked[with] != nil:
			seen.Why = "goes with " + d.picked[with].item.Name
			p.Passing = append(p.Passing, seen)
		case forgotten:
			seen.Why, seen.Command = cmp.Or(why[item.ARN], about), remove(item, d.s)
			if last := item.Facts[estate.LastUsed]; last != "" {
				seen.Why += "; last used " + last
			}
			p.Forgotten = append(p.Forgotten, seen)
		default:
			seen.Why = cmp.Or(why[item.ARN], d.stays(item))
			p.Stays = append(p.Stays, seen)
		}
	}
	for _, list := range [][]Seen{p.Passing, p.Forgotten, p.Stays} {
		slices.SortFunc(list, func(a, b Seen) int { return cmp.Compare(a.ARN, b.ARN) })
	}
	slices.SortFunc(p.Watched, func(a, b Watched) int { return cmp.Compare(a.ARN, b.ARN) })
}

// leftover are the kinds that are forgotten when a service goes.
var leftover = []estate.Kind{estate.Schedule, estate.Timer, estate.Discovery, estate.Alarm, estate.Firewall, estate.Role, estate.Export, estate.LogGroup}

// forgotten says whether a thing loses its sense with a target, and by what.
func (d *draft) forgotten(item estate.Item) (string, bool) {
	if !slices.Contains(leftover, item.Kind) {
		return "", false
	}
	for _, l := range d.g.From(item.ARN) {
		if p := d.picked[l.To]; p != nil {
			return l.How + " " + p.item.Name, true
		}
	}
	for _, l := range d.g.To(item.ARN) {
		if p := d.picked[d.g.With(l.From)]; p != nil {
			return p.item.Name + " " + l.How + " it", true
		}
	}
	return "", false
}

func (d *draft) stays(item estate.Item) string {
	switch {
	case slices.Contains(d.parts.Blue, item.ARN):
		return "blue's record, which the steps take away"
	case slices.Contains(d.parts.Green, item.ARN):
		return "green's record, which becomes a simple one"
	case slices.Contains(d.parts.Repositories, item.ARN):
		return "its images are archived; it stays"
	case item.Kind == estate.Image:
		return "it is archived with its repository"
	case slices.Contains(lasting, item.Kind):
		return "it outlives ECS"
	}
	return "nobody named it, and blue alone does not use it"
}
