package audit_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/lambda"
	"github.com/cutover-dev/cutover/internal/adapter/aws/logs"
	"github.com/cutover-dev/cutover/internal/adapter/aws/sns"
	"github.com/cutover-dev/cutover/internal/adapter/aws/tagging"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud/cloudtest"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/verdict"
)

var update = flag.Bool("update", false, "write the schema anew")

const (
	topic = "arn:aws:sns:us-east-1:123456789012:alerts"
	here  = ":us-east-1:123456789012:"
)

// plan is what the stage should have.
var plan = monitoring.Plan{
	Project: "LEGO-API", Mailboxes: []string{"devops@lego.example.com", "oncall@lego.example.com"}, Failover: &monitoring.Failover{Errors: 100_000, Minutes: 3},
	Inventory: monitoring.Inventory{
		Version: 1, Stage: "production", Region: "us-east-1",
		Functions: []monitoring.Function{{Name: "api", TimeoutSeconds: 10}, {Name: "worker", TimeoutSeconds: 10, LogGroup: "/app/worker"}},
		APIs:      []monitoring.API{{Type: "http", Name: "abc123"}}, RDS: &monitoring.RDS{Instance: "db"}, Buckets: []string{"images"},
	},
}

var kpi = monitoring.Series{Namespace: "LegoApi", Metric: "MocsCreated", Dimensions: []cfn.Dimension{{Name: "service", Value: "api"}}}

var request = audit.Request{Plan: plan, More: []monitoring.Series{kpi}, Topic: topic, Retention: 30 * 24 * time.Hour}

// start makes a cloud in which everything is as it should be.
func start(t *testing.T) (*cloud.Cloud, audit.Ports) {
	t.Helper()
	c, p := empty(t)
	own := map[string]string{"Project": "LEGO-API", "Environment": "production"}
	c.Function("api", cloud.Lambda{Tracing: "Active"})
	c.Function("worker", cloud.Lambda{Tracing: "Active", LogGroup: "/app/worker"})
	c.Tag("arn:aws:lambda"+here+"function:api", own)
	c.Tag("arn:aws:lambda"+here+"function:worker", own)
	for _, group := range []string{"/aws/lambda/api", "/aws/lambda/api-more", "/aws/lambda/ap", "/app/worker"} {
		c.LogGroup(group, 30)
	}
	c.LogGroup("/aws/lambda/api-more", 0)
	c.SetTopic(cloud.Topic{Name: "alerts", Subscriptions: []cloud.Subscription{
		{Protocol: "email", Endpoint: "devops@lego.example.com"}, {Protocol: "email", Endpoint: "OnCall@lego.example.com"}, {Protocol: "lambda", Endpoint: "arn:x"},
	}})
	c.CostTag("Project", "Active")
	c.CostTag("Environment", "Active")
	c.CostTag("Else", "Inactive")
	alarms := []cloud.Alarm{{Name: "LEGO-API-production-unwell", Composite: true, State: "OK", Actions: []string{topic}}, {Name: "LEGO-API-production-eu-rds-cpu", Mute: true}}
	var metrics []cloud.Metric
	for _, a := range plan.Alarms() {
		alarm := cloud.Alarm{Name: plan.AlarmName(a), State: "OK", Actions: []string{topic}}
		for _, s := range a.Series {
			m := metric(s)
			alarm.Metrics, metrics = append(alarm.Metrics, m), append(metrics, m)
		}
		alarms = append(alarms, alarm)
	}
	c.SetAlarms(alarms...)
	c.SetMetrics(append(metrics, metric(kpi), cloud.Metric{Namespace: "AWS/S3", Name: "AllRequests", Dimensions: map[string]string{"BucketName": "images", "FilterId": "all"}})...)
	return c, p
}

func metric(s monitoring.Series) cloud.Metric {
	m := cloud.Metric{Namespace: s.Namespace, Name: s.Metric, Dimensions: map[string]string{}}
	for _, d := range s.Dimensions {
		m.Dimensions[d.Name] = d.Value
	}
	return m
}

