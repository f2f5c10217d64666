package forecast

import (
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/schematest"
	"github.com/cutover-dev/cutover/internal/unit"
)

var update = flag.Bool("update", false, "write the schema and the wanted halves anew")

// days makes spending from a date on, an amount a day.
func days(from string, amounts ...float64) (d spend.Daily) {
	at, err := time.Parse(time.DateOnly, from)
	if err != nil {
		panic(err)
	}
	for i, v := range amounts {
		d.Days = append(d.Days, spend.Day{Date: at.AddDate(0, 0, i), Lines: []spend.Line{{Amount: unit.Money(math.Round(v * 1e6))}}})
	}
	return d
}

func flat(n int, v float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = v
	}
	return list
}

func schema(t *testing.T) schematest.Schema {
	return schematest.Of(t, "../../../schemas/cost-forecast.schema.json", "Cost forecast", "What a month will have cost at its end, with an interval, beside the budget. Amounts are US dollars.", Forecast{}, *update)
}

// The status, the month's end and the day of the limit, for people.
//
// Shows: 5.7.6
func TestForecast(t *testing.T) {
	week := func(n int) (list []float64) {
		r := rand.New(rand.NewPCG(7, 7))
		for i := range n { // from a Thursday
			v := 8.0
			if w := (i + 4) % 7; w == 6 || w == 0 {
				v = 5
			}
			list = append(list, v*math.Exp(0.06*r.NormFloat64()))
		}
		return list
	}
	jump := week(53)
	jump[52] *= 3
	level := week(53)
	for i := 44; i < 53; i++ {
		level[i] *= 2
	}
	lump := week(53)
	lump[0], lump[31] = 60, 60
	hole := days("2026-10-01", week(53)...)
	hole.Days = append(hole.Days[:40:40], hole.Days[42:]...)
	open := days("2026-10-01", append(week(53), 0.5)...)
	open.Days[53].Estimated = true
	for name, c := range map[string]struct {
		d      spend.Daily
		now    string
		budget unit.Money
		alert  float64
	}{
		"green":                         {d: days("2026-10-01", week(53)...), budget: 260 * unit.Dollar},
		"amber-by-the-high-end":         {d: days("2026-10-01", week(53)...), budget: 219 * unit.Dollar},
		"amber-by-the-share-spent":      {d: days("2026-10-01", week(53)...), budget: 260 * unit.Dollar, alert: 0.5},
		"red":                           {d: days("2026-10-01", week(53)...), budget: 200 * unit.Dollar, alert: 0.8},
		"red-already":                   {d: days("2026-10-01", week(53)...), budget: 100 * unit.Dollar},
		"no-budget":                     {d: days("2026-10-01", week(53)...)},
		"four-days":                     {d: days("2026-11-02", week(4)...), budget: 200 * unit.Dollar},
		"four-days-above-the-budget":    {d: days("2026-11-02", week(4)...), budget: 10 * unit.Dollar},
		"no-day":                        {d: spend.Daily{}, budget: 200 * unit.Dollar},
		"ten-days-have-no-weekdays":     {d: days("2026-11-05", week(10)...), budget: 200 * unit.Dollar},
		"a-jump-on-the-last-day":        {d: days("2026-10-01", jump...), budget: 260 * unit.Dollar},
		"a-new-level":                   {d: days("2026-10-01", level...), budget: 260 * unit.Dollar},
		"a-lump-on-the-first":           {d: days("2026-10-01", lump...), budget: 260 * unit.Dollar},
		"the-lump-is-yet-to-come":       {d: days("2026-10-01", lump[:31]...), now: "2026-11-01T06:00:00Z", budget: 260 * unit.Dollar},
		"days-are-missing":              {d: hole, budget: 260 * unit.Dollar},
		"the-last-day-is-not-over":      {d: open, now: "2026-11-23T05:00:00Z", budget: 260 * unit.Dollar},
		"a-month-that-is-over":          {d: days("2026-10-01", week(31)...), budget: 260 * unit.Dollar},
		"a-leap-february":               {d: days("2028-01-13", week(40)...), budget: 260 * unit.Dollar},
		"days-of-nothing":               {d: days("2026-10-20", append(flat(20, 0), flat(10, 3)...)...), budget: 260 * unit.Dollar},
		"refunds":                       {d: days("2026-10-20", append(flat(20, 2), -30, 2, 2, 2, 2)...), budget: 260 * unit.Dollar},
		"the-same-every-day":            {d: days("2026-10-01", flat(50, 8)...), budget: 200 * unit.Dollar},
		"the-last-known-day-is-too-old": {d: days("2026-09-01", week(40)...), now: "2026-11-05T00:00:00Z", budget: 200 * unit.Dollar},
	} {
		t.Run(name, func(t *testing.T) {
			var now time.Time
			if c.now != "" {
				now, _ = time.Parse(time.RFC3339, c.now)
			}
			f := Of(c.d, now, c.budget, c.alert)
			text, err := json.MarshalIndent(f, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if err := schema(t).Check(string(text)); err != nil {
				t.Error(err)
			}
			holds(t, f)
			golden(t, name, report.Terminal(f.Document(), false))
		})
	}
}

// holds is what is true of every forecast.
func holds(t *testing.T, f Forecast) {
	t.Helper()
	e := f.MonthEnd
	if (e.Low == nil) != (e.High == nil) || (e.Low == nil) != (e.Median == nil) {
		t.Fatal("an interval without an end")
	}
	if f.Status == Unknown && f.Budget != nil && e.Low != nil || f.Status != Unknown && f.Budget == nil {
		t.Errorf("status %s", f.Status)
	}
	if e.Low != nil && (*e.Low > *e.Median || *e.Median > *e.High) {
		t.Errorf("%g %g %g do not rise", *e.Low, *e.Median, *e.High)
	}
	if (f.Status == Red) != (f.LimitReachedOn != nil) {
		t.Errorf("%s, and the limit on %v", f.Status, f.LimitReachedOn)
	}
	if l := f.Limit; l.Low != nil && l.High != nil && *l.High > *l.Low {
		t.Errorf("the high scenario reaches the limit on %s, the low one on %s", *l.High, *l.Low)
	}
	if !strings.HasSuffix(f.Lead, ".") || strings.HasSuffix(f.Lead, "..") {
		t.Error(f.Lead)
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not as wanted; look at it and run with -update:\n%s", path, got)
	}
}

// The same days give the same forecast, wherever now was written down.
func TestSameDaysSameForecast(t *testing.T) {
	d := days("2026-10-01", flat(40, 3)...)
	d.Days[20].Lines[0].Amount *= 2
	at := time.Date(2026, 11, 10, 0, 30, 0, 0, time.UTC)
	first := Of(d, at, 100*unit.Dollar, 0)
	for _, zone := range []int{-12, -5, 0, 9, 14} {
		if again := Of(d, at.In(time.FixedZone("", zone*3600)), 100*unit.Dollar, 0); !reflect.DeepEqual(again, first) {
			t.Errorf("UTC%+d: %s, not %s", zone, again.Lead, first.Lead)
		}
	}
	if first.Month != "2026-11" {
		t.Error(first.Month)
	}
}

// In the last hour of a month in UTC it is still that month, a second later it is
// the next, in every time zone.
func TestMonthBoundary(t *testing.T) {
	d := days("2026-10-01", flat(30, 3)...)
	for zone := -12; zone <= 14; zone++ {
		z := time.FixedZone("", zone*3600)
		end := time.Date(2026, 10, 31, 23, 59, 59, 0, time.UTC)
		if f := Of(d, end.In(z), unit.Dollar, 0); f.Month != "2026-10" || f.DaysKnown != 30 {
			t.Errorf("UTC%+d: %s", zone, f.Month)
		}
		if f := Of(d, end.Add(time.Second).In(z), unit.Dollar, 0); f.Month != "2026-11" || f.DaysKnown != 0 || f.Spent != 0 {
			t.Errorf("UTC%+d: %s", zone, f.Month)
		}
	}
}

// A cent more never gives a better status.
func TestBudgetIsMonotone(t *testing.T) {
	order := map[string]int{Red: 0, Amber: 1, Green: 2}
	r := rand.New(rand.NewPCG(3, 3))
	for range 5 {
		var v []float64
		for range 20 + r.IntN(30) {
			v = append(v, 5*math.Exp(0.2*r.NormFloat64()))
		}
		d, before := days("2026-10-03", v...), 0
		for budget := 20.0; budget < 400; budget += 40 {
			now := order[Of(d, time.Time{}, unit.Money(budget*1e6), 0.8).Status]
			if now < before {
				t.Fatalf("a budget of $%g is judged worse than a smaller one", budget)
			}
			before = now
		}
	}
}

// Levels are found where they change, and a jump that came back is none.
func TestShifts(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	found, alarms := 0, 0
	const series = 300
	for range series {
		v := make([]float64, 60)
		for i := range v {
			v[i] = 0.08 * r.NormFloat64()
			if r.Float64() < 0.03 {
				v[i] += 1
			}
		}
		alarms += min(1, len(Shifts(v)))
		at := 6 + r.IntN(48)
		for i := at; i < len(v); i++ {
			v[i] += 0.5
		}
		for _, s := range Shifts(v) {
			if s.At >= at-2 && s.At <= at+2 && math.Abs(s.Size-0.5) < 0.25 {
				found++
				break
			}
		}
	}
	if found < series*9/10 || alarms > series/10 {
		t.Errorf("found %d of %d, and %d where there is none", found, series, alarms)
	}
	if got := Shifts([]float64{1, 2, 3}); got != nil {
		t.Error(got)
	}
}
