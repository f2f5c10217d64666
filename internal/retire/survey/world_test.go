package survey_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ec2"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ecr"
	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/elb"
	"github.com/cutover-dev/cutover/internal/adapter/aws/events"
	"github.com/cutover-dev/cutover/internal/adapter/aws/iam"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/route53"
	"github.com/cutover-dev/cutover/internal/adapter/aws/scheduler"
	"github.com/cutover-dev/cutover/internal/adapter/aws/wafv2"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shelf keeps a kit in memory.
type shelf struct{ kit []byte }

func (s *shelf) Save(_ context.Context, _ string, kit []byte) error { s.kit = kit; return nil }

func (s *shelf) Load(context.Context) ([]byte, error) {
	if s.kit == nil {
		return nil, errors.New("there is no kit")
	}
	return s.kit, nil
}

// all opens every adapter on what the environment names.
func all(t *testing.T) (survey.Sources, hands.Ports) {
	t.Helper()
	ctx, region := t.Context(), "us-east-1"
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	stacks, err := cloudformation.OpenLegacy(ctx, region)
	must(err)
	containers, err := ecs.OpenLegacy(ctx, region)
	must(err)
	balancers, err := elb.Open(ctx, region)
	must(err)
	registry, err := ecr.OpenLegacy(ctx, region)
	must(err)
	rules, err := events.OpenLegacy(ctx, region)
	must(err)
	names, err := route53.OpenLegacy(ctx, route53.Options{Pace: time.Millisecond, Poll: time.Millisecond, Backoff: time.Millisecond})
	must(err)
	network, err := ec2.OpenLegacy(ctx, region)
	must(err)
	groups, err := logs.OpenLegacy(ctx, region)
	must(err)
	functions, err := lambda.OpenLegacy(ctx, region)
	must(err)
	alarms, err := cloudwatch.OpenLegacy(ctx, region)
	must(err)
	guards, err := wafv2.OpenLegacy(ctx, region)
	must(err)
	timers, err := scheduler.OpenLegacy(ctx, region)
	must(err)
	roles, err := iam.OpenLegacy(ctx, region)
	must(err)
	sources := survey.Sources{Firewalls: guards, Timers: timers, Targets: elb.Registered{Legacy: balancers}, Roles: roles, Stacks: stacks, Containers: containers, Balancers: balancers, Registry: registry, Rules: rules, Names: names, Network: network, Logs: groups, Functions: functions, Alarms: alarms}
	things := map[estate.Kind]hands.Thing{estate.Stack: stacks, estate.HealthCheck: names, estate.LogGroup: groups, estate.SecurityGroup: network, estate.Association: guards}
	for _, kind := range []estate.Kind{estate.Service, estate.Cluster, estate.Definition, estate.Scaling} {
		things[kind] = containers
	}
	for _, kind := range []estate.Kind{estate.LoadBalancer, estate.Listener, estate.Rule, estate.TargetGroup} {
		things[kind] = balancers
	}
	return sources, hands.Ports{Things: things, Guards: map[estate.Kind]hands.Guard{estate.Stack: stacks, estate.LoadBalancer: balancers}, Services: containers, Records: names, Kit: &shelf{}, Now: noon}
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// scope names the old side that the cloud's Lego makes.
func scope(owned bool) plan.Scope {
	s := plan.Scope{Account: cloud.Account, Region: cloud.Region, Domain: "api.example.com", Cluster: "lego-api", Service: "web", LoadBalancer: cloud.LegoBalancer,
		TargetGroups: []string{cloud.LegoGroup, cloud.LegoCanary}, Repositories: []string{"lego-api"}, Logs: plan.DeleteLogs, Soak: 604800, Hold: 172800}
	if owned {
		s.Stack = cloud.LegoStack
	}
	return s
}

// lego makes an old side, and points the SDK at it.
func lego(t *testing.T, owned bool) *cloud.Cloud {
	t.Helper()
	c := cloud.New("state")
	c.Lego(owned)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_CA_BUNDLE": ""} { // reading a bundle for each client takes longer than most cases
		t.Setenv(name, value)
	}
	t.Cleanup(func() {
		if unknown := c.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return c
}

func look(t *testing.T, owned bool) estate.World {
	t.Helper()
	sources, _ := all(t)
	w, err := survey.New(survey.Of(scope(owned), cloud.Account, cloud.Region), sources, noon).Look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The world of a realistic old side, as it is told through the real SDK, is a
// golden file; a plan can be made of it. Every list has more than one page.
// Shows: 5.8.5, 5.8.9
func TestWorld(t *testing.T) {
	for _, owned := range []bool{false, true} {
		name := map[bool]string{false: "by-hand", true: "stack"}[owned]
		t.Run(name, func(t *testing.T) {
			lego(t, owned)
			w := look(t, owned)
			text, err := json.MarshalIndent(w, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".json"), append(text, '\n'))
			p, err := plan.Of(w, scope(owned))
			if err != nil {
				t.Fatal(err)
			}
			var order strings.Builder
			for _, x := range p.Targets {
				order.WriteString(string(x.Way) + " " + string(x.Kind) + " " + x.Name + "\n")
			}
			golden(t, filepath.Join("testdata", name+".plan"), []byte(order.String()))
			if again := look(t, owned); !same(w, again) {
				t.Error("a second look at the same tells another world")
			}
			if drift := plan.Compare(p, w, plan.Own{}); len(drift) > 0 {
				t.Errorf("the world differs from the plan that was made of it: %v", drift)
			}
		})
	}
}

func same(a, b estate.World) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func golden(t *testing.T, path string, text []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != string(text) {
		t.Errorf("%s is not what was told: %v (-update writes it anew)\n%s", path, err, text)
	}
}

// Each hostile change makes a plan impossible, for its own reason.
func TestHostileWorlds(t *testing.T) {
	image := cloud.Account + ".dkr.ecr." + cloud.Region + ".amazonaws.com/lego-api@sha256:" + strings.Repeat("1", 64)
	for name, x := range map[string]struct {
		rule  plan.Rule
		owned bool
		harm  func(c *cloud.Cloud, o *cloud.OldSide)
	}{
		"a Lambda runs an image": {plan.UsedImage, false, func(_ *cloud.Cloud, o *cloud.OldSide) { o.ImageFunction("green", image) }},
		"an old version of a Lambda does": {plan.UsedImage, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.ImageFunction("green", "1.dkr.ecr.us-east-1.amazonaws.com/x@sha256:1", image)
		}},
		"another stack imports an export": {plan.UsedExport, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Stack("user", cloud.OldStack{})
			o.Import("lego-url", "user")
		}},
		"the stack has a database": {plan.HoldsData, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("Data", cloud.OldResource{Type: "AWS::RDS::DBInstance", Physical: "lego"})
		}},
		"the stack has a VPC": {plan.HoldsData, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("Net", cloud.OldResource{Type: "AWS::EC2::VPC", Physical: "vpc-1"})
		}},
		"the stack has the zone": {plan.HoldsData, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("Zone", cloud.OldResource{Type: "AWS::Route53::HostedZone", Physical: cloud.LegoZone})
		}},
		"the stack has the registry": {plan.HoldsData, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("Repo", cloud.OldResource{Type: "AWS::ECR::Repository", Physical: "lego-api"})
		}},
		"the stack has what nobody knows": {plan.Unknown, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("New", cloud.OldResource{Type: "AWS::New::Thing", Physical: "x"})
		}},
		"the stack has a group that the database lets in": {plan.InUse, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Grow("Tasks", cloud.OldResource{Type: "AWS::EC2::SecurityGroup", Physical: "sg-0a5c"})
		}},
		"a stack that nobody named owns the cluster": {plan.OtherOwner, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Stack("network", cloud.OldStack{Resources: map[string]cloud.OldResource{"C": {Type: "AWS::ECS::Cluster", Physical: "lego-api"}}})
		}},
		"two stacks own the service": {plan.Contradicts, true, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Stack("network", cloud.OldStack{Resources: map[string]cloud.OldResource{"S": {Type: "AWS::ECS::Service", Physical: "arn:aws:ecs:us-east-1:123456789012:service/lego-api/web"}}})
		}},
		"another name points to the load balancer": {plan.OtherName, false, func(c *cloud.Cloud, _ *cloud.OldSide) {}},
		"another service in the cluster":           {plan.InUse, false, func(*cloud.Cloud, *cloud.OldSide) {}},
		"a task of no service":                     {plan.InUse, false, func(_ *cloud.Cloud, o *cloud.OldSide) { o.Lone("lego-api", 1) }},
		"the load balancer serves others": {plan.ServesOthers, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.TargetGroup("targetgroup/other/1", cloud.TargetGroup{})
			o.Rule("listener-rule/"+cloud.LegoBalancer+"/a2/b9", cloud.ListenerRule{Listener: "listener/" + cloud.LegoBalancer + "/a2", Priority: 9, Forwards: []string{"targetgroup/other/1"}})
		}},
		"a tag protects the target group": {plan.Kept, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Tag("arn:aws:elasticloadbalancing:us-east-1:123456789012:"+cloud.LegoGroup, map[string]string{"cutover:keep": ""})
		}},
		"a tag protects the cluster": {plan.Kept, false, func(_ *cloud.Cloud, o *cloud.OldSide) {
			o.Tag("arn:aws:ecs:us-east-1:123456789012:cluster/lego-api", map[string]string{"cutover:keep": "yes"})
		}},
		"a schedule starts tasks": {plan.Busy, false, func(*cloud.Cloud, *cloud.OldSide) {}},
	} {
		t.Run(name, func(t *testing.T) {
			c := lego(t, x.owned)
			c.Old(func(o *cloud.OldSide) { x.harm(c, o) })
			ttl := 60
			switch name {
			case "another name points to the load balancer":
				c.SetRecords("Z0OTHER", cloud.RecordSet{Name: "old.example.org.", Type: "CNAME", TTL: &ttl, Values: []string{cloud.LegoDNS}})
			case "another service in the cluster":
				c.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "second", Desired: 1, Running: 1, Definition: "web-other:1"})
			case "a schedule starts tasks":
				c.SetRules(cloud.EventRule{Name: "nightly", Schedule: "rate(1 day)", Targets: []string{"arn:aws:ecs:us-east-1:123456789012:cluster/lego-api"}})
			}
			_, err := plan.Of(look(t, x.owned), scope(x.owned))
			var refused plan.Refusals
			if !errors.As(err, &refused) || !refused.Has(x.rule) {
				t.Errorf("%v, and not because of %s", err, x.rule)
			}
		})
	}
}

