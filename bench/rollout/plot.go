package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// The plot's measures in pixels.
const (
	plotWidth   = 1044
	labelWidth  = 172
	panelWidth  = 232
	panelGap    = 48
	plotTop     = 132
	rowHeight   = 46
	plotBottom  = 56
	markOffset  = 9 // of the two marks from their row's middle
	never       = 1.0
	lastMinutes = 120.0
)

// panel is one column of the plot: a figure in a scenario without and in the
// same one with bursts.
type panel struct {
	title, subtitle string
	scenario        string
	figure          figure
	ticks           []tick
	// place is where a value stands between 0 and 1.
	place func(float64) float64
	text  func(estimate, int) string
}

type tick struct {
	value float64
	text  string
}

func panels() []panel {
	shares := []tick{{0, "0"}, {0.25, ""}, {0.5, "50"}, {0.75, ""}, {1, "100%"}}
	straight := func(v float64) float64 { return v }
	shareText := func(e estimate, _ int) string { return percent(e.Value) + "%" }
	return []panel{
		{
			title: "Healthy 2 h phase rolled back", subtitle: "60 green requests a minute",
			scenario: "phase-60", figure: falseRollbacks, ticks: shares, place: straight, text: shareText,
		},
		{
			title: "Healthy 30 h cutover rolled back", subtitle: "600 requests a minute in total",
			scenario: "cutover-600", figure: falseRollbacks, ticks: shares, place: straight, text: shareText,
		},
		{
			title: "Minutes until 5% errors are found", subtitle: "median in a phase of 2 h, 60 a minute",
			scenario: "errors-2h", figure: foundMedian, place: logMinutes, text: foundText,
			ticks: []tick{{1, "1"}, {3, "3"}, {10, "10"}, {30, "30"}, {100, "100"}, {math.Inf(1), "never"}},
		},
	}
}

// logMinutes puts 1 to 120 minutes on a logarithmic scale, and never at its end.
func logMinutes(v float64) float64 {
	if math.IsInf(v, 1) {
		return never
	}
	return 0.86 * math.Log(max(1, v)) / math.Log(lastMinutes)
}

func foundText(e estimate, runs int) string {
	text := minutesText(e.Value)
	if e.N < runs {
		text += fmt.Sprintf(" · %s%% still going", percent(float64(e.N)/float64(runs)))
	}
	return text
}

// style names each colour once for light and once for dark pages.
const style = `<style>
  svg { --paper: #ffffff; --ink: #1c2430; --soft: #5b6675; --line: #e3e7ec; --band: #f5f7f9; --mark: #5b6675; --accent: #0b6bcb; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #10151c; --ink: #e6ebf1; --soft: #98a4b3; --line: #29323d; --band: #171e27; --mark: #a9b4c2; --accent: #5aa9f5; }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--ink); }
  .title { font-size: 17px; font-weight: 600; }
  .head { font-weight: 600; }
  .soft { fill: var(--soft); font-size: 11px; }
  .value { font-size: 11px; paint-order: stroke; stroke: var(--paper); stroke-width: 3px; stroke-linejoin: round; }
  .band .value { stroke: var(--band); }
  .grid { stroke: var(--line); }
  .mark { fill: var(--mark); stroke: var(--mark); stroke-width: 2; color: var(--mark); }
  .ours .mark { fill: var(--accent); stroke: var(--accent); }
  .ours .name { fill: var(--accent); font-weight: 700; }
  .mark.open { fill: var(--paper); }
  .ours .mark.open { fill: var(--paper); }
</style>
`

// plot is the picture of all judges: how often each rolls a healthy release
// back, and how soon it finds a broken one.
func plot(results []result, runs int) string {
	var b strings.Builder
	height := plotTop + rowHeight*len(peers) + plotBottom
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="t d">`+"\n",
		plotWidth, height, plotWidth, height)
	b.WriteString(`<title id="t">How often a healthy release is rolled back, and how soon a broken one is found</title>` + "\n")
	fmt.Fprintf(&b, "<desc id=\"d\">%s</desc>\n", html.EscapeString(describe(results, runs)))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="var(--paper)"/>`+"\n", plotWidth, height)
	b.WriteString(`<text class="title" x="24" y="34">How often is a healthy release rolled back, and how soon is a broken one found?</text>` + "\n")
	legend(&b)
	for i := range peers {
		if i%2 == 0 {
			fmt.Fprintf(&b, `<rect x="16" y="%d" width="%d" height="%d" rx="4" fill="var(--band)"/>`+"\n", plotTop+i*rowHeight, plotWidth-32, rowHeight)
		}
	}
	for i, p := range panels() {
		axis(&b, p, panelLeft(i), height-plotBottom)
	}
	for j := range peers {
		row(&b, results, runs, j)
	}
	fmt.Fprintf(&b, `<text class="soft" x="24" y="%d">%s simulated runs of each kind, the same for every rule; lines are 95%% intervals. Healthy is 0.3%% errors and 2%% slow requests, allowed are 1%% and 5%%.</text>`+"\n",
		height-16, thousands(runs))
	b.WriteString("</svg>\n")
	return b.String()
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func panelLeft(i int) int { return labelWidth + 24 + i*(panelWidth+panelGap) }

