package load

import "time"

// Call is a request as it goes over the wire.
type Call struct {
	// User is the number of the arrival in the whole plan, Step the request's place
	// in its scenario; both from 0.
	User, Step int
	// Scenario and Route are for the telling.
	Scenario, Route string
	Method, URL     string
	Headers         []Header
	Body            []byte
}

// Answer is what came back. A generator hands over the body only if
// [User.Reads] asks for it.
type Answer struct {
	Status  int
	Headers map[string][]string
	Body    []byte
	// Latency is from when the request was due.
	Latency time.Duration
}

// Outcome is what became of one request.
type Outcome struct {
	User, Step int
	Route      string
	// Due and Began are from the beginning of the run. A later request of a user
	// is due when the one before was answered, plus its wait.
	Due, Began time.Duration
	// Latency is from when it was due until the answer's last byte, so that a
	// generator that is late cannot make a target look fast.
	Latency time.Duration
	// Status is 0 without an answer; Trouble says why.
	Status  int
	Trouble Trouble
	// Failed are the checks that failed, in words.
	Failed            []string
	BytesIn, BytesOut int64
}

// Error says whether the outcome counts as an error: no answer, 5xx, or a check
// that failed.
func (o Outcome) Error() bool {
	return o.Status == 0 || o.Status >= 500 || len(o.Failed) > 0
}

// Trouble is why there was no answer.
type Trouble string

// The kinds of trouble. Ports and Files are the generator's own: they make a run
// invalid.
const (
	// Ports is "cannot assign requested address": no free port to send from.
	Ports Trouble = "ports"
	// Files is "too many open files".
	Files Trouble = "files"
	// Refused is a connection that nobody took.
	Refused Trouble = "refused"
	// Reset is a connection that was cut.
	Reset Trouble = "reset"
	// Timeout is an answer that did not come in time.
	Timeout Trouble = "timeout"
	// Name is a host that was not found.
	Name Trouble = "name"
	// Secure is TLS that could not be agreed on, or not be trusted.
	Secure Trouble = "tls"
	// Rendered is a request that could not be made: a template had no value.
	Rendered Trouble = "template"
	// Other is everything else.
	Other Trouble = "other"
)

// Own says whether the trouble is the generator's, not the target's.
func (t Trouble) Own() bool { return t == Ports || t == Files }

// Second is what one second of a run looked like, for [Guard] and for whoever
// watches.
type Second struct {
	// At is the end of the second, from the beginning of the run.
	At time.Duration
	// Sent is how many requests began, Answered how many came to an end, Errors how
	// many of those are errors, and Waiting how many are under way at the end.
	Sent, Answered, Errors, Waiting int
	// Latencies of those that came to an end with an answer.
	Latencies []time.Duration
}

// End is how a run ended, and what it needed.
type End struct {
	Began, Ended time.Time
	// Stopped is what [Guard] said, or how the run was interrupted.
	Stopped string
	// Interrupted says that a person or a timeout ended it, not the target.
	Interrupted bool
	// Skipped counts later requests of users that an earlier one left without a
	// value or an answer.
	Skipped int
	// Generator is what it needed; the recorder fills in how late it was.
	Generator Generator
}
