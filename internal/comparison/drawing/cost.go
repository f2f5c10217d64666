package drawing

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/canvas"
)

// Bill is what a side costs a month, with its range.
type Bill struct {
	Name              string
	Low, Median, High float64
	Text              string
}

// Bars draws what both sides cost, and what green may cost at most.
func Bars(title string, blue, green Bill, target float64, targetText string, money func(float64) string) string {
	top := max(blue.High, blue.Median, green.High, green.Median, target)
	if !canvas.Finite(top, blue.Low, green.Low) || top <= 0 {
		return ""
	}
	return twice(title, func(c picture) {
		left := 150.0
		if c.Narrow {
			left = 16
		}
		c.H = 216
		x := canvas.Even(0, top*1.05, left, c.W-24)
		const floor = 176.0
		most := 7
		if c.Narrow {
			most = 4
		}
		for _, v := range canvas.Steps(0, x.To, most) {
			c.Line("c-grid", x.At(v), 22, x.At(v), floor)
			c.Text("c-soft", "middle", x.At(v), floor+17, money(v))
		}
		for i, s := range []Bill{blue, green} {
			class, y := []string{"c-blue", "c-green"}[i], 46+66*float64(i)
			c.Rect(class+" c-bar", x.A, y, x.At(s.Median)-x.A, 28, 3)
			if s.High > s.Low {
				c.Line("c-whisk", x.At(s.Low), y+14, x.At(s.High), y+14)
				c.Line("c-whisk", x.At(s.Low), y+8, x.At(s.Low), y+20)
				c.Line("c-whisk", x.At(s.High), y+8, x.At(s.High), y+20)
			}
			if c.Narrow {
				c.Text("c-strong c-halo", "start", x.A, y-7, canvas.Fit(s.Name, 100, letter))
				c.Text("c-halo", "end", x.B, y-7, s.Text)
			} else {
				c.Text("c-strong", "end", x.A-14, y+18, canvas.Fit(s.Name, 130, letter))
				c.Text("c-halo", "start", x.A, y-7, s.Text)
			}
		}
		if target > 0 {
			c.Line("c-dash", x.At(target), 104, x.At(target), floor)
			c.Text("c-soft c-halo", anchor(x.At(target), c.W), x.At(target), floor-6, targetText)
		}
		c.Line("c-axis", x.A, floor, x.B, floor)
		under := "dollars a month; the bar is the median traffic, the line low to high"
		if c.Narrow {
			under = "a month; the line is low to high traffic"
		}
		c.Text("c-soft", "middle", (x.A+x.B)/2, floor+34, under)
	})
}

// anchor keeps a label inside of the picture.
func anchor(x, w float64) string {
	switch {
	case x > w*0.75:
		return "end"
	case x < w*0.25:
		return "start"
	}
	return "middle"
}

// Point is what both sides cost at some traffic.
type Point struct{ Requests, Blue, Green float64 }

// Place is a traffic with a name.
type Place struct {
	Name     string
	Requests float64
}

// Even draws what both sides cost as traffic grows, where they cost the same, and
// where today's traffic is.
func Even(title, blue, green string, points []Point, even *Place, low, median, high Place, money, traffic func(float64) string) string {
	if len(points) < 2 {
		return ""
	}
	from, to, top := points[0].Requests, points[len(points)-1].Requests, 0.0
	for _, p := range points {
		if !canvas.Finite(p.Requests, p.Blue, p.Green) {
			return ""
		}
		top = max(top, p.Blue, p.Green)
	}
	if to <= from || top <= 0 {
		return ""
	}
	return twice(title, func(c picture) {
		c.H = 340
		const floor, ceiling = 272.0, 52.0
		x, y := canvas.Even(from, to, 62, c.W-20), canvas.Even(0, top*1.06, floor, ceiling)
		for _, v := range canvas.Steps(0, y.To, 5) {
			c.Line("c-grid", x.A, y.At(v), x.B, y.At(v))
			c.Text("c-soft", "end", x.A-8, y.At(v)+4, money(v))
		}
		most := 7
		if c.Narrow {
			most = 4
		}
		for _, v := range canvas.Steps(from, to, most) {
			c.Text("c-soft", "middle", x.At(v), floor+17, traffic(v))
		}
		c.Text("c-soft", "middle", (x.A+x.B)/2, floor+36, "requests a month")
		if inside(low.Requests, from, to) && high.Requests > low.Requests {
			c.Rect("c-open c-zone", x.At(low.Requests), ceiling, x.At(high.Requests)-x.At(low.Requests), floor-ceiling, 0)
		}
		c.drawn("c-blue", points, func(p Point) float64 { return p.Blue }, x, y)
		c.drawn("c-green", points, func(p Point) float64 { return p.Green }, x, y)
		if inside(median.Requests, from, to) {
			at := x.At(median.Requests)
			c.Line("c-dash", at, ceiling-6, at, floor)
			c.Text("c-halo", anchor(at, c.W), at, ceiling-12, median.Name)
		}
		if even != nil && inside(even.Requests, from, to) {
			c.even(*even, points, x, y)
		}
		c.Line("c-axis", x.A, floor, x.B, floor)
		c.legend(blue, green, low, floor+56)
	})
}

func inside(v, from, to float64) bool { return canvas.Finite(v) && v >= from && v <= to }

func (c picture) drawn(class string, points []Point, of func(Point) float64, x, y canvas.Scale) {
	var d strings.Builder
	for i, p := range points {
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], x.At(p.Requests), y.At(of(p)))
	}
	c.Path("c-line "+class, d.String())
}

// even marks where both cost the same.
func (c picture) even(e Place, points []Point, x, y canvas.Scale) {
	i := 1
	for i < len(points)-1 && points[i].Requests < e.Requests {
		i++
	}
	a, b := points[i-1], points[i]
	t := 0.0
	if b.Requests > a.Requests {
		t = min(max((e.Requests-a.Requests)/(b.Requests-a.Requests), 0), 1)
	}
	at, cost := x.At(e.Requests), y.At(a.Green+t*(b.Green-a.Green))
	c.Dot("c-dot c-open", at, cost, 6)
	c.Text("c-strong c-halo", anchor(at, c.W), at, min(cost+26, y.A-8), e.Name)
}

func (c picture) legend(blue, green string, low Place, y float64) {
	x := 62.0
	for i, name := range []string{blue, green} {
		name = canvas.Fit(name, 90, letter)
		c.Line("c-line "+[]string{"c-blue", "c-green"}[i], x, y-4, x+18, y-4)
		c.Text("", "start", x+24, y, name)
		x += 24 + wide(name) + 16
	}
	c.Rect("c-open c-zone", x, y-11, 18, 13, 2)
	c.Text("", "start", x+24, y, low.Name)
}
