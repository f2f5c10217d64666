package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
)

// svg collects markup. Every text goes through text(), which escapes it.
type svg struct{ b strings.Builder }

func newSVG(width, height int, title string) *svg {
	s := &svg{}
	fmt.Fprintf(&s.b, `<svg viewBox="0 0 %d %d" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg">`,
		width, height, template.HTMLEscapeString(title))
	fmt.Fprintf(&s.b, "<title>%s</title>", template.HTMLEscapeString(title))
	return s
}

func (s *svg) rect(x, y, w, h float64, class, hint string) {
	fmt.Fprintf(&s.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" class="%s"><title>%s</title></rect>`,
		x, y, max(w, 1.5), h, class, template.HTMLEscapeString(hint))
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&s.b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (s *svg) text(x, y float64, anchor, class, body string) {
	fmt.Fprintf(&s.b, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`,
		x, y, anchor, class, template.HTMLEscapeString(body))
}

// upright writes a text from bottom to top, around its middle.
func (s *svg) upright(x, y float64, class, body string) {
	fmt.Fprintf(&s.b, `<text transform="translate(%.1f %.1f) rotate(-90)" text-anchor="middle" class="%s">%s</text>`,
		x, y, class, template.HTMLEscapeString(body))
}

// done closes the picture. All text in it was escaped on the way in.
func (s *svg) done() template.HTML {
	s.b.WriteString("</svg>")
	return template.HTML(s.b.String())
}

const (
	chartWidth = 760
	labelWidth = 190
)

// barsSVG draws horizontal bars with a mark at each limit.
func barsSVG(b Bars) template.HTML {
	const row, top = 30, 8
	height := top + row*len(b.Rows) + 8
	s := newSVG(chartWidth, height, b.Caption)
	scale := float64(chartWidth - labelWidth - 110)
	for i, r := range b.Rows {
		y := float64(top + i*row)
		s.text(labelWidth-12, y+17, "end", "label", clipLabel(r.Label, 26))
		s.rect(labelWidth, y+4, scale, 18, "track", r.Label)
		s.rect(labelWidth, y+4, scale*min(max(share(r.Value, b.Max), 0), 1), 18, "fill "+toneClass(r.Tone), r.Label+": "+Number(r.Value)+b.Unit)
		if r.Limit != nil {
			x := labelWidth + scale*min(max(share(*r.Limit, b.Max), 0), 1)
			s.line(x, y, x, y+26, "limit")
		}
		s.text(labelWidth+scale+10, y+17, "start", "value", Number(r.Value)+b.Unit)
	}
	return s.done()
}

// lanesSVG draws a Gantt chart: one row a span, spans grouped by lane.
func lanesSVG(l Lanes) template.HTML {
	const row, laneHead, top, axis = 24, 26, 6, 26
	var end time.Duration
	var lanes []string
	for _, sp := range l.Spans {
		end = max(end, sp.End)
		if !slices.Contains(lanes, sp.Lane) {
			lanes = append(lanes, sp.Lane)
		}
	}
	height := top + row*len(l.Spans) + laneHead*len(lanes) + axis
	s := newSVG(chartWidth, height, l.Caption)
	scale := float64(chartWidth - labelWidth - 70)
	at := func(d time.Duration) float64 { return labelWidth + scale*share(float64(d), float64(end)) }
	floor := float64(height - axis)
	for _, tick := range ticks(end) {
		s.line(at(tick), top, at(tick), floor, "grid")
		s.text(at(tick), floor+17, "middle", "axis", Seconds(tick))
	}
	y := float64(top)
	for _, lane := range lanes {
		s.text(4, y+17, "start", "lane", clipLabel(lane, 60))
		y += laneHead
		for _, sp := range l.Spans {
			if sp.Lane != lane {
				continue
			}
			took := Seconds(sp.End - sp.Start)
			s.text(labelWidth-12, y+15, "end", "label", clipLabel(sp.Label, 28))
			s.rect(at(sp.Start), y+3, at(sp.End)-at(sp.Start), 16, "fill "+toneClass(sp.Tone), sp.Label+": "+took)
			s.text(at(sp.End)+6, y+15, "start", "value", took)
			y += row
		}
	}
	return s.done()
}

// ticks returns about five round times up to end.
func ticks(end time.Duration) []time.Duration {
	steps := []time.Duration{
		100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour,
	}
	step := steps[len(steps)-1]
	for _, s := range steps {
		if end/s <= 6 {
			step = s
			break
		}
	}
	var at []time.Duration
	for t := time.Duration(0); t <= end && len(at) < 100; t += step {
		at = append(at, t)
	}
	return at
}

// clipLabel shortens a label from its front: the end of a path tells more.
func clipLabel(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return "…" + string(r[len(r)-most+1:])
}
