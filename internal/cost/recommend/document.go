package recommend

import (
	"fmt"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/report"
)

// Headline is the sentence that somebody reads who reads only one.
func (a Advice) Headline() string {
	open := ""
	switch n := len(a.NotJudged); {
	case n == 1:
		open = " One thing could not be judged."
	case n > 1:
		open = fmt.Sprintf(" %d things could not be judged.", n)
	}
	switch n := len(a.Items); n {
	case 0:
		return "Nothing is found that would cost less." + open
	case 1:
		return fmt.Sprintf("One change could save %s a year.%s", a.Total, open)
	default:
		return fmt.Sprintf("%d changes are found; those that can be combined could save %s a year.%s", n, a.Total, open)
	}
}

// Document shows the advice: all of it at a glance, each piece with its evidence
// and its change, and what could not be judged.
func (a Advice) Document() report.Document {
	d := report.Document{Title: "What would cost less", Lead: a.Headline()}
	if len(a.Items) > 0 {
		d.Blocks = append(d.Blocks, a.glance())
	}
	for n, i := range a.Items {
		d.Blocks = append(d.Blocks, i.blocks(n+1)...)
	}
	if len(a.NotJudged) > 0 {
		t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "why not"}, {Title: "what would settle it"}}}
		for _, o := range a.NotJudged {
			t.Rows = append(t.Rows, []report.Cell{{Text: o.What}, {Text: sentence(o.Why)}, {Text: o.Settle}})
		}
		d.Blocks = append(d.Blocks, report.Section{Title: "Not judged"}, t)
	}
	return report.Document{Title: d.Title, Lead: d.Lead, Blocks: append(d.Blocks, report.Text{Body: a.foot()})}
}

// Markdown is the document as a file of docs: the advice as it was on one day.
func (a Advice) Markdown() string { return report.Markdown(a.Document()) }

// glance is all advice in one table.
func (a Advice) glance() report.Table {
	t := report.Table{Columns: []report.Column{{Title: "#", Numeric: true}, {Title: "change"}, {Title: "saves a year", Numeric: true}, {Title: "can be undone"}}}
	for n, i := range a.Items {
		saving := i.Yearly.String()
		if !i.Counted {
			saving += " (not added)"
		}
		back := report.Cell{Text: "yes"}
		if !i.Reversible {
			back = report.Cell{Text: "no", Tone: report.Doubt}
		}
		t.Rows = append(t.Rows, []report.Cell{{Text: fmt.Sprint(n + 1)}, {Text: i.Title}, {Text: saving}, back})
	}
	return t
}

func (i Item) blocks(n int) []report.Block {
	undone := "can be undone"
	if !i.Reversible {
		undone = "cannot be undone"
	}
	where := "Commands of a POSIX shell with the AWS CLI"
	if i.Change.File != "" {
		where = "Change of " + i.Change.File
	}
	figures := report.Table{Columns: []report.Column{{Title: "evidence"}, {Title: "figure", Numeric: true}}}
	for _, f := range i.Evidence.Figures {
		figures.Rows = append(figures.Rows, []report.Cell{{Text: f.Name}, {Text: f.Value}})
	}
	return []report.Block{
		report.Section{Title: fmt.Sprintf("%d. %s", n, i.Title)},
		report.Text{Body: fmt.Sprintf("Saves %s of %s a year. Effort: %s; it %s.", i.Yearly, short(i.cost), i.Effort, undone)},
		report.Text{Body: "Latency: " + i.Latency},
		report.Text{Body: "Risk: " + i.Risk},
		figures,
		report.Text{Body: fmt.Sprintf("Sample: %s (%s), %s. Source: %s.", report.Grouped(i.Evidence.Sample), i.Evidence.SampleOf, i.Evidence.Window, i.Evidence.Source)},
		report.Log{Caption: where, Body: i.Change.Text, Open: true},
	}
}

// foot says what the figures stand on.
func (a Advice) foot() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Looked at from %s to %s in %s. ", a.From.UTC().Format(time.DateOnly), a.To.UTC().Format(time.DateOnly), orNone(a.Region))
	b.WriteString("Savings are of a year like this window, at list prices without free tier, discount, Savings Plan or tax. Of changes to one thing only the largest is counted, since their savings cannot be added. ")
	if a.Small > 0 {
		fmt.Fprintf(&b, "%d that save less than %s a year are left out. ", a.Small, a.least)
	}
	if a.fee > 0 {
		fmt.Fprintf(&b, "Reading this has cost %s.", a.fee)
	}
	return strings.TrimSpace(b.String())
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
