package comparison

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/comparison/drawing"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Document tells the report, for every face.
func (r Report) Document() report.Document {
	d := report.Document{Title: strings.TrimSpace(fmt.Sprintf("%s beside %s: %s %s", r.Green.Name, r.Blue.Name, r.Project, r.Stage)), Verdict: r.Verdict, Lead: r.Lead}
	d.Blocks = append(d.Blocks, report.Section{Title: "Decision: " + string(r.Decision)})
	for _, s := range r.Advice {
		d.Blocks = append(d.Blocks, report.Text{Body: s})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "What was judged"}, r.rowTable(), r.whyTable())
	d.Blocks = append(d.Blocks, r.latencyPictures()...)
	d.Blocks = append(d.Blocks, r.costBlocks()...)
	if len(r.Facts) > 0 {
		d.Blocks = append(d.Blocks, report.Section{Title: "Beside it"}, r.factTable())
	}
	d.Blocks = append(d.Blocks, r.sources()...)
	return d
}

// HTML is the report as one page that needs nothing else.
func (r Report) HTML() ([]byte, error) {
	d := r.Document()
	return report.HTML(d.Title, d)
}

// rowTable is one line a row, what is wrong first.
func (r Report) rowTable() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "verdict"}, {Title: "observed", Numeric: true}, {Title: "interval", Numeric: true}, {Title: "target", Numeric: true}, {Title: "of", Numeric: true}}}
	for _, row := range r.worstFirst() {
		t.Rows = append(t.Rows, []report.Cell{{Text: row.Title}, {Text: report.Mark(row.Verdict), Tone: report.ToneOf(row.Verdict)}, {Text: row.value(row.Observed)}, {Text: row.span()},
			{Text: row.Rule}, {Text: report.Grouped(row.Sample) + " " + row.SampleOf}})
	}
	return t
}

// whyTable says of each row why, and what would settle it.
func (r Report) whyTable() report.Table {
	t := report.Table{Columns: []report.Column{{}, {}}}
	for _, row := range r.worstFirst() {
		t.Rows = append(t.Rows, []report.Cell{{Text: row.Title}, {Text: strings.TrimSpace(row.Why + " " + row.Settle)}})
	}
	return t
}

func (r Report) worstFirst() []Row {
	rows := slices.Clone(r.Rows)
	order := map[verdict.Verdict]int{verdict.Fail: 0, verdict.Inconclusive: 1, verdict.Pass: 2}
	slices.SortStableFunc(rows, func(a, b Row) int { return order[a.Verdict] - order[b.Verdict] })
	return rows
}

func (r Report) factTable() report.Table {
	t := report.Table{Columns: []report.Column{{}, {}}}
	for _, f := range r.Facts {
		t.Rows = append(t.Rows, []report.Cell{{Text: f.Title}, {Text: f.value(f.Observed) + ". " + f.Text}})
	}
	return t
}

func rich(picture string) report.Block {
	return report.Rich{HTML: template.HTML(picture)} //nolint:gosec // the drawing escapes every name, which TestHostileNamesAreText holds
}

func (r Report) latencyPictures() (blocks []report.Block) {
	curve := func(s Shown, of func(Row) *float64) drawing.Curve {
		c := drawing.Curve{Name: s.Name}
		for _, b := range s.Distribution {
			c.Bins = append(c.Bins, [2]float64{binStart(float64(b[0]) + 0.5), float64(b[1]) / float64(max(1, s.Requests))})
		}
		for _, row := range r.Rows {
			p, ok := strings.CutPrefix(row.Name, "latency_")
			if v := of(row); ok && v != nil && row.SampleOf == "requests" {
				c.Marks = append(c.Marks, drawing.Mark{Name: p, MS: *v, Text: millis(v)})
			}
		}
		return c
	}
	blue, green := curve(r.Blue, func(row Row) *float64 { return row.Blue }), curve(r.Green, func(row Row) *float64 { return row.Green })
	if p := drawing.Distributions(fmt.Sprintf("How long %s and %s took to answer", r.Blue.Name, r.Green.Name), blue, green); p != "" {
		blocks = append(blocks, report.Section{Title: "How long answers took"}, rich(p))
	}
	var whiskers []drawing.Whisker
	for _, row := range r.Rows {
		p, ok := strings.CutPrefix(row.Name, "latency_")
		if !ok || row.Observed == nil {
			continue
		}
		w := drawing.Whisker{Name: p, Value: *row.Observed, High: positiveInf(row.High), Tone: tone(row.Verdict), Text: row.value(row.Observed)}
		if row.Low != nil {
			w.Low = *row.Low
		}
		if row.Low != nil && row.High != nil {
			w.Text += fmt.Sprintf(" (%.2f to %.2f)", *row.Low, *row.High)
		}
		whiskers = append(whiskers, w)
	}
	p := drawing.Forest(fmt.Sprintf("%s to %s, with intervals", r.Green.Name, r.Blue.Name), 1+r.Limits.LatencyTolerance, r.Green.Name+" faster", r.Green.Name+" slower", whiskers)
	if p != "" {
		blocks = append(blocks, report.Section{Title: fmt.Sprintf("%s to %s, percentile by percentile", r.Green.Name, r.Blue.Name)}, rich(p))
	}
	return blocks
}

