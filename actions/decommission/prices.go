package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/project"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/unit"
)

// uncharged are the kinds for which AWS makes no charge of their own; sources: the
// pricing pages of ECS on Fargate, Elastic Load Balancing, CloudFormation, VPC, IAM,
// AWS WAF (whose charge is the web ACL's, which stays).
var uncharged = []estate.Kind{estate.Cluster, estate.Definition, estate.Scaling, estate.Listener, estate.Rule, estate.TargetGroup, estate.Stack, estate.Export, estate.SecurityGroup,
	estate.Role, estate.Association, "AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress", "AWS::IAM::Policy"}

// pricer puts list prices on what is there.
type pricer struct {
	table  price.Table
	region string
	used   []price.Price
}

// part is one item of a price, and how much of it a month has.
type part struct {
	item price.Item
	much float64
}

// priced writes what each thing costs a month while it stands, as far as the table
// knows: a thing of which one part is not known has no price.
func priced(w estate.World, table price.Table) estate.World {
	p := pricer{table: table, region: w.Region}
	g := w.Graph()
	w.Items = slices.Clone(w.Items)
	for n, item := range w.Items {
		if slices.Contains(uncharged, item.Kind) {
			w.Items[n].Monthly = new(unit.Money)
		}
		var parts []part
		switch item.Kind {
		case estate.Service:
			parts = tasks(g, item)
		case estate.LoadBalancer:
			parts = balancer(item)
		case estate.LogGroup:
			if bytes, err := strconv.ParseInt(item.Facts["stored_bytes"], 10, 64); err == nil {
				parts = []part{{price.LogsKept, float64(bytes) / (1 << 30)}}
			}
		}
		if parts != nil {
			w.Items[n].Monthly = p.sum(parts)
		}
	}
	w.Prices = p.source()
	return w
}

// cent is as exact as a month's price is told.
const cent = unit.Dollar / 100

// sum is nil if a price is not known.
func (p *pricer) sum(parts []part) *unit.Money {
	var all unit.Money
	for _, one := range parts {
		found, ok := p.table.Find(p.region, one.item)
		if !ok {
			return nil
		}
		all += found.Rate().Times(price.Of(one.much))
	}
	for _, one := range parts {
		found, _ := p.table.Find(p.region, one.item)
		p.used = append(p.used, found)
	}
	all = (all + cent/2) / cent * cent
	return &all
}

// tasks are those that the service shall have, by what its task definition
// reserves. What Spot, Windows, hosts of one's own or a larger disk cost is not in
// the table. Source: Fargate's pricing page; ECS API reference, RuntimePlatform.
func tasks(g *estate.Graph, service estate.Item) []part {
	desired, err := strconv.Atoi(service.Facts[estate.Desired])
	if err != nil || service.Facts["launch"] != "FARGATE" {
		return nil
	}
	for _, l := range g.From(service.ARN) {
		d, ok := g.Item(l.To)
		if !ok || d.Kind != estate.Definition {
			continue
		}
		cpu, err := strconv.Atoi(d.Facts["cpu"])
		memory, err2 := strconv.Atoi(d.Facts["memory"])
		if err != nil || err2 != nil || d.Facts["storage"] != "" || strings.HasPrefix(d.Facts["system"], "WINDOWS") {
			return nil
		}
		hours := float64(desired) * project.MonthHours
		parts := []part{{price.FargateX86CPU, hours * float64(cpu) / 1024}, {price.FargateX86GB, hours * float64(memory) / 1024}}
		if d.Facts["architecture"] == "ARM64" {
			parts[0].item, parts[1].item = price.FargateARMCPU, price.FargateARMGB
		}
		if service.Facts["public_addresses"] == "ENABLED" {
			parts = append(parts, part{price.AddressHour, hours})
		}
		return parts
	}
	return nil
}

// balancer is an Application Load Balancer without its capacity units: nobody sends
// it requests any more. One that faces the internet has an address in each zone.
func balancer(lb estate.Item) []part {
	if lb.Facts["type"] != "application" {
		return nil
	}
	parts := []part{{price.ALBHour, project.MonthHours}}
	if lb.Facts["scheme"] == "internet-facing" {
		zones, err := strconv.Atoi(lb.Facts["zones"])
		if err != nil || zones < 1 {
			return nil
		}
		parts = append(parts, part{price.AddressHour, float64(zones) * project.MonthHours})
	}
	return parts
}

// source says where the prices are from, and when they were seen.
func (p *pricer) source() string {
	if len(p.used) == 0 {
		return fmt.Sprintf("none that is needed is known of %s", p.region)
	}
	var dates, sources []string
	for _, one := range p.used {
		dates, sources = append(dates, one.Date), append(sources, one.Source)
	}
	slices.Sort(dates)
	slices.Sort(sources)
	seen := dates[0]
	if last := dates[len(dates)-1]; last != seen {
		seen += " to " + last
	}
	return fmt.Sprintf("list prices of %s, seen %s (%s); without what follows traffic, which blue has no more: capacity units, transfer, logs taken in; repositories stay and go on costing",
		p.region, seen, strings.Join(slices.Compact(sources), ", "))
}
