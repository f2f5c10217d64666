// Package elb asks Elastic Load Balancing (version 2), or what AWS_ENDPOINT_URL
// names, for load balancers, their listeners and rules and where those forward
// to, and takes away what is to go. It is a survey.Source and a hands.Thing.
package elb

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy are the load balancers of one region.
type Legacy struct{ client *elb.Client }

const (
	// looking bounds one look at everything with all its pages and retries, within
	// one thing.
	looking = 5 * time.Minute
	within  = time.Minute
)

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet.
func Open(ctx context.Context, region string) (*Legacy, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{elb.NewFromConfig(c)}, nil
}

// Tell implements survey.Source: every load balancer, since records may point to
// each; of the named one, and of those that forward to the same target groups,
// also listeners and rules.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	balancers, err := l.balancers(ctx, nil)
	if err != nil {
		return p, err
	}
	groups, err := l.groups(ctx, nil)
	if err != nil {
		return p, err
	}
	near := l.near(f.Asked, balancers, groups)
	for _, b := range balancers {
		at := aws.ToString(b.LoadBalancerArn)
		for _, group := range b.SecurityGroups {
			p.Link(at, f.ARN("ec2", "security-group/"+group), "uses", true)
		}
		if !slices.Contains(near, at) {
			// Its name is all that matters: records may point to it.
			p.Items = append(p.Items, balancerItem(b))
			continue
		}
		thing, err := l.balancerThing(ctx, b)
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, thing.Item)
		if err := l.listeners(ctx, &p, at); err != nil {
			return p, err
		}
	}
	// A target group that nothing forwards to is told too: it may be named.
	for _, g := range groups {
		thing, err := l.groupThing(ctx, g)
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, thing.Item)
	}
	return p, nil
}

// near are the load balancers that are named, and those that share a target group
// with one of them, or forward to a named one.
func (l *Legacy) near(a survey.Asked, balancers []types.LoadBalancer, groups []types.TargetGroup) []string {
	var all []string
	for _, b := range balancers {
		if a.LoadBalancer != "" && strings.HasSuffix(aws.ToString(b.LoadBalancerArn), ":loadbalancer/"+a.LoadBalancer) {
			all = append(all, aws.ToString(b.LoadBalancerArn))
		}
	}
	for _, g := range groups {
		named := slices.ContainsFunc(a.TargetGroups, func(end string) bool { return strings.HasSuffix(aws.ToString(g.TargetGroupArn), ":"+end) })
		if named || slices.ContainsFunc(g.LoadBalancerArns, func(at string) bool { return slices.Contains(all, at) }) {
			all = append(all, g.LoadBalancerArns...)
		}
	}
	return all
}

// balancers of these ARNs, or all.
func (l *Legacy) balancers(ctx context.Context, arns []string) ([]types.LoadBalancer, error) {
	var all []types.LoadBalancer
	in := &elb.DescribeLoadBalancersInput{LoadBalancerArns: arns}
	for {
		out, err := l.client.DescribeLoadBalancers(ctx, in)
		if err != nil {
			return nil, refused("load balancers cannot be looked at", "elasticloadbalancing:DescribeLoadBalancers on *", err)
		}
		all = append(all, out.LoadBalancers...)
		if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" {
			return all, nil
		}
	}
}

func (l *Legacy) groups(ctx context.Context, arns []string) ([]types.TargetGroup, error) {
	var all []types.TargetGroup
	in := &elb.DescribeTargetGroupsInput{TargetGroupArns: arns}
	for {
		out, err := l.client.DescribeTargetGroups(ctx, in)
		if err != nil {
			return nil, refused("target groups cannot be looked at", "elasticloadbalancing:DescribeTargetGroups on *", err)
		}
		all = append(all, out.TargetGroups...)
		if in.Marker = out.NextMarker; aws.ToString(in.Marker) == "" {
			return all, nil
		}
	}
}

// tags are those of one thing.
func (l *Legacy) tags(ctx context.Context, at string) (map[string]string, error) {
	out, err := l.client.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{at}})
	if err != nil {
		return nil, refused("tags cannot be read", "elasticloadbalancing:DescribeTags on *", err)
	}
	all := map[string]string{}
	for _, d := range out.TagDescriptions {
		for _, t := range d.Tags {
			all[aws.ToString(t.Key)] = aws.ToString(t.Value)
		}
	}
	return all, nil
}

func balancerItem(b types.LoadBalancer) estate.Item {
	item := estate.Item{ARN: aws.ToString(b.LoadBalancerArn), Kind: estate.LoadBalancer, Name: aws.ToString(b.LoadBalancerName), Made: aws.ToTime(b.CreatedTime).UTC(),
		Facts: map[string]string{"dns": strings.ToLower(aws.ToString(b.DNSName)), "type": string(b.Type), "scheme": string(b.Scheme), "zones": strconv.Itoa(len(b.AvailabilityZones))}, Print: survey.Print(b.LoadBalancerArn)}
	if b.State != nil {
		item.State = string(b.State.Code)
	}
	return item
}

const protection = "deletion_protection.enabled"

// balancerThing reads what its description does not hold: attributes and tags.
func (l *Legacy) balancerThing(ctx context.Context, b types.LoadBalancer) (survey.Thing, error) {
	item := balancerItem(b)
	out, err := l.client.DescribeLoadBalancerAttributes(ctx, &elb.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &item.ARN})
	if err != nil {
		return survey.Thing{}, refused("attributes cannot be read", "elasticloadbalancing:DescribeLoadBalancerAttributes on *", err)
	}
	attributes := map[string]string{}
	for _, a := range out.Attributes {
		attributes[aws.ToString(a.Key)] = aws.ToString(a.Value)
	}
	item.Protected = attributes[protection] == "true"
	delete(attributes, protection) // a step of ours changes it
	if item.Tags, err = l.tags(ctx, item.ARN); err != nil {
		return survey.Thing{}, err
	}
	return survey.Told(item, map[string]any{
		"arn": b.LoadBalancerArn, "name": b.LoadBalancerName, "dns": b.DNSName, "scheme": b.Scheme, "type": b.Type, "vpc": b.VpcId, "zones": b.AvailabilityZones, "addresses": b.IpAddressType,
		"security_groups": b.SecurityGroups, "attributes": attributes, "tags": item.Tags,
	})
}

func (l *Legacy) groupThing(ctx context.Context, g types.TargetGroup) (survey.Thing, error) {
	at := aws.ToString(g.TargetGroupArn)
	tags, err := l.tags(ctx, at)
	if err != nil {
		return survey.Thing{}, err
	}
	g.LoadBalancerArns = nil // who forwards to it is told by links
	item := estate.Item{ARN: at, Kind: estate.TargetGroup, Name: aws.ToString(g.TargetGroupName), Tags: tags, Facts: map[string]string{"port": strconv.Itoa(int(aws.ToInt32(g.Port)))}}
	return survey.Told(item, map[string]any{"group": g, "tags": tags})
}

func refused(what, permission string, err error) error {
	return refusal.Of("load balancers", what, "Allow the role "+permission+".", err)
}