func tone(v verdict.Verdict) drawing.Tone {
	return map[verdict.Verdict]drawing.Tone{verdict.Pass: drawing.Good, verdict.Fail: drawing.Bad}[v]
}

func (r Report) costBlocks() (blocks []report.Block) {
	c := r.Cost
	if c == nil {
		return nil
	}
	bill := func(name string, s CostSide) drawing.Bill {
		text := dollars(s.Median)
		if s.High > s.Low {
			text += fmt.Sprintf(" (%s to %s)", dollars(s.Low), dollars(s.High))
		}
		return drawing.Bill{Name: name, Low: s.Low, Median: s.Median, High: s.High, Text: text}
	}
	blocks = append(blocks, report.Section{Title: "What a month costs"})
	target := c.Blue.Median - r.Limits.Savings*c.Blue.Median
	if r.Limits.CountShared {
		target -= r.Limits.Savings * c.Shared
	}
	if p := drawing.Bars("What a month costs", bill(r.Blue.Name, c.Blue), bill(r.Green.Name, c.Green), target, fmt.Sprintf("target %s", dollars(target)), whole); p != "" {
		blocks = append(blocks, rich(p))
	}
	var points []drawing.Point
	for _, p := range c.Curve {
		points = append(points, drawing.Point(p))
	}
	var even *drawing.Place
	if c.BreakEven != nil {
		even = &drawing.Place{Name: "equal at " + millions(*c.BreakEven), Requests: *c.BreakEven}
	}
	t := c.Traffic
	picture := drawing.Even("What a month costs at more or less traffic", r.Blue.Name, r.Green.Name, points, even, drawing.Place{Name: "low to high", Requests: t.Low},
		drawing.Place{Name: "median " + millions(t.Median), Requests: t.Median}, drawing.Place{Requests: t.High}, whole, millions)
	if picture != "" {
		blocks = append(blocks, report.Section{Title: "At more or less traffic"}, rich(picture))
	}
	return append(append(blocks, r.billTable()), r.Billed.blocks()...)
}

// whole writes round amounts without cents.
func whole(v float64) string { return strings.TrimSuffix(dollars(v), ".00") }

// billTable is the lines of both bills at median traffic.
func (r Report) billTable() report.Table {
	t := report.Table{Caption: "A month at the median traffic, by " + r.Cost.Prices, Columns: []report.Column{{Title: "side"}, {Title: "for"}, {Title: "a month", Numeric: true}}}
	for _, s := range []struct {
		name string
		side CostSide
	}{{r.Blue.Name, r.Cost.Blue}, {r.Green.Name, r.Cost.Green}} {
		for _, p := range s.side.Parts {
			t.Rows = append(t.Rows, []report.Cell{{Text: s.name}, {Text: p.Name}, {Text: dollars(p.Monthly)}})
		}
		for _, u := range s.side.Unknown {
			t.Rows = append(t.Rows, []report.Cell{{Text: s.name}, {Text: u}, {Text: "not known", Tone: report.Doubt}})
		}
	}
	return t
}

// sources say what it was read from, and how it was judged.
func (r Report) sources() []report.Block {
	sides := report.Table{Columns: []report.Column{{Title: "side"}, {Title: "source"}, {Title: "when"}, {Title: "requests", Numeric: true}, {Title: "note"}}}
	for _, s := range []Shown{r.Blue, r.Green} {
		note, mood := "", report.Plain
		if len(s.Invalid) > 0 {
			note, mood = "no measurement: "+strings.Join(s.Invalid, "; "), report.Doubt
		}
		if s.Stopped != "" {
			note, mood = strings.TrimPrefix(note+"; stopped: "+s.Stopped, "; "), report.Doubt
		}
		sides.Rows = append(sides.Rows, []report.Cell{{Text: s.Name}, {Text: s.Source}, {Text: s.Window.words()}, {Text: report.Grouped(s.Requests)}, {Text: note, Tone: mood}})
	}
	blocks := []report.Block{report.Section{Title: "What it was read from"}, sides}
	if len(r.Files) > 0 {
		files := report.Table{Columns: []report.Column{{Title: "file"}, {Title: "SHA-256"}}}
		for _, f := range r.Files {
			files.Rows = append(files.Rows, []report.Cell{{Text: f.Name, Code: true}, {Text: f.SHA256, Code: true}})
		}
		blocks = append(blocks, files)
	}
	method := report.Table{Columns: []report.Column{{Title: "row"}, {Title: "the interval holds"}, {Title: "by"}}}
	for _, row := range r.Rows {
		if row.Method != "" {
			method.Rows = append(method.Rows, []report.Cell{{Text: row.Title}, {Text: row.Level}, {Text: row.Method}})
		}
	}
	if r.Cost != nil {
		for _, n := range r.Cost.Notes {
			method.Rows = append(method.Rows, []report.Cell{{Text: "Cost"}, {}, {Text: n}})
		}
	}
	if len(method.Rows) > 0 {
		blocks = append(blocks, report.Section{Title: "How it was judged"}, method)
	}
	return blocks
}
