package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Parse reads a body back into widgets, so that what is drawn of a board is
// what is deployed. It takes what [Placement.Body] writes; of what else the
// grammar allows it refuses what it would not understand.
func Parse(body []byte) ([]Placed, error) {
	if problems := Check(body); len(problems) > 0 {
		return nil, fmt.Errorf("the dashboard's body: %s", problems[0])
	}
	var b struct {
		Widgets []struct {
			Type                string
			X, Y, Width, Height *int
			Properties          json.RawMessage
		}
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, err
	}
	var all []Placed
	for i, w := range b.Widgets {
		if w.X == nil || w.Y == nil || w.Width == nil || w.Height == nil {
			return nil, fmt.Errorf("%s: widgets that CloudWatch places are not read", nthOf("widgets", i))
		}
		size := Size{*w.Width, *w.Height}
		read, err := parseWidget(w.Type, size, w.Properties)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", nthOf("widgets", i), err)
		}
		all = append(all, Placed{read, *w.X, *w.Y, *w.Width, *w.Height})
	}
	return all, nil
}

func parseWidget(kind string, size Size, properties []byte) (Widget, error) {
	switch kind {
	case kindText:
		var t textBody
		err := json.Unmarshal(properties, &t)
		return Text{Size: size, Markdown: t.Markdown, Bare: t.Background == "transparent"}, err
	case kindAlarm:
		var a alarmBody
		err := json.Unmarshal(properties, &a)
		return Alarms{Size: size, Title: a.Title, ARNs: a.Alarms}, err
	case kindMetric:
		m := metricBody{View: Graph, Period: 300, Stat: "Average"} // CloudWatch's own defaults
		if err := json.Unmarshal(properties, &m); err != nil {
			return nil, err
		}
		return parseMetrics(size, m)
	}
	return nil, fmt.Errorf("widgets of type %s are not read", kind)
}

func parseMetrics(size Size, b metricBody) (Widget, error) {
	m := Metrics{Size: size, Title: b.Title, Region: b.Region, View: b.View, Period: b.Period, Stat: b.Stat, Start: b.Start, Whole: b.Whole, Stacked: b.Stacked}
	for _, r := range b.Metrics {
		s, err := parseRow(r)
		if err != nil {
			return nil, err
		}
		m.Series = append(m.Series, s)
	}
	if y := b.YAxis; y != nil {
		m.Left, m.Right = parseAxis(y.Left), parseAxis(y.Right)
	}
	if a := b.Annotations; a != nil {
		for _, l := range a.Horizontal {
			m.Lines = append(m.Lines, Line(l))
		}
		for _, v := range a.Vertical {
			at, err := ParseInstant(v.Value)
			if err != nil {
				return nil, err
			}
			m.Marks = append(m.Marks, Mark{v.Label, at, v.Color})
		}
	}
	return m, nil
}

func parseAxis(b *axisBody) Axis {
	if b == nil {
		return Axis{}
	}
	return Axis{Label: b.Label, Min: b.Min, Max: b.Max}
}

func parseRow(r []any) (Series, error) {
	var s Series
	if m, ok := r[len(r)-1].(map[string]any); ok {
		r = r[:len(r)-1]
		text, err := json.Marshal(m)
		if err != nil {
			return s, err
		}
		var more seriesBody
		if err := json.Unmarshal(text, &more); err != nil {
			return s, err
		}
		s = Series{ID: more.ID, Expression: more.Expression, Stat: more.Stat, Label: more.Label, Color: more.Color, Hidden: more.Visible != nil && !*more.Visible, OnRight: more.YAxis == "right"}
	}
	var names []string
	for _, part := range r {
		name, ok := part.(string)
		if !ok || name == "." || name == "..." {
			return s, errors.New("names that repeat those above are not read")
		}
		names = append(names, name)
	}
	if len(names) > 1 {
		s.Namespace, s.Metric = names[0], names[1]
		for i := 2; i+1 < len(names); i += 2 {
			s.Dimensions = append(s.Dimensions, Dimension{names[i], names[i+1]})
		}
	}
	return s, nil
}
