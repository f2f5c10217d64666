package cloudformation_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudformation"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

const name = "lego-api-monitoring-production"

// clock is virtual: waiting takes no time, and time passes by waiting.
type clock struct {
	sync.Mutex
	now    time.Time
	waited func()
}

func (c *clock) Now() time.Time { c.Lock(); defer c.Unlock(); return c.now }

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.Lock()
	c.now = c.now.Add(d)
	f := c.waited
	c.Unlock()
	if f != nil {
		f()
	}
	return context.Cause(ctx)
}

// world is a cloud in memory, to which the SDK's real client speaks.
type world struct {
	*cloud.Cloud
	t      *testing.T
	clock  *clock
	ports  change.Ports
	told   []change.Event
	server *httptest.Server
}

func start(t *testing.T) *world { return startBehind(t, nil) }

// startBehind puts something before the cloud.
func startBehind(t *testing.T, before func(http.Handler) http.Handler) *world {
	t.Helper()
	w := &world{Cloud: cloud.New("state"), t: t, clock: &clock{now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}}
	var handler http.Handler = w.Cloud
	if before != nil {
		handler = before(handler)
	}
	w.server = httptest.NewServer(handler)
	t.Cleanup(w.server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": w.server.URL, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "very-secret", "AWS_REGION": "us-east-1",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
		"AWS_CA_BUNDLE": "", // reading it for each client takes longer than most cases
	} {
		t.Setenv(name, value)
	}
	s, err := cloudformation.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	w.ports = change.Ports{Stacks: s, Clock: w.clock, Tell: func(e change.Event) { w.told = append(w.told, e) }}
	t.Cleanup(func() {
		if unknown := w.Unknown(); len(unknown) > 0 {
			t.Errorf("calls that nobody knows: %v", unknown)
		}
	})
	return w
}

// ours is the template of a real stage.
func ours(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../../monitoring/testdata/stacks/one-http-node.template.json")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// small is a template with a chain: a key, a topic behind it, two alarms that
// tell the topic, and one that tells nobody.
const small = `{"AWSTemplateFormatVersion": "2010-09-09", "Description": "small", "Resources": {
  "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "k", "KeyPolicy": {"Version": "2012-10-17", "Statement": []}}},
  "Alerts": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts", "KmsMasterKeyId": {"Ref": "Key"}}},
  "Box": {"Type": "AWS::SNS::Subscription", "Properties": {"TopicArn": {"Ref": "Alerts"}, "Protocol": "email", "Endpoint": "ops@example.com"}},
  "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 60,
    "EvaluationPeriods": 5, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [{"Ref": "Alerts"}]}},
  "Slow": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": "slow", "Namespace": "AWS/Lambda", "MetricName": "Duration", "ExtendedStatistic": "p99", "Period": 60,
    "EvaluationPeriods": 5, "Threshold": 3000, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [{"Ref": "Alerts"}]}},
  "Quiet": {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": "/aws/lambda/a", "FilterName": "f", "FilterPattern": "x",
    "MetricTransformations": [{"MetricNamespace": "n", "MetricName": "m", "MetricValue": "1"}]}}},
 "Outputs": {"Topic": {"Description": "d", "Value": {"Ref": "Alerts"}}, "Here": {"Description": "d", "Value": {"Fn::Sub": "https://${AWS::Region}.x/${!a}/${Key.Arn}"}}}}`

func with(old, updated string) []byte { return []byte(strings.Replace(small, old, updated, 1)) }

func (w *world) deploy(template []byte) (change.Outcome, error) {
	w.told = nil
	return change.Deploy(w.t.Context(), w.ports, change.Request{Stack: name, Template: template, Tags: map[string]string{"Project": "LEGO-API", "Environment": "production"}})
}

func (w *world) must(template []byte, result string) change.Outcome {
	w.t.Helper()
	out, err := w.deploy(template)
	if err != nil || out.Result != result || out.Verdict != "pass" {
		w.t.Fatalf("%s, want %s: %v\n%+v", out.Result, result, err, out)
	}
	return out
}

func statuses(events []change.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Logical+" "+e.Status)
	}
	return strings.Join(all, "\n")
}
