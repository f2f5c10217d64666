package drill

import (
	"fmt"

	"github.com/cutover-dev/cutover/internal/report"
)

// Document shows a drill to people.
func (r Result) Document() report.Document {
	d := report.Document{Title: "Drill: back to blue", Verdict: r.Verdict, Lead: r.Lead}
	d.Blocks = r.Blocks()
	return d
}

// Blocks are its legs, without a head.
func (r Result) Blocks() []report.Block {
	if len(r.Legs) == 0 {
		return nil
	}
	t := report.Table{Caption: "Each leg, from " + r.Began.UTC().Format("2006-01-02 15:04:05 UTC") + " on", Columns: []report.Column{{Title: "leg"}, {Title: "took", Numeric: true}, {Title: "what was seen"}}}
	for _, l := range r.Legs {
		t.Rows = append(t.Rows, []report.Cell{{Text: l.Name}, {Text: fmt.Sprintf("%.0f s", l.Seconds)}, {Text: l.Says}})
	}
	t.Rows = append(t.Rows, []report.Cell{{Text: "in all"}, {Text: fmt.Sprintf("%.0f s", r.Took().Seconds())}, {}})
	return []report.Block{t}
}
