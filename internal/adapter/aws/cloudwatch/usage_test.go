package cloudwatch_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

func metered() cloudwatch.Metered {
	return cloudwatch.Metered{
		LoadBalancer: "app/lego/50dc6c495c0c9188", Cluster: "lego", Service: "lego-api", NATs: []string{"nat-1", "nat-2"}, BlueLogs: []string{"/ecs/lego"},
		API: cloudwatch.Gateway{Type: cloudwatch.HTTP, Name: "a1b2c3d4e5", Stage: "$default"}, ColdStarts: "cutover/lego/production",
		Functions: []cloudwatch.MeteredFunction{{Name: "lego-api", Memory: 512, Architecture: "arm"}, {Name: "lego-jobs", LogGroup: "/own/jobs"}},
	}
}

func meters(t *testing.T, of cloudwatch.Metered) (*cloud.Cloud, *cloudwatch.Meters) {
	t.Helper()
	c, _ := start(t)
	c.Time(func() time.Time { return now })
	m, err := cloudwatch.OpenMeters(t.Context(), "eu-west-1", of)
	if err != nil {
		t.Fatal(err)
	}
	return c, m
}

// Each figure comes from the metric that AWS publishes it under, by the hour, and
// of several resources of a kind the sum.
func TestMetersOfBothSides(t *testing.T) {
	c, m := meters(t, metered())
	c.PagePoints(5)
	hour := noon.Add(-3 * time.Hour)
	tell := func(namespace, metric string, value float64, of ...string) {
		// Two points an hour, in two hours.
		for _, after := range []time.Duration{10 * time.Minute, 50 * time.Minute, 70 * time.Minute, 80 * time.Minute} {
			c.Observe(namespace, metric, with(of...), hour.Add(after), value)
		}
	}
	const alb = "AWS/ApplicationELB"
	lb := []string{"LoadBalancer", "app/lego/50dc6c495c0c9188"}
	for metric, value := range map[string]float64{"RequestCount": 1, "NewConnectionCount": 2, "ActiveConnectionCount": 3, "ProcessedBytes": 4, "RuleEvaluations": 5, "ConsumedLCUs": 6} {
		tell(alb, metric, value, lb...)
	}
	tell("ECS/ContainerInsights", "RunningTaskCount", 7, "ClusterName", "lego", "ServiceName", "lego-api")
	for _, id := range []string{"nat-1", "nat-2"} {
		tell("AWS/NATGateway", "BytesInFromSource", 8, "NatGatewayId", id)
		tell("AWS/NATGateway", "BytesInFromDestination", 9, "NatGatewayId", id)
		tell("AWS/NATGateway", "BytesOutToDestination", 1000, "NatGatewayId", id) // billed as what came in
	}
	tell("AWS/Logs", "IncomingBytes", 10, "LogGroupName", "/ecs/lego")
	api := []string{"ApiId", "a1b2c3d4e5", "Stage", "$default"}
	tell("AWS/ApiGateway", "Count", 11, api...)
	tell("AWS/ApiGateway", "DataProcessed", 12, api...)
	tell("cutover/lego/production", "ColdStartDuration", 13)
	tell("AWS/Logs", "IncomingBytes", 14, "LogGroupName", "/aws/lambda/lego-api")
	tell("AWS/Logs", "IncomingBytes", 15, "LogGroupName", "/own/jobs")
	tell("AWS/Lambda", "Invocations", 16, "FunctionName", "lego-api")
	tell("AWS/Lambda", "Duration", 17, "FunctionName", "lego-api")
	tell("AWS/Lambda", "Invocations", 1000, "FunctionName", "another-app")
	from, to := hour.Add(-30*time.Minute), noon.Add(time.Hour)
	b, err := m.Blue(t.Context(), from, to, now)
	if err != nil {
		t.Fatal(err)
	}
	g, err := m.Green(t.Context(), from, to, now)
	if err != nil {
		t.Fatal(err)
	}
	if !b.From.Equal(hour) || !b.To.Equal(noon) || !g.From.Equal(hour) || !g.To.Equal(noon) || !b.Logs {
		t.Errorf("%s to %s", b.From, b.To)
	}
	jobs := g.Functions[1]
	for name, x := range map[string]struct{ got, want float64 }{
		"requests": {b.Requests.Sum(), 4}, "new": {b.New.Sum(), 8}, "active": {b.Active.Sum(), 12}, "bytes": {b.Bytes.Sum(), 16}, "rules": {b.Rules.Sum(), 20}, "capacity": {b.Capacity.Sum(), 24},
		"tasks": {b.Tasks.Mean(), 7}, "nat": {b.NATBytes.Sum(), 2 * 4 * 17}, "logs": {b.LogBytes.Sum(), 40},
		"green requests": {g.Requests.Sum(), 44}, "green bytes": {g.Bytes.Sum(), 48}, "starts": {g.Starts.Sum(), 52}, "green logs": {g.LogBytes.Sum(), 4 * 29},
		"calls": {g.Functions[0].Invocations.Sum(), 64}, "duration": {g.Functions[0].Milliseconds.Sum(), 68}, "one hour": {b.Requests[hour], 2},
	} {
		if x.got != x.want {
			t.Errorf("%s: %g, not %g", name, x.got, x.want)
		}
	}
	if jobs.Invocations.Known() || jobs.Milliseconds.Known() || g.Functions[0].Memory != 512 || g.Functions[0].Architecture != "arm" {
		t.Errorf("%+v", g.Functions)
	}
}

