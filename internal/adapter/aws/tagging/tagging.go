// Package tagging asks the Resource Groups Tagging API, or what AWS_ENDPOINT_URL
// names, what carries which tags. It is the Tags of internal/monitoring/discover.
package tagging

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

// Tags are those of one region.
type Tags struct {
	client *resourcegroupstaggingapi.Client
}

var _ discover.Tags = (*Tags)(nil)

const (
	// within bounds one question with all its pages and retries.
	within = 2 * time.Minute
	// aPage is the most that an answer holds; source: API reference, GetResources.
	aPage = 100
)

// kinds are the services whose resources are of interest.
var kinds = []string{"lambda:function", "apigateway", "rds:db", "rds:db-proxy", "elasticache", "es:domain", "s3"}

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Tags, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Tags{resourcegroupstaggingapi.NewFromConfig(c)}, nil
}

// Resources implements discover.Tags.
func (t *Tags) Resources(ctx context.Context, tags map[string]string) ([]discover.Resource, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: aws.Int32(aPage), ResourceTypeFilters: kinds}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.TagFilters = append(in.TagFilters, types.TagFilter{Key: aws.String(key), Values: []string{tags[key]}})
	}
	var all []discover.Resource
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(t.client, in)
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of("tags", "resources cannot be found by them", "Allow the role tag:GetResources on *.", err)
		}
		for _, m := range out.ResourceTagMappingList {
			r := discover.Resource{ARN: aws.ToString(m.ResourceARN), Tags: map[string]string{}}
			for _, tag := range m.Tags {
				r.Tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			all = append(all, r)
		}
	}
	return all, nil
}
