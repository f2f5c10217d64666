package report_test

import (
	"encoding/xml"
	"fmt"
	"math"
	"math/rand"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

var midnight = time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return midnight.Add(d) }

func points(values ...float64) []report.Point {
	var p []report.Point
	for i, v := range values {
		p = append(p, report.Point{At: after(time.Duration(i) * time.Minute), Value: v})
	}
	return p
}

// smallChart has one of everything that a chart can show.
func smallChart() report.Chart {
	nan := math.NaN()
	return report.Chart{
		Caption: "Error share", Unit: "%", Start: midnight, End: after(10 * time.Minute),
		Series: []report.Series{
			{Name: "green", Side: report.Green, Points: points(0.1, 0.2, 2.5, nan, nan, nan, 0.3, 0.2, 0.1, 0.2, 0.1)},
			{Name: "blue", Side: report.Blue, Step: true, Dashed: true, Points: points(0, 1)},
		},
		Limits: []report.Limit{{Label: "limit 1%", Value: 1}},
		Bands:  []report.Band{{Label: "hold", Start: after(2 * time.Minute), End: after(6 * time.Minute), Tone: report.Doubt}},
		Marks:  []report.Event{{Label: "rollback", At: after(5 * time.Minute), Tone: report.Bad}},
	}
}

func chartPage(t *testing.T, charts ...report.Chart) string {
	t.Helper()
	d := report.Document{Title: "x"}
	for _, c := range charts {
		d.Blocks = append(d.Blocks, c)
	}
	html, err := report.HTML("x", d)
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(string(html), -1) {
		if err := xml.Unmarshal([]byte(picture), new(struct{})); err != nil {
			t.Errorf("a picture is not well-formed: %v", err)
		}
		if bad := regexp.MustCompile(`NaN|Inf|="-?[0-9.]+e`).FindString(picture); bad != "" {
			t.Errorf("a picture holds a coordinate that is none: %q", bad)
		}
	}
	return string(html)
}

// vertex is a corner of a drawn line; move is true where a run begins.
type vertex struct {
	x, y float64
	move bool
}

// drawnLines reads back the lines of a page: two forms of each series.
func drawnLines(t *testing.T, html string) [][]vertex {
	t.Helper()
	var lines [][]vertex
	for _, m := range regexp.MustCompile(`<path d="([^"]*)" class="line`).FindAllStringSubmatch(html, -1) {
		var line []vertex
		at := vertex{}
		for _, part := range regexp.MustCompile(`([MLHVmh])([0-9. -]*)`).FindAllStringSubmatch(m[1], -1) {
			var n []float64
			for _, f := range strings.Fields(part[2]) {
				v, err := strconv.ParseFloat(f, 64)
				if err != nil {
					t.Fatal(err)
				}
				n = append(n, v)
			}
			switch part[1] {
			case "M", "L":
				at = vertex{n[0], n[1], part[1] == "M"}
			case "H":
				at = vertex{n[0], at.y, false}
			case "V":
				at = vertex{at.x, n[0], false}
			default:
				continue // the short dash of a lone point
			}
			line = append(line, at)
		}
		lines = append(lines, line)
	}
	return lines
}

// A spike of one second in a day is what an incident report is about.
func TestSpikesSurviveReduction(t *testing.T) {
	for seed := range int64(20) {
		r := rand.New(rand.NewSource(seed))
		p := make([]report.Point, 1800)
		for i := range p {
			p[i] = report.Point{At: after(time.Duration(i) * time.Minute), Value: 40 + 20*r.Float64()}
		}
		up, down := 1+r.Intn(1798), 1+r.Intn(1798)
		if up == down {
			continue
		}
		p[up].Value, p[down].Value = 100, 0
		c := report.Chart{Start: midnight, End: p[1799].At, Max: 100, Series: []report.Series{{Name: "x", Points: p}}}
		html := chartPage(t, c)
		lines := drawnLines(t, html)
		if len(lines) != 2 {
			t.Fatalf("%d lines, want one in each form", len(lines))
		}
		for form, line := range lines {
			if most := []int{380, 180}[form]; len(line) > most || len(line) < 100 {
				t.Errorf("form %d has %d points, want up to %d", form, len(line), most)
			}
			low, high := math.Inf(1), math.Inf(-1)
			for _, v := range line {
				low, high = min(low, v.y), max(high, v.y)
			}
			if height := []float64{250, 230}[form]; math.Abs(high-low-height) > 0.3 {
				t.Errorf("seed %d, form %d: the line spans %.1f of %.0f: a spike was lost", seed, form, high-low, height)
			}
		}
	}
}

