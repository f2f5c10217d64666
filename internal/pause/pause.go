// Package pause waits: for a span that ends early with its context, and between
// the tries of a call, longer each time and never the same for two. Clients that
// have a way of their own to repeat calls, as the SDK of AWS has, keep it.
package pause

import (
	"context"
	"math/rand/v2"
	"time"
)

// For waits for d, or until ctx ends, whose cause it then returns.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

// Backoff says how long is waited between tries.
type Backoff struct {
	// First is what the first wait is around.
	First time.Duration
	// Most bounds how far it grows; nothing does if it is 0.
	Most time.Duration
}

// After is how long to wait after so many failed tries, from 1 on: twice as long
// each time. Half of it is at random, so that those who failed together do not
// come back together.
func (b Backoff) After(failed int) time.Duration {
	d := b.First
	for range failed - 1 {
		if (b.Most > 0 && d >= b.Most) || d > d*2 {
			break
		}
		d *= 2
	}
	if b.Most > 0 {
		d = min(d, b.Most)
	}
	return Spread(d)
}

// Wait waits after so many failed tries, or until ctx ends.
func (b Backoff) Wait(ctx context.Context, failed int) error { return For(ctx, b.After(failed)) }

// Spread is between half of d and d, at random.
func Spread(d time.Duration) time.Duration {
	if d < 2 {
		return d
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}

// Clock is the real one, as shells want it that count and wait.
type Clock struct{}

// Now is the time of day.
func (Clock) Now() time.Time { return time.Now() }

// Wait waits for d, or until ctx ends.
func (Clock) Wait(ctx context.Context, d time.Duration) error { return For(ctx, d) }
