package report

import (
	"strings"
)

// Picture draws a chart as an SVG file of its own, light and dark, for pages
// that show files: a README, a runbook.
func Picture(c Chart) []byte {
	whole, _ := c.tidy()
	drawing := string(chartSVG(whole, wideForm).picture)
	head, rest, _ := strings.Cut(drawing, ">")
	return []byte(head + "><style>" + pictureStyle() + "</style>" +
		`<rect width="100%" height="100%" rx="8" style="fill:var(--panel)"/>` + rest + "\n")
}

// pictureStyle is the part of the page's style that pictures need.
func pictureStyle() string {
	var b strings.Builder
	for line := range strings.Lines(pageStyle) {
		if strings.HasPrefix(line, ":root") || strings.HasPrefix(line, "@media (prefers-color-scheme:dark){:root") || strings.HasPrefix(line, "svg ") {
			b.WriteString(line)
		}
	}
	return b.String()
}
