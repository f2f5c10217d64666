// Package survey puts together what each service of AWS tells of the old side
// into one world. What a service tells it takes as it is; it merges, links and
// asks nothing away: a service that refuses is told as unread, never as empty.
package survey

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

// Asked is what somebody named, and in which account and region the credentials
// look: not where they should.
type Asked struct {
	Account, Region, Partition string
	// Domain is the name that users call.
	Domain                                string
	Cluster, Service, Stack, LoadBalancer string
	TargetGroups, Repositories            []string
	// Seek are ARNs that are looked for whatever else is there: what was found
	// only because something else named it would otherwise seem to be gone as soon
	// as that is.
	Seek []string
}

// Of asks for what the scope names, seen from an account and a region.
func Of(s plan.Scope, account, region string) Asked {
	return Asked{Account: account, Region: region, Domain: s.Domain, Cluster: s.Cluster, Service: s.Service, Stack: s.Stack, LoadBalancer: s.LoadBalancer,
		TargetGroups: s.TargetGroups, Repositories: s.Repositories}
}

// For asks for what a plan is about: what its scope names, and each of its things
// by itself. Once there is a plan nothing else will do.
func For(p plan.Plan, account, region string) Asked {
	a := Of(p.Scope, account, region)
	for _, t := range p.Targets {
		a.Seek = append(a.Seek, t.ARN)
	}
	for _, w := range p.Watched {
		a.Seek = append(a.Seek, w.ARN)
	}
	return a
}

// ARN names a thing of the region.
func (a Asked) ARN(service, resource string) string {
	return "arn:" + cmp.Or(a.Partition, "aws") + ":" + service + ":" + a.Region + ":" + a.Account + ":" + resource
}

// Global names a thing of no region, and of the account unless there is none.
func (a Asked) Global(service, account, resource string) string {
	return "arn:" + cmp.Or(a.Partition, "aws") + ":" + service + "::" + account + ":" + resource
}

// Focus is a question: what was named, and what the services that were asked
// before have told.
type Focus struct {
	Asked
	Known *estate.Graph
}

// Part is what one service tells.
type Part struct {
	Items  []estate.Item
	Links  []estate.Link
	Claims []Claim
	Unread []estate.Unread
}

// Link adds a reference; one of a thing to itself hinders nothing and is none.
func (p *Part) Link(from, to, how string, holds bool) {
	if from != to && from != "" && to != "" {
		p.Links = append(p.Links, estate.Link{From: from, To: to, How: how, Holds: holds})
	}
}

// Source is one service. An error says that nothing of it is known; what it
// could not look at besides stands in the part.
type Source interface {
	Tell(ctx context.Context, f Focus) (Part, error)
}

// Sources are the services. Stacks to Rules are asked first; all others are then
// told what those have found.
type Sources struct {
	// Stacks is CloudFormation, Containers ECS with what scales it, Balancers
	// ELB, Registry ECR, Rules EventBridge.
	Stacks, Containers, Balancers, Registry, Rules Source
	// Names is Route 53, Network EC2, Logs and Alarms CloudWatch, Functions Lambda.
	Names, Network, Logs, Functions, Alarms Source
	// Firewalls is WAF, Timers EventBridge Scheduler, Targets what is registered in
	// target groups, Roles IAM.
	Firewalls, Timers, Targets, Roles Source
}

// Survey looks at everything that was asked for. It is a retire.Surveyor.
type Survey struct {
	asked   Asked
	sources Sources
	now     func() time.Time
}

// New makes a survey; nothing is looked at yet.
func New(a Asked, s Sources, now func() time.Time) *Survey { return &Survey{a, s, now} }

type named struct {
	name   string
	source Source
}

// Look asks every service anew. The world's time is when it began: what was
// changed since may not be in it.
func (s *Survey) Look(ctx context.Context) (estate.World, error) {
	at := s.now().UTC()
	f := Focus{s.asked, (estate.World{}).Graph()}
	parts := ask(ctx, f, []named{{"CloudFormation", s.sources.Stacks}, {"ECS", s.sources.Containers}, {"load balancers", s.sources.Balancers},
		{"ECR", s.sources.Registry}, {"EventBridge", s.sources.Rules}})
	f.Known = merge(s.asked, parts).Graph()
	parts = append(parts, ask(ctx, f, []named{{"Route 53", s.sources.Names}, {"EC2", s.sources.Network}, {"log groups", s.sources.Logs},
		{"Lambda", s.sources.Functions}, {"alarms", s.sources.Alarms}, {"WAF", s.sources.Firewalls}, {"EventBridge Scheduler", s.sources.Timers},
		{"registered targets", s.sources.Targets}, {"IAM", s.sources.Roles}})...)
	w := merge(s.asked, parts)
	w.At = at
	return w, ctx.Err()
}

// ask asks services at once; each has bounds of its own.
func ask(ctx context.Context, f Focus, all []named) []Part {
	parts := make([]Part, len(all))
	var group sync.WaitGroup
	for i, one := range all {
		if one.source == nil {
			parts[i].Unread = []estate.Unread{{What: one.name, Why: "nobody was asked"}}
			continue
		}
		group.Go(func() {
			part, err := one.source.Tell(ctx, f)
			if err != nil {
				part.Unread = append(part.Unread, estate.Unread{What: one.name, Why: err.Error()})
			}
			parts[i] = part
		})
	}
	group.Wait()
	return parts
}
