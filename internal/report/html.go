package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"

	"github.com/cutover-dev/cutover/internal/verdict"
)

//go:embed page.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"mark":    Mark,
	"tone":    toneClass,
	"verdict": func(v verdict.Verdict) string { return toneClass(ToneOf(v)) },
	"kind":    blockKind,
	"filled":  filled,
	"headed":  Table.headed,
	"chart":   chart,
	"times":   timeChartOf,
	"style":   func() template.CSS { return template.CSS(pageStyle) }, // ours, embedded at build time
	"percent": func(share *float64) float64 { return min(max(*share, 0), 1) * 100 },
}).Parse(pageTemplate))

// HTML renders documents as one self-contained page: no script, no request to
// anywhere, pictures as inline SVG, light and dark, readable on a phone.
func HTML(title string, documents ...Document) ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, struct {
		Title     string
		Documents []Document
	}{title, documents})
	if err != nil {
		return nil, fmt.Errorf("rendering the page: %w", err)
	}
	return b.Bytes(), nil
}

func toneClass(t Tone) string {
	return map[Tone]string{Plain: "plain", Good: "good", Bad: "bad", Doubt: "doubt", Quiet: "quiet"}[t]
}

func blockKind(b Block) string {
	switch b.(type) {
	case Section:
		return "section"
	case Text:
		return "text"
	case Table:
		return "table"
	case Bars, Lanes:
		return "chart"
	case Chart:
		return "times"
	case Log:
		return "log"
	case Rich:
		return "rich"
	}
	return ""
}

// filled returns the table's rows with a cell for each column, so that a short
// row is ruled to its end.
func filled(t Table) [][]Cell {
	rows := make([][]Cell, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]Cell, len(t.Columns))
		copy(rows[i], row)
	}
	return rows
}

// headed says whether any column has a title. A table of names and values needs
// none.
func (t Table) headed() bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Title != "" })
}

// chart draws the blocks that are pictures.
func chart(b Block) template.HTML {
	switch b := b.(type) {
	case Bars:
		return barsSVG(b)
	case Lanes:
		return lanesSVG(b)
	}
	return ""
}
