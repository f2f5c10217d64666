package message

import (
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// Document is a short rendering of an announcement for terminal and summary.
// lead is the sentence that says what became of it.
func (a Announcement) Document(lead string) report.Document {
	d := report.Document{Title: manners[a.Kind].sign + " " + a.Kind.Heading(a.Stage), Lead: lead}
	if title := line(a.Title); title != "" {
		d.Blocks = append(d.Blocks, report.Text{Body: harmless(title)})
	}
	if a.Progress != nil {
		d.Blocks = append(d.Blocks, report.Text{Body: a.Progress.String()})
	}
	t := report.Table{Columns: []report.Column{{Title: ""}, {Title: ""}}}
	for _, f := range a.Fields {
		if len(t.Rows) == maxFields {
			t.More++
			continue
		}
		name, _ := fit(line(f.Name), mostName, maxField)
		value, _ := fit(line(f.Value), mostSmall, maxField)
		t.Rows = append(t.Rows, []report.Cell{{Text: harmless(name)}, {Text: value}})
	}
	for _, l := range a.links() {
		if len(t.Rows) == 2*maxFields {
			t.More++
			continue
		}
		label, _ := fit(line(l.Label), mostName, maxField)
		t.Rows = append(t.Rows, []report.Cell{{Text: "link"}, {Text: label, Href: l.URL}})
	}
	if len(t.Rows) > 0 {
		d.Blocks = append(d.Blocks, t)
	}
	return d
}

// harmless keeps text at the start of a line from reading as a command of
// GitHub Actions, which looks for them in everything that a step prints.
func harmless(s string) string {
	if strings.HasPrefix(s, "::") || strings.HasPrefix(s, "##[") {
		return "\u200b" + s
	}
	return s
}
