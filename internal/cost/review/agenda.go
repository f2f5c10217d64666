package review

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// Inputs are what is known for a review. What is nil is not known, and said so.
type Inputs struct {
	Project, Stage string
	// Month is the first day of the month that is looked at.
	Month  time.Time
	Budget unit.Money
	Last   *Spent
	// Forecast is that of the month after it, which has begun.
	Forecast   *Forecast
	PerMillion *unit.Money
	Services   []Service
	// Explained are sentences about what changed.
	Explained []string
	// Open and Done are recommendations.
	Open, Done []Advice
	Tags       []Tag
	Pictures   []Picture
	// Days are what each day of the month has cost that is known, drawn as a picture.
	Days []Day
	// Report is the address of the whole report, Invitation that of the .ics file.
	Report, Invitation string
}

// Spent is what a month has cost, as far as its days are known.
type Spent struct {
	Amount unit.Money
	// Missing are days of which nothing is known; Estimated is whether AWS may
	// still change others.
	Missing   int
	Estimated bool
	// Before is what the month before it has cost, nil if unknown.
	Before *unit.Money
}

// Forecast is what a month will have cost.
type Forecast struct {
	Low, Median, High unit.Money
	// Confidence is how sure the range is, such as 0.9; Status is green, amber, red
	// or unknown.
	Confidence float64
	Status     string
	// LimitOn is the day on which the budget is used up, nil for none.
	LimitOn *time.Time
}

// Service is what one service has cost in the month, and in the one before.
type Service struct {
	Name           string
	Amount, Before unit.Money
}

// Advice is a recommendation with what it saves a year.
type Advice struct{ Title, Saving, Link string }

// Tag is the state of the tags of a service.
type Tag struct {
	Service string
	Verdict verdict.Verdict
	Why     string
}

// Day is what one day of the month has cost.
type Day struct {
	Date   time.Time
	Amount unit.Money
}

// Picture is one that GitHub can fetch.
type Picture struct{ Alt, URL string }

// month is a month as people write it.
func month(t time.Time) string { return t.Format("January 2006") }

// dollars is an amount to the dollar from $10 on, to the cent below.
func dollars(m unit.Money) string {
	if m < 0 {
		if text := dollars(-m); text != dollars(0) {
			return "-" + text
		}
		return dollars(0)
	}
	step := unit.Dollar
	if m < 10*unit.Dollar {
		step = unit.Dollar / 100
	}
	return ((m + step/2) / step * step).String()
}

// Headline is the review in a sentence.
func (in Inputs) Headline() string {
	text := fmt.Sprintf("What %s cost in %s is not known.", in.Stage, month(in.Month))
	if in.Last != nil {
		text = fmt.Sprintf("%s cost %s in %s", in.Stage, dollars(in.Last.Amount), month(in.Month))
		if in.Budget > 0 {
			text += fmt.Sprintf(", %.0f%% of the budget of %s", float64(in.Last.Amount)/float64(in.Budget)*100, dollars(in.Budget))
		}
		if in.Last.Missing > 0 {
			text += fmt.Sprintf("; %d days of it are not known", in.Last.Missing)
		}
		text += "."
	}
	if f := in.Forecast; f != nil && f.Status != "unknown" {
		text += fmt.Sprintf(" This month will come to %s (%s–%s): %s", dollars(f.Median), dollars(f.Low), dollars(f.High), f.Status)
		if f.LimitOn != nil {
			text += ", the budget is used up on " + f.LimitOn.Format(time.DateOnly)
		}
		text += "."
	}
	return text
}

// document is the agenda with at most so many rows in each of its lists.
func (in Inputs) document(rows int) report.Document {
	d := report.Document{Title: fmt.Sprintf("Cost review of %s, %s: %s", in.Project, in.Stage, month(in.Month)), Lead: clip(in.Headline(), 600)}
	d.Blocks = append(d.Blocks, report.Section{Title: "1. Against the budget"}, in.figures())
	d.Blocks = append(d.Blocks, report.Section{Title: "2. What changed"})
	if len(in.Services)+len(in.Explained) == 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: "It is not known what changed."})
	}
	d.Blocks = append(d.Blocks, in.services(rows))
	for n, text := range in.Explained {
		if n == rows {
			d.Blocks = append(d.Blocks, report.Text{Body: fmt.Sprintf("and %d more", len(in.Explained)-n)})
			break
		}
		d.Blocks = append(d.Blocks, report.Text{Body: clip(text, 400)})
	}
	d.Blocks = append(d.Blocks, report.Section{Title: "3. What would cost less: decide on each"})
	if len(in.Open) == 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: "No recommendation is open."})
	}
	d.Blocks = append(d.Blocks, advice("Open", in.Open, rows), advice("Done", in.Done, rows), report.Section{Title: "4. Can costs be told apart?"})
	if len(in.Tags) == 0 {
		d.Blocks = append(d.Blocks, report.Text{Body: "The state of the tags is not known."})
	}
	d.Blocks = append(d.Blocks, in.tags(rows), report.Section{Title: "5. Until the next review"},
		report.Text{Body: "Write down who changes what until when, and whether the budget stays as it is. Then close this issue."})
	return d
}

