package cloudwatch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/monitoring/drill"
)

var _ drill.Alarms = (*Alarms)(nil)

// both are the types of alarms: without the parameter AWS leaves composite ones
// out.
var both = []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}

// Find implements drill.Alarms.
func (a *Alarms) Find(ctx context.Context, prefix string) ([]drill.Alarm, error) {
	var all []drill.Alarm
	in := &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: &prefix, AlarmTypes: both, MaxRecords: aws.Int32(atOnce)}
	for {
		out, err := a.page(ctx, in)
		if err != nil {
			return nil, failed(err)
		}
		for _, m := range out.MetricAlarms {
			all = append(all, drill.Alarm{
				Name: aws.ToString(m.AlarmName), Description: aws.ToString(m.AlarmDescription), State: string(m.StateValue), Reason: aws.ToString(m.StateReason), Since: aws.ToTime(m.StateTransitionedTimestamp),
				Enabled: aws.ToBool(m.ActionsEnabled), Actions: m.AlarmActions, Others: append(append([]string(nil), m.OKActions...), m.InsufficientDataActions...), Metrics: watched(m),
			})
		}
		for _, c := range out.CompositeAlarms {
			all = append(all, drill.Alarm{
				Name: aws.ToString(c.AlarmName), Description: aws.ToString(c.AlarmDescription), State: string(c.StateValue), Reason: aws.ToString(c.StateReason), Since: aws.ToTime(c.StateTransitionedTimestamp),
				Composite: true, Enabled: aws.ToBool(c.ActionsEnabled), Actions: c.AlarmActions, Others: append(append([]string(nil), c.OKActions...), c.InsufficientDataActions...),
			})
		}
		if aws.ToString(out.NextToken) == "" {
			return all, nil
		}
		in.NextToken = out.NextToken
	}
}

// watched are the metrics of an alarm: its own, or those of its expression.
func watched(m types.MetricAlarm) []drill.Metric {
	var all []drill.Metric
	if m.MetricName != nil {
		all = append(all, drill.Metric{Namespace: aws.ToString(m.Namespace), Name: *m.MetricName, Dimensions: dimensions(m.Dimensions)})
	}
	for _, q := range m.Metrics {
		if q.MetricStat != nil && q.MetricStat.Metric != nil {
			x := q.MetricStat.Metric
			all = append(all, drill.Metric{Namespace: aws.ToString(x.Namespace), Name: aws.ToString(x.MetricName), Dimensions: dimensions(x.Dimensions)})
		}
	}
	return all
}

func dimensions(list []types.Dimension) map[string]string {
	all := map[string]string{}
	for _, d := range list {
		all[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return all
}

// Set implements drill.Alarms.
func (a *Alarms) Set(ctx context.Context, name, state, reason string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, err := a.client.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: &name, StateValue: types.StateValue(state), StateReason: &reason})
	if err != nil {
		return refusal.Of(name, "its state cannot be set to "+state, "Allow the role cloudwatch:SetAlarmState on the stage's alarms.", err)
	}
	return nil
}

// History implements drill.Alarms.
func (a *Alarms) History(ctx context.Context, name string, since time.Time) ([]drill.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &cloudwatch.DescribeAlarmHistoryInput{AlarmName: &name, AlarmTypes: both, StartDate: &since, ScanBy: types.ScanByTimestampAscending, MaxRecords: aws.Int32(atOnce)}
	var all []drill.Event
	for {
		out, err := a.client.DescribeAlarmHistory(ctx, in)
		if err != nil {
			return nil, refusal.Of(name, "its history cannot be read", "Allow the role cloudwatch:DescribeAlarmHistory on *; a narrower one does not see composite alarms.", err)
		}
		for _, i := range out.AlarmHistoryItems {
			all = append(all, drill.Event{At: aws.ToTime(i.Timestamp), Kind: string(i.HistoryItemType), Summary: aws.ToString(i.HistorySummary), Data: aws.ToString(i.HistoryData)})
		}
		if aws.ToString(out.NextToken) == "" {
			return all, nil
		}
		in.NextToken = out.NextToken
	}
}
