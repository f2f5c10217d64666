// Package picture draws dashboards with made-up data: from the body that is
// deployed, on the same grid, with the same expressions worked out, so that one
// can look at a dashboard before there is anything to watch.
package picture

import (
	_ "embed"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

//go:embed page.css
var style string

// Board is a dashboard's name and its body.
type Board struct {
	Name string
	Body []byte
}

// A unit of the grid in pixels.
const (
	unitWidth  = 62
	unitHeight = 47
	// phone is how wide a widget is drawn for a phone.
	phone = 370
	// titleSize is that of bold text, which is wider than its size says.
	titleSize = 15
	gap       = 6
)

// made says that nothing in the picture was measured.
const made = "Simulated data: nothing here was measured. Layout, series, expressions and limits are those of the deployed dashboard."

// picture is one board while it is drawn.
type picture struct {
	w       World
	name    string
	widgets []dashboard.Placed
	marks   []dashboard.Mark
}

func read(b Board, w World) (picture, error) {
	widgets, err := dashboard.Parse(b.Body)
	if err != nil {
		return picture{}, fmt.Errorf("%s: %w", b.Name, err)
	}
	p := picture{w: w, name: b.Name, widgets: widgets}
	for _, placed := range widgets {
		if m, ok := placed.Widget.(dashboard.Metrics); ok && len(m.Marks) > len(p.marks) {
			p.marks = m.Marks
		}
	}
	return p, nil
}

// HTML is one self-contained page with all boards, light and dark, readable on
// a phone.
func HTML(title string, boards []Board, w World) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`+
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>%s</title><style>%s</style></head><body><main>`, html.EscapeString(title), style)
	fmt.Fprintf(&b, `<p class="note">%s Times are UTC.</p>`, made)
	for i, board := range boards {
		p, err := read(board, w)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			b.WriteString(p.key())
		}
		fmt.Fprintf(&b, `<h1>%s</h1><div class="board">`, html.EscapeString(p.name))
		if err := p.cells(&b); err != nil {
			return nil, err
		}
		b.WriteString("</div>\n")
	}
	b.WriteString("</main></body></html>\n")
	return []byte(b.String()), nil
}

// key explains the numbers of the marks.
func (p picture) key() string {
	if len(p.marks) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<ul class="key">`)
	for i, m := range p.marks {
		fmt.Fprintf(&b, `<li><b>%d</b> %s %s</li>`, i+1, m.At.UTC().Format("2 Jan 15:04"), html.EscapeString(m.Label))
	}
	return b.String() + "</ul>"
}

func (p picture) cells(b *strings.Builder) error {
	for _, placed := range p.widgets {
		fmt.Fprintf(b, `<div style="grid-area:%d/%d/span %d/span %d">`, placed.Y+1, placed.X+1, placed.Height, placed.Width)
		if t, ok := placed.Widget.(dashboard.Text); ok {
			b.WriteString(words(t))
		} else {
			width, height := pixels(placed)
			wide, err := p.draw(placed, width, height)
			if err != nil {
				return err
			}
			if m, ok := placed.Widget.(dashboard.Metrics); ok && placed.Width <= 8 && m.View == dashboard.Graph {
				fmt.Fprintf(b, `<div class="one" style="height:100%%">%s</div>`, wide)
			} else {
				narrow, err := p.draw(placed, phone, p.phoneHeight(placed))
				if err != nil {
					return err
				}
				fmt.Fprintf(b, `<div class="wide" style="height:100%%">%s</div><div class="narrow one">%s</div>`, wide, narrow)
			}
		}
		b.WriteString("</div>\n")
	}
	return nil
}

// phoneHeight leaves room for what stands beside each other on a screen.
func (p picture) phoneHeight(placed dashboard.Placed) float64 {
	switch w := placed.Widget.(type) {
	case dashboard.Alarms:
		return 40 + math.Ceil(float64(len(w.ARNs))/2)*tileHeight
	case dashboard.Metrics:
		if w.View == dashboard.Number {
			return 110
		}
	}
	return 270
}

func pixels(p dashboard.Placed) (width, height float64) {
	return float64(p.Width*unitWidth - gap), float64(p.Height*unitHeight - gap)
}

// SVG is one board as one picture.
func SVG(board Board, w World) ([]byte, error) {
	p, err := read(board, w)
	if err != nil {
		return nil, err
	}
	rows := 0
	for _, placed := range p.widgets {
		rows = max(rows, placed.Y+placed.Height)
	}
	key := make([]string, 0, len(p.marks))
	for i, m := range p.marks {
		key = append(key, fmt.Sprintf("%d  %s %s", i+1, m.At.UTC().Format("15:04"), m.Label))
	}
	s := svg{}
	head := 34 + 20*len(key)
	width, height := dashboard.Columns*unitWidth+gap, rows*unitHeight+gap+head
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s"><style>%s</style><rect class="paper" width="100%%" height="100%%"/>`,
		width, height, html.EscapeString(p.name), svgStyle())
	s.text(gap, 21, "start", "strong", made+" Times are UTC.")
	for i, line := range key {
		s.text(gap, float64(42+20*i), "start", "words", line)
	}
	for _, placed := range p.widgets {
		w, h := pixels(placed)
		drawn, err := p.draw(placed, w, h)
		if err != nil {
			return nil, err
		}
		at := fmt.Sprintf(`<svg x="%d" y="%d" width="%g" height="%g"`, placed.X*unitWidth+gap, placed.Y*unitHeight+head, w, h)
		s.b.WriteString(strings.Replace(drawn, "<svg", at, 1))
	}
	return []byte(s.close() + "\n"), nil
}

// svgStyle is the part of the style that is about pictures and colours.
func svgStyle() string {
	var b strings.Builder
	for line := range strings.Lines(style) {
		if strings.HasPrefix(line, ":root") || strings.HasPrefix(line, "svg ") || strings.HasPrefix(line, "@media (prefers-color-scheme:dark)") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// draw draws one widget.
func (p picture) draw(placed dashboard.Placed, width, height float64) (string, error) {
	switch w := placed.Widget.(type) {
	case dashboard.Text:
		return wordsSVG(w, width, height), nil
	case dashboard.Alarms:
		return tiles(w, width, height), nil
	case dashboard.Metrics:
		d := newData(p.w, w, p.marks)
		lines, err := d.lines(w)
		if err != nil {
			return "", err
		}
		if w.View == dashboard.Number {
			return figure(w, lines, width, height), nil
		}
		return graph(d, w, lines, width, height), nil
	}
	return "", fmt.Errorf("there is no picture of %T", placed.Widget)
}

// figure draws the widgets that show one number.
func figure(m dashboard.Metrics, lines []drawn, width, height float64) string {
	s := svg{}
	s.open(width, height, m.Title)
	s.text(12, 21, "start", "title", cut(m.Title, titleSize, width-24))
	for i, l := range lines[:min(len(lines), 1)] {
		values := slices.DeleteFunc(slices.Clone(l.values), math.IsNaN)
		text := "no data"
		if n := len(values); n > 0 {
			v := values[n-1]
			if m.Whole {
				v = over(values, m.Series[i].Stat)
			}
			text = short(v)
		}
		s.text(width/2, height/2+24, "middle", "figure", text)
	}
	return s.close()
}

// over is one figure of many by a statistic.
func over(values []float64, stat string) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	switch stat {
	case "Average":
		return sum / float64(len(values))
	case "Maximum":
		return slices.Max(values)
	case "Minimum":
		return slices.Min(values)
	}
	return sum
}
