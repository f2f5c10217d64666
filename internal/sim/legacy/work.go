package legacy

import (
	"fmt"
	"strconv"
	"time"
)

// run starts tasks of a service, each with a network interface of its own.
func (a *Account) run(service *Thing, n int) {
	for range n {
		id := fmt.Sprintf("%032x", a.rand.Uint64())
		task := a.put(service.blue, Task, arn("ecs", "task/"+ClusterName+"/"+id), id)
		task.Status = "RUNNING"
		eni := a.put(service.blue, Interface, arn("ec2", "network-interface/eni-"+id[15:]), "eni-"+id[15:])
		a.refer(task.ARN, "group", service.ARN)
		a.refer(task.ARN, "cluster", clusterARN)
		a.refer(task.ARN, "taskDefinition", revision(43))
		a.refer(eni.ARN, "attachment", task.ARN)
		a.refer(eni.ARN, "groups", tasksGroup)
	}
}

// tasks lists the tasks of a service, those that stop last.
func (a *Account) tasks(service *Thing) (running, stopping []*Thing) {
	for _, t := range a.referrers(service.ARN, "group") {
		if t.Status == "RUNNING" {
			running = append(running, t)
		} else {
			stopping = append(stopping, t)
		}
	}
	return running, stopping
}

// work is what AWS does by itself within a minute.
func (a *Account) work() {
	for _, service := range a.of(Service) {
		a.converge(service)
	}
	for _, t := range a.that(func(t *Thing) bool { return !t.until.IsZero() && !t.until.After(a.now) }) {
		switch t.Type {
		case Stack:
			a.endStack(t)
		case Service, Task:
			a.vanish(t.ARN)
		}
	}
}

// converge brings a service to its desired count. A task that stops drains first:
// its target is deregistered and may go on for the deregistration delay, 300 s
// unless set (source: Elastic Load Balancing, deregistration delay).
func (a *Account) converge(service *Thing) {
	if !service.blue || !service.until.IsZero() {
		return
	}
	desired, _ := strconv.Atoi(service.Counts["desired"]) // only this package writes it
	running, stopping := a.tasks(service)
	switch {
	case len(running) < desired:
		// A Fargate task needs about a minute until its target is healthy.
		a.run(service, 1)
	case len(running) > desired:
		for _, t := range running[desired:] {
			t.Status, t.until = "DEACTIVATING", a.now.Add(300*time.Second+time.Duration(a.rand.IntN(60))*time.Second)
		}
	}
	running, _ = a.tasks(service)
	service.Counts["running"] = strconv.Itoa(len(running) + len(stopping))
	service.Counts["pending"] = "0"
}

// scaleOut is an alarm's scale-out. While scaling is suspended it does nothing; a
// desired count below Min goes up to Min, and never above Max (source: Application
// Auto Scaling user guide, suspend scaling; ECS developer guide, service auto
// scaling).
func (a *Account) scaleOut() {
	for _, s := range a.of(Scaling) {
		if s.Config["suspended"] == "true" {
			continue
		}
		least, _ := strconv.Atoi(s.Config["min"])
		most, _ := strconv.Atoi(s.Config["max"])
		for _, r := range a.refs {
			if service := a.things[r.To]; r.From == s.ARN && service != nil && service.Type == Service {
				desired, _ := strconv.Atoi(service.Counts["desired"])
				if next := min(max(desired+1, least), most); next > desired {
					service.Counts["desired"] = strconv.Itoa(next)
					a.scaledOut++
				}
			}
		}
	}
}

// endStack ends the deletion of a stack: whole, or not at all if something that it
// does not own hinders it (source: CloudFormation user guide, troubleshooting,
// delete stack fails).
func (a *Account) endStack(stack *Thing) {
	stack.until = time.Time{}
	owned := a.ownedBy(stack.ARN)
	inside := map[string]bool{}
	for _, t := range owned {
		inside[t.ARN] = true
	}
	for _, t := range owned {
		if why := a.hindered(t, inside); why != "" {
			stack.Status = "DELETE_FAILED"
			a.happened = append(a.happened, Happening{a.now, "the stack could not be deleted: " + why, stack.ARN})
			return
		}
	}
	for _, t := range owned {
		a.referee(t, inside)
		a.vanish(t.ARN)
	}
	a.vanish(stack.ARN)
}

// ownedBy lists what goes with a stack.
func (a *Account) ownedBy(stack string) []*Thing {
	return a.that(func(t *Thing) bool { return t.Stack == stack && t.Policy == "" })
}

// vanish takes a thing away with everything that AWS takes away with it.
func (a *Account) vanish(arn string) {
	t := a.things[arn]
	if t == nil {
		return
	}
	if !t.blue {
		a.note("%s %s was deleted, and is not blue's", t.Type, arn)
	}
	var with []string
	for _, by := range []string{"attachment", "group", "policy", "listenerArn"} {
		for _, child := range a.referrers(arn, by) {
			with = append(with, child.ARN)
		}
	}
	if t.Type == LoadBalancer { // its listeners go too (source: ELB API reference, DeleteLoadBalancer)
		for _, child := range a.referrers(arn, "loadBalancerArn") {
			with = append(with, child.ARN)
		}
	}
	delete(a.things, arn)
	a.byARN = nil
	if t.Type != Task && t.Type != Interface {
		a.deleted = append(a.deleted, arn)
	}
	a.cut(func(r Ref) bool { return r.From == arn })
	for _, child := range with {
		a.vanish(child)
	}
	a.cut(func(r Ref) bool { return r.To == arn && a.things[r.From] == nil })
}
