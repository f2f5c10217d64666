package lint

import (
	"slices"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
	"github.com/cutover-dev/cutover/internal/nearest"
)

var statisticRules = []Rule{{
	ID: "average-on-latency", Level: Warning, Title: "Average of a latency",
	Why:    "An average hides the slow requests among the fast ones: one in a hundred may take ten times as long and it hardly moves.",
	Source: "CloudWatch User Guide, \"CloudWatch statistics definitions\"; only metrics with a sample for each event, where percentiles work",
	Next:   "Take ExtendedStatistic p90 to p99.",
	check: forSeries(func(s *sheet, one series) {
		if one.entry.Kind == catalogue.Latency && one.stat == "Average" {
			s.say(one.of, one.at, one.path, "judges the average of %s, a latency", one.metric)
		}
	}),
}, {
	ID: "sum-on-gauge", Level: Warning, Title: "Sum of what does not add up",
	Why:    "A sum over a level or a percentage grows with the length of the period and the number of reporters, and is in no unit.",
	Source: "the services' pages in the catalogue",
	Next:   "Take Average or Maximum, or a period no longer than the metric's own where one node reports for each part of the whole.",
	check:  forSeries(checkSum),
}, {
	ID: "statistic-unknown", Level: Error, Title: "Statistic that does not exist",
	Why:    "CloudWatch refuses the alarm.",
	Source: "CloudWatch API reference, PutMetricAlarm; CloudWatch User Guide, \"CloudWatch statistics definitions\"",
	Next:   "Use SampleCount, Average, Sum, Minimum or Maximum; percentiles and trimmed statistics go into ExtendedStatistic.",
	check:  checkStatistics,
}, {
	ID: "percentile-unsupported", Level: Error, Title: "Percentile of a metric that has none",
	Why:    "The service names the statistics that hold for the metric, and percentiles are not among them: there will be no points.",
	Source: "the services' pages in the catalogue: SQS, SNS, CloudFront, Route 53, daily storage of S3",
	Next:   "Take Average, Maximum or Sum.",
	check: forSeries(func(s *sheet, one series) {
		if one.listed && one.entry.NoPercentiles() && percentile.MatchString(one.stat) {
			s.say(one.of, one.at, one.path, "judges %s of %s, which has no percentiles", one.stat, one.metric)
		}
	}),
}, {
	ID: "low-samples", Level: Warning, Title: "Percentile of a handful of samples",
	Why:    "The 99th percentile of three requests is the slowest of the three. By default such points are judged like all others, at night above all.",
	Source: "CloudWatch User Guide, \"Percentile-based alarms and low data samples\"",
	Next:   "Say EvaluateLowSampleCountPercentile: ignore.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			if stat := s.text(a.p.Get("ExtendedStatistic")); percentile.MatchString(stat) && !a.p.Get("EvaluateLowSampleCountPercentile").Is() {
				s.say(a.Resource, a.p.Get("ExtendedStatistic"), "EvaluateLowSampleCountPercentile", "judges %s without saying what few samples mean", stat)
			}
		}
	},
}}

// forSeries checks each series of each alarm.
func forSeries(check func(*sheet, series)) func(*sheet) {
	return func(s *sheet) {
		for _, a := range s.alarms {
			for _, one := range a.series {
				check(s, one)
			}
		}
	}
}

func checkSum(s *sheet, one series) {
	if one.stat != "Sum" || !one.listed {
		return
	}
	n, _ := catalogue.Of(one.namespace)
	switch one.entry.Kind {
	case catalogue.Percent, catalogue.Latency, catalogue.Time, catalogue.Age:
	case catalogue.Gauge:
		// At its own period a sum of a level is the total of those who report it.
		if one.period <= n.Every(one.entry) {
			return
		}
	default:
		return
	}
	s.say(one.of, one.at, one.path, "adds up %s, which is %s", one.metric, words[one.entry.Kind])
}

var words = map[catalogue.Kind]string{
	catalogue.Percent: "a percentage", catalogue.Latency: "a latency", catalogue.Time: "an average time", catalogue.Age: "an age or a lag", catalogue.Gauge: "a level",
}

func checkStatistics(s *sheet) {
	bad := func(a alarm, path, stat, hint string) {
		if hint != "" {
			hint = "; did you mean " + hint + "?"
		}
		s.say(a.Resource, a.p.Get(path), path, "has the statistic %q, which does not exist here%s", stat, hint)
	}
	for _, a := range s.alarms {
		if stat := s.text(a.p.Get("Statistic")); stat != "" && !slices.Contains(simple, stat) {
			hint := nearest.To(stat, simple)
			if extended.MatchString(stat) {
				hint = "ExtendedStatistic: " + stat
			}
			bad(a, "Statistic", stat, hint)
		}
		if stat := s.text(a.p.Get("ExtendedStatistic")); stat != "" && !extended.MatchString(stat) {
			hint := ""
			if slices.Contains(simple, stat) {
				hint = "Statistic: " + stat
			}
			bad(a, "ExtendedStatistic", stat, hint)
		}
		for i, one := range a.series {
			if len(a.queries) > 0 && one.stat != "" && !slices.Contains(simple, one.stat) && !extended.MatchString(one.stat) {
				bad(a, a.series[i].path+".Stat", one.stat, nearest.To(one.stat, simple))
			}
		}
	}
}
