package monitoring

import "github.com/cutover-dev/cutover/internal/monitoring/cfn"

// PerFunction is up to how many functions each has its own alarms. More are
// watched together by what Lambda sums over the region: 200 functions with
// alarms of their own cost more than the application's budget for watching.
const PerFunction = 10

// Metric math over shares; a period without requests is one without errors.
const percentOf = "IF(all>0,100*bad/all,0)"

func lambda(id, metric, stat, function string) Series {
	s := Series{ID: id, Namespace: "AWS/Lambda", Metric: metric, Stat: stat}
	if function != "" {
		s.Dimensions = []cfn.Dimension{{Name: "FunctionName", Value: function}}
	}
	return s
}

// lambdaAlarms watch each function, or all of the region together.
func lambdaAlarms(functions []Function) []Alarm {
	if len(functions) == 0 || len(functions) > PerFunction {
		return []Alarm{errorRate(""), throttles("")}
	}
	var all []Alarm
	for _, f := range functions {
		all = append(all, errorRate(f.Name), throttles(f.Name))
		if f.TimeoutSeconds > 0 {
			all = append(all, nearTimeout(f))
		}
	}
	return all
}

func errorRate(function string) Alarm {
	return Alarm{
		ID: "lambda-error-rate", Subject: function, Severity: Critical,
		Title: "More than 5% of the invocations fail", Means: "Users get errors.",
		Series:     []Series{lambda("bad", "Errors", "Sum", function), lambda("all", "Invocations", "Sum", function)},
		Expression: percentOf, Unit: Percent, Threshold: 5, Period: 300, Datapoints: 1, OutOf: 1, Missing: Quiet,
	}
}

func throttles(function string) Alarm {
	return Alarm{
		ID: "lambda-throttles", Subject: function, Severity: Warning,
		Title: "More than 10 invocations in 5 minutes are refused for want of concurrency", Means: "Callers get 429 or wait for a retry.",
		Series: []Series{lambda("m", "Throttles", "Sum", function)},
		Unit:   Count, Threshold: 10, Period: 300, Datapoints: 1, OutOf: 1, Missing: Quiet,
	}
}

// nearTimeout rings at nine tenths of what the function may take.
func nearTimeout(f Function) Alarm {
	return Alarm{
		ID: "lambda-near-timeout", Subject: f.Name, Severity: Warning,
		Title: "Invocations take nine tenths of the function's timeout", Means: "A little slower, and they are cut off.",
		Series: []Series{lambda("m", "Duration", "Maximum", f.Name)},
		Unit:   Milliseconds, Threshold: float64(f.TimeoutSeconds) * 900, Period: 60, Datapoints: 3, OutOf: 5, Missing: Quiet,
	}
}

// coldStartMetric is fed by the stack's own metric filters: Lambda has none.
const coldStartMetric = "ColdStartDuration"

func coldStarts(own string) Alarm {
	return Alarm{
		ID: "cold-start", Severity: Warning,
		Title: "The slowest hundredth of the cold starts takes more than 2 s", Means: "First requests to new environments are slow.",
		Series: []Series{{ID: "m", Namespace: own, Metric: coldStartMetric, Stat: "p99"}},
		Unit:   Milliseconds, Threshold: 2000, Period: 300, Datapoints: 2, OutOf: 3, Missing: Quiet,
	}
}

// subject names an API where there are several.
func (a API) subject() string {
	if a.Stage == "" {
		return a.Name
	}
	return a.Name + "/" + a.Stage
}

func (a API) series(id, metric, stat string) Series {
	name := "ApiId"
	if a.Type == apiREST {
		name = "ApiName"
	}
	s := Series{ID: id, Namespace: "AWS/ApiGateway", Metric: metric, Stat: stat, Dimensions: []cfn.Dimension{{Name: name, Value: a.Name}}}
	if a.Stage != "" {
		s.Dimensions = append(s.Dimensions, cfn.Dimension{Name: "Stage", Value: a.Stage})
	}
	return s
}

// apiErrors is the share of requests that were answered with 5xx. The average
// of a REST API's metric is that share; an HTTP API only counts.
func apiErrors(api API, subject string) Alarm {
	a := Alarm{
		ID: "api-5xx", Subject: subject, Severity: Critical,
		Title: "More than 3% of the requests are answered with 5xx", Means: "Users get errors.",
		Series: []Series{api.series("m", "5XXError", "Average")}, Unit: Share, Threshold: 0.03,
		Period: 300, Datapoints: 1, OutOf: 1, Missing: Quiet,
	}
	if api.Type == apiHTTP {
		a.Series = []Series{api.series("bad", "5xx", "Sum"), api.series("all", "Count", "Sum")}
		a.Expression, a.Unit, a.Threshold = percentOf, Percent, 3
	}
	return a
}

