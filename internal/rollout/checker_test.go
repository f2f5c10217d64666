package rollout_test

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/evidence"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// step is one decision: what it came from and what became of it.
type step struct {
	p      rollout.Policy
	before rollout.State
	seen   rollout.Observation
	made   rollout.Decision
}

// check holds a decision against the rules, written down a second time.
func (c step) check() error {
	for _, rule := range []func() error{c.weights, c.rises, c.times, c.breach, c.corrections} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

func (c step) weights() error {
	s := c.made.State
	known := s.Weight == 0 || slices.ContainsFunc(c.p.Phases, func(p rollout.Phase) bool { return p.Weight == s.Weight })
	if !known {
		return fmt.Errorf("the weight %s is that of no phase", s.Weight)
	}
	if (s.Step == rollout.RollingBack || s.Step == rollout.RolledBack || s.Step == rollout.Ready) && s.Weight != 0 {
		return fmt.Errorf("%s at %s", s.Step, s.Weight)
	}
	return nil
}

// rises wants the reason of every step forward.
func (c step) rises() error {
	from, to := c.before, c.made.State
	ended := to.Step == rollout.Soaking && from.Step != rollout.Soaking
	if to.Weight <= from.Weight && !ended {
		if c.made.Action == rollout.Promote {
			return fmt.Errorf("promoted from %s to %s", from.Weight, to.Weight)
		}
		return nil
	}
	if ordered := c.seen.Order; ordered != nil && c.made.Refused == "" {
		if ordered.Kind == rollout.OrderStart && to.Weight == c.p.Phases[0].Weight && to.Phase == 0 {
			return nil
		}
	}
	next := from.Phase + 1
	switch {
	case c.made.Action != rollout.Promote:
		return fmt.Errorf("from %s to %s by %s", from.Weight, to.Weight, c.made.Action)
	case from.Step != rollout.Watching:
		return fmt.Errorf("promoted out of %s", from.Step)
	case ended && (to.Phase != from.Phase || next != len(c.p.Phases) || to.Weight != unit.Full):
		return fmt.Errorf("soaking at %s after phase %d of %d", to.Weight, next, len(c.p.Phases))
	case !ended && (to.Phase != next || to.Weight != c.p.Phases[next].Weight):
		return fmt.Errorf("from phase %d to phase %d at %s", from.Phase, to.Phase, to.Weight)
	}
	if count(c.made.Events, rollout.Promoted) != 1 {
		return fmt.Errorf("promoted, and told %v", kinds(c.made.Events))
	}
	if ordered := c.seen.Order; ordered != nil && c.made.Refused == "" && ordered.Kind == rollout.OrderPromote {
		if b := c.learned().Assess(c.p.Rules, c.situation()).Breach; b != nil {
			return fmt.Errorf("a person promoted a broken green: %s", b.Reason)
		}
		return nil
	}
	return c.earned(next)
}

// learned is the evidence after the minutes of this decision.
func (c step) learned() *judge.Ledger {
	l := c.before.Ledger.Clone()
	for _, m := range expected(c.before, c.seen) {
		l.Take(c.p.Rules, m, false)
	}
	return l
}

func (c step) situation() judge.Situation {
	probes := slices.Clone(c.before.Probes)
	if c.seen.Probe != nil {
		probes = append(probes, *c.seen.Probe)
	}
	return judge.Situation{Now: later(c.seen.Now, c.before.Clock), Risen: c.before.Risen, BlueIdle: c.before.Weight == unit.Full, Probes: probes[max(len(probes)-5, 0):]}
}

// earned says whether a promotion that nobody ordered had everything that it
// needs.
func (c step) earned(next int) error {
	from, now := c.before, later(c.seen.Now, c.before.Clock)
	resumed := c.seen.Order != nil && c.seen.Order.Kind == rollout.OrderResume && c.made.Refused == ""
	approved := from.Approved > next || c.seen.Order != nil && c.seen.Order.Kind == rollout.OrderApprove
	ledger := c.learned()
	switch {
	case now.Before(from.Settled.Add(c.p.Phases[from.Phase].Hold.Std())):
		return fmt.Errorf("before the phase's time is up")
	case from.Paused && !resumed:
		return fmt.Errorf("while paused")
	case from.Digest != c.p.Digest && !resumed:
		return fmt.Errorf("by another policy")
	case next < len(c.p.Phases) && c.p.Phases[next].Approval == "required" && !approved:
		return fmt.Errorf("without approval")
	case from.Hold != nil && from.Hold.Kind == rollout.HoldBroken && !resumed:
		return fmt.Errorf("held by %s", from.Hold.Kind)
	case now.Sub(ledger.Green) >= 4*time.Minute, from.Weight < unit.Full && now.Sub(ledger.Blue) >= 4*time.Minute:
		return fmt.Errorf("on figures of green until %s and blue until %s, at %s", ledger.Green, ledger.Blue, now)
	case c.seen.GreenUp != nil && !*c.seen.GreenUp:
		return fmt.Errorf("while green's health check is down")
	case c.seen.Weights != nil && !c.seen.Weights.Is(from.Weight) && share(*c.seen.Weights) < from.Weight.Fraction():
		return fmt.Errorf("while the record says %+v", *c.seen.Weights)
	}
	return c.proved(ledger, now)
}

// proved looks at the evidence itself. Which of the newest minutes count as
// proof depends on the share that green got; the best choice must suffice.
func (c step) proved(ledger *judge.Ledger, now time.Time) error {
	for _, o := range c.p.Rules.Objectives {
		t, was := ledger.Tracks[o.Name], c.before.Ledger.Tracks[o.Name]
		green, _, _ := t.Log()
		counted := o.Name == judge.ErrorRate || o.Name == judge.Slow
		limited := counted || o.Name == judge.ColdStart || o.Name == judge.Throttles
		switch {
		case counted && o.Prove && c.best(o, was) < evidence.Threshold(c.p.Rules.Beta):
			return fmt.Errorf("%s is not proved", o.Name)
		case limited && green >= calm:
			return fmt.Errorf("%s has evidence of 10 against it", o.Name)
		case !limited && o.Name != judge.Rejected && bits.OnesCount8(uint8(t.Past)) >= c.p.Rules.Agreement:
			return fmt.Errorf("the guard %s is up", o.Name)
		case !limited && o.Name != judge.Rejected && ledger.Through.Sub(t.At) > 10*time.Minute && ledger.Through.Sub(ledger.Opened) > 10*time.Minute:
			return fmt.Errorf("%s is missing", o.Name)
		case !t.WorseAt.IsZero() && c.p.When.Worse != "report" && !c.before.Accepted && c.seen.Order == nil:
			return fmt.Errorf("green is worse than blue in %s", o.Name)
		}
	}
	return nil
}

func (c step) best(o judge.Objective, was *judge.Track) float64 {
	bad, total := was.EffectiveBad, was.EffectiveTotal
	limit := evidence.Limit(o.Limit)
	for _, m := range expected(c.before, c.seen) {
		k := m.Green.Errors
		if o.Name == judge.Slow {
			k = m.Green.Slow
		}
		k = min(max(k, 0), m.Green.Requests)
		widened := evidence.Dispersion(float64(m.Green.Requests), o.Correlation)
		b, n := bad+float64(k)/widened, total+float64(m.Green.Requests)/widened
		if m.Green.Present && limit.LogPass(b, n) > limit.LogPass(bad, total) {
			bad, total = b, n
		}
	}
	return limit.LogPass(bad, total)
}

// times wants a clock that only moves forward, and no figures from the future.
func (c step) times() error {
	s := c.made.State
	if s.Clock.Before(c.before.Clock) || s.Clock.Before(c.seen.Now) {
		return fmt.Errorf("the clock went from %s to %s", c.before.Clock, s.Clock)
	}
	if s.Ledger != nil && c.before.Ledger != nil {
		newest := later(c.before.Ledger.Through, s.Clock)
		if s.Ledger.Opened.Equal(c.before.Ledger.Opened) {
			newest = later(c.before.Ledger.Through, s.Clock.Add(-2*time.Minute))
		}
		if s.Ledger.Through.After(newest) || s.Ledger.Through.Before(c.before.Ledger.Through) {
			return fmt.Errorf("judged through %s at %s, before through %s", s.Ledger.Through, s.Clock, c.before.Ledger.Through)
		}
	}
	for _, e := range c.made.Events {
		if !e.At.Equal(s.Clock) {
			return fmt.Errorf("an event of %s at %s", e.At, s.Clock)
		}
	}
	return nil
}

// breach wants blue to have everything in the decision in which green broke a
// limit, where policy says so.
func (c step) breach() error {
	active := isActive(c.before) && c.seen.Order == nil
	if !active || c.made.State.Weight == 0 {
		return nil
	}
	b := c.learned().Assess(c.p.Rules, c.situation()).Breach
	if b != nil && b.Attribution == judge.Green && (b.Hard || c.p.When.Fail == "rollback") {
		return fmt.Errorf("green at %s although %s", c.made.State.Weight, b.Reason)
	}
	if b != nil && c.made.Action == rollout.Promote {
		return fmt.Errorf("promoted although %s", b.Reason)
	}
	return nil
}

// share is what weights give green; two weights of 0 are equal weights to
// Route 53.
func share(s rollout.Split) float64 {
	if s.Green+s.Blue == 0 {
		return .5
	}
	return float64(s.Green) / float64(s.Green+s.Blue)
}

// corrections wants weights that never give green more than was decided, and
// that raise it only where a promotion is carried out.
func (c step) corrections() error {
	s := c.made.State
	stands := []*rollout.Split{nil, c.seen.Weights, {}, {Green: 0, Blue: 1}, {Green: 1, Blue: 0}, {Green: s.Sequence % 256, Blue: (7 * s.Sequence) % 256}}
	for _, stand := range stands {
		want, wrong := s.Correction(stand)
		switch {
		case share(want) > s.Weight.Fraction()+1e-12:
			return fmt.Errorf("%s corrects %+v to %+v", s.Weight, stand, want)
		case s.Step == rollout.Ready || s.Step == rollout.Complete:
			if wrong {
				return fmt.Errorf("%s corrects", s.Step)
			}
		case stand != nil && share(*stand) > s.Weight.Fraction()+1e-12 && !wrong:
			return fmt.Errorf("%s leaves %+v at %s", s.Step, *stand, s.Weight)
		case wrong && s.Step != rollout.Shifting && (stand == nil || share(want) > share(*stand)) && share(want) > 0:
			return fmt.Errorf("%s raises %+v to %+v", s.Step, stand, want)
		}
	}
	return nil
}
