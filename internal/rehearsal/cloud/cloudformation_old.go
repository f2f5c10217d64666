package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// OldStack is a stack that somebody else has made, with the physical IDs of its
// resources.
type OldStack struct {
	Template string
	// Resources are by logical ID.
	Resources map[string]OldResource
	// Exports are the stack's, value by name.
	Exports   map[string]string
	Protected bool
	id        string
}

// OldResource is a resource: its type, its physical ID, and whether the stack
// keeps it when it goes.
type OldResource struct {
	Type, Physical string
	Retained       bool
}

// Stack makes a stack.
func (o *OldSide) Stack(name string, s OldStack) string {
	c := o.c
	c.serial++
	s.id = arn("cloudformation", fmt.Sprintf("stack/%s/0ld%05d-0000-4000-8000-000000000000", name, c.serial))
	made := &cfnStack{id: s.id, name: name, status: "CREATE_COMPLETE", created: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), protected: s.Protected, resources: map[string]*stackResource{}, outputs: map[string]string{}, old: &s,
		plan: &blueprint{text: []byte(s.Template)}}
	for logical, r := range s.Resources {
		made.resources[logical] = &stackResource{logical: logical, id: r.Physical, kind: r.Type, status: "CREATE_COMPLETE"}
	}
	c.stacks = append(c.stacks, made)
	put(&c.old.stacks, name, &s)
	return s.id
}

// Grow gives Lego's stack another resource.
func (o *OldSide) Grow(logical string, r OldResource) {
	s := o.c.stack(LegoStack)
	s.old.Resources[logical] = r
	s.resources[logical] = &stackResource{logical: logical, id: r.Physical, kind: r.Type, status: "CREATE_COMPLETE"}
}

// Import lets a stack import an export.
func (o *OldSide) Import(export, stack string) {
	put(&o.c.old.imports, export, append(o.c.old.imports[export], stack))
}

// listStacks pages; source: API reference, ListStacks: deleted ones are shown for
// 90 days, unless a filter leaves them out.
func (q call) listStacks() {
	var filter []string
	for i := 1; q.in.Get(fmt.Sprintf("StackStatusFilter.member.%d", i)) != ""; i++ {
		filter = append(filter, q.in.Get(fmt.Sprintf("StackStatusFilter.member.%d", i)))
	}
	fit := slices.DeleteFunc(slices.Clone(q.stacks), func(s *cfnStack) bool { return len(filter) > 0 && !has(filter, s.status) })
	out := map[string]any{}
	var shown []any
	for _, s := range pageOf(q, fit, eventsAtOnce, out) {
		shown = append(shown, map[string]any{"StackId": s.id, "StackName": s.name, "StackStatus": s.status, "CreationTime": s.created})
	}
	out["StackSummaries"] = shown
	q.give(out)
}

func (q call) listExports() {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(q.old.stacks)) {
		s := q.old.stacks[name]
		if found := q.stack(s.id); found == nil || found.status == "DELETE_COMPLETE" {
			continue
		}
		for _, export := range slices.Sorted(maps.Keys(s.Exports)) {
			all = append(all, map[string]any{"ExportingStackId": s.id, "Name": export, "Value": s.Exports[export]})
		}
	}
	out := map[string]any{}
	out["Exports"] = slices.Clone(pageOf(q, all, eventsAtOnce, out))
	q.give(out)
}

// listImports; source: API reference, ListImports: that nobody imports is an error.
func (q call) listImports() {
	name := q.in.Get("ExportName")
	if len(q.old.imports[name]) == 0 {
		q.invalid("Export '%s' is not imported by any stack.", name)
		return
	}
	var all []any
	for _, s := range slices.Sorted(slices.Values(q.old.imports[name])) {
		all = append(all, s)
	}
	out := map[string]any{}
	out["Imports"] = slices.Clone(pageOf(q, all, eventsAtOnce, out))
	q.give(out)
}

// demolishOld deletes an old stack: first it is under way, at the next look it has
// happened. An export in use stops it; source: CloudFormation User Guide, "Export
// ... cannot be deleted as it is in use by". What cannot be deleted stays, and the
// stack has failed.
func (c *Cloud) demolishOld(s *cfnStack) {
	s.turn("DELETE_IN_PROGRESS", "User Initiated")
	s.then(func() {
		for export := range s.old.Exports {
			if by := c.old.imports[export]; len(by) > 0 {
				s.turn("DELETE_FAILED", "Export "+export+" cannot be deleted as it is in use by "+strings.Join(by, " and "))
				return
			}
		}
		for again := true; again; {
			again = false
			for _, logical := range slices.Sorted(maps.Keys(s.old.Resources)) {
				r := s.resources[logical]
				switch {
				case r.status == "DELETE_COMPLETE" || r.status == "DELETE_SKIPPED":
				case s.old.Resources[logical].Retained:
					s.show(r, "DELETE_SKIPPED", "")
				case c.demolished(r):
					s.show(r, "DELETE_COMPLETE", "")
					again = true
				}
			}
		}
		for _, r := range s.resources {
			if r.status == "CREATE_COMPLETE" {
				s.turn("DELETE_FAILED", "The following resource(s) failed to delete: ["+r.logical+"].")
				return
			}
		}
		s.turn("DELETE_COMPLETE", "")
	})
}

// demolished deletes one resource if it can be deleted by now. CloudFormation
// scales a service to zero itself; source: template reference, AWS::ECS::Service.
func (c *Cloud) demolished(r *stackResource) bool {
	_, end, _ := strings.Cut(r.id, ":"+Account+":")
	switch r.kind {
	case "AWS::ECS::Service":
		if s := c.fleet.ecs[strings.TrimPrefix(end, "service/")]; s != nil {
			s.Desired, s.Running, s.Status = 0, 0, "INACTIVE"
		}
	case "AWS::ECS::Cluster":
		if len(c.active(r.id))+len(c.taskIDs(r.id)) > 0 {
			return false
		}
		put(&c.old.clusters, r.id, false)
	case "AWS::ECS::TaskDefinition":
		if d := c.old.definitions[behind(r.id)]; d != nil {
			d.Inactive = true
		}
	case "AWS::ElasticLoadBalancingV2::LoadBalancer":
		if b := c.old.balancers[end]; b != nil && b.Protected {
			return false
		}
		c.dropBalancer(end)
	case "AWS::ElasticLoadBalancingV2::Listener":
		c.dropListener(end)
	case "AWS::ElasticLoadBalancingV2::ListenerRule":
		delete(c.old.rules, end)
	case "AWS::ElasticLoadBalancingV2::TargetGroup":
		if c.forwarded(end) {
			return false
		}
		delete(c.old.groups, end)
	case "AWS::ApplicationAutoScaling::ScalableTarget":
		id, _, _ := strings.Cut(r.id, "|")
		c.dropScaling(strings.TrimPrefix(id, "service/"))
	case "AWS::EC2::SecurityGroup":
		for other, g := range c.old.security {
			if other != r.id && has(g.LetsIn, r.id) {
				return false
			}
		}
		if slices.ContainsFunc(c.allCards(), func(card Card) bool { return has(card.Groups, r.id) }) {
			return false
		}
		delete(c.old.security, r.id)
	case "AWS::Logs::LogGroup":
		delete(c.watch.groups, r.id)
	case "AWS::IAM::Role":
		delete(c.old.roles, r.id)
	case "AWS::WAFv2::WebACLAssociation":
		_, of, _ := strings.Cut(r.id, ":loadbalancer/")
		of, _, _ = strings.Cut(of, "|")
		c.unguard(of)
	}
	return true
}
