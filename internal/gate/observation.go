package gate

import "time"

// Seen is one thing that was looked at. The zero value was not, and counts as
// nothing known.
type Seen[T any] struct {
	Value T
	// Err says why there is no value.
	Err   error
	Asked bool
}

// Saw is a value that was seen, or why there is none.
func Saw[T any](value T, err error) Seen[T] { return Seen[T]{value, err, true} }

// Observation is all that the gate judges by.
type Observation struct {
	Environment Seen[Environment] // nil Name if there is none
	Rollback    Seen[Environment]
	// Protected are the names of the branches with a protection; asked only
	// where an environment goes by it.
	Protected Seen[[]string]
	Run       Seen[Run]
	Reviews   Seen[[]Review]
	Author    Seen[Author]
	Jobs      Seen[[]Job]
	Checks    Seen[[]CheckRun]
	Lockfile  Seen[Digest]
	Bundle    Seen[Digest]
	// Staging is the stage before, Lock that of the stage itself, nil if free.
	Staging Seen[Stage]
	Lock    Seen[*Lock]
	Alarms  Seen[[]Alarm]
	Budget  Seen[Budget]
	Rollout Seen[Rollout]
	// LongLived says that an access key that never expires is at hand.
	LongLived bool
}

// Environment is one of GitHub's.
type Environment struct {
	// Name is empty where there is none.
	Name string
	URL  string
	// Reviewers are logins and teams; a rule without any asks nobody.
	Reviewers         []string
	PreventSelfReview bool
	WaitMinutes       int
	// Others are rules of kinds that are not known here. They may wait.
	Others       []string
	AdminsBypass bool
	Branches     BranchPolicy
}

// BranchPolicy is from which branches an environment may be deployed: by a list
// of names or patterns, from every protected one, or, the zero value, from all.
type BranchPolicy struct {
	Listed    bool
	Protected bool
	Names     []string
	// Tags are patterns of tags in the list.
	Tags []string
}

// Run is the run of the workflow that asks.
type Run struct {
	Event   string
	SHA     string
	Attempt int
	// Actor has started the first attempt, Trigger this one.
	Actor, Trigger string
}

// Review is an answer to the question whether a run may go on. GitHub tells
// neither when it was given nor in which attempt.
type Review struct {
	User, State, Comment string
	Environments         []string
}

// Author is who wrote a commit. Login is empty where the commit's address
// belongs to no account.
type Author struct{ Login, Name string }

// Job is one of the run's jobs in its latest execution.
type Job struct {
	Name, Status, Conclusion, URL string
	Started                       time.Time
}

// CheckRun is a check run or a commit status.
type CheckRun struct {
	Name, Status, Conclusion, URL string
}

// Digest is a SHA-256 over files.
type Digest struct {
	Path   string
	SHA256 string
	Files  int
}

// Stage is what SST's state bucket says of a stage.
type Stage struct {
	// Update is the newest, nil if there is none.
	Update *Update
	// Lock is nil if nobody holds it.
	Lock *Lock
}

// Update is the record of an update.
type Update struct {
	ID, RunID, Command string
	// Completed is zero for one that has not come to its end.
	Completed time.Time
	Errors    int
}

// Lock is who works on a stage.
type Lock struct {
	RunID string
	Since time.Time
	// Life is living, dead or unknown, Why how that is known.
	Life, Why, URL string
}

// Dead is the life of a lock whose run is over.
const Dead = "dead"

// Alarm is one of CloudWatch's.
type Alarm struct {
	Name, State, Reason, URL string
	Since                    time.Time
	ActionsEnabled           bool
}

// Budget is one of AWS Budgets': decimal figures as AWS writes them.
type Budget struct {
	Name          string
	Limit, Actual string
	LimitUnit     string
	ActualUnit    string
	// Period is such as MONTHLY, Kind such as COST.
	Period, Kind string
	// Unhealthy says that AWS does not update it, and why; empty if it does.
	Unhealthy string
	Filtered  bool
}

// Rollout is how a shift of traffic stands.
type Rollout struct {
	Found bool
	// UnderWay says that a phase is; Watched that all traffic has moved and is
	// still watched.
	UnderWay, Watched bool
	Step, Weight      string
	Phase             int
	Since             time.Time
}
