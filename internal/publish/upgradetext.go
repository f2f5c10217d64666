package publish

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// Markdown is the note as the release and the terminal show it.
func (n Note) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## From %s to %s\n", report.Escape(n.From), report.Escape(n.To))
	if len(n.Differences) == 0 && len(n.Unknown) == 0 {
		b.WriteString("\nNothing to do: cutover.yaml, inputs, outputs and permissions are as they were.\n")
		return b.String()
	}
	if n.Size() < Major && len(n.Unknown) == 0 {
		b.WriteString("\nNothing has to be changed.\n")
	}
	for _, area := range []Area{Configuration, ActionInputs, Permissions} {
		if slices.Contains(n.Unknown, area) {
			fmt.Fprintf(&b, "\n### %s\n\nOne of the two versions does not say what it takes here, so they could not be compared.\n", area)
			continue
		}
		n.table(&b, area)
	}
	if n.touches(Permissions) {
		b.WriteString("\nThe roles come from `cutover iam --template`: see [OIDC](https://github.com/cutover-dev/cutover/blob/main/docs/oidc.md).\n")
	}
	return b.String()
}

func (n Note) touches(area Area) bool {
	return slices.ContainsFunc(n.Differences, func(d Difference) bool { return d.Area == area })
}

var sizeWords = [...]string{Patch: "", Minor: "", Major: "yes"}

func (n Note) table(b *strings.Builder, area Area) {
	if !n.touches(area) {
		return
	}
	fmt.Fprintf(b, "\n### %s\n\n| name | what changed | look at yours |\n| :--- | :--- | :--- |\n", area)
	for _, d := range n.Differences {
		if d.Area == area {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", d.Name, report.Escape(d.What), sizeWords[d.Size])
		}
	}
}
