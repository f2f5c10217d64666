// Package identity asks AWS, or what AWS_ENDPOINT_URL names, whose credentials
// these are: the account in which everything that is done is done.
package identity

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
)

// within bounds the call with all its retries.
const within = time.Minute

// Caller is whose credentials they are, and in which region they are used.
type Caller struct{ Account, Partition, Region, ARN string }

// Of asks. region is empty for that of the environment. Everybody may ask that of
// oneself (source: STS API reference, GetCallerIdentity).
func Of(ctx context.Context, region string) (Caller, error) {
	c, err := session.Load(ctx, region)
	if err != nil {
		return Caller{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Caller{}, refusal.Of("the account", "cannot be told", "Give credentials that are valid.", err)
	}
	who, err := arn.Parse(aws.ToString(out.Arn))
	if account := aws.ToString(out.Account); err != nil || account == "" || who.AccountID != account {
		return Caller{}, &fault.Fault{Kind: fault.Outside, Name: "STS", What: "does not say whose credentials these are", Got: aws.ToString(out.Arn)}
	}
	return Caller{who.AccountID, who.Partition, c.Region, who.String()}, nil
}
