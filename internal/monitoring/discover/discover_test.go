package discover_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/apigateway"
	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/rds"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
)

var request = discover.Request{App: "lego-api", Project: "LEGO-API", Stage: "production", Region: "us-east-1"}

// start makes an empty cloud; the SDK's real clients speak to it.
func start(t *testing.T) (*cloud.Cloud, discover.Ports) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	tags, e1 := tagging.Open(t.Context(), "")
	functions, e2 := lambda.Open(t.Context(), "", "")
	gateways, e3 := apigateway.Open(t.Context(), "")
	databases, e4 := rds.Open(t.Context(), "")
	metrics, e5 := cloudwatch.Open(t.Context(), "")
	for _, err := range []error{e1, e2, e3, e4, e5} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return c, discover.Ports{Tags: tags, Functions: functions, Gateways: gateways, Databases: databases, Metrics: metrics}
}

const here = ":us-east-1:123456789012:"

var (
	bySST = map[string]string{"sst:app": "lego-api", "sst:stage": "production"}
	byOwn = map[string]string{"Project": "LEGO-API", "Environment": "production"}
)

// stage is a stage with one of everything.
func stage(c *cloud.Cloud) {
	c.Function("api", cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 20, Architectures: []string{"arm64"}, LogFormat: "JSON", LogGroup: "/app/shared"})
	c.Function("worker", cloud.Lambda{})
	c.Tag("arn:aws:lambda"+here+"function:api", bySST)
	c.Tag("arn:aws:lambda"+here+"function:worker", byOwn)
	c.Tag("arn:aws:apigateway:us-east-1::/apis/abc123", bySST)
	c.Tag("arn:aws:apigateway:us-east-1::/apis/abc123/stages/$default", bySST)
	c.Tag("arn:aws:apigateway:us-east-1::/restapis/r1", bySST)
	c.Tag("arn:aws:apigateway:us-east-1::/restapis/r1/stages/prod", bySST)
	c.Tag("arn:aws:apigateway:us-east-1::/restapis/r1/stages/beta", bySST)
	c.RestAPI("r1", "lego rest")
	c.Tag("arn:aws:rds"+here+"db:lego-db", bySST)
	c.Tag("arn:aws:rds"+here+"db-proxy:prx-0123", bySST)
	c.Databases(map[string]string{
		"arn:aws:rds" + here + "db-proxy:prx-0000": "another", "arn:aws:rds" + here + "db-proxy:prx-0123": "lego-proxy", "arn:aws:rds" + here + "db-proxy:prx-0001": "more",
	}, cloud.Database{ID: "lego-db", Engine: "postgres", StorageGB: 50})
	c.Tag("arn:aws:elasticache"+here+"serverlesscache:lego-cache", bySST)
	c.AddMetrics(
		cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"CacheClusterId": "someone-001"}},
		cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"CacheClusterId": "someone-001", "CacheNodeId": "0001"}},
		cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"Another": "lego-cache", "CacheName": "lego-cache"}},
		cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"CacheName": "lego-cache"}},
	)
	c.Tag("arn:aws:es"+here+"domain/lego-search", bySST)
	c.Tag("arn:aws:s3:::lego-images", bySST)
	c.Tag("arn:aws:s3:::another-bucket", map[string]string{"sst:app": "lego-api", "sst:stage": "staging"})
	c.Tag("arn:aws:lambda"+here+"function:staging", map[string]string{"Project": "LEGO-API", "Environment": "staging"})
}

