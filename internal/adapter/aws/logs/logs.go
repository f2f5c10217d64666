// Package logs asks CloudWatch Logs, or what AWS_ENDPOINT_URL names, how long log
// groups are kept. It is the Groups of internal/monitoring/audit.
package logs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
)

// Groups are those of one region.
type Groups struct{ client *cloudwatchlogs.Client }

var _ audit.Groups = (*Groups)(nil)

// within bounds one question with all its retries.
const within = time.Minute

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Groups, error) {
	options := []func(*config.LoadOptions) error{
		config.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 5) }),
	}
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, &fault.Fault{Kind: fault.Input, Name: "AWS", What: "configuration cannot be read", Err: err}
	}
	return &Groups{cloudwatchlogs.NewFromConfig(c)}, nil
}

// Retention implements audit.Groups. CloudWatch Logs finds groups by the
// beginning of their names, sorted: the one of just that name is the first;
// source: API reference, DescribeLogGroups.
func (g *Groups) Retention(ctx context.Context, group string) (days int, ok bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := g.client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &group, Limit: aws.Int32(1)})
	if err != nil {
		return 0, false, refusal.Of(group, "the log group cannot be looked at", "Allow the role logs:DescribeLogGroups on *.", err)
	}
	if len(out.LogGroups) == 0 || aws.ToString(out.LogGroups[0].LogGroupName) != group {
		return 0, false, nil
	}
	return int(aws.ToInt32(out.LogGroups[0].RetentionInDays)), true, nil
}
