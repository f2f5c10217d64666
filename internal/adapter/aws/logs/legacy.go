package logs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells log groups, and deletes those that are to go. It is a
// survey.Source and a hands.Thing.
type Legacy struct{ groups *Groups }

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
)

// looking bounds one look at everything.
const looking = 5 * time.Minute

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	g, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{g}, nil
}

const before = ":log-group:"

// Tell implements survey.Source: the log groups that task definitions name, and
// those of the stack, each by its whole name. A group of another region is not
// looked at and not told.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	all := slices.Clone(f.Seek)
	for _, x := range f.Known.World.Links {
		all = append(all, x.To)
	}
	for _, i := range f.Known.World.Items {
		all = append(all, i.ARN)
	}
	slices.Sort(all)
	for _, at := range slices.Compact(all) {
		if !strings.HasPrefix(at, f.ARN("logs", "log-group:")) {
			continue
		}
		thing, err := l.read(ctx, at)
		if errors.Is(err, hands.ErrGone) {
			continue
		}
		if err != nil {
			return p, err
		}
		p.Items = append(p.Items, thing.Item)
	}
	return p, nil
}

// read finds a group by its name, of which others may begin with the same.
func (l *Legacy) read(ctx context.Context, at string) (survey.Thing, error) {
	_, name, ok := strings.Cut(at, before)
	if !ok {
		return survey.Thing{}, &fault.Fault{Kind: fault.Refused, Name: at, What: "is no log group"}
	}
	in := &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name}
	for {
		out, err := l.groups.client.DescribeLogGroups(ctx, in)
		if err != nil {
			return survey.Thing{}, refusal.Of(name, "the log group cannot be looked at", "Allow the role logs:DescribeLogGroups on *.", err)
		}
		for _, g := range out.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				return l.thing(ctx, at, g)
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return survey.Thing{}, hands.ErrGone
		}
	}
}

func (l *Legacy) thing(ctx context.Context, at string, g types.LogGroup) (survey.Thing, error) {
	out, err := l.groups.client.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &at})
	if err != nil {
		return survey.Thing{}, refusal.Of(at, "its tags cannot be read", "Allow the role logs:ListTagsForResource on it.", err)
	}
	item := estate.Item{ARN: at, Kind: estate.LogGroup, Name: aws.ToString(g.LogGroupName), Tags: out.Tags, Protected: aws.ToBool(g.DeletionProtectionEnabled),
		Facts: map[string]string{"stored_bytes": strconv.FormatInt(aws.ToInt64(g.StoredBytes), 10)}}
	return survey.Told(item, map[string]any{"name": g.LogGroupName, "retention_days": g.RetentionInDays, "key": g.KmsKeyId, "class": g.LogGroupClass, "tags": out.Tags})
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, at string) (survey.Thing, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return l.read(ctx, at)
}

// Delete implements hands.Thing.
func (l *Legacy) Delete(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, name, ok := strings.Cut(at, before)
	if !ok {
		return &fault.Fault{Kind: fault.Refused, Name: at, What: "is no log group"}
	}
	_, err := l.groups.client.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &name})
	var none *types.ResourceNotFoundException
	if err == nil || errors.As(err, &none) {
		return nil
	}
	return refusal.Of(name, "the log group cannot be deleted", "Allow the role logs:DeleteLogGroup on it.", err)
}
