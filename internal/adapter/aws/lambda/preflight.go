package lambda

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout/preflight"
)

// Concurrency is a part of preflight.Fleet: the quota of the account in this
// region.
func (f *Functions) Concurrency(ctx context.Context) (preflight.Concurrency, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := f.client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil {
		return preflight.Concurrency{}, refusal.Of("Lambda", "the account's concurrency cannot be read", "Allow the role lambda:GetAccountSettings on *.", err)
	}
	if out.AccountLimit == nil || out.AccountLimit.ConcurrentExecutions <= 0 || out.AccountLimit.UnreservedConcurrentExecutions == nil {
		return preflight.Concurrency{}, &fault.Fault{Kind: fault.Outside, Name: "Lambda", What: "does not say how many executions at once the account may have"}
	}
	return preflight.Concurrency{Limit: int(out.AccountLimit.ConcurrentExecutions), Unreserved: int(*out.AccountLimit.UnreservedConcurrentExecutions)}, nil
}

// Described is a part of preflight.Fleet: green's functions, which the inventory
// names. One that the inventory names and Lambda does not know is an error: green
// would lack it.
func (f *Functions) Described(ctx context.Context, names []string) ([]preflight.Function, error) {
	var all []preflight.Function
	for _, name := range names {
		one, err := f.described(ctx, name)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (f *Functions) described(ctx context.Context, name string) (preflight.Function, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	looked := func(permission string, err error) error {
		var none *types.ResourceNotFoundException
		if errors.As(err, &none) {
			return &fault.Fault{Kind: fault.Refused, Name: name, What: "is a function of the inventory that Lambda does not know", Next: "Deploy green first, and look at the region."}
		}
		return refusal.Of(name, "the function cannot be looked at", "Allow the role "+permission+" on the stage's functions.", err)
	}
	is, err := f.client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return preflight.Function{}, looked("lambda:GetFunctionConfiguration", err)
	}
	has, err := f.client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
	if err != nil {
		return preflight.Function{}, looked("lambda:GetFunctionConcurrency", err)
	}
	one := preflight.Function{Name: name, Timeout: time.Duration(aws.ToInt32(is.Timeout)) * time.Second, MemoryMB: int(aws.ToInt32(is.MemorySize)), Reserved: -1}
	if has.ReservedConcurrentExecutions != nil {
		one.Reserved = int(*has.ReservedConcurrentExecutions)
	}
	return one, nil
}

// Workers is a part of preflight.Fleet: what calls green's functions because
// something lies in a queue or a stream. All mappings of the region are listed:
// a list by a function's name is not said to hold those of its aliases.
func (f *Functions) Workers(ctx context.Context, names []string) ([]preflight.Worker, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var all []preflight.Worker
	pages := lambda.NewListEventSourceMappingsPaginator(f.client, &lambda.ListEventSourceMappingsInput{})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, refusal.Of("Lambda", "what feeds its functions cannot be listed", "Allow the role lambda:ListEventSourceMappings on *.", err)
		}
		for _, m := range out.EventSourceMappings {
			name := functionOf(aws.ToString(m.FunctionArn))
			if !slices.Contains(names, name) {
				continue
			}
			all = append(all, preflight.Worker{
				Side: preflight.Green, Kind: kindOf(aws.ToString(m.EventSourceArn)), Name: name, Source: sourceOf(m), Enabled: feeding(aws.ToString(m.State)),
			})
		}
	}
	slices.SortFunc(all, func(a, b preflight.Worker) int { return strings.Compare(a.Name+" "+a.Source, b.Name+" "+b.Source) })
	return all, nil
}

// feeding says whether a mapping in this state calls its function, or soon will.
// What is being switched off, or is off, does not; source: Lambda API reference,
// EventSourceMappingConfiguration, State. A state that is not known counts as on:
// work that is done twice does more harm than a question too many.
func feeding(state string) bool {
	return state != "Disabled" && state != "Disabling" && state != "Deleting"
}

// functionOf is the name in a function's ARN, without a version or an alias;
// source: AWS General Reference, ARNs.
func functionOf(at string) string {
	parts := strings.Split(at, ":")
	if len(parts) < 7 || parts[5] != "function" {
		return at
	}
	return parts[6]
}

// kindOf tells streams, which are read in order by place, from queues.
func kindOf(source string) string {
	if strings.HasPrefix(source, "arn:") {
		switch strings.Split(source, ":")[2] {
		case "kinesis", "dynamodb", "rds": // DocumentDB's ARNs are of the service rds
			return preflight.Stream
		}
	}
	return preflight.Queue
}

// sourceOf names a source; one outside of AWS has topics and no ARN.
func sourceOf(m types.EventSourceMappingConfiguration) string {
	if at := aws.ToString(m.EventSourceArn); at != "" {
		return at
	}
	return fmt.Sprintf("a source outside of AWS, topics %s", strings.Join(m.Topics, ", "))
}
