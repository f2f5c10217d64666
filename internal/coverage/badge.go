package coverage

import (
	"fmt"
	"html"

	"github.com/cutover-dev/cutover/internal/verdict"
)

// Badge draws a small SVG with the share of covered lines, for a README. Its
// colour says the verdict, and so does its title.
func (r Result) Badge() string {
	value := "unknown"
	if r.Lines != nil {
		value = percentText(r.Lines.Percent)
	}
	colour := map[verdict.Verdict]string{verdict.Pass: "#18794e", verdict.Fail: "#c0262d"}[r.Verdict]
	if colour == "" {
		colour = "#946200"
	}
	const label, letter, pad = "coverage", 7, 10
	left, right := len(label)*letter+pad, len(value)*letter+pad
	title := html.EscapeString(fmt.Sprintf("%s %s: %s", label, value, r.Verdict))
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[2]s"><title>%[2]s</title>`+
		`<rect width="%[1]d" height="20" rx="3" fill="#3b4252"/><path d="M%[3]d 0h%[4]da3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H%[3]dz" fill="%[5]s"/>`+
		`<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="%[6]d" y="14">%[7]s</text><text x="%[8]d" y="14">%[9]s</text></g></svg>`+"\n",
		left+right, title, left, right-3, colour, left/2, label, left+right/2, html.EscapeString(value))
}
