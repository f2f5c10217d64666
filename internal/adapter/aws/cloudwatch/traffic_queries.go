package cloudwatch

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// The kinds of APIs, as cutover.yaml calls them.
const (
	HTTP = "http"
	REST = "rest"
)

// Sides is where both sides of a stage are measured. What is empty below Green
// is not measured.
type Sides struct {
	Blue  LoadBalancer
	Green Gateway
	// Functions are the app's. Of more than twenty, or none, the region's sum is
	// read: it holds other apps' functions too.
	Functions []string
	// ColdStarts is the namespace of the stage's own metrics, in which its stack
	// counts cold starts; those longer than SlowStart are slow.
	ColdStarts string
	SlowStart  time.Duration
	// Proxy is the RDS Proxy, Database the instance, Caches are the nodes of the
	// cache. A serverless cache has no share of its memory that could be judged.
	Proxy, Database string
	Caches          []string
}

// LoadBalancer is blue: an Application Load Balancer and the target group behind
// it, as the ends of their ARNs. What takes longer than Slow counts as slow; the
// figure begins when the request leaves the load balancer and ends with the head
// of the answer.
type LoadBalancer struct {
	Name, TargetGroup string
	Slow              time.Duration
}

// target are the dimensions of what the targets did.
func (b LoadBalancer) target() []Dimension {
	return []Dimension{{"LoadBalancer", b.Name}, {"TargetGroup", b.TargetGroup}}
}

// Gateway is green: an HTTP API by its ID, or a REST API by its name. Slow is as
// blue's; the figure spans everything from the request to the answer, so a
// calibrated limit may differ from blue's.
//
// Checks are the requests that Route 53's own checkers send in a minute: they are
// among its figures, are no users, and prove nothing.
type Gateway struct {
	Type, Name, Stage string
	Slow              time.Duration
	Checks            int64
}

// Dimension is one of a metric's.
type Dimension struct{ Name, Value string }

// Query is one figure a minute of one metric. ID is what its answer is known by.
type Query struct {
	ID, Namespace, Metric, Stat string
	Dimensions                  []Dimension
}

// String is the query in one line.
func (q Query) String() string {
	return fmt.Sprintf("%s = %s of %s", q.ID, q.Stat, q.Subject())
}

// Subject is the metric with its dimensions.
func (q Query) Subject() string {
	var of []string
	for _, d := range q.Dimensions {
		of = append(of, d.Name+" "+d.Value)
	}
	if of == nil {
		return q.Namespace + " " + q.Metric
	}
	return q.Namespace + " " + q.Metric + " (" + strings.Join(of, ", ") + ")"
}

// mostFunctions is up to how many functions each is read by itself: two metrics
// each, at every tick.
const mostFunctions = 20

// The figures, by the ID of their query; numbered ones have several.
const (
	blueRequests, blueErrors, blueRejected = "blue_requests", "blue_5xx", "blue_4xx"
	blueOwnErrors, blueOwnRejected         = "blue_elb_5xx", "blue_elb_4xx"
	blueNoTarget                           = "blue_elb_503"
	blueFast, blueSlow                     = "blue_fast", "blue_slow"
	greenRequests, greenErrors             = "green_requests", "green_5xx"
	greenRejected                          = "green_4xx"
	greenFast, greenSlow                   = "green_fast", "green_slow"
	coldStarts, coldSlow                   = "cold_starts", "cold_slow"
	invocations, throttles                 = "invocations_", "throttles_"
	connections, mostConnections           = "connections", "connections_allowed"
	processor, memory                      = "cpu", "memory_"
)

// coldStartMetric is what the stage's own stack publishes; see
// internal/monitoring.
const coldStartMetric = "ColdStartDuration"

