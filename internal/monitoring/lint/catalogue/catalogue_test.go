package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
)

var units = []string{"ms", "s", "us", "min", "bytes", "bytes/s", "MiB", "count", "count/s", "count/5min", "percent", "share", "state", "ratio", "usd"}

var kinds = []catalogue.Kind{
	catalogue.Latency, catalogue.Time, catalogue.Age, catalogue.Count, catalogue.Size, catalogue.Gauge, catalogue.Percent, catalogue.Share, catalogue.State,
}

// A slip in the data would become a false finding in somebody's template.
func TestEveryEntryHoldsTogether(t *testing.T) {
	names := catalogue.Names()
	if len(names) < 16 {
		t.Fatalf("%v", names)
	}
	for _, name := range names {
		n, ok := catalogue.Of(name)
		if !ok || !strings.HasPrefix(name, "AWS/") || n.Source == "" || n.Period < 60 || len(n.Dimensions) == 0 || len(n.Metrics) == 0 {
			t.Errorf("%s: %+v", name, n)
		}
		for metric, m := range n.Metrics {
			top, bounded := m.Top()
			switch {
			case !slices.Contains(kinds, m.Kind) || !slices.Contains(units, m.Unit):
				t.Errorf("%s %s: kind %q, unit %q", name, metric, m.Kind, m.Unit)
			case (m.Kind == catalogue.Percent) != (m.Unit == "percent"), (m.Kind == catalogue.State) != (m.Unit == "state"), (m.Kind == catalogue.Share) != (m.Unit == "share"):
				t.Errorf("%s %s: kind %q in %q", name, metric, m.Kind, m.Unit)
			case bounded && (top <= m.Least || m.Low >= top || m.High > top), m.High > 0 && m.Low >= m.High:
				t.Errorf("%s %s: range %v to %v, plausible %v to %v", name, metric, m.Least, top, m.Low, m.High)
			case n.Every(m) < 60:
				t.Errorf("%s %s: every %d s", name, metric, n.Every(m))
			case m.With != "" && !slices.Contains(n.DimensionNames(), m.With):
				t.Errorf("%s %s: with %s", name, metric, m.With)
			case m.One && m.Kind != catalogue.Count, m.Use && m.Kind != catalogue.Percent:
				t.Errorf("%s %s: %+v", name, metric, m)
			}
		}
	}
}

// What the facts of the project say of single metrics.
func TestFactsOfSingleMetrics(t *testing.T) {
	for metric, want := range map[string]struct {
		unit string
		kind catalogue.Kind
	}{
		"AWS/RDS DatabaseConnectionsBorrowLatency": {"us", catalogue.Time}, "AWS/RDS FreeableMemory": {"bytes", catalogue.Gauge},
		"AWS/ApplicationELB TargetResponseTime": {"s", catalogue.Latency}, "AWS/ApiGateway Latency": {"ms", catalogue.Latency},
		"AWS/ApiGateway 5XXError": {"share", catalogue.Share}, "AWS/ApiGateway 5xx": {"share", catalogue.Share},
		"AWS/Lambda Duration": {"ms", catalogue.Latency}, "AWS/ES FreeStorageSpace": {"MiB", catalogue.Gauge}, "AWS/ES SearchLatency": {"ms", catalogue.Time},
		"AWS/Route53 HealthCheckStatus": {"state", catalogue.State}, "AWS/S3 BucketSizeBytes": {"bytes", catalogue.Gauge},
	} {
		name, m, _ := strings.Cut(metric, " ")
		n, _ := catalogue.Of(name)
		if got := n.Metrics[m]; got.Unit != want.unit || got.Kind != want.kind {
			t.Errorf("%s: %+v", metric, got)
		}
	}
	s3, _ := catalogue.Of("AWS/S3")
	if s3.Every(s3.Metrics["BucketSizeBytes"]) != 86400 || !s3.Metrics["GetRequests"].Request || s3.Metrics["BucketSizeBytes"].Request {
		t.Error("S3's periods and configurations")
	}
	es, _ := catalogue.Of("AWS/ES")
	if es.Takes([]string{"DomainName"}) || !es.Takes([]string{"DomainName", "ClientId"}) {
		t.Error("a metric of OpenSearch carries DomainName and ClientId")
	}
	if known, ok := catalogue.Meant("AWS/APIGateway"); !ok || known != "AWS/ApiGateway" {
		t.Error(known)
	}
	if _, ok := catalogue.Meant("AWS/ApiGateway"); ok {
		t.Error("the right name means itself")
	}
}