// figures are the month's amounts, and what is not known of them.
func (in Inputs) figures() report.Table {
	t := report.Table{Columns: []report.Column{{Title: ""}, {Title: "amount", Numeric: true}, {Title: "of the budget", Numeric: true}, {Title: ""}}}
	add := func(what string, m *unit.Money, tone report.Tone, note string) {
		amount, share := report.Cell{Text: "unknown", Tone: report.Doubt}, report.Cell{}
		if m != nil {
			amount = report.Cell{Text: dollars(*m), Tone: tone}
			if in.Budget > 0 && what != perMillion {
				share.Text = fmt.Sprintf("%.0f%%", float64(*m)/float64(in.Budget)*100)
			}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: what}, amount, share, {Text: note}})
	}
	add("budget a month", &in.Budget, report.Plain, "")
	if in.Last == nil {
		add(month(in.Month), nil, report.Plain, "")
	} else {
		tone := report.Good
		if in.Last.Amount > in.Budget {
			tone = report.Bad
		}
		var notes []string
		if in.Last.Missing > 0 {
			notes = append(notes, fmt.Sprintf("%d days are not known", in.Last.Missing))
			if tone == report.Good {
				tone = report.Doubt
			}
		}
		if in.Last.Estimated {
			notes = append(notes, "AWS may still change it")
		}
		add(month(in.Month), &in.Last.Amount, tone, strings.Join(notes, "; "))
		add(month(in.Month.AddDate(0, -1, 0)), in.Last.Before, report.Plain, "")
	}
	next := month(in.Month.AddDate(0, 1, 0)) + ", forecast"
	if f := in.Forecast; f == nil || f.Status == "unknown" {
		add(next, nil, report.Plain, "too few days are known")
	} else {
		tone := map[string]report.Tone{"green": report.Good, "amber": report.Doubt, "red": report.Bad}[f.Status]
		add(next, &f.Median, tone, fmt.Sprintf("%s–%s in %.0f of 100 months like it", dollars(f.Low), dollars(f.High), f.Confidence*100))
	}
	if in.PerMillion != nil {
		add(perMillion, in.PerMillion, report.Plain, "")
	}
	return t
}

const perMillion = "a million requests"

func (in Inputs) services(rows int) report.Table {
	t := report.Table{Caption: "By service", Columns: []report.Column{{Title: "service"}, {Title: "cost", Numeric: true}, {Title: "the month before", Numeric: true}, {Title: "change", Numeric: true}}}
	for n, s := range in.Services {
		if n == rows {
			t.More = len(in.Services) - n
			break
		}
		change := dollars(s.Amount - s.Before)
		if s.Amount > s.Before && change != dollars(0) {
			change = "+" + change
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: clip(s.Name, 100)}, {Text: dollars(s.Amount)}, {Text: dollars(s.Before)}, {Text: change}})
	}
	return t
}

func advice(caption string, of []Advice, rows int) report.Table {
	t := report.Table{Caption: caption, Columns: []report.Column{{Title: "recommendation"}, {Title: "saves a year", Numeric: true}}}
	for n, a := range of {
		if n == rows {
			t.More = len(of) - n
			break
		}
		cell := report.Cell{Text: clip(a.Title, 200)}
		if linkRE.MatchString(a.Link) && len(a.Link) <= 500 {
			cell.Href = a.Link
		}
		t.Rows = append(t.Rows, []report.Cell{cell, {Text: clip(a.Saving, 40)}})
	}
	return t
}

func (in Inputs) tags(rows int) report.Table {
	t := report.Table{Columns: []report.Column{{Title: "service"}, {Title: "tags"}, {Title: "why"}}}
	for n, x := range in.Tags {
		if n == rows {
			t.More = len(in.Tags) - n
			break
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: clip(x.Service, 100)}, {Text: string(x.Verdict), Tone: report.ToneOf(x.Verdict)}, {Text: clip(x.Why, 200)}})
	}
	return t
}

// clip bounds what others wrote, in characters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}
