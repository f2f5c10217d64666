// Package cloudformation speaks to AWS CloudFormation, or to what
// AWS_ENDPOINT_URL names. It is the Stacks of internal/monitoring/change.
package cloudformation

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// Stacks are those of one account and region.
type Stacks struct{ client *cloudformation.Client }

var _ change.Stacks = (*Stacks)(nil)

const (
	// within bounds one call with all its retries.
	within = 2 * time.Minute
	// attempts is more than elsewhere: CloudFormation answers "Rate exceeded" to
	// an account's many pollers, and a deployment that runs must be followed.
	attempts = 8
)

// Open makes a client with the credentials that the AWS SDK finds. region is
// empty for that of the environment.
func Open(ctx context.Context, region string) (*Stacks, error) {
	c, err := session.Load(ctx, region, session.Retrying(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = attempts, 10*time.Second }))
	if err != nil {
		return nil, err
	}
	return &Stacks{cloudformation.NewFromConfig(c)}, nil
}

// do makes one call, bounded in time, and puts its error into our words.
func do[In, Out any](ctx context.Context, f func(context.Context, In, ...func(*cloudformation.Options)) (Out, error), in In, what, permission string) (Out, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	out, err := f(ctx, in)
	if err == nil {
		return out, nil
	}
	return out, failed(what, permission, err)
}

