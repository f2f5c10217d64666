package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/explain"
	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/cost/tagged"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// usd is an amount as outputs and tables show it.
func usd(dollars float64) string { return strconv.FormatFloat(dollars, 'f', 2, 64) }

func dollars(v float64) string {
	if v < 0 {
		return "−$" + usd(-v)
	}
	return "$" + usd(v)
}

// tags shows what carries its tags, and what billing knows of them.
func (t *told) tags(r tagResult) {
	d := r.Document()
	d.Blocks = append(d.Blocks, report.Section{Title: "What billing knows"}, billingTable(r))
	d.Lead = r.Lead
	t.lead, t.result, t.document = r.Lead, r, &d
	t.set("verdict", string(r.Verdict.Verdict))
	if r.Verdict.Verdict == verdict.Fail {
		t.title, t.fields = "Resources without cost tags", "Result: "+r.Lead
		for _, row := range r.Rows {
			if row.Verdict == verdict.Fail {
				t.fields += "\n" + row.Name + ": " + fmt.Sprintf("%d of %d", row.Of-row.Tagged, row.Of)
			}
		}
	}
}

func billingTable(r tagResult) report.Block {
	if len(r.Steps) == 0 {
		return report.Text{Body: "Costs are told apart by Project and Environment, of the past too."}
	}
	words := map[tagged.Action]string{
		tagged.Activate: "activate", tagged.Ask: "tell the past apart", tagged.Wait: "wait", tagged.Elsewhere: "for the account that pays", tagged.Broken: "did not work",
	}
	t := report.Table{Columns: []report.Column{{Title: "Step"}, {Title: "Tags"}, {Title: "Why"}, {Title: "By hand"}}}
	for i, s := range r.Steps {
		name, tone := words[s.Action], report.Doubt
		for _, done := range r.Done {
			if done == s.Action {
				name, tone = name+": done now", report.Good
			}
		}
		if s.Action == tagged.Broken {
			tone = report.Bad
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: strconv.Itoa(i+1) + ". " + name, Tone: tone}, {Text: strings.Join(s.Keys, ", ")}, {Text: s.Why}, {Text: strings.Join(s.Commands, "\n"), Code: true}})
	}
	return t
}

func (t *told) forecast(f forecast.Forecast) {
	d := f.Document()
	t.lead, t.result, t.document = f.Lead, f, &d
	t.ending(f)
}

// ending sets what outputs say of the month's end.
func (t *told) ending(f forecast.Forecast) {
	t.set("status", f.Status)
	if f.MonthEnd.Median != nil {
		t.set("month-end", usd(*f.MonthEnd.Median))
	}
	if f.LimitReachedOn != nil {
		t.set("limit-reached-on", *f.LimitReachedOn)
	}
}

func (t *told) explain(e explain.Explanation) {
	d := e.Document()
	t.lead, t.result, t.document = e.Lead, e, &d
}

// collect shows all of it on one page.
func (t *told) collect(r collected, spent spend.Daily, changed bool) {
	d := r.Forecast.Document()
	d.Title = "What " + r.Project + " " + r.Stage + " costs"
	d.Blocks = append(d.Blocks, report.Section{Title: "By service, this month"}, servicesTable(r))
	if e := r.Explanation; e != nil {
		changes := e.Document()
		d.Blocks = append(d.Blocks, report.Section{Title: "What changed in a week"}, report.Text{Body: e.Lead})
		d.Blocks = append(d.Blocks, changes.Blocks...)
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "Day by day"}, daysTable(r), report.Text{Body: source(r, spent)})
	for _, note := range r.Notes {
		d.Blocks = append(d.Blocks, report.Text{Body: note})
	}
	t.lead, t.result, t.document = r.Lead, r, &d
	newest := r.Days[len(r.Days)-1]
	t.set("yesterday", usd(newest.USD))
	t.ending(r.Forecast)
	if !changed {
		return
	}
	t.title = "Costs of " + r.Stage + ": " + r.Forecast.Status
	lines := []string{"Result: " + r.Lead, newest.Date + ": " + dollars(newest.USD)}
	if r.PerMillion != nil {
		lines = append(lines, "A million requests: "+dollars(*r.PerMillion))
	}
	if r.Explanation != nil {
		lines = append(lines, "Since last week: "+r.Explanation.Lead)
	}
	t.fields = strings.Join(lines, "\n")
}

func servicesTable(r collected) report.Table {
	t := report.Table{Columns: []report.Column{{Title: "Service"}, {Title: "This month", Numeric: true}, {Title: r.Days[len(r.Days)-1].Date, Numeric: true}}}
	for _, s := range r.Services {
		name := s.Service
		if name == "" {
			name = "all together"
		}
		cell := report.Cell{Text: dollars(s.Month)}
		if r.Spent > 0 && s.Month > 0 {
			share := s.Month / r.Spent
			cell.Share = &share
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: name}, cell, {Text: dollars(s.Newest)}})
	}
	return t
}

func daysTable(r collected) report.Table {
	t := report.Table{Columns: []report.Column{{Title: "Day"}, {Title: "Cost", Numeric: true}, {Title: "A million requests", Numeric: true}, {Title: ""}}}
	for i := len(r.Days) - 1; i >= 0; i-- {
		d := r.Days[i]
		each, word := "", ""
		if d.PerMillion != nil {
			each = dollars(*d.PerMillion)
		}
		if d.Estimated {
			word = "may still change"
		}
		at, _ := time.Parse(time.DateOnly, d.Date) // we wrote it
		t.Rows = append(t.Rows, []report.Cell{{Text: at.Format("Mon ") + d.Date}, {Text: dollars(d.USD)}, {Text: each}, {Text: word, Tone: report.Quiet}})
	}
	return t
}

func source(r collected, spent spend.Daily) string {
	text := spent.Source
	if r.Calls == 0 {
		return text + " All days were kept: this cost nothing."
	}
	return fmt.Sprintf("%s %s of Cost Explorer, which cost %s. It is about a day behind, and its days may change until the month's bill is written.", text, report.Count(r.Calls, "call"), dollars(r.FeeUSD))
}

func (t *told) recommend(a recommend.Advice) {
	d := a.Document()
	t.lead, t.result, t.document = a.Headline(), a, &d
	t.set("saving", usd(a.Total.LowUSD))
}
