// Package session is how every client of AWS begins: where its configuration
// comes from, in which region it works, how it repeats what was refused.
package session

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/cutover-dev/cutover/internal/fault"
)

// attempts is how often a call is made at most, unless a client says otherwise.
const attempts = 5

// Option changes what a client begins with.
type Option = func(*config.LoadOptions) error

// Load reads what the environment says, with the credentials that the AWS SDK
// finds; nothing is called yet. region is empty for that of the environment. Later
// options win.
func Load(ctx context.Context, region string, options ...Option) (aws.Config, error) {
	all := []Option{config.WithRetryer(func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), attempts) })}
	if region != "" {
		all = append(all, config.WithRegion(region))
	}
	c, err := config.LoadDefaultConfig(ctx, append(all, options...)...)
	if err != nil {
		return c, &fault.Fault{Kind: fault.Input, Name: "AWS", What: "configuration cannot be read", Err: err}
	}
	if c.HTTPClient == nil { // each of AWS's clients would make one of its own
		c.HTTPClient = awshttp.NewBuildableClient()
	}
	c.HTTPClient = steady{c.HTTPClient}
	return c, nil
}

// Retrying is the SDK's own way to repeat calls, with these bounds.
func Retrying(bounds func(*retry.StandardOptions)) Option {
	return config.WithRetryer(func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = attempts
			bounds(o)
		})
	})
}
