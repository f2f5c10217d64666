package picture

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// svg collects markup. Each text in it is escaped on its way in.
type svg struct{ b strings.Builder }

func (s *svg) open(width, height float64, title string) {
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-label="%s"><rect class="panel" x=".5" y=".5" width="%g" height="%g" rx="6"/>`,
		width, height, html.EscapeString(title), width-1, height-1)
}

func (s *svg) close() string { return s.b.String() + "</svg>" }

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&s.b, `<path d="M%s %sL%s %s" class="%s"/>`, coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2), class)
}

func (s *svg) text(x, y float64, anchor, class, body string) {
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" text-anchor="%s" class="%s">%s</text>`, coordinate(x), coordinate(y), anchor, class, html.EscapeString(body))
}

func (s *svg) pill(x, y float64, number string) {
	fmt.Fprintf(&s.b, `<circle cx="%s" cy="%s" r="7" class="pill"/>`, coordinate(x), coordinate(y))
	s.text(x, y+3.5, "middle", "number", number)
}

func (s *svg) curve(path string, dots bool, class, label string) {
	if path == "" {
		return
	}
	if dots {
		// A little length makes a run of one point seen.
		class, path = class+" dots", strings.ReplaceAll(path[1:], "M", "h.1M")
		path = "M" + path + "h.1"
	}
	fmt.Fprintf(&s.b, `<path d="%s" class="%s"><title>%s</title></path>`, path, class, html.EscapeString(label))
}

func (s *svg) area(upper, lower, class string) {
	// One shape needs one run: what is missing in between is not stacked.
	if upper == "" || lower == "" || strings.Count(upper, "M") != 1 || strings.Count(lower, "M") != 1 {
		return
	}
	points := strings.Split(lower[1:], "L")
	var back strings.Builder
	for i := len(points) - 1; i >= 0; i-- {
		back.WriteString("L" + points[i])
	}
	fmt.Fprintf(&s.b, `<path d="%s%sZ" class="area %s"/>`, upper, back.String(), class)
}

func coordinate(v float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(math.Round(v*10)/10, 'f', 1, 64), ".0")
}

// palette is how many colours lines without one of their own take turns with.
const palette = 10

// named are the colours that mean something, by the class that draws them.
var named = map[string]string{"#d13212": "red", "#e07700": "amber", "#2ca02c": "green", "#1f77b4": "blue", "#9467bd": "purple"}

func colourOf(l drawn, i int) string {
	if class := named[l.colour]; class != "" {
		return "line " + class
	}
	return fmt.Sprintf("line c%d", i%palette)
}

// short writes a figure of an axis.
func short(v float64) string {
	for _, u := range []struct {
		size float64
		sign string
	}{{1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if math.Abs(v) >= u.size {
			size := u.size
			if u.sign == "k" {
				size = 1000
			}
			return strconv.FormatFloat(v/size, 'g', 3, 64) + u.sign
		}
	}
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
}

// textWidth estimates how wide a text is; nothing here can measure fonts, so
// it errs to the wide side.
func textWidth(s string, size float64) float64 {
	width := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljtf.,:'| ", r):
			width += 0.33
		case r >= 'A' && r <= 'Z' || r == 'm' || r == 'w' || r >= 0x2000:
			width += 0.75
		default:
			width += 0.58
		}
	}
	return width * size
}

// cut shortens a text until it fits. The end of a function's name tells more
// than its beginning, so that the middle goes.
func cut(s string, size, width float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	r := []rune(s)
	for n := len(r) - 1; n > 4; n-- {
		if c := string(r[:n-n/2]) + "…" + string(r[len(r)-n/2:]); textWidth(c, size) <= width {
			return c
		}
	}
	return "…"
}
