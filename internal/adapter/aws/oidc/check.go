package oidc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Check assumes the role once and forgets the session: whatever is wrong with
// trust shows here, before anything has begun, and in words. It returns the
// ARN of the session.
func (i *Identity) Check(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	c, err := session.Load(ctx, i.o.Region,
		config.WithCredentialsProvider(aws.AnonymousCredentials{}), // the token is all that counts
		config.WithRetryer(func() aws.Retryer {
			r := retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 8 * i.o.first })
			// STS says so also while it cannot reach GitHub; as the SDK does.
			return retry.AddWithErrorCodes(r, "InvalidIdentityToken", "IDPCommunicationError")
		}))
	if err != nil {
		return "", err
	}
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	i.mu.Lock()
	token := i.token
	i.mu.Unlock()
	out, err := sts.NewFromConfig(c, func(o *sts.Options) {
		if i.o.Endpoint != "" {
			o.BaseEndpoint = &i.o.Endpoint
		}
	}).AssumeRoleWithWebIdentity(ctx, &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: &i.o.RoleARN, RoleSessionName: &i.o.SessionName, WebIdentityToken: &token,
	})
	if err != nil {
		return "", i.failed(err)
	}
	if out.AssumedRoleUser == nil {
		return "", nil
	}
	return aws.ToString(out.AssumedRoleUser.Arn), nil
}

// failed says what to do about the refusals that people meet; codes: STS API
// reference, AssumeRoleWithWebIdentity. None of its messages holds the token.
func (i *Identity) failed(err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: "role", What: "could not be assumed", Got: i.o.RoleARN, Err: errors.New("STS did not answer"), Next: "Run it again."}
	var api smithy.APIError
	if !errors.As(err, &api) {
		var inner interface{ HTTPStatusCode() int }
		if errors.As(err, &inner) && inner.HTTPStatusCode() > 0 {
			f.Err = fmt.Errorf("STS answered with status %d", inner.HTTPStatusCode())
		}
		return f
	}
	f.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	sub, aud := i.Subject()
	switch api.ErrorCode() {
	case "AccessDenied", "IDPRejectedClaim":
		f.Kind = fault.Input
		f.Next = fmt.Sprintf("Either there is no such role, or its trust policy wants another job: this one has sub %q and aud %q, and both must stand there word for word (cutover iam --trust prints it; names with @ and a number are ids).", sub, aud)
	case "InvalidIdentityToken":
		f.Kind = fault.Input
		f.Next = fmt.Sprintf("The account needs GitHub's OIDC provider with the audience %q: deploy what cutover iam --template prints, and check that the role is in the account that you mean.", aud)
	case "ExpiredTokenException", "ExpiredToken":
		f.Next = "The token was good for minutes and is over: run it again, and check this machine's clock."
	case "ValidationError", "InvalidParameterValue":
		f.Kind, f.Next = fault.Input, "Check the role's ARN."
	}
	return f
}
