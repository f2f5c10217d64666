package cloud

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// asked2 are the things that the request names by their ARNs, or all that fit. One
// that is not there is refused with this code.
func asked2[T any](q ask, parameter, code string, things map[string]*T, fits func(*T) bool) ([]string, bool) {
	var named []string
	for _, at := range q.list(parameter + ".member.") {
		_, end, _ := strings.Cut(at, ":"+Account+":")
		if things[end] == nil {
			q.fail(code, "One or more of '%s' not found", at)
			return nil, false
		}
		named = append(named, end)
	}
	if named == nil {
		named = slices.DeleteFunc(slices.Collect(maps.Keys(things)), func(end string) bool { return !fits(things[end]) })
	}
	slices.Sort(named)
	return named, true
}

func at2(end string) string { return arn("elasticloadbalancing", end) }

// describe2 answers what asks for something.
func (q ask) describe2(end func(string) string) {
	switch q.name {
	case "DescribeLoadBalancers":
		if all, ok := asked2(q, "LoadBalancerArns", "LoadBalancerNotFound", q.old.balancers, func(*Balancer) bool { return true }); ok {
			q.shown("LoadBalancers", all, q.showBalancer)
		}
	case "DescribeLoadBalancerAttributes":
		b := q.old.balancers[end("LoadBalancerArn")]
		if b == nil {
			q.fail("LoadBalancerNotFound", "Load balancer not found")
			return
		}
		q.give(map[string]any{"Attributes": []any{
			map[string]any{"Key": "deletion_protection.enabled", "Value": strconv.FormatBool(b.Protected)}, map[string]any{"Key": "idle_timeout.timeout_seconds", "Value": "60"},
		}})
	case "DescribeTargetGroups":
		if all, ok := asked2(q, "TargetGroupArns", "TargetGroupNotFound", q.old.groups, func(*TargetGroup) bool { return true }); ok {
			q.shown("TargetGroups", all, q.showGroup)
		}
	case "DescribeListeners":
		of := end("LoadBalancerArn")
		if of != "" && q.old.balancers[of] == nil {
			q.fail("LoadBalancerNotFound", "Load balancer not found")
			return
		}
		if all, ok := asked2(q, "ListenerArns", "ListenerNotFound", q.old.listeners, func(l *Listener) bool { return "loadbalancer/"+l.Balancer == of }); ok {
			q.shown("Listeners", all, q.showListener)
		}
	case "DescribeRules":
		q.describeRules(end("ListenerArn"))
	case "DescribeTargetHealth":
		q.describeTargets(end("TargetGroupArn"))
	default:
		q.describeTags2()
	}
}

// describeRules tells the default rule of a listener too, which cannot be deleted.
func (q ask) describeRules(of string) {
	if of != "" && q.old.listeners[of] == nil {
		q.fail("ListenerNotFound", "One or more listeners not found")
		return
	}
	all, ok := asked2(q, "RuleArns", "RuleNotFound", q.old.rules, func(r *ListenerRule) bool { return r.Listener == of })
	if !ok {
		return
	}
	if of != "" {
		all = append(all, "~")
	}
	q.shown("Rules", all, func(at string) any {
		if at == "~" {
			return map[string]any{"RuleArn": at2(strings.Replace(of, "listener/", "listener-rule/", 1) + "/default"), "Priority": "default", "IsDefault": true, "Actions": forwards2(q.old.listeners[of].Forwards)}
		}
		r := q.old.rules[at]
		return map[string]any{"RuleArn": at2(at), "Priority": strconv.Itoa(r.Priority), "IsDefault": false, "Actions": forwards2(r.Forwards),
			"Conditions": []any{map[string]any{"Field": "path-pattern", "Values": []any{"/v1/*"}}}}
	})
}

// describeTags2 takes up to twenty ARNs; source: API reference, DescribeTags.
func (q ask) describeTags2() {
	list := []any{}
	asked := q.list("ResourceArns.member.")
	if len(asked) == 0 || len(asked) > 20 {
		q.fail("ValidationError", "between 1 and 20 ARNs")
		return
	}
	for _, at := range asked {
		list = append(list, map[string]any{"ResourceArn": at, "Tags": q.listed(at, "Key", "Value")})
	}
	q.give(map[string]any{"TagDescriptions": list})
}

