package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/comparison"
	"github.com/cutover-dev/cutover/internal/processtest"
	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// billing is a stage whose week is metered, and billed as some say.
type billing struct {
	*world
	from, to time.Time
}

func newBilling(t *testing.T) billing {
	t.Helper()
	to := time.Now().UTC().Truncate(24 * time.Hour).Add(-48 * time.Hour)
	b := billing{newWorld(t), to.Add(-7 * 24 * time.Hour), to}
	b.used(b.from.Add(-24*time.Hour), b.to.Add(24*time.Hour), 1000)
	b.cloud.Function("lego-api-production-mocs", cloud.Lambda{MemoryMB: 512, TimeoutSeconds: 20, Architectures: []string{"arm64"}})
	b.cloud.Tag("arn:aws:lambda:us-east-1:"+cloud.Account+":function:lego-api-production-mocs", map[string]string{"sst:app": "lego-api", "sst:stage": "production", "Project": "LEGO-API", "Environment": "production"})
	return b
}

// day lets each day of the window have cost that much, by service and usage type.
func (b billing) day(tags map[string]string, services map[[2]string]float64) {
	for day := b.from; day.Before(b.to); day = day.Add(24 * time.Hour) {
		for key, dollars := range services {
			b.cloud.Spent(day, tags, key[0], key[1], dollars, 1)
		}
	}
}

// report runs it over the window, made longer by that much at both ends.
func (b billing) report(wider time.Duration, more ...string) (comparison.Report, processtest.Outcome) {
	b.t.Helper()
	at := b.from.Add(-wider).Format(time.RFC3339) + "/" + b.to.Add(wider).Format(time.RFC3339)
	_, got := b.run(cmdReport, append([]string{"--cost", "-", "--window-cost", at, "--out", "out.json", "--report", "page.html", "--enforce", "warn"}, more...)...)
	if got.Code != 0 {
		b.t.Fatalf("%d\n%s", got.Code, got.Stderr)
	}
	text := b.read("out.json")
	r, err := comparison.ParseReport("out.json", []byte(text))
	if err != nil {
		b.t.Fatal(err)
	}
	return r, got
}

func (b billing) asked() (n int) {
	for _, c := range b.cloud.Calls() {
		if c.Action == "ce:GetCostAndUsage" {
			n++
		}
	}
	return n
}

var ours = map[string]string{"Project": "LEGO-API", "Environment": "production"}

// bills are what a day of newBilling costs by list prices, where somebody metered
// it: two Fargate tasks of a processor and 2 GB, and a load balancer; source: the
// pricing pages of both.
func bills() map[[2]string]float64 {
	return map[[2]string]float64{
		{"Amazon Elastic Container Service", "Fargate-vCPU-Hours:perCPU"}: 2 * 24 * 0.04048,
		{"Amazon Elastic Container Service", "Fargate-GB-Hours"}:          4 * 24 * 0.004445,
		{"Amazon Elastic Load Balancing", "LoadBalancerUsage"}:            24 * 0.0225,
		{"Amazon Elastic Load Balancing", "LCUUsage"}:                     24 * 0.1 * 0.008,
	}
}

func row(t *testing.T, b *comparison.Billed, service string) comparison.BilledRow {
	t.Helper()
	for _, r := range b.Rows {
		if strings.Contains(r.Service, service) {
			return r
		}
	}
	t.Fatalf("no %s in %+v", service, b.Rows)
	return comparison.BilledRow{}
}

