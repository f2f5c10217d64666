//go:build e2e

package rehearsal_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// costly is a production that costs more since last week, all of it tagged.
func costly(t *testing.T) *cloud.Cloud {
	t.Helper()
	c := scaled("production")
	state, err := os.ReadFile("../cost/tagged/testdata/all-tagged.state.json")
	if err != nil {
		t.Fatal(err)
	}
	c.Put("app/lego-api/production.json", string(state))
	tags := map[string]string{"Project": "LEGO-API", "Environment": "production"}
	for _, arn := range strings.Split(string(state), `"`) {
		if strings.HasPrefix(arn, "arn:aws:") {
			c.Tag(strings.TrimSuffix(arn, ":*"), tags)
		}
	}
	for _, arn := range []string{
		"arn:aws:s3:::lego-api-production-images", "arn:aws:es:us-east-1:123456789012:domain/lego-production",
		"arn:aws:rds:us-east-1:123456789012:db:lego-api-production", "arn:aws:elasticache:us-east-1:123456789012:cluster:lego-api-production-001",
	} {
		c.Tag(arn, tags)
	}
	c.CostTag("Project", "Active")
	c.CostTag("Environment", "Inactive")
	today := time.Now().UTC().Truncate(24 * time.Hour)
	for n := 70; n >= 1; n-- {
		day, usd := today.AddDate(0, 0, -n), 4.0+0.2*float64(n%5)
		if n <= 5 {
			usd *= 3
		}
		c.Spent(day, tags, "AWS Lambda", "Lambda-GB-Second-ARM", usd, usd*75_000)
		c.Spent(day, tags, "Amazon Relational Database Service", "InstanceUsage:db.t4g.medium", 1.6, 24)
	}
	for at := today.AddDate(0, 0, -30); at.Before(today); at = at.Add(time.Hour) {
		c.Observe("AWS/ApiGateway", "Count", trafficAPI, at, 4000)
	}
	c.LogGroup("/aws/lambda/lego-api-production-api", 0)
	c.Stored("/aws/lambda/lego-api-production-api", 40e9)
	c.Databases(nil, cloud.Database{ID: "lego-api-production", Engine: "postgres", StorageGB: 20, Created: today.AddDate(-1, 0, 0)})
	c.CacheNodes(cloud.CacheNode{ID: "lego-api-production-001", Type: "cache.t4g.small", Created: today.AddDate(-1, 0, 0)})
	c.Bucket("lego-api-production-images")
	return c
}

func cost(t *testing.T, c *cloud.Cloud, event, payload string, hub **loopback.Server) rehearsal.Result {
	t.Helper()
	o := options(t)
	o.Workflow, o.Event, o.Payload, o.Watched, o.AWS = ".github/workflows/cost.yml", event, payload, "never", c
	o.Prepare = func(s *loopback.Server, _ *cloud.Cloud) {
		*hub = s
		s.Assignable("octocat")
	}
	began := time.Now()
	r := rehearse(t, o)
	t.Logf("cost.yml, %s: %v", payload, time.Since(began).Round(time.Second))
	return r
}

// What was spent is known each day, tags are held, and a review is opened with all
// of it, by somebody who asks for it or by the calendar.
//
// Shows: 5.7.1, 5.7.2, 5.7.6, 5.7.7, 5.7.8
func TestE2ECostIsWatched(t *testing.T) {
	t.Parallel()
	c := costly(t)
	var hub *loopback.Server
	r := cost(t, c, "workflow_dispatch", `{"inputs": {"stage": "production", "command": "review"}}`, &hub)
	ended(t, r, map[string]loopback.Conclusion{"watch": loopback.Success, "review": loopback.Success, "told": loopback.Success})
	if t.Failed() {
		t.FailNow()
	}
	if got := c.CostTags(); got["Environment"] != "Active" {
		t.Errorf("billing has %v", got)
	}
	tags, spent, advice := step(t, r, "watch", "Tags"), step(t, r, "watch", "What was spent"), step(t, r, "watch", "What would cost less")
	if tags.Outputs["verdict"] != "pass" || spent.Outputs["month-end"] == "" || spent.Outputs["yesterday"] == "" || advice.Outputs["saving"] == "" {
		t.Errorf("%v\n%v\n%v", tags.Outputs, spent.Outputs, advice.Outputs)
	}
	if points := c.Published(monitoring.Namespace("LEGO-API", "production"), monitoring.DailyCostMetric, nil); len(points) != 13 {
		t.Errorf("%d days are published", len(points))
	}
	issues := hub.Issues()
	if len(issues) != 1 || issues[0].Assignees[0] != "octocat" || !strings.Contains(issues[0].Body, "```mermaid") || !strings.Contains(issues[0].Body, "Lambda") {
		t.Fatalf("%+v", issues)
	}
	if ics := artifact(t, r, "cost-review", "cost-review.ics"); !strings.Contains(ics, "BEGIN:VEVENT\r\n") {
		t.Error(ics)
	}
	if told := fmt.Sprintf("%+v", r.Slack); !strings.Contains(told, "Cost review of LEGO-API") {
		t.Errorf("nobody was told: %s", told)
	}
	for _, name := range []string{"cost.html", "advice.html", "tags.html"} {
		page := artifact(t, r, "cost", name)
		if !strings.Contains(page, "<html") {
			t.Errorf("%s: %.200s", name, page)
		}
		keepPage(t, name, page)
	}
	paid := 0
	for _, call := range c.Calls() {
		if call.Action == "ce:GetCostAndUsage" {
			paid++
		}
		if call.Role != "cutover-report" {
			t.Errorf("%q calls %s", call.Role, call.Action)
		}
	}
	// The day's run finds all days kept, and opens nothing.
	r = cost(t, c, "schedule", `{"schedule": "23 9 * * *"}`, &hub)
	ended(t, r, map[string]loopback.Conclusion{"watch": loopback.Success, "review": loopback.Skipped})
	for _, call := range c.Calls() {
		if call.Action == "ce:GetCostAndUsage" {
			paid--
		}
	}
	if paid != 0 || len(hub.Issues()) > 1 {
		t.Errorf("%d further calls of Cost Explorer, %d issues", -paid, len(hub.Issues()))
	}
}
