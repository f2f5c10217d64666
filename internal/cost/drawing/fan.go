package drawing

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/canvas"
)

// Month is a month with what it has cost up to each day, and may.
type Month struct {
	// Name is the month for people; Days are its days in turn.
	Name string
	Days []Day
	// Budget is 0 for none. Limit is the day from 1 on which it falls, 0 for none;
	// LimitText says so.
	Budget    float64
	Limit     int
	LimitText string
}

// Day has sums up to its end; nil where they are not known.
type Day struct{ Actual, Low, Median, High *float64 }

// Fan draws what is known, where it may go, and the budget.
func Fan(title string, m Month) string {
	top, known := m.Budget, 0
	for i, d := range m.Days {
		for _, v := range []*float64{d.Actual, d.Low, d.Median, d.High} {
			if v == nil {
				continue
			}
			if !canvas.Finite(*v) {
				return ""
			}
			top = max(top, *v)
		}
		if d.Actual != nil {
			known = i + 1
		}
	}
	if len(m.Days) < 2 || top <= 0 || !canvas.Finite(m.Budget) {
		return ""
	}
	return frame.Twice(title, func(s *canvas.Canvas) { m.draw(s, top*1.1, known) })
}

const (
	roof  = 34.0
	floor = 276.0
)

func (m Month) draw(s *canvas.Canvas, top float64, known int) {
	s.H = 322
	right := 74.0
	x, y := canvas.Even(0, float64(len(m.Days)), 58, s.W-right), canvas.Even(0, top, floor, roof)
	for _, v := range canvas.Steps(y.From, y.To, 5) {
		s.Line("k-grid", x.A, y.At(v), x.B, y.At(v))
		s.Text("k-soft", "end", x.A-8, y.At(v)+4, Money(v))
	}
	for i := range m.Days {
		if n := i + 1; n == 1 || s.Narrow && n%5 == 0 || !s.Narrow && n%2 == 1 {
			s.Text("k-soft", "middle", x.At(float64(n)-0.5), floor+18, strconv.Itoa(n))
		}
	}
	s.Text("k-soft", "middle", (x.A+x.B)/2, floor+38, m.Name+", days in UTC")
	if m.Budget > 0 {
		s.Rect("k-over", x.A, roof, x.B-x.A, y.At(m.Budget)-roof, 2)
	}
	m.likely(s, x, y)
	m.sofar(s, x, y, known)
	if m.Budget > 0 {
		s.Line("k-limit", x.A, y.At(m.Budget), x.B, y.At(m.Budget))
		s.Text("k-bad", "start", x.A+6, y.At(m.Budget)-7, "budget "+Money(m.Budget))
	}
	s.Line("k-axis", x.A, floor, x.B, floor)
	m.limit(s, x, y)
	m.ends(s, x, y)
	if known > 0 {
		v := *m.Days[known-1].Actual
		px, py := x.At(float64(known)), y.At(v)
		s.Dot("k-dot", px, py, dot)
		// Below the line, where nothing else is drawn.
		anchor, dx := "start", 9.0
		if px+dx+letter*float64(len(Money(v))+7) > x.B {
			anchor, dx = "end", -9.0
		}
		s.Text("k-strong", anchor, px+dx, min(py+19, floor-8), Money(v)+" so far")
	}
}

// sofar is what is known; a day that is not breaks nothing, it only adds nothing.
func (m Month) sofar(s *canvas.Canvas, x, y canvas.Scale, known int) {
	if known == 0 {
		return
	}
	var d strings.Builder
	fmt.Fprintf(&d, "M%.1f %.1f", x.At(0), y.At(0))
	for i, day := range m.Days[:known] {
		if day.Actual != nil {
			fmt.Fprintf(&d, "L%.1f %.1f", x.At(float64(i+1)), y.At(*day.Actual))
		}
	}
	s.Path("k-line", d.String())
	fmt.Fprintf(&d, "L%.1f %.1fZ", x.At(float64(known)), y.At(0))
	s.Path("k-under", d.String())
}

// likely is the interval with its median.
func (m Month) likely(s *canvas.Canvas, x, y canvas.Scale) {
	var upper, median strings.Builder
	lower, letter := "", "M"
	for i, day := range m.Days {
		if day.Low == nil || day.Median == nil || day.High == nil {
			continue
		}
		px := x.At(float64(i + 1))
		fmt.Fprintf(&upper, "%s%.1f %.1f", letter, px, y.At(*day.High))
		fmt.Fprintf(&median, "%s%.1f %.1f", letter, px, y.At(*day.Median))
		lower = fmt.Sprintf("L%.1f %.1f", px, y.At(*day.Low)) + lower
		letter = "L"
	}
	if lower == "" {
		return
	}
	s.Path("k-fan", upper.String()+lower+"Z")
	s.Path("k-likely", median.String())
}

// limit marks the day on which the budget falls.
func (m Month) limit(s *canvas.Canvas, x, y canvas.Scale) {
	if m.Limit < 1 || m.Limit > len(m.Days) || m.Budget <= 0 {
		return
	}
	px := x.At(float64(m.Limit))
	s.Line("k-day", px, y.At(m.Budget), px, floor)
	s.Dot("k-hit", px, y.At(m.Budget), dot)
	anchor, dx := "end", -7.0
	if px < (x.A+x.B)/2 {
		anchor, dx = "start", 7.0
	}
	s.Text("k-bad", anchor, px+dx, floor-10, m.LimitText)
}

// ends are the month's end in figures, apart from each other.
func (m Month) ends(s *canvas.Canvas, x, y canvas.Scale) {
	d := m.Days[len(m.Days)-1]
	if d.Low == nil || d.Median == nil || d.High == nil {
		return
	}
	s.Dot("k-dot", x.B, y.At(*d.Median), dot)
	middle := y.At(*d.Median) + 4
	s.Text("k-strong", "start", x.B+10, middle, Money(*d.Median))
	if Money(*d.Low) == Money(*d.High) {
		return
	}
	s.Text("k-soft", "start", x.B+10, min(y.At(*d.High)+4, middle-15), Money(*d.High))
	s.Text("k-soft", "start", x.B+10, max(y.At(*d.Low)+4, middle+15), Money(*d.Low))
}
