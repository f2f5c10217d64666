package cloud

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scalable is between what Application Auto Scaling scales a service of ECS, and
// what of it is suspended.
type Scalable struct {
	Min, Max       int
	In, Out, Clock bool
}

// SetScaling makes what scales a service; nil takes it away.
func (c *Cloud) SetScaling(cluster, service string, s *Scalable) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fleet.targets == nil {
		c.fleet.targets = map[string]*Scalable{}
	}
	if delete(c.fleet.targets, cluster+"/"+service); s != nil {
		own := *s
		c.fleet.targets[cluster+"/"+service] = &own
	}
}

// Scaling is what scales a service, nil if nothing does.
func (c *Cloud) Scaling(cluster, service string) *Scalable {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.fleet.targets[cluster+"/"+service]; s != nil {
		own := *s
		return &own
	}
	return nil
}

type describeTargets struct {
	ServiceNamespace, ScalableDimension, NextToken string
	ResourceIds                                    []string
	MaxResults                                     int
}

type registerTarget struct {
	ServiceNamespace, ScalableDimension, ResourceID string
	MinCapacity, MaxCapacity                        *int
	SuspendedState                                  *struct {
		DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended *bool
	}
}

// autoscaling answers DescribeScalableTargets and RegisterScalableTarget; source:
// Application Auto Scaling API reference, JSON 1.1. It knows services of ECS.
func (c *Cloud) autoscaling(w http.ResponseWriter, r *http.Request) {
	var describe describeTargets
	var register registerTarget
	var old scalingOld
	call := c.json11Of(w, r, "application-autoscaling", "AnyScaleFrontendService", map[string]any{
		"DescribeScalableTargets": &describe, "RegisterScalableTarget": &register, "DescribeScalingPolicies": &old, "DeregisterScalableTarget": &old})
	if call == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if describe.ServiceNamespace+register.ServiceNamespace+old.ServiceNamespace != "ecs" || describe.ScalableDimension+register.ScalableDimension+old.ScalableDimension != "ecs:service:DesiredCount" {
		c.unknown = append(c.unknown, "application-autoscaling "+call+" of another service")
		failJSON(w, &denial{http.StatusBadRequest, "ValidationException", "this cloud scales the desired count of services of ECS"})
		return
	}
	if old.ServiceNamespace != "" {
		c.scalingOld(w, r, call, old)
		return
	}
	if call == "DescribeScalableTargets" {
		// It knows no resources; source: Service Authorization Reference.
		c.note(r, "application-autoscaling:DescribeScalableTargets", "*")
		c.showTargets(w, describe)
		return
	}
	// Source: Service Authorization Reference; an id is made up by the service.
	c.note(r, "application-autoscaling:RegisterScalableTarget", arn("application-autoscaling", "scalable-target/0ec5aaaa0000"))
	c.register(w, register)
}

func (c *Cloud) showTargets(w http.ResponseWriter, in describeTargets) {
	list := []any{}
	for _, at := range slices.Sorted(maps.Keys(c.fleet.targets)) {
		id := "service/" + at
		if len(in.ResourceIds) > 0 && !slices.Contains(in.ResourceIds, id) {
			continue
		}
		t := c.fleet.targets[at]
		list = append(list, map[string]any{
			"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "ResourceId": id, "MinCapacity": t.Min, "MaxCapacity": t.Max,
			"RoleARN":           "arn:aws:iam::" + Account + ":role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService",
			"ScalableTargetARN": arn("application-autoscaling", "scalable-target/"+strings.ReplaceAll(at, "/", "-")),
			"CreationTime":      float64(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix()),
			"SuspendedState":    map[string]bool{"DynamicScalingInSuspended": t.In, "DynamicScalingOutSuspended": t.Out, "ScheduledScalingSuspended": t.Clock},
		})
	}
	reply(w, map[string]any{"ScalableTargets": list})
}

// register; source: API reference, RegisterScalableTarget: a new target needs
// both bounds; of one that stands what is not named stays, and the tasks of an
// active service are brought within the bounds at once, up or down.
func (c *Cloud) register(w http.ResponseWriter, in registerTarget) {
	refuse := func(message string) {
		failJSON(w, &denial{http.StatusBadRequest, "ValidationException", message})
	}
	at, ok := strings.CutPrefix(in.ResourceID, "service/")
	service := c.fleet.ecs[at]
	if !ok || service == nil {
		refuse("ECS service doesn't exist: " + in.ResourceID)
		return
	}
	stands := c.fleet.targets[at]
	next := Scalable{}
	if stands != nil {
		next = *stands
	} else if in.MinCapacity == nil || in.MaxCapacity == nil {
		refuse("MinCapacity and MaxCapacity are needed to register a new scalable target")
		return
	}
	for to, from := range map[*int]*int{&next.Min: in.MinCapacity, &next.Max: in.MaxCapacity} {
		if from != nil {
			*to = *from
		}
	}
	if off := in.SuspendedState; off != nil {
		for to, from := range map[*bool]*bool{&next.In: off.DynamicScalingInSuspended, &next.Out: off.DynamicScalingOutSuspended, &next.Clock: off.ScheduledScalingSuspended} {
			if from != nil {
				*to = *from
			}
		}
	}
	if next.Min < 0 || next.Max < next.Min {
		refuse(fmt.Sprintf("Maximum capacity cannot be less than minimum capacity: %d, %d", next.Max, next.Min))
		return
	}
	if c.fleet.targets == nil {
		c.fleet.targets = map[string]*Scalable{}
	}
	c.fleet.targets[at] = &next
	if within := min(max(service.Desired, next.Min), next.Max); stands != nil && service.Status == "ACTIVE" && within != service.Desired {
		service.wish(within)
	}
	reply(w, map[string]any{"ScalableTargetARN": arn("application-autoscaling", "scalable-target/0ec5aaaa0000")})
}
