package monitoring

import (
	"fmt"
	"strings"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/cfn"
	"github.com/cutover-dev/cutover/internal/monitoring/dashboard"
	"github.com/cutover-dev/cutover/internal/report"
	"github.com/cutover-dev/cutover/internal/runbook"
	"github.com/cutover-dev/cutover/internal/unit"
)

// What watching costs a month: list prices of us-east-1.
const (
	// PricesOf is when the table was made.
	PricesOf = "2026-11-23"
	// PricesSource is where it can be held against.
	PricesSource = "aws.amazon.com/cloudwatch/pricing, aws.amazon.com/xray/pricing, aws.amazon.com/kms/pricing, aws.amazon.com/sns/pricing, aws.amazon.com/aws-cost-management/pricing"

	// The first three of an account are free; whose they are, nobody knows here.
	priceDashboard    = 3 * unit.Dollar
	priceAlarmMetric  = unit.Dollar / 10
	priceComposite    = unit.Dollar / 2
	priceCustomMetric = 3 * unit.Dollar / 10
	// The first two yearly rotations of a key add as much again each.
	priceKey = unit.Dollar
	// By the thousand, after those that an account has free a month.
	priceTraces = unit.Dollar / 200
	freeTraces  = 100
)

// Line is one line of an estimate.
type Line struct {
	What    string  `json:"what"`
	Count   int     `json:"count"`
	Each    float64 `json:"each_usd"`
	Monthly float64 `json:"monthly_usd"`
	sum     unit.Money
	each    unit.Money
}

// Estimate is what a stack costs a month.
type Estimate struct {
	Stage   string  `json:"stage"`
	Lines   []Line  `json:"lines"`
	Monthly float64 `json:"monthly_usd"`
	Limit   float64 `json:"limit_usd"`
	Within  bool    `json:"within_limit"`
	Prices  string  `json:"prices_of"`
	Source  string  `json:"prices_source"`
	sum     unit.Money
	limit   unit.Money
}

// EstimateOf reckons what the stack costs a month. Mails, filters and a
// budget are within what AWS gives away.
func EstimateOf(s Stack, stage string, limit unit.Money) Estimate {
	metrics, composites, keys := 0, 0, 0
	for _, a := range s.Alarms {
		metrics += len(a.Series)
	}
	for _, r := range s.Template.Resources {
		switch r.Properties.(type) {
		case cfn.CompositeAlarm:
			composites++
		case cfn.Key:
			keys++
		}
	}
	e := Estimate{Stage: stage, Prices: PricesOf, Source: PricesSource, limit: limit, Limit: limit.Dollars()}
	for _, l := range []Line{
		{What: "metrics that alarms watch", Count: metrics, each: priceAlarmMetric},
		{What: "composite alarms", Count: composites, each: priceComposite},
		{What: "custom metrics: cold starts, cost, business figures", Count: s.customMetrics(), each: priceCustomMetric},
		{What: "dashboards", Count: len(s.Boards), each: priceDashboard},
		{What: "encryption keys", Count: keys, each: priceKey},
		{What: "traces, by the thousand, without Transaction Search", Count: s.traces, each: priceTraces},
	} {
		l.sum = l.each * unit.Money(l.Count)
		l.Each, l.Monthly = l.each.Dollars(), l.sum.Dollars()
		e.Lines, e.sum = append(e.Lines, l), e.sum+l.sum
	}
	e.Monthly, e.Within = e.sum.Dollars(), e.sum <= limit
	return e
}

// customMetrics counts the metrics that are paid because alarms watch or
// dashboards show them, each once.
func (s Stack) customMetrics() int {
	own := map[string]bool{}
	add := func(namespace, name string, dimensions any) {
		if namespace != "" && !strings.HasPrefix(namespace, "AWS/") {
			own[fmt.Sprintf("%q %q %q", namespace, name, dimensions)] = true
		}
	}
	for _, a := range s.Alarms {
		for _, series := range a.Series {
			add(series.Namespace, series.Metric, ours(series.Dimensions))
		}
	}
	for _, b := range s.Boards {
		for _, w := range b.Widgets {
			if m, ok := w.Widget.(dashboard.Metrics); ok {
				for _, series := range m.Series {
					add(series.Namespace, series.Metric, series.Dimensions)
				}
			}
		}
	}
	return len(own)
}

// Err refuses a stack that costs more than cutover.yaml allows.
func (e Estimate) Err() error {
	if e.Within {
		return nil
	}
	return &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.MonitoringCost}, Name: "monitoring.cost_limit", What: "is passed by what watching " + e.Stage + " would cost a month", Got: e.sum.String(), Allowed: "up to " + e.limit.String(),
		Next: fmt.Sprintf("Raise the limit, or watch less: up to %d functions have alarms of their own, APIs and nodes of a cache one set each.", PerFunction),
	}
}

// View shows the estimate as a table.
func (e Estimate) View() report.Document {
	t := report.Table{Columns: []report.Column{{Title: "what"}, {Title: "count", Numeric: true}, {Title: "each", Numeric: true}, {Title: "a month", Numeric: true}}}
	for _, l := range e.Lines {
		t.Rows = append(t.Rows, []report.Cell{{Text: l.What}, {Text: fmt.Sprint(l.Count)}, {Text: l.each.String()}, {Text: l.sum.String()}})
	}
	tone, word := report.Good, "within"
	if !e.Within {
		tone, word = report.Bad, "above"
	}
	t.Rows = append(t.Rows, []report.Cell{{Text: "together"}, {}, {}, {Text: e.sum.String(), Tone: tone}})
	return report.Document{
		Title:  "Watching " + e.Stage,
		Lead:   fmt.Sprintf("%s a month, %s the limit of %s.", e.sum, word, e.limit),
		Blocks: []report.Block{t, report.Text{Body: "List prices of us-east-1 of " + e.Prices + "; " + e.Source + "."}},
	}
}
