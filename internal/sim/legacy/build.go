package legacy

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit"
)

// Types, as CloudFormation calls them (source: CloudFormation template reference).
const (
	Service       = "AWS::ECS::Service"
	Cluster       = "AWS::ECS::Cluster"
	Definition    = "AWS::ECS::TaskDefinition"
	Task          = "AWS::ECS::Task"
	Scaling       = "AWS::ApplicationAutoScaling::ScalableTarget"
	LoadBalancer  = "AWS::ElasticLoadBalancingV2::LoadBalancer"
	Listener      = "AWS::ElasticLoadBalancingV2::Listener"
	Rule          = "AWS::ElasticLoadBalancingV2::ListenerRule"
	TargetGroup   = "AWS::ElasticLoadBalancingV2::TargetGroup"
	Stack         = "AWS::CloudFormation::Stack"
	Export        = "AWS::CloudFormation::Export"
	Record        = "AWS::Route53::RecordSet"
	Zone          = "AWS::Route53::HostedZone"
	HealthCheck   = "AWS::Route53::HealthCheck"
	LogGroup      = "AWS::Logs::LogGroup"
	SecurityGroup = "AWS::EC2::SecurityGroup"
	Interface     = "AWS::EC2::NetworkInterface"
	VPC           = "AWS::EC2::VPC"
	Repository    = "AWS::ECR::Repository"
	Image         = "AWS::ECR::Image"
	Function      = "AWS::Lambda::Function"
	Database      = "AWS::RDS::DBInstance"
	Alarm         = "AWS::CloudWatch::Alarm"
	Schedule      = "AWS::Events::Rule"
	Discovery     = "AWS::ServiceDiscovery::Service"
	Firewall      = "AWS::WAFv2::WebACL"
	Association   = "AWS::WAFv2::WebACLAssociation"
	Timer         = "AWS::Scheduler::Schedule"
	Target        = "AWS::ElasticLoadBalancingV2::Target"
	Role          = "AWS::IAM::Role"
)

// Names of the old side, as cutover.yaml would have them.
const (
	ClusterName     = "lego-api"
	ServiceName     = "lego-api"
	StackName       = "lego-api-ecs"
	BalancerName    = "app/lego-api/50dc6c495c0c9188"
	TargetGroupName = "targetgroup/lego-api/73e2d6bc24d8a067"
	SecondGroupName = "targetgroup/lego-api-admin/8d1f0a2b3c4d5e6f"
	RepositoryName  = "lego-api"
	zoneID          = "Z0123456789ABCDEFGHIJ"
)

func arn(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + Number + ":" + resource
}

func global(service, account, resource string) string {
	return "arn:aws:" + service + "::" + account + ":" + resource
}

// RecordARN names a record set, which has no ARN at AWS.
func RecordARN(name, kind, set string) string {
	return "record:" + zoneID + "/" + name + "/" + kind + "/" + set
}

var (
	stackARN    = arn("cloudformation", "stack/"+StackName+"/0e4f6c10-1111-2222-3333-444455556666")
	clusterARN  = arn("ecs", "cluster/"+ClusterName)
	serviceARN  = arn("ecs", "service/"+ClusterName+"/"+ServiceName)
	balancerARN = arn("elasticloadbalancing", "loadbalancer/"+BalancerName)
	listenerARN = arn("elasticloadbalancing", "listener/"+BalancerName+"/6d0ecf831eec9f09")
	groupARN    = arn("elasticloadbalancing", TargetGroupName)
	scalingARN  = arn("application-autoscaling", "scalable-target/0ec5abc12345678901234567890123456789")
	vpcARN      = arn("ec2", "vpc/vpc-0a1b2c3d")
	tasksGroup  = arn("ec2", "security-group/sg-0aa11111111111111")
	frontGroup  = arn("ec2", "security-group/sg-0bb22222222222222")
	exportARN   = arn("cloudformation", "export/lego-api-alb-dns")
	repoARN     = arn("ecr", "repository/"+RepositoryName)
)

func revision(n int) string { return arn("ecs", fmt.Sprintf("task-definition/lego-api:%d", n)) }

// put adds a thing; pairs are its configuration.
func (a *Account) put(blue bool, kind, arn, name string, pairs ...string) *Thing {
	t := &Thing{ARN: arn, Type: kind, Name: name, blue: blue, Config: map[string]string{"name": name}, Counts: map[string]string{}, Tags: map[string]string{}, Status: "ACTIVE", Made: start.AddDate(-2, 0, 0)}
	for i := 0; i+1 < len(pairs); i += 2 {
		t.Config[pairs[i]] = pairs[i+1]
	}
	a.things[arn], a.byARN = t, nil
	return t
}

