// Package forecast says what a month will have cost at its end, out of what its
// days have cost so far, and how sure that is.
package forecast

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/drawing"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Confidence is how often the interval is meant to hold the month's end.
// bench/forecast counts how often it does.
const Confidence = 0.9

// The statuses.
const (
	// Green is that even the high end stays below the budget.
	Green = "green"
	// Amber is that the high end does not, or that a share of the budget is spent
	// at which people want to be told.
	Amber = "amber"
	// Red is that the budget is reached or that the median will reach it.
	Red = "red"
	// Unknown is that too few days are known, or no budget.
	Unknown = "unknown"
)

// Forecast is what a month will have cost. Amounts are US dollars, days are those
// of UTC and written YYYY-MM-DD.
type Forecast struct {
	Month  string `json:"month"`
	Status string `json:"status" jsonschema:"enum=green,enum=amber,enum=red,enum=unknown"`
	// MonthEnd is null inside where too few days are known.
	MonthEnd   Range    `json:"month_end"`
	Confidence float64  `json:"confidence"`
	Budget     *float64 `json:"budget" jsonschema:"nullable"`
	// LimitReachedOn is the day on which the budget was reached, or is by the
	// median; null where the month ends before.
	LimitReachedOn *string `json:"limit_reached_on" jsonschema:"nullable"`
	// Limit has that day by the low, the median and the high scenario.
	Limit LimitDays `json:"limit_reached"`
	Spent float64   `json:"spent"`
	// AsOf is the last day that is known.
	AsOf      string `json:"as_of"`
	DaysKnown int    `json:"days_known"`
	// MissingDays lie between known ones of the month; they are estimated.
	MissingDays []string `json:"missing_days"`
	// HistoryDays is how many days it was learned from.
	HistoryDays int `json:"history_days"`
	// Method says in words how it was done, Settle what would make it surer.
	Method string   `json:"method"`
	Settle string   `json:"settle"`
	Notes  []string `json:"notes"`
	Lead   string   `json:"lead"`
	// Series are the month's days, summed up to each.
	Series []Point `json:"series"`

	month spend.Month
	alert float64
}

// Range is an interval with its middle; null where it is not known.
type Range struct {
	Low    *float64 `json:"low" jsonschema:"nullable"`
	Median *float64 `json:"median" jsonschema:"nullable"`
	High   *float64 `json:"high" jsonschema:"nullable"`
}

// LimitDays are the days on which the budget falls by three scenarios; null where
// it does not.
type LimitDays struct {
	Low    *string `json:"low" jsonschema:"nullable"`
	Median *string `json:"median" jsonschema:"nullable"`
	High   *string `json:"high" jsonschema:"nullable"`
}

// Point is a day with what the month has cost up to its end.
type Point struct {
	Date   string   `json:"date"`
	Actual *float64 `json:"actual" jsonschema:"nullable"`
	Low    *float64 `json:"low" jsonschema:"nullable"`
	Median *float64 `json:"median" jsonschema:"nullable"`
	High   *float64 `json:"high" jsonschema:"nullable"`
}

// Of forecasts the month of now; of the last known day where now is not given.
// alert is the share of the budget at which people want to be told, 0 for none.
// The same days give the same forecast: what is drawn is drawn from a seed that
// they make.
func Of(d spend.Daily, now time.Time, budget unit.Money, alert float64) Forecast {
	f := Forecast{Status: Unknown, Confidence: Confidence, MissingDays: []string{}, Notes: []string{}, Series: []Point{}, alert: alert}
	if budget > 0 {
		b := budget.Dollars()
		f.Budget = &b
	}
	if !now.IsZero() {
		d = d.Between(time.Time{}, spend.Midnight(now).AddDate(0, 0, 1))
	}
	if len(d.Days) == 0 {
		f.Method, f.Settle = "no day is known", settle(0)
		if !now.IsZero() {
			f.Month = spend.Midnight(now).Format("2006-01")
		}
		f.Lead = f.headline()
		return f
	}
	last := d.Days[len(d.Days)-1].Date
	at := last
	if !now.IsZero() {
		at = spend.Midnight(now)
	}
	f.month = d.Month(at.Year(), at.Month())
	f.Month, f.AsOf, f.DaysKnown = f.month.First.Format("2006-01"), last.Format(time.DateOnly), len(f.month.Days)
	for _, day := range f.month.Missing {
		f.MissingDays = append(f.MissingDays, day.Format(time.DateOnly))
	}
	f.Spent = dollars(f.month.Total().Dollars())
	h := historyOf(d, now)
	m, ok := fit(h)
	f.HistoryDays = len(h.days)
	f.Method, f.Settle = m.words(), settle(len(h.days))
	if gap := int(at.Sub(last) / day); !ok || gap > mostGap {
		if gap > mostGap {
			f.Method, f.Settle = fmt.Sprintf("the last known day is %d days old", gap), "Read the days since."
		}
		f.actual()
		f.judge(nil)
		return f
	}
	f.notes(d, m)
	paths := m.simulate(f.month, Open(f.month.Days, now), seedOf(d))
	f.fan(paths)
	f.judge(paths)
	return f
}

