package cloud_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

func watched(t *testing.T) (*cloud.Cloud, aws.Config) {
	t.Helper()
	c := cloud.New("state")
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	aws, err := session.Load(t.Context(), "us-east-1", config.WithBaseEndpoint(server.URL),
		config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("k", "s", "")), session.Retrying(func(o *retry.StandardOptions) { o.MaxAttempts = 1 }))
	if err != nil {
		t.Fatal(err)
	}
	return c, aws
}

const alerts = "arn:aws:sns:us-east-1:123456789012:alerts"

func statement(effect, who, action, more string) string {
	return `{"Effect":"` + effect + `","Principal":` + who + `,"Action":` + action + `,"Resource":"` + alerts + `"` + more + `}`
}

// Who may publish for an alarm: each row is one policy of the topic.
func TestTopicPolicies(t *testing.T) {
	const us, all = `{"Service":"cloudwatch.amazonaws.com"}`, `"*"`
	good := statement("Allow", us, `"sns:Publish"`, "")
	for name, x := range map[string]struct {
		policy string
		want   bool
	}{
		"none":                    {"", true},
		"CloudWatch":              {good, true},
		"in a list, in any case":  {statement("Allow", `{"Service":["a","cloudwatch.amazonaws.com"]}`, `["SNS:Publish"]`, ""), true},
		"everybody":               {statement("Allow", all, `"sns:*"`, ""), true},
		"another service":         {statement("Allow", `{"Service":"budgets.amazonaws.com"}`, `"sns:Publish"`, ""), false},
		"another action":          {statement("Allow", us, `"sns:Subscribe"`, ""), false},
		"another topic":           {strings.ReplaceAll(good, ":alerts", ":other"), false},
		"our account":             {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"StringEquals":{"aws:SourceAccount":"123456789012"}}`), true},
		"another account":         {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"StringEquals":{"aws:SourceAccount":"210987654321"}}`), false},
		"our alarms":              {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:*"}}`), true},
		"alarms of elsewhere":     {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}}`), false},
		"a condition of any kind": {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`), false},
		"a key that is not known": {statement("Allow", us, `"sns:Publish"`, `,"Condition":{"StringLike":{"aws:PrincipalOrgID":"*"}}`), false},
		"allowed and denied":      {good + "," + statement("Deny", all, `"sns:Publish"`, ""), false},
		"no JSON":                 {`"`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, config := watched(t)
			policy := x.policy
			if policy != "" {
				policy = `{"Statement":[` + policy + `]}`
			}
			c.SetTopic(cloud.Topic{Name: "alerts", Policy: policy})
			c.SetAlarms(cloud.Alarm{Name: "a", State: "OK", Actions: []string{alerts}})
			ring(t, config, "a", "ALARM")
			if got := len(c.Topics()[alerts].Messages) == 1; got != x.want {
				t.Errorf("published: %v", got)
			}
		})
	}
}

func ring(t *testing.T, config aws.Config, name, state string) {
	t.Helper()
	_, err := cloudwatch.NewFromConfig(config).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: types.StateValue(state), StateReason: aws.String("r")})
	if err != nil {
		t.Fatal(err)
	}
}