// empty makes a cloud in which nothing is; the SDK's real clients speak to it.
func empty(t *testing.T) (*cloud.Cloud, audit.Ports) {
	t.Helper()
	c := cloudtest.Serve(t, cloud.New("state"))
	functions, e1 := lambda.Open(t.Context(), "", "")
	tags, e2 := tagging.Open(t.Context(), "")
	groups, e3 := logs.Open(t.Context(), "")
	watch, e4 := cloudwatch.Open(t.Context(), "")
	topics, e5 := sns.Open(t.Context(), "")
	costs, e6 := costexplorer.Open(t.Context())
	for _, err := range []error{e1, e2, e3, e4, e5, e6} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return c, audit.Ports{Functions: functions, Tags: tags, Groups: groups, Metrics: watch, Alarms: watch, Topics: topics, Costs: costs}
}

func verdicts(r audit.Result) map[string]verdict.Verdict {
	all := map[string]verdict.Verdict{}
	for _, f := range r.Findings {
		all[f.Name] = f.Verdict
	}
	return all
}

func TestAllIsWell(t *testing.T) {
	c, p := start(t)
	told := 0
	p.Told = func(audit.Finding) { told++ }
	r, err := audit.Run(t.Context(), p, request)
	if err != nil || r.Verdict != verdict.Pass || len(r.Findings) != 10 || told != 10 {
		t.Errorf("%v, %s %v", err, r.Lead, verdicts(r))
	}
	for _, f := range r.Findings {
		if f.Verdict != verdict.Pass || f.Sample == 0 || *f.Observed != 0 || len(f.Things) != 0 {
			t.Errorf("%s: %+v", f.Name, f)
		}
	}
	for _, call := range c.Calls() {
		verb := call.Action[strings.IndexByte(call.Action, ':')+1:]
		if !strings.HasPrefix(verb, "Get") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Describe") {
			t.Errorf("an audit changes nothing, and calls %v", call)
		}
	}
}

// without takes metrics away.
func without(c *cloud.Cloud, gone func(m cloud.Metric) bool) {
	var kept []cloud.Metric
	for _, m := range everything() {
		if !gone(m) {
			kept = append(kept, m)
		}
	}
	c.SetMetrics(kept...)
}

func everything() []cloud.Metric {
	var all []cloud.Metric
	for _, a := range plan.Alarms() {
		for _, s := range a.Series {
			all = append(all, metric(s))
		}
	}
	return append(all, metric(kpi), cloud.Metric{Namespace: "AWS/S3", Name: "AllRequests", Dimensions: map[string]string{"BucketName": "images", "FilterId": "all"}})
}

func is(name, dimension string) func(cloud.Metric) bool {
	return func(m cloud.Metric) bool {
		_, has := m.Dimensions[dimension]
		return m.Name == name && (dimension == "" || has)
	}
}

