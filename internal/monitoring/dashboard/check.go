package dashboard

import "github.com/cutover-dev/cutover/internal/unit/pattern"

// Check holds a body against the grammar and the limits that CloudWatch
// documents, and returns what it would refuse or show otherwise. A SEARCH
// counts as one series here; see [CheckFinding].
func Check(body []byte) []Problem { return CheckFinding(body, 1) }

// CheckFinding is [Check] where each SEARCH finds this many series. What a
// search finds cannot be seen in a body, and CloudWatch counts it.
func CheckFinding(body []byte, found int) []Problem {
	c := &checker{found: min(max(found, 0), MostFound)}
	v, ok := c.decode(body)
	if !ok {
		return c.problems
	}
	if o, ok := c.object("", v, "widgets", "start", "end", "periodOverride", "variables"); ok {
		c.board(o)
	}
	return c.problems
}

var (
	momentForm = pattern.New(`^(-P(\d+[YMWD])*(T(\d+[HMS])+)?|\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))$`)
	regionForm = pattern.New(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	accountID  = pattern.New(`^[0-9]{12}$`)
	colourForm = pattern.New(`^#([0-9a-fA-F]{6}|[0-9a-fA-F]{3})$`)
	alarmARN   = pattern.New(`^arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:[0-9]{12}:alarm:.+$`)
)

const (
	momentAllowed = "-P<time>, such as -PT24H, or a moment, such as 2026-03-04T12:00:00Z"
	colourAllowed = "#rrggbb"
)

func (c *checker) board(o object) {
	timeRange(o)
	o.oneOf("periodOverride", "auto", "inherit")
	if l, ok := o.list("variables"); ok && len(l) > 25 {
		c.report("variables", "has %d entries; allowed: 25", len(l))
	}
	if !o.need("widgets") {
		return
	}
	widgets, _ := o.list("widgets")
	if len(widgets) > MostWidgets {
		c.report("widgets", "has %d entries; allowed: %d", len(widgets), MostWidgets)
	}
	var taken []area
	metrics := 0
	for i, w := range widgets {
		at := nthOf("widgets", i)
		o, ok := c.object(at, w, "type", "x", "y", "width", "height", "properties")
		if !ok {
			continue
		}
		if a, ok := placeOf(o, at); ok {
			for _, other := range taken {
				if a.overlaps(other) {
					c.report(at, "lies over %s", other.at)
					break
				}
			}
			taken = append(taken, a)
		}
		metrics += c.widget(o, at)
	}
	if metrics > MostMetrics {
		c.report("widgets", "fetch %d metrics together; allowed: %d", metrics, MostMetrics)
	}
}

// timeRange checks start and end of a board or a widget.
func timeRange(o object) {
	o.like("start", momentForm, momentAllowed)
	o.like("end", momentForm, momentAllowed)
	if o.has("end") && !o.has("start") {
		o.c.report(join(o.at, "end"), "stands without a start")
	}
}

// area is what a widget covers of the grid.
type area struct {
	at                  string
	x, y, width, height int
}

func (a area) overlaps(b area) bool {
	return a.x < b.x+b.width && b.x < a.x+a.width && a.y < b.y+b.height && b.y < a.y+a.height
}

// placeOf reads where a widget lies; ok is false if CloudWatch chooses, or if
// it is not known.
func placeOf(o object, at string) (a area, ok bool) {
	const lowest = 1 << 30 // y is bounded by nothing but what a number holds
	x, okX := o.whole("x", 0, Columns-1, 0)
	y, okY := o.whole("y", 0, lowest, 0)
	w, okW := o.whole("width", 1, Columns, 6)
	h, okH := o.whole("height", 1, MostHeight, 6)
	if !okX || !okY || !okW || !okH {
		return area{}, false
	}
	if x+w > Columns {
		o.c.report(at, "ends in column %d; allowed: up to %d", x+w, Columns)
		return area{}, false
	}
	return area{at, x, y, w, h}, o.has("x") && o.has("y")
}

// fieldsOf is what the properties of each type of widget may hold.
var fieldsOf = map[string][]string{
	kindMetric: {
		"accountId", "annotations", "end", "labels", "legend", "liveData", "metrics", "period", "region", "setPeriodToTimeRange", "singleValueFullPrecision",
		"sparkline", "stacked", "start", "stat", "table", "timezone", "title", "trend", "view", "yAxis",
	},
	kindText:   {"markdown", "background"},
	kindAlarm:  {"alarms", "sortBy", "states", "title"},
	"log":      {"accountId", "end", "query", "queryLanguage", "region", "stacked", "start", "title", "view"},
	"explorer": {"aggregateBy", "labels", "metrics", "period", "region", "splitBy", "title", "widgetOptions"},
	"custom":   {"endpoint", "params", "title", "updateOn"},
}

// widget checks one widget and returns how many metrics it fetches.
func (c *checker) widget(o object, at string) int {
	if !o.need("type") {
		return 0
	}
	kind := o.oneOf("type", kindMetric, kindText, kindAlarm, "log", "explorer", "custom")
	if fieldsOf[kind] == nil || !o.need("properties") {
		return 0
	}
	p, ok := c.object(join(at, "properties"), o.m["properties"], fieldsOf[kind]...)
	if !ok {
		return 0
	}
	p.text("title")
	switch kind {
	case kindMetric:
		return c.metric(p)
	case kindText:
		if p.need("markdown") {
			p.text("markdown")
		}
		p.oneOf("background", "solid", "transparent")
	case kindAlarm:
		c.alarm(p)
	case "log":
		for _, key := range []string{"query", "region"} {
			if p.need(key) {
				p.text(key)
			}
		}
		p.oneOf("view", "table", "timeSeries", "bar", "pie")
	case "explorer":
		if p.need("metrics") {
			p.list("metrics")
		}
	case "custom":
		if p.need("endpoint") {
			p.text("endpoint")
		}
	}
	return 0
}

func (c *checker) alarm(p object) {
	p.oneOf("sortBy", "default", "stateUpdatedTimestamp", "timestamp")
	if states, ok := p.list("states"); ok {
		for i, s := range states {
			if s != "ALARM" && s != "INSUFFICIENT_DATA" && s != "OK" {
				c.report(nthOf(join(p.at, "states"), i), "is %v; allowed: ALARM, INSUFFICIENT_DATA, OK", s)
			}
		}
	}
	if p.need("alarms") {
		c.arns(p, MostAlarms)
	}
}

func (c *checker) arns(p object, most int) {
	arns, ok := p.list("alarms")
	if ok && (len(arns) == 0 || len(arns) > most) {
		c.report(join(p.at, "alarms"), "has %d entries; allowed: 1 to %d", len(arns), most)
	}
	for i, a := range arns {
		if s, ok := a.(string); !ok || !alarmARN.MatchString(s) {
			c.report(nthOf(join(p.at, "alarms"), i), "is %v, which is no ARN of an alarm", a)
		}
	}
}
