package cloudwatch_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
)

func estate() *recommend.Estate {
	return &recommend.Estate{
		From: noon.AddDate(0, 0, -14), To: noon,
		Functions: []recommend.Function{{Name: "warm", Provisioned: 5, ProvisionedUse: -1}, {Name: "cold", ProvisionedUse: -1}},
		Databases: []recommend.Database{{ID: "db", CPU: -1, CPUMost: -1}, {ID: "new", CPU: -1, CPUMost: -1}},
		Caches:    []recommend.Cache{{ID: "redis-001", CPUMost: -1, MemoryMost: -1}},
		Buckets:   []recommend.Bucket{{Name: "images", Unfinished: -1}},
		LogGroups: []recommend.LogGroup{{Name: "/aws/lambda/api"}},
		Gateways:  []recommend.Gateway{{ID: "nat-1"}},
	}
}

// Shows: 5.7.7
func TestEstateFill(t *testing.T) {
	c, _ := start(t)
	c.Time(func() time.Time { return now })
	for h := range 48 {
		at := noon.Add(time.Duration(h-48) * time.Hour)
		cpu := 10.0
		if h == 30 {
			cpu = 70
		}
		c.Observe("AWS/RDS", "CPUUtilization", with("DBInstanceIdentifier", "db"), at, cpu, cpu+2)
		c.Observe("AWS/ElastiCache", "EngineCPUUtilization", with("CacheClusterId", "redis-001"), at, 3)
		c.Observe("AWS/ElastiCache", "DatabaseMemoryUsagePercentage", with("CacheClusterId", "redis-001"), at, 20, 20+float64(h)/2)
		c.Observe("AWS/Logs", "IncomingBytes", with("LogGroupName", "/aws/lambda/api"), at, 1000, 500)
		c.Observe("AWS/NATGateway", "BytesOutToDestination", with("NatGatewayId", "nat-1"), at, 100)
		c.Observe("AWS/NATGateway", "BytesInFromDestination", with("NatGatewayId", "nat-1"), at, 1000)
		c.Observe("AWS/Lambda", "ProvisionedConcurrencyUtilization", with("FunctionName", "warm"), at, 0.1, float64(h)/100)
	}
	for d := range 10 {
		at := noon.Truncate(24*time.Hour).AddDate(0, 0, -d)
		c.Observe("AWS/S3", "BucketSizeBytes", with("BucketName", "images", "StorageType", "StandardStorage"), at, 5e9-1e8*float64(d))
		c.Observe("AWS/S3", "BucketSizeBytes", with("BucketName", "images", "StorageType", "GlacierStorage"), at, 7e9)
		c.Observe("AWS/S3", "NumberOfObjects", with("BucketName", "images", "StorageType", "AllStorageTypes"), at, 100-float64(d))
	}
	x, err := cloudwatch.OpenEstate(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	e := estate()
	x.Fill(t.Context(), e)
	if len(e.Unread) != 0 {
		t.Fatal(e.Unread)
	}
	if f := e.Functions; f[0].ProvisionedUse != 0.47 || f[1].ProvisionedUse != -1 {
		t.Errorf("%+v", f)
	}
	if d := e.Databases; d[0].Hours != 48 || d[0].CPU != 12.25 || d[0].CPUMost != 71 || d[1].Hours != 0 || d[1].CPU != -1 || d[1].CPUMost != -1 {
		t.Errorf("%+v", d)
	}
	if r := e.Caches[0]; r.Hours != 48 || r.CPUMost != 3 || r.MemoryMost != 43.5 {
		t.Errorf("%+v", r)
	}
	if b := e.Buckets[0]; len(b.Bytes) != 2 || b.Bytes["StandardStorage"] != 5e9 || b.Bytes["GlacierStorage"] != 7e9 || b.Grown != 9e8 || b.Objects != 100 {
		t.Errorf("%+v", b)
	}
	if g, n := e.LogGroups[0], e.Gateways[0]; g.Arrived != 48*1500 || n.Hours != 48 || n.Out != 4800 || n.In != 48_000 {
		t.Errorf("%+v %+v", g, n)
	}
}

// What was refused is named, and stays unknown.
func TestEstateUnread(t *testing.T) {
	c, _ := start(t)
	c.Time(func() time.Time { return now })
	c.RefuseMonitoring(http.StatusForbidden, "AccessDenied")
	x, err := cloudwatch.OpenEstate(t.Context(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	e := estate()
	x.Fill(t.Context(), e)
	var what []string
	for _, u := range e.Unread {
		what = append(what, u.What)
		if !strings.Contains(u.Why, "cloudwatch:GetMetricData") {
			t.Error(u.Why)
		}
	}
	if !slices.Equal(what, []string{"functions", "databases", "caches", "buckets", "log groups", "gateways"}) || e.Databases[0].CPU != -1 || e.Functions[0].ProvisionedUse != -1 {
		t.Errorf("%v %+v", what, e.Databases)
	}
	// Nothing is asked where there is nothing.
	none := &recommend.Estate{From: noon.AddDate(0, 0, -14), To: noon}
	if x.Fill(t.Context(), none); len(none.Unread) != 0 {
		t.Error(none.Unread)
	}
}
