package cloudwatch

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit"
)

// CostPerMillionMetric is what a million requests of a day have cost, in USD,
// beside [monitoring.DailyCostMetric] and like it.
const CostPerMillionMetric = "CostPerMillion"

// youngest is how long ago a point's time may be; source: CloudWatch API reference,
// PutMetricData, which takes two weeks. An hour is left for the way.
const youngest = 14*24*time.Hour - time.Hour

// Daily publishes what a stage costs a day.
type Daily struct {
	traffic   *Traffic
	namespace string
}

// OpenDaily makes a client with the credentials that the AWS SDK finds.
func OpenDaily(ctx context.Context, region, project, stage string) (*Daily, error) {
	c, err := connect(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Daily{&Traffic{client: c}, monitoring.Namespace(project, stage)}, nil
}

// Publish tells CloudWatch what a day of UTC has cost, and what a million of its
// requests have, if that is known: one point each at the day's noon, which is that
// day in most zones in which a dashboard is looked at. Publishing a day again adds
// a second value to its point; whoever reads its Maximum sees the larger one, and
// the same where it is the same. CloudWatch takes no point older than two weeks.
func (d *Daily) Publish(ctx context.Context, day time.Time, cost unit.Money, perMillion *unit.Money, now time.Time) error {
	midnight := day.UTC().Truncate(24 * time.Hour)
	at := midnight.Add(12 * time.Hour)
	if now.Sub(at) > youngest || midnight.AddDate(0, 0, 1).After(now) {
		return &fault.Fault{
			Kind: fault.Input, Name: "day", What: "cannot be published", Got: day.UTC().Format(time.DateOnly), Allowed: "a day that is over, of the last 13",
			Next: "Older days stay in the bucket; the dashboard shows them no more.",
		}
	}
	data := []types.MetricDatum{dollars(monitoring.DailyCostMetric, cost, at)}
	if perMillion != nil {
		data = append(data, dollars(CostPerMillionMetric, *perMillion, at))
	}
	for _, x := range data {
		if err := d.traffic.put(ctx, d.namespace, x); err != nil {
			return fmt.Errorf("the day %s: %w", at.Format(time.DateOnly), err)
		}
	}
	return nil
}

func dollars(metric string, m unit.Money, at time.Time) types.MetricDatum {
	return types.MetricDatum{MetricName: aws.String(metric), Timestamp: &at, Value: aws.Float64(m.Dollars()), Unit: types.StandardUnitNone}
}
