package ecs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy is ECS as a whole, with what scales it: it tells what is there, and takes
// away what is to go. It is a survey.Source and a hands.Thing.
type Legacy struct{ clients }

// looking bounds one look at everything with all its pages and retries.
const looking = 5 * time.Minute

// OpenLegacy makes clients with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{c}, nil
}

// Tell implements survey.Source. All clusters are asked: a service of another one
// may run the same task definitions or stand behind the same load balancer. A
// service that drains is in no list, so the named one is asked for by its name;
// source: ECS API reference, ListServices.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	clusters, err := l.clusters(ctx)
	if err != nil {
		return p, err
	}
	families, resources := []string{}, []string{}
	for _, at := range f.Seek {
		if kind, _ := what(at); kind == "task-definition" {
			families = append(families, family(at))
		}
	}
	for _, cluster := range clusters {
		named := aws.ToString(cluster.ClusterName) == f.Cluster
		services, err := l.services(ctx, *cluster.ClusterArn, f.Service, named)
		if err != nil {
			return p, err
		}
		for _, s := range services {
			if err := tellService(&p, f.Asked, s); err != nil {
				return p, err
			}
			if named {
				families = append(families, family(aws.ToString(s.TaskDefinition)))
				resources = append(resources, "service/"+f.Cluster+"/"+aws.ToString(s.ServiceName))
			}
		}
		if err := tellCluster(&p, cluster); err != nil {
			return p, err
		}
		if !named {
			continue
		}
		more, err := l.tasks(ctx, &p, *cluster.ClusterArn)
		if err != nil {
			return p, err
		}
		families = append(families, more...)
		if err := l.instances(ctx, &p, *cluster.ClusterArn); err != nil {
			return p, err
		}
	}
	slices.Sort(families)
	if err := l.definitions(ctx, &p, f.Asked, slices.Compact(families)); err != nil {
		return p, err
	}
	return p, l.targets(ctx, &p, f.Seek, resources)
}

// family of a task definition, of its ARN or family:revision.
func family(definition string) string {
	name, _, _ := strings.Cut(definition[strings.LastIndexByte(definition, '/')+1:], ":")
	return name
}

func (l *Legacy) clusters(ctx context.Context) ([]types.Cluster, error) {
	var all []types.Cluster
	in := &ecs.ListClustersInput{}
	for {
		out, err := l.ecs.ListClusters(ctx, in)
		if err != nil {
			return nil, refused("clusters cannot be listed", "ecs:ListClusters on *", err)
		}
		if len(out.ClusterArns) > 0 {
			told, err := l.describeClusters(ctx, out.ClusterArns)
			if err != nil {
				return nil, err
			}
			all = append(all, told...)
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}

// describeClusters leaves out those that are deleted, which ECS shows for a while.
func (l *Legacy) describeClusters(ctx context.Context, arns []string) ([]types.Cluster, error) {
	out, err := l.ecs.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: arns, Include: []types.ClusterField{types.ClusterFieldTags, types.ClusterFieldConfigurations, types.ClusterFieldSettings}})
	if err != nil {
		return nil, refused("a cluster cannot be looked at", "ecs:DescribeClusters on all clusters", err)
	}
	return slices.DeleteFunc(out.Clusters, func(c types.Cluster) bool { return aws.ToString(c.Status) == "INACTIVE" }), missing(out.Failures)
}

func clusterThing(c types.Cluster) (survey.Thing, error) {
	return survey.Told(estate.Item{ARN: aws.ToString(c.ClusterArn), Kind: estate.Cluster, Name: aws.ToString(c.ClusterName), State: aws.ToString(c.Status), Tags: tagged(c.Tags)}, map[string]any{
		"arn": c.ClusterArn, "name": c.ClusterName, "settings": c.Settings, "configuration": c.Configuration, "capacity_providers": c.CapacityProviders,
		"strategy": c.DefaultCapacityProviderStrategy, "connect": c.ServiceConnectDefaults, "tags": c.Tags,
	})
}

func tellCluster(p *survey.Part, c types.Cluster) error {
	thing, err := clusterThing(c)
	p.Items = append(p.Items, thing.Item)
	return err
}

