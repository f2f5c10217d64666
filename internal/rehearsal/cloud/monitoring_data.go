package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// measured are the values of metrics, raw, as long as this cloud lives.
type measured struct {
	samples map[string][]Point
	late    time.Duration
	page    int
	status  func(metric string) string
	blur    func(stat string, value float64) float64
	message string
}

// Point is a raw value that somebody published.
type Point struct {
	At    time.Time
	Value float64
}

// key is the identity of a metric: its namespace, its name and exactly its
// dimensions. Source: CloudWatch User Guide, concepts: each combination of
// dimensions is a metric of its own, and none is made out of others.
func key(namespace, metric string, dimensions map[string]string) string {
	parts := []string{namespace, metric}
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		parts = append(parts, name+"="+dimensions[name])
	}
	return strings.Join(parts, "\x00")
}

// Observe adds raw values to a metric, as a service of AWS or an application
// does that publishes each value.
func (c *Cloud) Observe(namespace, metric string, dimensions map[string]string, at time.Time, values ...float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wrong := unpublished(namespace, metric, dimensions); wrong != "" {
		c.unknown = append(c.unknown, wrong)
	}
	c.observe(namespace, metric, dimensions, at, values...)
}

// observe keeps samples in the order of their time. c.mu must be held.
func (c *Cloud) observe(namespace, metric string, dimensions map[string]string, at time.Time, values ...float64) {
	if c.watch.data.samples == nil {
		c.watch.data.samples = map[string][]Point{}
	}
	k := key(namespace, metric, dimensions)
	all := c.watch.data.samples[k]
	late := len(all) > 0 && at.Before(all[len(all)-1].At)
	for _, v := range values {
		all = append(all, Point{at, v})
	}
	if late {
		slices.SortStableFunc(all, func(a, b Point) int { return a.At.Compare(b.At) })
	}
	c.watch.data.samples[k] = all
}

// Published are the raw values of a metric, the oldest first.
func (c *Cloud) Published(namespace, metric string, dimensions map[string]string) []Point {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.watch.data.samples[key(namespace, metric, dimensions)])
}

// Statistic is one point of a metric as GetMetricData would tell it: what the
// samples from the start for that long come to. ok is false without a sample.
// Alarms and health checks of this cloud may be computed from it.
func (c *Cloud) Statistic(namespace, metric string, dimensions map[string]string, stat string, start time.Time, period time.Duration) (value float64, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	how, known := statistic(stat)
	if !known {
		return 0, false
	}
	return how(values(c.within(key(namespace, metric, dimensions), start, start.Add(period))))
}

// within are the samples from a time up to another.
func (c *Cloud) within(k string, from, to time.Time) []Point {
	all := c.watch.data.samples[k]
	index := func(t time.Time) int {
		n, _ := slices.BinarySearchFunc(all, t, func(p Point, t time.Time) int { return p.At.Compare(t) })
		return n
	}
	first := index(from)
	return all[first:max(first, index(to))]
}

func values(all []Point) []float64 {
	out := make([]float64, len(all))
	for i, p := range all {
		out[i] = p.Value
	}
	return out
}

// Late makes points incomplete while they are younger than this: of their
// samples every other one is still under way. AWS's need about two minutes.
func (c *Cloud) Late(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.data.late = by
}

// PagePoints is how many points an answer of GetMetricData holds here; 0 is what
// it holds unless told. AWS's hold 100,800.
func (c *Cloud) PagePoints(n int) { c.mu.Lock(); defer c.mu.Unlock(); c.watch.data.page = n }

// DataStatus gives the status of a metric's result, such as Forbidden, by its
// name; empty is what it would be. What is neither Complete nor PartialData has
// no values.
func (c *Cloud) DataStatus(f func(metric string) string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.data.status = f
}

// DataMessage is what answers of GetMetricData say as a whole; empty is nothing.
func (c *Cloud) DataMessage(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.data.message = text
}

