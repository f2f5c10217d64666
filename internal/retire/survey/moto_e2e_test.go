//go:build e2e

package survey_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/retire"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/plan"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

const oldSide = `
import boto3, os, json
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
c = lambda name: boto3.client(name, **at)
ec2, elb, ecs, r53, ecr, logs, cf = c("ec2"), c("elbv2"), c("ecs"), c("route53"), c("ecr"), c("logs"), c("cloudformation")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
nets = [ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.%d.0/24" % i, AvailabilityZone="us-east-1" + z)["Subnet"]["SubnetId"] for i, z in enumerate("ab")]
alb, tasks, db = [ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in ("alb", "tasks", "db")]
for to, who in ((tasks, alb), (db, tasks)):
    ec2.authorize_security_group_ingress(GroupId=to, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": who}]}])
lb = elb.create_load_balancer(Name="lego-api", Subnets=nets, SecurityGroups=[alb])["LoadBalancers"][0]
tgs = [elb.create_target_group(Name=n, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]["TargetGroupArn"] for n in ("web", "canary")]
l = elb.create_listener(LoadBalancerArn=lb["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": tgs[0]}])["Listeners"][0]["ListenerArn"]
elb.create_rule(ListenerArn=l, Priority=10, Conditions=[{"Field": "path-pattern", "Values": ["/v1/*"]}], Actions=[{"Type": "forward", "TargetGroupArn": tgs[1]}])
logs.create_log_group(logGroupName="/ecs/lego-api")
logs.create_log_group(logGroupName="/ecs/lego-api-other")
ecr.create_repository(repositoryName="lego-api")
manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2, "digest": "sha256:" + 64 * "0"}, "layers": []}
ecr.put_image(repositoryName="lego-api", imageManifest=json.dumps(manifest), imageTag="v1")
ecs.create_cluster(clusterName="lego-api")
container = {"name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/lego-api:v1", "memory": 64,
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/lego-api", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}}}
ecs.register_task_definition(family="web", containerDefinitions=[container], networkMode="awsvpc", taskRoleArn="arn:aws:iam::123456789012:role/lego-task")
ecs.create_service(cluster="lego-api", serviceName="web", taskDefinition="web", desiredCount=2, loadBalancers=[{"targetGroupArn": tgs[0], "containerName": "web", "containerPort": 80}],
    networkConfiguration={"awsvpcConfiguration": {"subnets": nets, "securityGroups": [tasks]}})
c("application-autoscaling").register_scalable_target(ServiceNamespace="ecs", ResourceId="service/lego-api/web", ScalableDimension="ecs:service:DesiredCount", MinCapacity=1, MaxCapacity=4)
zone = r53.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
alias = {"blue": (lb["CanonicalHostedZoneId"] if "CanonicalHostedZoneId" in lb else "Z35SXDOTRQ7X7K", "dualstack." + lb["DNSName"], 0), "green": ("Z1UJRXOUMOOFQ8", "d-1.execute-api.us-east-1.amazonaws.com", 255)}
r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "api.example.com", "Type": t, "SetIdentifier": s, "Weight": w,
    "AliasTarget": {"HostedZoneId": z, "DNSName": d, "EvaluateTargetHealth": False}}} for t in ("A", "AAAA") for s, (z, d, w) in alias.items()]})
waf, timers, iam, cw = c("wafv2"), c("scheduler"), c("iam"), c("cloudwatch")
acl = waf.create_web_acl(Name="lego", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "lego"}, Tags=[{"Key": "team", "Value": "lego"}])["Summary"]["ARN"]
waf.associate_web_acl(WebACLArn=acl, ResourceArn=lb["LoadBalancerArn"])
cluster = "arn:aws:ecs:us-east-1:123456789012:cluster/lego-api"
def timer(name, target, state="DISABLED"):
    timers.create_schedule(Name=name, State=state, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=dict(RoleArn="arn:aws:iam::123456789012:role/t", **target))
timer("weekly", {"Arn": cluster, "EcsParameters": {"TaskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1"}})
timer("scales", {"Arn": "arn:aws:scheduler:::aws-sdk:ecs:updateService", "Input": json.dumps({"Cluster": "lego-api", "Service": "web", "DesiredCount": 1})})
timer("others", {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:green"}, "ENABLED")
tasks_trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
ci_trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/x"}, "Action": "sts:AssumeRoleWithWebIdentity"}]}
deploys = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["ecs:UpdateService", "ecs:RegisterTaskDefinition"], "Resource": "*"}]}
own = iam.create_policy(PolicyName="deploys", PolicyDocument=json.dumps(deploys))["Policy"]["Arn"]
for name, trust, more in (("lego-task", tasks_trust, False), ("lego-ci", ci_trust, False), ("deploys-both", ci_trust, True), ("unused", tasks_trust, False)):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), Tags=[{"Key": "team", "Value": "lego"}])
    if trust is ci_trust:
        iam.attach_role_policy(RoleName=name, PolicyArn=own)
    if more:
        iam.put_role_policy(RoleName=name, PolicyName="more", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}}))
cw.put_metric_alarm(AlarmName="lego-5xx", Namespace="AWS/ApplicationELB", MetricName="HTTPCode_ELB_5XX_Count", Dimensions=[{"Name": "LoadBalancer", "Value": lb["LoadBalancerArn"].split(":loadbalancer/")[1]}], Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
template = {"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Properties": {"LogGroupName": "/other/app"}}}}
cf.create_stack(StackName="other-app", TemplateBody=json.dumps(template))
print(json.dumps(dict(lb=lb["LoadBalancerArn"], tgs=tgs, alb=alb, tasks=tasks, db=db, zone=zone)))
`