func legend(b *strings.Builder) {
	b.WriteString(`<circle class="mark" cx="30" cy="58" r="4"/><text class="soft" x="42" y="62">failures independent of each other</text>` + "\n")
	b.WriteString(`<circle class="mark open" cx="276" cy="58" r="4"/><text class="soft" x="288" y="62">failures in bursts: correlation 0.02 within a minute</text>` + "\n")
	fmt.Fprintf(b, `<text class="soft" x="%d" y="62">still going: not rolled back before the errors began</text>`+"\n", panelLeft(2))
}

func axis(b *strings.Builder, p panel, left, bottom int) {
	fmt.Fprintf(b, `<text class="head" x="%d" y="94">%s</text><text class="soft" x="%d" y="110">%s</text>`+"\n",
		left, html.EscapeString(p.title), left, html.EscapeString(p.subtitle))
	for _, t := range p.ticks {
		x := float64(left) + panelWidth*p.place(t.value)
		fmt.Fprintf(b, `<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, x, x, plotTop-6, bottom)
		if t.text != "" {
			fmt.Fprintf(b, `<text class="soft" x="%.1f" y="%d" text-anchor="middle">%s</text>`, x, bottom+16, t.text)
		}
		b.WriteString("\n")
	}
}

// row draws a judge's name and its two marks in each panel.
func row(b *strings.Builder, results []result, runs, judge int) {
	classes := "row"
	if peers[judge].Name == ours {
		classes += " ours"
	}
	if judge%2 == 0 {
		classes += " band"
	}
	middle := plotTop + judge*rowHeight + rowHeight/2
	fmt.Fprintf(b, `<g class="%s"><text class="name" x="24" y="%d">%s</text>`+"\n", classes, middle+4, html.EscapeString(peers[judge].Name))
	for i, p := range panels() {
		for k, kind := range []string{"-calm", "-bursts"} {
			e, ok := lookup(results, p.scenario+kind, p.figure.name, judge)
			if !ok {
				continue
			}
			mark(b, p, e, runs, float64(panelLeft(i)), middle+(2*k-1)*markOffset, k == 1)
		}
	}
	b.WriteString("</g>\n")
}

func mark(b *strings.Builder, p panel, e estimate, runs int, left float64, y int, open bool) {
	if e.N == 0 {
		fmt.Fprintf(b, `<text class="value soft" x="%.1f" y="%d">no run still going</text>`+"\n", left, y+4)
		return
	}
	at := func(v float64) float64 { return left + panelWidth*p.place(v) }
	x, class := at(e.Value), "mark"
	if open {
		class += " open"
	}
	if high := at(e.High); high-at(e.Low) > 8 { // shorter ones hide behind the mark
		fmt.Fprintf(b, `<line class="mark" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, at(e.Low), high, y, y)
	}
	fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%d" r="4"/>`, class, x, y)
	text := p.text(e, runs)
	if len(text)*6 > int(left+panelWidth-at(e.High)) {
		fmt.Fprintf(b, `<text class="value" x="%.1f" y="%d" text-anchor="end">%s</text>`+"\n", at(e.Low)-9, y+4, text)
		return
	}
	fmt.Fprintf(b, `<text class="value" x="%.1f" y="%d">%s</text>`+"\n", max(x+9, at(e.High)+5), y+4, text)
}

// lookup finds one figure of one judge by the scenario's id.
func lookup(results []result, id, name string, judge int) (estimate, bool) {
	for _, r := range results {
		for i, s := range r.scenarios {
			for f, figure := range r.figures {
				if s.id == id && figure.name == name {
					return r.values[i][f][judge], true
				}
			}
		}
	}
	return estimate{}, false
}

// describe says the plot in words, for those who cannot see it.
func describe(results []result, runs int) string {
	var lines []string
	for j, peer := range peers {
		var parts []string
		for _, p := range panels() {
			calm, _ := lookup(results, p.scenario+"-calm", p.figure.name, j)
			bursts, _ := lookup(results, p.scenario+"-bursts", p.figure.name, j)
			parts = append(parts, fmt.Sprintf("%s %s, with bursts %s", strings.ToLower(p.title), describeOne(p, calm, runs), describeOne(p, bursts, runs)))
		}
		lines = append(lines, peer.Name+": "+strings.Join(parts, "; ")+".")
	}
	return strings.Join(lines, " ")
}

func describeOne(p panel, e estimate, runs int) string {
	if e.N == 0 {
		return "unknown, no run still going"
	}
	return p.text(e, runs)
}
