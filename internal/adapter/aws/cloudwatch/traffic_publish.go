package cloudwatch

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/monitoring"
	"github.com/cutover-dev/cutover/internal/unit"
)

// The verdict: 1 while green may have traffic, 0 when it must not, by Project and
// Stage. Green's health check watches it, and so it has standard resolution: a
// health check reads no other; source: Route 53 developer guide, health checks
// that monitor CloudWatch alarms.
const (
	VerdictNamespace = monitoring.VerdictNamespace
	VerdictMetric    = monitoring.VerdictMetric
)

// VerdictDimensions are those of a stage's verdict.
func VerdictDimensions(project, stage string) []Dimension {
	return []Dimension{{"Project", project}, {"Stage", stage}}
}

// Verdict is a part of rollout.Signals. It carries no time of its own: CloudWatch
// takes the one at which it arrives, so that a runner's clock is not trusted.
//
// Where an answer is lost, the same value is said again, in the same minute or
// the next. CloudWatch keeps both: SampleCount and Sum grow, Minimum, Maximum and
// Average stay. What watches the metric must read one of these, and Minimum lets
// the worse one of two tickers count.
func (t *Traffic) Verdict(ctx context.Context, healthy bool) error {
	value := 0.0
	if healthy {
		value = 1
	}
	var dimensions []types.Dimension
	for _, d := range VerdictDimensions(t.project, t.stage) {
		dimensions = append(dimensions, types.Dimension{Name: aws.String(d.Name), Value: aws.String(d.Value)})
	}
	return t.put(ctx, VerdictNamespace, types.MetricDatum{MetricName: aws.String(VerdictMetric), Dimensions: dimensions, Value: &value, Unit: types.StandardUnitNone})
}

// Weight publishes the share of the traffic that green should have, for the
// dashboards, which read its Maximum: saying it twice changes nothing either.
func (t *Traffic) Weight(ctx context.Context, green unit.Percent) error {
	value := 100 * green.Fraction()
	return t.put(ctx, monitoring.Namespace(t.project, t.stage), types.MetricDatum{MetricName: aws.String(monitoring.GreenWeightMetric), Value: &value, Unit: types.StandardUnitPercent})
}

func (t *Traffic) put(ctx context.Context, namespace string, datum types.MetricDatum) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	datum.StorageResolution = aws.Int32(60)
	_, err := t.client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: &namespace, MetricData: []types.MetricDatum{datum}})
	if err != nil {
		return refusal.Of(namespace+" "+aws.ToString(datum.MetricName), "the metric cannot be published", "Allow the role cloudwatch:PutMetricData where cloudwatch:namespace is "+namespace+".", err)
	}
	return nil
}
