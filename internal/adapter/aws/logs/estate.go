package logs

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Kept are log groups of just these names: for how long they keep their lines, and
// how much of them. One that cannot be read, or is not there, is named in the
// second answer.
func (g *Groups) Kept(ctx context.Context, names []string) ([]recommend.LogGroup, []recommend.Unread) {
	found, unread := []recommend.LogGroup{}, []recommend.Unread{}
	for _, name := range names {
		x, err := g.kept(ctx, name)
		if err != nil {
			unread = append(unread, recommend.Unread{What: "log groups", Why: name + ": " + err.Error()})
			continue
		}
		found = append(found, x)
	}
	return found, unread
}

func (g *Groups) kept(ctx context.Context, name string) (recommend.LogGroup, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := g.client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name, Limit: aws.Int32(1)})
	if err != nil {
		return recommend.LogGroup{}, refusal.Of(name, "the log group cannot be looked at", "Allow the role logs:DescribeLogGroups on *.", err)
	}
	if len(out.LogGroups) == 0 || aws.ToString(out.LogGroups[0].LogGroupName) != name {
		return recommend.LogGroup{}, errors.New("there is no such log group")
	}
	x := out.LogGroups[0]
	return recommend.LogGroup{Name: name, Days: int(aws.ToInt32(x.RetentionInDays)), Stored: unit.Bytes(aws.ToInt64(x.StoredBytes))}, nil
}
