//go:build e2e

package rehearsal_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// crossing is a stage whose traffic moves, a hundred times as fast as time: users go
// where the record leads, and CloudWatch counts them minute by minute.
type crossing struct {
	cloud  *cloud.Cloud
	began  time.Time
	broken atomic.Bool
	// direct are requests to green's direct name, which its figures count too.
	direct      atomic.Int64
	blue, green string
	stop        chan struct{}
	done        sync.WaitGroup
}

// pace is how many times as fast AWS's clock runs, each how many users ask in one
// of its minutes.
const (
	pace = 100
	each = 600
)

func (c *crossing) now() time.Time { return c.began.Add(pace * time.Since(c.began)) }

var (
	trafficALB = map[string]string{"LoadBalancer": "app/lego-api/50dc6c495c0c9188", "TargetGroup": "targetgroup/lego-api/73e2d6bc24d8a067"}
	trafficAPI = map[string]string{"ApiId": "a1b2c3d4e5", "Stage": "$default"}
)

const (
	trafficZone   = "Z0123456789ABCDEFGHIJ"
	trafficRecord = "api.lego.example.com"
)

func newCrossing(t *testing.T) *crossing {
	t.Helper()
	c := &crossing{cloud: cloud.New("sst-state-rehearsal"), began: time.Now(), stop: make(chan struct{})}
	c.cloud.Bucket(rehearsal.ArchiveBucket)
	c.cloud.Time(c.now)
	c.cloud.PageRoute53(100)
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) })
	counted := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.direct.Add(1)
		answer(w, r)
	})
	for to, side := range map[*string]http.Handler{&c.blue: answer, &c.green: counted} {
		s := httptest.NewServer(side)
		t.Cleanup(s.Close)
		*to = s.URL
	}
	c.green = strings.Replace(c.green, "127.0.0.1", "localhost", 1)
	c.cloud.SetZone(trafficZone, "lego.example.com", false)
	var sets []cloud.RecordSet
	for _, kind := range []string{"A", "AAAA"} {
		sets = append(sets, cloud.RecordSet{Name: trafficRecord, Type: kind, AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "lego-api-1234567890.us-east-1.elb.amazonaws.com"}})
	}
	c.cloud.SetRecords(trafficZone, sets...)
	c.cloud.ProbeEndpoints(func(string, string) bool { return true })
	c.cloud.SetECS(cloud.ECSService{Cluster: "lego-api", Name: "lego-api", Desired: 2, Running: 2})
	c.cloud.SetScaling("lego-api", "lego-api", &cloud.Scalable{Min: 1, Max: 10})
	c.cloud.Function("lego-api-production-api", cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 29})
	c.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:lego-api-production-api", map[string]string{"sst:app": "lego-api", "sst:stage": "production"})
	c.cloud.SetAlarm(monitoring.VerdictAlarm("LEGO-API", "production"), cloud.Stream{
		Namespace: monitoring.VerdictNamespace, Metric: monitoring.VerdictMetric, Dimensions: map[string]string{"Project": "LEGO-API", "Stage": "production"},
		Statistic: "Minimum", Period: time.Minute, Periods: 1, Operator: "LessThanThreshold", Threshold: 1, Missing: "missing",
	})
	c.cloud.SetAlarm(monitoring.ErrorsAlarm("LEGO-API", "production"), cloud.Stream{
		Namespace: "AWS/ApiGateway", Metric: "5xx", Dimensions: trafficAPI, Statistic: "Average", Period: time.Minute, Periods: 3, Operator: "GreaterThanThreshold", Threshold: 0.5, Missing: "missing",
	})
	for m := range 45 {
		c.count(c.began.Add(time.Duration(m-45)*time.Minute), each, 60, 0)
	}
	c.done.Go(c.users)
	t.Cleanup(func() { close(c.stop); c.done.Wait() })
	return c
}

// users ask, a minute of AWS's time after the other.
func (c *crossing) users() {
	for at := c.began.Truncate(time.Minute); ; at = at.Add(time.Minute) {
		select {
		case <-c.stop:
			return
		case <-time.After(at.Add(time.Minute).Sub(c.now()) / pace):
		}
		green := 0
		for target, part := range c.cloud.Resolve(trafficRecord, "A") {
			if strings.Contains(target, "execute-api") {
				green = int(part*each + 0.5)
			}
		}
		bad := 0
		if c.broken.Load() {
			bad = green / 4
		}
		// Route 53's own checkers ask green too.
		c.count(at, each-green, green+30+int(c.direct.Swap(0)), bad)
	}
}

