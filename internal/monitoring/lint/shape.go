package lint

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
)

const (
	putAlarm    = "CloudWatch API reference, PutMetricAlarm"
	mostActions = 5
	hour        = 3600
	day         = 24 * hour
)

var shapeRules = []Rule{{
	ID: "datapoints-exceed-periods", Level: Error, Title: "More datapoints to alarm than there are",
	Why: "Of 3 periods 5 can never be beyond the threshold; CloudWatch refuses it.", Source: putAlarm,
	Next: "Make DatapointsToAlarm at most EvaluationPeriods.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			points, ok := s.whole(a.p.Get("DatapointsToAlarm"))
			periods, also := s.whole(a.p.Get("EvaluationPeriods"))
			if ok && also && points > periods {
				s.say(a.Resource, a.p.Get("DatapointsToAlarm"), "DatapointsToAlarm", "wants %d datapoints of %d periods", points, periods)
			}
		}
	},
}, {
	ID: "period-invalid", Level: Error, Title: "Period that CloudWatch does not know",
	Why: "CloudWatch refuses the alarm.", Source: putAlarm,
	Next: "Take 10, 20 or 30 seconds, or a multiple of 60.",
	check: forSeries(func(s *sheet, one series) {
		if p := one.period; p != 0 && p != 10 && p != 20 && p != 30 && p%60 != 0 || p < 0 {
			s.say(one.of, one.at, one.path, "has a period of %d seconds", p)
		}
	}),
}, {
	ID: "window-too-long", Level: Error, Title: "Looking back too far",
	Why:    "An alarm looks back a day at most, or seven with periods of an hour and more; CloudWatch refuses what is longer.",
	Source: putAlarm,
	Next:   "Take fewer periods, or periods of an hour and more.",
	check:  checkWindow,
}, {
	ID: "period-too-short", Level: Warning, Title: "Period shorter than the metric's own",
	Why:    "Most periods have no point then, and the alarm swings between its states and INSUFFICIENT_DATA, or never gathers its datapoints.",
	Source: "the services' pages in the catalogue",
	Next:   "Take at least the metric's own period.",
	check: forSeries(func(s *sheet, one series) {
		n, ok := catalogue.Of(one.namespace)
		if !ok || !one.listed || one.period <= 0 {
			return
		}
		if every := n.Every(one.entry); one.period < every {
			s.say(one.of, one.at, one.path, "looks every %d s at %s, which has a point every %d s", one.period, one.metric, every)
		}
	}),
}, {
	ID: "too-many-actions", Level: Error, Title: "More than five actions for one state",
	Why: "CloudWatch takes five for each state.", Source: putAlarm,
	Next: "Let one topic tell the others.",
	check: func(s *sheet) {
		for _, r := range s.everyAlarm() {
			for _, state := range actionStates {
				if items, known := r.Properties.Get(state).All(); known && len(items) > mostActions {
					s.say(r, r.Properties.Get(state), state, "has %d actions", len(items))
				}
			}
		}
	},
}}

var actionStates = []string{"AlarmActions", "OKActions", "InsufficientDataActions"}

func checkWindow(s *sheet) {
	for _, a := range s.alarms {
		periods, ok := s.whole(a.p.Get("EvaluationPeriods"))
		longest := 0
		for _, one := range a.series {
			longest = max(longest, one.period)
		}
		most := day
		if longest >= hour {
			most = 7 * day
		}
		if ok && longest > 0 && periods > most/longest {
			s.say(a.Resource, a.p.Get("EvaluationPeriods"), "EvaluationPeriods", "looks back %d × %d s, and at most %d s can be", periods, longest, most)
		}
	}
}

// mathRules are about Metrics.
var mathRules = []Rule{{
	ID: "math-return", Level: Error, Title: "Not one result to judge",
	Why:    "Of all metrics and expressions of an alarm just one is judged: the one that returns data, and without ReturnData each does. An anomaly alarm has two, the metric and its band.",
	Source: "CloudWatch API reference, MetricDataQuery and PutMetricAlarm",
	Next:   "Say ReturnData: false at all but the one that is judged.",
	check:  checkReturns,
}, {
	ID: "expression-unknown-id", Level: Error, Title: "Expression over what is not there",
	Why: "CloudWatch refuses the alarm.", Source: "CloudWatch User Guide, \"Using math expressions with CloudWatch metrics\"",
	Next:  "Name the Id of an entry of Metrics; ids begin with a small letter.",
	check: checkExpressions,
}, {
	ID: "search-in-alarm", Level: Error, Title: "SEARCH in an alarm",
	Why: "An alarm cannot be based on SEARCH, since that may find any number of series.", Source: "CloudWatch User Guide, \"Using search expressions in graphs\"",
	Next: "Name the metrics, or sum over them with a Metrics Insights query.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			for _, q := range a.queries {
				if strings.Contains(q.expression, "SEARCH(") {
					s.say(a.Resource, q.at, q.path+".Expression", "searches for metrics")
				}
			}
		}
	},
}, {
	ID: "too-many-metrics", Level: Error, Title: "More than ten metrics in one alarm",
	Why: "CloudWatch takes ten.", Source: "CloudWatch User Guide, \"CloudWatch service quotas\"",
	Next: "Split the alarm, and join the parts in a composite one.",
	check: func(s *sheet) {
		for _, a := range s.alarms {
			if n := len(a.series); n > 10 {
				s.say(a.Resource, a.p.Get("Metrics"), "Metrics", "looks at %d metrics", n)
			}
		}
	},
}}

func checkReturns(s *sheet) {
	for _, a := range s.alarms {
		if len(a.queries) == 0 {
			continue
		}
		returning, want, known := 0, 1, true
		for _, q := range a.queries {
			v := q.at.Get("ReturnData")
			s.note(v)
			value, ok := v.Flag()
			known = known && (ok || !v.Is()) && !q.at.Open()
			if value || !v.Is() {
				returning++
			}
		}
		if a.p.Get("ThresholdMetricId").Is() {
			want = 2
		}
		if known && returning != want && (returning == 0 || returning > want) {
			s.say(a.Resource, a.p.Get("Metrics"), "Metrics", "%d of %d entries return data, and %d must", returning, len(a.queries), want)
		}
	}
}

func checkExpressions(s *sheet) {
	for _, a := range s.alarms {
		ids := map[string]bool{}
		known := true
		for _, q := range a.queries {
			ids[q.id] = true
			known = known && q.id != ""
		}
		for _, q := range a.queries {
			if !known || strings.HasPrefix(strings.TrimSpace(q.expression), "SELECT") {
				continue
			}
			for _, id := range idsIn(q.expression) {
				if !ids[id] {
					s.say(a.Resource, q.at, q.path+".Expression", "names %s, which no entry of Metrics is called", id)
				}
			}
		}
	}
}

// idsIn are the names of series in an expression: words that begin with a small
// letter, outside of quotes.
func idsIn(expression string) []string {
	var ids []string
	word, quote := "", rune(0)
	flush := func() {
		if word != "" && word[0] >= 'a' && word[0] <= 'z' && word != "true" && word != "false" {
			ids = append(ids, word)
		}
		word = ""
	}
	for _, r := range expression + " " {
		switch {
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '\'' || r == '"':
			flush()
			quote = r
		case r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || word != "" && r == '.' && word[0] >= '0' && word[0] <= '9':
			word += string(r)
		default:
			flush()
		}
	}
	return ids
}
