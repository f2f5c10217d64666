// Package rollback brings a stage back to a release that was good: it decides
// which one, puts that release's code back into the functions, has the release's
// commit deployed again, and writes down each step, so that a run that was
// killed anywhere is simply run again.
//
// The archive knows what was good: a release is archived only after its
// deployment, its smoke test and its bake went well. What was left by a rollback
// is withdrawn and is not gone back to, unless somebody names it. An old state of
// SST is never put back: that would part the state from the cloud. Everything
// outside is behind ports.
package rollback

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Parts of a rollback.
const (
	All      = "all"
	Code     = "code"
	Redeploy = "redeploy"
)

// LastGood is the target that needs no name.
const LastGood = "last-good"

// Ask is what somebody asks for.
type Ask struct {
	// To is LastGood, a release, or the beginning of a commit.
	To string
	// Leave is a commit that is known to be bad, or empty: what is live is taken
	// to be it, and no release of it is gone back to.
	Leave string
	// OnlyAfter is a workflow run; unless it is empty, nothing is done where that
	// run has not touched the stage.
	OnlyAfter string
	// RunID is this run's, as SST_RUN_ID has it; empty outside of Actions.
	RunID string
}

// Release is a release of the archive.
type Release struct {
	Name, Commit string
	// Run is the workflow run that archived it, empty if that is unknown.
	Run string
	// Created is when archiving began, by the runner's clock; Stored is when it
	// was done, by the store's.
	Created, Stored time.Time
	// Damaged says that its manifest cannot be trusted.
	Damaged bool
}

// Update is the last update of the stage by SST's record.
type Update struct {
	ID, RunID string
	// Clean says that it came to its end without an error.
	Clean   bool
	Started time.Time
	// What says in a sentence how it ended.
	What string
}

// Stand is what SST's state bucket says of the stage.
type Stand struct {
	// Update is nil where there was none.
	Update *Update
	// Locked says that the stage is locked, by LockRun if that is known.
	Locked  bool
	LockRun string
	// State is the stage's state document, nil if there is none.
	State []byte
}

// Match says whether the functions run a release's code.
type Match string

// The answers.
const (
	// Unknown: the release holds no state, so nobody knows which function had
	// which code.
	Unknown Match = ""
	Same    Match = "same"
	Other   Match = "other"
)

// Seen is everything that a decision is made from.
type Seen struct {
	// Releases of the stage, newest first.
	Releases []Release
	// Journal holds the rollbacks of the stage, oldest first.
	Journal []Past
	Update  *Update
	Locked  bool
	LockRun string
	// Live says whether the functions run the code of [Newest].
	Live Match
}

// Function is a function as it runs.
type Function struct {
	Name string
	// SHA256 is that of its zip, in hex.
	SHA256                    string
	Handler, Runtime, Package string
	Architectures             []string
	// Revision changes with every change of the function.
	Revision string
	// Updating says that a change is under way; Problem why the last one failed.
	Updating bool
	Problem  string
}

// What a call of Functions ends with.
var (
	// ErrNoFunction says that there is no such function.
	ErrNoFunction = errors.New("there is no such function")
	// ErrChanged says that the function is not in the revision that was named.
	ErrChanged = errors.New("the function was changed meanwhile")
	// ErrBusy says that a change of the function is under way.
	ErrBusy = errors.New("the function is being changed")
)

// Functions are the functions of an account and region.
type Functions interface {
	// Look returns a function, or ErrNoFunction.
	Look(ctx context.Context, name string) (Function, error)
	// Put gives a function in just this revision the code that lies under a key
	// of the archive's bucket. It returns before the function has it.
	Put(ctx context.Context, name, revision, key string) (Function, error)
}

// SST is what a rollback asks of SST and its state bucket.
type SST interface {
	// Stand looks at the stage.
	Stand(ctx context.Context) (Stand, error)
	// Clear makes sure that nobody works on the stage: it releases a dead run's
	// lock and refuses any other.
	Clear(ctx context.Context) error
	// Head returns the commit that the app's folder is a checkout of.
	Head(ctx context.Context) (string, error)
	// Sum returns the SHA-256 in hex of a file of the checkout; ok is false if
	// there is no such file.
	Sum(ctx context.Context, path string) (sum string, ok bool, err error)
	// Deploy deploys the app's folder and returns SST's id of the update. An
	// error says that it did not succeed, or that nobody knows.
	Deploy(ctx context.Context) (update string, err error)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// runOf is the workflow run within an SST_RUN_ID: what stands before the last
// dash. It is empty for what is no number, such as a laptop's.
func runOf(id string) string {
	run := id
	if at := strings.LastIndexByte(id, '-'); at >= 0 {
		run = id[:at]
	}
	if run == "" || strings.ContainsFunc(run, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return run
}
