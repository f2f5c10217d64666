// Package lambda looks at functions of AWS Lambda and gives them code that lies
// in S3, at AWS or at what AWS_ENDPOINT_URL names. It is the Functions of
// internal/release/rollback.
package lambda

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/release/rollback"
)

// Functions are the functions of an account and region, and the bucket that
// their code is taken from.
type Functions struct {
	client *lambda.Client
	bucket string
}

var _ rollback.Functions = (*Functions)(nil)

// within bounds one call with all its retries.
const within = time.Minute

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. region is used where the environment names none. Code comes from
// bucket, which must be of the functions' region.
func Open(ctx context.Context, region, bucket string) (*Functions, error) {
	c, err := session.Load(ctx, region, session.Retrying(func(o *retry.StandardOptions) { o.MaxBackoff = 5 * time.Second }))
	if err != nil {
		return nil, err
	}
	return &Functions{client: lambda.NewFromConfig(c), bucket: bucket}, nil
}

// Look implements rollback.Functions.
func (f *Functions) Look(ctx context.Context, name string) (rollback.Function, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return rollback.Function{}, f.failed("looking at", name, err)
	}
	return seen(name, types.FunctionConfiguration{
		CodeSha256: out.CodeSha256, Handler: out.Handler, Runtime: out.Runtime, Architectures: out.Architectures, PackageType: out.PackageType, RevisionId: out.RevisionId,
		State: out.State, LastUpdateStatus: out.LastUpdateStatus, LastUpdateStatusReason: out.LastUpdateStatusReason, LastUpdateStatusReasonCode: out.LastUpdateStatusReasonCode,
	})
}

// Put implements rollback.Functions. Lambda fetches the zip by itself, with the
// caller's rights, and publishes no version.
func (f *Functions) Put(ctx context.Context, name, revision, key string) (rollback.Function, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	in := &lambda.UpdateFunctionCodeInput{FunctionName: &name, S3Bucket: &f.bucket, S3Key: &key}
	if revision != "" {
		in.RevisionId = &revision
	}
	out, err := f.client.UpdateFunctionCode(ctx, in)
	if err != nil {
		return rollback.Function{}, f.failed("changing the code of", name, err)
	}
	return seen(name, types.FunctionConfiguration{
		CodeSha256: out.CodeSha256, Handler: out.Handler, Runtime: out.Runtime, Architectures: out.Architectures, PackageType: out.PackageType, RevisionId: out.RevisionId,
		State: out.State, LastUpdateStatus: out.LastUpdateStatus, LastUpdateStatusReason: out.LastUpdateStatusReason, LastUpdateStatusReasonCode: out.LastUpdateStatusReasonCode,
	})
}

// seen puts Lambda's words into the rollback's.
func seen(name string, c types.FunctionConfiguration) (rollback.Function, error) {
	f := rollback.Function{
		Name: name, Handler: aws.ToString(c.Handler), Runtime: string(c.Runtime), Package: string(c.PackageType), Revision: aws.ToString(c.RevisionId),
		// A function that is being made, or woken, takes no change either.
		Updating: c.LastUpdateStatus == types.LastUpdateStatusInProgress || c.State == types.StatePending,
	}
	for _, a := range c.Architectures {
		f.Architectures = append(f.Architectures, string(a))
	}
	if c.LastUpdateStatus == types.LastUpdateStatusFailed {
		f.Problem = strings.TrimPrefix(string(c.LastUpdateStatusReasonCode)+": "+aws.ToString(c.LastUpdateStatusReason), ": ")
	}
	if f.Package == "" {
		f.Package = string(types.PackageTypeZip) // Lambda's default, which not every server names
	}
	if f.Package != string(types.PackageTypeZip) {
		return f, nil // an image's is no hash of a zip
	}
	sum, err := base64.StdEncoding.DecodeString(aws.ToString(c.CodeSha256))
	if err != nil || len(sum) != 32 {
		return f, &fault.Fault{Kind: fault.Outside, Name: name, What: "Lambda's CodeSha256 is no SHA-256", Got: aws.ToString(c.CodeSha256)}
	}
	f.SHA256 = hex.EncodeToString(sum)
	return f, nil
}

// failed tells the refusals apart that a rollback meets. The SDK's errors hold
// request ids and no credentials.
func (f *Functions) failed(doing, name string, err error) error {
	var api smithy.APIError
	bad := &fault.Fault{Kind: fault.Outside, Name: name, What: doing + " the function failed", Err: err}
	if !errors.As(err, &api) {
		if strings.Contains(err.Error(), "get credentials:") {
			bad.Kind, bad.Err = fault.Input, errors.New("no AWS credentials were found")
			bad.Next = "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."
		}
		return bad
	}
	bad.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	switch api.ErrorCode() {
	case "ResourceNotFoundException":
		return fmt.Errorf("%s: %w", name, rollback.ErrNoFunction)
	case "PreconditionFailedException":
		return fmt.Errorf("%s: %w", name, rollback.ErrChanged)
	case "ResourceConflictException":
		return fmt.Errorf("%s: %w", name, rollback.ErrBusy)
	case "AccessDeniedException":
		bad.Kind, bad.Next = fault.Input, "Allow the role lambda:GetFunctionConfiguration and lambda:UpdateFunctionCode on the stage's functions, and s3:GetObject on the archive's blobs."
	case "InvalidParameterValueException":
		bad.Kind = fault.Refused
		if strings.Contains(api.ErrorMessage(), "S3 Error Code: PermanentRedirect") {
			bad.Kind, bad.Next = fault.Input, "The archive's bucket must lie in the functions' region; until then roll back with part redeploy."
		}
	case "CodeStorageExceededException":
		bad.Next = "Delete old versions of functions in this region, or roll back with part redeploy."
	case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException":
		bad.Kind, bad.Next = fault.Input, "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."
	}
	return bad
}
