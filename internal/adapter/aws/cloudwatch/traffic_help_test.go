package cloudwatch_test

import (
	"maps"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// noon is the minute that tests look at; now is when all of it is known.
var (
	noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	now  = noon.Add(3*time.Minute + 20*time.Second)
)

// both sides of an app, with everything that can be measured.
func both() cloudwatch.Sides {
	return cloudwatch.Sides{
		Blue:      cloudwatch.LoadBalancer{Name: "app/lego/50dc6c495c0c9188", TargetGroup: "targetgroup/lego/73e2d6bc24d8a067", Slow: 500 * time.Millisecond},
		Green:     cloudwatch.Gateway{Type: cloudwatch.HTTP, Name: "a1b2c3d4e5", Stage: "$default", Slow: 650 * time.Millisecond},
		Functions: []string{"lego-api", "lego-jobs"}, ColdStarts: "cutover/lego/production", SlowStart: 2 * time.Second,
		Proxy: "lego-proxy", Database: "lego-db", Caches: []string{"lego-001", "lego-002"},
	}
}

func rest() cloudwatch.Sides {
	s := both()
	s.Green.Type, s.Green.Name, s.Green.Stage = cloudwatch.REST, "lego-rest", "production"
	return s
}

// open makes a cloud in memory at now, and what is asked of it.
func open(t *testing.T, sides cloudwatch.Sides) (*cloud.Cloud, *cloudwatch.Traffic) {
	t.Helper()
	c, _ := start(t)
	c.Time(func() time.Time { return now })
	return c, of(t, sides)
}

func of(t *testing.T, sides cloudwatch.Sides) *cloudwatch.Traffic {
	t.Helper()
	traffic, err := cloudwatch.OpenTraffic(t.Context(), "eu-west-1", "lego", "production", sides)
	if err != nil {
		t.Fatal(err)
	}
	return traffic
}

// metric is one that a service publishes.
type metric struct {
	namespace, name string
	dimensions      map[string]string
}

func with(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// published are the metrics of both and rest, by short names. They are written
// here once more: what is asked for and what is published must meet by AWS's
// words alone.
var published = func() map[string]metric {
	lb := with("LoadBalancer", "app/lego/50dc6c495c0c9188")
	targets := maps.Clone(lb)
	targets["TargetGroup"] = "targetgroup/lego/73e2d6bc24d8a067"
	http, rest := with("ApiId", "a1b2c3d4e5", "Stage", "$default"), with("ApiName", "lego-rest", "Stage", "production")
	proxy := with("ProxyName", "lego-proxy")
	const alb, gateway, own = "AWS/ApplicationELB", "AWS/ApiGateway", "cutover/lego/production"
	return map[string]metric{
		"requests": {alb, "RequestCount", targets}, "took": {alb, "TargetResponseTime", targets},
		"5xx": {alb, "HTTPCode_Target_5XX_Count", targets}, "4xx": {alb, "HTTPCode_Target_4XX_Count", targets},
		"own 5xx": {alb, "HTTPCode_ELB_5XX_Count", lb}, "own 4xx": {alb, "HTTPCode_ELB_4XX_Count", lb}, "own 503": {alb, "HTTPCode_ELB_503_Count", lb},
		"all requests": {alb, "RequestCount", lb}, "healthy": {alb, "HealthyHostCount", targets},
		"http count": {gateway, "Count", http}, "http 5xx": {gateway, "5xx", http}, "http 4xx": {gateway, "4xx", http}, "http latency": {gateway, "Latency", http},
		"rest count": {gateway, "Count", rest}, "rest 5xx": {gateway, "5XXError", rest}, "rest 4xx": {gateway, "4XXError", rest}, "rest latency": {gateway, "Latency", rest},
		"cold": {own, "ColdStartDuration", nil},
		"api":  {"AWS/Lambda", "Invocations", with("FunctionName", "lego-api")}, "jobs": {"AWS/Lambda", "Invocations", with("FunctionName", "lego-jobs")},
		"api throttled": {"AWS/Lambda", "Throttles", with("FunctionName", "lego-api")}, "region": {"AWS/Lambda", "Invocations", nil},
		"connections": {"AWS/RDS", "DatabaseConnections", proxy}, "allowed": {"AWS/RDS", "MaxDatabaseConnectionsAllowed", proxy},
		"cpu":      {"AWS/RDS", "CPUUtilization", with("DBInstanceIdentifier", "lego-db")},
		"memory 1": {"AWS/ElastiCache", "DatabaseMemoryUsagePercentage", with("CacheClusterId", "lego-001")},
		"memory 2": {"AWS/ElastiCache", "DatabaseMemoryUsagePercentage", with("CacheClusterId", "lego-002")},
	}
}()

// figures are raw values by the short names of their metrics.
type figures map[string][]float64

// observe publishes figures within one minute.
func observe(t *testing.T, c *cloud.Cloud, minute time.Time, f figures) {
	t.Helper()
	for name, values := range f {
		m, ok := published[name]
		if !ok {
			t.Fatalf("nobody publishes %q", name)
		}
		c.Observe(m.namespace, m.name, m.dimensions, minute.Add(20*time.Second), values...)
	}
}

// times is a value so many times.
func times(n int, value float64) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = value
	}
	return all
}
