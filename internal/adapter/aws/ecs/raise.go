package ecs

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

// Raise implements capacity.Service. It looks first: between a tick's look and
// this call somebody may have raised it further.
func (s *Service) Raise(ctx context.Context, tasks int) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	count, err := s.number(tasks)
	if err != nil {
		return err
	}
	now, err := s.look(ctx)
	switch {
	case err != nil:
		return err
	case now.Status != capacity.Active:
		return s.inactive(now.Status)
	case now.Desired >= tasks:
		return nil
	}
	if _, err := s.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &s.id.Cluster, Service: &s.id.Service, DesiredCount: count}); err != nil {
		return s.failed("cannot be given more tasks", "ecs:UpdateService on this service", err)
	}
	return nil
}

// Bound implements capacity.Service. It changes what scales the service and makes
// nothing that does; what it does not name stays, above all what is suspended.
// Source: Application Auto Scaling API reference, RegisterScalableTarget.
func (s *Service) Bound(ctx context.Context, least, most int) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	low, err := s.number(least)
	if err != nil {
		return err
	}
	high, err := s.number(most)
	if err != nil {
		return err
	}
	if least > most {
		return &fault.Fault{Kind: fault.Refused, Name: s.id.String(), What: "cannot scale between bounds that are turned round", Got: fmt.Sprintf("%d to %d tasks", least, most)}
	}
	stands, err := s.bounds(ctx)
	switch {
	case err != nil:
		return err
	case stands == nil:
		return &fault.Fault{Kind: fault.Refused, Name: s.id.String(), What: "is scaled by nothing, and nothing is made that would", Next: "Look again: somebody has taken its scaling away in between."}
	case stands.Min == least && stands.Max == most:
		return nil
	}
	_, err = s.scaling.RegisterScalableTarget(ctx, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceId: s.resource(), MinCapacity: low, MaxCapacity: high,
	})
	if err != nil {
		return s.failed("cannot be given other bounds to scale between", "application-autoscaling:RegisterScalableTarget on its scalable target, ecs:DescribeServices and ecs:UpdateService", err)
	}
	return nil
}

func (s *Service) number(n int) (*int32, error) {
	if n < 0 || n > math.MaxInt32 {
		return nil, &fault.Fault{Kind: fault.Refused, Name: s.id.String(), What: "cannot have so many tasks", Got: fmt.Sprint(n)}
	}
	return aws.Int32(int32(n)), nil
}

func (s *Service) inactive(status string) error {
	return &fault.Fault{Kind: fault.Refused, Name: s.id.String(), What: "is not active and takes no tasks", Got: status, Next: "It was deleted: make it anew."}
}

// failed tells the refusals apart. The SDK's errors hold request ids and no
// credentials.
func (s *Service) failed(what, permission string, err error) error {
	f := refusal.Of(s.id.String(), what, "Allow the role "+permission+".", err)
	var cluster *types.ClusterNotFoundException
	var service *types.ServiceNotFoundException
	var dead *types.ServiceNotActiveException
	var busy *scaling.ConcurrentUpdateException
	var api smithy.APIError
	switch {
	case errors.As(err, &cluster):
		f.Kind, f.Name, f.What, f.Got = fault.Input, "legacy.cluster", "does not exist in this account and region", s.id.Cluster
		f.Next = "Correct it in cutover.yaml, or look at the region and at whose role this is."
	case errors.As(err, &service), errors.As(err, &dead):
		f.Kind, f.Next = fault.Refused, "It was deleted: make it anew."
	case errors.As(err, &busy):
		f.Next = "Somebody else is changing its scaling. Nothing was changed; the next tick tries again."
	case errors.As(err, &api) && (api.ErrorCode() == "ThrottlingException" || api.ErrorCode() == "Throttling"):
		f.Next = "Others ask AWS for too much at once. Nothing was changed; the next tick tries again."
	}
	return f
}
