package cloudwatch

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Checks are the figures that Route 53 publishes of its health checks. They are
// the only way to ask for a calculated one: GetHealthCheckStatus answers for
// endpoints alone. Sources: Route 53 Developer Guide, "Monitoring health checks
// using CloudWatch"; API reference, GetHealthCheckStatus.
type Checks struct{ client *cloudwatch.Client }

// checksRegion is the one in which Route 53 publishes.
const checksRegion = "us-east-1"

// OpenChecks makes a client with the credentials that the AWS SDK finds.
func OpenChecks(ctx context.Context) (*Checks, error) {
	c, err := connect(ctx, checksRegion)
	if err != nil {
		return nil, err
	}
	return &Checks{c}, nil
}

// newestCheck is how old the newest figure of a health check may be: Route 53
// publishes one a minute.
const newestCheck = 5 * time.Minute

// HealthCheck says what Route 53 made of a health check in the newest minute that
// it has told of. The figure of a minute that is not over may still fall.
func (c *Checks) HealthCheck(ctx context.Context, id string, now time.Time) (healthy bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := c.client.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-newestCheck).Truncate(time.Minute)), EndTime: aws.Time(now.Add(time.Minute).Truncate(time.Minute)),
		ScanBy: types.ScanByTimestampDescending,
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("status"), MetricStat: &types.MetricStat{
			Period: aws.Int32(minutely), Stat: aws.String("Minimum"),
			Metric: &types.Metric{
				Namespace: aws.String("AWS/Route53"), MetricName: aws.String("HealthCheckStatus"),
				Dimensions: []types.Dimension{{Name: aws.String("HealthCheckId"), Value: &id}},
			},
		}}},
	})
	if err != nil {
		return false, refusal.Of("CloudWatch", "the state of the health check "+id+" cannot be read", "Allow the role cloudwatch:GetMetricData on *.", err)
	}
	for _, r := range out.MetricDataResults {
		if len(r.Values) > 0 && r.StatusCode != types.StatusCodeForbidden {
			return r.Values[0] >= 1, nil
		}
	}
	return false, &fault.Fault{Kind: fault.Outside, Name: "health check " + id, What: "has no figure of the last five minutes", Next: "A new one needs some minutes until its first. Route 53 publishes in " + checksRegion + "."}
}
