package cloud

import (
	"maps"
	"slices"
	"strings"
)

// Standing are the ARNs of everything that stands beside the old side and in it, as
// AWS names it and in order: whoever compares two of these lists sees what has gone
// between them, whoever asked for that.
func (c *Cloud) Standing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	stands := func(service, path string) { all = append(all, arn(service, path)) }
	o := OldSide{c}
	for _, name := range o.Clusters() {
		stands("ecs", "cluster/"+name)
	}
	for at, s := range c.fleet.ecs {
		if s.Status != "INACTIVE" {
			stands("ecs", "service/"+at)
		}
	}
	for at := range c.fleet.targets {
		stands("application-autoscaling", "scalable-target/"+strings.ReplaceAll(at, "/", "-"))
	}
	for _, name := range o.Definitions() {
		stands("ecs", "task-definition/"+name)
	}
	listeners, rules := slices.Collect(maps.Keys(c.old.listeners)), slices.Collect(maps.Keys(c.old.rules))
	for _, end := range slices.Concat(o.Balancers(), o.TargetGroups(), listeners, rules) {
		stands("elasticloadbalancing", end)
	}
	for _, id := range o.SecurityGroups() {
		stands("ec2", "security-group/"+id)
	}
	for name := range c.containers.images {
		stands("ecr", "repository/"+name)
	}
	for name := range c.watch.groups {
		stands("logs", "log-group:"+name)
	}
	for _, a := range c.alarms {
		stands("cloudwatch", "alarm:"+a.Name)
	}
	for at := range c.old.timers {
		stands("scheduler", "schedule/"+at)
	}
	for _, rules := range c.fleet.rules {
		for _, rule := range rules {
			stands("events", "rule/"+rule.Name)
		}
	}
	for name := range c.functions {
		stands("lambda", "function:"+name)
	}
	for _, name := range o.IAMRoles() {
		all = append(all, "arn:aws:iam::"+Account+":role/"+name)
	}
	for at, guards := range o.WebACLs() {
		all = append(all, at)
		for _, end := range guards {
			all = append(all, at+"@"+at2("loadbalancer/"+end)) // that it guards one goes by itself
		}
	}
	slices.Sort(all)
	return all
}
