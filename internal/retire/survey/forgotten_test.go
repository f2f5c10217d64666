package survey_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/plan"
)

const (
	here     = ":us-east-1:123456789012:"
	cluster  = "arn:aws:ecs" + here + "cluster/lego-api"
	balancer = "arn:aws:elasticloadbalancing" + here + "loadbalancer/" + cloud.LegoBalancer
	group    = "arn:aws:elasticloadbalancing" + here + cloud.LegoGroup
	firewall = "arn:aws:wafv2" + here + "regional/webacl/lego/a1b2c3d4"
	anyCall  = "arn:aws:scheduler:::aws-sdk:"
)

// What is forgotten when a service goes is listed with why, when it was last used,
// and the command that removes it; nothing of that is a target.
// Shows: 5.8.9
func TestForgotten(t *testing.T) {
	c := lego(t, false)
	c.SetAlarms(cloud.Alarm{Name: "lego-5xx", State: "OK", Metrics: []cloud.Metric{{Namespace: "AWS/ApplicationELB", Name: "HTTPCode_ELB_5XX_Count", Dimensions: map[string]string{"LoadBalancer": cloud.LegoBalancer}}}},
		cloud.Alarm{Name: "everything", State: "OK", Composite: true, Rule: `ALARM("lego-5xx") OR ALARM(other)`}, cloud.Alarm{Name: "others", State: "OK", Composite: true, Rule: `ALARM("lego-5xx-2")`})
	w := look(t, false)
	p, err := plan.Of(w, scope(false))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]plan.Seen{}
	for _, s := range p.Forgotten {
		got[string(s.Kind)+" "+s.Name] = s
	}
	for name, want := range map[string][2]string{
		"wafv2.web-acl lego":          {"lego applies it", "aws wafv2 delete-web-acl --scope REGIONAL --name 'lego' --id 'a1b2c3d4' --region us-east-1 --lock-token"},
		"scheduler.schedule weekly":   {"is disabled, and else starts tasks in lego-api", "aws scheduler delete-schedule --name 'weekly' --group-name 'default'"},
		"events.rule nightly":         {"is disabled, and else starts tasks in lego-api", "aws events disable-rule --name 'nightly'"},
		"iam.role lego-api-execution": {"web:6 assumes it; last used on 2026-02-27 us-east-1", "aws iam delete-role --role-name 'lego-api-execution'"},
		"iam.role lego-api-ci":        {"may do nothing but deploy to web; last used on 2025-12-27 us-east-1", "aws iam delete-role --role-name 'lego-api-ci'"},
		"cloudwatch.alarm lego-5xx":   {"watches lego-api", "aws cloudwatch delete-alarms --alarm-names 'lego-5xx'"},
	} {
		if s := got[name]; s.Why != want[0] || !strings.HasPrefix(s.Command, want[1]) {
			t.Errorf("%s: %q, %q", name, s.Why, s.Command)
		}
	}
	for _, name := range []string{"iam.role production-deploy", "iam.role unused", "scheduler.schedule others", "cloudwatch.alarm others"} {
		if _, listed := got[name]; listed || slices.ContainsFunc(w.Items, func(i estate.Item) bool { return string(i.Kind)+" "+i.Name == name }) {
			t.Errorf("%s was told, and has nothing to do with it", name)
		}
	}
	// A composite alarm that goes by a forgotten one is told with it, and stays.
	if !slices.Contains(w.Links, estate.Link{From: "arn:aws:cloudwatch" + here + "alarm:everything", To: "arn:aws:cloudwatch" + here + "alarm:lego-5xx", How: "goes by", Holds: true}) {
		t.Error("nobody says which composite alarm goes by lego-5xx")
	}
	for _, x := range p.Targets {
		if _, listed := got[string(x.Kind)+" "+x.Name]; listed {
			t.Errorf("%s is forgotten, and goes", x.ARN)
		}
		if x.Kind == estate.Association && (x.ARN != firewall+"@"+balancer || !strings.HasPrefix(x.Restore, "aws wafv2 associate-web-acl ")) {
			t.Errorf("%+v", x)
		}
	}
}

