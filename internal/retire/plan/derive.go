package plan

import (
	"slices"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// derive picks what belongs to the named things: what cannot live without them,
// and what only they use.
func (d *draft) derive() {
	for _, l := range d.g.To(d.parts.LoadBalancer) {
		switch item, ok := d.g.Item(l.From); {
		case ok && item.Kind == estate.Listener:
			d.pick(item, "listens on the load balancer", true)
		case ok && item.Kind == estate.Association:
			d.pick(item, "guards the load balancer", true)
		}
	}
	for _, l := range d.g.To(d.parts.Service) {
		if item, ok := d.g.Item(l.From); ok && item.Kind == estate.Scaling {
			d.pick(item, "scales the service", true)
			d.parts.Scaling = append(d.parts.Scaling, item.ARN)
		}
	}
	d.records()
	d.definitions()
	d.users(estate.SecurityGroup, "only blue uses it", d.parts.Service, d.parts.LoadBalancer)
	for _, check := range slices.Concat(d.parts.Blue, d.parts.Green) {
		d.checks(check)
	}
	d.settle()
}

// records finds blue's and green's records of the named domain: blue's point to
// a load balancer, green's to anything else.
func (d *draft) records() {
	for _, item := range d.g.World.Items {
		if !d.ours(item) {
			continue
		}
		blue := slices.ContainsFunc(d.g.From(item.ARN), func(l estate.Link) bool {
			to, known := d.g.Item(l.To)
			return known && to.Kind == estate.LoadBalancer
		})
		switch {
		case blue:
			d.parts.Blue = append(d.parts.Blue, item.ARN)
		case simpleOf(item.ARN) != item.ARN:
			d.parts.Green = append(d.parts.Green, item.ARN)
			d.parts.Simple = append(d.parts.Simple, simpleOf(item.ARN))
		default:
			d.simple = true
		}
	}
}

// ours says whether a thing is a record of the named domain.
func (d *draft) ours(item estate.Item) bool {
	return item.Kind == estate.Record && recordName(item.ARN) == d.s.Domain
}

// definitions picks the task definitions of the service's family, and by policy
// the log groups that they write.
func (d *draft) definitions() {
	families := map[string]bool{}
	for _, l := range d.g.From(d.parts.Service) {
		if item, ok := d.g.Item(l.To); ok && item.Kind == estate.Definition {
			d.pick(item, "the service runs it", false)
			families[item.Facts[estate.Family]] = true
		}
	}
	delete(families, "")
	for _, item := range d.g.World.Items {
		if item.Kind == estate.Definition && families[item.Facts[estate.Family]] {
			d.pick(item, "an earlier revision of the service's", false)
		}
	}
	for _, item := range d.g.World.Items {
		if item.Kind != estate.Definition || d.picked[item.ARN] == nil {
			continue
		}
		for _, l := range d.g.From(item.ARN) {
			group, ok := d.g.Item(l.To)
			switch {
			case !ok || group.Kind != estate.LogGroup:
			case d.s.Logs == DeleteLogs:
				d.pick(group, "only blue wrote to it", false)
			case d.picked[group.ARN] == nil:
				d.stay(group, "logs are kept, by policy")
			}
		}
	}
}

// users picks what the given things refer to, of one kind.
func (d *draft) users(kind estate.Kind, why string, arns ...string) {
	for _, arn := range arns {
		if d.picked[arn] == nil {
			continue
		}
		for _, l := range d.g.From(arn) {
			switch item, ok := d.g.Item(l.To); {
			case !ok || item.Kind != kind:
			case kind == estate.SecurityGroup && item.Name == "default":
				d.stay(item, "it is its network's own, which cannot be deleted")
			default:
				d.pick(item, why, false)
			}
		}
	}
}

// checks picks the health checks of a record, and those that they count.
func (d *draft) checks(arn string) {
	for _, l := range d.g.From(arn) {
		if item, ok := d.g.Item(l.To); ok && item.Kind == estate.HealthCheck && d.picked[item.ARN] == nil {
			d.pick(item, "checks a weighted record", false)
			d.checks(item.ARN)
		}
	}
}

// settle lets what was only found stay where something that stays needs it,
// until nothing changes any more: what a thing that stays holds, stays too.
func (d *draft) settle() {
	for again := true; again; {
		again = false
		for _, arn := range keys(d.picked) {
			p := d.picked[arn]
			if p.named {
				continue
			}
			why := ""
			if key := d.s.kept(p.item); key != "" {
				why = "it carries the tag " + key
			}
			for _, l := range d.g.To(arn) {
				if item, known := d.g.Item(l.From); l.Holds && known && !d.goes(l.From) {
					why = string(item.Kind) + " " + item.Name + " " + l.How + " it"
				}
			}
			if why != "" {
				delete(d.picked, arn)
				d.stay(p.item, why)
				again = true
			}
		}
	}
}

// goes says whether a thing will be out of the way: it is a target, goes with
// one by itself, or is one of the records that the steps change.
func (d *draft) goes(arn string) bool {
	arn = d.g.With(arn)
	return d.picked[arn] != nil || slices.Contains(d.parts.Blue, arn) || slices.Contains(d.parts.Green, arn)
}

// children picks what AWS deletes together with a target.
func (d *draft) children() {
	for again := true; again; {
		again = false
		for _, arn := range keys(d.picked) {
			for _, l := range d.g.To(arn) {
				item, ok := d.g.Item(l.From)
				if l.How != estate.BelongsTo || !ok || item.Kind.Passing() || d.picked[item.ARN] != nil {
					continue
				}
				if len(item.Stacks) > 0 {
					d.refuse(OtherOwner, item.ARN, "goes with "+d.picked[arn].item.Name+", but belongs to the stack "+item.Stacks[0], "Move it away from what is to be deleted, in the stack that owns it.")
				}
				d.picked[item.ARN] = &pick{item: item, why: "goes with " + d.picked[arn].item.Name, way: WithOwn, through: arn, named: true}
				again = true
			}
		}
	}
}
