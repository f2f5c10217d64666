// Package preflight looks, before any traffic moves, for what would break under
// it: quotas, connections, time limits, bodies too large, work that both sides
// would do, migrations that only one version survives, answers that differ.
package preflight

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/preflight/compare"
)

// Fleet is what AWS knows of both fleets.
type Fleet interface {
	// Concurrency is the account's quota and what of it no function has reserved.
	Concurrency(ctx context.Context) (Concurrency, error)
	// Functions are green's.
	Functions(ctx context.Context) ([]Function, error)
	// Load is blue's over the past days.
	Load(ctx context.Context) (Load, error)
	// Connections are what the database allows and has seen.
	Connections(ctx context.Context) (Connections, error)
	// Background is what runs without being asked, on either side.
	Background(ctx context.Context) ([]Worker, error)
}

// Concurrency is how many executions at once an account may have in a region.
type Concurrency struct{ Limit, Unreserved int }

// Function is one of green's. Reserved is -1 where it reserves nothing.
type Function struct {
	Name               string
	Timeout            time.Duration
	MemoryMB, Reserved int
}

// Load is what blue has carried: the most healthy tasks at once, the most
// requests in one minute, the mean and the longest time to an answer, over Days.
type Load struct {
	Tasks         int
	PerMinute     int64
	Mean, Longest time.Duration
	Days          int
}

// Connections are the most that the database has seen and what it allows. Proxied
// says that green reaches it through an RDS Proxy, which shares them.
type Connections struct {
	Peak, Allowed int
	Proxied       bool
}

// The sides of a worker.
const (
	Blue  = "blue"
	Green = "green"
)

// The kinds of a worker.
const (
	Schedule = "schedule"
	Queue    = "queue"
	Stream   = "stream"
)

// Worker is what one side does without being asked: on a schedule, or because
// something lies in a queue or a stream. Name is the function's that takes from
// the queue or the stream, or that of the schedule's rule; Source is the queue's
// or the stream's ARN, or the rule's expression.
type Worker struct {
	Side, Kind, Name, Source string
	Enabled                  bool
}

// Getter asks a side by its direct name with a GET, once. It follows no redirect
// and sends nothing secret.
type Getter interface {
	Get(ctx context.Context, side, path string) compare.Answer
}
