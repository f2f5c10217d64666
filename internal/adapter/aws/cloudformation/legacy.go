package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"go.yaml.in/yaml/v4"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/monitoring/change"
	"github.com/cutover-dev/cutover/internal/retire/estate"
	"github.com/cutover-dev/cutover/internal/retire/hands"
	"github.com/cutover-dev/cutover/internal/retire/survey"
)

// Legacy tells which stack owns what, and what stacks need of each other. It is a
// survey.Source and a hands.Thing.
type Legacy struct{ stacks *Stacks }

var (
	_ survey.Source = (*Legacy)(nil)
	_ hands.Thing   = (*Legacy)(nil)
	_ hands.Guard   = (*Legacy)(nil)
)

const (
	// looking bounds one look at everything.
	looking = 10 * time.Minute
	// atOnce is how many stacks are asked for their resources at once.
	atOnce = 4
)

// OpenLegacy makes a client with the credentials that the AWS SDK finds; nothing
// is called yet.
func OpenLegacy(ctx context.Context, region string) (*Legacy, error) {
	stacks, err := Open(ctx, region)
	if err != nil {
		return nil, err
	}
	return &Legacy{stacks}, nil
}

// standing are the states of stacks that own something: all but deleted ones, and
// those of which only a change set has ever been.
var standing = slices.DeleteFunc(types.StackStatus("").Values(), func(s types.StackStatus) bool {
	return s == types.StackStatusDeleteComplete || s == types.StackStatusReviewInProgress
})

// Tell implements survey.Source. Every stack is asked for its resources: that is
// the one way to know whose a thing is for certain. A question by physical ID
// finds another thing of the same name, and a tag outlives what it tells.
func (l *Legacy) Tell(ctx context.Context, f survey.Focus) (survey.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, looking)
	defer cancel()
	var p survey.Part
	all, err := l.list(ctx)
	if err != nil {
		return p, err
	}
	named := ""
	for _, s := range all {
		if aws.ToString(s.StackName) == f.Stack && f.Stack != "" {
			named = aws.ToString(s.StackId)
		}
	}
	if p.Claims, err = l.claims(ctx, all, named); err != nil {
		return p, err
	}
	if named == "" {
		return p, nil
	}
	thing, parsed, err := l.read(ctx, named)
	if errors.Is(err, change.ErrNone) {
		p.Claims = slices.DeleteFunc(p.Claims, func(c survey.Claim) bool { return c.Own })
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.Items = append(p.Items, thing.Item)
	for i, c := range p.Claims {
		if c.Own {
			if p.Claims[i].Policy, err = parsed.policy(c.Logical); err != nil {
				return p, err
			}
		}
	}
	return p, l.exports(ctx, &p, f.Asked, named, all)
}

func (l *Legacy) list(ctx context.Context) ([]types.StackSummary, error) {
	var all []types.StackSummary
	in := &cloudformation.ListStacksInput{StackStatusFilter: standing}
	for {
		out, err := do(ctx, l.stacks.client.ListStacks, in, "the stacks cannot be listed", "ListStacks")
		if err != nil {
			return nil, err
		}
		all = append(all, out.StackSummaries...)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return all, nil
		}
	}
}

// claims are the resources of all stacks. A stack that is gone when it is asked
// owns nothing.
func (l *Legacy) claims(ctx context.Context, all []types.StackSummary, named string) ([]survey.Claim, error) {
	lists, faults := make([][]survey.Claim, len(all)), make([]error, len(all))
	turns := make(chan struct{}, atOnce)
	var group sync.WaitGroup
	for i, s := range all {
		group.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			id := aws.ToString(s.StackId)
			resources, err := l.stacks.Resources(ctx, id)
			if errors.Is(err, change.ErrNone) {
				return
			}
			faults[i] = err
			for _, r := range resources {
				// What is skipped was retained and is nobody's any more.
				if r.Physical == "" && id != named || r.Status == "DELETE_COMPLETE" || r.Status == "DELETE_SKIPPED" {
					continue
				}
				lists[i] = append(lists[i], survey.Claim{Stack: id, Type: r.Type, Physical: r.Physical, Logical: r.ID, Own: id == named})
			}
		})
	}
	group.Wait()
	return slices.Concat(lists...), errors.Join(faults...)
}

