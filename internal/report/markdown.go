package report

import (
	"fmt"
	"strings"
)

// Markdown renders d in GitHub's flavour for job summaries and comments. Every
// text is escaped: names of files, branches and people come from strangers.
func Markdown(d Document) string {
	var b strings.Builder
	head := escape(d.Title)
	if d.Verdict != "" {
		sign := map[Tone]string{Good: "✅", Bad: "❌", Doubt: "❔"}[ToneOf(d.Verdict)]
		head = sign + " " + head + ": " + string(d.Verdict)
	}
	fmt.Fprintf(&b, "## %s\n\n", head)
	if d.Lead != "" {
		fmt.Fprintf(&b, "%s\n\n", escape(d.Lead))
	}
	for _, block := range d.Blocks {
		markdownBlock(&b, block)
	}
	return b.String()
}

func markdownBlock(b *strings.Builder, block Block) {
	switch block := block.(type) {
	case Section:
		fmt.Fprintf(b, "### %s\n\n", escape(block.Title))
	case Text:
		fmt.Fprintf(b, "%s\n\n", escape(block.Body))
	case Table:
		markdownTable(b, block)
	case Bars:
		markdownTable(b, barsAsTable(block))
	case Lanes:
		markdownLanes(b, block)
	case Chart:
		markdownChart(b, block)
	case Log:
		open := ""
		if block.Open {
			open = " open"
		}
		fmt.Fprintf(b, "<details%s><summary>%s</summary>\n\n%s\n</details>\n\n", open, escape(block.Caption), fenced(block.Body))
	}
}

func markdownTable(b *strings.Builder, t Table) {
	if len(t.Rows) == 0 {
		return
	}
	if t.Caption != "" {
		fmt.Fprintf(b, "**%s**\n\n", escape(t.Caption))
	}
	var head, rule []string
	for _, c := range t.Columns {
		head = append(head, escape(c.Title))
		if c.Numeric {
			rule = append(rule, "---:")
		} else {
			rule = append(rule, ":---")
		}
	}
	fmt.Fprintf(b, "| %s |\n| %s |\n", strings.Join(head, " | "), strings.Join(rule, " | "))
	for _, row := range t.Rows {
		cells := make([]string, len(t.Columns))
		for i := range min(len(row), len(cells)) {
			cells[i] = markdownCell(row[i])
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
	b.WriteString("\n")
	if t.More > 0 {
		fmt.Fprintf(b, "and %d more\n\n", t.More)
	}
}

func markdownCell(c Cell) string {
	text := escape(c.Text)
	if c.Code && text != "" {
		text = "<code>" + text + "</code>"
	}
	if strings.HasPrefix(c.Href, "https://") || strings.HasPrefix(c.Href, "http://") {
		text = `<a href="` + escape(c.Href) + `">` + text + "</a>"
	}
	if sign := map[Tone]string{Good: "🟢", Bad: "🔴", Doubt: "🟡"}[c.Tone]; sign != "" {
		text = sign + "\u00a0" + text // on one line, however narrow the column
	}
	if c.Share != nil {
		text += " " + bar(*c.Share, 10)
	}
	return text
}

func barsAsTable(b Bars) Table {
	t := Table{Caption: b.Caption, Columns: []Column{{Title: ""}, {Title: ""}, {Title: "value", Numeric: true}, {Title: "limit", Numeric: true}}}
	for _, row := range b.Rows {
		limit := ""
		if row.Limit != nil {
			limit = Number(*row.Limit) + b.Unit
		}
		t.Rows = append(t.Rows, []Cell{
			{Text: row.Label, Tone: row.Tone}, {Text: bar(share(row.Value, b.Max), 20)},
			{Text: Number(row.Value) + b.Unit}, {Text: limit},
		})
	}
	return t
}

// entities replaces every character that Markdown or HTML would act on. As
// entities they also hold within <code> and within table cells. The at sign is
// among them so that no stranger's text calls people to a comment.
var entities = strings.NewReplacer(
	"&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;", "|", "&#124;", "`", "&#96;",
	"*", "&#42;", "_", "&#95;", "[", "&#91;", "]", "&#93;", `\`, "&#92;", "~", "&#126;", "@", "&#64;",
	"#", "&#35;", "$", "&#36;", "\n", " ", "\r", " ",
)

// Escape writes text as it stands in what [Markdown] renders.
func Escape(s string) string { return escape(s) }

func escape(s string) string {
	return entities.Replace(strings.TrimSpace(s))
}

// fenced wraps text in a code fence that is longer than any run of backticks
// within it.
func fenced(body string) string {
	longest, run := 0, 0
	for _, r := range body {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", max(3, longest+1))
	return fence + "text\n" + strings.TrimRight(body, "\n") + "\n" + fence
}
