// Package route53 reads and moves the weighted pair of a cutover at Amazon
// Route 53, or at what AWS_ENDPOINT_URL names, and makes its health checks. It
// is the Record of internal/rollout, half of its Signals, and the World of
// internal/rollout/prepare.
package route53

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/cutover-dev/cutover/internal/adapter/aws/session"
	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/prepare"
)

// Zone is one record in its hosted zone.
type Zone struct {
	client *route53.Client
	record prepare.Record
	o      Options

	mu sync.Mutex
	// last are the sets as they were read last, at lastAt.
	last   []prepare.Set
	lastAt time.Time
	// parts are the endpoints of a calculated check, as they were read at partsAt.
	parts   map[string][]endpoint
	partsAt time.Time
}

var (
	_ rollout.Record = (*Zone)(nil)
	_ prepare.World  = (*Zone)(nil)
)

// Options are times; zero values are those for AWS.
type Options struct {
	// Pace is the mean time between requests, a few of which may go out at once: an
	// account has five a second;
	// source: Route 53 Developer Guide, Quotas.
	Pace time.Duration
	// Poll is the time before the first look whether a change is in sync, Within
	// the time after which nobody waits any longer.
	Poll, Within time.Duration
	// Backoff is the longest wait between two tries of a request that was refused
	// for the moment.
	Backoff time.Duration
	// Told hears how long each change took to be in sync; nil for nobody.
	Told func(Sync)
	// Progress hears each leg of a change as it ends, and how long it took; nil
	// for nobody. What is one of the words below.
	Progress func(what string, took time.Duration)
}

// Sync is how a change came to Route 53's servers.
type Sync struct {
	// Change is its ID. Took is the time from its answer to the look that saw it
	// in sync, or gave up.
	Change string
	InSync bool
	Took   time.Duration
}

// The legs of a change.
const (
	// Accepted: Route 53 has taken the change. Retries are part of the time.
	Accepted = "accepted"
	// InSync: its servers know the change, counted from Accepted on.
	InSync = "INSYNC"
	// NotInSync: nobody waits any longer.
	NotInSync = "not INSYNC"
	// Stood: nothing was to be changed, so there is no change to wait for. After
	// a lost answer or a kill the servers may still be about to learn of it.
	Stood = "stood already"
)

const (
	// within bounds one call with all its retries.
	within = time.Minute
	// rereads is how often a batch is decided anew because the record changed
	// between reading and writing.
	rereads = 5
)

// Open makes a client with the credentials that the AWS SDK finds; nothing is
// called yet. Route 53 is one service for all regions.
func Open(ctx context.Context, r prepare.Record, o Options) (*Zone, error) {
	or := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	or(&o.Pace, 220*time.Millisecond)
	or(&o.Poll, 2*time.Second)
	or(&o.Within, 2*time.Minute)
	or(&o.Backoff, 5*time.Second)
	if o.Told == nil {
		o.Told = func(Sync) {}
	}
	if o.Progress == nil {
		o.Progress = func(string, time.Duration) {}
	}
	pace := &pace{every: o.Pace}
	c, err := session.Load(ctx, "",
		config.WithDefaultRegion("us-east-1"),
		session.Retrying(func(s *retry.StandardOptions) {
			// Throttling and PriorRequestNotComplete are retried by the SDK. Its
			// allowance for retries is switched off: a rollback does not stop
			// because others were throttled before it.
			s.MaxAttempts, s.MaxBackoff, s.RateLimiter = 8, o.Backoff, free{}
		}),
		config.WithAPIOptions([]func(*middleware.Stack) error{pace.into}))
	if err != nil {
		return nil, err
	}
	return &Zone{client: route53.NewFromConfig(c), record: r, o: o}, nil
}

// free lets every retry through.
type free struct{}

func (free) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}

func (free) AddTokens(uint) error { return nil }

// pace keeps requests apart, retries too: a few at once, as a tick has, and on the
// long run no more than one in each span.
type pace struct {
	every  time.Duration
	mu     sync.Mutex
	recent [atOnce]time.Time // when the last ones went out or shall
	n      int
}

// atOnce is how many may go out at once: one less than an account has a second.
const atOnce = 4

// into puts the pace behind the retries, so that each attempt waits its turn.
func (p *pace) into(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("CutoverPace",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if err := p.wait(ctx); err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, err
			}
			return next.HandleFinalize(ctx, in)
		}), "Retry", middleware.After)
}

func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	turn := p.recent[p.n%atOnce].Add(atOnce * p.every)
	if turn.Before(now) {
		turn = now
	}
	p.recent[p.n%atOnce] = turn
	p.n++
	p.mu.Unlock()
	return pause.For(ctx, turn.Sub(now))
}

// Weights implements rollout.Record.
func (z *Zone) Weights(ctx context.Context) (rollout.Split, error) {
	sets, err := z.Sets(ctx)
	if err != nil {
		return rollout.Split{}, err
	}
	s := z.record.Look(sets)
	if s.Kind == prepare.Nothing {
		return rollout.Split{}, z.missing(ctx, s)
	}
	return z.record.Split(s)
}

// missing asks whose the zone is only when the record is not in it: a rollback
// must not wait for a question that it does not need.
func (z *Zone) missing(ctx context.Context, s prepare.Standing) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	_, not := z.record.Split(s)
	out, err := z.client.GetHostedZone(ctx, &route53.GetHostedZoneInput{Id: &z.record.Zone})
	if err != nil || out.HostedZone == nil {
		return not // what was found out before is still true
	}
	name := strings.TrimSuffix(aws.ToString(out.HostedZone.Name), ".")
	switch {
	case !strings.HasSuffix("."+z.record.Name, "."+name):
		return &fault.Fault{Kind: fault.Refused, Name: "traffic.hosted_zone", What: "is the zone of another name, so it cannot hold " + z.record.Name, Got: z.record.Zone + ", " + name, Next: "Give the ID of the zone that ends the record's name."}
	case out.HostedZone.Config != nil && out.HostedZone.Config.PrivateZone:
		return &fault.Fault{Kind: fault.Refused, Name: "traffic.hosted_zone", What: "is private: users outside of its networks never ask it, and " + z.record.Name + " does not stand in it", Got: z.record.Zone, Next: "Give the ID of the public zone."}
	}
	return not
}

// Shift implements rollout.Record. A batch that comes too late, because somebody
// changed the record after it was read, fails as a whole; then it is read again.
// So does the repetition of one whose answer was lost, which finds its work done:
// it cannot know the change's name, and so cannot wait for it.
func (z *Zone) Shift(ctx context.Context, to rollout.Split) error {
	var late error
	began := time.Now()
	for n := range rereads {
		if n > 0 {
			if err := pause.For(ctx, time.Duration(n)*z.o.Pace); err != nil {
				break
			}
		}
		sets, err := z.Sets(ctx)
		if err != nil {
			return err
		}
		s := z.record.Look(sets)
		changes, err := z.record.Shift(s, to)
		switch {
		case err != nil && s.Kind == prepare.Nothing:
			return z.missing(ctx, s)
		case err != nil:
			return err
		case len(changes) == 0:
			z.o.Progress(Stood, time.Since(began))
			return nil
		}
		var invalid *types.InvalidChangeBatch
		if late = z.Change(ctx, changes); !errors.As(late, &invalid) {
			return late
		}
	}
	return late
}
