package cloudformation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/cutover-dev/cutover/internal/monitoring/change"
)

// What the stand-in refuses, in CloudFormation's words, asked by the SDK itself:
// an emulator that says yes to everything proves nothing.
func TestTheStandInIsStrict(t *testing.T) {
	w := start(t)
	w.must([]byte(small), change.Created)
	c, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(c)
	create := func(in sdk.CreateChangeSetInput) error {
		_, err := client.CreateChangeSet(t.Context(), &in)
		return err
	}
	stack, none, body := aws.String(name), aws.String("nobody"), aws.String(small)
	for name, c := range map[string]struct {
		err        error
		code, says string
	}{
		"an update of nothing":            {create(sdk.CreateChangeSetInput{StackName: none, ChangeSetName: aws.String("a"), TemplateBody: body}), "ValidationError", "Stack [nobody] does not exist"},
		"a creation of a stack":           {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a"), TemplateBody: body, ChangeSetType: types.ChangeSetTypeCreate}), "ValidationError", "already exists and cannot be created again"},
		"a name with a blank":             {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a b"), TemplateBody: body}), "ValidationError", "changeSetName"},
		"no template":                     {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a")}), "ValidationError", "Either Template URL or Template Body"},
		"a template of one byte too many": {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a"), TemplateBody: aws.String(small + strings.Repeat(" ", 51_201-len(small)))}), "ValidationError", "less than or equal to 51200"},
		"an address without TLS":          {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a"), TemplateURL: aws.String("http://x.s3.amazonaws.com/a")}), "ValidationError", "TemplateURL"},
		"a template that is not there":    {create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("a"), TemplateURL: aws.String("https://state.s3.amazonaws.com/a")}), "ValidationError", "S3 error"},
		"deletion while protected":        {second(client.DeleteStack(t.Context(), &sdk.DeleteStackInput{StackName: stack})), "ValidationError", "TerminationProtection is enabled"},
		"no such change set":              {second(client.DescribeChangeSet(t.Context(), &sdk.DescribeChangeSetInput{StackName: stack, ChangeSetName: aws.String("none")})), "ChangeSetNotFound", "none"},
		"events of nothing":               {second(client.DescribeStackEvents(t.Context(), &sdk.DescribeStackEventsInput{StackName: none})), "ValidationError", "does not exist"},
		"no such detection":               {second(client.DescribeStackDriftDetectionStatus(t.Context(), &sdk.DescribeStackDriftDetectionStatusInput{StackDriftDetectionId: none})), "ValidationError", "does not exist"},
	} {
		var api smithy.APIError
		if !errors.As(c.err, &api) || api.ErrorCode() != c.code || !strings.Contains(api.ErrorMessage(), c.says) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	// A change set that is not worked out, one of that name, one that ran.
	if err := create(sdk.CreateChangeSetInput{StackName: stack, ChangeSetName: aws.String("again"), TemplateBody: aws.String(strings.Replace(small, "3000", "3001", 1))}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"executed too early": {w.ports.Stacks.Execute(t.Context(), *stack, "again", "t"), change.ErrBusy},
		"twice":              {w.ports.Stacks.Propose(t.Context(), change.ChangeSet{Stack: *stack, Name: "again", Body: small}), change.ErrExists},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	for range 2 {
		if _, err := w.ports.Stacks.Proposal(t.Context(), *stack, "again"); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the same request again does nothing
		if err := w.ports.Stacks.Execute(t.Context(), *stack, "again", "t"); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.ports.Stacks.Propose(t.Context(), change.ChangeSet{Stack: *stack, Name: "meanwhile", Body: small}); !errors.Is(err, change.ErrBusy) {
		t.Errorf("meanwhile: %v", err)
	}
	n := 0
	if err := w.ports.Stacks.Events(t.Context(), *stack, func(e change.Event) bool {
		if e.Token == "t" && e.Status == "UPDATE_IN_PROGRESS" && e.Type == "AWS::CloudFormation::Stack" {
			n++
		}
		return true
	}); err != nil || n != 1 {
		t.Errorf("%v: it began %d times", err, n)
	}
}

func second[T any](_ T, err error) error { return err }

// A call that it does not know, and a parameter that it does not know, are
// remembered.
func TestTheStandInRemembersWhatItDoesNotKnow(t *testing.T) {
	w := start(t)
	c, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(c)
	if _, err := client.ListTypes(t.Context(), &sdk.ListTypesInput{}); err == nil {
		t.Error("ListTypes was answered")
	}
	if _, err := client.DescribeStacks(t.Context(), &sdk.DescribeStacksInput{StackName: aws.String("x")}); err == nil {
		t.Error("there is a stack x")
	}
	if _, err := client.CreateChangeSet(t.Context(), &sdk.CreateChangeSetInput{StackName: aws.String("x"), ChangeSetName: aws.String("a"), UsePreviousTemplate: aws.Bool(true)}); err == nil {
		t.Error("UsePreviousTemplate was taken")
	}
	if got := fmt.Sprint(w.Forget()); !strings.Contains(got, "cloudformation ListTypes") || !strings.Contains(got, "UsePreviousTemplate") {
		t.Error(got)
	}
}
