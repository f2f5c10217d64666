package ecs

import (
	"context"
	"errors"
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scaling "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

var (
	_ survey.Source  = (*Legacy)(nil)
	_ hands.Thing    = (*Legacy)(nil)
	_ hands.Services = (*Legacy)(nil)
)

// what is the kind of resource in an ARN, and cluster the cluster of a service's.
func what(at string) (kind, cluster string) {
	part := strings.SplitN(at, ":", 6)
	if len(part) < 6 {
		return "", ""
	}
	kind, rest, _ := strings.Cut(part[5], "/")
	cluster, _, _ = strings.Cut(rest, "/")
	return kind, cluster
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	thing, err := l.read(ctx, at)
	if errors.Is(err, errGone) {
		return thing, hands.ErrGone
	}
	return thing, err
}

func (l *Legacy) read(ctx context.Context, at string) (survey.Thing, error) {
	switch kind, cluster := what(at); kind {
	case "service":
		found, err := l.describeServices(ctx, cluster, []string{at})
		if err == nil && len(found) == 0 {
			return survey.Thing{}, errGone
		}
		if err != nil {
			return survey.Thing{}, err
		}
		return serviceThing(found[0])
	case "cluster":
		found, err := l.describeClusters(ctx, []string{at})
		if err == nil && len(found) == 0 {
			return survey.Thing{}, errGone
		}
		if err != nil {
			return survey.Thing{}, err
		}
		return clusterThing(found[0])
	case "task-definition":
		d, tags, err := l.definition(ctx, at)
		if err != nil {
			return survey.Thing{}, err
		}
		return definitionThing(d, tags)
	case "scalable-target":
		t, err := l.targetByARN(ctx, at)
		if err != nil {
			return survey.Thing{}, err
		}
		return scalingThing(t)
	}
	return survey.Thing{}, strange(at)
}

func strange(at string) error {
	return &fault.Fault{Kind: fault.Refused, Name: at, What: "is none of the things of ECS that are read or deleted"}
}

// Delete implements hands.Thing: without force, so that AWS refuses a service
// that has tasks; source: ECS API reference, DeleteService.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	switch kind, cluster := what(at); kind {
	case "service":
		_, err := l.ecs.DeleteService(ctx, &ecs.DeleteServiceInput{Cluster: &cluster, Service: &at})
		return deleted(err, "ecs:DeleteService on this service")
	case "cluster":
		_, err := l.ecs.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: &at})
		return deleted(err, "ecs:DeleteCluster on this cluster")
	case "task-definition":
		// It becomes INACTIVE: nothing new runs it, and it can still be read.
		_, err := l.ecs.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &at})
		return deleted(err, "ecs:DeregisterTaskDefinition on *")
	case "scalable-target":
		t, err := l.targetByARN(ctx, at)
		if errors.Is(err, errGone) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = l.scaling.DeregisterScalableTarget(ctx, &applicationautoscaling.DeregisterScalableTargetInput{
			ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceId: t.ResourceId})
		return deleted(err, "application-autoscaling:DeregisterScalableTarget on its scalable target")
	}
	return strange(at)
}

// deleted takes what is gone already for done.
func deleted(err error, permission string) error {
	var service *types.ServiceNotFoundException
	var inactive *types.ServiceNotActiveException
	var cluster *types.ClusterNotFoundException
	var object *scaling.ObjectNotFoundException
	if err == nil || errors.As(err, &service) || errors.As(err, &inactive) || errors.As(err, &cluster) || errors.As(err, &object) {
		return nil
	}
	return refused("the deletion was refused", permission, err)
}

// Scale implements hands.Services.
func (l *Legacy) Scale(ctx context.Context, at string, desired int) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if desired < 0 || desired > math.MaxInt32 {
		return &fault.Fault{Kind: fault.Refused, Name: at, What: "cannot have so many tasks"}
	}
	_, cluster := what(at)
	if _, err := l.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &cluster, Service: &at, DesiredCount: aws.Int32(int32(desired))}); err != nil {
		return refused("the service cannot be given another number of tasks", "ecs:UpdateService on this service", err)
	}
	return nil
}

// Bounds implements hands.Services.
func (l *Legacy) Bounds(ctx context.Context, at string) (hands.Bounds, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	t, err := l.targetByARN(ctx, at)
	if errors.Is(err, errGone) {
		err = hands.ErrGone
	}
	return standingOf(t), err
}

// Bind implements hands.Services: everything in one call, so that nothing scales
// in between. It makes nothing that would scale. Source: Application Auto Scaling
// API reference, RegisterScalableTarget.
func (l *Legacy) Bind(ctx context.Context, at string, b hands.Bounds) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if b.Min < 0 || b.Min > math.MaxInt32 || b.Max < 0 || b.Max < b.Min || b.Max > math.MaxInt32 {
		return &fault.Fault{Kind: fault.Refused, Name: at, What: "cannot scale between such bounds"}
	}
	t, err := l.targetByARN(ctx, at)
	if errors.Is(err, errGone) {
		return hands.ErrGone
	}
	if err != nil {
		return err
	}
	_, err = l.scaling.RegisterScalableTarget(ctx, &applicationautoscaling.RegisterScalableTargetInput{
		ServiceNamespace: scaling.ServiceNamespaceEcs, ScalableDimension: scaling.ScalableDimensionECSServiceDesiredCount, ResourceId: t.ResourceId,
		MinCapacity: aws.Int32(int32(b.Min)), MaxCapacity: aws.Int32(int32(b.Max)),
		SuspendedState: &scaling.SuspendedState{DynamicScalingInSuspended: &b.In, DynamicScalingOutSuspended: &b.Out, ScheduledScalingSuspended: &b.Clock},
	})
	if err != nil {
		return refused("its scaling cannot be bound", "application-autoscaling:RegisterScalableTarget on its scalable target, ecs:DescribeServices and ecs:UpdateService", err)
	}
	return nil
}