// Stack implements change.Stacks.
func (s *Stacks) Stack(ctx context.Context, name string) (change.Stack, error) {
	out, err := do(ctx, s.client.DescribeStacks, &cloudformation.DescribeStacksInput{StackName: &name}, "the stack "+name+" cannot be read", "DescribeStacks")
	if err != nil {
		return change.Stack{}, err
	}
	if len(out.Stacks) != 1 {
		return change.Stack{}, change.ErrNone
	}
	a := out.Stacks[0]
	t := change.Stack{
		ID: aws.ToString(a.StackId), Name: aws.ToString(a.StackName), Status: string(a.StackStatus), Reason: aws.ToString(a.StackStatusReason),
		Created: aws.ToTime(a.CreationTime), Updated: aws.ToTime(a.LastUpdatedTime), Protected: aws.ToBool(a.EnableTerminationProtection), Outputs: map[string]string{},
	}
	for _, o := range a.Outputs {
		t.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return t, nil
}

// Template implements change.Stacks: the original, byte for byte.
func (s *Stacks) Template(ctx context.Context, name string) ([]byte, error) {
	out, err := do(ctx, s.client.GetTemplate, &cloudformation.GetTemplateInput{StackName: &name, TemplateStage: types.TemplateStageOriginal}, "the template of "+name+" cannot be read", "GetTemplate")
	if err != nil {
		return nil, err
	}
	if aws.ToString(out.TemplateBody) == "" {
		return nil, change.ErrNone
	}
	return []byte(*out.TemplateBody), nil
}

// Resources implements change.Stacks.
func (s *Stacks) Resources(ctx context.Context, name string) ([]change.Resource, error) {
	var all []change.Resource
	in := &cloudformation.ListStackResourcesInput{StackName: &name}
	for {
		out, err := do(ctx, s.client.ListStackResources, in, "the resources of "+name+" cannot be read", "ListStackResources")
		if err != nil {
			return nil, err
		}
		for _, r := range out.StackResourceSummaries {
			all = append(all, change.Resource{ID: aws.ToString(r.LogicalResourceId), Physical: aws.ToString(r.PhysicalResourceId), Type: aws.ToString(r.ResourceType), Status: string(r.ResourceStatus)})
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}

// Events implements change.Stacks.
func (s *Stacks) Events(ctx context.Context, name string, seen func(change.Event) bool) error {
	in := &cloudformation.DescribeStackEventsInput{StackName: &name}
	for {
		out, err := do(ctx, s.client.DescribeStackEvents, in, "the events of "+name+" cannot be read", "DescribeStackEvents")
		if err != nil {
			return err
		}
		for _, e := range out.StackEvents {
			if !seen(change.Event{
				ID: aws.ToString(e.EventId), Time: aws.ToTime(e.Timestamp), Logical: aws.ToString(e.LogicalResourceId), Physical: aws.ToString(e.PhysicalResourceId),
				Type: aws.ToString(e.ResourceType), Status: string(e.ResourceStatus), Reason: aws.ToString(e.ResourceStatusReason), Token: aws.ToString(e.ClientRequestToken),
			}) {
				return nil
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}

// Propose implements change.Stacks. A request that comes twice is one.
func (s *Stacks) Propose(ctx context.Context, c change.ChangeSet) error {
	in := &cloudformation.CreateChangeSetInput{
		StackName: &c.Stack, ChangeSetName: &c.Name, ClientToken: &c.Name, ChangeSetType: types.ChangeSetTypeUpdate, Description: aws.String("made by cutover"),
	}
	if c.New {
		in.ChangeSetType = types.ChangeSetTypeCreate
	}
	if c.Body != "" {
		in.TemplateBody = &c.Body
	}
	if c.URL != "" {
		in.TemplateURL = &c.URL
	}
	if c.Role != "" {
		in.RoleARN = &c.Role
	}
	for _, k := range slices.Sorted(maps.Keys(c.Tags)) {
		in.Tags = append(in.Tags, types.Tag{Key: aws.String(k), Value: aws.String(c.Tags[k])})
	}
	_, err := do(ctx, s.client.CreateChangeSet, in, "a change of "+c.Stack+" cannot be asked for", "CreateChangeSet")
	return err
}

// Proposal implements change.Stacks.
func (s *Stacks) Proposal(ctx context.Context, stack, name string) (change.Proposal, error) {
	var p change.Proposal
	in := &cloudformation.DescribeChangeSetInput{StackName: &stack, ChangeSetName: &name}
	for {
		out, err := do(ctx, s.client.DescribeChangeSet, in, "the change of "+stack+" cannot be read", "DescribeChangeSet")
		if err != nil {
			return change.Proposal{}, err
		}
		p.Status, p.Reason, p.Execution = string(out.Status), aws.ToString(out.StatusReason), string(out.ExecutionStatus)
		for _, c := range out.Changes {
			if c.ResourceChange != nil {
				p.Changes = append(p.Changes, proposed(*c.ResourceChange))
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return p, nil
		}
	}
}

func proposed(r types.ResourceChange) change.Proposed {
	p := change.Proposed{Action: string(r.Action), ID: aws.ToString(r.LogicalResourceId), Type: aws.ToString(r.ResourceType), Replacement: string(r.Replacement)}
	for _, d := range r.Details {
		if d.Target != nil && d.Target.RequiresRecreation != "" && d.Target.RequiresRecreation != types.RequiresRecreationNever {
			p.Because = append(p.Because, aws.ToString(d.Target.Name))
		}
	}
	slices.Sort(p.Because)
	p.Because = slices.Compact(p.Because)
	return p
}

// Withdraw implements change.Stacks.
func (s *Stacks) Withdraw(ctx context.Context, stack, name string) error {
	_, err := do(ctx, s.client.DeleteChangeSet, &cloudformation.DeleteChangeSetInput{StackName: &stack, ChangeSetName: &name}, "the change of "+stack+" cannot be withdrawn", "DeleteChangeSet")
	if errors.Is(err, change.ErrNone) {
		return nil
	}
	return err
}

// Execute implements change.Stacks. What fails is rolled back.
func (s *Stacks) Execute(ctx context.Context, stack, name, token string) error {
	in := &cloudformation.ExecuteChangeSetInput{StackName: &stack, ChangeSetName: &name, ClientRequestToken: &token, DisableRollback: aws.Bool(false)}
	_, err := do(ctx, s.client.ExecuteChangeSet, in, "the change of "+stack+" cannot be carried out", "ExecuteChangeSet")
	return err
}

// Protect implements change.Stacks.
func (s *Stacks) Protect(ctx context.Context, name string, on bool) error {
	_, err := do(ctx, s.client.UpdateTerminationProtection, &cloudformation.UpdateTerminationProtectionInput{StackName: &name, EnableTerminationProtection: &on},
		"the protection of "+name+" cannot be set", "UpdateTerminationProtection")
	return err
}

// Delete implements change.Stacks.
func (s *Stacks) Delete(ctx context.Context, name, token string) error {
	_, err := do(ctx, s.client.DeleteStack, &cloudformation.DeleteStackInput{StackName: &name, ClientRequestToken: &token}, "the stack "+name+" cannot be deleted", "DeleteStack")
	if errors.Is(err, change.ErrNone) {
		return nil
	}
	return err
}

// failed tells the refusals apart that a change meets; CloudFormation has no
// codes for most of them, only texts.
func failed(what, permission string, err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		said := api.ErrorMessage()
		switch code := api.ErrorCode(); {
		case code == "ChangeSetNotFound", code == "ValidationError" && (strings.Contains(said, "does not exist") && strings.HasPrefix(said, "Stack") || strings.HasPrefix(said, "Template is not available")):
			return change.ErrNone
		case code == "AlreadyExistsException":
			return change.ErrExists
		case code == "InvalidChangeSetStatus", code == "OperationInProgressException",
			code == "ValidationError" && (strings.Contains(said, "_IN_PROGRESS") || strings.Contains(said, "already in progress")):
			return change.ErrBusy
		case code == "ValidationError", code == "InsufficientCapabilitiesException":
			f := refusal.Of("CloudFormation", what, "", err)
			f.Kind, f.Next = fault.Input, "Read what CloudFormation says of the template or of the stack; cfn-lint finds most of these before a deployment."
			return f
		case code == "LimitExceededException":
			f := refusal.Of("CloudFormation", what, "", err)
			f.Next = "The account has as many stacks as AWS lets it: remove some, or ask for more at Service Quotas."
			return f
		}
	}
	return refusal.Of("CloudFormation", what, "Allow the role cloudformation:"+permission+" on this stack; cutover iam prints the policy.", err)
}
