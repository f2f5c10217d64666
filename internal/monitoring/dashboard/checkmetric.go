package dashboard

import (
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// statForm is every statistic that CloudWatch knows. Source: CloudWatch User
// Guide, "CloudWatch statistics definitions".
var statForm = func() *pattern.Pattern {
	const (
		share  = `(100|[0-9]{1,2}(\.[0-9]{1,10})?)`
		figure = `-?[0-9]+(\.[0-9]+)?`
	)
	bounds := `\((` + figure + `%?)?:(` + figure + `%?)?\)`
	return pattern.New(`^(SampleCount|Average|Sum|Minimum|Maximum|IQM|p` + share + `|(tm|wm|tc|ts|TM|WM|TC|TS)` + share + `|(TM|WM|TC|TS|PR)` + bounds + `)$`)
}()

const statAllowed = "Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm99, TM(2%:98%), WM, TC, TS, PR(:300)"

// ValidStat says whether CloudWatch knows the statistic.
func ValidStat(s string) bool {
	return statForm.MatchString(s) && !strings.HasSuffix(s, "(:)")
}

// ValidPeriod says whether points can be of so many seconds. Source: CloudWatch
// API Reference, MetricStat.
func ValidPeriod(seconds int) bool {
	return slices.Contains([]int{1, 5, 10, 20, 30}, seconds) || seconds > 0 && seconds%60 == 0 && seconds <= mostPeriod
}

// stat and period are of a widget or of one of its series.
func (o object) stat() {
	if s, ok := o.text("stat"); ok && !ValidStat(s) {
		o.c.report(join(o.at, "stat"), "is %q; allowed: %s", s, statAllowed)
	}
}

func (o object) period() {
	if n, ok := o.whole("period", 1, mostPeriod, 60); ok && !ValidPeriod(n) {
		o.c.report(join(o.at, "period"), "is %d; allowed: 1, 5, 10, 20, 30 and multiples of 60", n)
	}
}

// metric checks a metric widget and returns how many metrics it fetches.
func (c *checker) metric(p object) int {
	view := p.oneOf("view", "timeSeries", "singleValue", "gauge", "bar", "pie", "table")
	p.flags("liveData", "setPeriodToTimeRange", "singleValueFullPrecision", "sparkline", "stacked", "trend")
	p.stat()
	p.period()
	timeRange(p)
	p.like("accountId", accountID, "an account number of 12 digits")
	if p.need("region") {
		p.like("region", regionForm, "an AWS region")
	}
	if p.has("legend") {
		if o, ok := c.object(join(p.at, "legend"), p.m["legend"], "position"); ok {
			o.oneOf("position", "right", "bottom", "hidden")
		}
	}
	c.axes(p, view)
	alarms := c.annotations(p)
	if !p.has("metrics") && !alarms {
		c.report(join(p.at, "metrics"), "is missing, and no alarm stands in for it")
	}
	rows, _ := p.list("metrics")
	return c.metrics(join(p.at, "metrics"), rows)
}

func (c *checker) axes(p object, view string) {
	at := join(p.at, "yAxis")
	bounded := false
	if p.has("yAxis") {
		o, ok := c.object(at, p.m["yAxis"], "left", "right")
		for _, side := range []string{"left", "right"} {
			if !ok || !o.has(side) {
				continue
			}
			s, ok := c.object(join(at, side), o.m[side], "label", "max", "min", "showUnits")
			if !ok {
				continue
			}
			s.text("label")
			s.flags("showUnits")
			low, okLow := s.number("min")
			high, okHigh := s.number("max")
			if okLow && okHigh && low >= high {
				c.report(join(at, side), "begins at %v and ends at %v", low, high)
			}
			bounded = bounded || side == "left" && s.has("min") && s.has("max")
		}
	}
	if view == "gauge" && !bounded {
		c.report(at, "needs left.min and left.max for a gauge")
	}
}

// annotations checks them, and says whether they name an alarm, whose metric
// then is shown.
func (c *checker) annotations(p object) (alarms bool) {
	if !p.has("annotations") {
		return false
	}
	o, ok := c.object(join(p.at, "annotations"), p.m["annotations"], "alarms", "horizontal", "vertical")
	if !ok {
		return false
	}
	c.arns(o, 1)
	for _, kind := range []string{"horizontal", "vertical"} {
		all, _ := o.list(kind)
		for i, a := range all {
			at := nthOf(join(o.at, kind), i)
			pair, band := a.([]any)
			if !band {
				c.annotation(at, a, kind)
				continue
			}
			if len(pair) != 2 {
				c.report(at, "is a band of %d ends; allowed: 2", len(pair))
				continue
			}
			for n, end := range pair {
				c.annotation(nthOf(at, n), end, kind)
			}
		}
	}
	return o.has("alarms")
}

func (c *checker) annotation(at string, v any, kind string) {
	fields, fill := []string{"color", "fill", "label", "value", "visible"}, []string{"before", "after", "between", "none"}
	if kind == "horizontal" {
		fields, fill = append(fields, "yAxis"), []string{"above", "below", "between", "none"}
	}
	o, ok := c.object(at, v, fields...)
	if !ok {
		return
	}
	o.like("color", colourForm, colourAllowed)
	o.oneOf("fill", fill...)
	o.text("label")
	o.flags("visible")
	o.oneOf("yAxis", "left", "right")
	if !o.need("value") {
		return
	}
	if kind == "horizontal" {
		o.number("value")
		return
	}
	if s, ok := o.text("value"); ok {
		if _, err := ParseInstant(s); err != nil {
			c.report(join(at, "value"), "is %q; allowed: a moment, such as 2026-03-04T12:00:00.000Z", s)
		}
	}
}