func (a *Account) refer(from, by string, to ...string) {
	for _, one := range to {
		a.refs = append(a.refs, Ref{from, one, by})
	}
}

// owned gives a thing to the stack, if there is one.
func (a *Account) owned(list ...*Thing) {
	for _, t := range list {
		if a.scenario.Stack == "owns" {
			t.Stack = stackARN
		}
	}
}

func dollars(cents int64) *unit.Money {
	m := unit.Money(cents) * unit.Dollar / 100
	return &m
}

func (a *Account) build() {
	if a.scenario.Stack == "owns" {
		a.put(true, Stack, stackARN, StackName).Status = "UPDATE_COMPLETE"
		a.owned(a.put(true, Export, exportARN, "lego-api-alb-dns", "value", "lego-api-1234567890.eu-central-1.elb.amazonaws.com"))
		if a.scenario.Protected == "yes" {
			a.things[stackARN].Protected = true
		}
	}
	a.surroundings()
	a.containers()
	a.balancer()
	a.names()
	a.around()
}

// surroundings outlive ECS.
func (a *Account) surroundings() {
	a.put(false, VPC, vpcARN, "vpc-0a1b2c3d")
	a.put(false, Zone, global("route53", "", "hostedzone/"+zoneID), "example.com")
	database := a.put(false, Database, arn("rds", "db:lego"), "lego")
	store := a.put(false, SecurityGroup, arn("ec2", "security-group/sg-0cc33333333333333"), "lego-database")
	a.refer(database.ARN, "VpcSecurityGroups", store.ARN)
	a.put(false, Function, arn("lambda", "function:lego-api-production"), "lego-api-production", "package", "zip")
	repository := a.put(false, Repository, repoARN, RepositoryName)
	for i, tag := range []string{"v41", "v42", "v43"} {
		digest := "sha256:" + strings.Repeat(fmt.Sprint(i+1), 64)
		image := a.put(false, Image, repository.ARN+"@"+digest, digest, "tags", tag)
		a.refer(image.ARN, "repository", repository.ARN)
	}
}

// containers is the ECS side. Prices: 2 tasks of 1 vCPU and 2 GB on Fargate.
func (a *Account) containers() {
	cluster := a.put(true, Cluster, clusterARN, ClusterName)
	service := a.put(true, Service, serviceARN, ServiceName, "launchType", "FARGATE")
	service.Counts = map[string]string{"desired": "2", "running": "2", "pending": "0"}
	service.Monthly = dollars(7208)
	tasks := a.put(true, SecurityGroup, tasksGroup, "lego-api-tasks")
	scaling := a.put(true, Scaling, scalingARN, "service/"+ClusterName+"/"+ServiceName, "min", "2", "max", "6", "suspended", "false")
	// A role that no stack owns is listed for people, who may have given it more.
	role := a.put(a.scenario.Stack == "owns", Role, global("iam", Number, "role/lego-api-task"), "lego-api-task")
	logs := a.put(true, LogGroup, arn("logs", "log-group:/ecs/lego-api"), "/ecs/lego-api")
	logs.Policy = "Retain"
	for n := 41; n <= 43; n++ {
		d := a.put(true, Definition, revision(n), fmt.Sprintf("lego-api:%d", n), "family", "lego-api")
		a.refer(d.ARN, "awslogs-group", logs.ARN)
		a.refer(d.ARN, "taskRoleArn", role.ARN)
		a.refer(d.ARN, "image", repoARN+"@sha256:"+strings.Repeat(fmt.Sprint(n-40), 64))
	}
	a.owned(cluster, service, tasks, scaling, role, logs, a.things[revision(43)])
	a.refer(service.ARN, "cluster", cluster.ARN)
	a.refer(service.ARN, "taskDefinition", revision(43))
	a.refer(service.ARN, "targetGroupArn", groupARN)
	a.refer(service.ARN, "securityGroups", tasks.ARN)
	a.refer(scaling.ARN, "resourceId", service.ARN)
	for _, side := range []string{"High", "Low"} {
		alarm := a.put(true, Alarm, arn("cloudwatch", "alarm:TargetTracking-service/lego-api/lego-api-Alarm"+side), "TargetTracking-service/lego-api/lego-api-Alarm"+side)
		a.refer(alarm.ARN, "policy", scaling.ARN)
	}
	a.run(service, 2)
}

