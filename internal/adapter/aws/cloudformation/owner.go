package cloudformation

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// Owner names the stack that a resource of this physical ID belongs to, "" for
// none. A DNS record's physical ID is its name; one in a RecordSetGroup has none
// of its own and is not found. Sources: API reference, DescribeStackResources;
// template reference, AWS::Route53::RecordSet, return values.
func (s *Stacks) Owner(ctx context.Context, physical string) (string, error) {
	for _, id := range []string{physical, strings.TrimSuffix(physical, ".") + "."} {
		out, err := do(ctx, s.client.DescribeStackResources, &cloudformation.DescribeStackResourcesInput{PhysicalResourceId: &id}, "whose "+physical+" is cannot be asked", "DescribeStackResources")
		switch {
		case errors.Is(err, change.ErrNone):
			continue
		case err != nil:
			return "", err
		}
		if len(out.StackResources) > 0 {
			return aws.ToString(out.StackResources[0].StackName), nil
		}
	}
	return "", nil
}
