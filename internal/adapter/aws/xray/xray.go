// Package xray reads traces, the service graph and where traces go at AWS X-Ray,
// or at what AWS_ENDPOINT_URL names. It is the Traces, Graph and Setting of
// internal/trace.
package xray

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/xray"

	"github.com/cutover-dev/cutover/internal/adapter/aws/refusal"
	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/trace"
)

// XRay is that of one account and region. Its Get finds what X-Ray itself has
// kept; [XRay.Search] finds what Transaction Search has.
type XRay struct {
	client *xray.Client
	o      Options
}

var (
	_ trace.Traces  = (*XRay)(nil)
	_ trace.Traces  = (*Search)(nil)
	_ trace.Graph   = (*XRay)(nil)
	_ trace.Setting = (*XRay)(nil)
)

// Options are times; zero values are those for AWS.
type Options struct {
	// Within bounds one question with all its pages and retries.
	Within time.Duration
	// Backoff is the longest wait between two tries of a call that was throttled.
	Backoff time.Duration
	// Poll is the first wait for a retrieval of Transaction Search; each one after
	// it is longer.
	Poll time.Duration
}

const (
	// attempts is how often a call is made: X-Ray throttles a whole account at
	// once, and what else asks it comes and goes.
	attempts = 8
	// mostPages bounds an answer, which X-Ray cuts into pages of its own choice.
	mostPages = 200
)

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. region is empty for that of the environment.
func Open(ctx context.Context, region string, o Options) (*XRay, error) {
	or := func(d *time.Duration, standard time.Duration) {
		if *d <= 0 {
			*d = standard
		}
	}
	or(&o.Within, 2*time.Minute)
	or(&o.Backoff, 5*time.Second)
	or(&o.Poll, time.Second)
	c, err := session.Load(ctx, region, session.Retrying(func(s *retry.StandardOptions) {
		s.MaxAttempts, s.MaxBackoff = attempts, o.Backoff
	}))
	if err != nil {
		return nil, err
	}
	return &XRay{client: xray.NewFromConfig(c), o: o}, nil
}

// bounded is ctx with the bound of one question.
func (x *XRay) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, x.o.Within, &fault.Fault{
		Kind: fault.Outside, Name: "X-Ray", What: "did not answer within " + x.o.Within.String(), Next: "Run it again; if it stays so, look at the AWS Health Dashboard.",
	})
}

// failed says which call failed and what allows it. Who gave up hears why, and
// not that a context ended.
func failed(ctx context.Context, what, call string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return refusal.Of("X-Ray", what, "Allow the role xray:"+call+" on *: X-Ray scopes it by nothing.", err)
}

// pages asks for one page after another until there is no further one. An
// answer that never ends is an error: half of it would look like all.
func pages(what string, page func(token *string) (next *string, err error)) error {
	seen := map[string]bool{}
	var token *string
	for range mostPages {
		next, err := page(token)
		if err != nil {
			return err
		}
		if next == nil || *next == "" {
			return nil
		}
		if seen[*next] {
			return endless(what, "its pages go round in a circle")
		}
		seen[*next], token = true, next
	}
	return endless(what, fmt.Sprintf("it has more than %d pages", mostPages))
}

func endless(what, why string) error {
	return &fault.Fault{Kind: fault.Outside, Name: "X-Ray", What: what + " does not end", Err: errors.New(why), Next: "Run it again with fewer requests."}
}
