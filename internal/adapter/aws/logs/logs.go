// Package logs asks CloudWatch Logs, or what AWS_ENDPOINT_URL names, how long log
// groups are kept. It is the Groups of internal/monitoring/audit.
package logs

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
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
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
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
