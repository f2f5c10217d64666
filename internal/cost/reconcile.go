package cost

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Spend is what Cost Explorer says was spent from From to To, which are days, by
// service and usage type. Credits, refunds and tax are left out.
type Spend struct {
	From  time.Time   `json:"from"`
	To    time.Time   `json:"to"`
	Lines []SpendLine `json:"lines"`
	// Estimated is whether any day of it may still change.
	Estimated bool `json:"estimated"`
	// Calls is how many requests that took, Fee what they cost.
	Calls int        `json:"calls"`
	Fee   unit.Money `json:"fee"`
}

// SpendLine is what one usage type of a service cost. It may be less than nothing.
type SpendLine struct {
	Service   string     `json:"service"`
	UsageType string     `json:"usage_type"`
	Amount    unit.Money `json:"amount"`
}

// Difference is what one service was reckoned to cost, and what it did.
type Difference struct {
	Service string     `json:"service"`
	Metered unit.Money `json:"metered"`
	Billed  unit.Money `json:"billed"`
	// Share is by how much the bill is above what was metered, of the larger one.
	Share float64 `json:"share"`
	// Compared is false where there is nothing to compare; Note says why.
	Compared bool   `json:"compared"`
	Within   bool   `json:"within"`
	Note     string `json:"note,omitempty"`
}

// Reconciliation holds metered usage times list price against what AWS billed.
type Reconciliation struct {
	Rows      []Difference `json:"rows"`
	Tolerance float64      `json:"tolerance"`
	// Within is whether every service that can be compared is.
	Within bool     `json:"within"`
	Notes  []string `json:"notes"`
}

// behind is how long Cost Explorer takes to know a day; source: AWS Cost
// Management User Guide, "at least once every 24 hours".
const behind = 24 * time.Hour

// small is an amount below which no difference is worth a word.
const small = unit.Dollar / 100

// Reconcile compares the lines of a bill with what Cost Explorer says, by service.
// What leaves AWS is compared by itself, since it is billed under whichever
// service sent it. now says whether the last day can be known yet.
func Reconcile(bill []usage.Line, s Spend, tolerance unit.Percent, now time.Time) Reconciliation {
	limit := float64(tolerance) / float64(unit.Full)
	r := Reconciliation{Rows: []Difference{}, Tolerance: limit, Within: true, Notes: []string{}}
	rows := map[string]*Difference{}
	row := func(service string) *Difference {
		if rows[service] == nil {
			rows[service] = &Difference{Service: service, Compared: true}
		}
		return rows[service]
	}
	metered := map[price.Item]bool{}
	for _, l := range bill {
		x := row(l.Service)
		metered[l.Item] = true
		if !l.Known {
			x.Compared, x.Note = false, fmt.Sprintf("%s is not known: %s", l.Item, l.Note)
			continue
		}
		x.Metered += l.Amount
	}
	var other unit.Money
	for _, l := range s.Lines {
		if item, ok := price.ItemOf(l.Service, l.UsageType); ok && metered[item] {
			row(item.Service()).Billed += l.Amount
		} else {
			other += l.Amount
		}
	}
	for _, service := range slices.Sorted(maps.Keys(rows)) {
		x := rows[service]
		x.judge(limit)
		r.Within = r.Within && (x.Within || !x.Compared)
		r.Rows = append(r.Rows, *x)
	}
	if other != 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s of what carries the tag is for what is not metered here.", other))
	}
	if s.Estimated || now.Sub(s.To) < behind {
		r.Notes = append(r.Notes, "Cost Explorer is about 24 hours behind: the newest day is not complete and may still change.")
	}
	r.Notes = append(r.Notes, fmt.Sprintf("%s of Cost Explorer, which cost %s. Costs are amortised, without credits, refunds and tax; a free tier, a discount or a Savings Plan makes them less than list prices.", report.Count(s.Calls, "call"), s.Fee))
	return r
}

func (d *Difference) judge(limit float64) {
	if !d.Compared {
		return
	}
	larger := max(d.Metered, d.Billed)
	if larger <= 0 {
		d.Within = true
		return
	}
	apart := d.Billed - d.Metered
	d.Share = float64(apart) / float64(larger)
	d.Within = max(apart, -apart) <= small || max(d.Share, -d.Share) <= limit
	if d.Billed == 0 && !d.Within {
		d.Note = "nothing is billed under the tag: look whether the resources carry it, and since when it counts"
	}
}
