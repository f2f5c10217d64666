package bake

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// Prober sends one request and waits for its answer; a request that got none is
// an Answer too.
type Prober interface {
	Probe(ctx context.Context, method, path string) Answer
}

// Alarms reads alarms by their names; one that does not exist is left out.
type Alarms interface {
	Alarms(ctx context.Context, names []string) ([]Alarm, error)
}

// Clock is the time of day. Wait returns early with ctx.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, d time.Duration) error
}

// Ports are the ways to the outside. Alarms may be nil where none are named.
type Ports struct {
	Prober Prober
	Alarms Alarms
	Clock  Clock
	// Looked is told of each look.
	Looked func(*Watch)
}

// Run watches until it is settled, or until ctx ends; the watch then holds what
// was seen.
func Run(ctx context.Context, p Ports, policy Policy) (*Watch, error) {
	w := New(policy, p.Clock.Now())
	for {
		s, err := look(ctx, p, policy)
		if err != nil {
			return w, err
		}
		done := w.Add(s)
		p.Looked(w)
		if done {
			return w, nil
		}
		if err := p.Clock.Wait(ctx, w.pause()); err != nil {
			return w, err
		}
	}
}

// pause is how long to wait for the next look: shorter while the API settles,
// and not beyond the end.
func (w *Watch) pause() time.Duration {
	if w.right.IsZero() {
		return min(w.policy.Every, 2*time.Second)
	}
	return max(min(w.policy.Every, w.policy.For-w.last.Sub(w.right)), 0)
}

func look(ctx context.Context, p Ports, policy Policy) (Sample, error) {
	s := Sample{Answers: make([]Timed, len(policy.Checks))}
	var group errgroup.Group
	for i, c := range policy.Checks {
		group.Go(func() error {
			from := p.Clock.Now()
			s.Answers[i] = Timed{Answer: p.Prober.Probe(ctx, c.Method, c.Path)}
			s.Answers[i].Took = p.Clock.Now().Sub(from)
			return nil
		})
	}
	if len(policy.Alarms) > 0 {
		group.Go(func() error {
			var err error
			if s.Alarms, err = p.Alarms.Alarms(ctx, policy.Alarms); err != nil {
				s.Unread = err.Error()
			}
			return nil
		})
	}
	_ = group.Wait() // none returns an error
	s.At = p.Clock.Now()
	// What a cancelled request says is no evidence.
	return s, context.Cause(ctx)
}

// Progress says where it stands, in a line.
func (w *Watch) Progress() string {
	if w.right.IsZero() {
		return "not right yet: " + w.worst().Check + " " + w.worst().LastError
	}
	return "quiet for " + span(w.last.Sub(w.right)) + " of " + span(w.policy.For)
}
