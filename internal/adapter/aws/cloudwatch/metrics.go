package cloudwatch

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
)

// Metrics lists the dimensions of every metric of that name that had a point in
// the last two weeks, or in the last three hours if recent. Each has at least
// the dimensions of filter. It is the Metrics of internal/monitoring/discover
// and internal/monitoring/audit.
func (a *Alarms) Metrics(ctx context.Context, namespace, metric string, filter map[string]string, recent bool) ([]map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &cloudwatch.ListMetricsInput{Namespace: &namespace, MetricName: &metric}
	if recent {
		in.RecentlyActive = types.RecentlyActivePt3h
	}
	for _, name := range slices.Sorted(maps.Keys(filter)) {
		in.Dimensions = append(in.Dimensions, types.DimensionFilter{Name: aws.String(name), Value: aws.String(filter[name])})
	}
	var all []map[string]string
	for {
		out, err := a.client.ListMetrics(ctx, in)
		if err != nil {
			return nil, refusal.Of(namespace+" "+metric, "the metrics cannot be listed", "Allow the role cloudwatch:ListMetrics on *.", err)
		}
		for _, m := range out.Metrics {
			all = append(all, dimensions(m.Dimensions))
		}
		if aws.ToString(out.NextToken) == "" {
			return all, nil
		}
		in.NextToken = out.NextToken
	}
}
