package cloudwatch_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/adapter/aws/cloudwatch"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit"
)

// A day is one point of the metric that the dashboard draws, said twice or not.
//
// Shows: 5.7.6
func TestDailyCost(t *testing.T) {
	c, _ := start(t)
	c.Time(func() time.Time { return now })
	d, err := cloudwatch.OpenDaily(t.Context(), "eu-west-1", "lego", "production")
	if err != nil {
		t.Fatal(err)
	}
	perMillion := 3*unit.Dollar + 250_000
	day := time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("UTC-1", -3600)) // the 22nd in UTC
	for range 2 {
		if err := d.Publish(t.Context(), day, 7_250_000, &perMillion, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Publish(t.Context(), now.AddDate(0, 0, -13), -unit.Dollar, nil, now); err != nil {
		t.Fatal(err)
	}
	midnight := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for metric, want := range map[string]float64{monitoring.DailyCostMetric: 7.25, cloudwatch.CostPerMillionMetric: 3.25} {
		got, ok := c.Statistic(monitoring.Namespace("lego", "production"), metric, nil, "Maximum", midnight, 24*time.Hour)
		if !ok || got != want {
			t.Errorf("%s: %v %v", metric, got, ok)
		}
	}
	points := c.Published("cutover/lego/production", monitoring.DailyCostMetric, nil)
	if len(points) != 3 || points[0].Value != -1 || !points[0].At.Equal(time.Date(2026, 11, 10, 12, 0, 0, 0, time.UTC)) || !points[2].At.Equal(midnight.Add(12*time.Hour)) {
		t.Error(points)
	}
	for name, day := range map[string]time.Time{"too old": now.AddDate(0, 0, -14), "not over": now} {
		if err := d.Publish(t.Context(), day, 1, nil, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "of the last 13") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.RefuseMonitoring(http.StatusForbidden, "AccessDenied")
	if err := d.Publish(t.Context(), day, 1, nil, now); fault.KindOf(err) != fault.Input || !strings.Contains(err.Error(), "cloudwatch:PutMetricData where cloudwatch:namespace is cutover/lego/production") {
		t.Error(err)
	}
}