func (q ask) showBalancer(at string) any {
	b := q.old.balancers[at]
	groups := []any{}
	for _, id := range b.Groups {
		groups = append(groups, id)
	}
	return map[string]any{"LoadBalancerArn": at2(at), "LoadBalancerName": strings.Split(at, "/")[2], "DNSName": b.DNS, "Scheme": "internet-facing", "Type": "application", "VpcId": "vpc-1",
		"SecurityGroups": groups, "State": map[string]any{"Code": "active"}, "CreatedTime": "2024-01-01T00:00:00Z", "IpAddressType": "ipv4",
		"AvailabilityZones": []any{map[string]any{"ZoneName": Region + "a", "SubnetId": "subnet-a"}, map[string]any{"ZoneName": Region + "b", "SubnetId": "subnet-b"}}}
}

func (q ask) showGroup(at string) any {
	balancers := []string{}
	for _, l := range q.old.listeners {
		if has(l.Forwards, at) {
			balancers = append(balancers, at2("loadbalancer/"+l.Balancer))
		}
	}
	for _, r := range q.old.rules {
		if l := q.old.listeners[r.Listener]; l != nil && has(r.Forwards, at) {
			balancers = append(balancers, at2("loadbalancer/"+l.Balancer))
		}
	}
	slices.Sort(balancers)
	list := []any{}
	for _, b := range slices.Compact(balancers) {
		list = append(list, b)
	}
	return map[string]any{"TargetGroupArn": at2(at), "TargetGroupName": strings.Split(at, "/")[1], "Protocol": "HTTP", "Port": q.old.groups[at].Port, "VpcId": "vpc-1", "TargetType": "ip", "LoadBalancerArns": list}
}

func (q ask) showListener(at string) any {
	l := q.old.listeners[at]
	return map[string]any{"ListenerArn": at2(at), "LoadBalancerArn": at2("loadbalancer/" + l.Balancer), "Port": l.Port, "Protocol": "HTTP", "DefaultActions": forwards2(l.Forwards)}
}

// forwards2 are the actions that forward to target groups; to several by weight.
func forwards2(groups []string) []any {
	if len(groups) == 0 {
		return []any{map[string]any{"Type": "redirect", "RedirectConfig": map[string]any{"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}}
	}
	list := []any{}
	for _, g := range groups {
		list = append(list, map[string]any{"TargetGroupArn": at2(g), "Weight": 1})
	}
	action := map[string]any{"Type": "forward", "ForwardConfig": map[string]any{"TargetGroups": list}}
	if len(groups) == 1 {
		action["TargetGroupArn"] = at2(groups[0])
	}
	return []any{action}
}

// Register puts addresses into a target group by hand.
func (o *OldSide) Register(group string, addresses ...string) {
	put(&o.c.old.registered, group, addresses)
}

// taskAddress is that of a service's task.
func taskAddress(service string, i int) string {
	return "10.0." + strconv.Itoa(len(service)) + "." + strconv.Itoa(10+i)
}

// describeTargets tells the tasks of services that register in the group, and what
// was put there by hand; what begins with - drains. It has no pages; source: API
// reference, DescribeTargetHealth.
func (q ask) describeTargets(group string) {
	g := q.old.groups[group]
	if g == nil {
		q.fail("TargetGroupNotFound", "One or more target groups not found")
		return
	}
	list := []any{}
	add := func(address, state string) {
		list = append(list, map[string]any{"Target": map[string]any{"Id": address, "Port": g.Port}, "TargetHealth": map[string]any{"State": state}})
	}
	for at, s := range q.fleet.ecs {
		for i := range s.Running {
			if has(s.TargetGroups, group) && s.Status != "INACTIVE" {
				add(taskAddress(at, i), "healthy")
			}
		}
	}
	for _, address := range q.old.registered[group] {
		if drains, ok := strings.CutPrefix(address, "-"); ok {
			add(drains, "draining")
		} else {
			add(address, "healthy")
		}
	}
	q.give(map[string]any{"TargetHealthDescriptions": list})
}