func apiLatency(api API, subject string) Alarm {
	return Alarm{
		ID: "api-latency", Subject: subject, Severity: Warning,
		Title: "The slowest hundredth of the requests takes more than 3 s", Means: "Some users wait.",
		Series: []Series{api.series("m", "Latency", "p99")},
		Unit:   Milliseconds, Threshold: 3000, Period: 60, Datapoints: 3, OutOf: 5, Missing: Quiet,
	}
}

// databaseAlarms watch an instance, and its proxy if there is one.
func databaseAlarms(r RDS) []Alarm {
	instance := func(metric, stat string) []Series {
		return []Series{{ID: "m", Namespace: "AWS/RDS", Metric: metric, Stat: stat, Dimensions: []cfn.Dimension{{Name: "DBInstanceIdentifier", Value: r.Instance}}}}
	}
	all := []Alarm{{
		ID: "rds-cpu", Severity: Warning, Title: "The database uses more than 80% of its CPU", Means: "Queries queue up soon.",
		Series: instance("CPUUtilization", "Average"), Unit: Percent, Threshold: 80, Period: 60, Datapoints: 5, OutOf: 5, Missing: Unknown,
	}, {
		ID: "rds-memory", Severity: Warning, Title: "The database has less than 1 GiB of memory left", Means: "It begins to read from disk, then to swap.",
		Series: instance("FreeableMemory", "Minimum"), Unit: Bytes, Below: true, Threshold: gib, Period: 60, Datapoints: 5, OutOf: 5, Missing: Unknown,
	}}
	if r.StorageGB > 0 {
		all = append(all, Alarm{
			ID: "rds-storage", Severity: Warning, Title: "The database has less than a tenth of its storage left", Means: "When it is full, it stops.",
			Series: instance("FreeStorageSpace", "Minimum"), Unit: Bytes, Below: true, Threshold: float64(r.StorageGB) * gib / 10, Period: 300, Datapoints: 3, OutOf: 3, Missing: Unknown,
		})
	}
	if r.Proxy == "" {
		return all
	}
	// The proxy's figures are told once by each of its nodes in a minute: only
	// Sum at 60 s is their total.
	proxy := func(id, metric string) Series {
		return Series{ID: id, Namespace: "AWS/RDS", Metric: metric, Stat: "Sum", Dimensions: []cfn.Dimension{{Name: "ProxyName", Value: r.Proxy}}}
	}
	return append(all, Alarm{
		ID: "rds-proxy-connections", Severity: Warning, Title: "The proxy uses more than 80% of its connections to the database", Means: "At 100% requests wait, then fail, on both sides of the cutover.",
		Series:     []Series{proxy("bad", "DatabaseConnections"), proxy("all", "MaxDatabaseConnectionsAllowed")},
		Expression: percentOf, Unit: Percent, Threshold: 80, Period: 60, Datapoints: 3, OutOf: 5, Missing: Quiet,
	})
}

// serverlessDimension is what serverless caches carry unless the inventory
// found another.
const serverlessDimension = "clusterId"

func evictions(r Redis, id string) Alarm {
	name, subject := "CacheClusterId", ""
	if r.Kind == redisServerless {
		if name = r.Dimension; name == "" {
			name = serverlessDimension
		}
	}
	if len(r.IDs) > 1 {
		subject = id
	}
	return Alarm{
		ID: "redis-evictions", Subject: subject, Severity: Warning, Title: "The cache throws out more than 100 keys a minute", Means: "It is full; what was cached is asked of the database.",
		Series: []Series{{ID: "m", Namespace: "AWS/ElastiCache", Metric: "Evictions", Stat: "Sum", Dimensions: []cfn.Dimension{{Name: name, Value: id}}}},
		Unit:   Count, Threshold: 100, Period: 60, Datapoints: 3, OutOf: 5, Missing: Unknown,
	}
}

func clusterRed(o OpenSearch) Alarm {
	return Alarm{
		ID: "opensearch-red", Severity: Critical, Title: "The search cluster is red", Means: "A primary shard is missing: searches fail or miss documents.",
		Series: []Series{{
			ID: "m", Namespace: "AWS/ES", Metric: "ClusterStatus.red", Stat: "Maximum",
			Dimensions: []cfn.Dimension{{Name: "DomainName", Value: o.Domain}, {Name: "ClientId", Value: o.Account}},
		}},
		Unit: State, Threshold: 1, Period: 60, Datapoints: 1, OutOf: 1, Missing: Unknown,
	}
}