// count lets CloudWatch have a minute.
func (c *crossing) count(at time.Time, blue, green, bad int) {
	c.cloud.Observe("AWS/ApplicationELB", "HealthyHostCount", trafficALB, at, 4)
	many := func(n int, v float64) []float64 {
		all := make([]float64, n)
		for i := range all {
			all[i] = v
		}
		return all
	}
	c.cloud.Observe("AWS/ApplicationELB", "RequestCount", trafficALB, at, many(blue, 1)...)
	c.cloud.Observe("AWS/ApplicationELB", "TargetResponseTime", trafficALB, at, many(blue, 0.1)...)
	c.cloud.Observe("AWS/ApiGateway", "Count", trafficAPI, at, many(green, 1)...)
	c.cloud.Observe("AWS/ApiGateway", "Latency", trafficAPI, at, many(green, 90)...)
	c.cloud.Observe("AWS/ApiGateway", "4xx", trafficAPI, at, many(green, 0)...)
	c.cloud.Observe("AWS/ApiGateway", "5xx", trafficAPI, at, append(many(green-bad, 0), many(bad, 1)...)...)
	c.cloud.Observe("AWS/Lambda", "Invocations", nil, at, many(green, 1)...)
	c.cloud.Observe("AWS/Lambda", "Throttles", nil, at, many(green, 0)...)
}

// policy has short phases, and no third one that waits for a person.
func (c *crossing) policy() string {
	return fmt.Sprintf(`project: LEGO-API
region: us-east-1
stages:
  production: {url: https://%s, approval: required}
traffic:
  record: %s
  hosted_zone: %s
  blue: {target: lego-api-1234567890.us-east-1.elb.amazonaws.com, alias_zone: Z35SXDOTRQ7X7K, direct: %q, load_balancer: app/lego-api/50dc6c495c0c9188, target_group: targetgroup/lego-api/73e2d6bc24d8a067}
  green: {target: d-a1b2c3d4e5.execute-api.us-east-1.amazonaws.com, alias_zone: Z1UJRXOUMOOFQ8, direct: %q, api: {type: http, name: a1b2c3d4e5}}
  phases: [{weight: 10%%, hold: 9 m}, {weight: 50%%, hold: 9 m}, {weight: 100%%, hold: 9 m}]
  preflight:
    largest_upload: 4 MB
    accept: {migrations: the schema has not changed, connections/unseen-database: there is no database here}
legacy: {cluster: lego-api, service: lego-api}
slack: {channel: "#deployments"}
`, trafficRecord, trafficRecord, trafficZone, c.blue, c.green)
}

// dispatch runs a workflow under act, as somebody starts it in the Actions tab.
func (c *crossing) dispatch(t *testing.T, file, inputs string) rehearsal.Result {
	t.Helper()
	o := options(t)
	o.Workflow, o.Event, o.Payload = ".github/workflows/"+file, "workflow_dispatch", `{"inputs": {`+inputs+`}}`
	o.Overlay = fstest.MapFS{"examples/lego-api/cutover.yaml": {Data: []byte(c.policy())}}
	o.AWS = c.cloud
	o.Vars = map[string]string{"WATCH_FOR": "3h"}
	began := time.Now()
	r := rehearse(t, o)
	t.Logf("%s %s: %v", file, inputs, time.Since(began).Round(time.Second))
	return r
}

// A whole cutover by the workflows, in compressed time: green breaks in its first
// phase and is sent back by the watch; mended, it goes through all phases.
//
// Shows: 5.5.1, 5.5.2, 5.5.4, 5.5.5, 5.5.6, 5.5.7, 5.5.8
func TestE2ETrafficIsShifted(t *testing.T) {
	t.Parallel()
	c := newCrossing(t)
	good := func(job, file, inputs string) rehearsal.Result {
		r := c.dispatch(t, file, inputs)
		ended(t, r, map[string]loopback.Conclusion{job: loopback.Success})
		if t.Failed() {
			t.FailNow()
		}
		return r
	}
	good("decide", "traffic-shift.yml", `"command": "prepare", "apply": "true", "terraform": "none"`)
	good("look", "traffic-shift.yml", `"command": "baseline"`)
	good("look", "traffic-shift.yml", `"command": "preflight"`)
	started := good("decide", "traffic-shift.yml", `"command": "start", "reason": "Monday"`)
	if got := step(t, started, "decide", "The traffic").Outputs; got["weight"] != "10" || got["watching"] != "true" {
		t.Errorf("started: %v", got)
	}
	c.broken.Store(true)
	back := c.dispatch(t, "traffic-watch.yml", "")
	ended(t, back, map[string]loopback.Conclusion{"watch": loopback.Failure})
	if got := step(t, back, "watch", "The traffic").Outputs; got["state"] != "rolled_back" || got["weight"] != "0" {
		t.Fatalf("watched a broken green: %v\n%s", got, failedLog(back))
	}
	for target := range c.cloud.Resolve(trafficRecord, "A") {
		if strings.Contains(target, "execute-api") {
			t.Errorf("users are still led to %s", target)
		}
	}
	c.broken.Store(false)
	good("look", "traffic-shift.yml", `"command": "baseline"`)
	good("decide", "traffic-shift.yml", `"command": "start", "reason": "mended"`)
	end := good("watch", "traffic-watch.yml", "")
	if got := step(t, end, "watch", "The traffic").Outputs; got["state"] != "soaking" || got["weight"] != "100" || got["verdict"] != "pass" {
		t.Errorf("watched: %v", got)
	}
	for _, call := range c.cloud.Calls() {
		if strings.HasPrefix(call.Action, "route53:Change") && call.Role != "cutover-shift" && call.Role != "cutover-watch" {
			t.Errorf("%s calls %s", call.Role, call.Action)
		}
	}
}
