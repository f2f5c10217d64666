// Package explain says what changed in spending since the week before: by service
// and usage type, in parts that add up to the whole, and which jumps fell on the
// same day as a deployment or a phase.
package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Explanation is what changed. Amounts are US dollars, days are those of UTC and
// written YYYY-MM-DD.
type Explanation struct {
	// From and To are the first and the last day of the week, those before it seven
	// days earlier.
	From string `json:"from"`
	To   string `json:"to"`
	// DaysCompared is how many days are known in both weeks; only those count.
	DaysCompared int      `json:"days_compared"`
	LeftOut      []string `json:"left_out"`
	Before       float64  `json:"before"`
	After        float64  `json:"after"`
	Change       float64  `json:"change"`
	// Share is the change as a share of before; null where that was nothing.
	Share *float64 `json:"share" jsonschema:"nullable"`
	// Detailed is whether services are known; if not, Parts are days.
	Detailed bool `json:"detailed"`
	// Parts add up to the change; the largest comes first, what is small last. Days
	// stand in turn.
	Parts []Part   `json:"parts"`
	Jumps []Jump   `json:"jumps"`
	Words []string `json:"words"`
	Notes []string `json:"notes"`
	Lead  string   `json:"lead"`

	whole  unit.Money
	before unit.Money
}

// Part is one usage type of a service, or all that are small.
type Part struct {
	Service   string  `json:"service"`
	UsageType string  `json:"usage_type"`
	Name      string  `json:"name"`
	Before    float64 `json:"before"`
	After     float64 `json:"after"`
	Change    float64 `json:"change"`
	// ByQuantity is what the change would be at the old price, ByPrice the rest; null
	// where nobody knows how much was used.
	ByQuantity *float64 `json:"by_quantity" jsonschema:"nullable"`
	ByPrice    *float64 `json:"by_price" jsonschema:"nullable"`
	// QuantityBefore and QuantityAfter are in the usage type's own unit.
	QuantityBefore *float64 `json:"quantity_before" jsonschema:"nullable"`
	QuantityAfter  *float64 `json:"quantity_after" jsonschema:"nullable"`
	// Pooled is how many small parts it holds; 0 for one that stands for itself.
	Pooled int `json:"pooled"`

	change, was, is unit.Money
}

// Mark is something that happened: a deployment, a phase.
type Mark struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Link string    `json:"link"`
}

// Of explains the seven days up to the last whole one beside the seven before.
// Without now every known day that is not marked as estimated at the end is whole.
func Of(d spend.Daily, now time.Time, marks []Mark) Explanation {
	e := Explanation{LeftOut: []string{}, Parts: []Part{}, Jumps: []Jump{}, Words: []string{}, Notes: []string{}}
	whole := wholeDays(d, now)
	if len(whole.Days) == 0 {
		e.Lead = "No whole day is known: nothing can be compared."
		return e
	}
	last := whole.Days[len(whole.Days)-1].Date
	first := last.AddDate(0, 0, -6)
	e.From, e.To, e.Detailed = first.Format(time.DateOnly), last.Format(time.DateOnly), whole.Detailed()
	pairs := e.pair(whole, first)
	if len(pairs) == 0 {
		e.Lead = fmt.Sprintf("No day from %s to %s is known in the week before, too: nothing can be compared.", e.From, e.To)
		return e
	}
	parts := sums(pairs, e.Detailed)
	for _, p := range parts {
		e.whole, e.before = e.whole+p.change, e.before+p.was
	}
	e.Before, e.After, e.Change = e.before.Dollars(), (e.before + e.whole).Dollars(), e.whole.Dollars()
	if e.before > 0 {
		share := e.whole.Dollars() / e.before.Dollars()
		e.Share = &share
	}
	e.Parts = parts
	if e.Detailed {
		e.Parts = pool(parts, e.before)
	}
	e.Jumps = jumps(whole, first.AddDate(0, 0, -7), e.Detailed, marks)
	if !e.Detailed {
		e.Notes = append(e.Notes, "Only the sums of days are known, so the change is told by day, not by service.")
	}
	if n := len(e.LeftOut); n > 0 {
		e.Notes = append(e.Notes, fmt.Sprintf("Left out, since it is not known in both weeks: %s.", join(e.LeftOut)))
	}
	e.say()
	return e
}

// wholeDays leaves out what is not over.
func wholeDays(d spend.Daily, now time.Time) spend.Daily {
	if !now.IsZero() {
		d = d.Between(time.Time{}, spend.Midnight(now).AddDate(0, 0, 1))
	}
	open := forecast.Open(d.Days, now)
	rest := d
	rest.Days = nil
	for _, day := range d.Days {
		if !open[day.Date] {
			rest.Days = append(rest.Days, day)
		}
	}
	return rest
}

