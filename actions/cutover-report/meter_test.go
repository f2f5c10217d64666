package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// used lets both sides have a week of users, that many an hour by day and half of
// it by night; green answers a share of them.
func (w *world) used(from, to time.Time, hourly float64) {
	own := map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188"}
	api := map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
	function := map[string]string{"FunctionName": "lego-api-production-mocs"}
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		n := hourly
		if at.Hour() < 8 {
			n /= 2
		}
		for name, value := range map[string]float64{"RequestCount": n / 2, "NewConnectionCount": n / 20, "ActiveConnectionCount": n / 10, "ProcessedBytes": n * 1000, "RuleEvaluations": 0, "ConsumedLCUs": 0.1} {
			w.cloud.Observe("AWS/ApplicationELB", name, own, at, value)
		}
		w.cloud.Observe("ECS/ContainerInsights", "RunningTaskCount", map[string]string{"ClusterName": "lego-api", "ServiceName": "lego-api"}, at, 2)
		w.cloud.Observe("AWS/ApiGateway", "Count", api, at, n/2)
		w.cloud.Observe("AWS/ApiGateway", "DataProcessed", api, at, n*1000)
		w.cloud.Observe("AWS/Lambda", "Invocations", function, at, n/2)
		w.cloud.Observe("AWS/Lambda", "Duration", function, at, n/2*50)
		w.cloud.Observe("AWS/Logs", "IncomingBytes", map[string]string{"LogGroupName": "/aws/lambda/lego-api-production-mocs"}, at, n*200)
	}
}

// What both sides used, times what it costs: savings, both sides' month, and the
// traffic at which they cost the same.
//
// Shows: 5.6.2
func TestMeteredCost(t *testing.T) {
	t.Parallel()
	to := time.Now().UTC().Truncate(time.Hour).Add(-time.Hour)
	from := to.Add(-8 * 24 * time.Hour)
	at := from.Format(time.RFC3339) + "/" + to.Format(time.RFC3339)
	inventory := `{"version":1,"stage":"production","region":"us-east-1","functions":[{"name":"lego-api-production-mocs","memory_mb":512,"architecture":"arm64"}]}`
	for name, c := range map[string]struct {
		hourly float64
		fails  bool
	}{"few users": {1000, false}, "many users": {400_000, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.used(from, to, c.hourly)
			args := []string{"--cost", "-", "--window-cost", at, "--out", "out.json"}
			if c.fails {
				w.write("inventory.json", inventory)
				args = append(args, "--inventory", "inventory.json")
			} else {
				w.cloud.Function("lego-api-production-mocs", cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 20, Architectures: []string{"arm64"}})
				w.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:lego-api-production-mocs", map[string]string{"sst:app": "lego-api", "sst:stage": "production", "Project": "LEGO-API", "Environment": "production"})
			}
			r, got := w.run(cmdReport, args...)
			var whole comparison.Report
			if err := json.Unmarshal([]byte(w.read("out.json")), &whole); err != nil || whole.Cost == nil {
				t.Fatalf("%v\n%s", err, got.Stderr)
			}
			v := whole.Cost
			if v.Days != 8 || math.Abs(v.Traffic.Median-c.hourly*730) > 1 || v.Traffic.Low > v.Traffic.Median || len(v.Curve) == 0 || len(v.Variants) == 0 || !strings.Contains(v.Prices, "us-east-1") || len(v.Blue.Parts) == 0 {
				t.Errorf("%+v", v)
			}
			// Two tasks of a processor and 2 GB with a load balancer; source: the Fargate
			// and the load balancer's pricing pages.
			if v.Blue.Low < 80 || v.Green.PerMillion <= 0 || v.BreakEven == nil || *v.BreakEven < 1e6 {
				t.Errorf("blue %+v, green %+v, equal at %v", v.Blue, v.Green, v.BreakEven)
			}
			sum := 0.0
			for _, part := range v.Green.Parts {
				sum += part.Monthly
			}
			if math.Abs(sum/v.Green.Median-1) > 0.01 {
				t.Errorf("the parts are %f of %f", sum, v.Green.Median)
			}
			if row := r.row("savings"); c.fails != (row.Verdict == verdict.Fail) || row.Observed == nil {
				t.Errorf("%+v", row)
			}
			if len(whole.Files) != 5 {
				t.Errorf("%+v", whole.Files)
			}
		})
	}
	t.Run("nothing was used", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.write("inventory.json", inventory)
		if _, got := w.run(cmdReport, "--cost", "-", "--window-cost", at, "--inventory", "inventory.json"); got.Code != 2 || !strings.Contains(got.Stderr, "holds no traffic") {
			t.Errorf("%d\n%s", got.Code, got.Stderr)
		}
		if _, got := w.run(cmdReport, "--window-cost", at); got.Code != 2 || !strings.Contains(got.Stderr, "given twice") {
			t.Errorf("%d\n%s", got.Code, got.Stderr)
		}
		text := w.read("app/cutover.yaml")
		from, to := strings.Index(text, "\ncost:"), strings.Index(text, "\nbudget:")
		w.write("app/cutover.yaml", text[:from]+text[to:])
		if _, got := w.run(cmdReport, "--cost", "-", "--window-cost", at); got.Code != 2 || !strings.Contains(got.Stderr, "no section cost") {
			t.Errorf("%d\n%s", got.Code, got.Stderr)
		}
	})
}
