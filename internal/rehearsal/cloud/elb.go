package cloud

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Balancer is an Application Load Balancer; Groups are IDs of security groups.
type Balancer struct {
	DNS       string
	Groups    []string
	Protected bool
}

// TargetGroup is one, Listener and ListenerRule forward to some, by the ends of
// their ARNs.
type (
	TargetGroup struct{ Port int }
	Listener    struct {
		Balancer string
		Port     int
		Forwards []string
	}
	ListenerRule struct {
		Listener string
		Priority int
		Forwards []string
	}
)

// Balancer makes a load balancer, by the end of its ARN: app/<name>/<id>.
func (o *OldSide) Balancer(end string, b Balancer) { put(&o.c.old.balancers, "loadbalancer/"+end, &b) }

// TargetGroup makes a target group, by the end of its ARN: targetgroup/<name>/<id>.
func (o *OldSide) TargetGroup(end string, g TargetGroup) { put(&o.c.old.groups, end, &g) }

// Listener makes a listener, by the end of its ARN: listener/app/<name>/<id>/<id>.
func (o *OldSide) Listener(end string, l Listener) { put(&o.c.old.listeners, end, &l) }

// Rule makes a rule, by the end of its ARN: listener-rule/app/<name>/<id>/<id>/<id>.
func (o *OldSide) Rule(end string, r ListenerRule) { put(&o.c.old.rules, end, &r) }

// Balancers, Groups, Listeners and Rules are what is there.
func (o *OldSide) Balancers() []string { return slices.Sorted(maps.Keys(o.c.old.balancers)) }

// TargetGroups are those that are there.
func (o *OldSide) TargetGroups() []string { return slices.Sorted(maps.Keys(o.c.old.groups)) }

var elbCalls = map[string][]string{
	"DescribeLoadBalancers": {"LoadBalancerArns.", "Marker"}, "DescribeLoadBalancerAttributes": {"LoadBalancerArn"}, "DescribeTargetGroups": {"TargetGroupArns.", "Marker"},
	"DescribeListeners": {"LoadBalancerArn", "ListenerArns.", "Marker"}, "DescribeRules": {"ListenerArn", "RuleArns.", "Marker"}, "DescribeTags": {"ResourceArns."},
	"DescribeTargetHealth":         {"TargetGroupArn"},
	"ModifyLoadBalancerAttributes": {"LoadBalancerArn", "Attributes."},
	"DeleteLoadBalancer":           {"LoadBalancerArn"}, "DeleteListener": {"ListenerArn"}, "DeleteRule": {"RuleArn"}, "DeleteTargetGroup": {"TargetGroupArn"},
}

// elastic2 answers Elastic Load Balancing version 2; source: its API reference,
// query protocol of 2015-12-01.
func (c *Cloud) elastic2(w http.ResponseWriter, r *http.Request) {
	if !c.query(w, r, "elasticloadbalancing", "2015-12-01", elbCalls) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	q := ask{c, w, r, r.Form.Get("Action")}
	end := func(parameter string) string {
		_, path, _ := strings.Cut(r.Form.Get(parameter), ":"+Account+":")
		return path
	}
	if strings.HasPrefix(q.name, "Describe") {
		c.note(r, "elasticloadbalancing:"+q.name, "*") // none knows resources; source: Service Authorization Reference
		q.describe2(end)
		return
	}
	switch q.name {
	case "ModifyLoadBalancerAttributes":
		q.modify2(end("LoadBalancerArn"))
	case "DeleteLoadBalancer":
		q.deleteBalancer(end("LoadBalancerArn"))
	case "DeleteListener":
		q.deleteListener(end("ListenerArn"))
	case "DeleteRule":
		at := end("RuleArn")
		c.note(r, "elasticloadbalancing:DeleteRule", arn("elasticloadbalancing", at))
		if c.old.rules[at] == nil {
			q.fail("RuleNotFound", "One or more rules not found")
			return
		}
		delete(c.old.rules, at)
		q.give(map[string]any{})
	case "DeleteTargetGroup":
		q.deleteGroup(end("TargetGroupArn"))
	}
}

func (q ask) modify2(at string) {
	q.note(q.r, "elasticloadbalancing:ModifyLoadBalancerAttributes", arn("elasticloadbalancing", at))
	b := q.old.balancers[at]
	switch {
	case b == nil:
		q.fail("LoadBalancerNotFound", "Load balancer '%s' not found", at)
	case q.r.Form.Get("Attributes.member.1.Key") != "deletion_protection.enabled" || q.r.Form.Get("Attributes.member.2.Key") != "":
		q.unknown = append(q.unknown, "elasticloadbalancing: another attribute")
		q.fail("InvalidConfigurationRequest", "this cloud knows no other attribute")
	default:
		b.Protected = q.r.Form.Get("Attributes.member.1.Value") == "true"
		q.give(map[string]any{})
	}
}

// deleteBalancer takes listeners and rules along. One that is gone is deleted with
// success; source: API reference, DeleteLoadBalancer.
func (q ask) deleteBalancer(at string) {
	q.note(q.r, "elasticloadbalancing:DeleteLoadBalancer", arn("elasticloadbalancing", at))
	if b := q.old.balancers[at]; b != nil && b.Protected {
		q.fail("OperationNotPermitted", "Load balancer '%s' cannot be deleted because deletion protection is enabled", arn("elasticloadbalancing", at))
		return
	}
	q.dropBalancer(at)
	q.give(map[string]any{})
}

func (c *Cloud) dropBalancer(at string) {
	for end, l := range c.old.listeners {
		if "loadbalancer/"+l.Balancer == at {
			c.dropListener(end)
		}
	}
	delete(c.old.balancers, at)
}

func (c *Cloud) dropListener(at string) {
	for end, rule := range c.old.rules {
		if rule.Listener == at {
			delete(c.old.rules, end)
		}
	}
	delete(c.old.listeners, at)
}

func (q ask) deleteListener(at string) {
	q.note(q.r, "elasticloadbalancing:DeleteListener", arn("elasticloadbalancing", at))
	if q.old.listeners[at] == nil {
		q.fail("ListenerNotFound", "One or more listeners not found")
		return
	}
	q.dropListener(at)
	q.give(map[string]any{})
}

// deleteGroup; source: API reference, DeleteTargetGroup: not while a listener or a
// rule refers to it.
func (q ask) deleteGroup(at string) {
	q.note(q.r, "elasticloadbalancing:DeleteTargetGroup", arn("elasticloadbalancing", at))
	if q.forwarded(at) {
		q.fail("ResourceInUse", "Target group '%s' is currently in use by a listener or a rule", arn("elasticloadbalancing", at))
		return
	}
	delete(q.old.groups, at)
	q.give(map[string]any{})
}

func (c *Cloud) forwarded(group string) bool {
	for _, l := range c.old.listeners {
		if has(l.Forwards, group) {
			return true
		}
	}
	for _, r := range c.old.rules {
		if has(r.Forwards, group) {
			return true
		}
	}
	return false
}
