package drawing

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/canvas"
)

// Curve is how long a side's answers took: the middle of a bin in milliseconds,
// and the share of all answers in it. Bins are as wide as each other on the
// logarithm. Marks are percentiles.
type Curve struct {
	Name  string
	Bins  [][2]float64
	Marks []Mark
}

// Mark is a percentile.
type Mark struct {
	Name string
	MS   float64
	Text string
}

// Distributions draws both sides on one logarithmic axis, their percentiles above.
func Distributions(title string, blue, green Curve) string {
	from, to, top := math.Inf(1), 0.0, 0.0
	for _, s := range []Curve{blue, green} {
		for _, b := range s.Bins {
			from, to, top = min(from, b[0]), max(to, b[0]), max(top, b[1])
		}
		for _, m := range s.Marks {
			from, to = min(from, m.MS), max(to, m.MS)
		}
	}
	if !canvas.Finite(from, to, top) || from <= 0 || top <= 0 {
		return ""
	}
	return twice(title, func(c picture) {
		c.H = 332
		x := canvas.Scale{From: from / 1.2, To: to * 1.2, A: 16, B: c.W - 16, Log: true}
		const lanes, floor = 140, 294
		for _, v := range decades(x.From, x.To, c.Narrow) {
			c.Line("c-grid", x.At(v), 14, x.At(v), floor)
			c.Text("c-soft", "middle", x.At(v), floor+17, milliseconds(v))
		}
		c.Text("c-soft", "middle", c.W/2, floor+34, "time to answer (logarithmic)")
		for i, s := range []Curve{blue, green} {
			class := []string{"c-blue", "c-green"}[i]
			c.curve(class, s.Bins, x, canvas.Even(0, top, floor, lanes+8))
			c.lane(class, s, x, 30+58*float64(i))
		}
		c.Line("c-axis", x.A, floor, x.B, floor)
	})
}

// curve draws a distribution; empty bins between are zero.
func (c picture) curve(class string, bins [][2]float64, x, y canvas.Scale) {
	if len(bins) == 0 {
		return
	}
	var d strings.Builder
	const half = 1.0593 // half of a twentieth of a decade
	fmt.Fprintf(&d, "M%.1f %.1f", x.At(bins[0][0]/half), y.A)
	before := bins[0][0]
	for _, b := range bins {
		if b[0]/before > half*half*1.01 {
			fmt.Fprintf(&d, "L%.1f %.1fL%.1f %.1f", x.At(before*half), y.A, x.At(b[0]/half), y.A)
		}
		fmt.Fprintf(&d, "L%.1f %.1f", x.At(b[0]), y.At(b[1]))
		before = b[0]
	}
	fmt.Fprintf(&d, "L%.1f %.1f", x.At(before*half), y.A)
	c.Path("c-area "+class, d.String()+"Z")
	c.Path("c-line "+class, d.String())
}

// lane is a side's percentiles on a line of their own. A label that would cover
// another is left to the table.
func (c picture) lane(class string, s Curve, x canvas.Scale, y float64) {
	c.Text("c-strong c-halo "+class, "start", x.A, y-4, canvas.Fit(s.Name, 130, letter))
	end := x.A + wide(canvas.Fit(s.Name, 130, letter)) + 10
	if len(s.Marks) == 0 {
		return
	}
	c.Line("c-line "+class, x.At(s.Marks[0].MS), y+10, x.At(s.Marks[len(s.Marks)-1].MS), y+10)
	above, below := x.A, x.A
	for _, m := range s.Marks {
		at := x.At(m.MS)
		c.Dot("c-dot "+class, at, y+10, 5)
		label := m.Name + " " + m.Text
		left := min(max(at-wide(label)/2, x.A), x.B-wide(label))
		switch {
		case left >= end && left >= above:
			c.Text("c-halo", "start", left, y-4, label)
			above = left + wide(label) + 8
		case left >= below:
			c.Text("c-halo", "start", left, y+31, label)
			below = left + wide(label) + 8
		case at+12+wide(label) <= x.B && m.Name == s.Marks[len(s.Marks)-1].Name:
			c.Text("c-halo", "start", at+12, y+14, label)
		}
	}
}

