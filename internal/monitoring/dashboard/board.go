// Package dashboard describes CloudWatch dashboards: widgets in sections, laid
// out on CloudWatch's grid, written as the JSON body that PutDashboard takes.
// It checks any body, its own or another's, and knows nothing of what is shown.
// Source of the grammar: CloudWatch API Reference, "Dashboard Body Structure
// and Syntax".
package dashboard

import "time"

// Board is one dashboard, or one that becomes several when it is too large.
type Board struct {
	// Name is unique in an account, over all regions.
	Name string
	// Head is the text at the top of each board: its own name, and the names of
	// all that belong together.
	Head     func(name string, all []string) Text
	Sections []Section
}

// Section is what belongs together. It begins with its first row and is not
// parted unless it alone is too large.
type Section struct{ Rows []Row }

// Row are widgets beside each other, as high as the highest of them.
type Row []Widget

// Widget is one rectangle of a board: [Text], [Alarms] or [Metrics].
type Widget interface {
	size() (width, height int)
	kind() string
}

// Size is how large a widget is, in units of the grid.
type Size struct{ Width, Height int }

func (s Size) size() (width, height int) { return s.Width, s.Height }

// Text shows Markdown.
type Text struct {
	Size
	Markdown string
	// Bare leaves out the panel behind the text.
	Bare bool
}

func (Text) kind() string { return kindText }

// Alarms shows the state of up to a hundred alarms, by ARN.
type Alarms struct {
	Size
	Title string
	ARNs  []string
}

func (Alarms) kind() string { return kindAlarm }

// Metrics shows series as a graph or as figures.
type Metrics struct {
	Size
	Title, Region string
	View          View
	// Period in seconds and Stat are those of each series without its own.
	Period int
	Stat   string
	// Start is the beginning of a time range of the widget's own, such as
	// -P30D. Empty means the board's.
	Start string
	// Whole shows one figure over the whole time range instead of the latest.
	Whole       bool
	Stacked     bool
	Left, Right Axis
	Series      []Series
	Lines       []Line
	Marks       []Mark
}

func (Metrics) kind() string { return kindMetric }

// View is how a widget shows its series.
type View string

// The views in use; the grammar has more.
const (
	Graph  View = "timeSeries"
	Number View = "singleValue"
)

// Axis is one of the two value axes. Bounds are left to CloudWatch if nil.
type Axis struct {
	// Label says what is counted, in which unit.
	Label    string
	Min, Max *float64
}

// Dimension is one dimension of a metric.
type Dimension struct{ Name, Value string }

// Series is one metric, or one expression over the widget's other series.
type Series struct {
	// ID names the series in expressions. It begins with a small letter.
	ID                string
	Namespace, Metric string
	Dimensions        []Dimension
	Expression        string
	// Stat of a metric, if not the widget's.
	Stat  string
	Label string
	Color string
	// Hidden series are there for expressions only.
	Hidden bool
	// OnRight puts the series on the right axis.
	OnRight bool
	// Finds is how many series an expression with SEARCH finds at present.
	Finds int
}

// Line is a horizontal line at a value of the left axis.
type Line struct {
	Label string
	Value float64
	Color string
}

// Mark is a vertical line at a moment.
type Mark struct {
	Label string
	At    time.Time
	Color string
}

// Placed is a widget with its place on the grid.
type Placed struct {
	Widget
	X, Y, Width, Height int
}

// layOut places rows under each other, widgets of a row beside each other.
func layOut(rows []Row) []Placed {
	var all []Placed
	y := 0
	for _, row := range rows {
		x, tallest := 0, 0
		for _, w := range row {
			width, height := w.size()
			if x+width > Columns { // the row is full: begin another
				x, y, tallest = 0, y+tallest, 0
			}
			all = append(all, Placed{w, x, y, width, height})
			x, tallest = x+width, max(tallest, height)
		}
		y += tallest
	}
	return all
}