// Nothing told is unknown, and what is not named is not asked for.
func TestMetersOfNothing(t *testing.T) {
	c, m := meters(t, cloudwatch.Metered{API: cloudwatch.Gateway{Type: cloudwatch.REST, Name: "lego-rest", Stage: "$default"}})
	c.Observe("AWS/ApiGateway", "Count", with("ApiName", "lego-rest"), noon.Add(-30*time.Minute), 1)
	b, err := m.Blue(t.Context(), noon.Add(-time.Hour), noon, now)
	if err != nil || b.Requests.Known() || b.Tasks.Known() || b.Capacity.Known() || b.Logs || len(c.Calls()) != 0 {
		t.Errorf("%+v %v", b, err)
	}
	g, err := m.Green(t.Context(), noon.Add(-time.Hour), noon, now)
	if err != nil || g.Requests.Sum() != 1 || g.Bytes.Known() || g.LogBytes.Known() || g.Starts.Known() {
		t.Errorf("%+v %v", g, err)
	}
}

// More functions than one call takes are asked for in several.
func TestMetersOfManyFunctions(t *testing.T) {
	of := cloudwatch.Metered{}
	for n := range 400 {
		of.Functions = append(of.Functions, cloudwatch.MeteredFunction{Name: fmt.Sprintf("f%d", n)})
	}
	c, m := meters(t, of)
	for _, n := range []int{0, 170, 399} {
		c.Observe("AWS/Lambda", "Invocations", with("FunctionName", fmt.Sprintf("f%d", n)), noon.Add(-30*time.Minute), float64(n+1))
	}
	g, err := m.Green(t.Context(), noon.Add(-time.Hour), noon, now)
	if err != nil || g.Functions[0].Invocations.Sum() != 1 || g.Functions[170].Invocations.Sum() != 171 || g.Functions[399].Invocations.Sum() != 400 || len(c.Calls()) != 3 || of.Price().String() != "$0.012" {
		t.Errorf("%v, %d calls, %s", err, len(c.Calls()), of.Price())
	}
}

func TestMetersRefuse(t *testing.T) {
	c, m := meters(t, metered())
	for name, x := range map[string]struct {
		from, to time.Time
		want     string
	}{
		"no whole hour":    {noon.Add(-90 * time.Minute), noon.Add(-31 * time.Minute), "no hour that is complete"},
		"still running":    {noon, noon.Add(time.Hour), "no hour that is complete"},
		"backwards":        {noon, noon.Add(-5 * time.Hour), "no hour that is complete"},
		"before all times": {noon.Add(-455 * day), noon, "454 days"},
	} {
		if _, err := m.Blue(t.Context(), x.from, x.to, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.RefuseMonitoring(403, "AccessDeniedException")
	if _, err := m.Green(t.Context(), noon.Add(-time.Hour), noon, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:GetMetricData") {
		t.Error(err)
	}
}
