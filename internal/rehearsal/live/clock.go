// Package live is a cutover on this machine with real traffic, in compressed
// time: AWS in memory whose clock runs ahead, blue and green as real servers,
// vegeta as the users, DNS answers that resolvers keep, and the real binary of
// traffic-shift as a process. Green can be broken, the watcher killed, Route 53's
// control plane taken away; what the users got is counted.
package live

import (
	"context"
	"time"

	"github.com/cutover-dev/cutover/internal/pause"
)

// Clock is AWS's time, which runs so many times as fast as this machine's.
type Clock struct {
	origin, began time.Time
	speed         float64
}

// NewClock begins at origin, now.
func NewClock(origin time.Time, speed float64) Clock {
	return Clock{origin, time.Now(), speed}
}

// Now is the time at AWS.
func (c Clock) Now() time.Time { return c.At(time.Now()) }

// At is the time at AWS when this machine's was here.
func (c Clock) At(here time.Time) time.Time {
	return c.origin.Add(time.Duration(float64(here.Sub(c.began)) * c.speed))
}

// Here is how long a time at AWS takes on this machine.
func (c Clock) Here(d time.Duration) time.Duration { return time.Duration(float64(d) / c.speed) }

// Pass lets so much of AWS's time go by.
func (c Clock) Pass(ctx context.Context, d time.Duration) error {
	return pause.For(ctx, c.Here(d))
}