// exports tells those of the stack, and who imports them.
func (l *Legacy) exports(ctx context.Context, p *survey.Part, a survey.Asked, stack string, all []types.StackSummary) error {
	in := &cloudformation.ListExportsInput{}
	for {
		out, err := do(ctx, l.stacks.client.ListExports, in, "exports cannot be listed", "ListExports")
		if err != nil {
			return err
		}
		for _, e := range out.Exports {
			if aws.ToString(e.ExportingStackId) != stack {
				continue
			}
			at := a.ARN("cloudformation", "export/"+aws.ToString(e.Name))
			p.Items = append(p.Items, estate.Item{ARN: at, Kind: estate.Export, Name: aws.ToString(e.Name), Stacks: []string{stack}, Print: survey.Print([]string{aws.ToString(e.Name), aws.ToString(e.Value)})})
			if err := l.imports(ctx, p, at, aws.ToString(e.Name), all); err != nil {
				return err
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}

// imports links the stacks that import an export. That there is none is told as an
// error; source: API reference, ListImports.
func (l *Legacy) imports(ctx context.Context, p *survey.Part, export, name string, all []types.StackSummary) error {
	in := &cloudformation.ListImportsInput{ExportName: &name}
	for {
		out, err := do(ctx, l.stacks.client.ListImports, in, "who imports "+name+" cannot be read", "ListImports")
		if err != nil && strings.Contains(err.Error(), "is not imported by any stack") {
			return nil
		}
		if err != nil {
			return err
		}
		for _, importer := range out.Imports {
			i := slices.IndexFunc(all, func(s types.StackSummary) bool { return aws.ToString(s.StackName) == importer })
			if i < 0 {
				return &fault.Fault{Kind: fault.Outside, Name: importer, What: "imports " + name + ", and was not among the stacks", Next: "Look again: it was made in between."}
			}
			id := aws.ToString(all[i].StackId)
			p.Items = append(p.Items, estate.Item{ARN: id, Kind: estate.Stack, Name: importer, State: string(all[i].StackStatus), Print: survey.Print(id)})
			p.Link(id, export, "imports", true)
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return nil
		}
	}
}

// template is as much of one as is needed: what becomes of each resource when the
// stack goes.
type template struct {
	Resources map[string]struct {
		DeletionPolicy yaml.Node `yaml:"DeletionPolicy"`
	} `yaml:"Resources"`
}

// policy is that of a resource; the usual one is empty.
func (t template) policy(logical string) (string, error) {
	n := t.Resources[logical].DeletionPolicy
	if n.Kind == 0 {
		return "", nil
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		return "", &fault.Fault{Kind: fault.Outside, Name: logical, What: "has a DeletionPolicy that is no plain word, so that nobody knows whether it stays"}
	}
	return n.Value, nil
}

// read reads a stack with its template as CloudFormation has processed it.
func (l *Legacy) read(ctx context.Context, id string) (survey.Thing, template, error) {
	var parsed template
	out, err := do(ctx, l.stacks.client.DescribeStacks, &cloudformation.DescribeStacksInput{StackName: &id}, "the stack "+id+" cannot be read", "DescribeStacks")
	if err != nil {
		return survey.Thing{}, parsed, err
	}
	if len(out.Stacks) != 1 || out.Stacks[0].StackStatus == types.StackStatusDeleteComplete {
		return survey.Thing{}, parsed, change.ErrNone
	}
	s := out.Stacks[0]
	text, err := do(ctx, l.stacks.client.GetTemplate, &cloudformation.GetTemplateInput{StackName: &id, TemplateStage: types.TemplateStageProcessed}, "the template of "+id+" cannot be read", "GetTemplate")
	if err != nil {
		return survey.Thing{}, parsed, err
	}
	body := aws.ToString(text.TemplateBody)
	if err := yaml.Unmarshal([]byte(body), &parsed); err != nil || len(parsed.Resources) == 0 {
		return survey.Thing{}, parsed, &fault.Fault{Kind: fault.Outside, Name: aws.ToString(s.StackName), What: "has a template in which no resources were found", Err: err}
	}
	tags, parameters := map[string]string{}, map[string]string{}
	for _, t := range s.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	for _, x := range s.Parameters {
		parameters[aws.ToString(x.ParameterKey)] = aws.ToString(x.ParameterValue)
	}
	thing, err := survey.Told(estate.Item{ARN: aws.ToString(s.StackId), Kind: estate.Stack, Name: aws.ToString(s.StackName), State: string(s.StackStatus), Tags: tags,
		Protected: aws.ToBool(s.EnableTerminationProtection), Made: aws.ToTime(s.CreationTime).UTC(), Facts: map[string]string{"resources": fmt.Sprint(len(parsed.Resources))}}, map[string]any{
		"id": s.StackId, "name": s.StackName, "template": body, "parameters": parameters, "tags": tags, "capabilities": s.Capabilities, "role": s.RoleARN, "parent": s.ParentId,
		"notifications": s.NotificationARNs,
	})
	return thing, parsed, err
}

// Read implements hands.Thing.
func (l *Legacy) Read(ctx context.Context, id string) (survey.Thing, error) {
	thing, _, err := l.read(ctx, id)
	if errors.Is(err, change.ErrNone) {
		err = hands.ErrGone
	}
	return thing, err
}

// Delete implements hands.Thing: in the standard mode, with nothing retained but
// what the template retains. It is named by its ID: a new stack of the same name is
// another one.
func (l *Legacy) Delete(ctx context.Context, id string) error {
	_, err := do(ctx, l.stacks.client.DeleteStack, &cloudformation.DeleteStackInput{StackName: &id}, "the stack cannot be deleted", "DeleteStack")
	if errors.Is(err, change.ErrNone) {
		return nil
	}
	return err
}

// Protect implements hands.Guard.
func (l *Legacy) Protect(ctx context.Context, id string, on bool) error {
	_, err := do(ctx, l.stacks.client.UpdateTerminationProtection, &cloudformation.UpdateTerminationProtectionInput{StackName: &id, EnableTerminationProtection: &on}, "the stack's termination protection cannot be changed", "UpdateTerminationProtection")
	return err
}