const (
	day = 24 * time.Hour
	// mostGap is how old the last known day may be.
	mostGap = 10
)

// settle says what would make the forecast surer.
func settle(history int) string {
	switch {
	case history < leastDays:
		return fmt.Sprintf("%d whole days are needed, the first of a month aside: %d more.", leastDays, leastDays-history)
	case history < leastPattern:
		return fmt.Sprintf("From %d whole days on weekdays are told apart: %d more.", leastPattern, leastPattern-history)
	}
	return ""
}

func (f *Forecast) notes(d spend.Daily, m model) {
	if len(f.MissingDays) > 0 {
		f.Notes = append(f.Notes, fmt.Sprintf("Not known, and estimated as if the app had run: %s.", list(f.MissingDays)))
	}
	if m.doubt {
		f.Notes = append(f.Notes, fmt.Sprintf("The last %s far from usual. Whether that stays is not known yet: the interval holds both.", countOf(m.tail)))
	} else if m.shifted {
		f.Notes = append(f.Notes, fmt.Sprintf("The level changed on %s, by %s; days since then count.", m.since.Format(time.DateOnly), percent(m.step)))
	}
	if lumps := m.lumps; len(lumps) > 0 {
		if l := lumps[len(lumps)-1]; math.Abs(l) > m.level*2 {
			f.Notes = append(f.Notes, fmt.Sprintf("The first of a month costs about %s more than other days (reservations, monthly fees); it is taken by itself.", drawing.Money(l)))
		}
	}
	for _, day := range d.Days {
		if day.Estimated && !day.Date.Before(f.month.First) {
			f.Notes = append(f.Notes, "AWS calls days of this month estimated; they may still change a little until the bill is final.")
			break
		}
	}
}

// actual writes what is known into the series.
func (f *Forecast) actual() {
	sum, known := unit.Money(0), map[time.Time]unit.Money{}
	for _, d := range f.month.Days {
		known[d.Date] = d.Total()
	}
	for at := f.month.First; at.Before(f.month.Next); at = at.AddDate(0, 0, 1) {
		p := Point{Date: at.Format(time.DateOnly)}
		if amount, ok := known[at]; ok {
			sum += amount
			v := dollars(sum.Dollars())
			p.Actual = &v
		}
		f.Series = append(f.Series, p)
	}
}

// fan writes the quantiles of all paths into the series.
func (f *Forecast) fan(paths [][]float64) {
	f.actual()
	from := len(f.Series)
	for i := range slices.Backward(f.Series) {
		if f.Series[i].Actual != nil {
			break
		}
		from = i
	}
	// The fan begins at the last known day, which itself may not be over.
	column := make([]float64, len(paths))
	for i := max(0, from-1); i < len(f.Series); i++ {
		for j, p := range paths {
			column[j] = p[i]
		}
		slices.Sort(column)
		r := quantiles(column)
		f.Series[i].Low, f.Series[i].Median, f.Series[i].High = r.Low, r.Median, r.High
		f.MonthEnd = r
	}
}

func quantiles(sorted []float64) Range {
	at := func(p float64) *float64 {
		x := p * float64(len(sorted)-1)
		i := int(x)
		v := sorted[i]
		if i+1 < len(sorted) {
			v += (x - float64(i)) * (sorted[i+1] - v)
		}
		v = dollars(v)
		return &v
	}
	return Range{at((1 - Confidence) / 2), at(0.5), at((1 + Confidence) / 2)}
}

// judge holds the forecast against the budget.
func (f *Forecast) judge(paths [][]float64) {
	if f.Budget != nil {
		b := *f.Budget
		reached := func(of func(Point) *float64) *string {
			for i := range f.Series {
				p := f.Series[i]
				for _, v := range []*float64{p.Actual, of(p)} {
					if v != nil && *v >= b {
						return &f.Series[i].Date
					}
				}
			}
			return nil
		}
		f.Limit = LimitDays{reached(func(p Point) *float64 { return p.Low }), reached(func(p Point) *float64 { return p.Median }), reached(func(p Point) *float64 { return p.High })}
		f.LimitReachedOn = f.Limit.Median
		switch {
		case f.Spent >= b:
			f.Status = Red
		case paths == nil:
		case *f.MonthEnd.Median >= b:
			f.Status = Red
		case *f.MonthEnd.High >= b || f.alert > 0 && f.Spent >= f.alert*b:
			f.Status = Amber
		default:
			f.Status = Green
		}
	}
	f.Lead = f.headline()
}

// dollars rounds to what a bill can say: millionths.
func dollars(v float64) float64 { return math.Round(v*1e6)/1e6 + 0 }
