package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// sparkline writes a series as a row of width blocks on the chart's scale. Each
// block is the highest value of its time, because a spike is what a reader
// looks for; the lowest one stands beside it in figures. A dot is no data.
func sparkline(c Chart, s Series, sc scale, width int) string {
	var b strings.Builder
	for _, v := range bucketed(c, s, width) {
		if math.IsNaN(v) {
			b.WriteRune('·')
			continue
		}
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(int(sc.at(v)*8), 7)])
	}
	return b.String()
}

// bucketed returns the highest value of each bucket. A bucket between two
// points takes the line that joins them, or the step that holds; one in a gap
// stays NaN, also when a value touches its edge.
func bucketed(c Chart, s Series, width int) []float64 {
	values := make([]float64, width)
	for i := range values {
		values[i] = math.NaN()
	}
	place := func(t time.Time) int { return min(int(fraction(t, c.Start, c.End)*float64(width)), width-1) }
	raise := func(i int, v float64) {
		if math.IsNaN(values[i]) || v > values[i] {
			values[i] = v
		}
	}
	for i, p := range s.Points {
		if math.IsNaN(p.Value) {
			continue
		}
		raise(place(p.At), p.Value)
		if i+1 == len(s.Points) {
			break
		}
		next := s.Points[i+1]
		from, to := place(p.At), place(next.At)
		for n := from + 1; n < to; n++ {
			switch {
			case s.Step:
				raise(n, p.Value)
			case !math.IsNaN(next.Value):
				along := float64(n-from) / float64(to-from)
				raise(n, p.Value+(next.Value-p.Value)*along)
			}
		}
	}
	return values
}

// axisLine names both ends of the time axis.
func (c Chart) axisLine() string {
	const layout = "2 Jan 2006 15:04"
	end := c.End.Format(layout)
	if c.Start.Truncate(day).Equal(c.End.Truncate(day)) {
		end = c.End.Format("15:04")
	}
	return c.Start.Format(layout) + " – " + end + " UTC"
}

// happening is a mark or a band, as the faces without a picture list them.
type happening struct {
	when, label string
	tone        Tone
}

func (c Chart) happenings() []happening {
	type timed struct {
		happening
		at time.Time
	}
	var all []timed
	if c.Again {
		return nil
	}
	for _, b := range c.Bands {
		if b.Label == "" {
			continue
		}
		all = append(all, timed{happening{c.span(b.Start, b.End), b.Label, b.Tone}, b.Start})
	}
	for _, m := range c.Marks {
		all = append(all, timed{happening{c.stamp(m.At), m.Label, m.Tone}, m.At})
	}
	slices.SortStableFunc(all, func(a, b timed) int { return a.at.Compare(b.at) })
	var listed []happening
	for _, h := range all {
		listed = append(listed, h.happening)
	}
	return listed
}

// mostMarkdown bounds a chart's Markdown: a job summary holds 1 MiB in all, and
// a comment 64 KiB.
const mostMarkdown = 6000

// markdownChart writes the figures as a table and each line as blocks, which
// show in mails and forks too.
func markdownChart(b *strings.Builder, whole Chart) {
	c, lost := whole.tidy()
	sc := newScale(c, wideForm.values)
	var out strings.Builder
	if c.Caption != "" {
		fmt.Fprintf(&out, "**%s**\n\n", escape(brief(c.Caption, 200)))
	}
	fmt.Fprintf(&out, "| | first | min | max | last | %s |\n| :--- | ---: | ---: | ---: | ---: | :--- |\n", c.axisLine())
	left := 0
	// Room is kept for the last line, which says what was left out.
	write := func(line string) {
		if out.Len()+len(line) > mostMarkdown-100 {
			left++
			return
		}
		out.WriteString(line)
	}
	for _, s := range c.Series {
		f, cells := factsOf(s.Points), "no data | | | "
		if f.any {
			cells = fmt.Sprintf("%s | %s | %s | %s", c.cell(f.first), c.cell(f.low), c.cell(f.high), c.cell(f.last))
		}
		write(fmt.Sprintf("| %s | %s | <code>%s</code> |\n", markdownCell(Cell{Text: brief(s.Name, 60), Tone: s.Tone}), cells, sparkline(c, s, sc, 48)))
	}
	for _, l := range c.Limits {
		write(fmt.Sprintf("| ┄ %s | | | | %s | |\n", markdownCell(Cell{Text: brief(l.Label, 60), Tone: l.Tone}), c.cell(l.Value)))
	}
	out.WriteString("\n")
	for _, h := range c.happenings() {
		write(fmt.Sprintf("- `%s` %s\n", h.when, markdownCell(Cell{Text: brief(h.label, 100), Tone: h.tone})))
	}
	if left+lost > 0 {
		fmt.Fprintf(&out, "\nand %d more\n", left+lost)
	}
	b.WriteString(strings.TrimRight(out.String(), "\n") + "\n\n")
}

func (c Chart) cell(v float64) string { return escape(c.figure(v) + brief(c.Unit, 30)) }

// brief shortens a text to at most most runes.
func brief(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// chart draws a line of blocks for each series, then lists what happened.
func (t *terminal) chart(whole Chart) {
	c, lost := whole.tidy()
	sc := newScale(c, wideForm.values)
	if c.Caption != "" {
		t.line(t.bold(printable(c.Caption)))
	}
	width := 0
	for _, s := range c.Series {
		width = max(width, utf8.RuneCountInString(printable(s.Name)))
	}
	const blocks = 60
	for _, s := range c.Series {
		figures := "no data"
		if f := factsOf(s.Points); f.any {
			figures = printable(fmt.Sprintf("min %s  max %s  last %s", c.value(f.low), c.value(f.high), c.value(f.last)))
		}
		t.line(fmt.Sprintf("%s  %s  %s", pad(printable(s.Name), width, false), t.tone(s.Tone, sparkline(c, s, sc, blocks)), figures))
	}
	indent := strings.Repeat(" ", width+2)
	t.line(t.tone(Quiet, indent+c.axisLine()))
	for _, l := range c.Limits {
		text := signed(l.Tone, l.Label)
		if value := c.value(l.Value); !strings.Contains(text, value) {
			text += " (" + value + ")"
		}
		t.line(printable(indent + text))
	}
	listed := c.happenings()
	whens := 0
	for _, h := range listed {
		whens = max(whens, utf8.RuneCountInString(h.when))
	}
	for _, h := range listed {
		t.line(fmt.Sprintf("  %s  %s", pad(h.when, whens, false), t.tone(h.tone, printable(signed(h.tone, h.label)))))
	}
	if lost > 0 {
		t.line(t.tone(Quiet, fmt.Sprintf("  and %d more", lost)))
	}
}