func TestAStageIsFoundByItsTags(t *testing.T) {
	c, p := start(t)
	stage(c)
	var told atomic.Int32
	p.Told = func(done, of int) {
		if told.Add(1); done > of || of != 2 {
			t.Errorf("%d of %d", done, of)
		}
	}
	got, notes, err := discover.Find(t.Context(), p, request)
	if err != nil {
		t.Fatal(err)
	}
	want := monitoring.Inventory{
		Version: 1, Stage: "production", Region: "us-east-1",
		Functions: []monitoring.Function{
			{Name: "api", MemoryMB: 512, TimeoutSeconds: 20, Architecture: "arm64", LogGroup: "/app/shared", LogFormat: "json"},
			{Name: "worker", MemoryMB: 128, TimeoutSeconds: 3, Architecture: "x86_64", LogFormat: "text"},
		},
		APIs: []monitoring.API{{Type: "http", Name: "abc123", Stage: "$default"}, {Type: "rest", Name: "lego rest", Stage: "beta"}, {Type: "rest", Name: "lego rest", Stage: "prod"}},
		RDS:  &monitoring.RDS{Instance: "lego-db", Proxy: "lego-proxy", StorageGB: 50}, Redis: &monitoring.Redis{Kind: "serverless", IDs: []string{"lego-cache"}, Dimension: "CacheName"},
		OpenSearch: &monitoring.OpenSearch{Domain: "lego-search", Account: "123456789012"}, Buckets: []string{"lego-images"},
	}
	one, _ := json.Marshal(got)
	other, _ := json.Marshal(want)
	if string(one) != string(other) {
		t.Errorf("%s\nwant %s", one, other)
	}
	if notes.Found != 12 || len(notes.LeftOut) != 0 || told.Load() != 2 {
		t.Errorf("%+v, told %d times", notes, told.Load())
	}
	if _, err := monitoring.Build(monitoring.Plan{Project: "LEGO-API", Inventory: got}); err != nil {
		t.Errorf("no stack can be made of it: %v", err)
	}
	// Read only: nothing else is asked.
	allowed := []string{"tag:GetResources", "lambda:GetFunctionConfiguration", "apigateway:GET", "rds:DescribeDBInstances", "rds:DescribeDBProxies", "cloudwatch:ListMetrics"}
	for _, call := range c.Calls() {
		if !slices.Contains(allowed, call.Action) {
			t.Errorf("it calls %v", call)
		}
	}
}

func TestWhatIsLeftOutAndUnsaid(t *testing.T) {
	for what, x := range map[string]struct {
		make func(c *cloud.Cloud)
		says string // in the notes
		want string // in the inventory
		not  string
	}{
		"a helper of the CDK": {func(c *cloud.Cloud) {
			c.Function("lego-CustomCDKBucketDeployment8693-x", cloud.Lambda{})
			c.Tag("arn:aws:lambda"+here+"function:lego-CustomCDKBucketDeployment8693-x", bySST)
		}, "a helper of the deployment", `"api"`, "CustomCDK"},
		"a helper by its logical id": {func(c *cloud.Cloud) {
			c.Function("x", cloud.Lambda{})
			c.Tag("arn:aws:lambda"+here+"function:x", map[string]string{"sst:app": "lego-api", "sst:stage": "production", "aws:cloudformation:logical-id": "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a"})
		}, "x: a helper", `"api"`, `"x"`},
		"a copy at the edge": {func(c *cloud.Cloud) {
			c.Function("edge", cloud.Lambda{Edge: true})
			c.Tag("arn:aws:lambda"+here+"function:edge", bySST)
		}, "edge: a copy", `"api"`, `"edge"`},
		"a function that is gone": {func(c *cloud.Cloud) { c.Tag("arn:aws:lambda"+here+"function:old", bySST) }, "old: it is gone", `"api"`, `"old"`},
		"Aurora has no storage": {func(c *cloud.Cloud) {
			c.Databases(nil, cloud.Database{ID: "lego-db", Engine: "aurora-postgresql", Cluster: "lego", StorageGB: 1})
		}, "", `"rds":{"instance":"lego-db"}`, "storage_gb"},
		"a second database": {func(c *cloud.Cloud) {
			c.Tag("arn:aws:rds"+here+"db:zweite", bySST)
			c.Databases(nil, cloud.Database{ID: "lego-db", Engine: "postgres", StorageGB: 5}, cloud.Database{ID: "zweite", Engine: "postgres"})
		}, "The database zweite is not watched", `"instance":"lego-db"`, "zweite"},
		"a proxy alone": {func(c *cloud.Cloud) { c.Tag("arn:aws:rds"+here+"db:lego-db", nil) }, "The proxy lego-proxy is not watched: its database carries no tag", `"api"`, `"rds"`},
		"nodes by their tags": {func(c *cloud.Cloud) {
			c.Tag("arn:aws:elasticache"+here+"serverlesscache:lego-cache", nil)
			c.Tag("arn:aws:elasticache"+here+"cluster:lego-redis-002", bySST)
			c.Tag("arn:aws:elasticache"+here+"cluster:lego-redis-001", bySST)
		}, "", `"redis":{"kind":"node","ids":["lego-redis-001","lego-redis-002"]}`, "serverless"},
		"nodes by their metrics": {func(c *cloud.Cloud) {
			c.Tag("arn:aws:elasticache"+here+"serverlesscache:lego-cache", nil)
			c.Tag("arn:aws:elasticache"+here+"replicationgroup:lego", bySST)
			for _, id := range []string{"lego-001", "lego-0002-001", "lego-more-001", "lego-cache-001"} {
				c.AddMetrics(cloud.Metric{Namespace: "AWS/ElastiCache", Name: "Evictions", Dimensions: map[string]string{"CacheClusterId": id}})
			}
		}, "", `"ids":["lego-0002-001","lego-001"]`, "lego-more"},
		"nodes that nobody has seen yet": {func(c *cloud.Cloud) {
			c.Tag("arn:aws:elasticache"+here+"serverlesscache:lego-cache", nil)
			c.Tag("arn:aws:elasticache"+here+"replicationgroup:new", bySST)
		}, "The nodes of the cache new are not known yet", `"api"`, `"redis"`},
		"a serverless cache without metrics": {func(c *cloud.Cloud) { c.SetMetrics() }, "", `"ids":["lego-cache"]}`, "dimension"},
		"two domains":                        {func(c *cloud.Cloud) { c.Tag("arn:aws:es"+here+"domain/more", bySST) }, "The domain more is not watched", `"domain":"lego-search"`, ""},
		"an API without tagged stages":       {func(c *cloud.Cloud) { c.Tag("arn:aws:apigateway:us-east-1::/apis/abc123/stages/$default", nil) }, "", `{"type":"http","name":"abc123"}`, "$default"},
		"a REST API that is gone":            {func(c *cloud.Cloud) { c.Tag("arn:aws:apigateway:us-east-1::/restapis/r2", bySST) }, "", `"lego rest"`, "r2"},
	} {
		t.Run(what, func(t *testing.T) {
			c, p := start(t)
			stage(c)
			x.make(c)
			got, notes, err := discover.Find(t.Context(), p, request)
			text, _ := json.Marshal(got)
			said, _ := json.Marshal(notes)
			if err != nil || !strings.Contains(string(text), x.want) || x.not != "" && strings.Contains(string(text), x.not) || !strings.Contains(string(said), x.says) {
				t.Errorf("%v, %s, %s", err, text, said)
			}
		})
	}
}

