// Package ssm reads from AWS Systems Manager's Parameter Store, or from what
// AWS_ENDPOINT_URL names, where SST keeps its state.
package ssm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
)

// Bootstrap is the parameter in which SST keeps what it made for itself in a
// region; source: sst, pkg/project/provider/provider.go.
const Bootstrap = "/sst/bootstrap"

// ErrNoBootstrap says that SST was never used in this region and account.
var ErrNoBootstrap = errors.New("SST has made nothing here yet")

const within = time.Minute

// StateBucket returns the name of SST's state bucket in a region, or
// ErrNoBootstrap before the first deployment. region is empty for that of the
// environment.
func StateBucket(ctx context.Context, region string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c, err := session.Load(ctx, region)
	if err != nil {
		return "", err
	}
	out, err := ssm.NewFromConfig(c).GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(Bootstrap)})
	var none *types.ParameterNotFound
	if errors.As(err, &none) {
		return "", fmt.Errorf("%s: %w", Bootstrap, ErrNoBootstrap)
	}
	if err != nil {
		return "", failed(err)
	}
	return parse(aws.ToString(out.Parameter.Value))
}

// parse reads the parameter's value; source: provider/aws.go, AwsBootstrapData.
func parse(value string) (string, error) {
	var data struct {
		State string `json:"state"`
	}
	if err := json.Unmarshal([]byte(value), &data); err != nil || data.State == "" {
		return "", &fault.Fault{Kind: fault.Input, Name: Bootstrap, What: "names no state bucket", Err: err, Next: "Give the input state-bucket, or let SST make the parameter anew."}
	}
	return data.State, nil
}

func failed(err error) error {
	f := &fault.Fault{Kind: fault.Outside, Name: "SSM parameter " + Bootstrap, What: "cannot be read", Err: err}
	var api smithy.APIError
	if errors.As(err, &api) {
		f.Err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "AccessDeniedException":
			f.Kind, f.Next = fault.Input, "Allow the role ssm:GetParameter on parameter/sst/bootstrap, or give the input state-bucket."
		case "UnrecognizedClientException", "InvalidSignatureException", "ExpiredTokenException":
			f.Kind, f.Next = fault.Input, "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it."
		}
		return f
	}
	f.Next = "Give the step its role by OIDC: the input role, or aws-actions/configure-aws-credentials before it, and give the region."
	return f
}
