package main

import (
	"context"
	"sync"
	"time"
)

// clock is the time as S3 says it: soak, hold and approval go by it, and a
// runner's own clock may be anywhere. Nothing is deleted by a clock that was never
// told the time.
type clock struct {
	ask func() (time.Time, error)

	mu          sync.Mutex
	here, there time.Time
	last        time.Time
}

func newClock(ask func() (time.Time, error)) (*clock, error) {
	c := &clock{ask: ask}
	there, err := ask()
	c.here, c.there = time.Now(), there
	return c, err
}

// Now asks anew; where nobody answers, the time is what it was told last and what
// has passed here since. It is whole seconds, as S3's is, and never goes back.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if there, err := c.ask(); err == nil {
		c.here, c.there = time.Now(), there
	}
	if now := c.there.Add(time.Since(c.here)).UTC().Truncate(time.Second); now.After(c.last) {
		c.last = now
	}
	return c.last
}

// wait sleeps, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
