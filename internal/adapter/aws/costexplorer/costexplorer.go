// Package costexplorer asks AWS Cost Explorer, or what AWS_ENDPOINT_URL names, by
// which tags costs are told apart. It is the Costs of internal/monitoring/audit.
package costexplorer

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer"
	"github.com/aws/aws-sdk-go-v2/service/costexplorer/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
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
		var api smithy.APIError
		// The words are seen in the answers to linked accounts, and nowhere written.
		if errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied") && strings.Contains(strings.ToLower(api.ErrorMessage()), "linked account") {
			return nil, fmt.Errorf("%s: %w", api.ErrorMessage(), audit.ErrLinked)
		}
		if err != nil {
			return nil, refusal.Of("cost-allocation tags", "cannot be listed", "Allow the role ce:ListCostAllocationTags on *.", err)
		}
		for _, tag := range out.CostAllocationTags {
			active[aws.ToString(tag.TagKey)] = tag.Status == types.CostAllocationTagStatusActive
		}
	}
	return active, nil
}
