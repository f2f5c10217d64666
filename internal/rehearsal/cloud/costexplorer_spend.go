package cloud

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// bill is what Cost Explorer knows of an account.
type bill struct {
	lines     []billed
	currency  string
	estimated func(day time.Time) bool
	page      int
	backfills []BackfillRequest
}

type billed struct {
	day              string
	tags             map[string]string
	service, usage   string
	amount, quantity float64
}

// Spent makes resources with these tags have cost so much on a day (of UTC).
func (c *Cloud) Spent(day time.Time, tags map[string]string, service, usageType string, amount, quantity float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.bill.lines = append(c.watch.bill.lines, billed{day.UTC().Format(time.DateOnly), maps.Clone(tags), service, usageType, amount, quantity})
}

// Currency is what the account is billed in; USD unless set.
func (c *Cloud) Currency(code string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.bill.currency = code
}

// EstimatedDays says which days are estimated; unless set, those that ended less
// than two days ago.
func (c *Cloud) EstimatedDays(f func(day time.Time) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watch.bill.estimated = f
}

// SpendPage is how many groups a page of GetCostAndUsage holds; 5 unless set.
func (c *Cloud) SpendPage(n int) { c.mu.Lock(); defer c.mu.Unlock(); c.watch.bill.page = n }

// spendQuery is as much of GetCostAndUsage as this project asks; source: Cost
// Explorer API reference.
type spendQuery struct {
	TimePeriod    struct{ Start, End string }
	Granularity   string
	Metrics       []string
	Filter        *spendFilter
	GroupBy       []struct{ Type, Key string }
	NextPageToken string
}

type spendFilter struct {
	And        []spendFilter
	Not        *spendFilter
	Tags       *spendValues
	Dimensions *spendValues
}

type spendValues struct {
	Key          string
	Values       []string
	MatchOptions []string
}

// wrong is what the API would refuse.
func (q spendQuery) wrong(now time.Time) string {
	start, e1 := time.Parse(time.DateOnly, q.TimePeriod.Start)
	end, e2 := time.Parse(time.DateOnly, q.TimePeriod.End)
	switch {
	case e1 != nil || e2 != nil || !start.Before(end):
		return "Start date (and hour) should be before end date (and hour)"
	case start.After(now):
		return "Start date should not be after the current date"
	case start.Before(now.AddDate(0, -14, -31)):
		return "You haven't enabled historical data beyond 14 months"
	case q.Granularity != "DAILY" || len(q.GroupBy) != 2 || q.GroupBy[0].Key != "SERVICE" || q.GroupBy[1].Key != "USAGE_TYPE":
		return "this cloud knows days by SERVICE and USAGE_TYPE"
	case len(q.Metrics) == 0 || slices.ContainsFunc(q.Metrics, func(m string) bool { return m != "AmortizedCost" && m != "UsageQuantity" }):
		return "this cloud knows AmortizedCost and UsageQuantity"
	case q.Filter == nil || len(q.Filter.And) < 2:
		return "And takes two expressions at least"
	}
	for _, x := range q.Filter.And {
		if (x.Not == nil) == (x.Tags == nil) || x.And != nil || x.Dimensions != nil || x.Not != nil && (x.Not.Dimensions == nil || x.Not.Dimensions.Key != "RECORD_TYPE") {
			return "an expression has one root, a tag or no RECORD_TYPE here"
		}
	}
	return ""
}

// holds says whether a line carries every tag.
func (q spendQuery) holds(l billed) bool {
	for _, x := range q.Filter.And {
		if x.Tags != nil && !slices.Contains(x.Tags.Values, l.tags[x.Tags.Key]) {
			return false
		}
	}
	return true
}

// group is one service and usage type of a day.
type group struct {
	day, service, usage string
	amount, quantity    float64
}

// costAndUsage answers a page of days. Each day that was asked for is told, with
// no group where there is none.
func (c *Cloud) costAndUsage(w http.ResponseWriter, r *http.Request) {
	var q spendQuery
	if !c.json11(w, r, "ce", ce+"GetCostAndUsage", &q) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note(r, "ce:GetCostAndUsage", "*")
	if c.watch.linked {
		failJSON(w, &denial{http.StatusBadRequest, "AccessDeniedException", "Linked account doesn't have access to cost explorer."})
		return
	}
	now := c.time()
	if what := q.wrong(now); what != "" {
		failJSON(w, &denial{http.StatusBadRequest, "ValidationException", what})
		return
	}
	all := q.groups(c.watch.bill.lines)
	from := 0
	_, _ = fmt.Sscanf(q.NextPageToken, "page-%d", &from) // the first page has none
	to := min(from+cmp.Or(c.watch.bill.page, 5), len(all))
	out := map[string]any{"ResultsByTime": c.byTime(q, all[min(from, to):to], now), "DimensionValueAttributes": []any{}}
	if to < len(all) {
		out["NextPageToken"] = fmt.Sprintf("page-%d", to)
	}
	reply(w, out)
}

// groups are the sums of the window, and one without a service for a day without
// any.
func (q spendQuery) groups(lines []billed) []group {
	var all []group
	start, _ := time.Parse(time.DateOnly, q.TimePeriod.Start) // as is held above
	for at := start; at.Format(time.DateOnly) < q.TimePeriod.End; at = at.AddDate(0, 0, 1) {
		sums := map[[2]string]*group{}
		for _, l := range lines {
			if l.day != at.Format(time.DateOnly) || !q.holds(l) {
				continue
			}
			k := [2]string{l.service, l.usage}
			if sums[k] == nil {
				sums[k] = &group{day: l.day, service: l.service, usage: l.usage}
			}
			sums[k].amount += l.amount
			sums[k].quantity += l.quantity
		}
		if len(sums) == 0 {
			all = append(all, group{day: at.Format(time.DateOnly)})
		}
		for _, k := range slices.SortedFunc(maps.Keys(sums), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
			all = append(all, *sums[k])
		}
	}
	return all
}

func (c *Cloud) byTime(q spendQuery, groups []group, now time.Time) []any {
	days := []any{}
	var current map[string]any
	for _, g := range groups {
		at, _ := time.Parse(time.DateOnly, g.day) // it was made of a time
		if current == nil || current["TimePeriod"].(map[string]string)["Start"] != g.day {
			estimated := now.Sub(at.AddDate(0, 0, 1)) < 48*time.Hour
			if f := c.watch.bill.estimated; f != nil {
				estimated = f(at)
			}
			current = map[string]any{"TimePeriod": map[string]string{"Start": g.day, "End": at.AddDate(0, 0, 1).Format(time.DateOnly)}, "Total": map[string]any{}, "Groups": []any{}, "Estimated": estimated}
			days = append(days, current)
		}
		if g.service == "" {
			continue
		}
		metrics := map[string]any{}
		for _, m := range q.Metrics {
			amount, unit := g.amount, cmp.Or(c.watch.bill.currency, "USD")
			if m == "UsageQuantity" {
				amount, unit = g.quantity, "N/A"
			}
			metrics[m] = map[string]string{"Amount": fmt.Sprintf("%.10f", amount), "Unit": unit}
		}
		current["Groups"] = append(current["Groups"].([]any), map[string]any{"Keys": []string{g.service, g.usage}, "Metrics": metrics})
	}
	return days
}
