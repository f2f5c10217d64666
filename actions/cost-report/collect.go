package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/cost/explain"
	"github.com/cutover-dev/cutover/internal/cost/forecast"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// collected is what collect prints (schemas/cost-collect.schema.json). Amounts are
// US dollars, days those of UTC.
type collected struct {
	Project string `json:"project"`
	Stage   string `json:"stage"`
	// Days are the last ones that are known, the newest last; what was spent by
	// service and usage type is the file of the input out.
	Days    []day    `json:"days"`
	Missing []string `json:"missing_days"`
	Month   string   `json:"month"`
	Spent   float64  `json:"spent_usd"`
	// Services are those of the month, the dearest first.
	Services []serviceCost `json:"services"`
	// PerMillion is what a million requests have cost in the days of the month that
	// are known; null where nobody has counted them.
	PerMillion *float64 `json:"cost_per_million_usd" jsonschema:"nullable"`
	Requests   *float64 `json:"requests" jsonschema:"nullable"`
	// Published are the days whose cost the dashboard shows.
	Published []string `json:"published"`
	// Calls of Cost Explorer that this took, and what they cost.
	Calls       int                  `json:"calls"`
	FeeUSD      float64              `json:"fee_usd"`
	Forecast    forecast.Forecast    `json:"forecast"`
	Explanation *explain.Explanation `json:"explanation" jsonschema:"nullable"`
	Notes       []string             `json:"notes"`
	Lead        string               `json:"lead"`
}

// day is one day, with what a million of its requests have cost where that is known.
type day struct {
	Date       string   `json:"date"`
	USD        float64  `json:"usd"`
	Estimated  bool     `json:"estimated"`
	PerMillion *float64 `json:"cost_per_million_usd" jsonschema:"nullable"`
}

type serviceCost struct {
	Service string  `json:"service"`
	Month   float64 `json:"month_usd"`
	Newest  float64 `json:"newest_day_usd"`
}

// shownDays is how many days the result lists.
const shownDays = 35

// collect reads what was spent, publishes it and says what it means.
func (w *work) collect(ctx context.Context) error {
	spent, err := w.spent(ctx)
	if err != nil {
		return err
	}
	if len(spent.Days) == 0 {
		return &fault.Fault{
			Kind: fault.Outside, Runbooks: []runbook.Kind{runbook.NoCosts}, Name: "Cost Explorer", What: fmt.Sprintf("knows no cost with the tags Project=%s and Environment=%s", w.file.Project, *w.in.stage),
			Next: "Run tags: a cost-allocation tag counts from the day on which it is activated, and a day later Cost Explorer knows it.",
		}
	}
	if w.told.file, err = json.MarshalIndent(spent, "", "  "); err != nil {
		return err
	}
	r := collected{Project: w.file.Project, Stage: *w.in.stage, Published: []string{}, Missing: []string{}, Services: []serviceCost{}, Calls: spent.Calls, FeeUSD: spent.Fee.Dollars()}
	newest := spent.Days[len(spent.Days)-1]
	month := spent.Month(newest.Date.Year(), newest.Date.Month())
	r.Month, r.Spent = newest.Date.Format("2006-01"), month.Total().Dollars()
	for _, m := range month.Missing {
		r.Missing = append(r.Missing, m.Format(time.DateOnly))
	}
	w.services(&r, month, newest)
	requests, err := w.measure(ctx, &r, spent, month)
	if err != nil {
		return err
	}
	if err := w.publish(ctx, &r, spent, requests); err != nil {
		return err
	}
	monthly, alert := w.budget()
	r.Forecast = forecast.Of(spent, w.live(), monthly, alert)
	if err := w.explained(ctx, &r, spent); err != nil {
		return err
	}
	r.Notes = append([]string{}, w.notes...)
	r.Lead = r.Forecast.Lead
	w.told.collect(r, spent, w.changed(spent, r.Forecast))
	return w.red(r.Forecast)
}

// changed says whether the status is another one than the day before: that is worth
// a message, and the same again is not.
func (w *work) changed(spent spend.Daily, now forecast.Forecast) bool {
	if now.Status == forecast.Unknown {
		return false
	}
	before, then := spent, w.live()
	if before.Days = spent.Days[:len(spent.Days)-1]; !then.IsZero() {
		then = then.AddDate(0, 0, -1)
	}
	monthly, alert := w.budget()
	return forecast.Of(before, then, monthly, alert).Status != now.Status
}

// services are the month's, by what they have cost.
func (w *work) services(r *collected, month spend.Month, newest spend.Day) {
	sums := map[string]*[2]unit.Money{}
	for _, d := range month.Days {
		for _, l := range d.Lines {
			if sums[l.Service] == nil {
				sums[l.Service] = &[2]unit.Money{}
			}
			sums[l.Service][0] += l.Amount
			if d.Date.Equal(newest.Date) {
				sums[l.Service][1] += l.Amount
			}
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(sums), func(a, b string) int {
		if by := sums[b][0] - sums[a][0]; by != 0 {
			return int(max(min(by, 1), -1))
		}
		return strings.Compare(a, b)
	}) {
		r.Services = append(r.Services, serviceCost{name, sums[name][0].Dollars(), sums[name][1].Dollars()})
	}
}

// measure adds the requests of the same days.
func (w *work) measure(ctx context.Context, r *collected, spent spend.Daily, month spend.Month) (counted, error) {
	last := spent.Days[len(spent.Days)-1].Date.AddDate(0, 0, 1)
	from := month.First
	if two := last.AddDate(0, 0, -14); two.Before(from) {
		from = two
	}
	requests, err := w.requests(ctx, from, last)
	if err != nil {
		return nil, err
	}
	var sum float64
	for _, d := range month.Days {
		sum += requests[d.Date]
	}
	if sum >= 1000 {
		each := month.Total().Dollars() / sum * 1e6
		r.Requests, r.PerMillion = &sum, &each
	} else {
		w.note("Nobody has counted enough requests of the month to say what a million of them cost.")
	}
	for _, d := range spent.Days[max(0, len(spent.Days)-shownDays):] {
		one := day{Date: d.Date.Format(time.DateOnly), USD: d.Total().Dollars(), Estimated: d.Estimated}
		if m := requests.perMillion(d); m != nil {
			dollars := m.Dollars()
			one.PerMillion = &dollars
		}
		r.Days = append(r.Days, one)
	}
	return requests, nil
}

// publish tells CloudWatch the days that it still takes, for the dashboard. Doing
// it again changes nothing.
func (w *work) publish(ctx context.Context, r *collected, spent spend.Daily, requests counted) error {
	if !*w.in.publish {
		return nil
	}
	to, err := cloudwatch.OpenDaily(ctx, w.region, w.file.Project, *w.in.stage)
	if err != nil {
		return err
	}
	today := spend.Midnight(w.now)
	for _, d := range spent.Days {
		if d.Date.Before(today.AddDate(0, 0, -13)) || !d.Date.Before(today) {
			continue
		}
		if err := to.Publish(ctx, d.Date, d.Total(), requests.perMillion(d), w.now); err != nil {
			return err
		}
		r.Published = append(r.Published, d.Date.Format(time.DateOnly))
	}
	return nil
}

// red is what a budget that will not last does to the job.
func (w *work) red(f forecast.Forecast) error {
	if f.Status == forecast.Red && *w.in.enforce == enforceFail {
		return &fault.Fault{Kind: fault.Gate, Runbooks: []runbook.Kind{runbook.OverBudget}, What: strings.TrimSuffix(f.Lead, "."), Next: "explain says what changed, recommend what would cost less; or raise budget.monthly in cutover.yaml."}
	}
	return nil
}
