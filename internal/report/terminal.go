package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Terminal renders d for a person's terminal, with colour where it is wanted.
func Terminal(d Document, colour bool) string {
	t := &terminal{colour: colour}
	head := printable(d.Title)
	if d.Verdict != "" {
		head = t.tone(ToneOf(d.Verdict), Mark(d.Verdict)) + "  " + t.bold(printable(d.Title))
	}
	t.line(head)
	if d.Lead != "" {
		t.line(printable(d.Lead))
	}
	for _, b := range shownInTerminal(d.Blocks) {
		t.block(b)
	}
	return strings.TrimRight(t.b.String(), "\n") + "\n"
}

// shownInTerminal leaves out markup, which is for the page, logs that the page
// folds away, which would flood a terminal, pictures whose table follows, and
// headings with nothing under them.
func shownInTerminal(blocks []Block) []Block {
	var shown []Block
	for _, b := range blocks {
		if _, rich := b.(Rich); rich {
			continue
		}
		if log, ok := b.(Log); ok && !log.Open {
			continue
		}
		if lanes, ok := b.(Lanes); ok && lanes.Again {
			continue
		}
		if _, heading := b.(Section); heading && endsInSection(shown) {
			shown = shown[:len(shown)-1]
		}
		shown = append(shown, b)
	}
	if endsInSection(shown) {
		shown = shown[:len(shown)-1]
	}
	return shown
}

func endsInSection(blocks []Block) bool {
	if len(blocks) == 0 {
		return false
	}
	_, ok := blocks[len(blocks)-1].(Section)
	return ok
}

type terminal struct {
	b      strings.Builder
	colour bool
}

func (t *terminal) line(s string) { t.b.WriteString(strings.TrimRight(s, " ") + "\n") }

func (t *terminal) tone(tone Tone, s string) string {
	code := map[Tone]string{Good: "32", Bad: "31", Doubt: "33", Quiet: "2"}[tone]
	if !t.colour || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (t *terminal) bold(s string) string {
	if !t.colour {
		return s
	}
	return "\x1b[1m" + s + "\x1b[0m"
}

func (t *terminal) block(b Block) {
	t.line("")
	switch b := b.(type) {
	case Section:
		t.line(t.bold(printable(b.Title)))
	case Text:
		t.line(printable(b.Body))
	case Table:
		t.table(b)
	case Bars:
		t.bars(b)
	case Lanes:
		t.lanes(b)
	case Chart:
		t.chart(b)
	case Log:
		t.line(printable(b.Caption) + ":")
		for line := range strings.Lines(b.Body) {
			t.line("  " + printable(line))
		}
	}
}

func (t *terminal) table(b Table) {
	if b.Caption != "" {
		t.line(t.bold(printable(b.Caption)))
	}
	widths := make([]int, len(b.Columns))
	for i, c := range b.Columns {
		widths[i] = utf8.RuneCountInString(printable(c.Title))
		for _, row := range b.Rows {
			if i < len(row) {
				widths[i] = max(widths[i], utf8.RuneCountInString(printable(row[i].Text)))
			}
		}
	}
	var head []string
	for i, c := range b.Columns {
		head = append(head, pad(printable(c.Title), widths[i], c.Numeric))
	}
	if b.headed() {
		t.line(t.tone(Quiet, strings.Join(head, "  ")))
	}
	for _, row := range b.Rows {
		var cells []string
		for i, cell := range row {
			if i >= len(b.Columns) {
				break
			}
			text := t.tone(cell.Tone, pad(printable(cell.Text), widths[i], b.Columns[i].Numeric))
			if cell.Share != nil {
				text += " " + t.tone(cell.Tone, bar(*cell.Share, 10))
			}
			cells = append(cells, text)
		}
		t.line(strings.Join(cells, "  "))
	}
	if b.More > 0 {
		t.line(t.tone(Quiet, fmt.Sprintf("and %d more", b.More)))
	}
}

func (t *terminal) bars(b Bars) {
	if b.Caption != "" {
		t.line(t.bold(printable(b.Caption)))
	}
	width := 0
	for _, row := range b.Rows {
		width = max(width, utf8.RuneCountInString(printable(row.Label)))
	}
	for _, row := range b.Rows {
		limit := ""
		if row.Limit != nil {
			limit = fmt.Sprintf("  (limit %s%s)", Number(*row.Limit), b.Unit)
		}
		t.line(fmt.Sprintf("%s  %s  %s%s%s", pad(printable(row.Label), width, false),
			t.tone(row.Tone, bar(share(row.Value, b.Max), 30)), Number(row.Value), b.Unit, limit))
	}
}

func (t *terminal) lanes(b Lanes) {
	table := Table{Caption: b.Caption, Columns: []Column{{Title: "job"}, {Title: "step"}, {Title: "start", Numeric: true}, {Title: "took", Numeric: true}}}
	for _, s := range b.Spans {
		table.Rows = append(table.Rows, []Cell{
			{Text: s.Lane}, {Text: s.Label, Tone: s.Tone}, {Text: Seconds(s.Start)}, {Text: Seconds(s.End - s.Start)},
		})
	}
	t.table(table)
}

func share(value, most float64) float64 {
	if most <= 0 {
		return 0
	}
	return value / most
}

func pad(s string, width int, right bool) string {
	gap := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
	if right {
		return gap + s
	}
	return s + gap
}

// printable keeps a stranger's text from driving the terminal: control
// characters, line breaks included, become visible marks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '·'
		}
		return r
	}, strings.TrimRight(s, "\r\n"))
}
