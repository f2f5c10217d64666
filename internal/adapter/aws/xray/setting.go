package xray

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/xray"
	"github.com/aws/aws-sdk-go-v2/service/xray/types"

	"github.com/cutover-dev/cutover/internal/trace"
)

// Destination implements trace.Setting. The share that is indexed is asked for
// only where it counts.
func (x *XRay) Destination(ctx context.Context) (trace.Destination, error) {
	ctx, cancel := x.bounded(ctx)
	defer cancel()
	out, err := x.client.GetTraceSegmentDestination(ctx, &xray.GetTraceSegmentDestinationInput{})
	if err != nil {
		return trace.Destination{}, failed(ctx, "where traces go cannot be read", "GetTraceSegmentDestination", err)
	}
	d := trace.Destination{Kind: string(out.Destination), Status: string(out.Status)}
	if d.Kind != trace.KindLogs {
		return d, nil
	}
	var in xray.GetIndexingRulesInput
	err = pages("the list of indexing rules", func(token *string) (*string, error) {
		in.NextToken = token
		out, err := x.client.GetIndexingRules(ctx, &in)
		if err != nil {
			return nil, failed(ctx, "how many traces are indexed cannot be read", "GetIndexingRules", err)
		}
		for _, r := range out.IndexingRules {
			// There is one rule, whose name is Default; source: CloudWatch User Guide,
			// Enable transaction search.
			if p, ok := r.Rule.(*types.IndexingRuleValueMemberProbabilistic); ok && (r.Name == nil || *r.Name == "Default") {
				d.Index = p.Value.DesiredSamplingPercentage
			}
		}
		return out.NextToken, nil
	})
	return d, err
}
