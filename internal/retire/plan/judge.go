package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// lasting are the kinds that must outlive ECS: nothing that owns one of them is
// deleted, nor is one of them.
var lasting = []estate.Kind{estate.Database, estate.Bucket, estate.VPC, estate.Subnet, estate.Zone, estate.Repository, estate.Image, estate.Function, estate.Record}

// mortal are the kinds that may go.
var mortal = []estate.Kind{estate.Service, estate.Cluster, estate.Definition, estate.Capacity, estate.Scaling, estate.LoadBalancer, estate.Listener, estate.Rule,
	estate.TargetGroup, estate.Stack, estate.Export, estate.HealthCheck, estate.LogGroup, estate.SecurityGroup, estate.Alarm, estate.Schedule, estate.Discovery,
	estate.Firewall, estate.Association, estate.Timer, estate.Role}

// parts of things that have no life of their own, as CloudFormation calls their
// types (source: CloudFormation template reference). They go with their stack.
var partTypes = []estate.Kind{"AWS::ApplicationAutoScaling::ScalingPolicy", "AWS::IAM::Policy", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
	"AWS::ElasticLoadBalancingV2::ListenerCertificate", "AWS::Logs::MetricFilter", "AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"}

// judge refuses what must not go.
func (d *draft) judge() {
	for _, arn := range keys(d.picked) {
		p := d.picked[arn]
		d.own(p)
		for _, l := range d.g.To(arn) {
			d.referrer(p, l)
		}
		for _, l := range d.g.From(arn) {
			d.forward(p, l)
		}
	}
	d.images()
	d.names()
}

// own judges a target by what it is itself.
func (d *draft) own(p *pick) {
	item := p.item
	if !d.here(item.ARN) {
		d.refuse(OtherAccount, item.ARN, fmt.Sprintf("lies outside account %s in %s", d.s.Account, d.s.Region), "Take it out of cutover.yaml; what is elsewhere is retired there.")
	}
	if key := d.s.kept(item); key != "" {
		d.refuse(Kept, item.ARN, "carries the tag "+key, "Ask whoever set the tag; take the tag away if it may go.")
	}
	switch nested := item.Kind == estate.Stack && p.way != TheStack; {
	case slices.Contains(lasting, item.Kind):
		d.refuse(HoldsData, item.ARN, fmt.Sprintf("is a %s and would go with %s", item.Kind, d.owner(p)), "Move it to a stack of its own first: DeletionPolicy: Retain, remove it from this one, import it there.")
	case nested:
		d.refuse(HoldsData, item.ARN, "is a stack within the stack, whose content nobody has looked at", "Make it a stack of its own, or retire it before.")
	case !slices.Contains(mortal, item.Kind) && (p.way != ByStack || !slices.Contains(partTypes, item.Kind)):
		d.refuse(Unknown, item.ARN, fmt.Sprintf("is of the type %s, of which cutover does not know what depends on it, and would go with %s", item.Kind, d.owner(p)),
			"Take it out of the stack with DeletionPolicy: Retain, or delete it by hand before.")
	}
	if who := item.Facts[estate.Manager]; who != "" {
		d.refuse(InUse, item.ARN, "is put there by "+who+", which would put it back", "Exclude the load balancer from "+who+"'s policy, by a tag for example, then plan again.")
	}
	if item.Kind == estate.Stack && (strings.HasSuffix(item.State, "_IN_PROGRESS") || item.State == "DELETE_FAILED") {
		d.refuse(Busy, item.ARN, "is in state "+item.State, "Wait until it is at rest, or solve what stopped it.")
	}
}

func (d *draft) owner(p *pick) string {
	if p.through == "" {
		return "this plan"
	}
	if over := d.picked[p.through]; over != nil {
		return string(over.item.Kind) + " " + over.item.Name
	}
	return p.through
}

