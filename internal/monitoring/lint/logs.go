package lint

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit"
)

var logRules = []Rule{{
	ID: "filter-default-value", Level: Warning, Title: "Default value that drowns what is measured",
	Why:    "Every line that does not match adds the default as a sample: an average, a minimum or a percentile then tells of the lines that say nothing.",
	Source: "CloudWatch Logs User Guide, \"Creating metrics from log events using filters\"",
	Next:   "Leave DefaultValue out, and let missing data mean nothing happened.",
	check:  checkDefaults,
}, {
	ID: "filter-without-unit", Level: Info, Title: "Measured value without a unit",
	Why:    "A figure read from a line has a unit, and whoever sets a threshold has to guess it.",
	Source: "CloudWatch Logs API reference, MetricTransformation",
	Next:   "Say Unit at the transformation.",
	check: func(s *sheet) {
		s.transformations(func(r template.Resource, m *template.Value) {
			if measured(m) && !m.Get("Unit").Is() {
				s.say(r, m, "MetricTransformations", "reads %s from the log without a unit", m.Get("MetricValue").Shown())
			}
		})
	},
}, {
	ID: "log-retention", Level: Warning, Title: "Log group that is kept for ever",
	Why:    "Without RetentionInDays logs are never deleted: the bill grows, and so does what there is to lose.",
	Source: "CloudFormation User Guide, AWS::Logs::LogGroup",
	Next:   "Say RetentionInDays.",
	check: func(s *sheet) {
		for _, r := range s.t.Of("AWS::Logs::LogGroup") {
			if !r.Properties.Get("RetentionInDays").Is() {
				s.say(r, nil, "RetentionInDays", "keeps its logs for ever")
			}
		}
	},
}}

func (s *sheet) transformations(visit func(template.Resource, *template.Value)) {
	for _, r := range s.t.Of("AWS::Logs::MetricFilter") {
		items, _ := r.Properties.Get("MetricTransformations").All()
		for _, m := range items {
			visit(r, m)
		}
	}
}

// measured says whether the value is read from the line.
func measured(m *template.Value) bool { return strings.HasPrefix(m.Get("MetricValue").Shown(), "$") }

func checkDefaults(s *sheet) {
	s.transformations(func(r template.Resource, m *template.Value) {
		if !measured(m) || !m.Get("DefaultValue").Is() {
			return
		}
		for _, one := range s.every() {
			same := one.namespace != "" && one.namespace == m.Get("MetricNamespace").Shown() && one.metric == m.Get("MetricName").Shown()
			if same && (percentile.MatchString(one.stat) || one.stat == "Average" || one.stat == "Minimum") {
				s.say(r, m.Get("DefaultValue"), "MetricTransformations", "adds %s for every other line, and %s judges the %s", m.Get("DefaultValue").Shown(), one.of.ID, one.stat)
				return
			}
		}
	})
}

// What watching costs a month in us-east-1; source: aws.amazon.com/cloudwatch/pricing
// of November 23, 2026.
const (
	priceStandard  = unit.Dollar / 10
	priceFast      = 3 * unit.Dollar / 10
	priceComposite = unit.Dollar / 2
	priceDashboard = 3 * unit.Dollar
	// A band is reckoned from the metric and two bounds.
	bandMetrics = 3
)

