package monitoring

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// stores are the sections of what the application keeps its data in.
func (b builder) stores() []dashboard.Section {
	var all []dashboard.Section
	i := b.p.Inventory
	if i.RDS != nil {
		all = append(all, b.database(*i.RDS))
	}
	if i.Redis != nil {
		all = append(all, b.cache(*i.Redis))
	}
	if i.OpenSearch != nil {
		all = append(all, b.searchDomain(*i.OpenSearch))
	}
	if len(i.Buckets) > 0 {
		all = append(all, b.buckets(i.Buckets))
	}
	return all
}

// scaled shows a metric in another unit than its own. Over is how many of its
// own make one of the other.
func scaled(id string, s dashboard.Series, over int) []dashboard.Series {
	return []dashboard.Series{hidden(id, s), formula(s.Label, fmt.Sprintf("%s/%d", id, over))}
}

func (b builder) database(r RDS) dashboard.Section {
	var rows []dashboard.Row
	if r.Proxy != "" {
		// Each node of the proxy tells its figures once a minute: their sum is the
		// proxy's, and only at one minute.
		proxy := func(name, stat, label string) dashboard.Series {
			return metric("AWS/RDS", name, stat, label, dimension("ProxyName", r.Proxy))
		}
		active := proxy("DatabaseConnectionsCurrentlyBorrowed", "Sum", "active")
		active.ID = "active"
		connections := graph(8, "RDS Proxy connections", "connections",
			active, hidden("open", proxy("DatabaseConnections", "Sum", "")), formula("idle", "open-active"))
		connections.Stacked = true
		borrow := graph(8, "RDS Proxy borrow latency", Milliseconds, append(
			scaled("average", proxy("DatabaseConnectionsBorrowLatency", "Average", "average"), 1000),
			scaled("longest", proxy("DatabaseConnectionsBorrowLatency", "Maximum", "longest"), 1000)...)...)
		rows = append(rows, dashboard.Row{connections, b.judged(8, "RDS Proxy: share of its connections in use", "rds-proxy-connections"), borrow})
	}
	instance := func(name, stat, label string) dashboard.Series {
		return metric("AWS/RDS", name, stat, label, dimension("DBInstanceIdentifier", r.Instance))
	}
	width := 12
	if r.StorageGB > 0 {
		width = 8
	}
	cpu := b.drawn(graph(width, "RDS CPU", Percent, instance("CPUUtilization", "Average", "CPU")), Percent, "rds-cpu")
	most := 100.0
	cpu.Left.Max = &most
	free := b.drawn(graph(width, "RDS free memory", gibibytes, scaled("bytes", instance("FreeableMemory", "Minimum", "free memory"), gib)...), gibibytes, "rds-memory")
	machine := dashboard.Row{cpu, free}
	if r.StorageGB > 0 {
		machine = append(machine, b.drawn(graph(width, "RDS free storage", gibibytes, scaled("bytes", instance("FreeStorageSpace", "Minimum", "free storage"), gib)...), gibibytes, "rds-storage"))
	}
	return b.section("Database", b.ringing([]string{"rds-cpu", "rds-memory", "rds-storage", "rds-proxy-connections"}), append(rows, machine)...)
}

// cache shows the nodes of a cache, or a serverless one, which tells its memory
// in bytes and of no limit.
func (b builder) cache(r Redis) dashboard.Section {
	of := func(name, stat string) []dashboard.Series {
		var all []dashboard.Series
		for _, id := range r.IDs {
			all = append(all, metric("AWS/ElastiCache", name, stat, id, ours(evictions(r, id).Series[0].Dimensions)...))
		}
		return all
	}
	most := 100.0
	hits := graph(8, "Redis hit rate", Percent, of("CacheHitRate", "Average")...)
	hits.Left.Max = &most
	memory := graph(8, "Redis memory in use", Percent, of("DatabaseMemoryUsagePercentage", "Maximum")...)
	memory.Left.Max = &most
	if r.Kind == redisServerless {
		memory = graph(8, "Redis memory in use", gibibytes, scaled("bytes", of("BytesUsedForCache", "Maximum")[0], gib)...)
	}
	evicted := b.drawn(graph(8, "Redis evictions", "a minute", of("Evictions", "Sum")...), Count, "redis-evictions")
	return b.section("Redis", []string{"redis-evictions"}, dashboard.Row{hits, memory, evicted})
}

func (b builder) searchDomain(o OpenSearch) dashboard.Section {
	of := func(name, stat, label, colour string) dashboard.Series {
		s := metric("AWS/ES", name, stat, label, dimension("DomainName", o.Domain), dimension("ClientId", o.Account))
		s.Color = colour
		return s
	}
	most := 1.0
	health := b.drawn(graph(8, "OpenSearch health", "1 is the state it is in", of("ClusterStatus.green", "Maximum", "green", green),
		of("ClusterStatus.yellow", "Maximum", "yellow", amber), of("ClusterStatus.red", "Maximum", "red", red)), State, "opensearch-red")
	health.Left.Max = &most
	indexing := graph(8, "OpenSearch indexing", "documents a minute", of("IndexingRate", "Sum", "indexed", ""))
	latency := graph(8, "OpenSearch search latency", Milliseconds, of("SearchLatency", "Average", "average of the nodes", ""), of("SearchLatency", "Maximum", "slowest node", ""))
	return b.section("OpenSearch", []string{"opensearch-red"}, dashboard.Row{health, indexing, latency})
}

// buckets shows requests, which a bucket counts only if it is told to.
func (b builder) buckets(names []string) dashboard.Section {
	of := func(name string) []dashboard.Series {
		var all []dashboard.Series
		for _, bucket := range names {
			all = append(all, metric("AWS/S3", name, "Sum", bucket, dimension("BucketName", bucket), dimension("FilterId", RequestFilter)))
		}
		return all
	}
	return b.section("S3", nil, dashboard.Row{graph(12, "S3 GET requests", "a minute", of("GetRequests")...), graph(12, "S3 PUT requests", "a minute", of("PutRequests")...)})
}

// bucketNotes say what makes the requests of buckets visible. The buckets are
// the application's, so this stack cannot do it.
func (p Plan) bucketNotes() []string {
	if len(p.Inventory.Buckets) == 0 {
		return nil
	}
	bucket := p.Inventory.Buckets[0]
	return []string{fmt.Sprintf("A bucket counts its requests only with a metrics configuration %[1]s, which is its owner's to add: in sst.config.ts new aws.s3.BucketMetric(\"Requests\", { bucket: bucket.name, name: \"%[1]s\" }), "+
		"or aws s3api put-bucket-metrics-configuration --bucket %[2]s --id %[1]s --metrics-configuration Id=%[1]s. Each kind of request then counts as a custom metric, up to 16 a bucket: $0.30 a month each, and not in the estimate.", RequestFilter, bucket)}
}