// referrer judges a target by one that refers to it.
func (d *draft) referrer(p *pick, l estate.Link) {
	from, known := d.g.Item(l.From)
	switch {
	case known && d.goes(l.From):
	case known && (from.Kind == estate.Schedule || from.Kind == estate.Timer) && from.State != "DISABLED":
		d.refuse(Busy, l.From, fmt.Sprintf("%s %s, and is not disabled", l.How, p.item.Name), "Move what it starts, then disable or delete the schedule.")
	case !l.Holds:
	case !known:
		d.refuse(Unknown, l.From, fmt.Sprintf("%s %s %s, and nobody has looked at what it is", l.How, p.item.Kind, p.item.Name), "Let the role read it, or take the reference away.")
	case from.Kind == estate.Target:
		d.refuse(Unknown, l.From, fmt.Sprintf("%s %s, and is no task of the service: nobody knows whom it serves", l.How, p.item.Name), "Move what it serves, then deregister it: aws elbv2 deregister-targets.")
	case !slices.Contains(mortal, from.Kind) && !slices.Contains(lasting, from.Kind) && !from.Kind.Passing():
		d.refuse(Unknown, l.From, fmt.Sprintf("is of the type %s, which cutover does not know, and %s %s", from.Kind, l.How, p.item.Name), "Take the reference away, if you know that it is not needed.")
	case p.item.Kind == estate.Export:
		d.refuse(UsedExport, p.item.ARN, fmt.Sprintf("is imported by %s %s", from.Kind, from.Name), "Give that stack the value another way, then plan again.")
	case from.Kind == estate.Record && p.item.Kind == estate.LoadBalancer:
		d.refuse(OtherName, l.From, "points to the load balancer "+p.item.Name, "Point that name to green, or delete it: a name that points to a deleted load balancer can be taken over.")
	default:
		d.refuse(InUse, p.item.ARN, fmt.Sprintf("is needed by %s %s, which stays: it %s it", from.Kind, from.Name, l.How), "Move "+from.Name+" away from it, or take it out of cutover.yaml.")
	}
}

// forward refuses to take away the front of somebody else's service.
func (d *draft) forward(p *pick, l estate.Link) {
	if p.item.Kind != estate.Listener && p.item.Kind != estate.Rule {
		return
	}
	if to, known := d.g.Item(l.To); !known && l.Holds || known && (to.Kind == estate.TargetGroup || to.Kind == estate.Function) && d.picked[l.To] == nil {
		d.refuse(ServesOthers, p.item.ARN, fmt.Sprintf("%s %s, which stays", l.How, l.To), "Move that service to a load balancer of its own, or name its target group too if it is blue's.")
	}
}

// images refuses where a Lambda function runs from one of the repositories.
func (d *draft) images() {
	for _, repository := range d.parts.Repositories {
		for _, l := range d.g.To(repository) {
			d.runs(l, repository)
			if item, ok := d.g.Item(l.From); ok && item.Kind == estate.Image {
				for _, user := range d.g.To(item.ARN) {
					d.runs(user, item.ARN)
				}
			}
		}
	}
}

func (d *draft) runs(l estate.Link, what string) {
	if item, ok := d.g.Item(l.From); ok && item.Kind == estate.Function {
		d.refuse(UsedImage, what, "is what the Lambda function "+item.Name+" runs", "Take the repository out of legacy.repositories, or push that image to a repository of its own.")
	}
}

// names refuses where nothing would answer the domain once blue's record is
// gone, or where it is not clear what would.
func (d *draft) names() {
	answers := map[string]int{}
	for _, arn := range d.parts.Green {
		answers[simpleOf(arn)]++
	}
	for _, arn := range d.parts.Blue {
		if simpleOf(arn) == arn {
			d.refuse(NoGreen, arn, "is a simple record that points to the load balancer", "Finish the traffic shift first.")
		} else if answers[simpleOf(arn)] == 0 {
			d.refuse(NoGreen, arn, "has no record of green beside it", "Finish the traffic shift first: green needs a weighted record of the same name and type.")
		}
		for _, l := range d.g.From(arn) {
			if to, ok := d.g.Item(l.To); ok && to.Kind == estate.LoadBalancer && d.parts.LoadBalancer != "" && to.ARN != d.parts.LoadBalancer {
				d.refuse(OtherName, arn, "points to the load balancer "+to.Name+", which is not the one that was named", "Name that load balancer in cutover.yaml, if it is blue's.")
			}
		}
	}
	for _, name := range keys(answers) {
		if answers[name] > 1 {
			d.refuse(NoGreen, name, fmt.Sprintf("has %d weighted records beside blue's, and only one can become the simple one", answers[name]), "Leave green's alone.")
		}
	}
	if len(d.parts.Green) == 0 && len(d.parts.Blue) == 0 && !d.simple {
		d.refuse(NoGreen, "", fmt.Sprintf("no record of %q was found", d.s.Domain), "Name the domain that users call, and finish the traffic shift first.")
	}
}
