package trial

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// Spoiler is a change after which nothing of blue may be deleted. Rule is the
// reason that a plan made then must give; empty if only a plan that was made
// before must notice.
type Spoiler struct {
	Name string
	Rule string
	// Make does it, and returns false where the account does not lend itself.
	Make func(*Yard) bool
}

func (y *Yard) find(kind estate.Kind, mine bool) *thing {
	var found *thing
	for _, t := range y.things {
		if t.Kind == kind && t.mine == mine && t.until.IsZero() && (found == nil || t.ARN < found.ARN) {
			found = t
		}
	}
	return found
}

// refer lets a new thing refer to one of blue's.
func refer(to, by estate.Kind, how string, holds bool) func(*Yard) bool {
	return func(y *Yard) bool {
		t := y.find(to, true)
		if t == nil {
			return false
		}
		arn := regional("new", string(by)+"/intruder")
		if by == estate.Record {
			arn = "record:Z1/old.example.com/A/"
		}
		y.link(y.add(false, by, arn, "intruder", nil), t, how, holds)
		return true
	}
}

// own lets the stack own one more thing.
func own(kind estate.Kind, arn string) func(*Yard) bool {
	return func(y *Yard) bool {
		stack := y.find(estate.Stack, true)
		if stack == nil {
			return false
		}
		y.add(false, kind, arn, "intruder", stack)
		return true
	}
}

// touch changes a thing's configuration.
func touch(kind estate.Kind, mine bool, change func(*thing)) func(*Yard) bool {
	return func(y *Yard) bool {
		t := y.find(kind, mine)
		if t != nil {
			change(t)
		}
		return t != nil
	}
}

func reconfigure(t *thing) { t.config["changed"] = "yes" }

// Spoilers are all of them.
var Spoilers = []Spoiler{
	{"another service in the cluster", "in_use", refer(estate.Cluster, estate.Service, "runs in", true)},
	{"a task of nobody in the cluster", "in_use", refer(estate.Cluster, estate.Task, "runs in", true)},
	{"another service in the target group", "in_use", refer(estate.TargetGroup, estate.Service, "registers in", true)},
	{"another name for the load balancer", "other_name", refer(estate.LoadBalancer, estate.Record, "points to", true)},
	{"a schedule that starts tasks", "busy", refer(estate.Cluster, estate.Schedule, "starts tasks in", false)},
	{"a schedule of the scheduler that scales the service", "busy", refer(estate.Service, estate.Timer, "calls ecs:updateService for", false)},
	{"a target that was registered by hand", "unknown_dependency", refer(estate.TargetGroup, estate.Target, "is registered by hand in", true)},
	{"a web ACL that guards the load balancer", "", refer(estate.LoadBalancer, estate.Association, "guards", true)},
	{"a web ACL that Firewall Manager has put there", "in_use", func(y *Yard) bool {
		if !refer(estate.LoadBalancer, estate.Association, "guards", true)(y) {
			return false
		}
		y.things[regional("new", string(estate.Association)+"/intruder")].Facts[estate.Manager] = "Firewall Manager"
		return true
	}},
	{"a composite alarm that goes by one of scaling's", "in_use", refer(estate.Alarm, estate.Alarm, "goes by", true)},
	{"somebody else who assumes the stack's role", "in_use", refer(estate.Role, estate.Function, "assumes", true)},
	{"something unknown that holds", "unknown_dependency", refer(estate.LoadBalancer, "AWS::GlobalAccelerator::EndpointGroup", "sends to", true)},
	{"a stack that imports an export", "used_export", refer(estate.Export, estate.Stack, "imports", true)},
	{"a rule that forwards to others", "serves_others", func(y *Yard) bool {
		l := y.find(estate.Listener, true)
		if l == nil {
			return false
		}
		group := y.add(false, estate.TargetGroup, regional("elasticloadbalancing", "targetgroup/theirs/1"), "theirs", nil)
		rule := y.add(false, estate.Rule, regional("elasticloadbalancing", "listener-rule/theirs"), "theirs", nil)
		y.link(rule, l, estate.BelongsTo, false)
		y.link(rule, group, "forwards to", true)
		return true
	}},
	{"a reference from what nobody looked at", "unknown_dependency", func(y *Yard) bool {
		t := y.find(estate.TargetGroup, true)
		if t == nil {
			return false
		}
		y.links = append(y.links, estate.Link{From: "arn:aws:x:::unseen", To: t.ARN, How: "uses", Holds: true})
		return true
	}},
	{"a Lambda that runs an image", "used_image", func(y *Yard) bool {
		image := y.find(estate.Image, false)
		if image == nil {
			return false
		}
		y.link(y.add(false, estate.Function, regional("lambda", "function:image"), "image", nil), image, "runs", true)
		return true
	}},
	{"an image pushed under a tag that stands", "", touch(estate.Image, false, reconfigure)},
	{"a database in the stack", "holds_data", own(estate.Database, regional("rds", "db:intruder"))},
	{"a network in the stack", "holds_data", own(estate.VPC, regional("ec2", "vpc/intruder"))},
	{"a zone in the stack", "holds_data", own(estate.Zone, arnHead+"route53:::hostedzone/Z9")},
	{"a registry in the stack", "holds_data", own(estate.Repository, regional("ecr", "repository/intruder"))},
	{"a stack in the stack", "holds_data", own(estate.Stack, regional("cloudformation", "stack/nested/1"))},
	{"something unknown in the stack", "unknown_dependency", own("AWS::SNS::Topic", regional("sns", "intruder"))},
	{"two owners", "contradicts", touch(estate.Cluster, true, func(t *thing) { t.Stacks = []string{"arn:one", "arn:two"} })},
	{"another owner", "other_owner", touch(estate.Cluster, true, func(t *thing) { t.Stacks = []string{regional("cloudformation", "stack/other/9")} })},
	{"a tag that protects", "kept", touch(estate.LoadBalancer, true, func(t *thing) { t.Tags["cutover:keep"] = "" })},
	{"something that cannot be read", "not_read", func(y *Yard) bool {
		y.unread = append(y.unread, estate.Unread{What: "the rules of a listener", Why: "AccessDenied"})
		return true
	}},
	{"a load balancer that was changed", "", touch(estate.LoadBalancer, true, reconfigure)},
	{"a service that was changed", "", touch(estate.Service, true, reconfigure)},
	{"a cluster that was changed", "", touch(estate.Cluster, true, reconfigure)},
	{"a stack that was updated", "", touch(estate.Stack, true, reconfigure)},
	{"a cluster that somebody deleted", "not_there", func(y *Yard) bool {
		t := y.find(estate.Cluster, true)
		if t == nil || len(t.Stacks) > 0 {
			return false
		}
		delete(y.things, t.ARN)
		y.cut(func(l estate.Link) bool { return l.From == t.ARN || l.To == t.ARN })
		return true
	}},
}

// Late says whether a change still matters once the images are safe.
func (s Spoiler) Late() bool {
	return !strings.Contains(s.Name, "image")
}

// String names it.
func (s Spoiler) String() string { return fmt.Sprintf("%s (%s)", s.Name, s.Rule) }
