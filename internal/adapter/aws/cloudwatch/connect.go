package cloudwatch

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
)

// connect makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. region is empty for that of the environment.
func connect(ctx context.Context, region string) (*cloudwatch.Client, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return nil, err
	}
	return cloudwatch.NewFromConfig(c), nil
}
