package load

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Describe tells a result: what was found, what was sent over time, and each
// route. The findings are those of [Judge], and of [Scaling] where it was asked.
func Describe(r Result, findings []verdict.Finding, minutes []Minute) report.Document {
	d := report.Document{Title: title(r), Verdict: verdict.Worst(findings), Lead: Lead(r)}
	if !r.Valid {
		d.Verdict = verdict.Inconclusive
		d.Blocks = append(d.Blocks, report.Section{Title: "Why this is no measurement"})
		for _, why := range r.Invalid {
			d.Blocks = append(d.Blocks, report.Text{Body: upper(why) + "."})
		}
	}
	d.Blocks = append(append(d.Blocks, rows(r, findings)), advice(r, findings)...)
	if len(r.Series) > 1 {
		d.Blocks = append(d.Blocks, report.Section{Title: "Over time"}, rateChart(r), latencyChart(r), errorChart(r))
	}
	if len(minutes) > 0 {
		d.Blocks = append(d.Blocks, scalingChart(r, minutes))
	}
	return withRoutes(d, r)
}

func title(r Result) string {
	t := "Load test"
	if r.Profile != "" {
		t += " " + r.Profile
	}
	if r.Stage != "" {
		t += " of " + r.Stage
	}
	return t
}

// Lead is a result in a sentence.
func Lead(r Result) string {
	at := fmt.Sprintf("%s requests in %s to %s", report.Grouped(int64(r.Requests)), report.Seconds(r.Ended.Sub(r.Began)), r.Target)
	if !r.Valid {
		return "INVALID, so no result. " + at + ": " + r.Invalid[0] + "."
	}
	s := fmt.Sprintf("%s: %s a second of %s asked for, p50 %s, p95 %s, p99 %s, %s errors.", at, report.Number(r.AchievedRate), report.Number(r.RequestedRate),
		ms(r.Latency.P50), ms(r.Latency.P95), ms(r.Latency.P99), percent(r.Errors, r.Requests))
	if r.Stopped != "" {
		s += " It stopped by itself: " + r.Stopped + "."
	}
	return s
}

// names of findings as people say them.
var names = map[string]string{
	"rate": "Rate", "errors": "Errors", "throttles": "Throttles", "concurrency": "Ran at once", "cold_starts": "Cold starts", "settle": "p99 as before, after a rise",
	"max": "Slowest answer", "mean": "Mean",
}

// advice is what would change the rows that do not pass; rows that need the same
// share it. Why a run is no measurement was said above.
func advice(r Result, findings []verdict.Finding) (list []report.Block) {
	var order []string
	rows := map[string][]string{}
	for _, f := range findings {
		if f.Change == "" || f.Name == "rate" && !r.Valid {
			continue
		}
		if rows[f.Change] == nil {
			order = append(order, f.Change)
		}
		rows[f.Change] = append(rows[f.Change], said(f.Name))
	}
	for _, change := range order {
		list = append(list, report.Text{Body: strings.Join(rows[change], ", ") + ": " + change})
	}
	return list
}

func said(name string) string {
	if s, ok := names[name]; ok {
		return s
	}
	return name
}

func rows(r Result, findings []verdict.Finding) report.Table {
	t := report.Table{Caption: "What was found", Columns: []report.Column{{Title: ""}, {Title: "Row"}, {Title: "Observed", Numeric: true}, {Title: "Target", Numeric: true}, {Title: "Sample", Numeric: true}, {Title: "Over"}}}
	for _, f := range findings {
		observed, target := figure(f.Observed, f.Unit), limit(f)
		if f.Name == "rate" && r.Valid && r.Stopped != "" {
			// The rate was held for as long as it lasted; that is not what failed.
			observed, target = "stopped after "+report.Seconds(r.Ended.Sub(r.Began)), "to its end"
		}
		t.Rows = append(t.Rows, []report.Cell{
			{Text: whole(report.Mark(f.Verdict)), Tone: report.ToneOf(f.Verdict)}, {Text: said(f.Name)},
			{Text: observed}, {Text: target}, {Text: report.Grouped(f.Sample) + " " + f.SampleOf}, {Text: whole(f.Window)},
		})
	}
	return t
}

