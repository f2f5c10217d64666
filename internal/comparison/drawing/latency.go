package drawing

import (
	"fmt"
	"math"
	"strconv"
	"strings"
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
	if !sound(from, to, top) || from <= 0 || top <= 0 {
		return ""
	}
	return both(title, func(c *canvas) {
		c.h = 332
		x := scale{from / 1.2, to * 1.2, 16, c.w - 16, true}
		const lanes, floor = 140, 294
		for _, v := range decades(x.from, x.to, c.narrow) {
			c.line("c-grid", x.at(v), 14, x.at(v), floor)
			c.text("c-soft", "middle", x.at(v), floor+17, milliseconds(v))
		}
		c.text("c-soft", "middle", c.w/2, floor+34, "time to answer (logarithmic)")
		for i, s := range []Curve{blue, green} {
			class := []string{"c-blue", "c-green"}[i]
			c.curve(class, s.Bins, x, scale{0, top, floor, lanes + 8, false})
			c.lane(class, s, x, 30+58*float64(i))
		}
		c.line("c-axis", x.a, floor, x.b, floor)
	})
}

// curve draws a distribution; empty bins between are zero.
func (c *canvas) curve(class string, bins [][2]float64, x, y scale) {
	if len(bins) == 0 {
		return
	}
	var d strings.Builder
	const half = 1.0593 // half of a twentieth of a decade
	fmt.Fprintf(&d, "M%.1f %.1f", x.at(bins[0][0]/half), y.a)
	before := bins[0][0]
	for _, b := range bins {
		if b[0]/before > half*half*1.01 {
			fmt.Fprintf(&d, "L%.1f %.1fL%.1f %.1f", x.at(before*half), y.a, x.at(b[0]/half), y.a)
		}
		fmt.Fprintf(&d, "L%.1f %.1f", x.at(b[0]), y.at(b[1]))
		before = b[0]
	}
	fmt.Fprintf(&d, "L%.1f %.1f", x.at(before*half), y.a)
	c.path("c-area "+class, d.String()+"Z")
	c.path("c-line "+class, d.String())
}

// lane is a side's percentiles on a line of their own. A label that would cover
// another is left to the table.
func (c *canvas) lane(class string, s Curve, x scale, y float64) {
	c.text("c-strong c-halo "+class, "start", x.a, y-4, cut(s.Name, 130))
	end := x.a + wide(cut(s.Name, 130)) + 10
	if len(s.Marks) == 0 {
		return
	}
	c.line("c-line "+class, x.at(s.Marks[0].MS), y+10, x.at(s.Marks[len(s.Marks)-1].MS), y+10)
	above, below := x.a, x.a
	for _, m := range s.Marks {
		at := x.at(m.MS)
		c.dot(class, at, y+10, 5)
		label := m.Name + " " + m.Text
		left := min(max(at-wide(label)/2, x.a), x.b-wide(label))
		switch {
		case left >= end && left >= above:
			c.text("c-halo", "start", left, y-4, label)
			above = left + wide(label) + 8
		case left >= below:
			c.text("c-halo", "start", left, y+31, label)
			below = left + wide(label) + 8
		case at+12+wide(label) <= x.b && m.Name == s.Marks[len(s.Marks)-1].Name:
			c.text("c-halo", "start", at+12, y+14, label)
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
			if sound(v) && v > 0 {
				from, to = min(from, v/1.06), max(to, v*1.06)
			}
		}
	}
	if len(rows) == 0 || !sound(limit) {
		return ""
	}
	from, to = max(from, 1.0/20), min(to, 20)
	return both(title, func(c *canvas) {
		each, left, right := 38.0, 150.0, 190.0
		if c.narrow {
			each, left, right = 62, 16, 16
		}
		c.h = 34 + each*float64(len(rows)) + 52
		floor := c.h - 48
		x := scale{from, to, left, c.w - right, true}
		c.rect("c-bad c-zone", x.at(limit), 26, x.b-x.at(limit), floor-26, 0)
		for _, v := range ratios(from, to, c.narrow) {
			c.line("c-grid", x.at(v), 26, x.at(v), floor)
			c.text("c-soft", "middle", x.at(v), floor+17, "× "+strconv.FormatFloat(v, 'g', 3, 64))
		}
		c.line("c-axis", x.at(1), 26, x.at(1), floor)
		c.line("c-dash", x.at(limit), 26, x.at(limit), floor)
		c.text("c-soft c-halo", "middle", x.at(limit), 19, "limit × "+strconv.FormatFloat(limit, 'g', 4, 64))
		c.text("c-soft", "start", x.a, floor+36, "← "+cut(faster, (x.b-x.a)/2-24))
		c.text("c-soft", "end", x.b, floor+36, cut(slower, (x.b-x.a)/2-24)+" →")
		for i, r := range rows {
			c.whisker(r, x, 26+each*(float64(i)+0.5))
		}
	})
}

func (c *canvas) whisker(r Whisker, x scale, y float64) {
	if c.narrow {
		c.text("c-strong c-halo", "start", x.a, y-13, r.Name)
		c.text("c-halo", "end", x.b, y-13, r.Tone.sign()+" "+r.Text)
		y += 8
	} else {
		c.text("c-strong", "end", x.a-14, y+4, r.Name)
		c.text("", "start", x.b+14, y+4, r.Tone.sign()+" "+r.Text)
	}
	if !sound(r.Value) {
		return
	}
	low, high := x.a, x.b
	if r.Low > 0 && sound(r.Low) {
		low = x.at(r.Low)
		c.line("c-line "+r.Tone.class(), low, y-5, low, y+5)
	}
	if sound(r.High) {
		high = x.at(r.High)
		c.line("c-line "+r.Tone.class(), high, y-5, high, y+5)
	}
	c.line("c-line "+r.Tone.class(), low, y, high, y)
	c.dot(r.Tone.class(), x.at(r.Value), y, 5.5)
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