func milliseconds(v float64) string {
	if v >= 1000 {
		return strconv.FormatFloat(v/1000, 'g', 3, 64) + " s"
	}
	return strconv.FormatFloat(v, 'g', 3, 64) + " ms"
}

// Whisker is a ratio with its interval; an end that is not known is 0 or infinite.
type Whisker struct {
	Name             string
	Value, Low, High float64
	Tone             Tone
	Text             string
}

// Forest draws ratios on one logarithmic axis with the limit that they must keep.
func Forest(title string, limit float64, faster, slower string, rows []Whisker) string {
	from, to := 1/1.3, max(1.3, limit*1.15)
	for _, r := range rows {
		for _, v := range []float64{r.Value, r.Low, r.High} {
			if canvas.Finite(v) && v > 0 {
				from, to = min(from, v/1.06), max(to, v*1.06)
			}
		}
	}
	if len(rows) == 0 || !canvas.Finite(limit) {
		return ""
	}
	from, to = max(from, 1.0/20), min(to, 20)
	return twice(title, func(c picture) {
		each, left, right := 38.0, 150.0, 190.0
		if c.Narrow {
			each, left, right = 62, 16, 16
		}
		c.H = 34 + each*float64(len(rows)) + 52
		floor := c.H - 48
		x := canvas.Scale{From: from, To: to, A: left, B: c.W - right, Log: true}
		c.Rect("c-bad c-zone", x.At(limit), 26, x.B-x.At(limit), floor-26, 0)
		for _, v := range ratios(from, to, c.Narrow) {
			c.Line("c-grid", x.At(v), 26, x.At(v), floor)
			c.Text("c-soft", "middle", x.At(v), floor+17, "× "+strconv.FormatFloat(v, 'g', 3, 64))
		}
		c.Line("c-axis", x.At(1), 26, x.At(1), floor)
		c.Line("c-dash", x.At(limit), 26, x.At(limit), floor)
		c.Text("c-soft c-halo", "middle", x.At(limit), 19, "limit × "+strconv.FormatFloat(limit, 'g', 4, 64))
		c.Text("c-soft", "start", x.A, floor+36, "← "+canvas.Fit(faster, (x.B-x.A)/2-24, letter))
		c.Text("c-soft", "end", x.B, floor+36, canvas.Fit(slower, (x.B-x.A)/2-24, letter)+" →")
		for i, r := range rows {
			c.whisker(r, x, 26+each*(float64(i)+0.5))
		}
	})
}

func (c picture) whisker(r Whisker, x canvas.Scale, y float64) {
	if c.Narrow {
		c.Text("c-strong c-halo", "start", x.A, y-13, r.Name)
		c.Text("c-halo", "end", x.B, y-13, r.Tone.sign()+" "+r.Text)
		y += 8
	} else {
		c.Text("c-strong", "end", x.A-14, y+4, r.Name)
		c.Text("", "start", x.B+14, y+4, r.Tone.sign()+" "+r.Text)
	}
	if !canvas.Finite(r.Value) {
		return
	}
	low, high := x.A, x.B
	if r.Low > 0 && canvas.Finite(r.Low) {
		low = x.At(r.Low)
		c.Line("c-line "+r.Tone.class(), low, y-5, low, y+5)
	}
	if canvas.Finite(r.High) {
		high = x.At(r.High)
		c.Line("c-line "+r.Tone.class(), high, y-5, high, y+5)
	}
	c.Line("c-line "+r.Tone.class(), low, y, high, y)
	c.Dot("c-dot "+r.Tone.class(), x.At(r.Value), y, 5.5)
}

// ratios are the ticks of a ratio's axis.
func ratios(from, to float64, narrow bool) []float64 {
	list := []float64{0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4}
	switch d := math.Log(to / from); {
	case d > 2.2:
		list = []float64{0.1, 0.2, 0.5, 1, 2, 5, 10}
	case d > 0.9 || narrow:
		list = []float64{0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 3}
	}
	var inside []float64
	for _, v := range list {
		if v >= from && v <= to {
			inside = append(inside, v)
		}
	}
	return inside
}
