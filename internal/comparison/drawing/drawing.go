// Package drawing draws two sides beside each other: how long answers took, how
// percentiles compare, what both cost, and where they cost the same. Each picture
// is an SVG that needs nothing else, once for a desk and once for a phone. Names
// are strangers': they are text wherever they stand.
package drawing

import (
	"math"

	"github.com/cutover-dev/cutover/internal/canvas"
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

var frame = canvas.Frame{
	Prefix: "c-",
	Light:  "--i:#1d2433;--s:#5b6578;--p:#fff;--r:#dfe3ea;--b:#2f62d0;--g:#0b7a70;--good:#18794e;--bad:#c0262d;--open:#946200",
	Dark:   "--i:#e6e9f0;--s:#9aa4b8;--p:#12161f;--r:#2c3444;--b:#7aa2f7;--g:#2dd4bf;--good:#4cc38a;--bad:#ff6b6f;--open:#f0b429",
	Style:  style,
}

// picture is one of its forms on its way to paper.
type picture struct{ *canvas.Canvas }

func twice(title string, draw func(c picture)) string {
	return frame.Twice(title, func(c *canvas.Canvas) { draw(picture{c}) })
}

const style = `.c-pic text{font-size:12.5px;fill:var(--i);font-variant-numeric:tabular-nums}.c-pic .c-soft{fill:var(--s);font-size:11.5px}.c-pic .c-strong{font-weight:650}.c-pic .c-halo{paint-order:stroke;stroke:var(--p);stroke-width:4px;stroke-linejoin:round}
.c-pic .c-grid{stroke:var(--r);stroke-width:1}.c-pic .c-axis{stroke:var(--s);stroke-width:1}.c-pic .c-dash{stroke:var(--s);stroke-width:1.4;stroke-dasharray:4 4}
.c-pic .c-blue{fill:var(--b)}.c-pic .c-green{fill:var(--g)}.c-pic .c-good{fill:var(--good)}.c-pic .c-bad{fill:var(--bad)}.c-pic .c-open{fill:var(--open)}
.c-pic .c-area{opacity:.17}.c-pic .c-zone{opacity:.08}.c-pic .c-bar{opacity:.85}
.c-pic .c-line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:round}.c-pic .c-line.c-blue{stroke:var(--b);fill:none}.c-pic .c-line.c-green{stroke:var(--g);fill:none}
.c-pic .c-line.c-good{stroke:var(--good)}.c-pic .c-line.c-bad{stroke:var(--bad)}.c-pic .c-line.c-open{stroke:var(--open)}.c-pic .c-whisk{stroke:var(--i);stroke-width:1.6;fill:none}.c-pic .c-dot{stroke:var(--p);stroke-width:1.6}`

// letter is about how wide one is: a little more rather than less.
const letter = 6.7

func wide(s string) float64 { return letter * float64(len([]rune(s))) }

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
