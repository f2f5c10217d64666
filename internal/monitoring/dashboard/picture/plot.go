package picture

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// A chart of internal/report is of one of two fixed sizes and has one value
// axis, and a widget is of any size and has two. Hence a plot of its own here,
// small since it need not read what people give it.

// plot is the graph of a widget while it is drawn.
type plot struct {
	svg
	d                        data
	m                        dashboard.Metrics
	lines                    []drawn
	left, right, top, bottom float64
	scales                   [2]scale
}

const (
	legendRow = 15
	mostRows  = 3
	// mostLines is how many lines are drawn: CloudWatch draws all, and nobody can
	// tell them apart.
	mostLines = 25
)

// graph draws a widget over time into width and height.
func graph(d data, m dashboard.Metrics, lines []drawn, width, height float64) string {
	p := &plot{d: d, m: m, lines: lines}
	legend, rows := p.legend(width, height)
	p.fit()
	p.left, p.right = 14, width-14
	for side, s := range p.scales {
		for _, v := range s.ticks {
			room := textWidth(short(v), 11) + 14
			if side == 0 {
				p.left = max(p.left, room)
			} else {
				p.right = min(p.right, width-room)
			}
		}
	}
	p.top, p.bottom = 56, height-27-float64(rows)*legendRow
	p.open(width, height, m.Title)
	p.text(12, 21, "start", "title", cut(m.Title, titleSize, width-24))
	if m.Left.Label != "" {
		p.text(12, 38, "start", "soft", cut(m.Left.Label, 11, width/2-16))
	}
	if p.scales[1].used {
		p.text(width-12, 38, "end", "soft", cut(m.Right.Label, 11, width/2-16))
	}
	p.axes()
	p.events()
	p.curves()
	p.thresholds()
	p.b.WriteString(legend)
	return p.close()
}

// legend lays out the names under the plot, and says how many rows they take.
func (p *plot) legend(width, height float64) (string, int) {
	type item struct {
		text, colour string
		x            float64
		row          int
	}
	var items []item
	x, row := 12.0, 0
	for i, l := range p.lines {
		text := cut(l.label, 11, width-40)
		w := textWidth(text, 11) + 26
		if x+w > width-8 && x > 12 {
			x, row = 12, row+1
		}
		if row == mostRows {
			more := fmt.Sprintf("and %d more", len(p.lines)-i)
			// It takes the place of what leaves it no room.
			last := len(items) - 1
			if items[last].x+textWidth(items[last].text, 11)+26+textWidth(more, 11) > width-8 {
				more = fmt.Sprintf("and %d more", len(p.lines)-i+1)
				items[last] = item{more, "", items[last].x - 18, row - 1}
			} else {
				items = append(items, item{more, "", items[last].x + textWidth(items[last].text, 11) + 8, row - 1})
			}
			row--
			break
		}
		items = append(items, item{text, colourOf(l, i), x, row})
		x += w
	}
	p.lines = p.lines[:min(len(p.lines), mostLines)]
	s := svg{}
	for _, it := range items {
		y := height - 10 - float64(row-it.row)*legendRow
		if it.colour != "" {
			s.line(it.x, y-4, it.x+13, y-4, it.colour)
		}
		s.text(it.x+18, y, "start", "key", it.text)
	}
	return s.b.String(), row + 1
}

func (p *plot) x(at time.Time) float64 {
	first, last := p.d.times[0], p.d.End
	return p.left + (p.right-p.left)*float64(at.Sub(first))/float64(last.Sub(first))
}

func (p *plot) y(side int, v float64) float64 {
	s := p.scales[side]
	return p.bottom - (p.bottom-p.top)*min(max((v-s.low)/(s.high-s.low), 0), 1)
}

