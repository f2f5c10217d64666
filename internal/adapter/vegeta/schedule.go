package vegeta

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"github.com/cutover-dev/cutover/internal/load"
)

// schedule says when which request is due. It is vegeta's Pacer, and does the
// waiting itself: between two arrivals a later request of a user may become due,
// and vegeta's own wait would sleep over it.
//
// The loop is open: an arrival is due when the plan says so. Only a later request
// of the same user waits for an answer, since it may need what the answer holds.
type schedule struct {
	ctx   context.Context
	plan  *load.Plan
	began time.Time

	mu sync.Mutex
	// next is the number of the next arrival, of total; first is the one that was
	// looked at and is not due yet.
	next, total int
	first       *step
	// later are the following requests of users, ready those that vegeta was told
	// to send and has not asked for yet.
	later later
	ready []step
	// sent counts what was handed out, under what of it has not come to an end.
	sent, under int
	// most may be sent of all, by the plan's limit; 0 is no limit. recent are the
	// beginnings of as many requests as may begin in a second.
	most   int
	recent []time.Duration
	woken  chan struct{}
}

// step is one request that is due at a time.
type step struct {
	due  time.Duration
	user *load.User
	// came says that the user's wait before the first request is behind it.
	came bool
}

func newSchedule(ctx context.Context, plan *load.Plan, began time.Time) *schedule {
	s := &schedule{ctx: ctx, plan: plan, began: began, total: plan.Total(), woken: make(chan struct{}, 1)}
	parts := max(plan.Part.Of, 1)
	if most := plan.Limits.Rate / float64(parts); most > 0 {
		s.recent = make([]time.Duration, max(1, int(catchUp*most)))
	}
	s.most = (plan.Limits.Requests + parts - 1) / parts
	return s
}

// catchUp is how much above the bound of the rate a generator may come within a
// second that was late by a moment: else it would stay late until the end.
const catchUp = 1.1

// idle is how long is waited where only an answer can bring something to do.
const idle = time.Hour

// Pace implements vegeta's Pacer: it returns when a request is due, or when there
// will be none.
func (s *schedule) Pace(time.Duration, uint64) (time.Duration, bool) {
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		wait, over := s.take()
		switch {
		case over || s.ctx.Err() != nil:
			return 0, true
		case wait <= 0:
			return 0, false
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-s.woken:
		case <-s.ctx.Done():
			return 0, true
		}
	}
}

// Rate implements vegeta's Pacer, which does not use it to send.
func (s *schedule) Rate(at time.Duration) float64 { return s.plan.Rate(at) }

// take makes the next request ready if it is due; else it says how long to wait.
// over says that all were sent and answered, or that no more may be sent.
func (s *schedule) take() (wait time.Duration, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.most > 0 && s.sent >= s.most {
			return 0, true
		}
		due, arrival, there := s.peek()
		if !there {
			return idle, s.under == 0
		}
		now := time.Since(s.began)
		if wait := max(due.due, s.free()) - now; wait > 0 {
			return wait, false
		}
		if arrival {
			s.first = nil
		} else {
			heap.Pop(&s.later)
		}
		if pause := due.user.Wait(); !due.came && pause > 0 {
			heap.Push(&s.later, step{due.due + pause, due.user, true})
			continue
		}
		if len(s.recent) > 0 {
			s.recent[s.sent%len(s.recent)] = now
		}
		s.ready = append(s.ready, due)
		s.sent++
		s.under++
		return 0, false
	}
}

// peek is what is due next, and whether it is an arrival.
func (s *schedule) peek() (next step, arrival, there bool) {
	if s.first == nil && s.next < s.total {
		s.first = &step{due: s.plan.Due(s.next), user: s.plan.User(s.plan.Arrival(s.next))}
		s.next++
	}
	switch {
	case s.first != nil && (len(s.later) == 0 || s.first.due <= s.later[0].due):
		return *s.first, true, true
	case len(s.later) > 0:
		return s.later[0], false, true
	}
	return step{}, false, false
}

// free is from when on another request may begin without exceeding the bound of
// the rate: a second after the one that began that many requests ago. A generator
// that catches up stays within it too.
func (s *schedule) free() time.Duration {
	if len(s.recent) == 0 || s.sent < len(s.recent) {
		return 0
	}
	return s.recent[s.sent%len(s.recent)] + time.Second
}

// claim is the request that vegeta sends now.
func (s *schedule) claim() (step, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ready) == 0 {
		return step{}, false
	}
	first := s.ready[0]
	if s.ready = s.ready[1:]; len(s.ready) == 0 {
		s.ready = nil // the memory of those before goes with it
	}
	return first, true
}

// settle says that a request came to an end, and what the user does next.
func (s *schedule) settle(following *step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.under--
	if following != nil {
		heap.Push(&s.later, *following)
	}
	if following != nil || s.under == 0 {
		select {
		case s.woken <- struct{}{}:
		default:
		}
	}
}

// counts are how many requests were handed out, and how many of them are under
// way.
func (s *schedule) counts() (sent, under int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent, s.under
}

// left says whether something has still to be sent.
func (s *schedule) left() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.first != nil || s.next < s.total || len(s.later) > 0
}

// later are requests, the earliest first.
type later []step

func (l later) Len() int           { return len(l) }
func (l later) Less(i, j int) bool { return l[i].due < l[j].due }
func (l later) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push implements heap.Interface.
func (l *later) Push(x any) {
	if s, is := x.(step); is {
		*l = append(*l, s)
	}
}

// Pop implements heap.Interface.
func (l *later) Pop() any {
	old := *l
	last := old[len(old)-1]
	*l = old[:len(old)-1]
	return last
}
