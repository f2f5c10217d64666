package report_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

func line(name string, points ...report.Point) report.Series {
	return report.Series{Name: name, Points: points}
}

func flat(value float64) []report.Point {
	return []report.Point{{At: after(0), Value: value}, {At: after(time.Minute), Value: value}}
}

// Plain lines are told apart by colour, not only by their dashes.
func TestPlainLinesHaveColours(t *testing.T) {
	html := chartPage(t, report.Chart{Series: []report.Series{line("a", flat(1)...), line("b", flat(2)...), line("c", flat(3)...)}})
	for _, class := range []string{`class="line plain"`, `class="line hue1"`, `class="line hue2"`} {
		if !strings.Contains(html, class) {
			t.Errorf("no line has %s", class)
		}
	}
}

// Where there was nothing to measure, nothing is missing: the line breaks, and
// no hatches say that data was lost.
func TestIdleIsNotMissing(t *testing.T) {
	for _, idle := range []bool{false, true} {
		c := report.Chart{Series: []report.Series{line("blue",
			report.Point{At: after(0), Value: 1}, report.Point{At: after(time.Minute), Value: 1},
			report.Point{At: after(2 * time.Minute), Value: math.NaN(), Idle: idle}, report.Point{At: after(8 * time.Minute), Value: math.NaN(), Idle: idle},
			report.Point{At: after(9 * time.Minute), Value: 1}, report.Point{At: after(10 * time.Minute), Value: 1},
		)}}
		html := chartPage(t, c)
		if hatched := strings.Contains(html, `class="hatch"`); hatched == idle {
			t.Errorf("idle %v: hatched %v", idle, hatched)
		}
		for _, drawn := range drawnLines(t, html) {
			moves := 0
			for _, v := range drawn {
				if v.move {
					moves++
				}
			}
			if moves != 2 {
				t.Errorf("idle %v: %d runs, want 2", idle, moves)
			}
		}
	}
}

// A chart that repeats the bands and marks of one above does not list them.
func TestAgainIsNotListed(t *testing.T) {
	c := smallChart()
	c.Again = true
	d := report.Document{Blocks: []report.Block{c}}
	for _, text := range []string{report.Markdown(d), report.Terminal(d, false)} {
		if strings.Contains(text, "rollback") || strings.Contains(text, "hold") {
			t.Errorf("listed again:\n%s", text)
		}
	}
	if !strings.Contains(chartPage(t, c), "rollback") {
		t.Error("not drawn")
	}
}

// A band without a label shades, and takes no room in the ribbon or in a list.
func TestBandWithoutLabel(t *testing.T) {
	c := report.Chart{Series: []report.Series{line("a", flat(1)...)}, Bands: []report.Band{{Start: after(0), Tone: report.Bad}}}
	html := chartPage(t, c)
	if !strings.Contains(html, `class="band bad"`) || strings.Contains(html, `class="ribbon`) {
		t.Errorf("got %s", html)
	}
	if text := report.Markdown(report.Document{Blocks: []report.Block{c}}); strings.Contains(text, "🔴") {
		t.Errorf("listed:\n%s", text)
	}
}

// Powers of ten are what a logarithmic axis is read by.
func TestLogFiguresArePowers(t *testing.T) {
	c := report.Chart{Log: true, Unit: ":1", Series: []report.Series{line("a", flat(4.4e10)...)}}
	if text := report.Terminal(report.Document{Blocks: []report.Block{c}}, false); !strings.Contains(text, "max 4.4×10¹⁰:1") {
		t.Errorf("got\n%s", text)
	}
}

// Names and values need no heads.
func TestTableWithoutTitles(t *testing.T) {
	d := report.Document{Blocks: []report.Block{report.Table{Columns: make([]report.Column, 2), Rows: [][]report.Cell{{{Text: "name"}, {Text: "value"}}}}}}
	html, err := report.HTML("", d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(html), "<thead>") {
		t.Error("the page has an empty head")
	}
	if text := report.Terminal(d, false); text != "\n\nname  value\n" {
		t.Errorf("got %q", text)
	}
}
