package trace

import (
	"context"
	"time"
)

// Traces reads what was recorded.
type Traces interface {
	// Get reads traces by their ids, as far as they are there by now. Each id
	// stands either among the found or among the missing. A trace that is there
	// and cannot be read is an error.
	Get(ctx context.Context, ids []string) (found []Trace, missing []string, err error)
	// Summaries are the traces that were indexed and that a filter expression
	// finds.
	Summaries(ctx context.Context, filter string, from, to time.Time) ([]Summary, error)
}

// Summary is what the index holds of a trace.
type Summary struct {
	ID string
	// Annotations are the values of each key, in the order in which AWS has them.
	Annotations map[string][]any
	// Fault is 5xx, Error is 4xx, Throttle is 429, somewhere in the trace.
	Fault, Error, Throttle bool
	Partial                bool
	Duration               time.Duration
}

// Graph reads AWS's own service graph. The group is empty for all traces.
type Graph interface {
	Edges(ctx context.Context, from, to time.Time, group string) ([]Edge, error)
}

// Functions reads the stage's functions: each one's tracing mode by its name.
type Functions interface {
	Modes(ctx context.Context) (map[string]string, error)
}

// The tracing modes of a function; source: Lambda API reference, TracingConfig.
const (
	ModeActive      = "Active"
	ModePassThrough = "PassThrough"
)

// Setting reads where the account's traces go.
type Setting interface {
	Destination(ctx context.Context) (Destination, error)
}

// Destination is where the account's traces go; source: X-Ray API reference,
// GetTraceSegmentDestination and GetIndexingRules.
type Destination struct {
	// Kind is KindXRay or KindLogs.
	Kind string
	// Status is StatusActive once traces arrive there, StatusPending before.
	Status string
	// Index is the share of the traces that is indexed, in percent; nil where it
	// is not known. It counts in KindLogs alone: X-Ray indexes all that it keeps.
	Index *float64
}

// The kinds and states of a destination. With KindLogs (Transaction Search)
// every span is in CloudWatch Logs and only a share of the traces is indexed.
const (
	KindXRay      = "XRay"
	KindLogs      = "CloudWatchLogs"
	StatusActive  = "ACTIVE"
	StatusPending = "PENDING"
)

// Sender sends one request to the stage and waits for its answer. It follows no
// redirect. An error says that there was no answer.
type Sender interface {
	Send(ctx context.Context, request Request) (Response, error)
}

// Request is one synthetic request.
type Request struct {
	Method, Path string
	// Headers hold the trace's id and the run's already.
	Headers map[string]string
	Body    []byte
}

// Response is what came back.
type Response struct {
	Status int
	// Body is what was read of it; Bytes is how long all of it was, -1 if that is
	// not known, or if it was compressed on the way.
	Body  []byte
	Bytes int64
	Took  time.Duration
}

// Clock is the time of day. Wait returns early, with its cause, when ctx ends.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside.
type Ports struct {
	Sender Sender
	// Traces is X-Ray's own store: BatchGetTraces and GetTraceSummaries.
	Traces Traces
	// Spans reads where the destination is KindLogs: Transaction Search. Its
	// Summaries is not called. The second a trace began is in its id.
	Spans     Traces
	Graph     Graph
	Functions Functions
	Setting   Setting
	Clock     Clock
	// Random fills ids of traces; crypto/rand.Read is one.
	Random func([]byte) (int, error)
	// Looked is told how far the waiting is, after each look; it may be nil.
	Looked func(Progress)
}

// Progress says how far a run is.
type Progress struct {
	Sent, Found, Whole, Wanted int
	Waited, Most               time.Duration
}
