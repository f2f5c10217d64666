package monitoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
)

// alarmStates is the row of all alarms, the one over the others first.
func (b builder) alarmStates() dashboard.Section {
	arns := []string{arnOf(camel(unwellID))}
	for _, a := range b.alarms {
		arns = append(arns, arnOf(camel(a.ID)+mark(a.Subject)))
	}
	var rows []dashboard.Row
	for len(arns) > 0 {
		n := min(len(arns), dashboard.MostAlarms)
		height := max(3, 1+(n+7)/8) // eight alarms stand beside each other
		rows = append(rows, dashboard.Row{dashboard.Alarms{Size: dashboard.Size{Width: dashboard.Columns, Height: height}, Title: "Alarms", ARNs: arns[:n]}})
		arns = arns[n:]
	}
	return b.section("State", []string{unwellID}, rows...)
}

// traffic is the share of green, for the stage whose traffic is shifted. It is
// told at each tick and holds until the next.
func (b builder) traffic() []dashboard.Section {
	if !b.p.Traffic {
		return nil
	}
	most := 100.0
	weight := graph(dashboard.Columns, "Share of the traffic that goes to Lambda", Percent,
		hidden("told", metric(b.p.namespace(), GreenWeightMetric, "Maximum", "")), dashboard.Series{Label: "Lambda (green)", Expression: "FILL(told,REPEAT)", Color: green})
	weight.Left.Max = &most
	weight.Height = 5
	rows := []dashboard.Row{{b.marked(weight)}}
	kinds := b.ringing([]string{verdictID, errorsID})
	width := dashboard.Columns / max(1, len(kinds))
	var row dashboard.Row
	for _, kind := range kinds {
		if kind == verdictID {
			row = append(row, b.verdict(width))
			continue
		}
		row = append(row, b.judged(width, "Share of green's requests answered with 5xx, with health checks", errorsID))
	}
	if row != nil {
		rows = append(rows, row)
	}
	return []dashboard.Section{b.section("Cutover", kinds, rows...)}
}

// verdict is what the last tick said of green; it holds until the next, for
// DNS too.
func (b builder) verdict(width int) dashboard.Metrics {
	most := 1.0
	said := metric(VerdictNamespace, VerdictMetric, "Minimum", "", ours(VerdictDimensions(b.p.Project, b.p.Inventory.Stage))...)
	m := graph(width, "Verdict on green: 1 is fit for traffic", State, hidden("said", said), dashboard.Series{Label: "verdict", Expression: "FILL(said,REPEAT)", Color: green})
	m.Left.Max = &most
	return b.drawn(m, State, verdictID)
}

// figures are the business figures, three beside each other: each as one number
// for the day, and below it over time.
func (b builder) figures() []dashboard.Section {
	var rows []dashboard.Row
	for three := range slices.Chunk(b.p.KPIs, 3) {
		var totals, trends dashboard.Row
		for _, declared := range three {
			total, trend := businessFigure(declared.For(b.p.Inventory.Stage))
			totals, trends = append(totals, total), append(trends, trend)
		}
		rows = append(rows, totals, trends)
	}
	if rows == nil {
		return nil
	}
	return []dashboard.Section{b.section("Business", nil, rows...)}
}

func businessFigure(k KPI) (total, trend dashboard.Metrics) {
	series := metric(k.Namespace, k.Metric, k.Statistic, k.Title, k.dimensions()...)
	total, trend = graph(8, k.Title+" in 24 hours", "", series), graph(8, k.Title, "a minute", series)
	total.View, total.Whole, total.Left = dashboard.Number, true, dashboard.Axis{}
	if k.Statistic != "Sum" && k.Statistic != "SampleCount" {
		total.Title = k.Title + ", " + strings.ToLower(k.Statistic) + " of 24 hours"
		trend.Left = dashboard.Axis{Label: strings.ToLower(k.Statistic) + " of each minute"}
	}
	total.Height, trend.Height = 3, 5
	return total, trend
}

// cost is what each of the last 30 days cost. It is the one widget that is not
// of 24 hours at one minute: there is one figure a day.
func (b builder) cost() dashboard.Section {
	const daily = 86_400
	m := graph(dashboard.Columns, "Cost a day, 30 days", "USD", metric(b.p.namespace(), DailyCostMetric, "Maximum", "cost of the day"))
	m.Period, m.Start = daily, "-P30D"
	if budget := b.p.Budget; budget != nil {
		m.Lines = []dashboard.Line{{Label: fmt.Sprintf("a thirtieth of the budget of %s a month", budget.Monthly), Value: budget.Monthly.Dollars() / 30, Color: amber}}
	}
	return b.section("Cost", nil, dashboard.Row{m})
}
