package cost_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/unit"
)

func line(item price.Item, amount unit.Money) usage.Line {
	return usage.Line{Service: item.Service(), Item: item, Amount: amount, Known: true}
}

func TestReconcile(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	bill := []usage.Line{
		line(price.LambdaRequest, unit.Dollar), line(price.LambdaARM, 2*unit.Dollar), line(price.ALBHour, 10*unit.Dollar), line(price.EgressGB, 5*unit.Dollar),
		line(price.ProxyCPU, 20*unit.Dollar), line(price.Trace, 5_000), {Service: price.LogsGB.Service(), Item: price.LogsGB, Note: "nobody told"},
	}
	s := cost.Spend{From: day, To: day.Add(24 * time.Hour), Calls: 2, Fee: unit.Dollar / 50, Lines: []cost.SpendLine{
		{"AWS Lambda", "USE1-Request-ARM", unit.Dollar}, {"AWS Lambda", "Lambda-GB-Second-ARM", 17 * unit.Dollar / 10},
		{"Amazon Elastic Load Balancing", "LoadBalancerUsage", 8 * unit.Dollar}, {"Amazon Elastic Load Balancing", "DataTransfer-Out-Bytes", 5 * unit.Dollar},
		{"AmazonCloudWatch", "DataProcessing-Bytes", unit.Dollar}, {"AmazonCloudWatch", "DashboardsUsageHour", 3 * unit.Dollar},
	}}
	r := cost.Reconcile(bill, s, 150_000, day.Add(72*time.Hour))
	rows := map[string]cost.Difference{}
	for _, x := range r.Rows {
		rows[x.Service] = x
	}
	for service, want := range map[string]struct {
		billed           unit.Money
		compared, within bool
		note             string
	}{
		"AWS Lambda":                         {27 * unit.Dollar / 10, true, true, ""},
		"Amazon Elastic Load Balancing":      {8 * unit.Dollar, true, false, ""},
		price.Transfer:                       {5 * unit.Dollar, true, true, ""},
		"Amazon Relational Database Service": {0, true, false, "look whether the resources carry it"},
		"AmazonCloudWatch":                   {unit.Dollar, false, false, "nobody told"},
		"AWS X-Ray":                          {0, true, true, ""},
	} {
		x := rows[service]
		if x.Billed != want.billed || x.Compared != want.compared || x.Within != want.within || !strings.Contains(x.Note, want.note) || want.note == "" && x.Note != "" {
			t.Errorf("%s: %+v", service, x)
		}
	}
	notes := strings.Join(r.Notes, " ")
	if r.Within || len(r.Rows) != 6 || !strings.Contains(notes, "$3 of what carries the tag") || !strings.Contains(notes, "2 calls of Cost Explorer, which cost $0.02") || strings.Contains(notes, "24 hours behind") {
		t.Errorf("%v %v", r.Within, r.Notes)
	}
	for name, late := range map[string]cost.Reconciliation{
		"yesterday": cost.Reconcile(bill, s, 150_000, day.Add(47*time.Hour)),
		"estimated": cost.Reconcile(bill, cost.Spend{To: day, Estimated: true}, 150_000, day.Add(720*time.Hour)),
	} {
		if !strings.Contains(strings.Join(late.Notes, " "), "24 hours behind") {
			t.Errorf("%s: %v", name, late.Notes)
		}
	}
	if r := cost.Reconcile(bill[:2], s, 150_000, day.Add(72*time.Hour)); !r.Within {
		t.Errorf("%+v", r)
	}
}

func TestSettings(t *testing.T) {
	var s cost.Settings
	if err := strict.Decode("s", []byte("blue: {cpu: 512, memory: 1024, tasks: 2, requests_per_task: 20}"), &s); err != nil {
		t.Fatal(err)
	}
	if s.Green.Proxy != 2 || s.Blue.Shape() != (usage.BlueShape{CPU: 512, Memory: 1024, Architecture: usage.X86, Tasks: 2}) || s.Tolerance != 150_000 {
		t.Errorf("%+v", s)
	}
	if scaling := s.Blue.Scaling(); scaling.Least != 2 || scaling.Most != 2 || scaling.PerTask != 20 {
		t.Errorf("%+v", scaling)
	}
	for yaml, want := range map[string]string{
		"{}":               `"blue" is missing`,
		"blue: {cpu: 512}": `"memory" is missing`,
		"blue: {cpu: 512, memory: 1024, tasks: 3, most_tasks: 2}": "fewer than the 3",
		"blue: {cpu: 512, memory: 1024, requests_per_task: 2}":    "nothing says how many there are",
	} {
		if err := strict.Decode("s", []byte(yaml), &cost.Settings{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", yaml, err)
		}
	}
}

// The figure of the guard cost_per_million, with what it leaves out.
func TestPerMillion(t *testing.T) {
	u := usage.Usage{Requests: 500_000, Counted: true, Meters: []usage.Meter{{Item: price.ALBHour, Quantity: price.Of(100)}}, Unknown: []usage.Unknown{{Item: price.LogsGB, Why: "x"}}}
	prices := usage.Prices{Table: price.BuiltIn(), Region: "us-east-1"}
	if amount, lacks, known := cost.PerMillion(u, prices); amount != 9*unit.Dollar/2 || !known || len(lacks) != 1 || lacks[0] != "logs.gb" {
		t.Error(amount, lacks, known)
	}
	if text, ok := cost.Dated(prices.Table, "us-east-1"); !ok || text != "List prices of us-east-1 of 2026-11-23." {
		t.Error(text)
	}
	if _, ok := cost.Dated(prices.Table, "eu-north-1"); ok {
		t.Error("prices of a region without any")
	}
}
