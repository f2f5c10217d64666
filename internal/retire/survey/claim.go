package survey

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/retire/estate"
)

// Claim is a resource of a stack: CloudFormation knows it by its type and
// physical ID, not by its ARN.
type Claim struct {
	// Stack is the ARN of the stack.
	Stack                   string
	Type, Physical, Logical string
	// Own says that the stack is the named one, whose resources are all told.
	Own bool
	// Policy is the DeletionPolicy, empty for the usual one.
	Policy string
}

// resource is how CloudFormation names the things of one type: their kind, the
// ARN that follows from a physical ID, empty if none does, and the physical IDs
// that a thing may have. Source: CloudFormation template reference, return
// values of Ref.
type resource struct {
	kind estate.Kind
	arn  func(a Asked, physical string) string
	ids  func(i estate.Item) []string
}

func byARN(i estate.Item) []string  { return []string{i.ARN} }
func byName(i estate.Item) []string { return []string{i.Name} }

// last is what stands behind the last slash or colon of the ARN.
func last(i estate.Item) []string { return []string{i.ARN[strings.LastIndexAny(i.ARN, "/:")+1:]} }

func same(_ Asked, physical string) string { return physical }

func regional(service, before string) func(Asked, string) string {
	return func(a Asked, physical string) string { return a.ARN(service, before+physical) }
}

func none(Asked, string) string { return "" }

var resources = map[string]resource{
	"AWS::ECS::Service":                           {estate.Service, same, byARN},
	"AWS::ECS::Cluster":                           {estate.Cluster, regional("ecs", "cluster/"), byName},
	"AWS::ECS::TaskDefinition":                    {estate.Definition, same, byARN},
	"AWS::ECS::CapacityProvider":                  {estate.Capacity, regional("ecs", "capacity-provider/"), byName},
	"AWS::ApplicationAutoScaling::ScalableTarget": {estate.Scaling, none, func(i estate.Item) []string { return []string{i.Name + "|ecs:service:DesiredCount|ecs"} }},
	"AWS::ElasticLoadBalancingV2::LoadBalancer":   {estate.LoadBalancer, same, byARN},
	"AWS::ElasticLoadBalancingV2::Listener":       {estate.Listener, same, byARN},
	"AWS::ElasticLoadBalancingV2::ListenerRule":   {estate.Rule, same, byARN},
	"AWS::ElasticLoadBalancingV2::TargetGroup":    {estate.TargetGroup, same, byARN},
	"AWS::CloudFormation::Stack":                  {estate.Stack, same, byARN},
	"AWS::Route53::HostedZone":                    {estate.Zone, func(a Asked, id string) string { return a.Global("route53", "", "hostedzone/"+id) }, last},
	"AWS::Route53::HealthCheck":                   {estate.HealthCheck, func(a Asked, id string) string { return a.Global("route53", "", "healthcheck/"+id) }, last},
	"AWS::Route53::RecordSet":                     {estate.Record, none, func(i estate.Item) []string { return []string{i.Name, i.Name + "."} }},
	"AWS::Logs::LogGroup":                         {estate.LogGroup, regional("logs", "log-group:"), byName},
	"AWS::EC2::SecurityGroup":                     {estate.SecurityGroup, regional("ec2", "security-group/"), func(i estate.Item) []string { return append(last(i), i.Name) }},
	"AWS::EC2::VPC":                               {estate.VPC, regional("ec2", "vpc/"), last},
	"AWS::EC2::Subnet":                            {estate.Subnet, regional("ec2", "subnet/"), last},
	"AWS::ECR::Repository":                        {estate.Repository, regional("ecr", "repository/"), byName},
	"AWS::Lambda::Function":                       {estate.Function, regional("lambda", "function:"), byName},
	"AWS::RDS::DBInstance":                        {estate.Database, regional("rds", "db:"), byName},
	"AWS::RDS::DBCluster":                         {estate.Database, regional("rds", "cluster:"), byName},
	"AWS::S3::Bucket":                             {estate.Bucket, func(a Asked, name string) string { return a.Global("s3", "", name) }, byName},
	"AWS::CloudWatch::Alarm":                      {estate.Alarm, regional("cloudwatch", "alarm:"), byName},
	"AWS::CloudWatch::CompositeAlarm":             {estate.Alarm, regional("cloudwatch", "alarm:"), byName},
	"AWS::Events::Rule":                           {estate.Schedule, func(a Asked, id string) string { return a.ARN("events", "rule/"+strings.ReplaceAll(id, "|", "/")) }, rule},
	"AWS::IAM::Role":                              {estate.Role, func(a Asked, name string) string { return a.Global("iam", a.Account, "role/"+name) }, byName},
	"AWS::ServiceDiscovery::Service":              {estate.Discovery, regional("servicediscovery", "service/"), last},
	"AWS::WAFv2::WebACL":                          {estate.Firewall, webACL, func(i estate.Item) []string { return []string{i.Name + "|" + last(i)[0] + "|REGIONAL"} }},
	"AWS::WAFv2::WebACLAssociation":               {estate.Association, none, association},
	"AWS::Scheduler::Schedule":                    {estate.Timer, none, byName},
}