// pair finds each day of the week and the one seven days before it.
func (e *Explanation) pair(d spend.Daily, first time.Time) (pairs [][2]spend.Day) {
	known := map[time.Time]spend.Day{}
	for _, day := range d.Days {
		known[day.Date] = day
	}
	for i := range 7 {
		at := first.AddDate(0, 0, i)
		day, ok := known[at]
		was, before := known[at.AddDate(0, 0, -7)]
		if !ok || !before {
			e.LeftOut = append(e.LeftOut, at.Format(time.DateOnly))
			continue
		}
		pairs = append(pairs, [2]spend.Day{was, day})
	}
	e.DaysCompared = len(pairs)
	return pairs
}

type key struct{ service, usage string }

// tally is what a usage type came to in both weeks.
type tally struct {
	amount   [2]unit.Money
	quantity [2]float64
	unknown  bool
}

// sums are the parts by service and usage type, or by day where only sums are known.
func sums(pairs [][2]spend.Day, detailed bool) []Part {
	by := map[key]*tally{}
	for _, p := range pairs {
		for side, day := range p {
			for _, l := range day.Lines {
				k := key{l.Service, l.UsageType}
				if !detailed {
					k = key{usage: p[1].Date.Format(dayName)}
				}
				t := by[k]
				if t == nil {
					t = &tally{}
					by[k] = t
				}
				t.amount[side] += l.Amount
				t.quantity[side] += l.Quantity
				t.unknown = t.unknown || l.Quantity <= 0 && l.Amount != 0
			}
		}
	}
	parts := make([]Part, 0, len(by))
	for k, t := range by {
		p := Part{Service: k.service, UsageType: k.usage, Name: name(k), was: t.amount[0], is: t.amount[1]}
		p.change = p.is - p.was
		if detailed {
			p.split(*t)
		}
		parts = append(parts, p.figures())
	}
	if !detailed {
		return inTurn(parts, pairs)
	}
	slices.SortFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(size(b.change), size(a.change)), cmp.Compare(a.Name, b.Name))
	})
	return parts
}

// inTurn puts days in the order in which they came.
func inTurn(parts []Part, pairs [][2]spend.Day) []Part {
	place := map[string]int{}
	for i, p := range pairs {
		place[p[1].Date.Format(dayName)] = i
	}
	slices.SortFunc(parts, func(a, b Part) int { return place[a.Name] - place[b.Name] })
	return parts
}

// dayName is how a day that stands for itself is called.
const dayName = "Mon 2 Jan"

// split tells quantity from price: the change at the old price, and the rest.
func (p *Part) split(t tally) {
	if t.unknown || t.quantity[0] <= 0 || t.quantity[1] <= 0 || p.was <= 0 {
		return
	}
	more := (t.quantity[1] - t.quantity[0]) / t.quantity[0] * float64(p.was)
	if math.IsNaN(more) || math.Abs(more) > 1e15 {
		return
	}
	by := unit.Money(math.Round(more))
	quantity, price := by.Dollars(), (p.change - by).Dollars()
	before, after := t.quantity[0], t.quantity[1]
	p.ByQuantity, p.ByPrice, p.QuantityBefore, p.QuantityAfter = &quantity, &price, &before, &after
}

func (p Part) figures() Part {
	p.Before, p.After, p.Change = p.was.Dollars(), p.is.Dollars(), p.change.Dollars()
	return p
}

const (
	// mostParts stand for themselves.
	mostParts = 8
	// smallShare of all changes is not worth a bar of its own.
	smallShare = 0.03
)

// pool puts small changes together, so that the sum stays what it is.
func pool(parts []Part, before unit.Money) []Part {
	moved := unit.Money(0)
	for _, p := range parts {
		moved += size(p.change)
	}
	least := max(smallShare*float64(moved), 0.001*float64(size(before)), float64(unit.Dollar)/100)
	cut := 0
	for cut < len(parts) && cut < mostParts && float64(size(parts[cut].change)) >= least {
		cut++
	}
	if len(parts)-cut <= 1 {
		return parts
	}
	rest := Part{Name: "everything else", Pooled: len(parts) - cut}
	for _, p := range parts[cut:] {
		rest.was, rest.is, rest.change = rest.was+p.was, rest.is+p.is, rest.change+p.change
	}
	return append(slices.Clone(parts[:cut]), rest.figures())
}

func size(m unit.Money) unit.Money {
	if m < 0 {
		return -m
	}
	return m
}

// name is a part's name for people.
func name(k key) string {
	switch {
	case k.service == "":
		return k.usage
	case k.usage == "":
		return k.service
	}
	return k.service + ": " + k.usage
}
