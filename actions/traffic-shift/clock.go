package main

import (
	"context"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/pause"
	"github.com/cutover-dev/cutover/internal/runner"
)

const (
	// skewed is by how much a runner's clock may differ before it is told of.
	skewed = 2 * time.Minute
	// paced is by how much S3's clock must have parted from this machine's, since
	// the first look, to be one that runs at another pace: a rehearsal's does.
	paced = 5 * time.Second
)

// clock is the time as S3 says it, since the minutes that are judged are AWS's:
// a runner whose clock is off must not misjudge them. Where S3 does not answer,
// the runner's own time is used, as it was seen to differ last.
type clock struct {
	ask   func() (time.Time, error)
	s     *runner.Session
	fresh time.Duration

	mu sync.Mutex
	// first and last are looks at both clocks; this machine's are monotonic.
	first, last look
	rate        float64
}

// look is what both clocks said at once.
type look struct{ here, there time.Time }

// newClock asks S3 at most once a sixtieth of the time between two ticks.
func newClock(s *runner.Session, every time.Duration, ask func() (time.Time, error)) *clock {
	return &clock{ask: ask, s: s, fresh: every / 60, rate: 1}
}

// Now is the time of day in UTC.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last.here.IsZero() || time.Since(c.last.here) >= c.fresh {
		c.compare()
	}
	if c.last.here.IsZero() {
		return time.Now().UTC()
	}
	return c.last.there.Add(time.Duration(float64(time.Since(c.last.here)) * c.rate)).UTC()
}

// compare looks at S3's clock; c.mu is held.
func (c *clock) compare() {
	here := time.Now()
	there, err := c.ask()
	if err != nil {
		return
	}
	if c.last = (look{here, there}); c.first.here.IsZero() {
		c.first = c.last
		if off := there.Sub(here).Abs(); off > skewed {
			c.s.Annotate(runner.Annotation{Level: runner.Warning, Title: "traffic-shift", Message: "This machine's clock is off by " + seconds(off) + ". AWS's time is used."})
		}
		return
	}
	passedHere, passedThere := here.Sub(c.first.here), there.Sub(c.first.there)
	if (passedThere-passedHere).Abs() > paced && passedHere > 0 && passedThere > 0 {
		c.rate = passedThere.Seconds() / passedHere.Seconds()
	}
}

// Wait sleeps until so much time has passed by S3's clock, or ctx ends.
func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	end := c.Now().Add(d)
	for left := d; left > 0; left = end.Sub(c.Now()) {
		if err := pause.For(ctx, c.step(left)); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// step is how long to sleep here while so much is left there: no longer than
// between two ticks, and shortly at first, until the pace of S3's clock is known.
func (c *clock) step(left time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	here := time.Duration(float64(min(left, 60*c.fresh)) / c.rate)
	if c.last.here.Equal(c.first.here) {
		here = min(here, c.fresh)
	}
	return max(here, time.Millisecond)
}
