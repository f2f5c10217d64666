package report

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// form is one of the two shapes that a chart is drawn in: for a screen, and
// for a phone, where the same picture made small could not be read.
type form struct {
	width, plot      float64
	points           int
	clockGap         float64
	marginLabels     bool
	flagRows, values int
}

var (
	wideForm   = form{width: 896, plot: 250, points: 378, clockGap: 76, marginLabels: true, flagRows: 3, values: 5}
	narrowForm = form{width: 358, plot: 230, points: 178, clockGap: 48, flagRows: 3, values: 5}
)

const (
	ribbonHeight = 21
	flagHeight   = 18
	lineHeight   = 15
)

// canvas is one chart being drawn in one form.
type canvas struct {
	*svg
	c                        Chart
	f                        form
	scale                    scale
	left, right, top, bottom float64
	rows                     []int // of the ribbon
	ribbons                  int
	flags                    []flag
	numbered                 bool
	unsaid                   []Band // whose label was cut
}

// drawn is one form of a chart, and what its labels had no room to say.
type drawn struct {
	picture  template.HTML
	numbered bool // the marks bear numbers instead of labels
	unsaid   []Band
}

// chartSVG draws a tidied chart.
func chartSVG(c Chart, f form) drawn {
	k := &canvas{c: c, f: f, scale: newScale(c, f.values)}
	k.layOut()
	k.svg = newSVG(int(f.width), int(k.bottom)+42, c.Caption)
	k.bands()
	k.axes()
	k.hatches()
	k.marks()
	k.limitLines()
	for i, s := range c.Series {
		k.series(s, lineClass(c, i))
	}
	k.limitLabels()
	k.marginLabels()
	return drawn{k.done(), k.numbered, k.unsaid}
}

// layOut gives each part its room before anything is drawn.
func (k *canvas) layOut() {
	k.left, k.right = 36, k.f.width-12
	for _, v := range k.scale.ticks {
		k.left = max(k.left, textWidth(k.tick(v))+14)
	}
	if k.f.marginLabels {
		most := 0.0
		for _, s := range k.c.Series {
			most = max(most, textWidth(cut(s.Name, widestName)))
		}
		for _, l := range k.c.Limits {
			most = max(most, textWidth(cut(l.Label, widestName)))
		}
		k.right = k.f.width - 18 - most
	}
	k.rows, k.ribbons = ribbonRows(k.c.Bands, 3)
	k.top = 12 + float64(k.ribbons)*ribbonHeight
	k.flags = make([]flag, len(k.c.Marks))
	for i, m := range k.c.Marks {
		label := signed(m.Tone, m.Label)
		k.flags[i] = flag{text: label, x: k.x(m.At), to: boldly(m.Tone)*textWidth(label) + 4}
	}
	// Above the plot the margin of the lines' names is free.
	if !placeFlags(k.flags, k.left, k.f.width-8, k.f.flagRows, false) && !placeFlags(k.flags, k.left, k.f.width-8, k.f.flagRows, true) {
		k.numbered = true
		for i, m := range k.c.Marks {
			label := strings.ReplaceAll(signed(m.Tone, itoa(i+1)), " ", "")
			k.flags[i] = flag{text: label, x: k.x(m.At), to: textWidth(label) + 8, anchor: "middle"}
		}
		placeFlags(k.flags, k.left-12, k.right+10, k.f.flagRows, false)
	}
	k.top += float64(k.trimFlagRows()) * flagHeight
	k.bottom = k.top + k.f.plot
}

// trimFlagRows takes away the rows above the highest label, and returns how
// many are left.
func (k *canvas) trimFlagRows() int {
	highest := k.f.flagRows
	for _, f := range k.flags {
		if f.row >= 0 {
			highest = min(highest, f.row)
		}
	}
	for i := range k.flags {
		k.flags[i].row = max(k.flags[i].row-highest, -1)
	}
	return k.f.flagRows - highest
}

func (k *canvas) x(t time.Time) float64 {
	return k.left + (k.right-k.left)*fraction(t, k.c.Start, k.c.End)
}

func (k *canvas) y(v float64) float64 { return k.bottom - (k.bottom-k.top)*k.scale.at(v) }

func (k *canvas) tick(v float64) string {
	text := k.c.figure(v) + k.c.shortUnit()
	if k.scale.below && v == k.scale.low {
		return "≤ " + text
	}
	return text
}

