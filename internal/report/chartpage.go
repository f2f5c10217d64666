package report

import (
	"html/template"
	"strings"
)

// timeChart is what the page's template shows of a [Chart].
type timeChart struct {
	Caption, Unit string
	Legend        []legendItem
	Wide, Narrow  template.HTML
	// The labels of bands that one form or the other had to cut.
	WideUnsaid, NarrowUnsaid []happening
	// Listed are the marks when they bear numbers; ListedIn is empty when both
	// forms need the list, or else the class of the one that does.
	Listed   []happening
	ListedIn string
	Lost     int
}

// legendItem explains one line and tells its figures.
type legendItem struct {
	Sample      template.HTML
	Name, Facts string
}

// When and the two after it are for the template, which sees methods only.
func (h happening) When() string { return h.when }

// Label returns the label with the sign of its tone.
func (h happening) Label() string { return signed(h.tone, h.label) }

// Tone returns the tone.
func (h happening) Tone() Tone { return h.tone }

func timeChartOf(whole Chart) timeChart {
	c, lost := whole.tidy()
	v := timeChart{Caption: c.Caption, Lost: lost}
	if c.shortUnit() == "" {
		v.Unit = strings.TrimSpace(c.Unit)
	}
	for i, s := range c.Series {
		item := legendItem{Sample: sample(lineClass(c, i)), Name: s.Name, Facts: "no data"}
		if f := factsOf(s.Points); f.any {
			item.Facts = "highest " + c.figure(f.high) + c.shortUnit() + ", last " + c.figure(f.last) + c.shortUnit()
			if c.Max != 0 && f.high > c.Max {
				item.Facts += " (beyond the axis)"
			}
		}
		v.Legend = append(v.Legend, item)
	}
	wide, narrow := chartSVG(c, wideForm), chartSVG(c, narrowForm)
	v.Wide, v.Narrow = wide.picture, narrow.picture
	if !c.Again {
		v.WideUnsaid, v.NarrowUnsaid = c.spans(wide.unsaid), c.spans(narrow.unsaid)
	}
	if !wide.numbered && !narrow.numbered {
		return v
	}
	for _, m := range c.Marks {
		v.Listed = append(v.Listed, happening{c.stamp(m.At), m.Label, m.Tone})
	}
	switch {
	case !wide.numbered:
		v.ListedIn = "narrow"
	case !narrow.numbered:
		v.ListedIn = "wide"
	}
	return v
}

func (c Chart) spans(bands []Band) []happening {
	var all []happening
	for _, b := range bands {
		all = append(all, happening{c.span(b.Start, b.End), b.Label, b.Tone})
	}
	return all
}

// sample draws the piece of line that stands in the legend.
func sample(class string) template.HTML {
	s := &svg{}
	s.b.WriteString(`<svg viewBox="0 0 30 10" width="30" height="10" aria-hidden="true">`)
	s.line(1, 5, 29, 5, class)
	return s.done()
}