// Every call that is refused is told as unread, so that nobody plans without it.
func TestRefusals(t *testing.T) {
	c := lego(t, true)
	look(t, true)
	asked := map[string]bool{}
	for _, call := range c.Calls() {
		asked[call.Action] = true
	}
	if len(asked) < 28 {
		t.Errorf("only %d calls: %v", len(asked), asked)
	}
	for action := range asked {
		service, name, _ := strings.Cut(action, ":")
		c.FailRoute53(func(_ int, call string) (int, string, string) {
			if service == "route53" && call == name {
				return http.StatusForbidden, "AccessDenied", "made to fail"
			}
			return 0, "", ""
		})
		c.RefuseFormation(func(_ int, call string) (int, string, string) {
			if service == "cloudformation" && call == name {
				return http.StatusForbidden, "AccessDenied", "made to fail"
			}
			return 0, "", ""
		})
		c.RefuseWatch(func(call string) (int, string) {
			if _, said, _ := strings.Cut(call, ":"); said == name && (strings.HasPrefix(call, service+":") || service == "cloudwatch") {
				return http.StatusBadRequest, "AccessDeniedException"
			}
			return 0, ""
		})
		w := look(t, true)
		if len(w.Unread) == 0 {
			t.Errorf("%s was refused, and nobody says so", action)
		} else if _, err := plan.Of(w, scope(true)); err == nil {
			t.Errorf("a plan without %s", action)
		}
	}
}
