package prepare

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// Report tells what stands, what a plan changes of it, and what its health checks
// cost. A plan without changes says so.
func (r Record) Report(s Standing, p Plan, checks []Check) []report.Block {
	blocks := []report.Block{report.Section{Title: "The record"}, Stands(s)}
	switch {
	case len(p.Changes) > 0:
		blocks = append(blocks, report.Text{Body: "All of it in one batch: " + strings.Join(p.Steps, "; ") + "."}, Diff(p.Changes))
	case s.Kind == Paired && len(s.Trouble) == 0:
		blocks = append(blocks, report.Text{Body: "Nothing of " + r.Name + " has to be changed."})
	}
	for _, err := range s.Trouble {
		blocks = append(blocks, report.Text{Body: err.Error()})
	}
	if len(checks) > 0 {
		blocks = append(blocks, report.Section{Title: "Health checks"}, Costs(checks), report.Text{Body: "List prices of 2026. The first 50 plain checks of AWS endpoints in an account are free. Requests reach green, and are billed as its users' are."})
	}
	return blocks
}

// Stands lists the sets that stand.
func Stands(s Standing) report.Table {
	t := report.Table{Caption: "What stands: " + string(s.Kind), Columns: []report.Column{{Title: "Record set"}, {Title: "As it is"}}}
	row := func(set Set) { t.Rows = append(t.Rows, []report.Cell{{Text: set.title()}, {Text: set.words()}}) }
	for _, set := range s.Single {
		row(set)
	}
	for _, p := range s.Pairs {
		row(p.Blue)
		row(p.Green)
	}
	return t
}

// Diff lists the record sets that a batch touches, before and after it. Those
// that it only names, so that it fails if somebody changed them, are as they were.
func Diff(changes []Change) report.Table {
	t := report.Table{Caption: "What is changed", Columns: []report.Column{{Title: "Record set"}, {Title: "Before"}, {Title: "After"}}}
	const none = "—"
	at := map[string]int{}
	for _, c := range changes {
		title := c.Set.title()
		i, ok := at[title]
		if !ok {
			i = len(t.Rows)
			at[title] = i
			t.Rows = append(t.Rows, []report.Cell{{Text: title}, {Text: none, Tone: report.Quiet}, {Text: none, Tone: report.Quiet}})
		}
		if c.Action == Delete {
			t.Rows[i][1] = report.Cell{Text: c.Set.words()}
		} else {
			t.Rows[i][2] = report.Cell{Text: c.Set.words()}
		}
	}
	slices.SortStableFunc(t.Rows, func(a, b []report.Cell) int {
		kind := func(row []report.Cell) string {
			return strings.FieldsFunc(row[0].Text, func(r rune) bool { return r == ',' || r == ' ' })[0]
		}
		return strings.Compare(kind(a), kind(b))
	})
	for _, row := range t.Rows {
		if row[1].Text == row[2].Text {
			row[2] = report.Cell{Text: "as it is", Tone: report.Quiet}
		}
	}
	return t
}

// Costs lists health checks with their price and requests a month, and their sum.
func Costs(checks []Check) report.Table {
	t := report.Table{
		Columns: []report.Column{{Title: "Health check"}, {Title: "Looks at"}, {Title: "A month", Numeric: true}, {Title: "Requests a month", Numeric: true}},
	}
	cents, requests := 0, 0
	row := func(name, what string, cents, requests int) {
		t.Rows = append(t.Rows, []report.Cell{{Text: name}, {Text: what}, {Text: dollars(cents)}, {Text: thousands(requests)}})
	}
	for _, c := range checks {
		row(c.Name(), c.words(), c.Cents(), c.Requests())
		cents, requests = cents+c.Cents(), requests+c.Requests()
	}
	row("together", "", cents, requests)
	return t
}

// title names a set among those of its record.
func (s Set) title() string {
	if s.Identifier == "" {
		return s.Type + ", simple"
	}
	return s.Type + " " + s.Identifier
}

// words tell everything of a set that is known here.
func (s Set) words() string {
	var parts []string
	switch s.Routing {
	case "":
	case Weighted:
		parts = append(parts, "weight "+strconv.FormatInt(s.Weight, 10))
	default:
		parts = append(parts, s.Routing)
	}
	if s.Alias != nil {
		parts = append(parts, "alias of "+canonical(s.Alias.Target))
		if s.Alias.Evaluate {
			parts = append(parts, "the target's own health decides too")
		}
	} else {
		parts = append(parts, strings.Join(s.Values, " "), fmt.Sprintf("TTL %d s", s.TTL))
	}
	if s.HealthCheck != "" {
		parts = append(parts, "health check "+s.HealthCheck)
	}
	return strings.Join(parts, ", ")
}

// words say what a check looks at.
func (c Check) words() string {
	switch c.Kind {
	case Endpoint:
		return fmt.Sprintf("https://%s%s, every %d s, turns after %d in a row", c.Host, c.Path, c.Seconds, c.Failures)
	case Alarm:
		return "the data of alarm " + c.Alarm + "; without data, what they said last"
	}
	if c.Healthy == 0 {
		return "nothing: always healthy"
	}
	return fmt.Sprintf("%d of %s", c.Healthy, strings.Join(c.Children, ", "))
}

func dollars(cents int) string { return fmt.Sprintf("$%d.%02d", cents/100, cents%100) }

// thousands writes a number with commas.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
