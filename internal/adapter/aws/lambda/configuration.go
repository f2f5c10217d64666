package lambda

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/monitoring/discover"
)

var _ discover.Functions = (*Functions)(nil)

// Configuration implements discover.Functions.
func (f *Functions) Configuration(ctx context.Context, name string) (discover.Function, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		return discover.Function{}, fmt.Errorf("the function %s: %w", name, discover.ErrGone)
	}
	if err != nil {
		return discover.Function{}, refusal.Of(name, "the function cannot be looked at", "Allow the role lambda:GetFunctionConfiguration on the stage's functions.", err)
	}
	seen := discover.Function{MemoryMB: int(aws.ToInt32(out.MemorySize)), TimeoutSeconds: int(aws.ToInt32(out.Timeout)), Copy: aws.ToString(out.MasterArn) != ""}
	if len(out.Architectures) > 0 {
		seen.Architecture = string(out.Architectures[0])
	}
	if out.LoggingConfig != nil {
		seen.LogGroup, seen.Format = aws.ToString(out.LoggingConfig.LogGroup), string(out.LoggingConfig.LogFormat)
	}
	if out.TracingConfig != nil {
		seen.Tracing = string(out.TracingConfig.Mode)
	}
	return seen, nil
}
