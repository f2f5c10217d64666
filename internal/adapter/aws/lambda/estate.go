package lambda

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/cost/recommend"
)

// Estate is what functions are, as far as it could be read.
type Estate struct {
	Functions []recommend.Function
	// Groups are their log groups, by function; VPCs those that they are in.
	Groups map[string]string
	VPCs   []string
	Unread []recommend.Unread
}

// Estate reads how functions are configured now. One that cannot be read is named
// in Unread, rather than left out.
func (f *Functions) Estate(ctx context.Context, names []string) Estate {
	e := Estate{Functions: []recommend.Function{}, Groups: map[string]string{}}
	unread := func(name string, err error) {
		e.Unread = append(e.Unread, recommend.Unread{What: "functions", Why: name + ": " + err.Error()})
	}
	for _, name := range names {
		c, err := f.configured(ctx, name)
		if err != nil {
			unread(name, err)
			continue
		}
		x := recommend.Function{Name: name, Memory: int(aws.ToInt32(c.MemorySize)), Architecture: "x86", ProvisionedUse: -1, Runs: []recommend.Runs{}, Binary: binary(c)}
		if slices.Contains(c.Architectures, types.ArchitectureArm64) {
			x.Architecture = "arm"
		}
		if x.Provisioned, err = f.provisioned(ctx, name); err != nil {
			unread(name, err)
			continue
		}
		if c.LoggingConfig != nil {
			e.Groups[name] = aws.ToString(c.LoggingConfig.LogGroup)
		}
		if c.VpcConfig != nil && aws.ToString(c.VpcConfig.VpcId) != "" && !slices.Contains(e.VPCs, *c.VpcConfig.VpcId) {
			e.VPCs = append(e.VPCs, *c.VpcConfig.VpcId)
		}
		e.Functions = append(e.Functions, x)
	}
	return e
}

func (f *Functions) configured(ctx context.Context, name string) (*lambda.GetFunctionConfigurationOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return nil, refusal.Of(name, "the function cannot be looked at", "Allow the role lambda:GetFunctionConfiguration on the stage's functions.", err)
	}
	if aws.ToInt32(out.MemorySize) <= 0 {
		return nil, refusal.Of(name, "the function cannot be looked at", "", errors.New("no memory is told"))
	}
	return out, nil
}

// binary is true for what is machine code for certain: images, and runtimes that
// run an executable. A package of another runtime may hold some, or none.
func binary(c *lambda.GetFunctionConfigurationOutput) *bool {
	if c.PackageType == types.PackageTypeImage || strings.HasPrefix(string(c.Runtime), "provided") || c.Runtime == types.RuntimeGo1x {
		return aws.Bool(true)
	}
	return nil
}

// provisioned is how many environments are kept warm for all of its aliases and
// versions.
func (f *Functions) provisioned(ctx context.Context, name string) (n int, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	pages := lambda.NewListProvisionedConcurrencyConfigsPaginator(f.client, &lambda.ListProvisionedConcurrencyConfigsInput{FunctionName: &name}, func(o *lambda.ListProvisionedConcurrencyConfigsPaginatorOptions) {
		o.StopOnDuplicateToken = true
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return 0, refusal.Of(name, "its provisioned concurrency cannot be looked at", "Allow the role lambda:ListProvisionedConcurrencyConfigs on the stage's functions.", err)
		}
		for _, c := range out.ProvisionedConcurrencyConfigs {
			n += int(aws.ToInt32(c.RequestedProvisionedConcurrentExecutions))
		}
	}
	return n, nil
}
