package change

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/runbook"
)

// step is what is to be done with a stack before it can be deployed.
type step int

const (
	stepCreate step = iota + 1 // there is none, or only a change set of one
	stepUpdate
	stepFollow // our own deployment of this content runs already
	stepWait   // somebody works on it
	stepClear  // it failed when it was made: it must go first
	stepRefuse
)

// running says that CloudFormation works on a stack in that state. In review is
// no work: there is a change set and nothing else.
func running(status string) bool {
	return strings.HasSuffix(status, "_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
}

// decide says what is to be done with a stack of that state; source:
// CloudFormation User Guide, "Stack status codes" and "Troubleshooting". token
// is that of the running operation, ours what those of this content begin with.
func decide(s *Stack, token, ours string) (step, *fault.Fault) {
	if s == nil {
		return stepCreate, nil
	}
	if running(s.Status) {
		// A removal is waited for, also our own of what had failed before.
		if ours != "" && strings.HasPrefix(token, ours) && s.Status != "DELETE_IN_PROGRESS" {
			return stepFollow, nil
		}
		return stepWait, nil
	}
	refuse := func(what, next string) (step, *fault.Fault) {
		return stepRefuse, &fault.Fault{Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.StackStuck}, Name: "the stack " + s.Name, What: what, Got: s.Status, Next: strings.ReplaceAll(next, "STACK", s.Name)}
	}
	switch s.Status {
	case "DELETE_COMPLETE", "REVIEW_IN_PROGRESS":
		return stepCreate, nil
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE":
		return stepUpdate, nil
	case "ROLLBACK_COMPLETE":
		return stepClear, nil
	case "UPDATE_ROLLBACK_FAILED":
		return refuse("could not go back to what it was before its last change, and takes no other until it has",
			"Mend what its events name, then: aws cloudformation continue-update-rollback --stack-name STACK")
	case "ROLLBACK_FAILED", "CREATE_FAILED":
		return refuse("was not made whole, and what was made of it could not all be removed",
			"Look which resources are left, then: aws cloudformation delete-stack --stack-name STACK")
	case "DELETE_FAILED":
		return refuse("was to be deleted, and not all of it could be",
			"Look which resources are left and why, then: aws cloudformation delete-stack --stack-name STACK")
	case "UPDATE_FAILED":
		return refuse("was left in the middle of a change, without going back",
			"Go back first: aws cloudformation rollback-stack --stack-name STACK")
	}
	return refuse("is in a state that cutover does not know", "Look at it in the console of CloudFormation; do not deploy over it.")
}

// busy is the refusal when somebody else's work does not end.
func busy(s Stack, token string, since time.Time, waited time.Duration) *fault.Fault {
	who := "somebody whose request has no token"
	if token != "" {
		who = "the request " + token
	}
	when := ""
	if !since.IsZero() {
		when = ", since " + since.UTC().Format(time.RFC3339)
	}
	return &fault.Fault{
		Kind: fault.Refused, Runbooks: []runbook.Kind{runbook.StackStuck}, Name: "the stack " + s.Name, What: "is being worked on by " + who + when + ", and was so after " + spoken(waited), Got: s.Status,
		Next: "Wait until that has ended, then run this again; the stack's events tell who it is.",
	}
}

// Current is the template of the stack as it is deployed; exists is false if
// there is none, or one that was never carried out.
func Current(ctx context.Context, p Ports, stack string) (template []byte, exists bool, err error) {
	template, err = p.Stacks.Template(ctx, stack)
	if errors.Is(err, ErrNone) {
		return nil, false, nil
	}
	return template, err == nil, left(ctx, stack, err)
}

// Status is how the stack stands; exists is false if there is none.
func Status(ctx context.Context, p Ports, stack string) (s Stack, exists bool, err error) {
	s, err = p.Stacks.Stack(ctx, stack)
	if errors.Is(err, ErrNone) {
		return Stack{}, false, nil
	}
	return s, err == nil, left(ctx, stack, err)
}
