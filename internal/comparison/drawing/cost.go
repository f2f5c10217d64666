package drawing

import (
	"fmt"
	"strings"
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
	if !sound(top, blue.Low, green.Low) || top <= 0 {
		return ""
	}
	return both(title, func(c *canvas) {
		left := 150.0
		if c.narrow {
			left = 16
		}
		c.h = 216
		x := scale{0, top * 1.05, left, c.w - 24, false}
		const floor = 176.0
		most := 7
		if c.narrow {
			most = 4
		}
		for _, v := range steps(0, x.to, most) {
			c.line("c-grid", x.at(v), 22, x.at(v), floor)
			c.text("c-soft", "middle", x.at(v), floor+17, money(v))
		}
		for i, s := range []Bill{blue, green} {
			class, y := []string{"c-blue", "c-green"}[i], 46+66*float64(i)
			c.rect(class+" c-bar", x.a, y, x.at(s.Median)-x.a, 28, 3)
			if s.High > s.Low {
				c.line("c-whisk", x.at(s.Low), y+14, x.at(s.High), y+14)
				c.line("c-whisk", x.at(s.Low), y+8, x.at(s.Low), y+20)
				c.line("c-whisk", x.at(s.High), y+8, x.at(s.High), y+20)
			}
			if c.narrow {
				c.text("c-strong c-halo", "start", x.a, y-7, cut(s.Name, 100))
				c.text("c-halo", "end", x.b, y-7, s.Text)
			} else {
				c.text("c-strong", "end", x.a-14, y+18, cut(s.Name, 130))
				c.text("c-halo", "start", x.a, y-7, s.Text)
			}
		}
		if target > 0 {
			c.line("c-dash", x.at(target), 104, x.at(target), floor)
			c.text("c-soft c-halo", anchor(x.at(target), c.w), x.at(target), floor-6, targetText)
		}
		c.line("c-axis", x.a, floor, x.b, floor)
		under := "dollars a month; the bar is the median traffic, the line low to high"
		if c.narrow {
			under = "a month; the line is low to high traffic"
		}
		c.text("c-soft", "middle", (x.a+x.b)/2, floor+34, under)
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
		if !sound(p.Requests, p.Blue, p.Green) {
			return ""
		}
		top = max(top, p.Blue, p.Green)
	}
	if to <= from || top <= 0 {
		return ""
	}
	return both(title, func(c *canvas) {
		c.h = 340
		const floor, ceiling = 272.0, 52.0
		x, y := scale{from, to, 62, c.w - 20, false}, scale{0, top * 1.06, floor, ceiling, false}
		for _, v := range steps(0, y.to, 5) {
			c.line("c-grid", x.a, y.at(v), x.b, y.at(v))
			c.text("c-soft", "end", x.a-8, y.at(v)+4, money(v))
		}
		most := 7
		if c.narrow {
			most = 4
		}
		for _, v := range steps(from, to, most) {
			c.text("c-soft", "middle", x.at(v), floor+17, traffic(v))
		}
		c.text("c-soft", "middle", (x.a+x.b)/2, floor+36, "requests a month")
		if inside(low.Requests, from, to) && high.Requests > low.Requests {
			c.rect("c-open c-zone", x.at(low.Requests), ceiling, x.at(high.Requests)-x.at(low.Requests), floor-ceiling, 0)
		}
		c.drawn("c-blue", points, func(p Point) float64 { return p.Blue }, x, y)
		c.drawn("c-green", points, func(p Point) float64 { return p.Green }, x, y)
		if inside(median.Requests, from, to) {
			at := x.at(median.Requests)
			c.line("c-dash", at, ceiling-6, at, floor)
			c.text("c-halo", anchor(at, c.w), at, ceiling-12, median.Name)
		}
		if even != nil && inside(even.Requests, from, to) {
			c.even(*even, points, x, y)
		}
		c.line("c-axis", x.a, floor, x.b, floor)
		c.legend(blue, green, low, floor+56)
	})
}

func inside(v, from, to float64) bool { return sound(v) && v >= from && v <= to }

func (c *canvas) drawn(class string, points []Point, of func(Point) float64, x, y scale) {
	var d strings.Builder
	for i, p := range points {
		fmt.Fprintf(&d, "%c%.1f %.1f", "ML"[min(i, 1)], x.at(p.Requests), y.at(of(p)))
	}
	c.path("c-line "+class, d.String())
}

// even marks where both cost the same.
func (c *canvas) even(e Place, points []Point, x, y scale) {
	i := 1
	for i < len(points)-1 && points[i].Requests < e.Requests {
		i++
	}
	a, b := points[i-1], points[i]
	t := 0.0
	if b.Requests > a.Requests {
		t = min(max((e.Requests-a.Requests)/(b.Requests-a.Requests), 0), 1)
	}
	at, cost := x.at(e.Requests), y.at(a.Green+t*(b.Green-a.Green))
	c.dot("c-open", at, cost, 6)
	c.text("c-strong c-halo", anchor(at, c.w), at, min(cost+26, y.a-8), e.Name)
}

func (c *canvas) legend(blue, green string, low Place, y float64) {
	x := 62.0
	for i, name := range []string{blue, green} {
		name = cut(name, 90)
		c.line("c-line "+[]string{"c-blue", "c-green"}[i], x, y-4, x+18, y-4)
		c.text("", "start", x+24, y, name)
		x += 24 + wide(name) + 16
	}
	c.rect("c-open c-zone", x, y-11, 18, 13, 2)
	c.text("", "start", x+24, y, low.Name)
}