// The whole old side of an AWS that was not written here is told: a plan can be made
// of it, and what it would take away is all that there is of the old side. An empty
// answer of a service would make another plan.
// Shows: 5.8.5, 5.8.9
func TestE2EMoto(t *testing.T) {
	var made struct {
		LB, ALB, Tasks, DB, Zone string
		TGs                      []string
	}
	if err := json.Unmarshal([]byte(mototest.Start(t).Python(oldSide)), &made); err != nil {
		t.Fatal(err)
	}
	_, balancer, _ := strings.Cut(made.LB, ":loadbalancer/")
	s := plan.Scope{Account: "123456789012", Region: "us-east-1", Domain: "api.example.com", Cluster: "lego-api", Service: "web", LoadBalancer: balancer, Repositories: []string{"lego-api"}, Logs: plan.DeleteLogs, Soak: 604800, Hold: 172800}
	for _, at := range made.TGs {
		s.TargetGroups = append(s.TargetGroups, "targetgroup/"+strings.SplitN(at, ":targetgroup/", 2)[1])
	}
	sources, ports := all(t)
	look := func(a survey.Asked) estate.World {
		t.Helper()
		w, err := survey.New(a, sources, noon).Look(t.Context())
		if err != nil || len(w.Unread) > 0 {
			t.Fatal(err, w.Unread)
		}
		return w
	}
	w := look(survey.Of(s, s.Account, s.Region))
	count := map[estate.Kind]int{}
	for _, i := range w.Items {
		count[i.Kind]++
	}
	for kind, n := range map[estate.Kind]int{estate.Cluster: 1, estate.Service: 1, estate.Definition: 1, estate.Scaling: 1, estate.LoadBalancer: 1, estate.Listener: 1, estate.Rule: 1, estate.TargetGroup: 2,
		estate.Record: 4, estate.LogGroup: 1, estate.SecurityGroup: 3, estate.Repository: 1, estate.Image: 1,
		estate.Firewall: 1, estate.Association: 1, estate.Timer: 2, estate.Role: 2, estate.Alarm: 1, estate.Target: 0} {
		if count[kind] != n {
			t.Errorf("%d of %d %s are told", count[kind], n, kind)
		}
	}
	p, err := plan.Of(w, s)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, one := range p.Forgotten {
		left = append(left, string(one.Kind)+" "+one.Name+": "+one.Why)
	}
	slices.Sort(left)
	if want := []string{
		"cloudwatch.alarm lego-5xx: watches lego-api", "iam.role lego-ci: may do nothing but deploy to web; last used never in the last 400 days",
		"iam.role lego-task: web:1 assumes it; last used never in the last 400 days", "scheduler.schedule scales: is disabled, and else calls ecs:updateService for lego-api",
		"scheduler.schedule weekly: is disabled, and else starts tasks in lego-api", "wafv2.web-acl lego: lego applies it",
	}; !slices.Equal(left, want) {
		t.Errorf("forgotten: %s", strings.Join(left, "\n"))
	}
	do := hands.New(plan.Seal(p), ports)
	act := func(a retire.Action) {
		t.Helper()
		if err := do.Do(t.Context(), a); err != nil {
			t.Errorf("%s %s: %v", a.Verb, a.ARN, err)
		}
	}
	sought := survey.For(p, s.Account, s.Region)
	printOf := func(at string) string {
		item, _ := look(sought).Graph().Item(at)
		return item.Print
	}
	act(retire.Action{Verb: retire.SaveKit, ARN: p.Parts.Service, Args: map[string]string{"plan_sha256": plan.Seal(p).PlanSHA256}})
	for _, at := range p.Parts.Blue {
		act(retire.Action{Verb: retire.RemoveRecord, ARN: at, Print: printOf(at)})
	}
	act(retire.Action{Verb: retire.LockScaling, ARN: p.Parts.Scaling[0]})
	act(retire.Action{Verb: retire.Scale, ARN: p.Parts.Service, Args: map[string]string{estate.Desired: "0"}})
	act(retire.Action{Verb: retire.MakeSimple, ARN: p.Parts.Green[0], With: p.Parts.Green[1:]})
	for _, x := range p.Targets {
		if x.Calls() {
			act(retire.Action{Verb: retire.Delete, ARN: x.ARN, Print: printOf(x.ARN)})
		}
	}
	for _, item := range look(sought).Items {
		if _, target := p.Target(item.ARN); target {
			t.Errorf("%s is still there", item.ARN)
		}
		if item.Kind == estate.Record && item.Facts[estate.Weight] != "" {
			t.Errorf("%s is still weighted", item.ARN)
		}
	}
}
