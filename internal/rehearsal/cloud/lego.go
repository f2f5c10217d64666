package cloud

import "strings"

// The names of the old side that Lego makes.
const (
	LegoBalancer = "app/lego-api/50dc6c495c0c9188"
	LegoGroup    = "targetgroup/lego-api/73e2d6bc24d8a067"
	LegoCanary   = "targetgroup/lego-canary/73e2d6bc24d8a068"
	LegoZone     = "Z0LEGO"
	LegoDNS      = "lego-api-1.us-east-1.elb.amazonaws.com"
	LegoStack    = "lego-api-ecs"
)

// Lego makes an old side as there are many: a service of two tasks behind a load
// balancer with two listeners, a rule and two target groups, what scales it, its
// security groups, of which the database's names one, logs, alarms, schedules, a
// Cloud Map service, a web ACL, roles, images, and the records of a traffic shift that is over.
// Owned says that a stack owns most of it.
func (c *Cloud) Lego(owned bool) {
	c.SetECS(ECSService{Cluster: "lego-api", Name: "web", Desired: 2, Running: 2, Definition: "web:7", TargetGroups: []string{LegoGroup}, Groups: []string{"sg-0a5c"}, Registry: "srv-lego"})
	c.SetScaling("lego-api", "web", &Scalable{Min: 1, Max: 4, In: true})
	c.SetAlarms(
		Alarm{Name: "TargetTracking-web-high", State: "OK", Metrics: []Metric{{Namespace: "AWS/ECS", Name: "CPUUtilization", Dimensions: map[string]string{"ClusterName": "lego-api", "ServiceName": "web"}}}},
		Alarm{Name: "lego-5xx", State: "OK", Metrics: []Metric{{Namespace: "AWS/ApplicationELB", Name: "HTTPCode_ELB_5XX_Count", Dimensions: map[string]string{"LoadBalancer": LegoBalancer}}}},
		Alarm{Name: "others", State: "OK", Metrics: []Metric{{Namespace: "AWS/ECS", Name: "CPUUtilization", Dimensions: map[string]string{"ClusterName": "other", "ServiceName": "web"}}}},
	)
	c.SetTimers(Timer{Name: "weekly", Expression: "rate(7 days)", Disabled: true, Target: arn("ecs", "cluster/lego-api"), Starts: arn("ecs", "task-definition/web:7")},
		Timer{Name: "others", Expression: "rate(1 day)", Target: arn("lambda", "function:green")})
	c.SetRules(EventRule{Name: "nightly", Schedule: "rate(1 day)", Disabled: true, Targets: []string{arn("ecs", "cluster/lego-api")}},
		EventRule{Name: "others", Schedule: "rate(1 day)", Targets: []string{arn("ecs", "cluster/other")}})
	c.LogGroup("/ecs/lego-api", 30)
	c.LogGroup("/ecs/lego-api-other", 30)
	c.SetECR("lego-api", ECRImage{Digest: digest('1'), Tags: []string{"v1"}}, ECRImage{Digest: digest('2'), Tags: []string{"v2", "latest"}}, ECRImage{Digest: digest('3')})
	c.legoNames()
	c.Old(func(o *OldSide) {
		o.legoBalancer()
		o.legoRoles()
		for _, name := range []string{"web:6", "web:7"} {
			o.Definition(name, TaskDefinition{Image: Account + ".dkr.ecr." + Region + ".amazonaws.com/lego-api:v2", LogGroup: "/ecs/lego-api", Role: "lego-api-execution"})
		}
		o.Definition("web-other:1", TaskDefinition{Image: "public.ecr.aws/nginx:1"})
		o.Policies("lego-api", "web", ScalingPolicy{Name: "cpu", Tracking: true, Alarms: []string{"TargetTracking-web-high"}})
		if owned {
			o.legoStack()
		}
	})
}

func digest(of rune) string { return "sha256:" + strings.Repeat(string(of), 64) }

