package tagging

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
)

// byARN is how many ARNs one call takes; source: API reference, GetResources,
// ResourceARNList.
const byARN = 100

// costKinds are the services whose costs are told apart by tags.
var costKinds = []string{"lambda:function", "apigateway", "rds:db", "rds:cluster", "rds:db-proxy", "elasticache", "es:domain", "s3", "logs:log-group"}

// Tagged are the tags of these resources. One that never carried a tag is not in
// the answer, nor is one that does not exist or lies in another region; one that
// carries none any more may be, with an empty map; source: API reference,
// GetResources. ARNs beside the question are not told on.
func (t *Tags) Tagged(ctx context.Context, arns []string) (map[string]map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	asked := map[string][]string{}
	for _, arn := range arns {
		asked[plain(arn)] = append(asked[plain(arn)], arn)
	}
	found := map[string]map[string]string{}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(asked)), byARN) {
		// With a list of ARNs there are no pages: such parameters are refused then.
		out, err := t.client.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesInput{ResourceARNList: part})
		if err != nil {
			return nil, refused(err)
		}
		for _, m := range out.ResourceTagMappingList {
			for _, arn := range asked[plain(aws.ToString(m.ResourceARN))] {
				found[arn] = tagsOf(m)
			}
		}
	}
	return found, nil
}

// All are the resources of these kinds, such as rds:db, that carry all of these
// tags, by ARN. nil are the kinds whose costs are told apart by tags.
func (t *Tags) All(ctx context.Context, tags map[string]string, kinds []string) (map[string]map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if kinds == nil {
		kinds = costKinds
	}
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourcesPerPage: aws.Int32(aPage), ResourceTypeFilters: kinds}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		in.TagFilters = append(in.TagFilters, types.TagFilter{Key: aws.String(key), Values: []string{tags[key]}})
	}
	found := map[string]map[string]string{}
	pages := resourcegroupstaggingapi.NewGetResourcesPaginator(t.client, in)
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refused(err)
		}
		for _, m := range out.ResourceTagMappingList {
			found[aws.ToString(m.ResourceARN)] = tagsOf(m)
		}
	}
	return found, nil
}

// plain is a log group's ARN without what stands for its streams at the end: some
// give it so, and tags are known by the other one; source: CloudWatch Logs API
// reference, ListTagsForResource.
func plain(arn string) string {
	if strings.Contains(arn, ":logs:") {
		return strings.TrimSuffix(arn, ":*")
	}
	return arn
}

func tagsOf(m types.ResourceTagMapping) map[string]string {
	tags := map[string]string{}
	for _, tag := range m.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags
}

func refused(err error) error {
	return refusal.Of("tags", "resources cannot be found by them", "Allow the role tag:GetResources on *.", err)
}