// whole keeps what is short in one line, so that a narrow screen has no high rows.
func whole(text string) string {
	const short = 24
	if len(text) > short {
		return text
	}
	return strings.ReplaceAll(text, " ", "\u00a0")
}

func limit(f verdict.Finding) string {
	switch {
	case f.Limit == nil:
		return "–"
	case *f.Limit == 0:
		return figure(f.Limit, f.Unit)
	case f.Name == "rate":
		return "99% of " + figure(f.Limit, f.Unit)
	}
	return "≤ " + figure(f.Limit, f.Unit)
}

func figure(v *float64, unit string) string {
	switch {
	case v == nil:
		return "not known"
	case unit == "%":
		return report.Number(*v) + "%"
	case unit == "":
		return report.Number(*v)
	case unit == "ms":
		return ms(*v)
	}
	return report.Number(*v) + " " + unit
}

// points of the series; an interval without what it tells has none.
func points(r Result, of func(Interval) (float64, bool)) (list []report.Point) {
	for _, in := range r.Series {
		value, ok := of(in)
		if !ok {
			value = math.NaN()
		}
		list = append(list, report.Point{At: moment(r, in.At), Value: value, Idle: !ok})
	}
	return list
}

func moment(r Result, seconds float64) time.Time {
	return r.Began.Add(time.Duration(seconds * float64(time.Second)))
}

// end of the time axis.
func end(r Result) time.Time {
	last := r.Series[len(r.Series)-1]
	return moment(r, last.At+last.Seconds)
}

func rateChart(r Result) report.Chart {
	return report.Chart{Caption: "Requests a second: what was asked for, and what was sent", Unit: "/s", Start: r.Began, End: end(r), Series: []report.Series{
		{Name: "asked for", Step: true, Dashed: true, Tone: report.Quiet, Points: points(r, func(in Interval) (float64, bool) { return in.Target, true })},
		{Name: "sent", Side: report.Green, Step: true, Points: points(r, func(in Interval) (float64, bool) { return in.Rate, true })},
	}}
}

func latencyChart(r Result) report.Chart {
	c := report.Chart{Caption: "Latency from when a request was due", Unit: " ms", Log: true, Start: r.Began, End: end(r)}
	for _, one := range []struct {
		name string
		of   func(Interval) float64
	}{{"p50", func(in Interval) float64 { return in.P50 }}, {"p95", func(in Interval) float64 { return in.P95 }}, {"p99", func(in Interval) float64 { return in.P99 }}} {
		c.Series = append(c.Series, report.Series{Name: one.name, Points: points(r, func(in Interval) (float64, bool) { return one.of(in), in.Max > 0 })})
	}
	for _, g := range r.Asked.Goals {
		if g.Metric == MetricP95 || g.Metric == MetricP99 {
			c.Limits = append(c.Limits, report.Limit{Label: g.Metric + " at most " + ms(g.AtMost), Value: g.AtMost, Tone: report.Doubt})
		}
	}
	return c
}

func errorChart(r Result) report.Chart {
	c := report.Chart{Caption: "Errors: no answer, 5xx, or a check that failed", Unit: "%", Start: r.Began, End: end(r), Series: []report.Series{
		{Name: "errors", Tone: report.Bad, Step: true, Points: points(r, func(in Interval) (float64, bool) { return share(in.Errors, in.Requests) * 100, in.Requests > 0 })},
	}}
	for _, g := range r.Asked.Goals {
		if g.Metric == MetricErrors {
			c.Limits = append(c.Limits, report.Limit{Label: fmt.Sprintf("at most %s%%", report.Number(g.AtMost*100)), Value: g.AtMost * 100, Tone: report.Bad})
		}
	}
	return c
}

