package elb

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
	_ hands.Guard   = (*Legacy)(nil)
)

// what is the kind of thing that an ARN names; source: Service Authorization
// Reference, resource types of Elastic Load Balancing V2.
func what(at string) string {
	part := strings.SplitN(at, ":", 6)
	if len(part) < 6 || part[2] != "elasticloadbalancing" {
		return ""
	}
	kind, _, _ := strings.Cut(part[5], "/")
	return kind
}

// gone says whether an error is AWS's word for a thing that is not there.
func gone(err error) bool {
	var balancer *types.LoadBalancerNotFoundException
	var listener *types.ListenerNotFoundException
	var rule *types.RuleNotFoundException
	var group *types.TargetGroupNotFoundException
	return errors.As(err, &balancer) || errors.As(err, &listener) || errors.As(err, &rule) || errors.As(err, &group)
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	switch what(at) {
	case "loadbalancer":
		found, err := l.client.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{LoadBalancerArns: []string{at}})
		if none(err, found != nil && len(found.LoadBalancers) == 0) {
			return survey.Thing{}, hands.ErrGone
		}
		if err != nil {
			return survey.Thing{}, refused("a load balancer cannot be looked at", "elasticloadbalancing:DescribeLoadBalancers on *", err)
		}
		return l.balancerThing(ctx, found.LoadBalancers[0])
	case "listener":
		found, err := l.client.DescribeListeners(ctx, &elb.DescribeListenersInput{ListenerArns: []string{at}})
		if none(err, found != nil && len(found.Listeners) == 0) {
			return survey.Thing{}, hands.ErrGone
		}
		if err != nil {
			return survey.Thing{}, refused("a listener cannot be looked at", "elasticloadbalancing:DescribeListeners on *", err)
		}
		return l.listenerThing(ctx, found.Listeners[0])
	case "listener-rule":
		found, err := l.client.DescribeRules(ctx, &elb.DescribeRulesInput{RuleArns: []string{at}})
		if none(err, found != nil && len(found.Rules) == 0) {
			return survey.Thing{}, hands.ErrGone
		}
		if err != nil {
			return survey.Thing{}, refused("a listener rule cannot be looked at", "elasticloadbalancing:DescribeRules on *", err)
		}
		return l.ruleThing(ctx, found.Rules[0])
	case "targetgroup":
		found, err := l.client.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{at}})
		if none(err, found != nil && len(found.TargetGroups) == 0) {
			return survey.Thing{}, hands.ErrGone
		}
		if err != nil {
			return survey.Thing{}, refused("a target group cannot be looked at", "elasticloadbalancing:DescribeTargetGroups on *", err)
		}
		return l.groupThing(ctx, found.TargetGroups[0])
	}
	return survey.Thing{}, strange(at)
}

func none(err error, empty bool) bool { return gone(err) || err == nil && empty }

func strange(at string) error {
	return &fault.Fault{Kind: fault.Refused, Name: at, What: "is none of the things of load balancers that are read or deleted"}
}

// Delete implements hands.Thing.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var err error
	var permission string
	switch what(at) {
	case "loadbalancer":
		permission = "elasticloadbalancing:DeleteLoadBalancer on this load balancer"
		_, err = l.client.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: &at})
	case "listener":
		permission = "elasticloadbalancing:DeleteListener on this listener"
		_, err = l.client.DeleteListener(ctx, &elb.DeleteListenerInput{ListenerArn: &at})
	case "listener-rule":
		permission = "elasticloadbalancing:DeleteRule on this rule"
		_, err = l.client.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: &at})
	case "targetgroup":
		permission = "elasticloadbalancing:DeleteTargetGroup on this target group"
		_, err = l.client.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &at})
	default:
		return strange(at)
	}
	if err == nil || gone(err) {
		return nil
	}
	return refused("the deletion was refused", permission, err)
}

// Protect implements hands.Guard.
func (l *Legacy) Protect(ctx context.Context, at string, on bool) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := l.client.ModifyLoadBalancerAttributes(ctx, &elb.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &at, Attributes: []types.LoadBalancerAttribute{{Key: aws.String(protection), Value: aws.String(strconv.FormatBool(on))}}})
	if err != nil {
		return refused("its protection from deletion cannot be changed", "elasticloadbalancing:ModifyLoadBalancerAttributes on this load balancer", err)
	}
	return nil
}
