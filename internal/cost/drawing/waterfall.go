package drawing

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/canvas"
)

// Bar is a step of a waterfall, or the sum at either end of it.
type Bar struct {
	Name, Detail string
	// Change is by how much; for a sum the sum.
	Change float64
}

// Waterfall draws how the parts lead from one sum to the next, a row each.
func Waterfall(title string, before, after Bar, parts []Bar) string {
	low, high := min(before.Change, after.Change), max(before.Change, after.Change)
	at := before.Change
	for _, p := range parts {
		at += p.Change
		if !canvas.Finite(p.Change, at) {
			return ""
		}
		low, high = min(low, at), max(high, at)
	}
	if !canvas.Finite(low, high) || len(parts) == 0 || low == high && high == 0 {
		return ""
	}
	// Where changes are small beside the sums, the axis is cut, and seen to be.
	span := max(high-low, 0.04*max(high, -low))
	from, cut := low-0.35*span, true
	if from <= 0.3*high || low <= 0 {
		from, cut = min(0, low), false
	}
	return frame.Twice(title, func(s *canvas.Canvas) {
		w := waterfall{s: s, cut: cut, each: 40, top: 16}
		x := canvas.Even(from, high+0.02*(high-from), 252, s.W-96)
		if s.Narrow {
			w.each, x.A, x.B = 58, 16, s.W-16
		}
		s.H = w.top + w.each*float64(len(parts)+2) + 34
		w.x, w.base = x, s.H-34
		w.all(before, after, parts)
	})
}

// waterfall is one on its way to paper.
type waterfall struct {
	s         *canvas.Canvas
	x         canvas.Scale
	cut       bool
	each, top float64
	base      float64
}

func (w waterfall) all(before, after Bar, parts []Bar) {
	most := 6
	if w.s.Narrow {
		most = 4
	}
	for _, v := range canvas.Steps(w.x.From, w.x.To, most) {
		w.s.Line("k-grid", w.x.At(v), w.top, w.x.At(v), w.base)
		w.s.Text("k-soft", "middle", w.x.At(v), w.base+18, Money(v))
	}
	w.sum(0, before)
	at := before.Change
	for i, p := range parts {
		w.step(i+1, p, at)
		at += p.Change
	}
	w.sum(len(parts)+1, after)
}

// row gives the bar of a row its place.
func (w waterfall) row(i int) (y, height float64) {
	y = w.top + w.each*float64(i)
	if w.s.Narrow {
		return y + 26, w.each - 34
	}
	return y + 8, w.each - 16
}

// names stand left of a bar, on a phone above it, with the figure.
func (w waterfall) names(i int, b Bar, class, figure string, right float64) {
	y, height := w.row(i)
	if w.s.Narrow {
		name := b.Name
		if b.Detail != "" {
			name += ": " + b.Detail
		}
		w.s.Text("k-strong", "start", w.x.A, y-7, canvas.Fit(name, w.x.B-w.x.A-letter*float64(len([]rune(figure)))-14, letter))
		w.s.Text(class, "end", w.x.B, y-7, figure)
		return
	}
	if b.Detail == "" {
		w.s.Text("k-strong", "end", w.x.A-14, y+height/2+4, canvas.Fit(b.Name, w.x.A-22, letter))
	} else {
		w.s.Text("k-strong", "end", w.x.A-14, y+height/2-3, canvas.Fit(b.Name, w.x.A-22, letter))
		w.s.Text("k-soft", "end", w.x.A-14, y+height/2+12, canvas.Fit(b.Detail, w.x.A-22, letter))
	}
	w.s.Text(class, "start", right+8, y+height/2+4, figure)
}

func (w waterfall) sum(i int, b Bar) {
	y, height := w.row(i)
	a, z := w.x.At(min(0, b.Change)), w.x.At(max(0, b.Change))
	if w.cut {
		a = w.x.A
	}
	w.s.Rect("k-sum", a, y, max(z-a, 1), height, 2)
	if w.cut {
		// A break in the bar says that it begins further left.
		d := fmt.Sprintf("M%.1f %.1fl6 %.1fl-6 %.1fl6 %.1f", a+8, y-2, (height+4)/3, (height+4)/3, (height+4)/3)
		w.s.Path("k-break", d)
	}
	w.names(i, b, "k-strong", Money(b.Change), z)
}

func (w waterfall) step(i int, b Bar, at float64) {
	y, height := w.row(i)
	class, text, sign := "k-more", "k-bad", "+"
	if b.Change < 0 {
		class, text, sign = "k-less", "k-good", ""
	}
	a, z := w.x.At(min(at, at+b.Change)), w.x.At(max(at, at+b.Change))
	w.s.Line("k-join", w.x.At(at), y-w.each+height, w.x.At(at), y)
	end := w.x.At(at + b.Change)
	w.s.Line("k-join", end, y+height, end, y+w.each)
	w.s.Rect(class, a, y, max(z-a, 1.5), height, 2)
	if b.Change == 0 {
		text, sign = "k-soft", ""
	}
	w.names(i, b, text, sign+Money(b.Change), z)
}
