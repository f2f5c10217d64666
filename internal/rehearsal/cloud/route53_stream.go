package cloud

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Stream is what a metric alarm makes of its metric's data.
type Stream struct {
	Namespace, Metric string
	Dimensions        map[string]string
	// Statistic of each Period; the alarm rings when Periods of them in a row are
	// past the Threshold by the Operator, as GreaterThanThreshold.
	Statistic string
	Period    time.Duration
	Periods   int
	Operator  string
	Threshold float64
	// Missing is the alarm's TreatMissingData; empty is missing.
	Missing string
	// mOfN is set where the alarm rings on fewer of its periods than all.
	mOfN bool
}

// SetAlarm makes a metric alarm with this stream, or changes the stream of one.
func (c *Cloud) SetAlarm(name string, s Stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dns.streams == nil {
		c.dns.streams = map[string]Stream{}
	}
	c.dns.streams[name] = s
	if !slices.ContainsFunc(c.alarms, func(a Alarm) bool { return a.Name == name }) {
		c.alarms = append(c.alarms, Alarm{
			Name: name, State: stateUnknown, Reason: "Unchecked: Initial alarm creation", Since: c.time(),
			Metrics: []Metric{{Namespace: s.Namespace, Name: s.Metric, Dimensions: s.Dimensions}},
		})
	}
}

// SetStream says what the data of an alarm's metric mean from now on, nil for
// none, whatever the data are.
func (c *Cloud) SetStream(alarm string, ok *bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.dns.checks {
		if a := h.config.AlarmIdentifier; a != nil && a.Name == alarm {
			h.forced = true
			if h.up = ok; ok != nil {
				h.last = *ok
			}
		}
	}
}

// stream53 finds an alarm's stream: one that was set, or one that a stack has
// made. c.mu is held.
func (c *Cloud) stream53(alarm string) (Stream, bool) {
	if s, ok := c.dns.streams[alarm]; ok {
		return s, true
	}
	k, ok := c.shelf[alarm]
	if !ok || k.kind != "AWS::CloudWatch::Alarm" {
		return Stream{}, false
	}
	p := k.properties
	m := metricOf(p)
	number := func(name string) (n float64) {
		_, _ = fmt.Sscan(fmt.Sprint(p[name]), &n) // 0 where it is left out
		return n
	}
	s := Stream{
		Namespace: m.Namespace, Metric: m.Name, Dimensions: m.Dimensions, Statistic: text(p, "Statistic"), Operator: text(p, "ComparisonOperator"),
		Period: time.Duration(number("Period")) * time.Second, Periods: int(number("EvaluationPeriods")), Threshold: number("Threshold"),
		Missing: text(p, "TreatMissingData"),
	}
	s.mOfN = p["DatapointsToAlarm"] != nil && int(number("DatapointsToAlarm")) != s.Periods
	return s, true
}

// unfit53 says why an alarm cannot make a health check; sources: Route 53 API
// reference, AlarmIdentifier (resolution and statistics); Developer Guide,
// "Monitoring a CloudWatch alarm" (no metric math, no M out of N, no composite
// alarm). That it must stand is the rule of this cloud: a check that watches
// nothing would count as healthy. c.mu is held.
func (c *Cloud) unfit53(a AlarmIdentifier) string {
	s, ok := c.stream53(a.Name)
	switch {
	case !ok:
		return "the alarm " + a.Name + " does not exist, or is composite"
	case s.Metric == "":
		return "the alarm " + a.Name + " is of metric math"
	case !slices.Contains([]string{"Average", "Minimum", "Maximum", "Sum", "SampleCount"}, s.Statistic):
		return "the alarm " + a.Name + " has the statistic " + s.Statistic
	case s.Period < time.Minute || s.Period%time.Minute != 0:
		return "the alarm " + a.Name + " is of high resolution"
	case s.mOfN:
		return "the alarm " + a.Name + " rings on M out of N"
	case s.Periods < 1 || !slices.Contains(operators53, s.Operator):
		return "the alarm " + a.Name + " has no periods or a comparison that is not supported"
	}
	return ""
}

// operators53 are the comparisons; source: Route 53 API reference,
// CloudWatchAlarmConfiguration.
var operators53 = []string{"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}

func (s Stream) past(value float64) bool {
	switch {
	case value == s.Threshold:
		return strings.Contains(s.Operator, "OrEqual")
	case strings.HasPrefix(s.Operator, "Greater"):
		return value > s.Threshold
	}
	return value < s.Threshold
}

// streams53 says whether the data of a check's alarm are well. Only whole periods
// count; the newest that this many are looked back on decide, and a missing one
// is skipped, as an alarm looks back further than its periods; source: CloudWatch
// User Guide, "Configuring how CloudWatch alarms treat missing data". Without a
// point there the check's own setting decides. c.mu is held.
func (c *Cloud) streams53(h *healthCheck53) bool {
	var up, known bool
	if h.forced {
		known = h.up != nil
		up = known && *h.up
	} else {
		up, known = c.judge53(h.stream, c.time())
	}
	switch {
	case known:
		return up
	case h.config.InsufficientDataHealthStatus == "Unhealthy":
		return false
	case h.config.InsufficientDataHealthStatus != "LastKnownStatus":
		return true
	case h.forced:
		return h.last
	}
	// The last time that there were enough data. A check that never had any is
	// healthy; source: Route 53 API reference, InsufficientDataHealthStatus.
	all := c.within(key(h.stream.Namespace, h.stream.Metric, h.stream.Dimensions), time.Time{}, c.time())
	for i := len(all) - 1; i >= 0; i-- {
		if up, known := c.judge53(h.stream, all[i].At.Add(h.stream.Period)); known {
			return up
		}
	}
	return true
}

// furtherBack is how many periods more than it needs an alarm looks back on, if
// some are missing.
const furtherBack = 3

// judge53 looks at the whole periods before a time. c.mu is held.
func (c *Cloud) judge53(s Stream, at time.Time) (up, known bool) {
	how, ok := statistic(s.Statistic)
	if !ok || s.Period <= 0 {
		return true, false
	}
	k, seen := key(s.Namespace, s.Metric, s.Dimensions), 0
	for n := 1; n <= s.Periods+furtherBack && seen < s.Periods; n++ {
		start := at.Truncate(s.Period).Add(-time.Duration(n) * s.Period)
		value, ok := how(values(c.within(k, start, start.Add(s.Period))))
		switch {
		case !ok:
		case !s.past(value):
			return true, true
		default:
			seen++
		}
	}
	// Too few points: the alarm's own setting fills them up. That it reaches the
	// health check is told by EventBridge User Guide, "CloudFormation template for
	// setting up the Route 53 health check".
	switch s.Missing {
	case "breaching":
		return false, true
	case "notBreaching":
		return seen < s.Periods, true
	}
	return false, seen == s.Periods
}