func (k *canvas) axes() {
	for _, v := range k.scale.ticks {
		y := k.y(v)
		k.line(k.left, y, k.right, y, "grid")
		k.text(k.left-7, y+4, "end", "axis", k.tick(v))
	}
	k.line(k.left, k.bottom, k.right, k.bottom, "base")
	want := max(2, int((k.right-k.left)/k.f.clockGap))
	ticks := timeTicks(k.c.Start, k.c.End, want)
	if len(ticks) > 0 && len(ticks[0].clock) > len("15:04") {
		ticks = timeTicks(k.c.Start, k.c.End, max(2, want*len("15:04")/len(ticks[0].clock)))
	}
	dated := 4 + textWidth("UTC") + 6 // where the last date ends
	for i, t := range ticks {
		x := k.x(t.at)
		k.line(x, k.bottom, x, k.bottom+5, "base")
		k.text(x, k.bottom+18, "middle", "axis", t.clock)
		half := textWidth(t.date) / 2
		if i == 0 {
			x = max(x, dated+half) // the first date is always told
		}
		if t.date != "" && x-half >= dated {
			k.text(x, k.bottom+18+lineHeight, "middle", "lane", t.date)
			dated = x + half + 6
		}
	}
	k.text(4, k.bottom+18+lineHeight, "start", "axis", "UTC")
}

func (k *canvas) bands() {
	for i, b := range k.c.Bands {
		from, to := k.x(b.Start), k.x(b.End)
		hint := signed(b.Tone, b.Label) + ": " + k.c.span(b.Start, b.End)
		k.rect(from, k.top, to-from, k.bottom-k.top, "band "+toneClass(b.Tone), hint)
		k.line(from, k.top, from, k.bottom, "edge")
		if b.Label == "" {
			continue
		}
		whole, label := signed(b.Tone, b.Label), ""
		if k.rows[i] >= 0 {
			label = cut(whole, to-from-4)
		}
		if label != whole {
			k.unsaid = append(k.unsaid, b)
		}
		if k.rows[i] < 0 {
			continue
		}
		y := 6 + float64(k.rows[i])*ribbonHeight
		k.rect(from+0.5, y, max(to-from-1, 1), ribbonHeight-3, "ribbon "+toneClass(b.Tone), hint)
		if label != "" {
			k.text((from+to)/2, y+13, "middle", "label", label)
		}
	}
}

func (k *canvas) marks() {
	for i, m := range k.c.Marks {
		f, tone := k.flags[i], toneClass(m.Tone)
		hint := k.c.stamp(m.At) + " " + signed(m.Tone, m.Label)
		y := k.top
		if f.row >= 0 {
			y = k.top - float64(k.rowsBelow(f.row))*flagHeight
		}
		k.line(f.x, y, f.x, k.bottom, "mark "+tone)
		switch {
		case f.row < 0:
		case k.numbered:
			k.rect(f.from, y, f.to-f.from, flagHeight-2, "pill "+tone, hint)
			k.text(f.x, y+12.5, "middle", "number", f.text)
		case f.anchor == "end":
			k.text(f.x-5, y+11, "end", "flag "+tone, f.text)
		default:
			k.text(f.x+5, y+11, "start", "flag "+tone, f.text)
		}
		// A line of one pixel is hard to point at.
		k.rect(f.x-5, y, 10, k.bottom-y, "hit", hint)
	}
}

// rowsBelow counts the rows from this one down to the plot.
func (k *canvas) rowsBelow(row int) int {
	total := 0
	for _, f := range k.flags {
		total = max(total, f.row+1)
	}
	return total - row
}

// series draws one line. A point between two gaps is a short dash of its own,
// so that it is seen.
func (k *canvas) series(s Series, class string) {
	var d strings.Builder
	drawn := 0
	for _, run := range runs(s, k.c.Start, k.c.End, k.f.points) {
		var xs, ys []string
		for _, p := range run {
			x, y := short(k.x(p.At)), short(k.y(p.Value))
			if n := len(xs); n > 1 && ys[n-1] == y && ys[n-2] == y {
				xs[n-1] = x // level: one long line instead of many
				continue
			}
			xs, ys = append(xs, x), append(ys, y)
		}
		drawn += len(xs)
		for i := range xs {
			switch {
			case i == 0:
				d.WriteString("M" + xs[0] + " " + ys[0])
				if len(xs) == 1 {
					d.WriteString("m-1.5 0h3")
				}
			case s.Step && ys[i] != ys[i-1]:
				d.WriteString("H" + xs[i] + "V" + ys[i])
			case ys[i] == ys[i-1]:
				d.WriteString("H" + xs[i])
			default:
				d.WriteString("L" + xs[i] + " " + ys[i])
			}
		}
	}
	if drawn > k.f.points/2 {
		class += " dense"
	}
	if d.Len() > 0 {
		fmt.Fprintf(&k.b, `<path d="%s" class="%s"/>`, d.String(), class)
	}
}

// short writes a coordinate with at most one digit behind the point.
func short(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
