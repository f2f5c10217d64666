package legacy

import (
	"strings"
	"time"
)

// happen carries out one change of the scenario.
func (a *Account) happen(c Change) {
	say := func(what, target string) { a.happened = append(a.happened, Happening{a.now, what, target}) }
	until := time.Time{}
	if c.For != nil {
		until = a.now.Add(c.For.Std())
	}
	switch c.What {
	case "new-service":
		group := a.put(false, TargetGroup, arn("elasticloadbalancing", "targetgroup/payments/1111222233334444"), "payments")
		rule := a.put(false, Rule, arn("elasticloadbalancing", "listener-rule/"+BalancerName+"/6d0ecf831eec9f09/5555666677778888"), "/payments/*")
		service := a.put(false, Service, arn("ecs", "service/payments/payments"), "payments")
		service.Counts = map[string]string{"desired": "1", "running": "1", "pending": "0"}
		cluster := a.put(false, Cluster, arn("ecs", "cluster/payments"), "payments")
		a.refer(service.ARN, "cluster", cluster.ARN)
		a.refer(service.ARN, "targetGroupArn", group.ARN)
		a.refer(rule.ARN, "listenerArn", listenerARN)
		a.refer(rule.ARN, "actions", group.ARN)
		say("another team puts its service behind the load balancer", service.ARN)
	case "new-rule":
		rule := a.put(false, Rule, arn("elasticloadbalancing", "listener-rule/"+BalancerName+"/6d0ecf831eec9f09/aaaabbbbccccdddd"), "/partners/*")
		a.refer(rule.ARN, "listenerArn", listenerARN)
		a.refer(rule.ARN, "actions", groupARN)
		say("a listener gets a further rule", rule.ARN)
	case "import":
		other := a.put(false, Stack, arn("cloudformation", "stack/partners/7777aaaa-1111-2222-3333-444455556666"), "partners")
		other.Status = "CREATE_COMPLETE"
		a.refer(other.ARN, "Fn::ImportValue", exportARN)
		say("another stack imports an export", other.ARN)
	case "retag":
		image := a.things[repoARN+"@sha256:"+strings.Repeat("3", 64)]
		image.Config["tags"] = "v43,latest"
		say("an image gets another tag", image.ARN)
	case "dangling-name":
		record := a.put(false, Record, RecordARN("old-api.example.com", "A", ""), "old-api.example.com", "type", "A", "ttl", "60", "target", balancerARN)
		a.refer(record.ARN, "aliasTarget", balancerARN)
		say("a further name points to the load balancer", record.ARN)
	case "database-rule":
		group := arn("ec2", "security-group/sg-0cc33333333333333")
		a.refer(group, "ipPermissions", tasksGroup)
		say("the database lets blue's tasks in by their security group", group)
	case "scale-out":
		before := a.scaledOut
		a.scaleOut()
		if a.scaledOut == before {
			say("an alarm wants more tasks, and scaling does nothing", serviceARN)
		} else {
			say("an alarm wants more tasks, and scaling brings one", serviceARN)
		}
	case "green-errors":
		a.trouble = append(a.trouble, spell{a.now, until, c.Share.Fraction()})
		say("green fails "+c.Share.String()+" more of its requests", Domain)
	case "direct-calls":
		a.calls = append(a.calls, spell{a.now, until, 0})
		say("somebody calls the load balancer by its own name", balancerARN)
	default:
		a.befall(c.What, say)
	}
}

// befall is what happens beside the service: its firewall, its schedules, its targets.
func (a *Account) befall(what string, say func(what, target string)) {
	switch what {
	case "web-acl":
		acl := a.put(false, Firewall, arn("wafv2", "regional/webacl/partners/11111111-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "partners")
		say("a web ACL is put on the load balancer", a.guard(acl, false).ARN)
	case "schedule":
		nightly := a.put(false, Timer, arn("scheduler", "schedule/default/lego-reports"), "lego-reports")
		nightly.Status = "ENABLED"
		a.refer(nightly.ARN, "target", clusterARN)
		say("a schedule starts tasks in the cluster", nightly.ARN)
	case "hand-target":
		target := a.put(false, Target, groupARN+"/target/10.0.99.7:80", "10.0.99.7:80")
		a.refer(target.ARN, "RegisterTargets", groupARN)
		say("somebody registers an address in the target group", target.ARN)
	}
}
