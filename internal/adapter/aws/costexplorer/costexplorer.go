// Package costexplorer asks AWS Cost Explorer, or what AWS_ENDPOINT_URL names, by
// which tags costs are told apart, and what days have cost. It is the Costs of
// internal/monitoring/audit and the Source of internal/cost/spend.
package costexplorer

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/monitoring/audit"
)

// Costs are those of the account whose credentials are at hand.
type Costs struct{ client *costexplorer.Client }

var _ audit.Costs = (*Costs)(nil)

const (
	within = time.Minute
	// home is where Cost Explorer has its one endpoint.
	home = "us-east-1"
)

// Open makes a client with the credentials that the AWS SDK finds.
func Open(ctx context.Context) (*Costs, error) {
	c, err := session.Load(ctx, home)
	if err != nil {
		return nil, err
	}
	return &Costs{costexplorer.NewFromConfig(c)}, nil
}

// Active implements audit.Costs. A tag that billing has not met yet is not
// listed at all.
func (c *Costs) Active(ctx context.Context, keys []string) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	active := map[string]bool{}
	pages := costexplorer.NewListCostAllocationTagsPaginator(c.client, &costexplorer.ListCostAllocationTagsInput{TagKeys: keys, Type: types.CostAllocationTagTypeUserDefined})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, tagFault(err, "cannot be listed", "ce:ListCostAllocationTags")
		}
		for _, tag := range out.CostAllocationTags {
			active[aws.ToString(tag.TagKey)] = tag.Status == types.CostAllocationTagStatusActive
		}
	}
	return active, nil
}
