package project

import (
	"math"
	"slices"

	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Inputs are what a projection is made of.
type Inputs struct {
	Blue, Green, Shared usage.Usage
	// Hourly is how many requests both sides had together in each hour: what low,
	// median and high traffic are.
	Hourly []int64
	Prices usage.Prices
	// Scaling is how blue follows traffic.
	Scaling Scaling
	// Saving is the share that is wanted, such as 0.4.
	Saving float64
	// Memory is what green's functions have now, in MB, and Architecture of what;
	// where functions differ, sensitivity is not told.
	Memory       int
	Architecture string
}

// Traffic is a month's traffic and what it costs.
type Traffic struct {
	// Name is low, median, high, or mean: the traffic of the window itself.
	Name     string  `json:"name"`
	Requests float64 `json:"requests"`
	Blue     Sum     `json:"blue"`
	Green    Sum     `json:"green"`
	// Saving is the share of blue's cost that green saves; below 0 it costs more.
	Saving float64 `json:"saving"`
	// SavingShared is that share where both sides' shared stores are counted too.
	SavingShared float64 `json:"saving_shared"`
}

// Sum is what a side costs: a month, and a million requests of it.
type Sum struct {
	Monthly    unit.Money `json:"monthly"`
	Shared     unit.Money `json:"monthly_with_shared"`
	PerMillion unit.Money `json:"per_million"`
}

// Projection is what both sides cost a month. What it assumes stands in Notes.
type Projection struct {
	Traffic []Traffic `json:"traffic"`
	// Window is what a million requests have cost each side in its own window.
	Window struct {
		Blue  *unit.Money `json:"blue_per_million"`
		Green *unit.Money `json:"green_per_million"`
	} `json:"window"`
	// Equal are the traffics at which both cost the same, Target those at which
	// green begins or ceases to save what is wanted.
	Equal  []Crossing `json:"equal"`
	Target []Crossing `json:"target"`
	// Cheapest says who is cheaper without traffic: where there is no crossing,
	// this holds everywhere.
	GreenAtZero  bool `json:"green_cheaper_at_zero"`
	TargetAtZero bool `json:"target_met_at_zero"`
	// Mean is the traffic of the window in requests a month: where we stand.
	Mean float64 `json:"requests_a_month"`
	// Shared is what both sides share, a month.
	Shared      unit.Money    `json:"shared"`
	Sensitivity []Sensitivity `json:"sensitivity"`
	Unknown     []usage.Line  `json:"unknown"`
	Notes       []string      `json:"notes"`
	BlueCurve   Curve         `json:"-"`
	GreenCurve  Curve         `json:"-"`
}

// Of makes the projection. ok is false where a side or its traffic is not known,
// so that there is nothing to project.
func Of(in Inputs) (p Projection, ok bool) {
	p = Projection{Traffic: []Traffic{}, Sensitivity: []Sensitivity{}, Unknown: []usage.Line{}, Notes: []string{}, Equal: []Crossing{}, Target: []Crossing{}}
	var blueOK, greenOK bool
	var lacks [3][]usage.Line
	p.BlueCurve, lacks[0], blueOK = CurveOf(in.Blue, in.Prices, in.Scaling)
	p.GreenCurve, lacks[1], greenOK = CurveOf(in.Green, in.Prices, Scaling{})
	var shared Curve
	if in.Shared.Hours() > 0 {
		shared, lacks[2], _ = CurveOf(in.Shared, in.Prices, Scaling{})
	}
	p.Unknown = append(p.Unknown, slices.Concat(lacks[:]...)...)
	p.Window.Blue, p.Window.Green = perMillion(in.Blue, in.Prices), perMillion(in.Green, in.Prices)
	p.Shared = money(shared.Fixed)
	if !blueOK || !greenOK || len(in.Hourly) == 0 {
		p.Notes = append(p.Notes, "A side's requests, or the traffic of both by the hour, are not known: there is nothing to project.")
		return p, false
	}
	p.traffic(in, shared.Fixed)
	blue, green := p.BlueCurve, p.GreenCurve
	p.Equal, p.Target = Crossings(blue, green, 0), Crossings(blue, green, in.Saving)
	p.GreenAtZero, p.TargetAtZero = Cheaper(blue, green, 0, 0), Cheaper(blue, green, in.Saving, 0)
	p.Sensitivity = sensitivity(in, p)
	p.notes()
	return p, true
}

// traffic fills in a month at each level: as if each of its hours were as that one.
func (p *Projection) traffic(in Inputs, shared float64) {
	sorted := slices.Sorted(slices.Values(in.Hourly))
	var sum float64
	for _, n := range sorted {
		sum += float64(n)
	}
	p.Mean = sum / float64(len(sorted)) * MonthHours
	for _, level := range []struct {
		name     string
		requests float64
	}{
		{"low", float64(percentile(sorted, 0.10)) * MonthHours}, {"median", float64(percentile(sorted, 0.50)) * MonthHours},
		{"high", float64(percentile(sorted, 0.90)) * MonthHours}, {"mean", p.Mean},
	} {
		b, g := p.BlueCurve.Monthly(level.requests), p.GreenCurve.Monthly(level.requests)
		p.Traffic = append(p.Traffic, Traffic{
			Name: level.name, Requests: level.requests, Blue: sumOf(b, shared, level.requests), Green: sumOf(g, shared, level.requests),
			Saving: share(b, g), SavingShared: share(b+shared, g+shared),
		})
	}
}

// percentile is the nearest rank.
func percentile(sorted []int64, share float64) int64 {
	rank := int(math.Ceil(share * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

func share(blue, green float64) float64 {
	if blue <= 0 {
		return 0
	}
	return 1 - green/blue
}

func sumOf(monthly, shared, requests float64) Sum {
	s := Sum{Monthly: money(monthly), Shared: money(monthly + shared)}
	if requests > 0 {
		s.PerMillion = money(monthly / requests * 1e6)
	}
	return s
}

func money(dollars float64) unit.Money {
	return price.Rate(price.One * 10_000).Times(price.Of(dollars))
}

// perMillion is what a million requests have cost, nil for not known.
func perMillion(u usage.Usage, prices usage.Prices) *unit.Money {
	cost, _, ok := usage.PerMillion(u, prices)
	if !ok {
		return nil
	}
	return &cost
}

// notes say what the figures stand on.
func (p *Projection) notes() {
	p.Notes = append(p.Notes,
		"Low, median and high are months whose every hour is as the 10th, the 50th and the 90th percentile of the window's hours; mean is as the window was.",
		"List prices of the first tier without any free tier, discount, Savings Plan or tax; a month has 730 hours.")
	if p.BlueCurve.Steps == nil {
		p.Notes = append(p.Notes, "As many tasks of blue as ran in the window, whatever the traffic: cost.blue.requests_per_task is not set, or nobody counted tasks.")
	}
	if len(p.Unknown) > 0 {
		p.Notes = append(p.Notes, "What is unknown is left out, so that a side which has any costs more than is said.")
	}
}