// Blur changes the values of statistics: AWS's trimmed counts are interpolated,
// and by which rule it does not say.
func (c *Cloud) Blur(f func(stat string, value float64) float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.data.blur = f
}

// combinations are the dimensions with which AWS publishes the metrics that this
// project reads; what is asked by others is empty for ever. Sources: ALB user
// guide, CloudWatch metrics; API Gateway developer guide, metrics and
// dimensions, for REST and for HTTP APIs; Lambda developer guide, types of
// metrics; RDS Proxy, monitoring; ElastiCache, metrics for Redis; VPC user guide,
// NAT gateway metrics; CloudWatch Logs user guide, monitoring with metrics; S3 user
// guide, metrics and dimensions.
var combinations = map[string]map[string][]string{
	checksNamespace: {"HealthCheckStatus": {"HealthCheckId"}},
	"AWS/ApplicationELB": {
		"RequestCount HTTPCode_Target_2XX_Count HTTPCode_Target_3XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count TargetResponseTime": {
			"LoadBalancer", "AvailabilityZone LoadBalancer", "LoadBalancer TargetGroup", "AvailabilityZone LoadBalancer TargetGroup"},
		"HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_500_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count": {
			"LoadBalancer", "AvailabilityZone LoadBalancer"},
		"HealthyHostCount UnHealthyHostCount":                                                  {"LoadBalancer TargetGroup", "AvailabilityZone LoadBalancer TargetGroup"},
		"NewConnectionCount ActiveConnectionCount ProcessedBytes RuleEvaluations ConsumedLCUs": {"LoadBalancer"},
	},
	"AWS/ApiGateway": {
		"Count Latency IntegrationLatency": {"ApiId", "ApiId Stage", "ApiName", "ApiName Stage"},
		"4xx 5xx DataProcessed":            {"ApiId", "ApiId Stage"},
		"4XXError 5XXError":                {"ApiName", "ApiName Stage"},
	},
	"AWS/NATGateway": {"BytesInFromSource BytesInFromDestination BytesOutToSource BytesOutToDestination": {"NatGatewayId"}},
	"AWS/Logs":       {"IncomingBytes IncomingLogEvents": {"", "LogGroupName"}},
	"AWS/S3":         {"BucketSizeBytes NumberOfObjects": {"BucketName StorageType"}},
	"AWS/Lambda": {
		"ProvisionedConcurrencyUtilization":                          {"FunctionName", "FunctionName Resource", "ExecutedVersion FunctionName Resource"},
		"Invocations Errors Throttles Duration ConcurrentExecutions": {"", "FunctionName", "FunctionName Resource"},
	},
	"AWS/RDS": {
		"DatabaseConnections": {"ProxyName", "ProxyName TargetGroup", "ProxyName Target TargetGroup", "DBInstanceIdentifier"},
		"MaxDatabaseConnectionsAllowed DatabaseConnectionsCurrentlyBorrowed DatabaseConnectionsBorrowLatency": {"ProxyName", "ProxyName TargetGroup", "ProxyName Target TargetGroup"},
		"ClientConnections": {"ProxyName"},
		"CPUUtilization FreeableMemory FreeStorageSpace": {"DBInstanceIdentifier"},
	},
	"AWS/ElastiCache": {
		"DatabaseMemoryUsagePercentage CacheHitRate Evictions CPUUtilization EngineCPUUtilization": {"CacheClusterId", "CacheClusterId CacheNodeId"},
	},
}

// unpublished says what is wrong with a metric that AWS does not publish. An
// application's own may have any dimensions.
func unpublished(namespace, metric string, dimensions map[string]string) string {
	names := strings.Join(slices.Sorted(maps.Keys(dimensions)), " ")
	for metrics, allowed := range combinations[namespace] {
		if slices.Contains(strings.Fields(metrics), metric) && slices.Contains(allowed, names) {
			return ""
		}
	}
	if !strings.HasPrefix(namespace, "AWS/") {
		return ""
	}
	return fmt.Sprintf("monitoring: nobody publishes %s %s by %s", namespace, metric, cmp.Or(names, "no dimension"))
}