// legoBalancer: the tasks' group lets the load balancer's in, the database's lets
// the tasks' in.
func (o *OldSide) legoBalancer() {
	o.Balancer(LegoBalancer, Balancer{DNS: LegoDNS, Groups: []string{"sg-0a1b"}, Protected: true})
	o.Balancer("app/other/50dc6c495c0c9199", Balancer{DNS: "other-1.us-east-1.elb.amazonaws.com", Groups: []string{"sg-0fff"}})
	o.TargetGroup(LegoGroup, TargetGroup{Port: 80})
	o.TargetGroup(LegoCanary, TargetGroup{Port: 80})
	o.Listener("listener/"+LegoBalancer+"/a1", Listener{Balancer: LegoBalancer, Port: 80})
	o.Listener("listener/"+LegoBalancer+"/a2", Listener{Balancer: LegoBalancer, Port: 443, Forwards: []string{LegoGroup}})
	o.Rule("listener-rule/"+LegoBalancer+"/a2/b1", ListenerRule{Listener: "listener/" + LegoBalancer + "/a2", Priority: 10, Forwards: []string{LegoGroup, LegoCanary}})
	o.WebACL(WebACL{Name: "lego", ID: "a1b2c3d4", Guards: []string{LegoBalancer}})
	o.SecurityGroup("sg-0a1b", SecurityGroup{Name: "lego-api-alb"})
	o.SecurityGroup("sg-0a5c", SecurityGroup{Name: "lego-api-tasks", LetsIn: []string{"sg-0a1b", "sg-0a5c"}})
	o.SecurityGroup("sg-0db0", SecurityGroup{Name: "lego-database", LetsIn: []string{"sg-0a5c"}})
	o.SecurityGroup("sg-0fff", SecurityGroup{Name: "other"})
	o.Card(Card{ID: "eni-db", Description: "RDSNetworkInterface", Groups: []string{"sg-0db0"}})
}

// legoNames: green has all the traffic.
func (c *Cloud) legoNames() {
	zero, full, ttl := 0, 255, 300
	c.SetZone(LegoZone, "example.com", false)
	c.SetZone("Z0OTHER", "example.org", false)
	alias := &AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "dualstack." + LegoDNS + "."}
	sets := []RecordSet{{Name: "www.example.com.", Type: "CNAME", TTL: &ttl, Values: []string{"api.example.com"}}}
	for _, kind := range []string{"A", "AAAA"} {
		sets = append(sets, RecordSet{Name: "api.example.com.", Type: kind, SetIdentifier: "blue", Weight: &zero, AliasTarget: alias},
			RecordSet{Name: "api.example.com.", Type: kind, SetIdentifier: "green", Weight: &full, AliasTarget: &AliasTarget{HostedZoneID: "Z1UJRXOUMOOFQ8", DNSName: "d-1.execute-api.us-east-1.amazonaws.com."}})
	}
	c.SetRecords(LegoZone, sets...)
	c.SetRecords("Z0OTHER", RecordSet{Name: "other.example.org.", Type: "CNAME", TTL: &ttl, Values: []string{"other-1.us-east-1.elb.amazonaws.com"}})
}

// legoStack owns what it would: all but security groups and the repository. It
// retains its logs.
func (o *OldSide) legoStack() {
	o.Stack(LegoStack, OldStack{Protected: true, Exports: map[string]string{"lego-url": "https://" + LegoDNS},
		Template: `{"Resources": {"Service": {"Type": "AWS::ECS::Service"}, "Cluster": {"Type": "AWS::ECS::Cluster"}, "Task": {"Type": "AWS::ECS::TaskDefinition"}, "Logs": {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain"}}}`,
		Resources: map[string]OldResource{
			"Service": {Type: "AWS::ECS::Service", Physical: arn("ecs", "service/lego-api/web")}, "Cluster": {Type: "AWS::ECS::Cluster", Physical: "lego-api"},
			"Task":    {Type: "AWS::ECS::TaskDefinition", Physical: arn("ecs", "task-definition/web:7")},
			"Scaling": {Type: "AWS::ApplicationAutoScaling::ScalableTarget", Physical: "service/lego-api/web|ecs:service:DesiredCount|ecs"},
			"Policy":  {Type: "AWS::ApplicationAutoScaling::ScalingPolicy", Physical: arn("autoscaling", "scalingPolicy:cpu")},
			"ALB":     {Type: "AWS::ElasticLoadBalancingV2::LoadBalancer", Physical: at2("loadbalancer/" + LegoBalancer)},
			"HTTP":    {Type: "AWS::ElasticLoadBalancingV2::Listener", Physical: at2("listener/" + LegoBalancer + "/a1")},
			"HTTPS":   {Type: "AWS::ElasticLoadBalancingV2::Listener", Physical: at2("listener/" + LegoBalancer + "/a2")},
			"Rule":    {Type: "AWS::ElasticLoadBalancingV2::ListenerRule", Physical: at2("listener-rule/" + LegoBalancer + "/a2/b1")},
			"Web":     {Type: "AWS::ElasticLoadBalancingV2::TargetGroup", Physical: at2(LegoGroup)},
			"Canary":  {Type: "AWS::ElasticLoadBalancingV2::TargetGroup", Physical: at2(LegoCanary)},
			"Role":    {Type: "AWS::IAM::Role", Physical: "lego-api-execution"},
			"Logs":    {Type: "AWS::Logs::LogGroup", Physical: "/ecs/lego-api", Retained: true},
			"Guard":   {Type: "AWS::WAFv2::WebACLAssociation", Physical: at2("loadbalancer/"+LegoBalancer) + "|" + arn("wafv2", "regional/webacl/lego/a1b2c3d4")},
		}})
}