// Queries are the figures of one tick, in a fixed order.
//
// A percentile cannot be pooled, so slow requests are counted: TC(500:) are the
// values above 500, TC(:500) those up to it, 500 included; source: CloudWatch
// User Guide, statistics definitions. Both are asked for: where requests were
// counted and neither is there, nothing is known of their times, and that is not
// the same as none slow.
func (s Sides) Queries() []Query {
	all := append(s.blueQueries(), s.greenQueries()...)
	if s.ColdStarts != "" {
		over := milliseconds(s.SlowStart)
		all = append(all, Query{coldStarts, s.ColdStarts, coldStartMetric, "SampleCount", nil}, Query{coldSlow, s.ColdStarts, coldStartMetric, "TC(" + over + ":)", nil})
	}
	for n, d := range s.functions() {
		all = append(all,
			Query{numbered(invocations, n), "AWS/Lambda", "Invocations", "Sum", d},
			Query{numbered(throttles, n), "AWS/Lambda", "Throttles", "Sum", d})
	}
	if s.Proxy != "" {
		// Each node of the proxy tells its figures once a minute, so that their sum
		// is the proxy's, at one minute only.
		proxy := []Dimension{{"ProxyName", s.Proxy}}
		all = append(all, Query{connections, "AWS/RDS", "DatabaseConnections", "Sum", proxy}, Query{mostConnections, "AWS/RDS", "MaxDatabaseConnectionsAllowed", "Sum", proxy})
	}
	if s.Database != "" {
		all = append(all, Query{processor, "AWS/RDS", "CPUUtilization", "Average", []Dimension{{"DBInstanceIdentifier", s.Database}}})
	}
	for n, id := range s.Caches {
		all = append(all, Query{numbered(memory, n), "AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "Maximum", []Dimension{{"CacheClusterId", id}}})
	}
	return all
}

// Gauges names the levels that are measured, in the words of internal/rollout/judge.
func (s Sides) Gauges() []string {
	var all []string
	if s.Proxy != "" {
		all = append(all, judge.Connections)
	}
	if s.Database != "" {
		all = append(all, judge.DatabaseCPU)
	}
	if len(s.Caches) > 0 {
		all = append(all, judge.CacheMemory)
	}
	return all
}

// blueQueries ask for what the targets answered, and for what the load balancer
// answered itself, which it tells only of itself as a whole; source: ALB user
// guide, CloudWatch metrics. Of status codes it tells the classes, and so does an
// API Gateway: rejections are all of 4xx on both sides.
func (s Sides) blueQueries() []Query {
	const alb = "AWS/ApplicationELB"
	own := []Dimension{{"LoadBalancer", s.Blue.Name}}
	targets := s.Blue.target()
	slow := strconv.FormatFloat(s.Blue.Slow.Seconds(), 'f', -1, 64)
	return []Query{
		{blueRequests, alb, "RequestCount", "Sum", targets},
		{blueErrors, alb, "HTTPCode_Target_5XX_Count", "Sum", targets},
		{blueRejected, alb, "HTTPCode_Target_4XX_Count", "Sum", targets},
		{blueOwnErrors, alb, "HTTPCode_ELB_5XX_Count", "Sum", own},
		{blueOwnRejected, alb, "HTTPCode_ELB_4XX_Count", "Sum", own},
		{blueNoTarget, alb, "HTTPCode_ELB_503_Count", "Sum", own},
		{blueFast, alb, "TargetResponseTime", "TC(:" + slow + ")", targets},
		{blueSlow, alb, "TargetResponseTime", "TC(" + slow + ":)", targets},
	}
}

// greenQueries; sources: API Gateway developer guide, metrics and dimensions, and
// metrics for HTTP APIs.
func (s Sides) greenQueries() []Query {
	const gateway = "AWS/ApiGateway"
	name, rejected, failed, stage := "ApiId", "4xx", "5xx", s.Green.Stage
	if s.Green.Type == REST {
		name, rejected, failed = "ApiName", "4XXError", "5XXError"
		if stage == "$default" {
			stage = "" // what cutover.yaml assumes is there for HTTP APIs only
		}
	}
	of := []Dimension{{name, s.Green.Name}}
	if stage != "" {
		of = append(of, Dimension{"Stage", stage})
	}
	slow := milliseconds(s.Green.Slow)
	return []Query{
		{greenRequests, gateway, "Count", "Sum", of},
		{greenErrors, gateway, failed, "Sum", of},
		{greenRejected, gateway, rejected, "Sum", of},
		{greenFast, gateway, "Latency", "TC(:" + slow + ")", of},
		{greenSlow, gateway, "Latency", "TC(" + slow + ":)", of},
	}
}

// functions are the dimensions of what is invoked; none is the whole region.
func (s Sides) functions() [][]Dimension {
	if n := len(s.Functions); n == 0 || n > mostFunctions {
		return [][]Dimension{nil}
	}
	var all [][]Dimension
	for _, name := range s.Functions {
		all = append(all, []Dimension{{"FunctionName", name}})
	}
	return all
}

func numbered(id string, n int) string { return id + strconv.Itoa(n) }

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64)
}