func TestEachRuleIsHeld(t *testing.T) {
	const fail, open = verdict.Fail, verdict.Inconclusive
	for what, x := range map[string]struct {
		spoil func(c *cloud.Cloud, r *audit.Request)
		rule  string
		want  verdict.Verdict
		says  string
	}{
		"no cutover has begun":  {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("GreenHealthy", "")) }, "metrics", open, "only while traffic is being shifted"},
		"its alarm has no data": {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("GreenHealthy", "")) }, "alarms", open, "LEGO-API-production-green-verdict"},
		"an alarm of DNS is gone": {func(c *cloud.Cloud, _ *audit.Request) {
			c.SetAlarms(slices.DeleteFunc(c.Alarms(), func(a cloud.Alarm) bool { return a.Name == monitoring.ErrorsAlarm("LEGO-API", "production") })...)
		}, "alarms", fail, "LEGO-API-production-green-5xx"},
		"no function is known":     {func(_ *cloud.Cloud, r *audit.Request) { r.Plan.Inventory.Functions = nil }, "functions", fail, "No function"},
		"a function is gone":       {func(c *cloud.Cloud, _ *audit.Request) { c.Remove("worker") }, "functions", fail, "no such function"},
		"a function is not traced": {func(c *cloud.Cloud, _ *audit.Request) { c.Function("api", cloud.Lambda{}) }, "tracing", fail, "PassThrough"},
		"a function has no tags":   {func(c *cloud.Cloud, _ *audit.Request) { c.Tag("arn:aws:lambda"+here+"function:api", nil) }, "tags", fail, `"api"`},
		"a function has another stage's tags": {func(c *cloud.Cloud, _ *audit.Request) {
			c.Tag("arn:aws:lambda"+here+"function:api", map[string]string{"Project": "LEGO-API", "Environment": "staging"})
		}, "tags", fail, `"api"`},
		"only a longer name has tags": {func(c *cloud.Cloud, _ *audit.Request) {
			c.Tag("arn:aws:lambda"+here+"function:api", nil)
			c.Tag("arn:aws:lambda"+here+"function:my-api", map[string]string{"Project": "LEGO-API", "Environment": "production"})
		}, "tags", fail, `"api"`},
		"logs are kept for ever":  {func(c *cloud.Cloud, _ *audit.Request) { c.LogGroup("/aws/lambda/api", 0) }, "log_retention", fail, "kept for ever, not for 30 days"},
		"logs are kept too short": {func(c *cloud.Cloud, _ *audit.Request) { c.LogGroup("/app/worker", 1) }, "log_retention", fail, "for a day, not"},
		"there is no log group":   {func(c *cloud.Cloud, _ *audit.Request) { c.LogGroup("/aws/lambda/api", -1) }, "log_retention", fail, "no such log group"},
		"an API without data":     {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("5xx", "")) }, "metrics", fail, "AWS/ApiGateway 5xx ApiId=abc123"},
		"a metric with one dimension more": {func(c *cloud.Cloud, _ *audit.Request) {
			without(c, is("CPUUtilization", ""))
			c.AddMetrics(cloud.Metric{Namespace: "AWS/RDS", Name: "CPUUtilization", Dimensions: map[string]string{"DBInstanceIdentifier": "db", "Role": "x"}})
		}, "metrics", fail, "CPUUtilization"},
		"a database that is silent": {func(c *cloud.Cloud, _ *audit.Request) {
			without(c, is("CPUUtilization", ""))
			c.AddMetrics(cloud.Metric{Namespace: "AWS/RDS", Name: "CPUUtilization", Dimensions: map[string]string{"DBInstanceIdentifier": "db"}, Last: time.Now().Add(-4 * time.Hour)})
		}, "metrics", fail, "no data for three hours"},
		"a KPI that nobody emits": {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("MocsCreated", "")) }, "metrics", fail, "MocsCreated service=api"},
		"no cold start yet":       {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("ColdStartDuration", "")) }, "metrics", open, "no cold start"},
		"a function that was never invoked": {func(c *cloud.Cloud, _ *audit.Request) {
			without(c, func(m cloud.Metric) bool { return m.Dimensions["FunctionName"] == "worker" })
		}, "metrics", open, "Nothing was invoked"},
		"an invoked function without Errors": {func(c *cloud.Cloud, _ *audit.Request) {
			without(c, func(m cloud.Metric) bool { return m.Dimensions["FunctionName"] == "worker" && m.Name == "Errors" })
		}, "metrics", fail, "AWS/Lambda Errors FunctionName=worker"},
		"a bucket without request metrics": {func(c *cloud.Cloud, _ *audit.Request) { without(c, is("AllRequests", "")) }, "request_metrics", fail, "put-bucket-metrics-configuration --bucket images"},
		"a bucket with a metric of another kind": {func(c *cloud.Cloud, _ *audit.Request) {
			without(c, is("AllRequests", ""))
			c.AddMetrics(cloud.Metric{Namespace: "AWS/S3", Name: "AllRequests", Dimensions: map[string]string{"BucketName": "images", "StorageType": "x"}})
		}, "request_metrics", fail, "put-bucket-metrics-configuration --bucket images"},
		"an alarm is missing":          {func(c *cloud.Cloud, _ *audit.Request) { c.SetAlarms(c.Alarms()[1:]...) }, "alarms", fail, "LEGO-API-production-unwell"},
		"an alarm is switched off":     {change(func(a *cloud.Alarm) { a.Mute = true }), "alarms", fail, "switched off"},
		"an alarm tells another topic": {change(func(a *cloud.Alarm) { a.Actions = []string{topic + "-old"} }), "alarms", fail, "does not tell the topic"},
		"an alarm watches nothing":     {change(func(a *cloud.Alarm) { a.Metrics = nil }), "alarms", fail, "watches no metric"},
		"an alarm watches a dimension that is not there": {change(func(a *cloud.Alarm) {
			a.Metrics = []cloud.Metric{{Namespace: "AWS/RDS", Name: "CPUUtilization", Dimensions: map[string]string{"DBInstanceIdentifier": "old"}}}
		}), "alarms", fail, "It watches AWS/RDS CPUUtilization DBInstanceIdentifier=old"},
		"an alarm watches a name that is not there": {change(func(a *cloud.Alarm) {
			a.Metrics = []cloud.Metric{{Namespace: "AWS/RDS", Name: "CpuUtilization", Dimensions: map[string]string{"DBInstanceIdentifier": "db"}}}
		}), "alarms", fail, "CpuUtilization"},
		"nobody is subscribed":          {topicOf(), "subscriptions", fail, "Nobody is subscribed"},
		"a subscription is pending":     {topicOf(cloud.Subscription{Endpoint: "devops@lego.example.com"}, cloud.Subscription{Endpoint: "oncall@lego.example.com"}, cloud.Subscription{Endpoint: "cfo@lego.example.com", Pending: true}), "subscriptions", fail, "c…@lego.example.com"},
		"a mailbox is not subscribed":   {topicOf(cloud.Subscription{Endpoint: "devops@lego.example.com"}), "mailboxes", fail, "o…@lego.example.com"},
		"a mailbox has not confirmed":   {topicOf(cloud.Subscription{Endpoint: "devops@lego.example.com"}, cloud.Subscription{Endpoint: "oncall@lego.example.com", Pending: true}), "mailboxes", fail, "o…@lego.example.com"},
		"a cost tag is not active":      {func(c *cloud.Cloud, _ *audit.Request) { c.CostTag("Project", "Inactive") }, "cost_tags", fail, "sees nothing"},
		"another account pays":          {func(c *cloud.Cloud, _ *audit.Request) { c.Linked(true) }, "cost_tags", open, "Another account pays"},
		"the costs may not be read":     {refuse("ce:ListCostAllocationTags"), "cost_tags", open, "ce:ListCostAllocationTags"},
		"the logs may not be read":      {refuse("logs:DescribeLogGroups"), "log_retention", open, "logs:DescribeLogGroups"},
		"the metrics may not be listed": {refuse("cloudwatch:ListMetrics"), "metrics", open, "cloudwatch:ListMetrics"},
		"the tags may not be read":      {refuse("tag:GetResources"), "tags", open, "tag:GetResources"},
		"the alarms may not be read":    {refuse("cloudwatch:DescribeAlarms"), "alarms", open, "cloudwatch:DescribeAlarms"},
		"the topic may not be asked":    {refuse("sns:ListSubscriptionsByTopic"), "subscriptions", open, "sns:ListSubscriptionsByTopic"},
		"the functions may not be looked": {func(c *cloud.Cloud, _ *audit.Request) {
			c.Refuse(func(string, string) (int, string, string) { return 403, "AccessDeniedException", "no" })
		}, "functions", open, "lambda:GetFunctionConfiguration"},
	} {
		t.Run(what, func(t *testing.T) {
			c, p := start(t)
			r := request
			x.spoil(c, &r)
			got, err := audit.Run(t.Context(), p, r)
			i := slices.IndexFunc(got.Findings, func(f audit.Finding) bool { return f.Name == x.rule })
			if err != nil || i < 0 {
				t.Fatalf("%v, %v", err, verdicts(got))
			}
			f := got.Findings[i]
			text, _ := json.Marshal(f)
			if f.Verdict != x.want || !strings.Contains(string(text), x.says) || f.Change == "" && f.Name != "request_metrics" || got.Verdict == verdict.Pass || got.Verdict != x.want && x.want == fail {
				t.Errorf("%s, all %s: %s", f.Verdict, got.Verdict, text)
			}
			if strings.Contains(string(text), "very-secret") || strings.Contains(string(text), "oncall@") {
				t.Errorf("it says too much: %s", text)
			}
		})
	}
}