// services are those of a cluster that are not deleted.
func (l *Legacy) services(ctx context.Context, cluster, name string, named bool) ([]types.Service, error) {
	var all []types.Service
	in := &ecs.ListServicesInput{Cluster: &cluster, MaxResults: aws.Int32(10)} // as many as one description takes
	for {
		out, err := l.ecs.ListServices(ctx, in)
		if err != nil {
			return nil, refused("services cannot be listed", "ecs:ListServices on *", err)
		}
		if len(out.ServiceArns) > 0 {
			told, err := l.describeServices(ctx, cluster, out.ServiceArns)
			if err != nil {
				return nil, err
			}
			all = append(all, told...)
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	if !named || slices.ContainsFunc(all, func(s types.Service) bool { return aws.ToString(s.ServiceName) == name }) {
		return all, nil
	}
	told, err := l.describeServices(ctx, cluster, []string{name})
	return append(all, told...), err
}

// describeServices leaves out those that are deleted or unknown, as all are in a
// cluster that is gone.
func (l *Legacy) describeServices(ctx context.Context, cluster string, names []string) ([]types.Service, error) {
	out, err := l.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: names, Include: []types.ServiceField{types.ServiceFieldTags}})
	var none *types.ClusterNotFoundException
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, refused("a service cannot be looked at", "ecs:DescribeServices on all services", err)
	}
	return slices.DeleteFunc(out.Services, func(s types.Service) bool { return aws.ToString(s.Status) == "INACTIVE" }), missing(out.Failures)
}

func serviceThing(s types.Service) (survey.Thing, error) {
	item := estate.Item{ARN: aws.ToString(s.ServiceArn), Kind: estate.Service, Name: aws.ToString(s.ServiceName), State: aws.ToString(s.Status), Tags: tagged(s.Tags), Made: aws.ToTime(s.CreatedAt).UTC(),
		Facts: map[string]string{estate.Desired: strconv.Itoa(int(s.DesiredCount)), estate.Running: strconv.Itoa(int(s.RunningCount)), "pending": strconv.Itoa(int(s.PendingCount))}}
	// What its price goes by: one of a strategy has no launch type.
	item.Facts["launch"] = string(s.LaunchType)
	if n := s.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		item.Facts["public_addresses"] = string(n.AwsvpcConfiguration.AssignPublicIp)
	}
	if id := newest(s); id != "" {
		item.Facts[estate.Deployment] = id
	}
	return survey.Told(item, map[string]any{
		"arn": s.ServiceArn, "name": s.ServiceName, "cluster": s.ClusterArn, "definition": s.TaskDefinition, "balancers": s.LoadBalancers, "registries": s.ServiceRegistries,
		"launch": s.LaunchType, "strategy": s.CapacityProviderStrategy, "network": s.NetworkConfiguration, "scheduling": s.SchedulingStrategy, "deployment": s.DeploymentConfiguration,
		"controller": s.DeploymentController, "placement": s.PlacementConstraints, "spread": s.PlacementStrategy, "platform": s.PlatformVersion, "grace": s.HealthCheckGracePeriodSeconds,
		"exec": s.EnableExecuteCommand, "managed_tags": s.EnableECSManagedTags, "propagate": s.PropagateTags, "role": s.RoleArn, "tags": s.Tags,
	})
}

// newest is the ID of a service's deployment that counts: ECS's own, or the task set
// of whoever deploys in its place. Only what runs changes it, not how much; source:
// ECS API reference, UpdateService.
func newest(s types.Service) string {
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) == "PRIMARY" {
			return aws.ToString(d.Id)
		}
	}
	for _, set := range s.TaskSets {
		if aws.ToString(set.Status) == "PRIMARY" {
			return aws.ToString(set.Id)
		}
	}
	return ""
}

func tellService(p *survey.Part, a survey.Asked, s types.Service) error {
	thing, err := serviceThing(s)
	if err != nil {
		return err
	}
	at := thing.Item.ARN
	p.Items = append(p.Items, thing.Item)
	p.Link(at, aws.ToString(s.ClusterArn), "runs in", true)
	p.Link(at, aws.ToString(s.TaskDefinition), "runs", true)
	for _, b := range s.LoadBalancers {
		p.Link(at, aws.ToString(b.TargetGroupArn), "registers in", true)
		if more := b.AdvancedConfiguration; more != nil {
			p.Link(at, aws.ToString(more.AlternateTargetGroupArn), "registers in", true)
			p.Link(at, aws.ToString(more.ProductionListenerRule), "shifts", true)
			p.Link(at, aws.ToString(more.TestListenerRule), "shifts", true)
		}
	}
	if n := s.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		for _, group := range n.AwsvpcConfiguration.SecurityGroups {
			p.Link(at, a.ARN("ec2", "security-group/"+group), "uses", true)
		}
	}
	for _, r := range s.ServiceRegistries {
		registry := aws.ToString(r.RegistryArn)
		p.Items = append(p.Items, estate.Item{ARN: registry, Kind: estate.Discovery, Name: registry[strings.LastIndexByte(registry, '/')+1:], Print: survey.Print(registry)})
		p.Link(registry, at, "finds", false)
	}
	return nil
}

// refused says what ECS refuses.
func refused(what, permission string, err error) error {
	return refusal.Of("ECS", what, "Allow the role "+permission+".", err)
}

func tagged(tags []types.Tag) map[string]string {
	all := map[string]string{}
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all
}
