package deploy

import (
	"context"
	"errors"
	"io"
	"time"
)

// Store is SST's state bucket.
type Store interface {
	// Get returns an object of at most limit bytes, unpacked if it is gzipped
	// (SST packs with state.compress), or ErrNoObject.
	Get(ctx context.Context, key string, limit int64) (Object, error)
	// Written returns when an object was last written; zero if there is none.
	Written(ctx context.Context, key string) (time.Time, error)
	// List returns the first keys under prefix in the order of their bytes.
	List(ctx context.Context, prefix string, most int) ([]string, error)
	// Delete removes exactly the version that etag names, or ErrChanged.
	Delete(ctx context.Context, key, etag string) error
	// Put replaces exactly the version that etag names, or ErrChanged.
	Put(ctx context.Context, key string, text []byte, etag string) error
}

// Object is a document of the store.
type Object struct {
	Text []byte
	ETag string
}

// What a Store's calls end with.
var (
	// ErrNoObject says that there is no such document.
	ErrNoObject = errors.New("there is no such document in the state bucket")
	// ErrChanged says that a document is not the one that was read before.
	ErrChanged = errors.New("the document was changed meanwhile")
)

// Runs knows the runs of workflows. A run that it does not know, or may not
// ask about, is ErrNoRun.
type Runs interface {
	Run(ctx context.Context, id int64) (Run, error)
	// Others says whether a job of that attempt other than the one on runner is
	// under way.
	Others(ctx context.Context, id RunID, runner string) (bool, error)
}

// Run is a run of a workflow.
type Run struct {
	// Attempt is the newest; Over and Ended are that attempt's.
	Attempt int
	Over    bool
	Ended   time.Time
	URL     string
}

// ErrNoRun says that GitHub does not tell about a run.
var ErrNoRun = errors.New("GitHub does not know this run, or the token may not ask (actions: read)")

// Tool is the sst binary.
type Tool interface {
	// Run calls it and waits for its end; runID becomes SST_RUN_ID. Both streams
	// go on as they come. When ctx is cancelled it is asked to stop. An error
	// says that it could not be started at all.
	Run(ctx context.Context, runID string, stdout, stderr io.Writer, args ...string) (Exit, error)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside. Runs is nil where GitHub cannot be asked.
type Ports struct {
	Store Store
	Runs  Runs
	Tool  Tool
	Clock Clock
	// Note says something to whoever watches.
	Note func(format string, args ...any)
}
