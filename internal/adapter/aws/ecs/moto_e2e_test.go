//go:build e2e

package ecs_test

import (
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/rollout/capacity"
)

const service = `
import boto3, os
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ecs = boto3.client("ecs", **at)
ecs.create_cluster(clusterName="lego-api")
ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 64}])
ecs.create_service(cluster="lego-api", serviceName="web", taskDefinition="web", desiredCount=2)
boto3.client("application-autoscaling", **at).register_scalable_target(ServiceNamespace="ecs", ResourceId="service/lego-api/web",
    ScalableDimension="ecs:service:DesiredCount", MinCapacity=1, MaxCapacity=4)
`

// What the adapter sends and reads is understood by an AWS that was not written
// here. moto does not bring tasks within new bounds, so that both are raised, one
// after the other.
func TestE2EMoto(t *testing.T) {
	mototest.Start(t).Python(service)
	s, err := ecs.Open(t.Context(), "", blue)
	if err != nil {
		t.Fatal(err)
	}
	ports := capacity.Ports{Service: s, Shelf: shelf{}, None: errNone}
	r, err := capacity.PinDown(t.Context(), ports, blue, 6, time.Unix(0, 0))
	if err != nil || r.Now.Desired != 6 || r.Now.Scaling == nil || r.Now.Scaling.Min != 6 || r.Now.Scaling.Max != 6 || r.Before.Desired != 2 || r.Before.Scaling.Min != 1 || len(r.Done) == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	if r, err = capacity.Tick(t.Context(), ports, blue); err != nil || len(r.Done) != 0 {
		t.Errorf("a second time: %+v, %v", r, err)
	}
	if r, err = capacity.Release(t.Context(), ports, blue); err != nil || r.Now.Scaling.Min != 1 || r.Now.Scaling.Max != 4 {
		t.Errorf("released: %+v, %v", r, err)
	}
	other, err := ecs.Open(t.Context(), "", capacity.Identity{Cluster: "lego-api", Service: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if now, err := other.Look(t.Context()); err != nil || now.Status != "MISSING" {
		t.Errorf("a service that is not there: %+v, %v", now, err)
	}
}
