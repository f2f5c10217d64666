package dashboard

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The kinds of widgets in use.
const (
	kindText   = "text"
	kindAlarm  = "alarm"
	kindMetric = "metric"
)

// DayStart is the time range of every board: the 24 hours until now.
const DayStart = "-PT24H"

// Placement is one dashboard as it is deployed.
type Placement struct {
	Name    string
	Widgets []Placed
}

// nth is the name of the board at i of those that one became.
func nth(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(i+1)
}

// Body is the board as PutDashboard takes it. The same board gives the same
// bytes.
func (p Placement) Body() []byte {
	type widget struct {
		Type       string `json:"type"`
		X          int    `json:"x"`
		Y          int    `json:"y"`
		Width      int    `json:"width"`
		Height     int    `json:"height"`
		Properties any    `json:"properties"`
	}
	body := struct {
		Start string `json:"start"`
		// inherit shows every widget at its own period. Otherwise a day would be
		// shown at five minutes, and what is set to one would not be.
		PeriodOverride string   `json:"periodOverride"`
		Widgets        []widget `json:"widgets"`
	}{DayStart, "inherit", []widget{}}
	for _, w := range p.Widgets {
		body.Widgets = append(body.Widgets, widget{w.kind(), w.X, w.Y, w.Width, w.Height, properties(w.Widget)})
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(body); err != nil {
		panic(err) // structs of strings and numbers always encode
	}
	return bytes.TrimSpace(b.Bytes())
}

type textBody struct {
	Markdown   string `json:"markdown"`
	Background string `json:"background,omitempty"`
}

type alarmBody struct {
	Title  string   `json:"title,omitempty"`
	Alarms []string `json:"alarms"`
}

type metricBody struct {
	Title       string           `json:"title,omitempty"`
	View        View             `json:"view"`
	Stacked     bool             `json:"stacked,omitempty"`
	Whole       bool             `json:"setPeriodToTimeRange,omitempty"`
	Region      string           `json:"region"`
	Start       string           `json:"start,omitempty"`
	Period      int              `json:"period"`
	Stat        string           `json:"stat"`
	Metrics     [][]any          `json:"metrics"`
	YAxis       *axesBody        `json:"yAxis,omitempty"`
	Annotations *annotationsBody `json:"annotations,omitempty"`
}

type axesBody struct {
	Left  *axisBody `json:"left,omitempty"`
	Right *axisBody `json:"right,omitempty"`
}

type axisBody struct {
	Label string `json:"label,omitempty"`
	// ShowUnits would write the unit of the metric, which is not that of an
	// expression over it.
	ShowUnits bool     `json:"showUnits"`
	Min       *float64 `json:"min,omitempty"`
	Max       *float64 `json:"max,omitempty"`
}

type annotationsBody struct {
	Horizontal []lineBody `json:"horizontal,omitempty"`
	Vertical   []markBody `json:"vertical,omitempty"`
}

type lineBody struct {
	Label string  `json:"label,omitempty"`
	Value float64 `json:"value"`
	Color string  `json:"color,omitempty"`
}

type markBody struct {
	Label string `json:"label,omitempty"`
	Value string `json:"value"`
	Color string `json:"color,omitempty"`
}

// seriesBody is what stands behind the names of a metric, or alone.
type seriesBody struct {
	Expression string `json:"expression,omitempty"`
	ID         string `json:"id,omitempty"`
	Label      string `json:"label,omitempty"`
	Stat       string `json:"stat,omitempty"`
	Color      string `json:"color,omitempty"`
	Visible    *bool  `json:"visible,omitempty"`
	YAxis      string `json:"yAxis,omitempty"`
}

// instant is how the body writes moments.
const instant = "2006-01-02T15:04:05.000Z"

func properties(w Widget) any {
	switch w := w.(type) {
	case Text:
		t := textBody{Markdown: w.Markdown}
		if w.Bare {
			t.Background = "transparent"
		}
		return t
	case Alarms:
		return alarmBody{w.Title, w.ARNs}
	case Metrics:
		return metricProperties(w)
	}
	panic("internal error: a widget of no kind")
}

func metricProperties(m Metrics) metricBody {
	b := metricBody{
		Title: m.Title, View: m.View, Stacked: m.Stacked, Whole: m.Whole, Region: m.Region, Start: m.Start, Period: m.Period, Stat: m.Stat, Metrics: [][]any{},
	}
	for _, s := range m.Series {
		b.Metrics = append(b.Metrics, row(s))
	}
	left, right := axis(m.Left), axis(m.Right)
	if left != nil || right != nil {
		b.YAxis = &axesBody{left, right}
	}
	a := annotationsBody{}
	for _, l := range m.Lines {
		a.Horizontal = append(a.Horizontal, lineBody(l))
	}
	for _, v := range m.Marks {
		a.Vertical = append(a.Vertical, markBody{v.Label, v.At.UTC().Format(instant), v.Color})
	}
	if len(a.Horizontal)+len(a.Vertical) > 0 {
		b.Annotations = &a
	}
	return b
}

func axis(a Axis) *axisBody {
	if a == (Axis{}) {
		return nil
	}
	return &axisBody{Label: a.Label, Min: a.Min, Max: a.Max}
}

// row is one series as the grammar writes it: the names, then what else there
// is to say.
func row(s Series) []any {
	more := seriesBody{Expression: s.Expression, ID: s.ID, Label: s.Label, Stat: s.Stat, Color: s.Color}
	if s.Hidden {
		more.Visible = new(bool)
	}
	if s.OnRight {
		more.YAxis = "right"
	}
	if s.Expression != "" {
		return []any{more}
	}
	r := []any{s.Namespace, s.Metric}
	for _, d := range s.Dimensions {
		r = append(r, d.Name, d.Value)
	}
	if more != (seriesBody{}) {
		r = append(r, more)
	}
	return r
}

// ParseInstant reads a moment as bodies write it.
func ParseInstant(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }
