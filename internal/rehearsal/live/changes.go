package live

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/rehearsal/cloud"
)

// Stand is what the record gives green and what DNS answers, as shares.
type Stand struct {
	At time.Time
	// Record is green's share by the weights; Apart says that A and AAAA differ.
	Record float64
	Apart  bool
	// DNS is green's share of the answers, health checks counted in.
	DNS float64
}

// Changes are all the stands there were, each when it began.
type Changes struct {
	mu  sync.Mutex
	all []Stand
}

// looks is how often this machine looks in a second of its own.
const looks = 100

// watch looks until ctx ends.
func (c *Changes) watch(ctx context.Context, w *World) {
	tick := time.NewTicker(time.Second / looks)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.add(w.stand())
		}
	}
}

func (c *Changes) add(s Stand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.all); n > 0 {
		last := c.all[n-1]
		if last.At = s.At; last == s {
			return
		}
	}
	c.all = append(c.all, s)
}

// All are the stands so far.
func (c *Changes) All() []Stand {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.all)
}

// first is when a stand began, after a time, that is so.
func (c *Changes) first(after time.Time, is func(Stand) bool) time.Time {
	for _, s := range c.All() {
		if !s.At.Before(after) && is(s) {
			return s.At
		}
	}
	return time.Time{}
}

// stand is how it is now.
func (w *World) stand() Stand {
	s := Stand{At: w.Clock.Now()}
	for target, share := range w.Cloud.Resolve(record, "A") {
		if isGreen(target) {
			s.DNS += share
		}
	}
	sets := w.Cloud.Records(zone)
	s.Record = weighs(sets, "A")
	s.Apart = s.Record != weighs(sets, "AAAA")
	return s
}

// weighs is green's share of the weights of one type.
func weighs(sets []cloud.RecordSet, kind string) float64 {
	green, all := 0, 0
	for _, s := range sets {
		if s.Type != kind || s.Weight == nil || s.AliasTarget == nil {
			continue
		}
		all += *s.Weight
		if isGreen(s.AliasTarget.DNSName) {
			green += *s.Weight
		}
	}
	if all == 0 {
		return 0
	}
	return float64(green) / float64(all)
}