// webACL: a regional one is name|id|REGIONAL; one of CloudFront guards no load balancer.
func webACL(a Asked, physical string) string {
	part := strings.Split(physical, "|")
	if len(part) != 3 || part[2] != "REGIONAL" {
		return ""
	}
	return a.ARN("wafv2", "regional/webacl/"+part[0]+"/"+part[1])
}

// association: both ARNs; which one comes first is not written anywhere.
func association(i estate.Item) []string {
	acl, of, _ := strings.Cut(i.ARN, "@")
	return []string{of + "|" + acl, acl + "|" + of}
}

// rule: one of a bus of its own is bus|name.
func rule(i estate.Item) []string {
	_, path, _ := strings.Cut(i.ARN, ":rule/")
	return []string{i.Name, strings.ReplaceAll(path, "/", "|")}
}

// owned gives each thing the stacks that claim it, and tells every resource of the
// named stack, also those that no service has told.
func owned(a Asked, items []estate.Item, claims []Claim) []estate.Item {
	at := map[string][]int{}
	for i, item := range items {
		for kind, r := range resources {
			if r.kind != item.Kind || r.ids == nil {
				continue
			}
			for _, id := range r.ids(item) {
				at[kind+" "+id] = append(at[kind+" "+id], i)
			}
		}
	}
	for _, c := range claims {
		found := at[c.Type+" "+c.Physical]
		for _, i := range found {
			items[i] = claimed(items[i], c)
		}
		if len(found) > 0 || !c.Own {
			continue
		}
		item := claimed(c.item(a), c)
		if i := slices.IndexFunc(items, func(x estate.Item) bool { return x.ARN == item.ARN }); i >= 0 {
			items[i] = claimed(items[i], c)
			continue
		}
		items = append(items, item)
	}
	return items
}

func claimed(item estate.Item, c Claim) estate.Item {
	if !slices.Contains(item.Stacks, c.Stack) {
		item.Stacks = append(slices.Clone(item.Stacks), c.Stack)
		slices.Sort(item.Stacks)
	}
	if c.Own && c.Policy != "" {
		item.Facts = both(item.Facts, map[string]string{estate.Retained: c.Policy})
	}
	return item
}

// item is a resource that only its stack tells.
func (c Claim) item(a Asked) estate.Item {
	r, known := resources[c.Type]
	item := estate.Item{Kind: estate.Kind(c.Type), Name: cmp.Or(c.Physical, c.Logical), Print: Print([]string{c.Type, c.Physical, c.Logical})}
	if known {
		item.Kind = r.kind
		item.ARN = r.arn(a, c.Physical)
	}
	if item.ARN == "" && strings.HasPrefix(c.Physical, "arn:") {
		item.ARN = c.Physical
	}
	if !strings.HasPrefix(item.ARN, "arn:") || c.Physical == "" {
		// It has no ARN, or none that follows from what is known.
		_, stack, _ := strings.Cut(c.Stack, ":stack/")
		item.ARN = a.ARN("cloudformation", "resource/"+stack+"/"+c.Logical)
	}
	return item
}
