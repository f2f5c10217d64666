package report

import "time"

// Chart draws values over time: lines, limits, steps, bands and marks on one
// time axis. What lies outside of the axis is not drawn; points may come in
// any order.
type Chart struct {
	Caption string
	// Unit stands behind every value: "%", " requests a minute".
	Unit string
	// Log draws the value axis logarithmically; values of zero and less then lie
	// on its floor.
	Log bool
	// Max ends the value axis when it is not 0; otherwise it fits the data and
	// the limits. What exceeds it is drawn at the edge.
	Max float64
	// Start and End of the time axis. Times are written in UTC.
	Start, End time.Time
	Series     []Series
	Limits     []Limit
	Bands      []Band
	Marks      []Event
	// Again says that bands and marks are those of a chart above: they are
	// drawn, and not listed once more where there is no picture.
	Again bool
}

// Series is one line of a Chart.
type Series struct {
	Name string
	// Side draws the line in its side's own colour; without one, Tone decides.
	// Plain lines get a colour each.
	Side Side
	Tone Tone
	// Step holds each value until the next one, as weights and switches do.
	Step   bool
	Dashed bool
	Points []Point
}

// Side is one of the two deployments that a cutover stands between.
type Side int

// The sides. Neither is good or bad, so neither has a tone.
const (
	NoSide Side = iota
	Blue
	Green
)

// Point is one value of a Series. NaN says that there was no data: the line
// breaks there and is never bridged.
type Point struct {
	At    time.Time
	Value float64
	// Idle says of a NaN that there was nothing to measure, such as on a side
	// that gets no requests: the line breaks, and nothing counts as missing.
	Idle bool
}

// Limit is a horizontal line with a label ("limit 1%").
type Limit struct {
	Label string
	Value float64
	Tone  Tone
}

// Band is a shaded span of time, such as a phase or a hold. One whose End is
// zero lasts to the end of the axis. Without a label it only shades.
type Band struct {
	Label      string
	Start, End time.Time
	Tone       Tone
}

// Event is a moment that a Chart marks. (The name Mark is the verdict's sign.)
type Event struct {
	Label string
	At    time.Time
	Tone  Tone
}

func (Chart) block() {}
