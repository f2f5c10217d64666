// Package canvas is what pictures are drawn on: SVG that needs nothing else, once
// for a desk and once for a phone, light and dark. What is drawn, and how it looks,
// is said by whom the picture belongs to. Every text is escaped: names are
// strangers'.
package canvas

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The widths of the two forms, in units of the picture.
const (
	Desk  = 760.0
	Phone = 380.0
)

// Canvas collects a picture's parts.
type Canvas struct {
	b strings.Builder
	// W is how wide it is; H is set by whoever draws.
	W, H float64
	// Narrow says that it is drawn for a phone.
	Narrow bool
}

// Frame is what all pictures of one kind share.
type Frame struct {
	// Prefix begins the name of every class, so that no page's rules are meant
	// by accident.
	Prefix string
	// Colours are the variables of the style, light and dark: "--i:#1d2433;…".
	Light, Dark string
	// Style is everything else.
	Style string
}

// css is the style with what is common to all: where which form is shown.
func (f Frame) css() string {
	p := "." + f.Prefix
	return p + `pic{` + f.Light + `;display:block;width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
` + p + `desk{max-width:54rem}` + p + `phone{display:none;max-width:30rem}
@media (max-width:44rem){` + p + `desk{display:none}` + p + `phone{display:block}}
@media (prefers-color-scheme:dark){` + p + `pic{` + f.Dark + `}}
` + f.Style
}

// Twice draws a picture for a desk and for a phone, one of which is shown.
func (f Frame) Twice(title string, draw func(c *Canvas)) string {
	var b strings.Builder
	name := html.EscapeString(title)
	for _, w := range []float64{Desk, Phone} {
		c := &Canvas{W: w, Narrow: w == Phone}
		draw(c)
		style, form := "<style>"+f.css()+"</style>", "desk"
		if c.Narrow {
			style, form = "", "phone"
		}
		fmt.Fprintf(&b, `<svg class="%[1]spic %[1]s%[2]s" viewBox="0 0 %.0[3]f %.0[4]f" role="img" aria-label="%[5]s" xmlns="http://www.w3.org/2000/svg"><title>%[5]s</title>%[6]s%[7]s</svg>`+"\n",
			f.Prefix, form, c.W, c.H, name, style, c.b.String())
	}
	return b.String()
}

// Line draws a straight line.
func (c *Canvas) Line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

// Rect draws a rectangle with rounded corners; one without an area is none.
func (c *Canvas) Rect(class string, x, y, w, h, round float64) {
	if w > 0 && h > 0 {
		fmt.Fprintf(&c.b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f"/>`, class, x, y, w, h, round)
	}
}

// Dot draws a disc.
func (c *Canvas) Dot(class string, x, y, r float64) {
	fmt.Fprintf(&c.b, `<circle class="%s" cx="%.1f" cy="%.1f" r="%.1f"/>`, class, x, y, r)
}

// Text writes; anchor is start, middle or end.
func (c *Canvas) Text(class, anchor string, x, y float64, body string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, html.EscapeString(body))
}

// Path draws what d says, in SVG's own words.
func (c *Canvas) Path(class, d string) { fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`, class, d) }

// Fit shortens a text to a width, of letters that are about so wide.
func Fit(body string, width, letter float64) string {
	r := []rune(body)
	most := max(2, int(width/letter))
	if len(r) <= most {
		return body
	}
	return string(r[:most-1]) + "…"
}

// Scale maps values to places, evenly or by their logarithm.
type Scale struct {
	From, To float64 // values
	A, B     float64 // places
	Log      bool
}

// Even maps the values from one to another to the places from a to b, evenly.
func Even(from, to, a, b float64) Scale { return Scale{From: from, To: to, A: a, B: b} }

// At is the place of a value; one outside of the scale is at its nearer end.
func (s Scale) At(v float64) float64 {
	from, to := s.From, s.To
	if s.Log {
		v, from, to = math.Log(max(v, 1e-12)), math.Log(from), math.Log(to)
	}
	if !(to > from) {
		return s.A
	}
	return s.A + min(max((v-from)/(to-from), 0), 1)*(s.B-s.A)
}

// Steps are about most round values from the first to the last: 1, 2 or 5 apart.
// There are none of what is no figure.
func Steps(from, to float64, most int) (list []float64) {
	if !Finite(from, to) || to <= from {
		return nil
	}
	each := math.Pow(10, math.Floor(math.Log10((to-from)/float64(most))))
	for _, times := range []float64{1, 2, 5, 10} {
		if (to-from)/(each*times) <= float64(most) {
			each *= times
			break
		}
	}
	for k := math.Ceil(from/each - 1e-9); k*each <= to+1e-9*each && len(list) <= 2*most; k++ {
		list = append(list, k*each+0) // no negative zero
	}
	return list
}

// Finite says whether all are figures that can be drawn.
func Finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.Abs(v) > 1e12 {
			return false
		}
	}
	return true
}