func (p *plot) axes() {
	for _, v := range p.scales[0].ticks {
		p.line(p.left, p.y(0, v), p.right, p.y(0, v), "grid")
		p.text(p.left-6, p.y(0, v)+4, "end", "soft", short(v))
	}
	for _, v := range p.scales[1].ticks {
		p.text(p.right+6, p.y(1, v)+4, "start", "soft", short(v))
	}
	p.line(p.left, p.bottom, p.right, p.bottom, "base")
	span := p.d.End.Sub(p.d.times[0])
	step, form := 24*time.Hour, "2 Jan"
	for _, h := range []int{1, 2, 3, 4, 6, 8, 12} {
		if s := time.Duration(h) * time.Hour; float64(span/s) <= (p.right-p.left)/52 {
			step, form = s, "15:04"
			break
		}
	}
	for form == "2 Jan" && float64(span/step) > (p.right-p.left)/60 {
		step += 24 * time.Hour
	}
	for at := p.d.times[0].Truncate(step); !at.After(p.d.End); at = at.Add(step) {
		half := textWidth(at.Format(form), 11) / 2
		if x := p.x(at); x-half >= p.left-8 && x+half <= p.right+12 {
			p.line(x, p.bottom, x, p.bottom+4, "base")
			p.text(x, p.bottom+16, "middle", "soft", at.Format(form))
		}
	}
}

// events draws the marks. Their numbers are explained at the top of the page.
func (p *plot) events() {
	end := math.Inf(-1)
	for _, m := range p.m.Marks {
		if m.At.Before(p.d.times[0]) || m.At.After(p.d.End) {
			continue
		}
		x := p.x(m.At)
		p.line(x, p.top-3, x, p.bottom, "mark")
		number := strconv.Itoa(numberOf(p.d.marks, m))
		if x-8 < end {
			continue // the number before is near enough to find the line by
		}
		p.pill(x, p.top-8, number)
		end = x + 9
	}
}

// numberOf is the number of a mark in the list at the top of the page.
func numberOf(all []dashboard.Mark, m dashboard.Mark) int {
	return 1 + slices.IndexFunc(all, func(o dashboard.Mark) bool { return o.Label == m.Label && o.At.Equal(m.At) })
}

// curves draws the lines, the first ones on top.
func (p *plot) curves() {
	below := make([]float64, len(p.d.times))
	for i, l := range p.lines {
		side := 0
		if l.onRight {
			side = 1
		}
		values := l.values
		if p.m.Stacked {
			values = slices.Clone(values)
			for n := range values {
				values[n] += below[n]
			}
		}
		path, dots := p.path(side, values)
		if p.m.Stacked {
			under, _ := p.path(side, below)
			p.area(path, under, colourOf(l, i))
			below = values
		}
		p.curve(path, dots, colourOf(l, i), l.label)
	}
}

// path turns points into a path: of each two pixels the lowest and the highest,
// so that no spike of a minute is lost. Lone points are dots.
func (p *plot) path(side int, values []float64) (path string, dots bool) {
	var b strings.Builder
	per := max(1, int(math.Ceil(float64(len(values))/((p.right-p.left)/2.2))))
	pen, runs, points := false, 0, 0
	point := func(i int) {
		op := "L"
		if !pen {
			op, pen = "M", true
			runs++
		}
		points++
		b.WriteString(op + coordinate(p.x(p.d.times[i])) + " " + coordinate(p.y(side, values[i])))
	}
	for from := 0; from < len(values); from += per {
		low, high := -1, -1
		for i := from; i < min(from+per, len(values)); i++ {
			if math.IsNaN(values[i]) {
				continue
			}
			if low < 0 || values[i] < values[low] {
				low = i
			}
			if high < 0 || values[i] > values[high] {
				high = i
			}
		}
		switch {
		case low < 0:
			pen = false
		case low == high:
			point(low)
		default:
			point(min(low, high))
			point(max(low, high))
		}
	}
	return b.String(), runs > 1 && points < 3*runs
}

// thresholds draws the horizontal lines and their labels, which never cover
// each other.
func (p *plot) thresholds() {
	var taken []float64
	lines := slices.Clone(p.m.Lines)
	slices.SortStableFunc(lines, func(a, b dashboard.Line) int { return int(math.Copysign(1, b.Value-a.Value)) })
	for _, l := range lines {
		y := p.y(0, l.Value)
		p.line(p.left, y, p.right, y, "limit")
		for _, at := range []float64{y - 5, y + 13} {
			if at > p.top+12 && at < p.bottom-2 && !slices.ContainsFunc(taken, func(o float64) bool { return math.Abs(o-at) < 13 }) {
				p.text(p.right-4, at, "end", "limit-label", cut(l.Label, 11, p.right-p.left-8))
				taken = append(taken, at)
				break
			}
		}
	}
}
