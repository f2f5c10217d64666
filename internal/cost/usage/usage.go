// Package usage says what both sides of a cutover used in a window, and what that
// costs by a price list. What nobody has measured is unknown, and never zero.
package usage

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

// The sides.
const (
	// Blue is ECS with its load balancer.
	Blue = "blue"
	// Green is Lambda with its API and RDS Proxy.
	Green = "green"
	// Shared is what both sides need and neither replaces: database and cache.
	Shared = "shared"
)

// Kind is how a quantity follows traffic.
type Kind string

// The kinds.
const (
	// Fixed is used by the hour, with traffic or without.
	Fixed Kind = "fixed"
	// Linear is used by the request.
	Linear Kind = "linear"
	// Stepped is used by the task, of which autoscaling runs more or fewer.
	Stepped Kind = "stepped"
)

// gigabyte is that of bills: 2^30 bytes. A load balancer's capacity units have
// another one, of 10^9. Source: the examples of the pricing pages of API Gateway
// (15,000,000 KB are 14.3 GB) and of Elastic Load Balancing (300 KB a second are
// 1.08 GB an hour).
const gigabyte = 1 << 30

// Meter is how much of one item was used.
type Meter struct {
	Item     price.Item     `json:"item"`
	Quantity price.Quantity `json:"quantity"`
	Kind     Kind           `json:"kind"`
	// Note says what was assumed; empty for what was measured.
	Note string `json:"note,omitempty"`
}

// Unknown is an item that was used and not measured.
type Unknown struct {
	Item price.Item `json:"item"`
	Kind Kind       `json:"kind"`
	Why  string     `json:"why"`
}

// Usage is what one side used from From to To.
type Usage struct {
	Side string    `json:"side"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Requests is how many requests of users that was for; Counted is false where
	// nobody has counted them.
	Requests int64 `json:"requests"`
	Counted  bool  `json:"counted"`
	// Tasks is how many of blue's ran on average; 0 is not known.
	Tasks   float64   `json:"tasks,omitempty"`
	Meters  []Meter   `json:"meters"`
	Unknown []Unknown `json:"unknown"`
}

// Hours is how long the window is.
func (u Usage) Hours() float64 { return u.To.Sub(u.From).Hours() }

func (u *Usage) add(item price.Item, units float64, kind Kind, note string) {
	u.Meters = append(u.Meters, Meter{item, price.Of(units), kind, note})
}

func (u *Usage) lacks(item price.Item, kind Kind, why string) {
	u.Unknown = append(u.Unknown, Unknown{item, kind, why})
}

// Line is one line of a bill.
type Line struct {
	Side     string         `json:"side"`
	Service  string         `json:"service"`
	Item     price.Item     `json:"item"`
	Quantity price.Quantity `json:"quantity"`
	Unit     string         `json:"unit"`
	// Price is of one unit, in dollars; Amount in millionths of a dollar.
	Price  string     `json:"price"`
	Amount unit.Money `json:"amount"`
	Kind   Kind       `json:"kind"`
	// Known is false for what was not measured, or has no price here: its amount is
	// no amount, and a sum without it is a lower bound.
	Known bool   `json:"known"`
	Note  string `json:"note,omitempty"`
}

// Prices are those of one region.
type Prices struct {
	Table  price.Table
	Region string
}

// Bill is what the usage costs by list prices, a line for each item. Equal items
// are one line, so that amounts do not depend on how usage was cut up.
func Bill(u Usage, p Prices) []Line {
	lines := []Line{}
	for _, m := range u.Meters {
		same := func(l Line) bool { return l.Item == m.Item && l.Kind == m.Kind }
		if at := slices.IndexFunc(lines, same); at >= 0 {
			lines[at].Quantity += m.Quantity
			if lines[at].Note == "" {
				lines[at].Note = m.Note
			}
			continue
		}
		lines = append(lines, Line{Side: u.Side, Service: m.Item.Service(), Item: m.Item, Quantity: m.Quantity, Unit: m.Item.Unit(), Kind: m.Kind, Known: true, Note: m.Note})
	}
	for n := range lines {
		lines[n].price(p)
	}
	for _, x := range u.Unknown {
		lines = append(lines, Line{Side: u.Side, Service: x.Item.Service(), Item: x.Item, Unit: x.Item.Unit(), Kind: x.Kind, Note: x.Why})
	}
	return lines
}

func (l *Line) price(p Prices) {
	found, ok := p.Table.Find(p.Region, l.Item)
	if !ok {
		l.Known, l.Note = false, fmt.Sprintf("the table has no price of it in %s; cutover prices adds one", p.Region)
		return
	}
	l.Price, l.Amount = found.USD, found.Rate().Times(l.Quantity)
}

// Total is the sum of the lines whose amount is known, and the lines without one.
func Total(lines []Line) (sum unit.Money, unknown []Line) {
	for _, l := range lines {
		if l.Known {
			sum += l.Amount
		} else {
			unknown = append(unknown, l)
		}
	}
	return sum, unknown
}

// PerMillion is what a million requests have cost in the usage's own window, by
// list prices: the figure of slos.cost_per_million. ok is false where nobody has
// counted requests, or there were none. unknown are the lines that it leaves out,
// so that it is a lower bound where there are any.
func PerMillion(u Usage, p Prices) (cost unit.Money, unknown []Line, ok bool) {
	sum, unknown := Total(Bill(u, p))
	if !u.Counted || u.Requests <= 0 {
		return 0, unknown, false
	}
	// A sum of millionths fits times a million only up to some $9 million.
	n := new(big.Int).Mul(big.NewInt(int64(sum)), big.NewInt(1_000_000))
	n.Add(n, big.NewInt(u.Requests/2)).Quo(n, big.NewInt(u.Requests))
	if !n.IsInt64() {
		return 0, unknown, false
	}
	return unit.Money(n.Int64()), unknown, true
}