func change(f func(a *cloud.Alarm)) func(*cloud.Cloud, *audit.Request) {
	return func(c *cloud.Cloud, _ *audit.Request) {
		all := c.Alarms()
		f(&all[slices.IndexFunc(all, func(a cloud.Alarm) bool { return a.Name == "LEGO-API-production-rds-cpu" })])
		c.SetAlarms(all...)
	}
}

func topicOf(s ...cloud.Subscription) func(*cloud.Cloud, *audit.Request) {
	return func(c *cloud.Cloud, _ *audit.Request) { c.SetTopic(cloud.Topic{Name: "alerts", Subscriptions: s}) }
}

func refuse(call string) func(*cloud.Cloud, *audit.Request) {
	return func(c *cloud.Cloud, _ *audit.Request) {
		c.RefuseWatch(func(x string) (int, string) {
			if x == call {
				return 403, "AccessDenied"
			}
			return 0, ""
		})
	}
}

// A metric in which something happened within two weeks is no fault, and so is
// one that a stage does not have.
func TestQuietIsNoFault(t *testing.T) {
	c, p := start(t)
	var all []cloud.Metric
	for _, m := range everything() {
		if m.Namespace == "AWS/ApiGateway" || m.Namespace == "AWS/Lambda" {
			m.Last = time.Now().Add(-50 * time.Hour)
		}
		all = append(all, m)
	}
	c.SetMetrics(all...)
	r := request
	r.Plan.Inventory.Buckets, r.Plan.Mailboxes = nil, nil
	got, err := audit.Run(t.Context(), p, r)
	if err != nil || got.Verdict != verdict.Pass || got.Lead != "All 8 rules hold." {
		t.Errorf("%v, %s %v", err, got.Lead, verdicts(got))
	}
}

