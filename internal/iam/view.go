package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// View shows the needs of an action as a table: what it may do, on what, when
// only, and why.
func View(d Duty, s Settings, needs []Need) report.Document {
	title := d.Action + " in " + s.Stage
	if len(needs) == 0 {
		return report.Document{Title: title, Lead: "It calls nothing at AWS, and needs no role."}
	}
	t := report.Table{Columns: []report.Column{{Title: "why"}, {Title: "action"}, {Title: "resource"}, {Title: "only if"}}}
	for _, n := range needs {
		// One line for each action or resource, whichever are more: whoever reads
		// it holds single names against single names.
		for i := range max(len(n.Actions), len(n.Resources)) {
			row := []report.Cell{{}, at(n.Actions, i), at(n.Resources, i), {}}
			if i == 0 {
				row[0].Text, row[3].Text = n.Why, n.When.words()
			}
			t.Rows = append(t.Rows, row)
		}
	}
	p := PolicyOf(needs)
	lead := fmt.Sprintf("%d statements, %d of the %d characters of a managed policy.", len(p.Statement), p.Characters(), MostCharacters)
	if d.Ahead {
		lead += " Declared ahead: the action does not exist yet, and nothing has proved this."
	}
	return report.Document{Title: title, Lead: lead, Blocks: []report.Block{t, report.Text{Body: "The policy itself: --format json. Who may have it: --trust. All roles at once: --template."}}}
}

func at(list []string, i int) report.Cell {
	if i < len(list) {
		return report.Cell{Text: list[i], Code: true}
	}
	return report.Cell{}
}

// words are the conditions as a person reads them.
func (c Conditions) words() string {
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			all = append(all, key+": "+strings.Join(c[operator][key], ", "))
		}
	}
	return strings.Join(all, "; ")
}
