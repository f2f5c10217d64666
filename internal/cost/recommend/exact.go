package recommend

import (
	"fmt"
	"math"
	"math/big"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/unit"
)

const (
	yearHours   = 8760
	monthsAYear = 12
	// S3, logs and NAT gateways are billed by 2^30 bytes, which AWS calls a GB.
	gib  = 1 << 30
	most = unit.Money(math.MaxInt64)
)

// exact is an amount of dollars, or a quantity, without any rounding: a saving is a
// difference of two costs, and rounded once, downwards, at the end.
type exact = *big.Rat

func whole(n int64) exact { return new(big.Rat).SetInt64(n) }

// floated is a float as it is; what is no number is none.
func floated(f float64) exact {
	r := new(big.Rat)
	if r.SetFloat64(f) == nil {
		return new(big.Rat)
	}
	return r
}

func times(all ...exact) exact {
	product := whole(1)
	for _, x := range all {
		product.Mul(product, x)
	}
	return product
}

func minus(a, b exact) exact { return new(big.Rat).Sub(a, b) }

func ratio(a, b int64) exact { return big.NewRat(a, b) }

// floor is the amount in whole millionths of a dollar, 0 for what is less than
// nothing.
func floor(dollars exact) unit.Money {
	if dollars.Sign() <= 0 {
		return 0
	}
	micro := times(dollars, whole(int64(unit.Dollar)))
	n := new(big.Int).Quo(micro.Num(), micro.Denom())
	if !n.IsInt64() {
		return most
	}
	return unit.Money(n.Int64())
}

// rate looks up what one unit costs in dollars; what has no price is not judged.
func (a *advisor) rate(what string, item price.Item) (exact, bool) {
	p, ok := a.prices.Find(a.Region, item)
	if !ok {
		a.open(what, fmt.Sprintf("the price of %s in %s is not in the table", item, a.Region), "Write a table with it by cutover prices, and name it at cost.prices.")
		return nil, false
	}
	return dollars(p.Rate()), true
}

func dollars(r price.Rate) exact { return ratio(int64(r), 10_000_000_000) }

// aYear scales what was counted in the window to a year.
func (a *advisor) aYear(x exact) exact {
	window := a.To.Sub(a.From)
	return times(x, ratio(yearHours*3_600_000_000_000, int64(window)))
}

// gbs are the GB that so many bytes are billed as.
func gbs(b unit.Bytes) exact { return ratio(max(int64(b), 0), gib) }

// known says whether a figure that is -1 if unknown has been read.
func known(f float64) bool { return f >= 0 && !math.IsInf(f, 0) && !math.IsNaN(f) }

// daysOf writes a number of hours as days.
func daysOf(hours float64) string {
	if days := hours / 24; days >= 1 {
		return fmt.Sprintf("%.0f days", math.Floor(days))
	}
	return fmt.Sprintf("%.0f hours", max(hours, 0))
}

// size writes bytes as people read them.
func size(b unit.Bytes) string {
	switch {
	case b >= gib:
		return fmt.Sprintf("%.1f GiB", float64(b)/gib)
	case b >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(b)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", b)
}
