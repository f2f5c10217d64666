package comparison

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// saved is the share of blue's cost that green saves. Shared counts for both.
func saved(blue, green, shared float64) float64 {
	if blue+shared <= 0 {
		return 0
	}
	return (blue - green) / (blue + shared)
}

// savings holds what is saved at the median traffic to its target. What nobody
// measured makes a side look cheaper than it is: then only the answer that holds
// all the more without it is given.
func (in Input) savings() Row {
	row, target := Row{Name: "savings", Title: "Saved a month"}, in.Policy.Savings.Fraction()
	row.Unit, row.SampleOf, row.Target = "%", "days of traffic", round(100*target)
	row.Rule, row.Level = "at least "+in.Policy.Savings.String()+" at the median", "from low to high traffic"
	c := in.Cost
	if c == nil || c.Blue.Median <= 0 {
		return row.open("The cost of both sides is not known.", "Let this report read the metered usage of both sides.")
	}
	shared := 0.0
	if in.Policy.CountShared {
		shared = c.Shared
		row.Rule += ", of all costs with the shared stores"
	}
	at := func(blue, green float64) float64 { return 100 * saved(blue, green, shared) }
	share := at(c.Blue.Median, c.Green.Median)
	low, high := at(c.Blue.Low, c.Green.Low), at(c.Blue.High, c.Green.High)
	row.Blue, row.Green, row.Observed = known(c.Blue.Median), known(c.Green.Median), known(share)
	row.Low, row.High = known(min(low, high, share)), known(max(low, high, share))
	row.Sample, row.Method = int64(c.Days), c.Prices
	told := fmt.Sprintf("%s costs %s a month, %s %s: %s less", in.Green.Name, dollars(c.Green.Median), in.Blue.Name, dollars(c.Blue.Median), row.value(row.Observed))
	if share < 0 {
		told = fmt.Sprintf("%s costs %s a month, %s %s: %s%% more", in.Green.Name, dollars(c.Green.Median), in.Blue.Name, dollars(c.Blue.Median), fine(-share))
	}
	pass := share >= 100*target
	switch {
	case c.Days < float64(in.Policy.MinDays):
		return row.open(told+fmt.Sprintf(", by %s days of traffic.", report.Number(c.Days)), fmt.Sprintf("Wait for %d days of traffic.", in.Policy.MinDays))
	case pass && len(c.Green.Unknown) > 0:
		return row.open(told+", without "+list(c.Green.Unknown)+" of "+in.Green.Name+".", "Measure "+list(c.Green.Unknown)+".")
	case !pass && len(c.Blue.Unknown) > 0:
		return row.open(told+", without "+list(c.Blue.Unknown)+" of "+in.Blue.Name+".", "Measure "+list(c.Blue.Unknown)+".")
	case pass:
		row.Verdict, row.Why = verdict.Pass, told+"."
	default:
		row.Verdict, row.Why, row.Settle = verdict.Fail, told+".", in.cheaper()
	}
	return row
}

// cheaper says what would bring green's cost down, as far as it was computed.
func (in Input) cheaper() string {
	if best := in.Cost.best(); best != nil {
		return fmt.Sprintf("Try %s: %s a month if the duration stays what it is, which only a load test shows.", best.Name, dollars(best.Monthly))
	}
	if at := in.Cost.TargetAt; at != nil {
		return fmt.Sprintf("The target is met below %s requests a month.", millions(*at))
	}
	return "Look at the largest line of the bill."
}

// best is the cheapest variant, if it is worth a try: a twentieth cheaper.
func (c *CostView) best() *Variant {
	var best *Variant
	for i, v := range c.Variants {
		if !v.Current && v.Monthly < 0.95*c.Green.Median && (best == nil || v.Monthly < best.Monthly) {
			best = &c.Variants[i]
		}
	}
	return best
}

func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// tidied is the view with figures of six digits and in order.
func tidied(c *CostView) *CostView {
	if c == nil {
		return nil
	}
	t := *c
	side := func(s CostSide) CostSide {
		s.Low, s.Median, s.High, s.PerMillion = round(s.Low), round(s.Median), round(s.High), round(s.PerMillion)
		s.Parts = slices.Clone(s.Parts)
		for i := range s.Parts {
			s.Parts[i].Monthly = round(s.Parts[i].Monthly)
		}
		return s
	}
	t.Blue, t.Green, t.Days, t.Shared = side(c.Blue), side(c.Green), round(c.Days), round(c.Shared)
	t.Traffic = Traffic{round(c.Traffic.Low), round(c.Traffic.Median), round(c.Traffic.High)}
	for _, p := range []**float64{&t.BreakEven, &t.TargetAt} {
		if *p != nil {
			*p = known(**p)
		}
	}
	t.Curve = slices.Clone(c.Curve)
	for i, p := range t.Curve {
		t.Curve[i] = CostPoint{round(p.Requests), round(p.Blue), round(p.Green)}
	}
	slices.SortStableFunc(t.Curve, func(a, b CostPoint) int { return int(min(max(a.Requests-b.Requests, -1), 1)) })
	t.Variants = slices.Clone(c.Variants)
	for i := range t.Variants {
		t.Variants[i].Monthly = round(t.Variants[i].Monthly)
	}
	return &t
}
