package lint

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/lint/catalogue"
	"github.com/cutover-dev/cutover/internal/monitoring/lint/template"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// sheet is a template laid out for the rules, and what they have found.
type sheet struct {
	t          template.Template
	o          Options
	alarms     []alarm
	composites []template.Resource
	widgets    []series
	open       map[*template.Value]bool
	unknown    map[string]bool
	rule       Rule
	found      []Finding
}

// alarm is one alarm, on one metric or on several.
type alarm struct {
	template.Resource
	p       *template.Value
	series  []series
	queries []query
}

// query is one entry of Metrics.
type query struct {
	at             *template.Value
	path           string
	id, expression string
	stat           bool
}

// series is one metric with how its values become points, in an alarm or in a
// widget. Empty texts are open or absent.
type series struct {
	of        template.Resource
	at        *template.Value
	path      string
	id        string
	namespace string
	metric    string
	stat      string
	period    int
	// dims are the names; known is false if there may be more.
	dims      []string
	dimsKnown bool
	values    map[string]string
	entry     catalogue.Metric
	listed    bool
}

const (
	kindAlarm     = "AWS::CloudWatch::Alarm"
	kindComposite = "AWS::CloudWatch::CompositeAlarm"
	kindTopic     = "AWS::SNS::Topic"
)

func newSheet(t template.Template, o Options) *sheet {
	s := &sheet{t: t, o: o, open: map[*template.Value]bool{}, unknown: map[string]bool{}, composites: t.Of(kindComposite)}
	for _, r := range t.Of(kindAlarm) {
		s.alarms = append(s.alarms, s.read(r))
	}
	for _, r := range t.Of("AWS::CloudWatch::Dashboard") {
		s.widgets = append(s.widgets, s.widgetsOf(r)...)
	}
	return s
}

// say reports a finding of the rule that is being checked.
func (s *sheet) say(r template.Resource, at *template.Value, path, format string, args ...any) {
	s.found = append(s.found, Finding{
		Rule: s.rule.ID, Level: s.rule.Level, Resource: r.ID, Path: path, Line: at.At(r.Line), Message: fmt.Sprintf(format, args...), Next: s.rule.Next,
	})
}

// text and number read a value, and count it if only a deployment knows it. A
// reference to a resource of the template is known well enough.
func (s *sheet) text(v *template.Value) string {
	s.note(v)
	text, _ := v.Known()
	return text
}

func (s *sheet) number(v *template.Value) (float64, bool) {
	s.note(v)
	return v.Number()
}

func (s *sheet) whole(v *template.Value) (int, bool) {
	s.note(v)
	return v.Whole()
}

func (s *sheet) note(v *template.Value) {
	if v.Open() && len(v.Refs()) == 0 {
		s.open[v] = true
	}
}

func (s *sheet) read(r template.Resource) alarm {
	p := r.Properties
	a := alarm{Resource: r, p: p}
	if !p.Get("Metrics").Is() {
		one := series{of: r, at: p.Get("MetricName"), path: "MetricName", stat: s.text(p.Get("Statistic"))}
		if extended := p.Get("ExtendedStatistic"); extended.Is() {
			one.stat = s.text(extended)
		}
		one.period, _ = s.whole(p.Get("Period"))
		a.series = []series{s.fill(one, p)}
		return a
	}
	items, known := p.Get("Metrics").All()
	if !known {
		s.note(p.Get("Metrics"))
		return a
	}
	for i, item := range items {
		path := "Metrics[" + strconv.Itoa(i) + "]"
		q := query{at: item, path: path, id: s.text(item.Get("Id")), expression: s.text(item.Get("Expression")), stat: item.Get("MetricStat").Is()}
		a.queries = append(a.queries, q)
		if !q.stat {
			continue
		}
		m := item.Get("MetricStat")
		one := series{of: r, at: item, path: path + ".MetricStat", id: q.id, stat: s.text(m.Get("Stat"))}
		one.period, _ = s.whole(m.Get("Period"))
		a.series = append(a.series, s.fill(one, m.Get("Metric")))
	}
	return a
}

// fill reads namespace, name and dimensions, and looks the metric up.
func (s *sheet) fill(one series, from *template.Value) series {
	one.namespace, one.metric = s.text(from.Get("Namespace")), s.text(from.Get("MetricName"))
	items, known := from.Get("Dimensions").All()
	one.dimsKnown, one.values = known, map[string]string{}
	for _, item := range items {
		name, ok := item.Get("Name").Known()
		if !ok {
			one.dimsKnown = false
			continue
		}
		one.dims = append(one.dims, name)
		one.values[name] = item.Get("Value").Shown()
	}
	return s.lookUp(one)
}

func (s *sheet) lookUp(one series) series {
	if one.namespace == "" || one.metric == "" {
		return one
	}
	if n, ok := catalogue.Of(one.namespace); ok {
		one.entry, one.listed = n.Metrics[one.metric]
	}
	if !one.listed && strings.HasPrefix(one.namespace, "AWS/") {
		s.unknown[one.namespace+" "+one.metric] = true
	}
	return one
}

// judged is the series that the threshold is held against, if there is one
// without arithmetic in between.
func (a alarm) judged() (series, bool) {
	if len(a.series) != 1 || len(a.queries) > 1 || a.p.Get("ThresholdMetricId").Is() {
		return series{}, false
	}
	return a.series[0], true
}

// every is all series, in alarms and in widgets.
func (s *sheet) every() []series {
	var all []series
	for _, a := range s.alarms {
		all = append(all, a.series...)
	}
	return append(all, s.widgets...)
}

// The statistics; source: CloudWatch User Guide, "CloudWatch statistics
// definitions".
var (
	extended   = pattern.New(`^(?:(?:p|tm|wm|tc|ts)(?:100|\d{1,2})(?:\.\d{0,10})?|(?i:IQM)|(?:PR|TM|WM|TC|TS)\((?:\d+(?:\.\d+)?%?)?:(?:\d+(?:\.\d+)?%?)?\))$`)
	percentile = pattern.New(`^p\d`)
)

var simple = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}
