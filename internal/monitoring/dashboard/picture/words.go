package picture

import (
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// span is a piece of text in one style.
type span struct {
	text, href string
	strong     bool
}

// paragraph is a line of Markdown as the dashboards use it: headings, bold text
// and links.
type paragraph struct {
	heading bool
	spans   []span
}

var inline = regexp.MustCompile(`\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?://[^)\s]+)\)`)

func paragraphs(markdown string) []paragraph {
	var all []paragraph
	for line := range strings.Lines(markdown) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p := paragraph{heading: strings.HasPrefix(line, "#")}
		line = strings.TrimLeft(line, "# ")
		at := 0
		for _, m := range inline.FindAllStringSubmatchIndex(line, -1) {
			p.spans = append(p.spans, span{text: line[at:m[0]]})
			if m[2] >= 0 {
				p.spans = append(p.spans, span{text: line[m[2]:m[3]], strong: true})
			} else {
				p.spans = append(p.spans, span{text: line[m[4]:m[5]], href: line[m[6]:m[7]]})
			}
			at = m[1]
		}
		p.spans = append(p.spans, span{text: line[at:]})
		all = append(all, p)
	}
	return all
}

// words is a text widget of the page.
func words(t dashboard.Text) string {
	var b strings.Builder
	class := "words"
	if t.Bare {
		class += " bare"
	}
	fmt.Fprintf(&b, `<div class="%s">`, class)
	for _, p := range paragraphs(t.Markdown) {
		tag := "p"
		if p.heading {
			tag = "h2"
		}
		b.WriteString("<" + tag + ">")
		for _, s := range p.spans {
			text := html.EscapeString(s.text)
			switch {
			case s.href != "":
				fmt.Fprintf(&b, `<a href="%s">%s</a>`, html.EscapeString(s.href), text)
			case s.strong:
				b.WriteString("<b>" + text + "</b>")
			default:
				b.WriteString(text)
			}
		}
		b.WriteString("</" + tag + ">")
	}
	return b.String() + "</div>"
}

// wordsSVG is a text widget of the picture.
func wordsSVG(t dashboard.Text, width, height float64) string {
	s := svg{}
	if t.Bare {
		fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g">`, width, height)
	} else {
		s.open(width, height, "")
	}
	y := 27.0
	for _, p := range paragraphs(t.Markdown) {
		class, size := "words", 14.0
		if p.heading {
			class, size = "heading", 19
		}
		fmt.Fprintf(&s.b, `<text x="12" y="%g" class="%s">`, y, class)
		used := 0.0
		for _, sp := range p.spans {
			text := html.EscapeString(cut(sp.text, size, max(width-24-used, 0)))
			used += textWidth(sp.text, size)
			switch {
			case sp.text == "" || text == "…":
			case sp.href != "":
				fmt.Fprintf(&s.b, `<a href="%s">%s</a>`, html.EscapeString(sp.href), text)
			case sp.strong:
				fmt.Fprintf(&s.b, `<tspan font-weight="700">%s</tspan>`, text)
			default:
				s.b.WriteString("<tspan>" + text + "</tspan>")
			}
		}
		s.b.WriteString("</text>")
		y += size + 12
	}
	return s.close()
}

const tileHeight = 30

// tiles draws the states of alarms. The made-up day has come to rest, so that
// all are well.
func tiles(a dashboard.Alarms, width, height float64) string {
	s := svg{}
	s.open(width, height, a.Title)
	s.text(12, 21, "start", "title", a.Title)
	columns := max(1, int(width/185))
	rows := (len(a.ARNs) + columns - 1) / columns
	tall := min(tileHeight, (height-36)/float64(rows))
	each := (width - 16) / float64(columns)
	for i, arn := range a.ARNs {
		_, name, _ := strings.Cut(arn, ":alarm:")
		x, y := 8+each*float64(i%columns), 30+tall*float64(i/columns)
		fmt.Fprintf(&s.b, `<rect x="%s" y="%s" width="%s" height="%s" rx="3" class="tile"><title>%s</title></rect>`,
			coordinate(x+2), coordinate(y+1), coordinate(each-4), coordinate(tall-3), html.EscapeString(name))
		fmt.Fprintf(&s.b, `<circle cx="%s" cy="%s" r="4.5" class="ok"/>`, coordinate(x+13), coordinate(y+tall/2-.5))
		s.text(x+24, y+tall/2+3.5, "start", "key", cut("OK  "+brief(name, a.ARNs), 11, each-32))
	}
	return s.close()
}

// brief leaves out what all names begin with.
func brief(name string, arns []string) string {
	common := name
	for _, arn := range arns {
		_, other, _ := strings.Cut(arn, ":alarm:")
		for !strings.HasPrefix(other, common) {
			common = common[:len(common)-1]
		}
	}
	if end := strings.LastIndex(common, "-"); end >= 0 && len(arns) > 1 {
		return name[end+1:]
	}
	return name
}