func TestNothingTaggedIsAnError(t *testing.T) {
	c, p := start(t)
	stage(c)
	_, _, err := discover.Find(t.Context(), p, discover.Request{App: "lego-api", Project: "LEGO-API", Stage: "prod", Region: "us-east-1"})
	if fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "sst:stage=prod") {
		t.Error(err)
	}
}

func TestRefusalsHelp(t *testing.T) {
	for call, says := range map[string]string{
		"tag:GetResources": "tag:GetResources on *", "apigateway:GetRestApi": "apigateway:GET on", "rds:DescribeDBInstances": "rds:DescribeDBInstances on", "rds:DescribeDBProxies": "rds:DescribeDBProxies on",
		"cloudwatch:ListMetrics": "cloudwatch:ListMetrics on",
	} {
		c, p := start(t)
		stage(c)
		c.RefuseWatch(func(x string) (int, string) {
			if x == call {
				return 403, "AccessDeniedException"
			}
			return 0, ""
		})
		if got, _, err := discover.Find(t.Context(), p, request); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "very-secret") || len(got.Functions) > 0 {
			t.Errorf("%s: %v, %+v", call, err, got)
		}
	}
	c, p := start(t)
	stage(c)
	c.Refuse(func(string, string) (int, string, string) { return 403, "AccessDeniedException", "no" })
	if _, _, err := discover.Find(t.Context(), p, request); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "lambda:GetFunctionConfiguration") {
		t.Error(err)
	}
}

// Many functions are asked for a few at a time, and throttling is waited out.
func TestManyFunctions(t *testing.T) {
	c, p := start(t)
	for i := range 120 {
		name := fmt.Sprintf("f-%03d", i)
		c.Function(name, cloud.Lambda{})
		c.Tag("arn:aws:lambda"+here+"function:"+name, bySST)
	}
	var now, most, n atomic.Int32
	c.Refuse(func(string, string) (int, string, string) {
		if k := now.Add(1); k > most.Load() {
			most.Store(k)
		}
		time.Sleep(time.Millisecond)
		now.Add(-1)
		if n.Add(1) == 20 {
			return 429, "TooManyRequestsException", "Rate Exceeded."
		}
		return 0, "", ""
	})
	got, _, err := discover.Find(t.Context(), p, request)
	if err != nil || len(got.Functions) != 120 || got.Functions[0].Name != "f-000" || got.Functions[119].Name != "f-119" {
		t.Errorf("%v, %d functions", err, len(got.Functions))
	}
	if m := most.Load(); m > 8 || m < 2 {
		t.Errorf("%d at a time", m)
	}
}