// Each bucket's extremes stay, not only those of the whole line.
func TestEachBurstSurvivesReduction(t *testing.T) {
	p := make([]report.Point, 1800)
	for i := range p {
		p[i] = report.Point{At: after(time.Duration(i) * time.Minute)}
		if i%100 == 50 {
			p[i].Value = float64(i)
		}
	}
	line := drawnLines(t, chartPage(t, report.Chart{Start: midnight, End: p[1799].At, Series: []report.Series{{Points: p}}}))[1]
	peaks := 0
	for i := 1; i < len(line)-1; i++ {
		if line[i].y < line[i-1].y && line[i].y < line[i+1].y {
			peaks++
		}
	}
	if peaks != 18 {
		t.Errorf("%d of 18 bursts are drawn", peaks)
	}
}

func TestAGapIsNeverBridged(t *testing.T) {
	dense := make([]report.Point, 1800)
	for i := range dense {
		dense[i] = report.Point{At: after(time.Duration(i) * time.Second), Value: float64(i % 7)}
		if i >= 600 && i < 605 || i >= 900 && i < 1200 {
			dense[i].Value = math.NaN()
		}
	}
	for name, step := range map[string]bool{"line": false, "step": true} {
		t.Run(name, func(t *testing.T) {
			html := chartPage(t, report.Chart{Start: midnight, End: after(1800 * time.Second), Series: []report.Series{{Name: "x", Step: step, Points: dense}}})
			for form, line := range drawnLines(t, html) {
				runs := 0
				for _, v := range line {
					if v.move {
						runs++
					}
				}
				if runs != 3 {
					t.Errorf("form %d: %d runs, want 3", form, runs)
				}
			}
			if strings.Count(html, `class="hatch"`) != 2 {
				t.Errorf("%d gaps are hatched, want the wide one in each form", strings.Count(html, `class="hatch"`))
			}
			if !strings.Contains(html, "no data, 00:1") {
				t.Error("the gap does not say when")
			}
		})
	}
	text := report.Terminal(report.Document{Blocks: []report.Block{smallChart()}}, false)
	if !regexp.MustCompile(`green  [▁▂]+[▃▄▅▆▇█]*·{10,}[▁▂]+`).MatchString(text) {
		t.Errorf("the terminal bridges a gap:\n%s", text)
	}
}

// A step holds to the end of the axis, and into it from before.
func TestAStepHolds(t *testing.T) {
	c := report.Chart{Start: after(5 * time.Minute), End: after(time.Hour), Max: 100, Series: []report.Series{
		{Name: "weight", Step: true, Points: []report.Point{{At: after(30 * time.Minute), Value: 50}, {At: midnight, Value: 10}}},
	}}
	html := chartPage(t, c)
	if !strings.Contains(html, "highest 50, last 50") {
		t.Error("the step does not reach the end of the axis")
	}
	for _, line := range drawnLines(t, html) {
		if len(line) != 4 { // a point, along, up, along
			t.Errorf("%v is not one step", line)
		}
	}
	text := report.Terminal(report.Document{Blocks: []report.Block{c}}, false)
	if !regexp.MustCompile(`weight  ▁{27,28}▅{32,33}  min 10  max 50  last 50`).MatchString(text) {
		t.Errorf("got %s", text)
	}
}

