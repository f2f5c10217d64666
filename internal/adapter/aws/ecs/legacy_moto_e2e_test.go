//go:build e2e

package ecs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/adapter/aws/ecs"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

const legacy = `
import boto3, os
at = dict(endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1")
ecs = boto3.client("ecs", **at)
ecs.create_cluster(clusterName="lego-api", tags=[{"key": "team", "value": "lego"}])
ecs.create_cluster(clusterName="other")
container = {"name": "web", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/lego-api:v1", "memory": 64,
    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/lego-api", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web"}}}
for family in ("web", "web", "web-other"):
    ecs.register_task_definition(family=family, containerDefinitions=[container], executionRoleArn="arn:aws:iam::123456789012:role/lego")
for i in range(12):
    ecs.create_service(cluster="other", serviceName="s%d" % i, taskDefinition="web-other", desiredCount=0)
ecs.create_service(cluster="lego-api", serviceName="web", taskDefinition="web", desiredCount=2)
boto3.client("application-autoscaling", **at).register_scalable_target(ServiceNamespace="ecs", ResourceId="service/lego-api/web",
    ScalableDimension="ecs:service:DesiredCount", MinCapacity=1, MaxCapacity=4)
`

// The old side of an AWS that was not written here is told whole, over several
// pages, and goes in its order.
// Shows: 5.8.2, 5.8.3, 5.8.5
func TestE2EMotoLegacy(t *testing.T) {
	mototest.Start(t).Python(legacy)
	l, err := ecs.OpenLegacy(t.Context(), "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	f := survey.Focus{Asked: survey.Asked{Account: "123456789012", Region: "us-east-1", Cluster: "lego-api", Service: "web"}, Known: (estate.World{}).Graph()}
	p, err := l.Tell(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]estate.Item{}
	services := 0
	for _, i := range p.Items {
		by[i.Name] = i
		if i.Kind == estate.Service {
			services++
		}
	}
	if services != 13 || by["web"].Facts[estate.Desired] != "2" || by["lego-api"].Tags["team"] != "lego" || by["web:1"].Kind != estate.Definition || by["web:2"].Kind != estate.Definition || by["service/lego-api/web"].Facts[estate.Max] != "4" {
		t.Errorf("%d services of 13: %+v", services, by)
	}
	if _, told := by["web-other:1"]; told {
		t.Error("a task definition of another family is told")
	}
	for _, want := range []estate.Link{
		{From: by["web"].ARN, To: by["lego-api"].ARN, How: "runs in", Holds: true}, {From: by["web"].ARN, To: by["web:2"].ARN, How: "runs", Holds: true},
		{From: by["service/lego-api/web"].ARN, To: by["web"].ARN, How: "scales", Holds: true}, {From: by["web:1"].ARN, To: "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/lego-api", How: "logs to", Holds: true},
		{From: by["web:1"].ARN, To: "arn:aws:ecr:us-east-1:123456789012:repository/lego-api", How: "uses"},
	} {
		if !slices.Contains(p.Links, want) {
			t.Errorf("%+v is not told", want)
		}
	}
	if err := l.Delete(t.Context(), by["web"].ARN); err == nil {
		t.Error("a service with tasks was deleted")
	}
	scaling := by["service/lego-api/web"].ARN
	if err := l.Bind(t.Context(), scaling, hands.Bounds{In: true, Out: true, Clock: true}); err != nil {
		t.Fatal(err)
	}
	if b, err := l.Bounds(t.Context(), scaling); err != nil || b.Max != 0 || !b.In || !b.Out || !b.Clock {
		t.Errorf("%+v, %v", b, err)
	}
	if err := l.Scale(t.Context(), by["web"].ARN, 0); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"service/lego-api/web", "web", "lego-api", "web:1", "web:2"} {
		at := by[name].ARN
		if thing, err := l.Read(t.Context(), at); err != nil || thing.Item.ARN != at {
			t.Errorf("%s: %+v, %v", name, thing.Item, err)
		}
		for range 2 {
			if err := l.Delete(t.Context(), at); err != nil && !strings.Contains(err.Error(), "nactive") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := l.Read(t.Context(), at); !errors.Is(err, hands.ErrGone) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
}
