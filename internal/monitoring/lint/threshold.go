package lint

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
)

var thresholdRules = []Rule{{
	ID: "unit-mistake", Level: Error, Title: "Threshold in another unit than the metric",
	Why: "CloudWatch compares bare numbers. 500 is half a second for API Gateway and more than eight minutes for a load balancer; " +
		"5 is five percent for one metric and beyond all that a share can be for the next.",
	Source: "the services' pages in the catalogue",
	Next:   "Write the threshold in the metric's unit.",
	check: forThreshold(func(s *sheet, a alarm, c compared) {
		if slip := c.slip(); slip != "" {
			s.say(a.Resource, a.p.Get("Threshold"), "Threshold", "%s", slip)
		}
	}),
}, {
	ID: "never-fires", Level: Error, Title: "Alarm that can never fire",
	Why:    "It is green whatever happens, and counted on.",
	Source: "the ranges in the catalogue, from the services' pages",
	Next:   "Put the threshold into the metric's range, or turn the comparison.",
	check: forThreshold(func(s *sheet, a alarm, c compared) {
		least, most := c.reach()
		if c.slip() == "" && !c.on(least, most) && s.text(a.p.Get("TreatMissingData")) != "breaching" {
			s.say(a.Resource, a.p.Get("Threshold"), "Threshold", "can never fire: the %s of %s is %s", c.one.stat, c.one.metric, span(least, most))
		}
	}),
}, {
	ID: "always-fires", Level: Error, Title: "Alarm that always fires",
	Why:    "It says nothing, and teaches people not to look.",
	Source: "the ranges in the catalogue, from the services' pages",
	Next:   "Put the threshold into the metric's range, or turn the comparison.",
	check: forThreshold(func(s *sheet, a alarm, c compared) {
		least, most := c.reach()
		if c.slip() == "" && c.always(least, most) {
			s.say(a.Resource, a.p.Get("Threshold"), "Threshold", "fires at every point: the %s of %s is %s", c.one.stat, c.one.metric, span(least, most))
		}
	}),
}}

// compared is a series with what it is held against.
type compared struct {
	one       series
	above     bool
	equal     bool
	threshold float64
}

func forThreshold(check func(*sheet, alarm, compared)) func(*sheet) {
	return func(s *sheet) {
		for _, a := range s.alarms {
			one, ok := a.judged()
			if !ok || !one.listed || one.stat == "" {
				continue
			}
			comparison := s.text(a.p.Get("ComparisonOperator"))
			known := slices.Contains([]string{"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}, comparison)
			threshold, number := s.number(a.p.Get("Threshold"))
			if known && number {
				check(s, a, compared{one, strings.HasPrefix(comparison, "Greater"), strings.Contains(comparison, "OrEqual"), threshold})
			}
		}
	}
}

// aValue says whether the statistic is in the metric's own unit.
func aValue(stat string) bool {
	for _, prefix := range []string{"Average", "Minimum", "Maximum", "p", "tm", "TM", "wm", "WM", "iqm", "IQM"} {
		if strings.HasPrefix(stat, prefix) {
			return true
		}
	}
	return false
}

// reach is the range that the points can have.
func (c compared) reach() (least, most float64) {
	if !aValue(c.one.stat) {
		if strings.HasPrefix(c.one.stat, "PR(") {
			return 0, 100
		}
		return min(0, c.one.entry.Least), math.Inf(1)
	}
	most = math.Inf(1)
	if top, ok := c.one.entry.Top(); ok {
		most = top
	}
	if c.one.entry.One {
		return 1, 1
	}
	return c.one.entry.Least, most
}

// on says whether any point of the range is beyond the threshold.
func (c compared) on(least, most float64) bool {
	if c.above {
		return most > c.threshold || c.equal && most == c.threshold
	}
	return least < c.threshold || c.equal && least == c.threshold
}

// always says whether every point of the range is.
func (c compared) always(least, most float64) bool {
	if c.above {
		return least > c.threshold || c.equal && least == c.threshold
	}
	return most < c.threshold || c.equal && most == c.threshold
}

func span(least, most float64) string {
	switch {
	case math.IsInf(most, 1):
		return "never below " + plain(least)
	case least == most:
		return "always " + plain(least)
	}
	return "from " + plain(least) + " to " + plain(most)
}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

var unitWords = map[string]string{
	"ms": "milliseconds", "s": "seconds", "us": "microseconds", "bytes": "bytes", "MiB": "mebibytes", "percent": "percent, from 0 to 100", "share": "a share, from 0 to 1",
}

// slip says how the threshold is in another unit, or nothing.
func (c compared) slip() string {
	m, t := c.one.entry, c.threshold
	if !aValue(c.one.stat) {
		return ""
	}
	of := fmt.Sprintf("is %s, but %s is in %s", plain(t), c.one.metric, unitWords[m.Unit])
	switch {
	case m.Kind == catalogue.Share && c.above && t > 1:
		return fmt.Sprintf("%s: %s%% is %s", of, plain(t), plain(t/100))
	case m.Use && c.above && t > 0 && t <= 1:
		return fmt.Sprintf("%s: %s of all is %s", of, plain(t), plain(100*t))
	case m.Low > 0 && t > 0 && t < m.Low, m.High > 0 && t >= m.High:
		return of + meant(m.Unit, t)
	}
	return ""
}

// meant is what the number would be if it was written in the unit that people
// take for this one.
func meant(unit string, t float64) string {
	switch unit {
	case "ms":
		return fmt.Sprintf(": %s s are %s", plain(t), plain(1000*t))
	case "s":
		return fmt.Sprintf(": %s ms are %s", plain(t), plain(t/1000))
	case "us":
		return fmt.Sprintf(": %s ms are %s", plain(t), plain(1000*t))
	case "bytes":
		return fmt.Sprintf(": %s MiB are %s", plain(t), plain(t*(1<<20)))
	case "MiB":
		return fmt.Sprintf(": %s bytes are %s", plain(t), plain(math.Round(t/(1<<20))))
	}
	return ""
}
