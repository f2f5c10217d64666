// Package change brings a stack of CloudFormation from what it is to what its
// template says, and tells what that means: the difference in words, the events
// as they come, the first cause when it fails, what was changed by hand since.
// It knows stacks, not what is in them, but for the types that watch a stage.
package change

import (
	"context"
	"errors"
	"time"
)

// What a port says when something is not as asked.
var (
	// ErrNone says that there is no such stack or change set.
	ErrNone = errors.New("there is none")
	// ErrExists says that a change set of that name is there already.
	ErrExists = errors.New("it exists already")
	// ErrBusy says that the stack is being worked on.
	ErrBusy = errors.New("it is being worked on")
)

// Stack is a stack as it stands.
type Stack struct {
	ID, Name, Status, Reason string
	Created, Updated         time.Time
	// Protected says that its deletion is forbidden.
	Protected bool
	Outputs   map[string]string
}

// ChangeSet asks for a change. Either Body or URL holds the template.
type ChangeSet struct {
	Stack, Name string
	// New makes a stack, else it is changed.
	New       bool
	Body, URL string
	Tags      map[string]string
	// Role is what CloudFormation acts as; empty for the caller.
	Role string
}

// Proposal is a change set as CloudFormation has worked it out.
type Proposal struct {
	// Status is how far the working out is, Execution whether it can be carried
	// out or has been.
	Status, Reason, Execution string
	Changes                   []Proposed
}

// Proposed is what a change set does to one resource.
type Proposed struct {
	// Action is Add, Modify, Remove, Import or Dynamic.
	Action, ID, Type string
	// Replacement is True, False, Conditional or empty.
	Replacement string
	// Because are the properties that replace it.
	Because []string
}

// Resource is one resource of a stack.
type Resource struct{ ID, Physical, Type, Status string }

// Detection is how far a look for drift is.
type Detection struct {
	// Status is DETECTION_IN_PROGRESS, DETECTION_COMPLETE or DETECTION_FAILED.
	Status, Reason string
	// Stack is IN_SYNC, DRIFTED, UNKNOWN or NOT_CHECKED.
	Stack string
}

// Found is what a look for drift says of one resource.
type Found struct {
	ID, Physical, Type, Status, Reason string
	Differences                        []Difference
}

// Difference is one property that is not as declared.
type Difference struct {
	Path     string `json:"path"`
	Expected string `json:"expected"`
	Actual   string `json:"actual"`
	// Kind is ADD, REMOVE or NOT_EQUAL.
	Kind string `json:"kind"`
}

// Stacks is CloudFormation.
type Stacks interface {
	// Stack reads a stack by its name or id. Of a deleted one only the id tells
	// anything. ErrNone if there is none.
	Stack(ctx context.Context, name string) (Stack, error)
	// Template is a stack's template, as it was given. ErrNone if it has none.
	Template(ctx context.Context, name string) ([]byte, error)
	// Resources are all of a stack.
	Resources(ctx context.Context, name string) ([]Resource, error)
	// Events calls seen with each event, the newest first, until it says false.
	Events(ctx context.Context, name string, seen func(Event) bool) error

	// Propose asks for a change set. ErrExists if there is one of the name.
	Propose(ctx context.Context, c ChangeSet) error
	// Proposal reads one. ErrNone if there is none.
	Proposal(ctx context.Context, stack, name string) (Proposal, error)
	// Withdraw deletes one; none is fine.
	Withdraw(ctx context.Context, stack, name string) error
	// Execute carries one out; a second call with the token does nothing. ErrBusy
	// if the stack is being worked on or the change set cannot be executed now.
	Execute(ctx context.Context, stack, name, token string) error

	// Protect forbids the stack's deletion, or allows it.
	Protect(ctx context.Context, name string, on bool) error
	// Delete deletes a stack; none is fine. ErrBusy if it is being worked on.
	Delete(ctx context.Context, name, token string) error

	// Detect begins to look for drift; ErrBusy if somebody looks already.
	Detect(ctx context.Context, name string) (id string, err error)
	Detection(ctx context.Context, id string) (Detection, error)
	Drifts(ctx context.Context, name string) ([]Found, error)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside.
type Ports struct {
	Stacks Stacks
	Clock  Clock
	// Upload puts a template that is too long for a request where CloudFormation
	// can read it, and returns its https address. It may be nil.
	Upload func(ctx context.Context, name string, text []byte) (url string, err error)
	// Tell is told of each event as it is seen. It may be nil.
	Tell func(Event)
}

func (p Ports) tell(e Event) {
	if p.Tell != nil {
		p.Tell(e)
	}
}

// Request is what is asked for.
type Request struct {
	Stack    string
	Template []byte
	Tags     map[string]string
	// Role is what CloudFormation acts as; empty for the caller.
	Role string
	// Confirm must be the stack's name for it to be destroyed.
	Confirm string
	// Patience is how long somebody else's work on the stack is waited for, ten
	// minutes unless set; Limit how long our own is watched, 30 minutes unless
	// set.
	Patience, Limit time.Duration
}

func (r Request) patience() time.Duration { return orElse(r.Patience, 10*time.Minute) }
func (r Request) limit() time.Duration    { return orElse(r.Limit, 30*time.Minute) }

func orElse(d, other time.Duration) time.Duration {
	if d <= 0 {
		return other
	}
	return d
}

// Event is one thing that happened to a stack or one of its resources.
type Event struct {
	ID       string    `json:"id"`
	Time     time.Time `json:"time"`
	Logical  string    `json:"logical_id"`
	Physical string    `json:"physical_id"`
	Type     string    `json:"type"`
	Status   string    `json:"status"`
	Reason   string    `json:"reason"`
	// Token is what its operation was asked for with.
	Token string `json:"token"`
}

// Line is the event for people who watch.
func (e Event) Line() string {
	line := e.Time.UTC().Format("15:04:05") + " " + e.Status + " " + e.Logical
	if e.Type != "" {
		line += " (" + e.Type + ")"
	}
	if e.Reason != "" {
		line += ": " + e.Reason
	}
	return line
}