func scalingChart(r Result, minutes []Minute) report.Chart {
	last := minutes[len(minutes)-1].At + time.Minute
	c := report.Chart{Caption: "What scaled: as CloudWatch counts it, each minute", Start: r.Began, End: r.Began.Add(last)}
	for _, one := range []struct {
		name string
		tone report.Tone
		of   func(Minute) *float64
	}{
		{"ran at once", report.Plain, func(m Minute) *float64 { return m.Concurrent }},
		{"cold starts", report.Plain, func(m Minute) *float64 { return m.Colds }},
		{"throttles", report.Bad, func(m Minute) *float64 { return m.Throttles }},
	} {
		s := report.Series{Name: one.name, Tone: one.tone, Step: true}
		for _, m := range minutes {
			value := math.NaN()
			if v := one.of(m); v != nil {
				value = *v
			}
			s.Points = append(s.Points, report.Point{At: r.Began.Add(m.At), Value: value})
		}
		c.Series = append(c.Series, s)
	}
	return c
}

func withRoutes(d report.Document, r Result) report.Document {
	t := report.Table{Columns: []report.Column{{Title: "Route"}, {Title: "Requests", Numeric: true}, {Title: "Errors", Numeric: true}, {Title: "p50", Numeric: true}, {Title: "p95", Numeric: true}, {Title: "p99", Numeric: true}, {Title: "Slowest", Numeric: true}, {Title: "Statuses"}}}
	failed := report.Table{Caption: "Checks that failed", Columns: []report.Column{{Title: "Route"}, {Title: "Check"}, {Title: "Times", Numeric: true}}}
	for _, at := range r.Routes {
		tone := report.Plain
		if at.Errors > 0 {
			tone = report.Bad
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: at.Name, Code: true}, {Text: report.Grouped(int64(at.Requests))}, {Text: percent(at.Errors, at.Requests), Tone: tone},
			{Text: ms(at.Latency.P50)}, {Text: ms(at.Latency.P95)}, {Text: ms(at.Latency.P99)}, {Text: ms(at.Latency.Max)}, {Text: statuses(at.Status)}})
		for _, why := range slices.Sorted(maps.Keys(at.Failed)) {
			failed.Rows = append(failed.Rows, []report.Cell{{Text: at.Name, Code: true}, {Text: why}, {Text: report.Grouped(int64(at.Failed[why]))}})
		}
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Routes"}, t)
	if len(failed.Rows) > 0 {
		d.Blocks = append(d.Blocks, failed)
	}
	g := r.Generator
	d.Blocks = append(d.Blocks, report.Section{Title: "The generator itself"}, report.Text{Body: fmt.Sprintf(
		"It was late by %s (p99), needed %s s of processor time (%s%% of the machine), %s MB of memory and %d connections. %s later requests were not made because an earlier one of the same user failed. Latencies count from when a request was due, and percentiles are exact (nearest rank).",
		ms(g.LateMS.P99), report.Number(g.CPUSeconds), report.Number(g.CPUShare*100), report.Number(g.MemoryMB), g.Sockets, report.Grouped(int64(r.Skipped)))})
	return d
}

func statuses(of map[string]int) string {
	var list []string
	for _, status := range slices.Sorted(maps.Keys(of)) {
		name := status
		if status == "0" {
			name = "no answer"
		}
		list = append(list, name+": "+report.Grouped(int64(of[status])))
	}
	return strings.Join(list, ", ")
}

func ms(v float64) string {
	if v >= 10_000 {
		return report.Number(v/1000) + " s"
	}
	return report.Number(v) + " ms"
}

// percent never shows an error as none.
func percent(part, of int) string {
	s := report.Number(share(part, of)*100) + "%"
	if part > 0 && s == "0%" {
		return "under 0.01%"
	}
	return s
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