// Only a change acts, a composite alarm follows its children, and one that is
// switched off does nothing.
func TestAlarmsAct(t *testing.T) {
	c, config := watched(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	c.Time(func() time.Time { return now })
	c.SetTopic(cloud.Topic{Name: "alerts"})
	to := []string{alerts}
	c.SetAlarms(cloud.Alarm{Name: "a", State: "OK", Actions: to, OKActions: to}, cloud.Alarm{Name: "b", State: "OK", Actions: to, Mute: true},
		cloud.Alarm{Name: "all", State: "OK", Composite: true, Rule: `ALARM("a") OR ALARM("b")`, Actions: to})
	told := func(want int) {
		t.Helper()
		if got := len(c.Topics()[alerts].Messages); got != want {
			t.Errorf("%d messages, not %d", got, want)
		}
	}
	ring(t, config, "a", "ALARM")
	told(2)
	ring(t, config, "a", "ALARM")
	told(2)
	ring(t, config, "b", "ALARM")
	ring(t, config, "a", "OK")
	told(3)
	if all := c.Alarms(); all[2].State != "ALARM" {
		t.Errorf("a child rings: %+v", all)
	}
	ring(t, config, "b", "OK")
	if all := c.Alarms(); all[2].State != "OK" {
		t.Errorf("no child rings: %+v", all)
	}
	c.Reevaluate(3 * time.Second)
	ring(t, config, "a", "ALARM")
	if now = now.Add(3 * time.Second); c.Alarms()[0].State != "OK" {
		t.Errorf("it did not go back: %+v", c.Alarms()[0])
	}
}

// What it does not know it refuses, and remembers.
func TestStrict(t *testing.T) {
	for what, call := range map[string]func(ctx context.Context, config aws.Config) error{
		"an unknown call": func(ctx context.Context, config aws.Config) error {
			_, err := cloudwatch.NewFromConfig(config).DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"a"}})
			return err
		},
		"an unknown parameter": func(ctx context.Context, config aws.Config) error {
			_, err := cloudwatch.NewFromConfig(config).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{StateValue: types.StateValueOk})
			return err
		},
		"an unknown call of SNS": func(ctx context.Context, config aws.Config) error {
			_, err := sns.NewFromConfig(config).Publish(ctx, &sns.PublishInput{Message: aws.String("m"), TopicArn: aws.String(alerts)})
			return err
		},
		"an unknown parameter of the tags": func(ctx context.Context, config aws.Config) error {
			_, err := resourcegroupstaggingapi.NewFromConfig(config).GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{IncludeComplianceDetails: aws.Bool(true)})
			return err
		},
		"an unknown call of the logs": func(ctx context.Context, config aws.Config) error {
			_, err := cloudwatchlogs.NewFromConfig(config).DeleteLogStream(ctx, &cloudwatchlogs.DeleteLogStreamInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s")})
			return err
		},
	} {
		c, config := watched(t)
		if err := call(t.Context(), config); err == nil || len(c.Unknown()) != 1 {
			t.Errorf("%s: %v, %v", what, err, c.Unknown())
		}
	}
	// What it knows, and must be wrong, it only refuses.
	for what, call := range map[string]func(client *cloudwatch.Client) error{
		"an alarm that is not there": func(client *cloudwatch.Client) error {
			_, err := client.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("x"), StateValue: "OK", StateReason: aws.String("r")})
			return err
		},
		"a reason that is too long": func(client *cloudwatch.Client) error {
			_, err := client.SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("a"), StateValue: "OK", StateReason: aws.String(strings.Repeat("r", 1024))})
			return err
		},
		"a mute rule for an alarm that is not there": func(client *cloudwatch.Client) error { return muteRule(t, client, "x", "at(2026-11-23T10:00)", "PT1H") },
		"a mute rule with seconds": func(client *cloudwatch.Client) error {
			return muteRule(t, client, "a", "at(2026-11-23T10:00:30)", "PT1H")
		},
		"a mute rule for no time":  func(client *cloudwatch.Client) error { return muteRule(t, client, "a", "at(2026-11-23T10:00)", "PT0M") },
		"a mute rule for too long": func(client *cloudwatch.Client) error { return muteRule(t, client, "a", "at(2026-11-23T10:00)", "P16D") },
		"metrics of another time": func(client *cloudwatch.Client) error {
			_, err := client.ListMetrics(t.Context(), &cloudwatch.ListMetricsInput{Namespace: aws.String("n"), RecentlyActive: "PT1H"})
			return err
		},
	} {
		c, config := watched(t)
		c.SetAlarms(cloud.Alarm{Name: "a", State: "OK"})
		if err := call(cloudwatch.NewFromConfig(config)); err == nil || len(c.Unknown()) != 0 {
			t.Errorf("%s: %v, %v", what, err, c.Unknown())
		}
	}
}

func muteRule(t *testing.T, client *cloudwatch.Client, alarm, at, length string) error {
	t.Helper()
	_, err := client.PutAlarmMuteRule(t.Context(), &cloudwatch.PutAlarmMuteRuleInput{
		Name: aws.String("r"), MuteTargets: &types.MuteTargets{AlarmNames: []string{alarm}}, Rule: &types.Rule{Schedule: &types.Schedule{Expression: &at, Duration: &length}},
	})
	return err
}
