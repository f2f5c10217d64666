package monitoring

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/unit/pattern"
)

// The colours that mean something; all else CloudWatch colours itself.
const (
	red    = "#d13212"
	amber  = "#e07700"
	green  = "#2ca02c"
	blue   = "#1f77b4"
	purple = "#9467bd"
)

// gibibytes is what memory is shown in; CloudWatch has it in bytes.
const gibibytes Unit = "GiB"

// minute is the period of every widget but that of the daily cost.
const minute = 60

// builder makes the widgets of one stage.
type builder struct {
	p      Plan
	alarms []Alarm
	marks  []dashboard.Mark
}

// boards are the stage's dashboards.
func (p Plan) boards(alarms []Alarm) []dashboard.Placement {
	b := builder{p, alarms, p.marks()}
	sections := []dashboard.Section{b.alarmStates()}
	sections = append(sections, b.traffic()...)
	sections = append(sections, b.figures()...)
	sections = append(sections, b.lambda())
	for _, api := range p.Inventory.APIs {
		sections = append(sections, b.api(api))
	}
	sections = append(sections, b.stores()...)
	sections = append(sections, b.cost())
	return dashboard.Split(dashboard.Board{Name: DashboardName(p.Project, p.Inventory.Stage), Head: b.head, Sections: sections})
}

// head says what the board shows, and where to go from it.
func (b builder) head(name string, all []string) dashboard.Text {
	var others []string
	for _, other := range all {
		if other != name {
			others = append(others, "["+other+"]("+DashboardURL(hereRegion, other)+")")
		}
	}
	alarms := "https://console.aws.amazon.com/cloudwatch/home?region=" + hereRegion + "#alarmsV2:?search=" + b.p.name()
	links := append([]string{"[Runbooks](" + strings.TrimSuffix(b.p.RunbookBase, "/") + ")", "[Alarms](" + alarms + ")"}, others...)
	return dashboard.Text{
		Size: dashboard.Size{Width: dashboard.Columns, Height: 3},
		Markdown: fmt.Sprintf("## %s · %s\nThe last 24 hours, minute by minute. Horizontal lines are where alarms ring; vertical ones are deployments, changes of weight and rollbacks.\n\n%s",
			plain(b.p.Project), plain(b.p.Inventory.Stage), strings.Join(links, " · ")),
	}
}

// section begins with its name and the runbooks of the alarms about it.
func (b builder) section(title string, kinds []string, rows ...dashboard.Row) dashboard.Section {
	text := "**" + plain(title) + "**"
	for i, kind := range kinds {
		before := " · "
		if i == 0 {
			before = " · Runbooks: "
		}
		text += before + "[" + kind + "](" + b.p.runbook(kind) + ")"
	}
	head := dashboard.Row{dashboard.Text{Size: dashboard.Size{Width: dashboard.Columns, Height: 1}, Markdown: text, Bare: true}}
	return dashboard.Section{Rows: append([]dashboard.Row{head}, rows...)}
}

// graph is a widget over time. In says the unit of its left axis.
func graph(width int, title string, in Unit, series ...dashboard.Series) dashboard.Metrics {
	zero := 0.0
	return dashboard.Metrics{
		Size: dashboard.Size{Width: width, Height: 6}, Title: title, Region: hereRegion, View: dashboard.Graph, Period: minute, Stat: "Sum",
		Left: dashboard.Axis{Label: string(in), Min: &zero}, Series: series,
	}
}

// metric is a series of one metric.
func metric(namespace, name, stat, label string, dimensions ...dashboard.Dimension) dashboard.Series {
	return dashboard.Series{Namespace: namespace, Metric: name, Stat: stat, Label: label, Dimensions: dimensions}
}

func dimension(name, value string) dashboard.Dimension {
	return dashboard.Dimension{Name: name, Value: value}
}

// hidden is a series that only expressions see.
func hidden(id string, s dashboard.Series) dashboard.Series {
	s.ID, s.Hidden, s.Label = id, true, ""
	return s
}

func formula(label, expression string) dashboard.Series {
	return dashboard.Series{Label: label, Expression: expression}
}

// of are the alarms of some kinds.
func (b builder) of(kinds ...string) []Alarm {
	var all []Alarm
	for _, a := range b.alarms {
		if slices.Contains(kinds, a.ID) {
			all = append(all, a)
		}
	}
	return all
}

// threshold is where the alarm rings in a graph of this unit whose points are
// of a minute each; ok is false if the graph shows something else.
func (a Alarm) threshold(in Unit) (value float64, label string, ok bool) {
	side := "above"
	switch {
	case a.Below:
		side = "below"
	case a.Unit == State:
		side = "at"
	}
	value, told := a.Threshold, ""
	switch {
	case a.Unit == Count && a.Expression == "" && a.Period != minute:
		value = a.Threshold * minute / float64(a.Period)
		told = fmt.Sprintf(" (%s in %d min)", figure(a.Threshold), a.Period/minute)
	case a.Unit == Share && in == Percent:
		value = 100 * a.Threshold
	case a.Unit == Bytes && in == gibibytes:
		value = a.Threshold / gib
	case a.Unit != in:
		return 0, "", false
	}
	unit := map[Unit]string{Percent: "%", Milliseconds: " ms", gibibytes: " GiB", Count: " a minute"}[in]
	return value, fmt.Sprintf("alarm %s %s%s%s", side, figure(value), unit, told), true
}

// figure writes a figure without needless digits.
func figure(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0"), ".")
}

// drawn adds the lines at which the alarms of some kinds ring. They come from
// the alarms themselves, so that both cannot disagree.
func (b builder) drawn(m dashboard.Metrics, in Unit, kinds ...string) dashboard.Metrics {
	for _, a := range b.of(kinds...) {
		value, label, ok := a.threshold(in)
		line := dashboard.Line{Label: label, Value: value, Color: red}
		if ok && !slices.Contains(m.Lines, line) {
			m.Lines = append(m.Lines, line)
		}
	}
	return m
}

// marked adds the events to a widget.
func (b builder) marked(m dashboard.Metrics) dashboard.Metrics {
	m.Marks = b.marks
	return m
}

var seriesID = pattern.New(`\b[a-z][a-z0-9]*\b`)

// judged shows what the alarms of a kind judge, as a percentage.
func (b builder) judged(width int, title, kind string) dashboard.Metrics {
	m := graph(width, title, Percent)
	for i, a := range b.of(kind) {
		own := func(id string) string { return fmt.Sprintf("%s%d", id, i) }
		for _, s := range a.Series {
			m.Series = append(m.Series, hidden(own(s.ID), metric(s.Namespace, s.Metric, s.Stat, "", ours(s.Dimensions)...)))
		}
		expression := a.Expression
		if a.Unit == Share {
			expression = "100*" + a.Series[0].ID
		}
		label := a.Subject
		if label == "" {
			label = "share"
		}
		m.Series = append(m.Series, formula(label, seriesID.ReplaceAllStringFunc(expression, own)))
	}
	return b.drawn(m, Percent, kind)
}

// ours are dimensions of an alarm in the dashboards' words.
func ours(all []cfn.Dimension) []dashboard.Dimension {
	var same []dashboard.Dimension
	for _, d := range all {
		same = append(same, dashboard.Dimension(d))
	}
	return same
}