// hostile are changes of an account that make a plan impossible, and stop one that
// was made before.
var hostile = map[string]struct {
	rule  plan.Rule
	owned bool
	harm  func(c *cloud.Cloud, o *cloud.OldSide)
}{
	"Firewall Manager guards the load balancer": {plan.InUse, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
		o.WebACL(cloud.WebACL{Name: "lego", ID: "a1b2c3d4", Managed: true, Guards: []string{cloud.LegoBalancer}})
	}},
	"another stack has put the web ACL there": {plan.OtherOwner, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
		o.Stack("security", cloud.OldStack{Resources: map[string]cloud.OldResource{"G": {Type: "AWS::WAFv2::WebACLAssociation", Physical: balancer + "|" + firewall}}})
	}},
	"the stack's web ACL guards green": {plan.Unknown, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
		o.Grow("ACL", cloud.OldResource{Type: "AWS::WAFv2::WebACL", Physical: "lego|a1b2c3d4|REGIONAL"})
		o.WebACL(cloud.WebACL{Name: "lego", ID: "a1b2c3d4", Guards: []string{cloud.LegoBalancer}, Others: []string{"arn:aws:apigateway:us-east-1::/restapis/green/stages/live"}})
	}},
	"a target was registered by hand": {plan.Unknown, false, func(_ *cloud.Cloud, o *cloud.OldSide) { o.Register(cloud.LegoCanary, "10.0.99.7") }},
	"a target was registered by hand in the stack's group": {plan.Unknown, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
		o.Register(cloud.LegoGroup, "-10.0.99.8", "10.0.99.7")
	}},
	"a composite alarm goes by one that goes": {plan.InUse, false, func(c *cloud.Cloud, _ *cloud.OldSide) {}},
	"a function assumes the stack's role":     {plan.InUse, true, func(_ *cloud.Cloud, _ *cloud.OldSide) {}},
	"hosts assume the stack's role": {plan.Unknown, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
		o.IAMRole(cloud.IAMRole{Name: "lego-api-execution", Trust: "{}", Profile: "hosts"})
	}},
	"a schedule starts tasks":                        {plan.Busy, false, timer(cloud.Timer{Target: cluster})},
	"a schedule scales the service":                  {plan.Busy, false, timer(cloud.Timer{Target: anyCall + "ecs:updateService", Input: `{"Cluster":"lego-api","Service":"web","DesiredCount":2}`})},
	"a schedule binds scaling":                       {plan.Busy, false, timer(cloud.Timer{Target: anyCall + "applicationautoscaling:registerScalableTarget", Input: `{"ResourceId":"service/lego-api/web"}`})},
	"a schedule changes the load balancer, by group": {plan.Busy, true, timer(cloud.Timer{Group: "ops", Target: anyCall + "elasticloadbalancingv2:modifyLoadBalancerAttributes", Input: `{"LoadBalancerArn": "` + balancer + `"}`})},
}

func timer(x cloud.Timer) func(*cloud.Cloud, *cloud.OldSide) {
	x.Name, x.Expression = "added", "rate(1 day)"
	return func(_ *cloud.Cloud, o *cloud.OldSide) { o.Timers(x) }
}

// happen makes the change; some take the lock themselves.
func happen(c *cloud.Cloud, name string) {
	switch x := hostile[name]; {
	case strings.HasPrefix(name, "a composite"):
		c.SetAlarms(cloud.Alarm{Name: "TargetTracking-web-high", State: "OK"}, cloud.Alarm{Name: "page", State: "OK", Composite: true, Rule: "OK(arn:aws:cloudwatch" + here + "alarm:TargetTracking-web-high) OR FALSE"})
	case strings.HasPrefix(name, "a function"):
		c.Old(func(o *cloud.OldSide) { o.Assumes("green", "arn:aws:iam::123456789012:role/lego-api-execution") })
	default:
		c.Old(func(o *cloud.OldSide) { x.harm(c, o) })
	}
}

// Each makes a plan impossible, for its own reason; and where it happens between
// the plan and what is done by it, it is a drift.
// Shows: 5.8.5, 5.8.9
func TestHostileLeftovers(t *testing.T) {
	for name, x := range hostile {
		t.Run(name, func(t *testing.T) {
			c := lego(t, x.owned)
			p, err := plan.Of(look(t, x.owned), scope(x.owned))
			if err != nil {
				t.Fatal(err)
			}
			happen(c, name)
			w := look(t, x.owned)
			_, err = plan.Of(w, scope(x.owned))
			var refused plan.Refusals
			if !errors.As(err, &refused) || !refused.Has(x.rule) {
				t.Errorf("%v, and not because of %s", err, x.rule)
			}
			for _, r := range refused {
				if r.Next == "" || r.What == "" {
					t.Errorf("no way out: %+v", r)
				}
			}
			if drift := plan.Compare(p, w, plan.Own{}); len(drift) == 0 {
				t.Error("a plan that was made before does not notice")
			}
		})
	}
}

