//go:build e2e

package costexplorer_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/costexplorer"
	"github.com/cutover-dev/cutover/internal/adapter/aws/s3"
	"github.com/cutover-dev/cutover/internal/cost"
	"github.com/cutover-dev/cutover/internal/cost/price"
	"github.com/cutover-dev/cutover/internal/cost/spend"
	"github.com/cutover-dev/cutover/internal/cost/usage"
	"github.com/cutover-dev/cutover/internal/mototest"
	"github.com/cutover-dev/cutover/internal/unit"
)

// queued are two answers that moto gives one after the other: it meters nothing
// itself, and answers what it was told to, in AWS's shape.
const queued = `{"results": [{"ResultsByTime": [
  {"TimePeriod": {"Start": "2026-11-16", "End": "2026-11-17"}, "Total": {}, "Estimated": false, "Groups": [
    {"Keys": ["AWS Lambda", "Request-ARM"], "Metrics": {"AmortizedCost": {"Amount": "0.6000000000", "Unit": "USD"}}},
    {"Keys": ["Amazon Elastic Load Balancing", "LoadBalancerUsage"], "Metrics": {"AmortizedCost": {"Amount": "0.5400000000", "Unit": "USD"}}}]},
  {"TimePeriod": {"Start": "2026-11-17", "End": "2026-11-18"}, "Total": {}, "Estimated": true, "Groups": [
    {"Keys": ["Amazon Elastic Load Balancing", "LoadBalancerUsage"], "Metrics": {"AmortizedCost": {"Amount": "0.5400000000", "Unit": "USD"}}}]}],
  "NextPageToken": "second", "DimensionValueAttributes": []},
 {"ResultsByTime": [{"TimePeriod": {"Start": "2026-11-17", "End": "2026-11-18"}, "Total": {}, "Estimated": true, "Groups": [
    {"Keys": ["AWS Lambda", "Request-ARM"], "Metrics": {"AmortizedCost": {"Amount": "0.0500000000", "Unit": "USD"}}}]}],
  "DimensionValueAttributes": []}]}`

// Metered usage times list price agrees with what Cost Explorer says, through the
// SDK and a Cost Explorer that was not written here.
//
// Shows: 5.6.2
func TestE2EMotoReconciles(t *testing.T) {
	m := mototest.Start(t)
	queue(t, m, queued)
	c, err := costexplorer.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.Spend(t.Context(), monday, monday.Add(48*time.Hour), map[string]string{"Project": "LEGO-API"}, func(text string) { t.Log(text) })
	if err != nil || s.Calls != 2 || s.Fee != unit.Dollar/50 || !s.Estimated || len(s.Lines) != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	used := usage.Usage{Side: usage.Green, From: s.From, To: s.To, Meters: []usage.Meter{
		{Item: price.LambdaRequest, Quantity: price.Of(3.2e6), Kind: usage.Linear}, {Item: price.ALBHour, Quantity: price.Of(48), Kind: usage.Fixed},
	}}
	bill := usage.Bill(used, usage.Prices{Table: price.BuiltIn(), Region: "us-east-1"})
	got := cost.Reconcile(bill, s, 100_000, s.To.Add(72*time.Hour))
	if !got.Within || len(got.Rows) != 2 || got.Rows[0].Billed != 650_000 || got.Rows[1].Billed != got.Rows[1].Metered {
		t.Errorf("%+v", got)
	}
}

// queue says what moto answers next.
func queue(t *testing.T, m *mototest.Moto, answers string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, m.Address+"/moto-api/static/ce/cost-and-usage-results", strings.NewReader(answers))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatal(answer, err)
	}
	_ = answer.Body.Close()
}

// Days from a Cost Explorer that was not written here are kept in an S3 that was
// not either, and not asked for again: moto would answer that nothing was spent.
//
// Shows: 5.7.6
func TestE2EMotoLedger(t *testing.T) {
	m := mototest.Start(t)
	quantities := strings.ReplaceAll(queued, `"Unit": "USD"}}`, `"Unit": "USD"}, "UsageQuantity": {"Amount": "24.0", "Unit": "N/A"}}`)
	queue(t, m, quantities)
	m.Python(`
import boto3, os
boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], region_name="us-east-1").create_bucket(Bucket="kept")
`)
	c, err := costexplorer.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	days, err := s3.OpenDays(t.Context(), "kept", "lego", s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := spend.Ledger{Store: days, Costs: c, Stage: "production", Tags: map[string]string{"Project": "LEGO-API"}}
	now := monday.Add(50 * time.Hour)
	for _, calls := range []int{2, 0} {
		d, err := l.Daily(t.Context(), monday, monday.Add(48*time.Hour), now, func(text string) { t.Log(text) })
		if err != nil || d.Calls != calls || len(d.Days) != 2 || d.Days[0].Total() != 1_140_000 || d.Days[1].Total() != 590_000 || d.Days[0].Lines[0].Quantity != 24 || d.Days[0].Estimated || !d.Days[1].Estimated {
			t.Fatalf("%+v %v", d, err)
		}
	}
}