func TestOddChartsAreDrawn(t *testing.T) {
	nan := math.NaN()
	hour := func(s ...report.Series) report.Chart {
		return report.Chart{Caption: "c", Start: midnight, End: after(time.Hour), Series: s}
	}
	log := hour(report.Series{Name: "x", Points: points(0, 0.5, -3, 1000)})
	log.Log = true
	logZero := hour(report.Series{Name: "x", Points: points(0, 0)})
	logZero.Log = true
	logHuge := hour(report.Series{Name: "x", Points: points(5e-324, math.MaxFloat64)})
	logHuge.Log = true
	instant := report.Chart{Start: midnight, End: midnight, Series: []report.Series{{Name: "x", Points: points(1)}}}
	turned := report.Chart{Start: after(time.Hour), End: midnight, Series: []report.Series{{Name: "x", Points: points(1, 2)}}}
	longest := report.Chart{Start: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), Series: []report.Series{{Name: "x", Points: points(1, 2)}}}
	capped := hour(report.Series{Name: "x", Points: points(1, 20)})
	capped.Max = 5
	limits := hour()
	limits.Limits = []report.Limit{{Label: "a", Value: nan}, {Label: "b", Value: math.Inf(1)}, {Label: "c", Value: 7}}
	for name, c := range map[string]struct {
		chart report.Chart
		want  string // in the page
	}{
		"nothing":         {report.Chart{}, "<svg"},
		"no points":       {hour(report.Series{Name: "x"}), "</b> no data"},
		"one point":       {hour(report.Series{Name: "x", Points: points(3)}), "m-1.5 0h3"},
		"all NaN":         {hour(report.Series{Name: "x", Points: points(nan, nan, nan)}), "</b> no data"},
		"huge":            {hour(report.Series{Name: "x", Points: points(math.MaxFloat64, -math.MaxFloat64)}), "highest 1.8×10³⁰⁸"},
		"infinite":        {hour(report.Series{Name: "x", Points: points(1, math.Inf(1), math.Inf(-1))}), "highest ∞, last -∞"},
		"tiny":            {hour(report.Series{Name: "x", Points: points(1e-9, 2e-9)}), "highest 2×10⁻⁹"},
		"negative":        {hour(report.Series{Name: "x", Points: points(-5, -1)}), "highest -1, last -1"},
		"log with zeros":  {log, "≤ 0.1"},
		"log of zeros":    {logZero, "highest 0"},
		"log of all":      {logHuge, "≤ "},
		"instant":         {instant, "highest 1, last 1"},
		"turned axis":     {turned, "<svg"},
		"longest axis":    {longest, "<svg"},
		"beyond the axis": {capped, "(beyond the axis)"},
		"outside":         {hour(report.Series{Name: "x", Points: []report.Point{{At: after(-time.Second), Value: 9}, {At: after(2 * time.Hour), Value: 9}}}), "</b> no data"},
		"only limits":     {limits, `class="bound plain"`},
	} {
		t.Run(name, func(t *testing.T) {
			if html := chartPage(t, c.chart); !strings.Contains(html, c.want) {
				t.Errorf("the page lacks %q:\n%s", c.want, html)
			}
			d := report.Document{Blocks: []report.Block{c.chart}}
			for _, face := range []string{report.Terminal(d, true), report.Markdown(d)} {
				if strings.Contains(face, "NaN") || strings.Contains(face, "Inf") {
					t.Errorf("a figure that is none: %s", face)
				}
			}
		})
	}
}

func TestTheOrderOfPointsDoesNotMatter(t *testing.T) {
	c := smallChart()
	want := chartPage(t, c)
	for i := range c.Series {
		p := c.Series[i].Points
		rand.New(rand.NewSource(1)).Shuffle(len(p), func(a, b int) { p[a], p[b] = p[b], p[a] })
	}
	before := fmt.Sprint(c)
	if chartPage(t, c) != want {
		t.Error("shuffled points are drawn differently")
	}
	if fmt.Sprint(c) != before {
		t.Error("drawing changed what it was given")
	}
}

// box is where a text of the picture stands, by a rough width of its letters.
type box struct{ from, to, y float64 }

// Labels of marks never cover each other, however close the marks are.
func TestLabelsOfMarksDoNotOverlap(t *testing.T) {
	label := regexp.MustCompile(`<text x="([0-9.]+)" y="([0-9.]+)" text-anchor="(\w+)" class="(?:flag|number)[^"]*">([^<]*)</text>`)
	for seed := range int64(60) {
		r := rand.New(rand.NewSource(seed))
		c := report.Chart{Start: midnight, End: after(time.Hour)}
		for range 1 + r.Intn(14) {
			c.Marks = append(c.Marks, report.Event{Label: strings.Repeat("ab", 1+r.Intn(8)), At: after(time.Duration(r.Intn(3600)) * time.Second), Tone: report.Tone(r.Intn(5))})
		}
		for _, picture := range regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(chartPage(t, c), -1) {
			var boxes []box
			for _, m := range label.FindAllStringSubmatch(picture, -1) {
				x, _ := strconv.ParseFloat(m[1], 64)
				y, _ := strconv.ParseFloat(m[2], 64)
				width := float64(len([]rune(m[4]))) * 6.5
				from := map[string]float64{"start": x, "middle": x - width/2, "end": x - width}[m[3]]
				b := box{from, from + width, y}
				for _, o := range boxes {
					if math.Abs(o.y-b.y) < 10 && o.from < b.to && b.from < o.to {
						t.Errorf("seed %d: %q covers another label", seed, m[4])
					}
				}
				boxes = append(boxes, b)
			}
		}
	}
}

