//go:build e2e

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/processtest"
)

// old makes an old side in moto, and prints what cutover.yaml must name.
const old = `
import boto3, json
boto3.setup_default_session(region_name="us-east-1")
ec2 = boto3.client("ec2"); elb = boto3.client("elbv2"); ecs = boto3.client("ecs"); r53 = boto3.client("route53")
boto3.client("s3").create_bucket(Bucket="releases")
subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
group = ec2.create_security_group(GroupName="lego-alb", Description="alb", VpcId=vpc)["GroupId"]
balancer = elb.create_load_balancer(Name="lego-api", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
target = elb.create_target_group(Name="lego-api", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"]
elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": target}])
ecs.create_cluster(clusterName="lego-api")
definition = ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "nginx", "memory": 128}])["taskDefinition"]["taskDefinitionArn"]
ecs.create_service(cluster="lego-api", serviceName="web", taskDefinition=definition, desiredCount=0, loadBalancers=[{"targetGroupArn": target, "containerName": "web", "containerPort": 80}])
zone = r53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
changes = []
for kind in ("A", "AAAA"):
    for name, weight, dns, alias in (("blue", 0, balancer["DNSName"], "Z35SXDOTRQ7X7K"), ("green", 255, "d-1.execute-api.us-east-1.amazonaws.com", "Z1UJRXOUMOOFQ8")):
        changes.append({"Action": "CREATE", "ResourceRecordSet": {"Name": "api.example.com", "Type": kind, "SetIdentifier": name, "Weight": weight,
            "AliasTarget": {"HostedZoneId": alias, "DNSName": dns, "EvaluateTargetHealth": False}}})
r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
print(json.dumps({"dns": balancer["DNSName"], "balancer": balancer["LoadBalancerArn"].split(":loadbalancer/")[1], "target": target.split(":")[-1]}))
`

// The plan, from outside: the built program, the real SDK, moto. Its hash stands on
// standard output, and what it is the hash of lies in the bucket. The zone is found by
// the name that users call: moto gives zones IDs that AWS does not.
//
// Shows: 5.8.3, 5.8.4, 5.8.5, 5.8.6
func TestE2EPlanOnMoto(t *testing.T) {
	moto := mototest.Start(t)
	var made struct{ DNS, Balancer, Target string }
	if err := json.Unmarshal([]byte(moto.Python(old)), &made); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	text := fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages: {production: {url: https://api.example.com, approval: required}}
traffic:
  record: api.example.com
  hosted_zone: Z0123456789ABCDEFGHIJ
  blue: {target: %s, alias_zone: Z35SXDOTRQ7X7K, direct: https://blue.example.com, load_balancer: %s, target_group: %s}
  green: {target: d-1.execute-api.us-east-1.amazonaws.com, alias_zone: Z1UJRXOUMOOFQ8, direct: https://green.example.com, api: {type: http, name: a1b2c3d4e5}}
legacy: {cluster: lego-api, service: web, load_balancer: %s, target_groups: [%s]}
`, made.DNS, made.Balancer, made.Target, made.Balancer, made.Target)
	if err := os.WriteFile(filepath.Join(folder, "cutover.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + folder, "AWS_ENDPOINT_URL=" + moto.Address, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=testing", "AWS_SECRET_ACCESS_KEY=testing", "AWS_EC2_METADATA_DISABLED=true"}
	got := processtest.Run(t, binary, folder, env, "--command", "plan", "--bucket", "releases", "--format", "json")
	var r result
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil || got.Code != 0 || len(r.Plan) != 64 {
		t.Fatalf("%d %v\n%s\n%s", got.Code, err, got.Stdout, got.Stderr)
	}
	kinds := map[string]bool{}
	for _, x := range r.Targets {
		kinds[x.Kind] = true
	}
	for _, kind := range []string{"ecs.service", "ecs.cluster", "ecs.task-definition", "elb.load-balancer", "elb.listener", "elb.target-group"} {
		if !kinds[kind] {
			t.Errorf("%s is not in the plan: %+v", kind, r.Targets)
		}
	}
	kept := moto.Python(`import boto3, sys; print(boto3.client("s3", region_name="us-east-1").get_object(Bucket="releases", Key=sys.argv[1])["Body"].read().decode())`, "cutover/retire/production/plan/"+r.Plan+".json")
	if !strings.Contains(kept, r.Plan) {
		t.Errorf("kept is %s", kept)
	}
}
