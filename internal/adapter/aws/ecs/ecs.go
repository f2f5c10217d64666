// Package ecs looks at one service of Amazon ECS and at what Application Auto
// Scaling does with it, and raises both, at AWS or at what AWS_ENDPOINT_URL
// names. It is the Service of internal/rollout/capacity.
package ecs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

// Service is one service of one cluster.
type Service struct {
	clients
	id capacity.Identity
}

// clients are those of a service and of what scales it.
type clients struct {
	ecs     *ecs.Client
	scaling *applicationautoscaling.Client
}

// connect makes them with the credentials that the AWS SDK finds; nothing is
// called yet. region is empty for that of the environment.
func connect(ctx context.Context, region string, options ...session.Option) (clients, error) {
	c, err := session.Load(ctx, region, options...)
	if err != nil {
		return clients{}, err
	}
	return clients{ecs.NewFromConfig(c), applicationautoscaling.NewFromConfig(c)}, nil
}

var _ capacity.Service = (*Service)(nil)

// within bounds one call with all its retries.
const within = time.Minute

// Open makes clients for one service; nothing is called yet.
func Open(ctx context.Context, region string, id capacity.Identity) (*Service, error) {
	if id.Cluster == "" || id.Service == "" {
		return nil, &fault.Fault{Kind: fault.Input, Name: "legacy", What: "does not say which service blue is", Next: "Write cluster and service in the section legacy of cutover.yaml."}
	}
	c, err := connect(ctx, region, session.Retrying(func(o *retry.StandardOptions) { o.MaxBackoff = time.Second }))
	if err != nil {
		return nil, err
	}
	return &Service{c, id}, nil
}

// Look implements capacity.Service. A service that was deleted is told as such as
// long as ECS remembers it, and as MISSING after that.
func (s *Service) Look(ctx context.Context) (capacity.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	now, err := s.look(ctx)
	if err != nil || now.Status != capacity.Active {
		return now, err
	}
	now.Scaling, err = s.bounds(ctx)
	return now, err
}

// gone is the reason for which ECS does not show a service; source: ECS Developer
// Guide, "API failure reasons".
const gone = "MISSING"

func (s *Service) look(ctx context.Context) (capacity.Standing, error) {
	out, err := s.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &s.id.Cluster, Services: []string{s.id.Service}})
	var none *types.ServiceNotFoundException
	if errors.As(err, &none) {
		return capacity.Standing{Status: gone}, nil
	}
	if err != nil {
		return capacity.Standing{}, s.failed("cannot be looked at", "ecs:DescribeServices on this service", err)
	}
	if len(out.Failures) > 0 {
		f := out.Failures[0] // one was asked for
		if aws.ToString(f.Reason) == gone {
			return capacity.Standing{Status: gone}, nil
		}
		return capacity.Standing{}, &fault.Fault{Kind: fault.Outside, Name: s.id.String(), What: "cannot be looked at", Got: aws.ToString(f.Reason) + " " + aws.ToString(f.Detail)}
	}
	if len(out.Services) != 1 {
		return capacity.Standing{}, &fault.Fault{Kind: fault.Outside, Name: s.id.String(), What: fmt.Sprintf("was asked for, and %d services came", len(out.Services))}
	}
	return standing(out.Services[0]), nil
}

// standing puts ECS's words into ours. Of several deployments the PRIMARY one is
// the newest; source: ECS API reference, Deployment.
func standing(s types.Service) capacity.Standing {
	now := capacity.Standing{
		Status: aws.ToString(s.Status), Desired: int(s.DesiredCount), Running: int(s.RunningCount), Pending: int(s.PendingCount), Deploying: len(s.Deployments) > 1,
	}
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) != "PRIMARY" {
			continue
		}
		switch d.RolloutState {
		case types.DeploymentRolloutStateInProgress:
			now.Deploying = true
		case types.DeploymentRolloutStateFailed:
			if now.Failed = aws.ToString(d.RolloutStateReason); now.Failed == "" {
				now.Failed = "ECS gives no reason"
			}
		}
	}
	return now
}

func (s *Service) resource() *string {
	return aws.String("service/" + s.id.Cluster + "/" + s.id.Service)
}

// bounds are those of the service's scaling, nil where nothing scales it.
func (s *Service) bounds(ctx context.Context) (*capacity.Scaling, error) {
	out, err := s.scaling.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceIds: []string{*s.resource()},
	})
	if err != nil {
		return nil, s.failed("has scaling that cannot be looked at", "application-autoscaling:DescribeScalableTargets on *", err)
	}
	for _, t := range out.ScalableTargets {
		if aws.ToString(t.ResourceId) != *s.resource() {
			continue
		}
		found := &capacity.Scaling{Min: int(aws.ToInt32(t.MinCapacity)), Max: int(aws.ToInt32(t.MaxCapacity))}
		if off := t.SuspendedState; off != nil {
			found.InSuspended, found.OutSuspended, found.ByClockOff = aws.ToBool(off.DynamicScalingInSuspended), aws.ToBool(off.DynamicScalingOutSuspended), aws.ToBool(off.ScheduledScalingSuspended)
		}
		return found, nil
	}
	return nil, nil
}
