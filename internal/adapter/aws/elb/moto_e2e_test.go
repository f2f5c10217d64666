//go:build e2e

package elb_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/elb"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

const balancers = `
import boto3, os, json
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ec2, elb = boto3.client("ec2", **at), boto3.client("elbv2", **at)
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
nets = [ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.%d.0/24" % i, AvailabilityZone="us-east-1" + z)["Subnet"]["SubnetId"] for i, z in enumerate("ab")]
group = ec2.create_security_group(GroupName="alb", Description="alb", VpcId=vpc)["GroupId"]
lb = elb.create_load_balancer(Name="lego-api", Subnets=nets, SecurityGroups=[group], Tags=[{"Key": "team", "Value": "lego"}])["LoadBalancers"][0]["LoadBalancerArn"]
elb.modify_load_balancer_attributes(LoadBalancerArn=lb, Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}])
tgs = [elb.create_target_group(Name=n, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"] for n in ("web", "canary")]
l = elb.create_listener(LoadBalancerArn=lb, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": tgs[0]}])["Listeners"][0]["ListenerArn"]
r = elb.create_rule(ListenerArn=l, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/v1/*"]}], Actions=[{"Type": "forward", "TargetGroupArn": tgs[1]}])["Rules"][0]["RuleArn"]
print(json.dumps(dict(lb=lb, web=tgs[0], canary=tgs[1], listener=l, rule=r, group=group)))
`

// What the adapter sends and reads is understood by an AWS that was not written
// here: two target groups behind a listener and a rule, taken away in their order.
// Shows: 5.8.4, 5.8.6
func TestE2EMoto(t *testing.T) {
	var made struct{ LB, Web, Canary, Listener, Rule, Group string }
	if err := json.Unmarshal([]byte(mototest.Start(t).Python(balancers)), &made); err != nil {
		t.Fatal(err)
	}
	l, err := elb.Open(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	_, end, _ := strings.Cut(made.LB, ":loadbalancer/")
	f := survey.Focus{Asked: survey.Asked{Account: "123456789012", Region: "us-east-1", LoadBalancer: end}, Known: (estate.World{}).Graph()}
	p, err := l.Tell(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]estate.Kind{}
	for _, i := range p.Items {
		kinds[i.ARN] = i.Kind
		if i.Print == "" {
			t.Errorf("%s has no print", i.ARN)
		}
		if i.Kind == estate.LoadBalancer && (!i.Protected || i.Tags["team"] != "lego" || i.Facts["dns"] == "") {
			t.Errorf("%+v", i)
		}
	}
	for at, kind := range map[string]estate.Kind{made.LB: estate.LoadBalancer, made.Web: estate.TargetGroup, made.Canary: estate.TargetGroup, made.Listener: estate.Listener, made.Rule: estate.Rule} {
		if kinds[at] != kind {
			t.Errorf("%s is told as %q", at, kinds[at])
		}
	}
	for _, want := range []estate.Link{
		{From: made.Listener, To: made.LB, How: "listens on", Holds: true}, {From: made.Listener, To: made.Web, How: "forwards to", Holds: true}, {From: made.Rule, To: made.Canary, How: "forwards to", Holds: true},
		{From: made.Rule, To: made.Listener, How: estate.BelongsTo}, {From: made.LB, To: "arn:aws:ec2:us-east-1:123456789012:security-group/" + made.Group, How: "uses", Holds: true},
	} {
		if !slices.Contains(p.Links, want) {
			t.Errorf("%+v is not told", want)
		}
	}
	if err := l.Delete(t.Context(), made.Web); err == nil || !strings.Contains(err.Error(), "ResourceInUse") {
		t.Errorf("a target group in use: %v", err)
	}
	// moto deletes a load balancer in spite of its protection; AWS does not, nor
	// does the cloud in memory.
	if err := l.Protect(t.Context(), made.LB, false); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{made.Rule, made.Listener, made.LB, made.Web, made.Canary} {
		if thing, err := l.Read(t.Context(), at); err != nil || thing.Item.ARN != at || thing.Item.Protected {
			t.Errorf("%s: %+v, %v", at, thing.Item, err)
		}
		if err := l.Delete(t.Context(), at); err != nil {
			t.Errorf("%s: %v", at, err)
		}
		if _, err := l.Read(t.Context(), at); !errors.Is(err, hands.ErrGone) {
			t.Errorf("%s is still there: %v", at, err)
		}
	}
}
