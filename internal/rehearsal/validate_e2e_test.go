//go:build e2e

package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/load"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// loaded is what load-test.yml keeps of a load on one side: 60,000 requests with
// that many microseconds at the median.
func loaded(t *testing.T, target string, median int64) string {
	t.Helper()
	const n = 60_000
	route := load.Route{Name: "GET /mocs", Requests: n, Status: map[string]int{"200": n}}
	for i := range int64(600) {
		route.Latencies = append(route.Latencies, [2]int64{median/2 + median*i/600, n / 600})
	}
	route.Latency = load.PercentilesOf(route.Latencies)
	began := time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)
	r := load.Result{
		Version: load.Version, Project: "LEGO-API", Stage: "production", Profile: "sustained", Target: target, Began: began, Ended: began.Add(10 * time.Minute),
		RequestedRate: 100, AchievedRate: 100, PeakRate: 100, Valid: true, Invalid: []string{}, Requests: n, Arrivals: n, Status: route.Status, Troubles: map[string]int{},
		Routes: []load.Route{route}, Series: []load.Interval{{Seconds: 600, Target: 100, Rate: 100, Requests: n}},
		Colds: &load.Colds{Count: 400, Durations: [][2]int64{{800_000, 399}, {1_500_000, 1}}},
	}
	r.Latency = load.PercentilesOf(r.Latencies())
	text, err := json.Marshal(r)
	if err == nil {
		_, err = load.ParseResult(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// moved is a production whose week is metered and billed.
type moved struct {
	t        *testing.T
	cloud    *cloud.Cloud
	hub      *loopback.Server
	from, to time.Time
	// blue and green are what the load tests have left, in the runs 4711 and 4712.
	blue, green string
	// unprotected takes the reviewers away from the environment that decides.
	unprotected bool
}

func newMoved(t *testing.T) *moved {
	t.Helper()
	to := time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour)
	m := &moved{t: t, cloud: scaled("production"), from: to.Add(-7 * 24 * time.Hour), to: to}
	m.blue, m.green = loaded(t, "https://blue.api.lego.example.com", 40_000), loaded(t, "https://green.api.lego.example.com", 38_000)
	function, logs := map[string]string{"FunctionName": "lego-api-production-api"}, map[string]string{"LogGroupName": "/aws/lambda/lego-api-production-api"}
	service := map[string]string{"ClusterName": "lego-api", "ServiceName": "lego-api"}
	balancer := map[string]string{"LoadBalancer": trafficALB["LoadBalancer"]}
	for at := m.from; at.Before(to); at = at.Add(time.Hour) {
		const n = 2000
		for name, value := range map[string]float64{"RequestCount": n, "NewConnectionCount": n / 10, "ActiveConnectionCount": n / 5, "ProcessedBytes": n * 1000, "RuleEvaluations": 0, "ConsumedLCUs": 0.1} {
			m.cloud.Observe("AWS/ApplicationELB", name, balancer, at, value)
		}
		m.cloud.Observe("ECS/ContainerInsights", "RunningTaskCount", service, at, 2)
		m.cloud.Observe("AWS/ApiGateway", "Count", trafficAPI, at, n)
		m.cloud.Observe("AWS/ApiGateway", "DataProcessed", trafficAPI, at, n*1000)
		m.cloud.Observe("AWS/Lambda", "Invocations", function, at, n)
		m.cloud.Observe("AWS/Lambda", "Duration", function, at, n*50)
		m.cloud.Observe("AWS/Logs", "IncomingBytes", logs, at, n*200)
	}
	// What AWS billed a day: list prices of two tasks and of a load balancer.
	tags := map[string]string{"Project": "LEGO-API", "Environment": "production"}
	for day := m.from; day.Before(to); day = day.Add(24 * time.Hour) {
		m.cloud.Spent(day, tags, "Amazon Elastic Container Service", "Fargate-vCPU-Hours:perCPU", 2*24*0.04048, 48)
		m.cloud.Spent(day, tags, "Amazon Elastic Container Service", "Fargate-GB-Hours", 4*24*0.004445, 96)
		m.cloud.Spent(day, tags, "Amazon Elastic Load Balancing", "LoadBalancerUsage", 24*0.0225, 24)
	}
	return m
}

// dispatch starts validate.yml as somebody does in the Actions tab.
func (m *moved) dispatch(quiet bool, command, inputs string) rehearsal.Result {
	m.t.Helper()
	o := options(m.t)
	o.Workflow, o.Event, o.Quiet, o.Watched, o.AWS = ".github/workflows/validate.yml", "workflow_dispatch", quiet, "never", m.cloud
	o.Payload = fmt.Sprintf(`{"inputs": {"stage": "production", "decision": "as-reported", "command": %q%s}}`, command, inputs)
	o.Prepare = func(s *loopback.Server, _ *cloud.Cloud) {
		m.hub = s
		s.Leave(4711, "load-result", map[string]string{"load.json": m.blue, "load.html": "<p>"})
		s.Leave(4712, "load-result", map[string]string{"load.json": m.green, "load.html": "<p>"})
		for _, run := range []int64{4711, 4712} {
			s.Know(run, loopback.OtherRun{Attempt: 1, Over: true, File: load.Workflow})
		}
		// Somebody's own, of a branch.
		s.Leave(4714, "load-result", map[string]string{"load.json": m.green, "load.html": "<p>"})
		s.Know(4714, loopback.OtherRun{Attempt: 1, Over: true, File: load.Workflow, Branch: "faster"})
		if m.unprotected {
			s.SetEnvironment(loopback.Environment{Name: "production-decide"})
		}
	}
	began := time.Now()
	r := rehearse(m.t, o)
	m.t.Logf("validate.yml, %s: %v", command, time.Since(began).Round(time.Second))
	return r
}

// both are the inputs of a comparison with the baseline and the metered cost.
func (m *moved) both(run string) string {
	return fmt.Sprintf(`, "load-green": %q, "window-cost": "%s/%s"`, run, m.from.Format(time.RFC3339), m.to.Format(time.RFC3339))
}

const decisionKey = "cutover/decision/production.json"

// Blue is kept before the first shift; then both sides are compared by their load
// tests and what they cost; then a reviewer lets ECS go, with a record that
// everybody can read. Nobody else decides.
//
// Shows: 5.6.1, 5.6.2, 5.6.4, 5.6.5
func TestE2EValidate(t *testing.T) {
	t.Parallel()
	m := newMoved(t)
	kept := m.dispatch(true, "baseline", `, "load-blue": "4711"`)
	ended(t, kept, map[string]loopback.Conclusion{"report": loopback.Success, "decide": loopback.Skipped})
	if !strings.Contains(m.cloud.In(rehearsal.ArchiveBucket, "cutover/baseline/production/blue.json"), "blue.api.lego.example.com") {
		t.Fatal("no baseline is kept")
	}
	m.reported()
	m.refused()
	m.decided()
	for _, call := range m.cloud.Calls() {
		wants := map[bool]string{true: "cutover-decide", false: "cutover-report"}[strings.Contains(call.Resource, "decision/")]
		if call.Role != wants && call.Role != "cutover-decide" {
			t.Errorf("%s calls %s on %s", call.Role, call.Action, call.Resource)
		}
	}
}

func (m *moved) reported() {
	m.t.Helper()
	r := m.dispatch(true, "report", m.both("4712"))
	ended(m.t, r, map[string]loopback.Conclusion{"report": loopback.Success, "decide": loopback.Skipped})
	told := step(m.t, r, "report", "The comparison")
	if told.Outputs["verdict"] != "pass" || told.Outputs["decision"] != "proceed" || told.Outputs["kept"] != "" || !strings.Contains(told.Summary, "Held against the bill") {
		m.t.Fatalf("%v\n%s\n%s", told.Outputs, told.Summary, failedLog(r))
	}
	text := artifact(m.t, r, "comparison", "comparison.json")
	c, err := comparison.ParseReport("comparison.json", []byte(text))
	if err != nil {
		m.t.Fatal(err)
	}
	if c.Verdict != verdict.Pass || c.Cost == nil || c.Billed == nil || len(c.Billed.Rows) < 2 || !strings.Contains(c.Blue.Source, "baseline of") {
		m.t.Errorf("%s, cost %v, billed %+v, blue by %s", c.Verdict, c.Cost, c.Billed, c.Blue.Source)
	}
	for _, row := range c.Billed.Rows {
		if strings.Contains(row.Service, "Container") && !row.Within {
			m.t.Errorf("%+v", row)
		}
	}
	if draft := artifact(m.t, r, "comparison", "decision.md"); !strings.Contains(draft, "nobody yet: a draft") {
		m.t.Error(draft)
	}
	page := artifact(m.t, r, "comparison", "comparison.html")
	if !strings.Contains(page, "<svg") || !strings.Contains(page, "Held against the bill") {
		m.t.Error("the page lacks its pictures or the bill")
	}
	keepPage(m.t, "comparison.html", page)
}

// refused tries what must decide nothing.
func (m *moved) refused() {
	m.t.Helper()
	for name, c := range map[string]struct {
		run, step, says string
		unprotected     bool
	}{
		"a run that there is not": {run: "4713", step: "Load on green", says: "404"},
		"a run of a branch":       {run: "4714", step: "The decision", says: "is a run of another branch"},
		"nobody approves":         {run: "4712", step: "The decision", says: "has not been approved in this run", unprotected: true},
	} {
		m.unprotected = c.unprotected
		r := m.dispatch(true, "decide", m.both(c.run))
		s := step(m.t, r, "decide", c.step)
		if s.Conclusion != loopback.Failure || !strings.Contains(strings.Join(s.Log, "\n"), c.says) || len(m.hub.Pulls()) > 0 || m.cloud.In(rehearsal.ArchiveBucket, decisionKey) != "" {
			m.t.Errorf("%s: %s\n%s", name, s.Conclusion, strings.Join(s.Log, "\n"))
		}
	}
	m.unprotected = false
}

func (m *moved) decided() {
	m.t.Helper()
	r := m.dispatch(false, "decide", m.both("4712"))
	ended(m.t, r, map[string]loopback.Conclusion{"report": loopback.Skipped, "decide": loopback.Success, "told": loopback.Success})
	if m.t.Failed() {
		m.t.FailNow()
	}
	var d struct {
		Decision, Hash, Approver, Report, Record string
		RecordHash                               string `json:"record_hash"`
	}
	if err := json.Unmarshal([]byte(m.cloud.In(rehearsal.ArchiveBucket, decisionKey)), &d); err != nil {
		m.t.Fatal(err)
	}
	record := m.cloud.In(rehearsal.ArchiveBucket, "cutover/"+d.Record)
	if d.Decision != "proceed" || d.Approver != "reviewer" || !strings.Contains(record, "Approver: reviewer") || !strings.Contains(record, d.Hash) {
		m.t.Errorf("%+v\n%s", d, record)
	}
	if m.cloud.In(rehearsal.ArchiveBucket, "cutover/"+d.Report) != artifact(m.t, r, "comparison", "comparison.json") {
		m.t.Error("what was decided on is not what the run shows")
	}
	pulls := m.hub.Pulls()
	if len(pulls) != 1 || !strings.Contains(pulls[0].Body, d.Hash) || pulls[0].Base != "main" {
		m.t.Fatalf("%+v", pulls)
	}
	branch := m.hub.Branch(pulls[0].Head)
	if branch == nil || len(branch.Files) != 1 {
		m.t.Fatalf("%+v", branch)
	}
	for name, text := range branch.Files {
		if !strings.HasPrefix(name, "docs/cutover/decision-production-") || text != record {
			m.t.Errorf("%s\n%s", name, text)
		}
	}
	if len(r.Slack) == 0 || !strings.Contains(fmt.Sprintf("%+v", r.Slack), "Decided: proceed with the decommission") {
		m.t.Errorf("nobody was told: %+v", r.Slack)
	}
}
