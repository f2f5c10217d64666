package monitoring

import (
	"fmt"
	"maps"
	"slices"
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

// The lines in which Lambda tells how long a cold start took. Fields of a text
// line are separated by white space, tabs too: the 20th to the 22nd are Init,
// Duration: and the figure, and no other line has them there. A restore from a
// snapshot tells Restore Duration instead and is no cold start.
const jsonPattern = `{ $.type = "platform.report" && $.record.metrics.initDurationMs = * }`

func textPattern() string {
	fields := []string{"report=REPORT"}
	for n := 2; n <= 19; n++ {
		fields = append(fields, fmt.Sprintf("f%d", n))
	}
	return "[" + strings.Join(append(fields, "label=Init", `of="Duration:"`, "init", "unit=ms", "..."), ", ") + "]"
}

// addColdStarts puts a filter for each log group and format into the template.
func (p Plan) addColdStarts(t cfn.Template) {
	groups := map[string]map[string]bool{}
	for _, f := range p.Inventory.Functions {
		formats := groups[f.logs()]
		if formats == nil {
			formats = map[string]bool{}
			groups[f.logs()] = formats
		}
		formats[logText] = formats[logText] || f.LogFormat != logJSON
		formats[logJSON] = formats[logJSON] || f.LogFormat != logText
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		for _, c := range []struct{ format, pattern, value string }{{logJSON, jsonPattern, "$.record.metrics.initDurationMs"}, {logText, textPattern(), "$init"}} {
			if !groups[group][c.format] {
				continue
			}
			t.Add("ColdStart"+camel(c.format)+mark(group), cfn.MetricFilter{
				LogGroupName: group, FilterName: p.name("cold-start", c.format), FilterPattern: c.pattern,
				MetricTransformations: []cfn.Transformation{{MetricNamespace: p.namespace(), MetricName: coldStartMetric, MetricValue: c.value, Unit: "Milliseconds"}},
			})
		}
	}
}
