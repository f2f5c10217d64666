package gate

import (
	"context"
	"errors"
)

// ErrNone says that a named thing does not exist, as opposed to one that could
// not be asked for.
var ErrNone = errors.New("there is no such thing")

// GitHub is one repository on GitHub.
type GitHub interface {
	// Environment returns one by name, or ErrNone.
	Environment(ctx context.Context, name string) (Environment, error)
	// Protected lists the branches that have a protection.
	Protected(ctx context.Context) ([]string, error)
	Run(ctx context.Context, id int64) (Run, error)
	// Reviews lists what reviewers have said of a run, in all its attempts.
	Reviews(ctx context.Context, id int64) ([]Review, error)
	Author(ctx context.Context, sha string) (Author, error)
	// Jobs lists the latest execution of each of a run's jobs.
	Jobs(ctx context.Context, id int64) ([]Job, error)
	// Checks lists the newest check runs of a commit, and the commit statuses
	// among those names that no check run has.
	Checks(ctx context.Context, sha string, names []string) ([]CheckRun, error)
}

// Stages reads SST's state bucket.
type Stages interface {
	Stage(ctx context.Context, name string) (Stage, error)
	Lock(ctx context.Context, name string) (*Lock, error)
}

// Checkout is what was built.
type Checkout interface {
	// Lockfile and Bundle hash what the inputs name; those of the receipt where
	// they name nothing. ErrNone says that there is no such file.
	Lockfile(ctx context.Context, like string) (Digest, error)
	Bundle(ctx context.Context, like string) (Digest, error)
}

// Alarms asks CloudWatch. Alarms that do not exist are left out.
type Alarms interface {
	Alarms(ctx context.Context, names []string) ([]Alarm, error)
}

// Budgets asks AWS Budgets for one of the account's own, or ErrNone.
type Budgets interface {
	Budget(ctx context.Context, name string) (Budget, error)
}

// Rollouts tells how a shift of traffic stands.
type Rollouts interface {
	Rollout(ctx context.Context) (Rollout, error)
}

// Ports are the ways to the outside. One that is nil was not given: what it
// would tell is unknown.
type Ports struct {
	GitHub   GitHub
	Stages   Stages
	Checkout Checkout
	Alarms   Alarms
	Budgets  Budgets
	Rollouts Rollouts
	// LongLived says whether the access key at hand never expires.
	LongLived bool
}
