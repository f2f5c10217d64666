package lint

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
	"github.com/cutover-dev/cutover/internal/nearest"
)

var metricRules = []Rule{{
	ID: "unknown-metric", Level: Error, Title: "Metric that the service does not have",
	Why:    "An alarm on it has no data for ever, and a widget stays empty. CloudWatch accepts any name, and minds capitals.",
	Source: "the services' pages in the catalogue",
	Next:   "Write the name as the service's page does.",
	check: func(s *sheet) {
		for _, one := range s.every() {
			checkMetric(s, one)
		}
	},
}, {
	ID: "unknown-dimension", Level: Error, Title: "Dimensions that the metric does not come with",
	Why:    "A metric is found by all of its dimensions and no other: one too few, one too many or a misspelt one, and there is no data.",
	Source: "the services' pages in the catalogue",
	Next:   "Give one of the sets of dimensions that the service's page lists.",
	check: func(s *sheet) {
		for _, one := range s.every() {
			checkDimensions(s, one)
		}
	},
}, {
	ID: "s3-request-metrics", Level: Error, Title: "Request metrics of S3 that nobody asked for",
	Why:    "S3 counts requests only for a metrics configuration of the bucket, and the metrics carry its id as FilterId.",
	Source: "S3 User Guide, \"Monitoring metrics with Amazon CloudWatch\"",
	Next:   "Add MetricsConfigurations: [{Id: EntireBucket}] to the bucket, and the dimension FilterId: EntireBucket.",
	check: func(s *sheet) {
		for _, one := range s.every() {
			checkRequests(s, one)
		}
	},
}}

func checkMetric(s *sheet, one series) {
	if one.namespace == "" || one.metric == "" || one.listed {
		return
	}
	if meant, ok := catalogue.Meant(one.namespace); ok {
		s.say(one.of, one.at, one.path, "looks in the namespace %s, which is called %s", one.namespace, meant)
		return
	}
	n, ok := catalogue.Of(one.namespace)
	if !ok {
		return
	}
	near := slip(one.metric, n.MetricNames())
	switch {
	case near != "":
		s.say(one.of, one.at, one.path, "looks at %s %s, which does not exist; did you mean %s?", one.namespace, one.metric, near)
	case n.Complete:
		s.say(one.of, one.at, one.path, "looks at %s %s, which does not exist", one.namespace, one.metric)
	}
}

// slip is the name that was most likely meant: but for capitals, or but for a
// few letters of a long name. Services have names that differ in one digit.
func slip(written string, names []string) string {
	for _, name := range names {
		if strings.EqualFold(name, written) {
			return name
		}
	}
	near := nearest.To(written, names)
	if near == "" || digits(near) != digits(written) || !shares(near, written) {
		return ""
	}
	return near
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// shares says whether two names are the same but for a letter or two in one
// place; of short names one, and of very short ones none.
func shares(a, b string) bool {
	front := 0
	for front < min(len(a), len(b)) && a[front] == b[front] {
		front++
	}
	back := 0
	for back < min(len(a), len(b))-front && a[len(a)-1-back] == b[len(b)-1-back] {
		back++
	}
	longest := max(len(a), len(b))
	return front+back >= longest-min(2, (longest-1)/5)
}

func checkDimensions(s *sheet, one series) {
	n, ok := catalogue.Of(one.namespace)
	if !ok || !one.listed || !one.dimsKnown || one.entry.Request && one.values["FilterId"] == "" {
		return
	}
	names := n.DimensionNames()
	for _, d := range one.dims {
		if slices.Contains(names, d) {
			continue
		}
		near := slip(d, names)
		switch {
		case near != "":
			s.say(one.of, one.at, one.path, "has the dimension %s, which %s does not know; did you mean %s?", d, one.namespace, near)
			return
		case n.Exact:
			s.say(one.of, one.at, one.path, "has the dimension %s, which %s does not know; it knows %s", d, one.namespace, strings.Join(names, ", "))
			return
		}
	}
	if with := one.entry.With; with != "" && !slices.Contains(one.dims, with) {
		s.say(one.of, one.at, one.path, "looks at %s %s without %s, which it always has", one.namespace, one.metric, with)
		return
	}
	if n.Exact && !n.Takes(one.dims) {
		given := strings.Join(one.dims, ", ")
		if given == "" {
			given = "none"
		}
		var sets []string
		for _, set := range n.Dimensions {
			sets = append(sets, "("+strings.Join(set, ", ")+")")
		}
		s.say(one.of, one.at, one.path, "has the dimensions %s; %s %s comes with %s", given, one.namespace, one.metric, strings.Join(sets, " or "))
	}
}

func checkRequests(s *sheet, one series) {
	if !one.entry.Request || !one.dimsKnown {
		return
	}
	filter, given := one.values["FilterId"]
	if !given {
		s.say(one.of, one.at, one.path, "looks at %s without FilterId: there is no such metric", one.metric)
		return
	}
	for _, r := range s.t.Of("AWS::S3::Bucket") {
		configurations := r.Properties.Get("MetricsConfigurations")
		if one.values["BucketName"] != "${"+r.ID+"}" || configurations.OpenWithin() || strings.Contains(filter, "${") {
			continue
		}
		items, _ := configurations.All()
		found := false
		for _, item := range items {
			found = found || item.Get("Id").Shown() == filter
		}
		if !found {
			s.say(one.of, one.at, one.path, "looks at %s with FilterId %s, and the bucket %s has no metrics configuration of that id", one.metric, filter, r.ID)
		}
	}
}
