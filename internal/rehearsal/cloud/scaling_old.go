package cloud

import (
	"net/http"
	"strings"
)

// Policies makes the policies by which a service is scaled.
func (o *OldSide) Policies(cluster, service string, all ...ScalingPolicy) {
	put(&o.c.old.policies, "service/"+cluster+"/"+service, all)
}

type scalingOld struct {
	ServiceNamespace, ScalableDimension, NextToken string
	ResourceID                                     string `json:"ResourceId"`
	MaxResults                                     int
}

// scalingOld answers DescribeScalingPolicies and DeregisterScalableTarget; source:
// Application Auto Scaling API reference. c.mu is held.
func (c *Cloud) scalingOld(w http.ResponseWriter, r *http.Request, call string, in scalingOld) {
	if call == "DescribeScalingPolicies" {
		c.note(r, "application-autoscaling:DescribeScalingPolicies", "*")
		list := []any{}
		for _, p := range c.old.policies[in.ResourceID] {
			kind, alarms := "StepScaling", []any{}
			if p.Tracking {
				kind = "TargetTrackingScaling"
			}
			for _, name := range p.Alarms {
				alarms = append(alarms, map[string]any{"AlarmName": name, "AlarmARN": arn("cloudwatch", "alarm:"+name)})
			}
			list = append(list, map[string]any{"PolicyName": p.Name, "PolicyARN": arn("autoscaling", "scalingPolicy:"+p.Name), "PolicyType": kind, "ServiceNamespace": "ecs", "ResourceId": in.ResourceID, "ScalableDimension": in.ScalableDimension, "CreationTime": 0, "Alarms": alarms})
		}
		reply(w, map[string]any{"ScalingPolicies": list})
		return
	}
	c.note(r, "application-autoscaling:DeregisterScalableTarget", arn("application-autoscaling", "scalable-target/0ec5aaaa0000"))
	at := strings.TrimPrefix(in.ResourceID, "service/")
	if c.fleet.targets[at] == nil {
		failJSON(w, &denial{http.StatusBadRequest, "ObjectNotFoundException", "No scalable target found"})
		return
	}
	c.dropScaling(at)
	reply(w, map[string]any{})
}

// dropScaling takes the policies along, and the alarms of those that track;
// source: API reference, DeregisterScalableTarget, DeleteScalingPolicy.
func (c *Cloud) dropScaling(at string) {
	for _, p := range c.old.policies["service/"+at] {
		kept := c.alarms[:0:0]
		for _, a := range c.alarms {
			if !p.Tracking || !has(p.Alarms, a.Name) {
				kept = append(kept, a)
			}
		}
		c.alarms = kept
	}
	delete(c.old.policies, "service/"+at)
	delete(c.fleet.targets, at)
}