var costRules = []Rule{{
	ID: "cost-fast-alarm", Level: Info, Title: "Alarm that looks more often than once a minute",
	Why:    "A period under a minute costs three times as much for each metric, and only metrics of one's own in high resolution have such points.",
	Source: "aws.amazon.com/cloudwatch/pricing",
	Next:   "Take 60 seconds unless half a minute matters.",
	check: forSeries(func(s *sheet, one series) {
		if one.period > 0 && one.period < 60 && !one.listed {
			s.say(one.of, one.at, one.path, "looks every %d s: %s a month in place of %s", one.period, priceFast, priceStandard)
		}
	}),
}, {
	ID: "cost-anomaly-band", Level: Info, Title: "Anomaly band counts as three metrics",
	Why:    "The metric and both bounds of its band are paid for.",
	Source: "aws.amazon.com/cloudwatch/pricing",
	Next:   "Take a threshold where one is known.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			if a.band() {
				s.say(a.Resource, a.p.Get("Metrics"), "Metrics", "is paid for as %d metrics", bandMetrics)
			}
		}
	},
}, {
	ID: "cost-limit", Level: Error, Title: "Watching costs more than it may",
	Why:    "Alarms are paid by the metric, for ever, and a loop over functions makes many.",
	Source: "aws.amazon.com/cloudwatch/pricing; the limit is --limit",
	Next:   "Watch functions together, or raise the limit.",
	check: func(s *sheet) {
		if sum := s.monthly(); s.o.Limit > 0 && sum > s.o.Limit {
			s.found = append(s.found, Finding{Rule: s.rule.ID, Level: s.rule.Level, Resource: "", Line: 1, Message: fmt.Sprintf("alarms and dashboards cost %s a month, and %s is the limit", sum, s.o.Limit), Next: s.rule.Next})
		}
	},
}}

func (a alarm) band() bool {
	for _, q := range a.queries {
		if strings.Contains(q.expression, "ANOMALY_DETECTION_BAND") {
			return true
		}
	}
	return false
}

// monthly is what alarms and dashboards cost.
func (s *sheet) monthly() unit.Money {
	sum := priceComposite*unit.Money(len(s.composites)) + priceDashboard*unit.Money(len(s.t.Of("AWS::CloudWatch::Dashboard")))
	for _, a := range s.alarms {
		metrics := max(1, len(a.series))
		if a.band() {
			metrics = max(metrics, bandMetrics)
		}
		price := priceStandard
		for _, one := range a.series {
			if one.period > 0 && one.period < 60 {
				price = priceFast
			}
		}
		sum += price * unit.Money(metrics)
	}
	return sum
}

var doubleRules = []Rule{{
	ID: "duplicate-name", Level: Error, Title: "Two alarms of one name",
	Why: "An alarm is its name: the second one takes the place of the first, or the deployment fails.", Source: putAlarm,
	Next: "Give each its own name.",
	check: func(s *sheet) {
		s.doubles(func(r template.Resource) string {
			name := r.Properties.Get("AlarmName")
			s.note(name)
			return name.Shown()
		}, "has the name of %s")
	},
}, {
	ID: "duplicate-alarm", Level: Warning, Title: "Two alarms that judge the same",
	Why:    "They ring together, and one of them was meant to be something else or is paid for twice.",
	Source: "this project",
	Next:   "Remove one, or make it judge what was meant.",
	check: func(s *sheet) {
		judges := map[string]string{}
		for _, a := range s.alarms {
			judges[a.ID] = a.judges()
		}
		s.doubles(func(r template.Resource) string { return judges[r.ID] }, "judges the same as %s")
	},
}}

// doubles reports resources that are the same by the given measure, unless a
// condition may leave one of them out.
func (s *sheet) doubles(of func(template.Resource) string, format string) {
	seen := map[string]template.Resource{}
	all := s.everyAlarm()
	for _, r := range all {
		key := of(r)
		if key == "" {
			continue
		}
		before, double := seen[key]
		if double && before.Condition == r.Condition {
			s.say(r, nil, "", format, before.ID)
		}
		seen[key] = r
	}
}

// judges is everything that decides when the alarm rings, or nothing if part of
// it only a deployment knows.
func (a alarm) judges() string {
	one, ok := a.judged()
	if !ok || one.namespace == "" || one.metric == "" || one.stat == "" || !one.dimsKnown {
		return ""
	}
	text := fmt.Sprint(one.namespace, "\n", one.metric, one.values, one.stat, one.period)
	for _, value := range one.values {
		if value == "" {
			return ""
		}
	}
	for _, key := range []string{"Threshold", "ComparisonOperator", "EvaluationPeriods", "DatapointsToAlarm", "TreatMissingData"} {
		v := a.p.Get(key)
		if v.Open() {
			return ""
		}
		text += "\n" + v.Shown()
	}
	return text
}