// An answer that is empty, from an emulator that says yes to everything, passes
// nowhere.
func TestAnEmptyAnswerIsNoPass(t *testing.T) {
	c, p := empty(t)
	c.SetTopic(cloud.Topic{Name: "alerts"})
	for _, r := range []audit.Request{request, {Plan: monitoring.Plan{Project: "LEGO-API", Inventory: monitoring.Inventory{Stage: "production"}}, Topic: topic}} {
		got, err := audit.Run(t.Context(), p, r)
		if err != nil || got.Verdict != verdict.Fail {
			t.Errorf("%v, %s", err, got.Verdict)
		}
		for name, v := range verdicts(got) {
			if v == verdict.Pass {
				t.Errorf("%s passes where nothing is", name)
			}
		}
	}
}

func TestNothingCouldBeSeen(t *testing.T) {
	c, p := start(t)
	c.Refuse(func(string, string) (int, string, string) { return 403, "AccessDeniedException", "no" })
	c.RefuseWatch(func(string) (int, string) { return 403, "AccessDeniedException" })
	r, err := audit.Run(t.Context(), p, request)
	if fault.KindOf(err) != fault.Input || r.Verdict != verdict.Inconclusive {
		t.Errorf("%v, %s", err, r.Verdict)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err = audit.Run(ctx, p, request); err == nil || r.Verdict == verdict.Pass {
		t.Errorf("%v, %s", err, r.Verdict)
	}
}

func TestBudgetIsFilteredByATagThatIsActiveOnly(t *testing.T) {
	for what, x := range map[string]struct {
		spoil func(c *cloud.Cloud, r *audit.Request)
		want  bool
		kind  fault.Kind
	}{
		"active":               {func(*cloud.Cloud, *audit.Request) {}, true, 0},
		"inactive":             {func(c *cloud.Cloud, _ *audit.Request) { c.CostTag("Project", "Inactive") }, false, 0},
		"the other is not":     {func(c *cloud.Cloud, _ *audit.Request) { c.CostTag("Environment", "Inactive") }, true, 0},
		"another account pays": {func(c *cloud.Cloud, _ *audit.Request) { c.Linked(true) }, false, 0},
		"it may not be read":   {refuse("ce:ListCostAllocationTags"), false, 0},
		"it is out of order": {func(c *cloud.Cloud, _ *audit.Request) {
			c.RefuseWatch(func(string) (int, string) { return 400, "DataUnavailableException" })
		}, false, fault.Outside},
	} {
		c, p := start(t)
		x.spoil(c, nil)
		got, why, err := audit.BudgetFiltered(t.Context(), p.Costs)
		if got != x.want || fault.KindOf(err) != x.kind || (why == "") != (x.want || x.kind != 0) {
			t.Errorf("%s: %v, %q, %v", what, got, why, err)
		}
	}
}

func TestResultFollowsItsSchema(t *testing.T) {
	schema := schematest.Of(t, "../../../schemas/monitoring-audit.schema.json", "Audit of the monitoring", "Whether what should watch a stage does.", audit.Result{}, *update)
	c, p := start(t)
	refuse("cloudwatch:ListMetrics")(c, nil)
	c.Function("api", cloud.Lambda{})
	r, err := audit.Run(t.Context(), p, request)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(r)
	if err := schema.Check(string(text)); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	if d := r.Document(); d.Verdict != verdict.Fail || len(d.Blocks) != 2 {
		t.Errorf("%s", fmt.Sprintf("%+v", d)[:300])
	}
}
