package rollout

import (
	"time"

	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// Retell draws a rollout's samples anew, out of its log and the minutes that were
// measured, for a report that nobody kept samples for. Weights and shares are
// those that were; the evidence is gathered once more by the same rules, and may
// differ a little where a tick saw a minute later than it came, so that it shows
// and decides nothing.
func Retell(p Policy, log []Event, minutes []judge.Minute) []Sample {
	t := retelling{p: p, log: log, d: decider{p: p, s: New(p)}}
	var samples []Sample
	for _, m := range minutes {
		t.until(m.End())
		if t.d.s.Ledger == nil || t.ended && m.Start.After(t.stop) {
			continue
		}
		proves := !t.d.s.Settled.IsZero() && !m.Start.Before(t.d.s.Settled)
		if m.End().After(t.d.s.Ledger.Through) && !t.ended {
			t.d.s.Ledger.Take(p.Rules, m, proves)
		}
		samples = append(samples, t.d.sample(m))
	}
	return samples
}

// retelling is a log on its way.
type retelling struct {
	p   Policy
	log []Event
	d   decider
	// ended says that blue has everything, stop until when that is still drawn.
	ended bool
	stop  time.Time
}

// aftermath is for how long a rollback's traffic is drawn.
const aftermath = 30 * time.Minute

// until takes in the events up to a time.
func (t *retelling) until(at time.Time) {
	for len(t.log) > 0 && !t.log[0].At.After(at) {
		e := t.log[0]
		t.log = t.log[1:]
		s := &t.d.s
		s.Weight = e.Weight
		switch e.Kind {
		case Started, Promoted:
			t.enter(e)
		case Settled:
			s.Settled = e.At
		case EpochOpened, Recovered:
			if s.Ledger != nil {
				s.Ledger.Reopen(t.p.Rules, s.Ledger.Length)
			}
		case FellBack:
			t.ended, t.stop = true, e.At.Add(aftermath)
		}
	}
}

// enter opens a phase's evidence, as a tick did.
func (t *retelling) enter(e Event) {
	s := &t.d.s
	s.Phase, s.Settled, t.ended = e.Phase-1, time.Time{}, false
	if s.Phase < 0 || s.Phase >= len(t.p.Phases) {
		return // cutover.yaml has other phases by now
	}
	epoch := 1
	if s.Ledger != nil {
		epoch = s.Ledger.Epoch + 1
	}
	ledger := judge.Open(t.p.Rules, epoch, t.p.Phases[s.Phase].minutes(), e.At, s.Ledger)
	s.Ledger = &ledger
}
