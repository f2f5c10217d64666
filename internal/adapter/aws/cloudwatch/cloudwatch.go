// Package cloudwatch asks Amazon CloudWatch, or what AWS_ENDPOINT_URL names, how
// alarms stand. It is the Alarms of internal/gate.
package cloudwatch

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/gate"
)

// Alarms are those of one region.
type Alarms struct {
	client *cloudwatch.Client
	region string
}

var _ gate.Alarms = (*Alarms)(nil)

// within bounds one call with all its retries; atOnce is how many names one call
// takes (API reference, DescribeAlarms).
const (
	within = time.Minute
	atOnce = 100
)

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Alarms, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Alarms{c, c.Options().Region}, nil
}

// Alarms implements gate.Alarms. Both types are asked for: without the
// parameter AWS leaves composite alarms out.
func (a *Alarms) Alarms(ctx context.Context, names []string) ([]gate.Alarm, error) {
	var all []gate.Alarm
	for from := 0; from < len(names); from += atOnce {
		in := &cloudwatch.DescribeAlarmsInput{
			AlarmNames: names[from:min(from+atOnce, len(names))],
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
			MaxRecords: aws.Int32(atOnce),
		}
		for {
			out, err := a.page(ctx, in)
			if err != nil {
				return nil, failed(err)
			}
			for _, m := range out.MetricAlarms {
				all = append(all, a.seen(m.AlarmName, m.StateValue, m.StateReason, m.StateTransitionedTimestamp, m.ActionsEnabled))
			}
			for _, c := range out.CompositeAlarms {
				all = append(all, a.seen(c.AlarmName, c.StateValue, c.StateReason, c.StateTransitionedTimestamp, c.ActionsEnabled))
			}
			if aws.ToString(out.NextToken) == "" {
				break
			}
			in.NextToken = out.NextToken
		}
	}
	return all, nil
}

func (a *Alarms) page(ctx context.Context, in *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return a.client.DescribeAlarms(ctx, in)
}

func (a *Alarms) seen(name *string, state types.StateValue, reason *string, since *time.Time, actions *bool) gate.Alarm {
	return gate.Alarm{
		Name: aws.ToString(name), State: string(state), Reason: aws.ToString(reason), Since: aws.ToTime(since), ActionsEnabled: aws.ToBool(actions),
		URL: fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#alarmsV2:alarm/%s", a.region, a.region, url.PathEscape(aws.ToString(name))),
	}
}

func failed(err error) error {
	return refusal.Of("CloudWatch", "the alarms cannot be read", "Allow the role cloudwatch:DescribeAlarms on *; a narrower one does not see composite alarms.", err)
}