// balancer is the front of the old side.
func (a *Account) balancer() {
	lb := a.put(true, LoadBalancer, balancerARN, "lego-api")
	lb.Monthly, lb.Protected = dollars(1642), a.scenario.Protected == "yes"
	front := a.put(true, SecurityGroup, frontGroup, "lego-api-front")
	http := a.put(true, Listener, arn("elasticloadbalancing", "listener/"+BalancerName+"/1a2b3c4d5e6f7a8b"), "80", "action", "redirect")
	https := a.put(true, Listener, listenerARN, "443", "action", "forward")
	main := a.put(true, TargetGroup, groupARN, "lego-api")
	admin := a.put(true, TargetGroup, arn("elasticloadbalancing", SecondGroupName), "lego-api-admin")
	rule := a.put(true, Rule, arn("elasticloadbalancing", "listener-rule/"+BalancerName+"/6d0ecf831eec9f09/9683b2d02a6cabee"), "/admin/*")
	a.owned(lb, front, http, https, main, admin, rule)
	a.refer(lb.ARN, "securityGroups", front.ARN)
	a.refer(tasksGroup, "ipPermissions", front.ARN)
	a.refer(http.ARN, "loadBalancerArn", lb.ARN)
	a.refer(https.ARN, "loadBalancerArn", lb.ARN)
	a.refer(https.ARN, "defaultActions", main.ARN)
	a.refer(rule.ARN, "listenerArn", https.ARN)
	a.refer(rule.ARN, "actions", admin.ARN)
	for i := range 2 {
		eni := a.put(true, Interface, arn("ec2", fmt.Sprintf("network-interface/eni-0f%015d", i)), fmt.Sprintf("eni-0f%015d", i))
		a.refer(eni.ARN, "attachment", lb.ARN)
		a.refer(eni.ARN, "groups", front.ARN)
	}
}

// names are the weighted records with their health checks: blue's counts no child
// and has a threshold of 0, so that it is always healthy (source: Route 53 API
// reference, HealthCheckConfig), green's watches the verdict metric.
func (a *Account) names() {
	blue := a.put(true, HealthCheck, global("route53", "", "healthcheck/11111111-1111-4111-8111-111111111111"), "lego-api-blue", "type", "CALCULATED", "threshold", "0")
	green := a.put(true, HealthCheck, global("route53", "", "healthcheck/22222222-2222-4222-8222-222222222222"), "lego-api-green", "type", "CLOUDWATCH_METRIC")
	for _, kind := range []string{"A", "AAAA"} {
		old := a.put(false, Record, RecordARN(Domain, kind, "blue"), Domain, "type", kind, "weight", "0", "ttl", "60", "target", balancerARN, "check", blue.ARN)
		a.refer(old.ARN, "aliasTarget", balancerARN)
		a.refer(old.ARN, "healthCheckId", blue.ARN)
		young := a.put(false, Record, RecordARN(Domain, kind, "green"), Domain, "type", kind, "weight", "255", "ttl", "60", "target", greenTarget, "check", green.ARN)
		a.refer(young.ARN, "healthCheckId", green.ARN)
	}
}

// greenTarget is the API's own domain name.
const greenTarget = "d-abcdef1234.execute-api.eu-central-1.amazonaws.com"

// around is what people forget when a service goes.
func (a *Account) around() {
	nightly := a.put(false, Schedule, arn("events", "rule/lego-nightly"), "lego-nightly")
	nightly.Status = "DISABLED"
	a.refer(nightly.ARN, "targets", clusterARN)
	found := a.put(false, Discovery, arn("servicediscovery", "service/srv-abcdef12"), "lego-api")
	a.refer(found.ARN, "registry", serviceARN)
	weekly := a.put(false, Timer, arn("scheduler", "schedule/default/lego-weekly"), "lego-weekly")
	weekly.Status = "DISABLED"
	a.refer(weekly.ARN, "disabledTarget", clusterARN)
	acl := a.put(false, Firewall, arn("wafv2", "regional/webacl/lego/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), "lego")
	// That it guards the load balancer goes with that, by the stack or by hand.
	a.owned(a.guard(acl, true))
	all := a.put(false, Alarm, arn("cloudwatch", "alarm:lego-anything"), "lego-anything")
	ci := a.put(false, Role, global("iam", Number, "role/lego-api-ci"), "lego-api-ci")
	a.refer(ci.ARN, "policy-resource", serviceARN)
	slow := a.put(false, Alarm, arn("cloudwatch", "alarm:lego-api-alb-5xx"), "lego-api-alb-5xx")
	a.refer(slow.ARN, "dimensions", balancerARN)
	a.refer(all.ARN, "AlarmRule", slow.ARN)
}

// guard lets a web ACL guard the load balancer.
func (a *Account) guard(acl *Thing, blue bool) *Thing {
	t := a.put(blue, Association, acl.ARN+"@"+balancerARN, acl.Name)
	a.refer(t.ARN, "ResourceArn", balancerARN)
	a.refer(t.ARN, "WebACLArn", acl.ARN)
	return t
}
