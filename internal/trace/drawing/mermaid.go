package drawing

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid writes the graph as a flowchart, which GitHub draws in a job's
// summary. Names stand in quotes, and whatever Mermaid or Markdown would act on
// is left out.
func Mermaid(g Graph) string {
	var b strings.Builder
	b.WriteString("```mermaid\nflowchart LR\n")
	for i, n := range g.Nodes {
		word := ""
		if w := n.State.word(); w != "" {
			word = strings.ToLower(w) + ": "
		}
		fmt.Fprintf(&b, "  n%d[\"%s%s<br/>%s\"]\n", i, word, escaped(cut(n.Name, 40)), escaped(cut(n.Type, 40)))
	}
	var styles []string
	for i, e := range g.sound() {
		arrow, label := "-->", strings.Trim(e.Label+", "+e.Trouble, ", ")
		switch {
		case e.State == Lost:
			arrow, label = "-.->", "lost"
			styles = append(styles, fmt.Sprintf("  linkStyle %d stroke:#c0262d,color:#c0262d\n", i))
		case e.State == New:
			arrow, label = "==>", strings.Trim("new, "+label, ", ")
			styles = append(styles, fmt.Sprintf("  linkStyle %d stroke:#18794e\n", i))
		case e.Trouble != "":
			styles = append(styles, fmt.Sprintf("  linkStyle %d stroke:#c0262d\n", i))
		}
		if label != "" {
			label = "|\"" + escaped(label) + "\"|"
		}
		fmt.Fprintf(&b, "  n%d %s%s n%d\n", e.From, arrow, label, e.To)
	}
	b.WriteString(strings.Join(styles, ""))
	for i, n := range g.Nodes {
		switch n.State {
		case Lost:
			fmt.Fprintf(&b, "  style n%d stroke:#c0262d,stroke-dasharray:5 4\n", i)
		case New:
			fmt.Fprintf(&b, "  style n%d stroke:#18794e,stroke-width:2px\n", i)
		}
	}
	b.WriteString("```\n\n")
	return b.String()
}

// escaped keeps letters, digits and signs that mean nothing within quotes; all
// else is a dot, since Mermaid's own entities are not drawn as what they stand
// for (seen with 11.17). Two signs of per cent would begin a comment.
func escaped(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '%' && strings.HasSuffix(s[:i], "%"):
			b.WriteRune('·')
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" _-./,:()%…", r):
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune('·')
		default:
			b.WriteByte(' ')
		}
	}
	if text := strings.TrimSpace(b.String()); text != "" {
		return text
	}
	return "·"
}