// What has nothing to do with the old side stops nothing.
func TestHarmlessLeftovers(t *testing.T) {
	c := lego(t, false)
	before, err := plan.Of(look(t, false), scope(false))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTimers(cloud.Timer{Name: "weekly", Expression: "rate(7 days)", Disabled: true, Target: cluster, Starts: "arn:aws:ecs" + here + "task-definition/web:7"},
		cloud.Timer{Name: "green", Target: "arn:aws:lambda" + here + "function:green"}, cloud.Timer{Name: "other", Target: cluster + "-2"},
		cloud.Timer{Name: "other service", Target: anyCall + "ecs:updateService", Input: `{"Cluster":"other","Service":"web"}`},
		cloud.Timer{Name: "a parameter", Target: anyCall + "ssm:putParameter", Input: `{"Name":"web","Value":"lego-api-2"}`})
	c.Old(func(o *cloud.OldSide) {
		o.Register(cloud.LegoGroup, "-10.0.99.7")
		o.TargetGroup("targetgroup/others/1", cloud.TargetGroup{Port: 80})
		o.Register("targetgroup/others/1", "10.0.99.9")
	})
	w := look(t, false)
	if _, err := plan.Of(w, scope(false)); err != nil {
		t.Errorf("%v", err)
	}
	if drift := plan.Compare(before, w, plan.Own{}); len(drift) > 0 {
		t.Errorf("%v", drift)
	}
}

// A schedule that is enabled after the plan was made is a drift, although nothing
// but its state has changed.
func TestEnabledMeanwhile(t *testing.T) {
	for name, enable := range map[string]func(*cloud.Cloud){
		"a schedule": func(c *cloud.Cloud) {
			c.SetTimers(cloud.Timer{Name: "weekly", Expression: "rate(7 days)", Target: cluster, Starts: "arn:aws:ecs" + here + "task-definition/web:7"})
		},
		"a rule": func(c *cloud.Cloud) {
			c.SetRules(cloud.EventRule{Name: "nightly", Schedule: "rate(1 day)", Targets: []string{cluster}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := lego(t, false)
			p, err := plan.Of(look(t, false), scope(false))
			if err != nil {
				t.Fatal(err)
			}
			enable(c)
			if drift := plan.Compare(p, look(t, false), plan.Own{}); len(drift) == 0 {
				t.Error("nobody notices")
			}
		})
	}
}

// The hands take a web ACL off the load balancer only if it is the one of the plan,
// and nothing else of WAF.
// Shows: 5.8.9
func TestTakingTheFirewallOff(t *testing.T) {
	s := begin(t, false)
	s.prepare()
	at := firewall + "@" + balancer
	del := retire.Action{Verb: retire.Delete, ARN: at, Print: s.print(at)}
	s.refused(retire.Action{Verb: retire.Delete, ARN: firewall, Print: s.print(firewall)}, "is not what the plan says of it")
	s.refused(retire.Action{Verb: retire.Delete, ARN: at}, "was changed since")
	s.c.Old(func(o *cloud.OldSide) {
		o.WebACL(cloud.WebACL{Name: "lego", ID: "a1b2c3d4"})
		o.WebACL(cloud.WebACL{Name: "another", ID: "e5f6", Guards: []string{cloud.LegoBalancer}})
	})
	s.do(del) // it is gone already, and the other one is not touched
	s.c.Old(func(o *cloud.OldSide) {
		if got := o.WebACLs()["arn:aws:wafv2"+here+"regional/webacl/another/e5f6"]; len(got) != 1 {
			t.Error("another web ACL was taken off")
		}
		o.WebACL(cloud.WebACL{Name: "another", ID: "e5f6"})
		o.WebACL(cloud.WebACL{Name: "lego", ID: "a1b2c3d4", Guards: []string{cloud.LegoBalancer}})
	})
	s.c.RefuseWatch(func(call string) (int, string) {
		if call == "wafv2:DisassociateWebACL" {
			return http.StatusBadRequest, "WAFUnavailableEntityException"
		}
		return 0, ""
	})
	s.refused(del, "cannot be taken off")
	s.c.RefuseWatch(nil)
	s.do(del)
	s.c.Old(func(o *cloud.OldSide) {
		if all := o.WebACLs(); len(all[firewall]) != 0 || len(all) != 2 {
			t.Errorf("%v", all)
		}
	})
}
