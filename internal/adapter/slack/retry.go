package slack

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
)

// Clock is the time that waits and budgets are measured by.
type Clock struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// systemClock is the real one.
func systemClock() Clock {
	return Clock{Now: time.Now, Sleep: pause.For}
}

const (
	// DefaultBudget bounds all that is done for one message, waits included.
	DefaultBudget = 60 * time.Second
	// perTry bounds one request. Slack itself gives up after 30 s at most.
	perTry = 20 * time.Second
	// mostTries bounds a call where the budget does not; mostLooks a look for
	// a post whose answer was lost, which must leave time for the post.
	mostTries = 6
	mostLooks = 2

	firstWait = 500 * time.Millisecond
	longWait  = 8 * time.Second
)

// outcome says what a failed try allows.
type outcome int

const (
	final   outcome = iota // the same request would fail again
	again                  // Slack did not act on it: it can be sent again
	unclear                // Slack may have acted on it
)

// try is one attempt at a call and what became of it.
type try struct {
	// most is how often; mostTries unless set.
	most int
	// once marks what must not happen twice: a post.
	once bool
	// taken says after an unclear try whether Slack acted on it; nil or
	// errUnknown where nobody can tell.
	taken func(ctx context.Context) (bool, error)
}

// errUnknown says that a look could not tell.
var errUnknown = errors.New("it cannot be looked up")

// call runs request until it succeeds, fails for good, or the budget is spent.
func (c *core) call(ctx context.Context, t try, request func(context.Context) error) error {
	if t.most == 0 {
		t.most = mostTries
	}
	for n := 1; ; n++ {
		watch, e := watched(ctx)
		err := request(watch)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return c.explain(context.Cause(ctx), e, t.once && e.sent)
		}
		next := judge(err, e)
		if next == final {
			return c.explain(err, e, false)
		}
		wait := c.backoff(n, e)
		if n == t.most || c.clock.Now().Add(wait).After(c.deadline) {
			return c.explain(spent{err, wait}, e, t.once && next == unclear)
		}
		if err := c.clock.Sleep(ctx, wait); err != nil {
			return c.explain(err, e, t.once && next == unclear)
		}
		if !t.once || next == again {
			continue
		}
		taken, lookErr := t.look(ctx)
		switch {
		case lookErr == nil && taken:
			return nil
		case lookErr == nil:
			continue // looked, and it is not there
		case e.status < http.StatusInternalServerError:
			// No answer came, and nobody can look: twice is worse than a
			// warning that says so.
			return c.explain(err, e, true)
		}
		// Slack itself said that it failed. See the README for what that risks.
	}
}

func (t try) look(ctx context.Context) (bool, error) {
	if t.taken == nil {
		return false, errUnknown
	}
	return t.taken(ctx)
}

// judge says what a failed try allows.
func judge(err error, e *exchange) outcome {
	switch {
	case e.status == http.StatusTooManyRequests:
		return again
	case e.status >= http.StatusInternalServerError:
		return unclear
	case e.status == 0 && !e.sent:
		return again // no connection came about
	case e.status == 0:
		return unclear
	}
	switch codeOf(err) {
	case "ratelimited", "rate_limited", "service_unavailable", "request_timeout":
		return again
	case "internal_error", "fatal_error":
		// "Some aspect of the operation may have succeeded" (errors of every
		// method, docs.slack.dev/reference/methods).
		return unclear
	case "":
		if e.status == http.StatusOK {
			return unclear // no JSON, or one that breaks off
		}
	}
	return final
}

// backoff is Retry-After if Slack gave one, else twice as long each time; a
// random part keeps jobs that failed together from coming back together.
func (c *core) backoff(n int, e *exchange) time.Duration {
	wait := min(firstWait<<(n-1), longWait)
	if e.wait > 0 {
		wait = e.wait
	}
	return wait + time.Duration(c.random()*float64(firstWait))
}

// spent is a failure for which there was no time left to try again.
type spent struct {
	err  error
	wait time.Duration
}

func (s spent) Error() string { return s.err.Error() }
func (s spent) Unwrap() error { return s.err }

// core is what the API and the webhook share.
type core struct {
	clock    Clock
	random   func() float64
	deadline time.Time
	http     *http.Client
}

// Options change how Slack is spoken to. The zero value is right outside tests.
type Options struct {
	// BaseURL is Slack's API, "https://slack.com/api/" unless set.
	BaseURL string
	// Budget bounds everything together; DefaultBudget unless set.
	Budget time.Duration
	// Clock is the system's unless set.
	Clock *Clock
	// Random returns numbers from 0 to 1 for jitter.
	Random func() float64
}

func newCore(o Options) core {
	c := core{clock: systemClock(), random: rand.Float64}
	if o.Clock != nil {
		c.clock = *o.Clock
	}
	if o.Random != nil {
		c.random = o.Random
	}
	if o.Budget == 0 {
		o.Budget = DefaultBudget
	}
	c.deadline = c.clock.Now().Add(o.Budget)
	c.http = newHTTP(min(perTry, o.Budget))
	return c
}

// unclearNote ends a message about a post whose answer was lost.
const unclearNote = "Look into the channel before you repeat it: it may have been posted."

// explain turns what went wrong into a fault that says what to do, and that
// holds nothing Slack or the network wrote: either may repeat a secret.
func (c *core) explain(err error, e *exchange, mayBePosted bool) error {
	var own *fault.Fault
	if errors.As(err, &own) {
		return err
	}
	f := faultOf(err, e)
	var s spent
	switch {
	case mayBePosted:
		f.Next = unclearNote
	case errors.As(err, &s) && e.wait > 0:
		f.What += fmt.Sprintf("; it asks to wait %v, which is more than the time left", e.wait)
	}
	if c := codeOf(err); c != "" {
		return refusal{f, c}
	}
	return f
}
