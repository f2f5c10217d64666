package rollout_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

const (
	// walks of so many decisions each: together more than a million.
	walks    = 525
	strides  = 1600
	decided  = 1_000_000 / slower
	stateMax = 64 << 10
)

// A million decisions in worlds made up at random, each held against the rules
// as a second hand wrote them down. What a seed shows, it shows again.
func TestDecideKeepsTheRules(t *testing.T) {
	policies := []rollout.Policy{compiled(t, 5), compiled(t, 5, judge.Connections, judge.DatabaseCPU)}
	var decisions atomic.Int64
	var mu sync.Mutex
	seen, failures := map[string]int{}, 0
	seeds := make(chan uint64)
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := range seeds {
				w := newWalker(seed, policies[seed%2])
				err := w.walk(&decisions)
				mu.Lock()
				for what, n := range w.seen {
					seen[what] += n
				}
				if err != nil && failures < 10 {
					failures++
					t.Errorf("seed %d: %v", seed, err)
				}
				mu.Unlock()
			}
		})
	}
	for seed := range uint64(walks/slower + 1) {
		seeds <- seed
	}
	close(seeds)
	group.Wait()
	if n := decisions.Load(); n < decided && failures == 0 {
		t.Errorf("%d decisions, want at least %d", n, decided)
	}
	t.Logf("%d decisions: %v", decisions.Load(), seen)
	// A walk that never gets anywhere holds nothing.
	for _, what := range []rollout.Kind{rollout.Promoted, rollout.FellBack, rollout.Soaked, rollout.Confirmed, rollout.Recovered, rollout.EpochOpened, rollout.Paged, rollout.Reported, rollout.Corrected} {
		if seen[string(what)] == 0 {
			t.Errorf("no walk saw %s", what)
		}
	}
	for _, kind := range []rollout.HoldKind{rollout.HoldBroken, rollout.HoldUnclear, rollout.HoldShared, rollout.HoldMissing, rollout.HoldUndelivered, rollout.HoldDrift,
		rollout.HoldWorse, rollout.HoldPolicy, rollout.HoldPaused, rollout.HoldInconclusive, rollout.HoldApproval, rollout.HoldGuard} {
		if seen["hold "+string(kind)] == 0 {
			t.Errorf("no walk was held by %s", kind)
		}
	}
}

// walk makes decisions until something is wrong.
func (w *walker) walk(decisions *atomic.Int64) (err error) {
	at := 0
	defer func() {
		if e := recover(); e != nil {
			buf := make([]byte, 4096)
			err = fmt.Errorf("decision %d: panic: %v\n%s", at, e, buf[:runtime.Stack(buf, false)])
		}
	}()
	var brokenSince time.Time
	for ; at < strides; at++ {
		w.digested()
		o := w.observation()
		c := step{p: w.p, before: w.s, seen: o}
		sampled := at%128 == 0
		var input string
		if sampled {
			input = marshal(w.s)
		}
		c.made = rollout.Decide(w.p, w.s, o)
		decisions.Add(1)
		if err := c.check(); err != nil {
			return fmt.Errorf("decision %d at %s, %s: %w", at, o.Now, w.s.Step, err)
		}
		if brokenSince, err = c.patience(brokenSince); err != nil {
			return fmt.Errorf("decision %d: %w", at, err)
		}
		if sampled {
			decisions.Add(2)
			if err := c.value(input); err != nil {
				return fmt.Errorf("decision %d: %w", at, err)
			}
		}
		if at%8 == 0 && isActive(c.made.State) {
			decisions.Add(2)
			if err := c.wayBack(); err != nil {
				return fmt.Errorf("decision %d: %w", at, err)
			}
		}
		w.take(c.made)
	}
	return rollout.Verify(w.log)
}

// take goes on from a decision. The log arrives mostly.
func (w *walker) take(d rollout.Decision) {
	for _, e := range d.Events {
		w.seen[string(e.Kind)]++
		if e.Kind == rollout.Held {
			w.seen["hold "+string(d.State.Hold.Kind)]++
		}
	}
	w.log = append(w.log, d.Events...)
	w.s = d.State
	if w.chance(.5) {
		w.s.Outbox = nil
	}
	if w.s.Step == rollout.Complete && w.chance(.3) {
		w.log = nil // the next cutover
		w.s = rollout.New(w.p)
	}
}

// patience bounds how long users stay on a green that is broken and held for a
// person to decide.
func (c step) patience(since time.Time) (time.Time, error) {
	b, now := c.made.Assessment.Breach, c.made.State.Clock
	if b == nil || b.Attribution != judge.Green || !isActive(c.made.State) || c.seen.Order != nil {
		return time.Time{}, nil
	}
	if since.IsZero() {
		since = now
	}
	if now.Sub(since) >= c.p.DecisionTime {
		return since, fmt.Errorf("green at %s, broken since %s, and it is %s: %s", c.made.State.Weight, since, now, b.Reason)
	}
	return since, nil
}

// value says that deciding changes no input, and that the same input, also one
// that went through the store, gives the same decision.
func (c step) value(input string) error {
	if now := marshal(c.before); now != input {
		return fmt.Errorf("deciding changed its input from %s to %s", input, now)
	}
	if len(marshal(c.made.State)) > stateMax {
		return fmt.Errorf("the state has %d bytes", len(marshal(c.made.State)))
	}
	same := rollout.Decide(c.p, c.before, c.seen)
	var stored rollout.State
	unmarshal(input, &stored)
	reread := rollout.Decide(c.p, stored, c.seen)
	want := marshal(c.made.State) + string(c.made.Action) + marshal(c.made.Events) + c.made.Refused
	for name, d := range map[string]rollout.Decision{"repeated": same, "stored and read": reread} {
		if got := marshal(d.State) + string(d.Action) + marshal(d.Events) + d.Refused; got != want {
			return fmt.Errorf("%s: %s\nat first: %s", name, got, want)
		}
	}
	return nil
}

// wayBack says that one order gives blue everything, and a second one changes
// nothing.
func (c step) wayBack() error {
	back := rollout.Observation{Now: c.made.State.Clock, Order: &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"}}
	once := rollout.Decide(c.p, c.made.State, back)
	if once.State.Weight != 0 || once.State.Step != rollout.RollingBack || once.Refused != "" || once.Action != rollout.Return {
		return fmt.Errorf("a rollback from %s leaves %s at %s: %s", c.made.State.Step, once.State.Step, once.State.Weight, once.Refused)
	}
	if want, wrong := once.State.Correction(nil); !wrong || want.Green != 0 || want.Blue == 0 {
		return fmt.Errorf("after a rollback the record is to be %+v", want)
	}
	twice := rollout.Decide(c.p, once.State, back)
	if len(twice.Events) != 0 || twice.State.Last != once.State.Last || *twice.State.Rollback != *once.State.Rollback || twice.State.Step != once.State.Step {
		return fmt.Errorf("the second rollback told %v", kinds(twice.Events))
	}
	return nil
}
