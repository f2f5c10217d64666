package picture

import (
	"math"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// lambda makes the figures of functions. Those of one function fit each other.
func (d data) lambda(s dashboard.Series, key, stat string) []float64 {
	if s.Namespace != "AWS/Lambda" {
		return nil
	}
	function := value(s, "FunctionName")
	rate := requests * d.weight(function)
	invocations := func(i int) float64 { return rate * d.load[i] }
	base := 35 + 90*d.random("duration "+function).Float64()
	duration := func(i int) float64 { return base * (1 + 1.8*d.trouble[i]) }
	switch s.Metric {
	case "Invocations":
		return d.counted(key, invocations)
	case "Errors":
		return d.counted(key, func(i int) float64 { return invocations(i) * (0.0008 + 0.11*d.trouble[i]) })
	case "Throttles":
		return d.counted(key, func(i int) float64 { return invocations(i) * 0.004 * math.Pow(d.trouble[i], 4) })
	case "Duration":
		return d.around(key+stat, 0.05+0.03*spread(stat), func(i int) float64 { return duration(i) * spread(stat) })
	case "ConcurrentExecutions":
		return d.each(func(i int) float64 { return math.Ceil(invocations(i)/60*duration(i)/1000*1.6 + 0.3) })
	}
	return nil
}

func (d data) gateway(s dashboard.Series, key, stat string) []float64 {
	if s.Namespace != "AWS/ApiGateway" {
		return nil
	}
	count := func(i int) float64 { return requests * d.load[i] }
	share := func(i int) float64 { return 0.0006 + 0.09*d.trouble[i] }
	switch s.Metric {
	case "Count":
		return d.counted(key, count)
	case "4xx", "4XXError":
		return d.counted(key, func(i int) float64 { return 0.021 * count(i) })
	case "5xx", "5XXError":
		if stat == "Average" {
			return d.around(key, 0.3, share)
		}
		return d.counted(key, func(i int) float64 { return share(i) * count(i) })
	case "Latency":
		return d.around(key+stat, 0.05+0.03*spread(stat), func(i int) float64 { return 92 * spread(stat) * (1 + 1.6*d.trouble[i]) })
	}
	return nil
}

func (d data) database(s dashboard.Series, key, stat string) []float64 {
	if s.Namespace != "AWS/RDS" {
		return nil
	}
	const gib, most = 1 << 30, 90
	borrowed := func(i int) float64 { return math.Round(4 + 26*d.load[i] + 30*d.trouble[i]) }
	switch s.Metric {
	case "DatabaseConnectionsCurrentlyBorrowed":
		return d.each(borrowed)
	case "DatabaseConnections":
		return d.each(func(i int) float64 { return min(most, math.Round(borrowed(i)+8+5*d.load[i])) })
	case "MaxDatabaseConnectionsAllowed":
		return d.each(func(int) float64 { return most })
	case "DatabaseConnectionsBorrowLatency": // microseconds
		return d.around(key+stat, 0.15, func(i int) float64 { return 900 * spread(stat) * (1 + 6*d.trouble[i]) })
	case "CPUUtilization":
		return d.around(key, 0.08, func(i int) float64 { return min(97, 9+36*d.load[i]+28*d.trouble[i]) })
	case "FreeableMemory":
		return d.around(key, 0.01, func(i int) float64 { return (3.6 - 0.9*d.load[i] - 0.4*d.trouble[i]) * gib })
	case "FreeStorageSpace":
		return d.each(func(i int) float64 { return (61 - 0.4*float64(i)/float64(len(d.times))) * gib })
	}
	return nil
}

// others are the cache, the search and the buckets.
func (d data) others(s dashboard.Series, key, stat string) []float64 {
	switch s.Namespace + " " + s.Metric {
	case "AWS/ElastiCache CacheHitRate":
		return d.around(key, 0.01, func(i int) float64 { return min(99, 93+3*d.load[i]-14*d.trouble[i]) })
	case "AWS/ElastiCache DatabaseMemoryUsagePercentage":
		return d.around(key, 0.01, func(i int) float64 { return 48 + 14*d.load[i] })
	case "AWS/ElastiCache BytesUsedForCache":
		return d.around(key, 0.01, func(i int) float64 { return (1.1 + 0.5*d.load[i]) * (1 << 30) })
	case "AWS/ElastiCache Evictions":
		return d.counted(key, func(i int) float64 { return 30 * max(0, d.load[i]-0.85) })
	case "AWS/ES ClusterStatus.green":
		return d.each(func(i int) float64 { return 1 - math.Floor(d.trouble[i]) })
	case "AWS/ES ClusterStatus.yellow":
		return d.each(func(i int) float64 { return math.Floor(d.trouble[i]) })
	case "AWS/ES ClusterStatus.red":
		return d.each(func(int) float64 { return 0 })
	case "AWS/ES IndexingRate":
		return d.counted(key, func(i int) float64 { return 70 * d.load[i] })
	case "AWS/ES SearchLatency":
		return d.around(key+stat, 0.1, func(i int) float64 { return 9 * spread(stat) / 1.25 * (1 + 0.6*d.trouble[i]) })
	case "AWS/S3 GetRequests":
		return d.counted(key, func(i int) float64 { return 210 * d.load[i] })
	case "AWS/S3 PutRequests":
		return d.counted(key, func(i int) float64 { return 12 * d.load[i] })
	}
	return nil
}

// own are the metrics that only cutover publishes.
func (d data) own(s dashboard.Series, key, stat string) []float64 {
	switch s.Metric {
	case "ColdStartDuration":
		starts := d.counted(key, func(i int) float64 { return 0.05 + 0.25*d.load[i] + 2.5*d.trouble[i] })
		if stat == "SampleCount" {
			return starts
		}
		n := d.noise(key, 0.3)
		return d.each(func(i int) float64 {
			if starts[i] == 0 {
				return math.NaN()
			}
			return 780 + 260*min(math.Abs(n[i]), 3)
		})
	case "DailyCost":
		return d.around(key, 0.09, func(i int) float64 { return 4.3 + 0.06*float64(i) })
	case "GreenWeight":
		return d.steps()
	}
	return nil
}
