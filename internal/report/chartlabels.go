package report

import (
	"slices"
	"time"
)

// textWidth estimates how wide a text is drawn at 12 pixels; nothing here can
// measure fonts, so it errs to the wide side.
func textWidth(s string) float64 {
	width := 0.0
	for _, r := range s {
		switch {
		case r >= 0x1100 && r < 0x2000 || r >= 0x2e80: // CJK, emoji and what else is drawn twice as wide
			width += 13
		case r == 'i' || r == 'l' || r == 'j' || r == '.' || r == ',' || r == ':' || r == ' ':
			width += 4
		case r == 'm' || r == 'w' || r >= 'A' && r <= 'Z' || r >= 0x2000:
			width += 9.5
		default:
			width += 7
		}
	}
	return width
}

// boldly is how much wider a tone's labels are drawn than plain ones.
func boldly(t Tone) float64 {
	if t == Bad || t == Doubt {
		return 1.1
	}
	return 1
}

// cut shortens a label from its end until it fits into width; to nothing when
// too little would be left to be understood.
func cut(s string, width float64) string {
	if textWidth(s) <= width {
		return s
	}
	r := []rune(s)
	for n := len(r) - 1; n >= 3; n-- {
		if short := string(r[:n]) + "…"; textWidth(short) <= width {
			return short
		}
	}
	return ""
}

// signed puts a tone's sign before a label, so that it never stands by colour
// alone.
func signed(t Tone, label string) string {
	return map[Tone]string{Good: "✓ ", Bad: "✗ ", Doubt: "? "}[t] + label
}

// flag is the label of a mark as it stands on the chart: the row counts from
// the top, minus one if there was no room.
type flag struct {
	text     string
	x        float64 // of the mark's line
	from, to float64 // of the label
	row      int
	anchor   string
}

// placeFlags finds a row for each label so that no label covers another, and
// no mark's line crosses one. It goes from right to left: labels extend to the
// right, so each need only step over those that it would reach. Rows fill from
// the lowest one, or from the top, which leaves lines free at the right edge. It
// reports whether all found room.
func placeFlags(flags []flag, left, right float64, rows int, fromTop bool) bool {
	all := true
	for i := len(flags) - 1; i >= 0; i-- {
		f := &flags[i]
		f.row = -1
		width := f.to - f.from
		sides := []flag{{anchor: "start", from: f.x - 1, to: f.x - 1 + width}, {anchor: "end", from: f.x + 1 - width, to: f.x + 1}}
		if f.anchor == "middle" {
			sides = []flag{{anchor: "middle", from: f.x - width/2, to: f.x + width/2}}
		}
	search:
		for n := range rows {
			row := rows - 1 - n
			if fromTop {
				row = n
			}
			for _, s := range sides {
				s.text, s.x, s.row = f.text, f.x, row
				if s.from >= left && s.to <= right && !slices.ContainsFunc(flags[i+1:], s.collides) {
					*f = s
					break search
				}
			}
		}
		all = all && f.row >= 0
	}
	return all
}

// collides is true where two labels share room, or where the line of the upper
// one, which runs down to the plot, would cross the lower one.
func (f flag) collides(o flag) bool {
	const air = 5
	if o.row < 0 {
		return false
	}
	if f.row == o.row {
		return f.from < o.to+air && o.from < f.to+air
	}
	if f.anchor == "middle" {
		return false // a number is opaque: the line passes behind it
	}
	upper, lower := f, o
	if o.row < f.row {
		upper, lower = o, f
	}
	return upper.x > lower.from-2 && upper.x < lower.to+2
}

// ribbonRows gives each band a row of the ribbon above the plot so that bands
// of the same time lie under each other, minus one for what finds no row.
func ribbonRows(bands []Band, most int) (rows []int, count int) {
	var ends []time.Time
	for _, b := range bands {
		row := slices.IndexFunc(ends, func(end time.Time) bool { return !b.Start.Before(end) })
		switch {
		case b.Label == "":
			row = -1
		case row >= 0:
			ends[row] = b.End
		case len(ends) < most:
			ends = append(ends, b.End)
			row = len(ends) - 1
		}
		rows = append(rows, row)
	}
	return rows, len(ends)
}

// spread moves the heights of labels apart by at least gap, within low and
// high where that can be done, and keeps their order.
func spread(ys []float64, gap, low, high float64) []float64 {
	order := make([]int, len(ys))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ys[a] < ys[b]:
			return -1
		case ys[a] > ys[b]:
			return 1
		}
		return 0
	})
	moved := slices.Clone(ys)
	floor := low
	for _, i := range order {
		moved[i] = max(moved[i], floor)
		floor = moved[i] + gap
	}
	ceiling := high
	for _, i := range slices.Backward(order) {
		moved[i] = min(moved[i], ceiling)
		ceiling = moved[i] - gap
	}
	return moved
}
