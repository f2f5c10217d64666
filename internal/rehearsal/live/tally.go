package live

import (
	"sync"
	"time"
)

// Tally counts what users got, by the second of AWS's time in which they asked.
type Tally struct {
	origin time.Time

	mu      sync.Mutex
	seconds []Count
}

// Count is what users got: requests by the side that was asked, and how many of
// them were harmed: answered with 5xx, or not at all.
type Count struct{ Sent, Harmed [2]int64 }

// Requests of both sides.
func (c Count) Requests() int64 { return c.Sent[Blue] + c.Sent[Green] }

// Harm on both sides.
func (c Count) Harm() int64 { return c.Harmed[Blue] + c.Harmed[Green] }

func (t *Tally) add(at time.Time, side Side, harmed bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := max(int(at.Sub(t.origin)/time.Second), 0)
	for len(t.seconds) <= n {
		t.seconds = append(t.seconds, Count{})
	}
	t.seconds[n].Sent[side]++
	if harmed {
		t.seconds[n].Harmed[side]++
	}
}

// Between is what users got from one time up to another.
func (t *Tally) Between(from, to time.Time) Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.between(from, to)
}

func (t *Tally) between(from, to time.Time) (sum Count) {
	index := func(at time.Time) int { return min(max(int(at.Sub(t.origin)/time.Second), 0), len(t.seconds)) }
	for _, c := range t.seconds[index(from):max(index(from), index(to))] {
		for side := range c.Sent {
			sum.Sent[side] += c.Sent[side]
			sum.Harmed[side] += c.Harmed[side]
		}
	}
	return sum
}

// Last is until when they asked.
func (t *Tally) Last() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.origin.Add(time.Duration(len(t.seconds)) * time.Second)
}

const (
	// most of the users have come back to blue when it has this share of their
	// requests.
	most = 0.95
	// sight is the time over which a share is looked at.
	sight = 30 * time.Second
)

// Back is when blue had 95% of the users' requests for good: the end of the first
// half minute from which on every one shows it. ok is false if the last one does
// not.
func (t *Tally) Back(since time.Time) (at time.Time, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := t.origin.Add(time.Duration(len(t.seconds)) * time.Second)
	for end := last; !end.Before(since); end = end.Add(-time.Second) {
		c := t.between(end.Add(-sight), end)
		if c.Requests() == 0 || float64(c.Sent[Blue]) < most*float64(c.Requests()) {
			break
		}
		at, ok = end, true
	}
	return at, ok
}
