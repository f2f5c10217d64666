package monitoring

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
)

// addAlarms puts the alarms and the composite one over the critical ones into
// the template.
func (p Plan) addAlarms(t cfn.Template, alarms []Alarm, topic cfn.Ref) {
	var rule, children []string
	for _, a := range alarms {
		id := camel(a.ID) + mark(a.Subject)
		t.Add(id, p.render(a, topic))
		if a.Severity == Critical {
			rule = append(rule, `ALARM("`+p.AlarmName(a)+`")`)
			children = append(children, id)
		}
	}
	title := "The service is unwell: at least one critical alarm rings."
	t.Add(camel(unwellID), cfn.CompositeAlarm{
		AlarmName: p.name(unwellID), AlarmDescription: string(Critical) + ": " + title + " Runbook: " + p.runbook(unwellID),
		AlarmRule: strings.Join(rule, " OR "), AlarmActions: []any{topic}, OKActions: []any{topic},
		Tags: p.tags(cfn.Tag{Key: "Severity", Value: string(Critical)}),
	}, children...)
}

// render is an alarm in CloudFormation's words.
func (p Plan) render(a Alarm, topic cfn.Ref) cfn.Alarm {
	r := cfn.Alarm{
		AlarmName: p.AlarmName(a), AlarmDescription: p.describe(a),
		EvaluationPeriods: a.OutOf, DatapointsToAlarm: a.Datapoints, Threshold: a.Threshold, ComparisonOperator: a.comparison(),
		TreatMissingData: string(a.Missing), Tags: p.tags(cfn.Tag{Key: "Severity", Value: string(a.Severity)}),
		AlarmActions: []any{topic}, OKActions: []any{topic},
	}
	if a.percentile() {
		// A hundredth of few requests is one request: no percentile.
		r.EvaluateLowSampleCountPercentile = "ignore"
	}
	if a.Expression == "" {
		s := a.Series[0]
		r.Namespace, r.MetricName, r.Dimensions, r.Period = s.Namespace, s.Metric, s.Dimensions, a.Period
		if a.percentile() {
			r.ExtendedStatistic = s.Stat
		} else {
			r.Statistic = s.Stat
		}
		return r
	}
	r.Metrics = []cfn.Query{{ID: "judged", Expression: a.Expression, Label: a.Title, ReturnData: true}}
	for _, s := range a.Series {
		r.Metrics = append(r.Metrics, cfn.Query{ID: s.ID, MetricStat: &cfn.MetricStat{
			Metric: cfn.Metric{Namespace: s.Namespace, MetricName: s.Metric, Dimensions: s.Dimensions}, Period: a.Period, Stat: s.Stat,
		}})
	}
	return r
}

func (a Alarm) comparison() string {
	switch {
	case a.Below:
		return "LessThanThreshold"
	case a.Unit == State:
		return "GreaterThanOrEqualToThreshold"
	}
	return "GreaterThanThreshold"
}

// describe is what the message says to whoever is woken by it.
func (p Plan) describe(a Alarm) string {
	of := ""
	if a.Subject != "" {
		of = " (" + a.Subject + ")"
	}
	return fmt.Sprintf("%s: %s%s. %s Runbook: %s", a.Severity, a.Title, of, a.Means, p.runbook(a.ID))
}
