package explain

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/drawing"
	"github.com/cutover-dev/cutover/internal/report"
)

// say puts it into words.
func (e *Explanation) say() {
	week := fmt.Sprintf("%s in the week to %s", drawing.Money(e.After), e.To)
	if n := e.DaysCompared; n < 7 {
		week = fmt.Sprintf("%s on the %d days up to %s that are known in both weeks", drawing.Money(e.After), n, e.To)
	}
	e.Lead = week + ", as much as in the week before."
	if e.whole != 0 {
		e.Lead = fmt.Sprintf("%s, %s %s than in the week before%s.", week, drawing.Money(math.Abs(e.Change)), more(e.Change), share(e.Share))
	}
	for _, p := range e.Parts {
		if p.change != 0 {
			e.Words = append(e.Words, p.words())
		}
	}
	for _, j := range e.Jumps {
		e.Words = append(e.Words, j.words())
	}
}

func more(change float64) string {
	if change < 0 {
		return "less"
	}
	return "more"
}

func share(s *float64) string {
	if s == nil {
		return ""
	}
	return " (" + percent(*s) + ")"
}

func percent(s float64) string {
	sign := "+"
	if s < 0 {
		sign = "−"
	}
	return sign + strconv.FormatFloat(math.Round(math.Abs(s)*1000)/10, 'f', -1, 64) + "%"
}

func signed(v float64) string {
	if v > 0 {
		return "+" + drawing.Money(v)
	}
	return drawing.Money(v)
}

// words say of a part what changed, and whether more was used or it was dearer.
func (p Part) words() string {
	text := fmt.Sprintf("%s: %s, from %s to %s", p.Name, signed(p.Change), drawing.Money(p.Before), drawing.Money(p.After))
	switch {
	case p.Pooled > 0:
		text = fmt.Sprintf("%s (%d small changes): %s", p.Name, p.Pooled, signed(p.Change))
	case p.Before == 0:
		text += "; it was not there the week before"
	case p.After == 0:
		text += "; it is not there any more"
	case p.ByQuantity != nil:
		used := *p.QuantityAfter / *p.QuantityBefore - 1
		if math.Abs(used) < 0.0005 {
			return text + "; as much was used as before, so it is the price."
		}
		text += fmt.Sprintf("; used %s %s, which at the old price is %s, and %s by price", strings.TrimLeft(percent(used), "+−"), more(used), signed(*p.ByQuantity), signed(*p.ByPrice))
	}
	return text + "."
}

// words say of a jump when, and what else fell on that day. Not why.
func (j Jump) words() string {
	who := j.Service
	if who == "" {
		who = "Spending"
	}
	text := fmt.Sprintf("%s went from %s to %s a day on %s", who, drawing.Money(j.Before), drawing.Money(j.After), j.Date)
	if !j.Lasting {
		text = fmt.Sprintf("%s was at %s on %s alone, %s a day around it", who, drawing.Money(j.After), j.Date, drawing.Money(j.Before))
	}
	if len(j.Marks) == 0 {
		return text + "; no deployment or phase is known of that day."
	}
	names := make([]string, len(j.Marks))
	for i, m := range j.Marks {
		names[i] = fmt.Sprintf("%s (%s UTC)", m.What, m.At.UTC().Format("15:04"))
	}
	return text + ", on the same day as " + join(names) + "."
}

// Document tells it, for every face.
func (e Explanation) Document() report.Document {
	d := report.Document{Title: "What changed in spending since the week before", Lead: e.Lead}
	if len(e.Parts) == 0 {
		return d
	}
	bars := make([]drawing.Bar, len(e.Parts))
	for i, p := range e.Parts {
		bars[i] = drawing.Bar{Name: p.Service, Detail: p.UsageType, Change: p.Change}
		if p.Service == "" {
			bars[i] = drawing.Bar{Name: p.Name, Change: p.Change}
		}
	}
	if p := drawing.Waterfall("What changed in spending, part by part", drawing.Bar{Name: "the week before", Change: e.Before}, drawing.Bar{Name: "this week", Change: e.After}, bars); p != "" {
		d.Blocks = append(d.Blocks, report.Rich{HTML: template.HTML(p)}) //nolint:gosec // the drawing escapes every name, which TestHostileNamesAreText holds
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Part by part"}, e.partTable())
	if len(e.Jumps) > 0 {
		d.Blocks = append(d.Blocks, report.Section{Title: "Days that stand out"}, e.jumpTable(),
			report.Text{Body: "What fell on the same day is told beside a jump. That is not a cause: a bill does not know any."})
	}
	for _, n := range e.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: n})
	}
	return d
}

// partTable has quantity and price where they are known of any part.
func (e Explanation) partTable() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "before", Numeric: true}, {Title: "after", Numeric: true}, {Title: "change", Numeric: true}}}
	if slices.ContainsFunc(e.Parts, func(p Part) bool { return p.ByQuantity != nil }) {
		t.Columns = append(t.Columns, report.Column{Title: "by quantity", Numeric: true}, report.Column{Title: "by price", Numeric: true})
	}
	for _, p := range e.Parts {
		row := []report.Cell{{Text: p.Name}, {Text: drawing.Money(p.Before)}, {Text: drawing.Money(p.After)}, {Text: signed(p.Change)}}
		if p.ByQuantity != nil {
			row = append(row, report.Cell{Text: signed(*p.ByQuantity)}, report.Cell{Text: signed(*p.ByPrice)})
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows = append(t.Rows, []report.Cell{{Text: "together"}, {Text: drawing.Money(e.Before)}, {Text: drawing.Money(e.After)}, {Text: signed(e.Change)}})
	return t
}

func (e Explanation) jumpTable() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "day"}, {Title: "what"}, {Title: "a day before", Numeric: true}, {Title: "after", Numeric: true}, {Title: "on the same day"}}}
	for _, j := range e.Jumps {
		who, kind := j.Service, "a new level"
		if who == "" {
			who = "all spending"
		}
		if !j.Lasting {
			kind = "that day alone"
		}
		row := []report.Cell{{Text: j.Date}, {Text: who + ", " + kind}, {Text: drawing.Money(j.Before)}, {Text: drawing.Money(j.After)}}
		if len(j.Marks) == 0 {
			row = append(row, report.Cell{Text: "nothing that is known", Tone: report.Quiet})
		}
		for i, m := range j.Marks {
			if i > 0 {
				t.Rows, row = append(t.Rows, row), make([]report.Cell, 4)
			}
			row = append(row, report.Cell{Text: m.At.UTC().Format(time.TimeOnly) + " " + m.What, Href: m.Link})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func join(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}