// What was metered is held against the bill of the very same days, by service, on
// the page and in the JSON; each call's price is told.
//
// Shows: 5.6.2
func TestTheCostIsHeldAgainstTheBill(t *testing.T) {
	t.Parallel()
	b := newBilling(t)
	b.day(ours, bills())
	// Another app's costs are none of ours.
	b.day(map[string]string{"Project": "OTHER", "Environment": "production"}, map[[2]string]float64{{"AWS Lambda", "Lambda-GB-Second-ARM"}: 50})
	r, got := b.report(0)
	if r.Billed == nil || len(r.Billed.Rows) == 0 || r.Billed.From != b.from.Format(time.DateOnly) || r.Billed.To != b.to.Format(time.DateOnly) || r.Billed.Tolerance != 0.15 {
		t.Fatalf("%+v\n%s", r.Billed, got.Stderr)
	}
	for _, service := range []string{"Container Service", "Load Balancing"} {
		if x := row(t, r.Billed, service); !x.Compared || !x.Within || x.Metered <= 0 || x.Billed <= 0 {
			t.Errorf("%+v", x)
		}
	}
	if !strings.Contains(got.Stderr, "Cost Explorer, call 1: $0.01") || strings.Count(got.Stderr, "Cost Explorer, call ") != b.asked() {
		t.Errorf("%d calls\n%s", b.asked(), got.Stderr)
	}
	// A share that nobody knows would keep savings open for ever.
	for _, row := range r.Rows {
		if row.Name == "savings" && row.Verdict != verdict.Pass {
			t.Errorf("%+v", row)
		}
	}
	if page := b.read("page.html"); !strings.Contains(page, "Held against the bill") || !strings.Contains(page, "Amazon Elastic Container Service") {
		t.Error("the page does not show it")
	}
	named := false
	for _, f := range r.Files {
		named = named || strings.HasPrefix(f.Name, "bill: Cost Explorer ")
	}
	if !named {
		t.Errorf("%+v", r.Files)
	}
	// A window that begins and ends within a day is compared by its whole days: both
	// sums are of the same hours.
	if wider, _ := b.report(5 * time.Hour); wider.Billed.From != r.Billed.From || wider.Billed.To != r.Billed.To || row(t, wider.Billed, "Load Balancing") != row(t, r.Billed, "Load Balancing") {
		t.Errorf("%+v\n%+v", wider.Billed, r.Billed)
	}
}

// A bill that differs is told, and turns no row: discounts are no fault of what was
// measured.
func TestABillThatDiffers(t *testing.T) {
	t.Parallel()
	b := newBilling(t)
	all := bills()
	all[[2]string{"Amazon Elastic Load Balancing", "LoadBalancerUsage"}] = 3
	b.day(ours, all)
	r, _ := b.report(0)
	if x := row(t, r.Billed, "Load Balancing"); x.Within || x.Share < 0.5 || r.Billed.Within {
		t.Errorf("%+v", x)
	}
	advice := strings.Join(r.Advice, "\n")
	if !strings.Contains(advice, "Look at the bill") || !strings.Contains(advice, "Load Balancing") {
		t.Error(advice)
	}
	before := b.asked()
	without, _ := b.report(0, "--reconcile=false")
	if without.Billed != nil || b.asked() != before {
		t.Errorf("%+v after %d calls", without.Billed, b.asked())
	}
	for i, row := range without.Rows {
		if row.Verdict != r.Rows[i].Verdict {
			t.Errorf("%s: %s with the bill, %s without", row.Name, r.Rows[i].Verdict, row.Verdict)
		}
	}
}

// Who may not ask has a comparison all the same, which says what it lacks.
func TestNobodyMayAskForTheBill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set   func(*cloud.Cloud)
		short bool
		says  string
	}{
		"not allowed": {func(c *cloud.Cloud) {
			c.RefuseWatch(func(call string) (int, string) {
				if call == "ce:GetCostAndUsage" {
					return http.StatusBadRequest, "AccessDeniedException"
				}
				return 0, ""
			})
		}, false, "ce:GetCostAndUsage"},
		"a linked account": {func(c *cloud.Cloud) { c.Linked(true) }, false, "Linked account"},
		"no data yet": {func(c *cloud.Cloud) {
			c.RefuseWatch(func(call string) (int, string) {
				if call == "ce:GetCostAndUsage" {
					return http.StatusBadRequest, "DataUnavailableException"
				}
				return 0, ""
			})
		}, false, "DataUnavailableException"},
		"no whole day": {func(*cloud.Cloud) {}, true, "no whole one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBilling(t)
			c.set(b.cloud)
			if c.short {
				b.from, b.to = b.from.Add(time.Hour), b.from.Add(20*time.Hour)
			}
			r, got := b.report(0)
			if r.Billed == nil || len(r.Billed.Rows) > 0 || r.Billed.Within || r.Cost == nil || !strings.Contains(strings.Join(r.Billed.Notes, " "), c.says) {
				t.Errorf("%+v\n%s", r.Billed, got.Stderr)
			}
			if strings.Contains(b.read("out.json"), "the-secret") {
				t.Error("a secret shows")
			}
			if c.short && b.asked() > 0 {
				t.Error("it cost a cent")
			}
		})
	}
}
