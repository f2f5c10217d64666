package report

import (
	"cmp"
	"math"
	"slices"
)

// colourOf names the colour of a series: its side's, or its tone's, or else the
// next of a few that mean nothing, so that several plain lines are told apart.
func colourOf(c Chart, i int) string {
	s := c.Series[i]
	switch {
	case s.Side == Blue:
		return "side-blue"
	case s.Side == Green:
		return "side-green"
	case s.Tone != Plain:
		return toneClass(s.Tone)
	}
	plain := 0
	for _, other := range c.Series[:i] {
		if other.Side == NoSide && other.Tone == Plain {
			plain++
		}
	}
	const hues = 4
	if plain %= hues; plain == 0 {
		return toneClass(Plain)
	}
	return "hue" + itoa(plain)
}

// lineClass gives a series its colour, and a dash pattern of its own among the
// series that share the colour.
func lineClass(c Chart, i int) string {
	dashes := 0
	if c.Series[i].Dashed {
		dashes = 1
	}
	for other := range i {
		if colourOf(c, other) == colourOf(c, i) {
			dashes++
		}
	}
	class := "line " + colourOf(c, i)
	if dashes > 0 {
		class += " dash" + itoa(1+(dashes-1)%3)
	}
	return class
}

func (k *canvas) limitLines() {
	for _, l := range k.c.Limits {
		y := k.y(l.Value)
		k.line(k.left, y, k.right, y, "bound "+toneClass(l.Tone))
		k.rect(k.left, y-4, k.right-k.left, 8, "hit", l.Label+": "+k.c.value(l.Value))
	}
}

// limitLabels writes the limits' labels onto the plot where there is no margin
// for them: over their line, else under it, else not at all.
func (k *canvas) limitLabels() {
	if k.f.marginLabels {
		return
	}
	var taken []float64
	free := func(y float64) bool {
		return y-12 > k.top-2 && y < k.bottom && !slices.ContainsFunc(taken, func(o float64) bool { return math.Abs(o-y) < lineHeight-2 })
	}
	limits := slices.Clone(k.c.Limits)
	slices.SortStableFunc(limits, func(a, b Limit) int { return cmp.Compare(b.Value, a.Value) })
	for _, l := range limits {
		for _, y := range []float64{k.y(l.Value) - 5, k.y(l.Value) + 13} {
			if free(y) {
				k.text(k.right-3, y, "end", "halo bound-label "+toneClass(l.Tone), cut(l.Label, k.right-k.left-20))
				taken = append(taken, y)
				break
			}
		}
	}
}

// marginLabels writes the names of lines and limits at their ends. A line that
// ends within the plot has its name there, which also says that it ended.
func (k *canvas) marginLabels() {
	if !k.f.marginLabels {
		return
	}
	var atEnd, inside []endLabel
	for _, l := range k.c.Limits {
		atEnd = append(atEnd, endLabel{k.right + 6, k.y(l.Value) + 4, "halo bound-label " + toneClass(l.Tone), cut(l.Label, widestName)})
	}
	for i, s := range k.c.Series {
		p, ok := lastPoint(s)
		if !ok {
			continue
		}
		l := endLabel{k.x(p.At) + 6, k.y(p.Value) + 4, "halo name " + colourOf(k.c, i), cut(s.Name, widestName)}
		if l.x+textWidth(l.text) > k.right {
			atEnd = append(atEnd, l)
			continue
		}
		for _, limit := range k.c.Limits {
			if y := k.y(limit.Value); math.Abs(y-l.y+4) < 11 {
				l.y = y - 7 // a limit's line would strike the name out
			}
		}
		inside = append(inside, l)
	}
	k.spreadLabels(atEnd)
	k.spreadLabels(inside)
}

// widestName is how much of the margin a name may take.
const widestName = 150

// endLabel is a label at the end of a line.
type endLabel struct {
	x, y        float64
	class, text string
}

func (k *canvas) spreadLabels(labels []endLabel) {
	ys := make([]float64, len(labels))
	for i, l := range labels {
		ys[i] = l.y
	}
	for i, y := range spread(ys, lineHeight, k.top+9, k.bottom+3) {
		k.text(labels[i].x, y, "start", labels[i].class, labels[i].text)
	}
}

func lastPoint(s Series) (Point, bool) {
	for _, p := range slices.Backward(s.Points) {
		if !math.IsNaN(p.Value) {
			return p, true
		}
	}
	return Point{}, false
}
