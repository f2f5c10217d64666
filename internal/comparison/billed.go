package comparison

import (
	"fmt"
	"math"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
)

// Billed holds what both sides and what they share were reckoned to cost against
// what AWS billed for the same days. It judges no row: a free tier or a discount is
// no fault of the measurement. But who decides by the savings sees it.
type Billed struct {
	// From and To are days; the last is not counted. Empty if nobody was asked.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Rows are in dollars, by service.
	Rows []BilledRow `json:"rows"`
	// Tolerance is the share by which both may differ.
	Tolerance float64 `json:"tolerance"`
	// Within is whether each row that can be compared is, and whether there is one.
	Within bool `json:"within"`
	// Notes say what it means, or why it could not be asked for.
	Notes []string `json:"notes"`
}

// BilledRow is one service.
type BilledRow struct {
	Service string  `json:"service"`
	Metered float64 `json:"metered"`
	Billed  float64 `json:"billed"`
	// Share is by how much the bill is above what was metered, of the larger one.
	Share float64 `json:"share"`
	// Compared is false where there is nothing to compare; Note says why.
	Compared bool   `json:"compared"`
	Within   bool   `json:"within"`
	Note     string `json:"note,omitempty"`
}

// tidied is the same with texts of one line, and no digits that are no
// measurement.
func (b *Billed) tidied() *Billed {
	if b == nil {
		return nil
	}
	out := *b
	out.Rows, out.Notes, out.Within = []BilledRow{}, []string{}, true
	compared := 0
	for _, r := range b.Rows {
		r.Service, r.Note = plain(r.Service), plain(r.Note)
		r.Metered, r.Billed, r.Share = round(r.Metered), round(r.Billed), round(r.Share)
		out.Rows = append(out.Rows, r)
		if r.Compared {
			compared++
			out.Within = out.Within && r.Within
		}
	}
	out.Within = out.Within && compared > 0
	for _, n := range b.Notes {
		out.Notes = append(out.Notes, plain(n))
	}
	return &out
}

// apart are the services whose bill differs.
func (b *Billed) apart() (names []string) {
	for _, r := range b.Rows {
		if r.Compared && !r.Within {
			names = append(names, r.Service)
		}
	}
	return names
}

// fact is the sum of what could be compared.
func (b *Billed) fact() (Fact, bool) {
	if b == nil {
		return Fact{}, false
	}
	metered, billed, n := 0.0, 0.0, int64(0)
	for _, r := range b.Rows {
		if r.Compared {
			metered, billed, n = metered+r.Metered, billed+r.Billed, n+1
		}
	}
	if n == 0 || max(metered, billed) <= 0 {
		return Fact{}, false
	}
	text := fmt.Sprintf("Cost Explorer says %s for what was reckoned at %s from %s to %s, of both sides and what they share", dollars(billed), dollars(metered), b.From, b.To)
	if names := b.apart(); len(names) > 0 {
		text += "; not within " + percentOf(b.Tolerance) + ": " + strings.Join(names, ", ")
	} else {
		text += fmt.Sprintf("; each service is within %s", percentOf(b.Tolerance))
	}
	return Fact{Name: "billed", Title: "The bill, above what was metered", Figure: Figure{Unit: "%", Observed: known(100 * (billed - metered) / max(metered, billed)), Sample: n, SampleOf: "services"}, Text: text + "."}, true
}

// advice is what a bill that differs asks of who decides.
func (b *Billed) advice() []string {
	if b == nil || len(b.apart()) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Look at the bill before you trust the savings: for %s AWS billed another amount than was metered.", strings.Join(b.apart(), ", "))}
}

// blocks show it on every face.
func (b *Billed) blocks() []report.Block {
	if b == nil {
		return nil
	}
	blocks := []report.Block{report.Section{Title: "Held against the bill"}}
	if len(b.Rows) > 0 {
		t := report.Table{
			Caption: fmt.Sprintf("From %s up to %s, by service; %s apart at most", b.From, b.To, percentOf(b.Tolerance)),
			Columns: []report.Column{{Title: "service"}, {Title: "metered", Numeric: true}, {Title: "billed", Numeric: true}, {Title: "apart", Numeric: true}, {Title: "verdict"}, {Title: "note"}},
		}
		for _, r := range b.Rows {
			apart, word, tone := signed(r.Share), "within", report.Good
			switch {
			case !r.Compared:
				apart, word, tone = "", "not compared", report.Quiet
			case !r.Within:
				word, tone = "apart", report.Doubt
			}
			t.Rows = append(t.Rows, []report.Cell{{Text: r.Service}, {Text: dollars(r.Metered)}, {Text: dollars(r.Billed)}, {Text: apart}, {Text: word, Tone: tone}, {Text: r.Note}})
		}
		blocks = append(blocks, t)
	}
	for _, n := range b.Notes {
		blocks = append(blocks, report.Text{Body: n})
	}
	return blocks
}

func percentOf(share float64) string { return fine(100*share) + "%" }

// signed writes a share with its sign.
func signed(share float64) string {
	switch p := math.Round(1000*share) / 10; {
	case p > 0:
		return "+" + fine(p) + "%"
	case p < 0:
		return "−" + fine(-p) + "%"
	}
	return "0%"
}
