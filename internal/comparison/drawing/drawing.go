// Package drawing draws two sides beside each other: how long answers took, how
// percentiles compare, what both cost, and where they cost the same. Each picture
// is an SVG that needs nothing else, once for a desk and once for a phone. Names
// are strangers': they are text wherever they stand.
package drawing

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Tone is how a verdict reads. A sign stands beside its colour.
type Tone int

// The tones.
const (
	Open Tone = iota
	Good
	Bad
)

func (t Tone) class() string { return [...]string{"c-open", "c-good", "c-bad"}[t] }

func (t Tone) sign() string { return [...]string{"?", "✓", "✗"}[t] }

// style is the pictures' own: every class begins with c-, so that no page's rules
// are meant by accident.
const style = `.c-pic{--i:#1d2433;--s:#5b6578;--p:#fff;--r:#dfe3ea;--b:#2f62d0;--g:#0b7a70;--good:#18794e;--bad:#c0262d;--open:#946200;display:block;width:100%;height:auto;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
.c-desk{max-width:54rem}.c-phone{display:none;max-width:30rem}
@media (max-width:44rem){.c-desk{display:none}.c-phone{display:block}}
@media (prefers-color-scheme:dark){.c-pic{--i:#e6e9f0;--s:#9aa4b8;--p:#12161f;--r:#2c3444;--b:#7aa2f7;--g:#2dd4bf;--good:#4cc38a;--bad:#ff6b6f;--open:#f0b429}}
.c-pic text{font-size:12.5px;fill:var(--i);font-variant-numeric:tabular-nums}.c-pic .c-soft{fill:var(--s);font-size:11.5px}.c-pic .c-strong{font-weight:650}.c-pic .c-halo{paint-order:stroke;stroke:var(--p);stroke-width:4px;stroke-linejoin:round}
.c-pic .c-grid{stroke:var(--r);stroke-width:1}.c-pic .c-axis{stroke:var(--s);stroke-width:1}.c-pic .c-dash{stroke:var(--s);stroke-width:1.4;stroke-dasharray:4 4}
.c-pic .c-blue{fill:var(--b)}.c-pic .c-green{fill:var(--g)}.c-pic .c-good{fill:var(--good)}.c-pic .c-bad{fill:var(--bad)}.c-pic .c-open{fill:var(--open)}
.c-pic .c-area{opacity:.17}.c-pic .c-zone{opacity:.08}.c-pic .c-bar{opacity:.85}
.c-pic .c-line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}.c-pic .c-line.c-blue{stroke:var(--b);fill:none}.c-pic .c-line.c-green{stroke:var(--g);fill:none}
.c-pic .c-line.c-good{stroke:var(--good)}.c-pic .c-line.c-bad{stroke:var(--bad)}.c-pic .c-line.c-open{stroke:var(--open)}.c-pic .c-whisk{stroke:var(--i);stroke-width:1.6;fill:none}.c-pic .c-dot{stroke:var(--p);stroke-width:1.6}`

// The widths of the two forms.
const (
	desk  = 760
	phone = 380
)

// canvas collects a picture's parts.
type canvas struct {
	b      strings.Builder
	w, h   float64
	narrow bool
}

// both draws a picture for a desk and for a phone.
func both(title string, draw func(c *canvas)) string {
	var b strings.Builder
	for i, w := range []float64{desk, phone} {
		c := &canvas{w: w, narrow: w == phone}
		draw(c)
		css := ""
		if i == 0 {
			css = "<style>" + style + "</style>"
		}
		fmt.Fprintf(&b, `<svg class="c-pic %s" viewBox="0 0 %.0f %.0f" role="img" aria-label="%s" xmlns="http://www.w3.org/2000/svg"><title>%s</title>%s%s</svg>`+"\n",
			[]string{"c-desk", "c-phone"}[i], c.w, c.h, html.EscapeString(title), html.EscapeString(title), css, c.b.String())
	}
	return b.String()
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(&c.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (c *canvas) rect(class string, x, y, w, h, round float64) {
	if w > 0 && h > 0 {
		fmt.Fprintf(&c.b, `<rect class="%s" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.1f"/>`, class, x, y, w, h, round)
	}
}

func (c *canvas) dot(class string, x, y, r float64) {
	fmt.Fprintf(&c.b, `<circle class="c-dot %s" cx="%.1f" cy="%.1f" r="%.1f"/>`, class, x, y, r)
}

// text writes; anchor is start, middle or end.
func (c *canvas) text(class, anchor string, x, y float64, s string) {
	fmt.Fprintf(&c.b, `<text class="%s" text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, class, anchor, x, y, html.EscapeString(s))
}

func (c *canvas) path(class, d string) { fmt.Fprintf(&c.b, `<path class="%s" d="%s"/>`, class, d) }

// wide is about how wide a text is: a little more rather than less.
func wide(s string) float64 { return 6.7 * float64(len([]rune(s))) }

// cut shortens a text to a width.
func cut(s string, width float64) string {
	r := []rune(s)
	most := max(1, int(width/6.7))
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}

// scale maps values to places, evenly or by their logarithm.
type scale struct {
	from, to float64 // values
	a, b     float64 // places
	log      bool
}

func (s scale) at(v float64) float64 {
	from, to := s.from, s.to
	if s.log {
		v, from, to = math.Log(max(v, 1e-12)), math.Log(from), math.Log(to)
	}
	if to == from {
		return s.a
	}
	return s.a + min(max((v-from)/(to-from), 0), 1)*(s.b-s.a)
}

// sound says whether all are figures.
func sound(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// steps are about most round values from 0 or from to to, 1, 2 or 5 apart.
func steps(from, to float64, most int) []float64 {
	if !sound(from, to) || to <= from {
		return nil
	}
	each := math.Pow(10, math.Floor(math.Log10((to-from)/float64(most))))
	for _, times := range []float64{1, 2, 5, 10} {
		if (to-from)/(each*times) <= float64(most) {
			each *= times
			break
		}
	}
	var list []float64
	for i := math.Ceil(from/each - 1e-9); i*each <= to*(1+1e-12); i++ {
		list = append(list, i*each+0) // no negative zero
	}
	return list
}

// decades are the powers of ten between, with 2 and 5 where there is room.
func decades(from, to float64, narrow bool) []float64 {
	parts := []float64{1, 2, 5}
	if d := math.Log10(to / from); narrow && d > 1.2 || d > 2.6 {
		parts = parts[:1]
	}
	var list []float64
	for e := math.Floor(math.Log10(from)); e <= math.Ceil(math.Log10(to)); e++ {
		for _, p := range parts {
			if v := p * math.Pow(10, e); v >= from*0.999 && v <= to*1.001 {
				list = append(list, v)
			}
		}
	}
	return list
}
