//go:build e2e

package rehearsal_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/rehearsal/loopback"
)

// trusted are the roles as the template makes them, and whom each lets in.
var trusted = map[string][]string{
	"production-decide":   {"environment:production-decide"},
	"production-deploy":   {"environment:production"},
	"production-doctor":   {"ref:refs/heads/main"},
	"production-gate":     {"ref:refs/heads/main"},
	"production-monitor":  {"environment:production-monitor"},
	"production-report":   {"environment:production-report"},
	"production-retire":   {"environment:production-retire", "environment:production-retiring"},
	"production-rollback": {"environment:production-rollback"},
	"production-shift":    {"environment:production-shift"},
	"production-watch":    {"environment:production-watch"},
	"staging-deploy":      {"environment:staging"},
	"staging-diff":        {"pull_request"},
	"staging-monitor":     {"environment:staging-monitor"},
	"staging-report":      {"environment:staging-report"},
}

// furnished is an account that has everything the example asks for.
func furnished(t *testing.T) *cloud.Cloud {
	t.Helper()
	c := scaled("production")
	const issuer = "token.actions.githubusercontent.com"
	c.Provider(issuer, "sts.amazonaws.com")
	for role, bound := range trusted {
		var subjects []string
		for _, b := range bound {
			subjects = append(subjects, "repo:cutover-dev/cutover:"+b)
		}
		policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]any{"Federated": "arn:aws:iam::" + cloud.Account + ":oidc-provider/" + issuer}, "Action": "sts:AssumeRoleWithWebIdentity",
			"Condition": map[string]any{"StringEquals": map[string]any{issuer + ":aud": "sts.amazonaws.com", issuer + ":sub": subjects}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		c.Role("cutover-lego-api-"+role, string(policy))
	}
	c.Keep(rehearsal.ArchiveBucket, cloud.KeptBucket{Versioning: "Enabled", Rules: `<Rule><ID>cutover</ID><Status>Enabled</Status><Filter><Prefix>cutover/</Prefix></Filter>
		<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload><NoncurrentVersionExpiration><NoncurrentDays>90</NoncurrentDays></NoncurrentVersionExpiration></Rule>`})
	const zone = "Z0123456789ABCDEFGHIJ"
	c.SetZone(zone, "lego.example.com", false)
	var sets []cloud.RecordSet
	for _, kind := range []string{"A", "AAAA"} {
		sets = append(sets, cloud.RecordSet{Name: "api.lego.example.com", Type: kind, AliasTarget: &cloud.AliasTarget{HostedZoneID: "Z35SXDOTRQ7X7K", DNSName: "lego-api-1234567890.us-east-1.elb.amazonaws.com", EvaluateTargetHealth: true}})
	}
	c.SetRecords(zone, sets...)
	last := time.Now().Add(-2 * time.Hour)
	for _, m := range []cloud.Metric{
		{Namespace: "AWS/ApplicationELB", Name: "RequestCount", Dimensions: trafficALB}, {Namespace: "AWS/ApiGateway", Name: "Count", Dimensions: trafficAPI}, {Namespace: "AWS/Lambda", Name: "Invocations"},
	} {
		m.Last = last
		c.AddMetrics(m)
		c.Observe(m.Namespace, m.Name, m.Dimensions, last, 1)
	}
	for _, stage := range []string{"staging", "production"} {
		c.SetTopic(cloud.Topic{Name: "lego-api-serverless-alerts-" + stage, Subscriptions: []cloud.Subscription{{Protocol: "email", Endpoint: "devops@lego.example.com"}}})
	}
	c.SetAlarms(cloud.Alarm{Name: "LEGO-API-staging-errors", State: "OK"}, cloud.Alarm{Name: "LEGO-API-production-errors", State: "OK"})
	for _, tag := range []string{"Project", "Environment"} {
		c.CostTag(tag, "Active")
	}
	return c
}

// looked is a run of doctor.yml as somebody starts it in the Actions tab, with its
// step. No job's token sees proposals, but for one of who administers.
func looked(t *testing.T, c *cloud.Cloud, only string) (rehearsal.Result, *loopback.Step) {
	t.Helper()
	o := options(t)
	o.Workflow, o.Event, o.Watched, o.AWS = ".github/workflows/doctor.yml", "workflow_dispatch", "never", c
	o.Payload = fmt.Sprintf(`{"inputs": {"only": %q, "probe": "true"}}`, only)
	flows := map[string]string{}
	files, err := os.ReadDir("../../.github/workflows")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		flows[".github/workflows/"+f.Name()] = "active"
	}
	o.Prepare = func(s *loopback.Server, _ *cloud.Cloud) {
		s.Set(loopback.Settings{Workflows: flows})
	}
	began := time.Now()
	r := rehearse(t, o)
	t.Logf("doctor.yml: %v", time.Since(began).Round(time.Second))
	return r, step(t, r, "look", "Doctor")
}

// row is a check's line of the summary.
func row(t *testing.T, summary, check string) string {
	t.Helper()
	for line := range strings.Lines(summary) {
		if strings.HasPrefix(line, "| "+check+" |") {
			return line
		}
	}
	t.Errorf("no row %s", check)
	return ""
}

// Where all is there doctor.yml is green, though one thing stays open that no job's
// token sees, and what it wrote is gone. One thing that is
// missing turns its row red, and the job; what a job's token and the stand-in of Slack
// do not show stays open beside it.
func TestE2EDoctorLooks(t *testing.T) {
	t.Parallel()
	c := furnished(t)
	r, s := looked(t, c, "offline,github,aws")
	ended(t, r, map[string]loopback.Conclusion{"look": loopback.Success})
	if s.Outputs["verdict"] != "inconclusive" || s.Outputs["failed"] != "0" || s.Outputs["open"] != "1" {
		t.Fatalf("%v\n%s\n%s", s.Outputs, s.Summary, failedLog(r))
	}
	for _, check := range []string{`role AWS&#95;ROLE&#95;SHIFT`, "conditional writes", "record api.lego.example.com", "metrics of green"} {
		if line := row(t, s.Summary, check); !strings.Contains(line, "pass") {
			t.Error(line)
		}
	}
	if page := artifact(t, r, "doctor", "doctor.html"); !strings.Contains(page, "At AWS") {
		t.Error("the page lacks AWS")
	}
	if left := c.KeysIn(rehearsal.ArchiveBucket, ""); len(left) != 0 {
		t.Errorf("it left %v", left)
	}
	for _, call := range c.Calls() {
		if call.Role != "cutover-doctor" {
			t.Errorf("%q calls %s", call.Role, call.Action)
		}
	}
	c.Role("cutover-lego-api-production-shift", "")
	r, s = looked(t, c, "offline,github,aws,slack")
	ended(t, r, map[string]loopback.Conclusion{"look": loopback.Failure})
	for check, want := range map[string]string{
		`role AWS&#95;ROLE&#95;SHIFT`: "there is no role", `role AWS&#95;ROLE&#95;WATCH`: "pass", "scopes": "pass", "pull requests": "inconclusive", "channel C0REHEARSAL": "inconclusive",
	} {
		if line := row(t, s.Summary, check); !strings.Contains(line, want) {
			t.Error(line)
		}
	}
	if s.Outputs["failed"] != "1" || s.Outputs["open"] != "2" || !strings.Contains(artifact(t, r, "doctor", "doctor.html"), "there is no role") {
		t.Errorf("%v", s.Outputs)
	}
}