// Marks whose labels find no room bear numbers, and a list explains them.
func TestCrowdedMarksAreListed(t *testing.T) {
	c := smallChart()
	c.Marks = nil
	for i := range 200 {
		tone := report.Plain
		if i%50 == 0 {
			tone = report.Bad
		}
		c.Marks = append(c.Marks, report.Event{Label: fmt.Sprintf("a longer event %d", i), At: after(time.Duration(i) * 3 * time.Second), Tone: tone})
	}
	html := chartPage(t, c)
	for _, want := range []string{`<ol class="events ">`, "✗ a longer event 150</li>", "and 140 more"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// A page with six full charts is read on a phone, over a phone's connection.
func TestSizesStayBounded(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	var charts []report.Chart
	for range 6 {
		c := smallChart()
		c.End, c.Series = after(30*time.Hour), nil
		for range 3 {
			s := report.Series{Name: hostile}
			for i := range 1800 {
				s.Points = append(s.Points, report.Point{At: after(time.Duration(i) * time.Minute), Value: r.NormFloat64()})
			}
			c.Series = append(c.Series, s)
		}
		charts = append(charts, c)
	}
	if size := len(chartPage(t, charts...)); size > 250_000 {
		t.Errorf("the page has %d bytes", size)
	}
	c := charts[0]
	for range 300 {
		name := strings.Repeat("`|", 500)
		c.Series = append(c.Series, report.Series{Name: name, Points: c.Series[0].Points[:5]})
		c.Limits = append(c.Limits, report.Limit{Label: name})
		c.Marks = append(c.Marks, report.Event{Label: name, At: midnight})
	}
	c.Caption, c.Unit = strings.Repeat("&", 5000), strings.Repeat("&", 5000)
	markdown := report.Markdown(report.Document{Blocks: []report.Block{c}})
	if len(markdown) > 6200 || !strings.Contains(markdown, " more\n") {
		t.Errorf("the Markdown has %d bytes", len(markdown))
	}
}

func TestTicksAreRound(t *testing.T) {
	for name, c := range map[string]struct {
		from, to time.Duration
		want     []string
	}{
		"minutes": {0, 10 * time.Minute, []string{">00:00<", ">00:01<", ">4 Mar 2026<"}},
		"seconds": {0, 40 * time.Second, []string{">00:00:10<", ">00:00:30<"}},
		"30 h":    {-4 * time.Hour, 26 * time.Hour, []string{">21:00<", ">00:00<", ">3 Mar 2026<", ">4 Mar<", ">5 Mar<"}},
		"weeks":   {0, 40 * 24 * time.Hour, []string{">9 Mar 2026<", ">23 Mar<"}},
	} {
		t.Run(name, func(t *testing.T) {
			html := chartPage(t, report.Chart{Start: after(c.from), End: after(c.to)})
			for _, want := range c.want {
				if !strings.Contains(html, want) {
					t.Errorf("no tick %q in %v", want, regexp.MustCompile(`>[^<>]+</text>`).FindAllString(html, -1))
				}
			}
		})
	}
}

// A gap that both sides share, though not to the minute, is not told of one.
func TestAnOverlappingGapIsToldOfAll(t *testing.T) {
	nan := math.NaN()
	html := chartPage(t, report.Chart{Start: midnight, End: after(10 * time.Minute), Series: []report.Series{
		{Name: "green", Points: points(1, 1, nan, nan, nan, nan, 1, 1, 1, 1, 1)},
		{Name: "blue", Points: points(1, 1, 1, nan, nan, nan, nan, 1, 1, 1, 1)},
	}})
	if strings.Contains(html, ">green: no data</text>") || !strings.Contains(html, ">no data</text>") {
		t.Error("the label names one of the two series that lack data")
	}
	if !strings.Contains(html, "green: no data, 00:01 – 00:06") || !strings.Contains(html, "blue: no data, 00:02 – 00:07") {
		t.Error("the hints do not tell each gap exactly")
	}
}
