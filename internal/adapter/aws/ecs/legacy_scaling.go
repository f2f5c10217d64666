package ecs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// targets tells what scales these services, and the alarms by which it does, and
// the targets that are sought: they outlive their service.
func (l *Legacy) targets(ctx context.Context, p *survey.Part, sought, resources []string) error {
	for _, at := range sought {
		if kind, _ := what(at); kind != "scalable-target" {
			continue
		}
		t, err := l.targetByARN(ctx, at)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return err
		}
		if id := aws.ToString(t.ResourceId); !slices.Contains(resources, id) {
			resources = append(resources, id)
		}
	}
	for _, id := range resources {
		found, err := l.target(ctx, id)
		if errors.Is(err, errGone) {
			continue
		}
		if err != nil {
			return err
		}
		thing, err := scalingThing(found)
		if err != nil {
			return err
		}
		at := thing.Item.ARN
		p.Items = append(p.Items, thing.Item)
		for _, i := range p.Items {
			if i.Kind == estate.Service && strings.HasSuffix(i.ARN, ":"+id) {
				p.Link(at, i.ARN, "scales", true)
			}
		}
		if err := l.policies(ctx, p, id, at); err != nil {
			return err
		}
	}
	return nil
}

// target finds one by the ID of what it scales.
func (l *Legacy) target(ctx context.Context, id string) (scaling.ScalableTarget, error) {
	out, err := l.scaling.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceIds: []string{id},
	})
	if err != nil {
		return scaling.ScalableTarget{}, refused("what scales a service cannot be looked at", "application-autoscaling:DescribeScalableTargets on *", err)
	}
	for _, t := range out.ScalableTargets {
		if aws.ToString(t.ResourceId) == id {
			return t, nil
		}
	}
	return scaling.ScalableTarget{}, errGone
}

// policies tells the alarms of scaling policies. Those of target tracking go with
// it, those of steps are somebody's own; source: Application Auto Scaling User
// Guide, target tracking, "CloudWatch alarms".
func (l *Legacy) policies(ctx context.Context, p *survey.Part, id, at string) error {
	in := &applicationautoscaling.DescribeScalingPoliciesInput{ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceId: &id}
	for {
		out, err := l.scaling.DescribeScalingPolicies(ctx, in)
		if err != nil {
			return refused("how a service is scaled cannot be looked at", "application-autoscaling:DescribeScalingPolicies on *", err)
		}
		for _, policy := range out.ScalingPolicies {
			for _, alarm := range policy.Alarms {
				how := "scales by"
				if policy.PolicyType == scaling.PolicyTypeTargetTrackingScaling {
					how = estate.BelongsTo
				}
				p.Link(aws.ToString(alarm.AlarmARN), at, how, false)
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}

// scalingARN is AWS's; an older target may have none, and is named by what it
// scales.
func scalingARN(t scaling.ScalableTarget) string {
	if at := aws.ToString(t.ScalableTargetARN); at != "" {
		return at
	}
	part := strings.SplitN(aws.ToString(t.RoleARN)+"::::::", ":", 7)
	return "arn:" + part[1] + ":application-autoscaling::" + part[4] + ":scalable-target/" + aws.ToString(t.ResourceId)
}

// standingOf is between what a target scales, and what of it is suspended.
func standingOf(t scaling.ScalableTarget) hands.Bounds {
	b := hands.Bounds{Resource: aws.ToString(t.ResourceId), Min: int(aws.ToInt32(t.MinCapacity)), Max: int(aws.ToInt32(t.MaxCapacity))}
	if off := t.SuspendedState; off != nil {
		b.In, b.Out, b.Clock = aws.ToBool(off.DynamicScalingInSuspended), aws.ToBool(off.DynamicScalingOutSuspended), aws.ToBool(off.ScheduledScalingSuspended)
	}
	return b
}

func scalingThing(t scaling.ScalableTarget) (survey.Thing, error) {
	b := standingOf(t)
	return survey.Told(estate.Item{ARN: scalingARN(t), Kind: estate.Scaling, Name: b.Resource, Made: aws.ToTime(t.CreationTime).UTC(), Facts: map[string]string{
		estate.Min: strconv.Itoa(b.Min), estate.Max: strconv.Itoa(b.Max), estate.Suspended: strconv.FormatBool(b.In && b.Out && b.Clock),
	}}, b)
}

// targetByARN finds a target by its ARN: Application Auto Scaling finds none so.
func (l *Legacy) targetByARN(ctx context.Context, at string) (scaling.ScalableTarget, error) {
	in := &applicationautoscaling.DescribeScalableTargetsInput{ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount}
	for {
		out, err := l.scaling.DescribeScalableTargets(ctx, in)
		if err != nil {
			return scaling.ScalableTarget{}, refused("what scales a service cannot be looked at", "application-autoscaling:DescribeScalableTargets on *", err)
		}
		for _, t := range out.ScalableTargets {
			if scalingARN(t) == at {
				return t, nil
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return scaling.ScalableTarget{}, errGone
		}
	}
}
