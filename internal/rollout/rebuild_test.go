package rollout_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// A state is lost at any point of any rollout, and made again out of the log:
// green never gets more than was decided nor than it has, one order rolls back,
// and the log goes on without a break. On the way, the state that was not lost
// always agrees with its log.
func TestRebuildKeepsTheRules(t *testing.T) {
	policy := compiled(t, 5)
	seen, rebuilt := map[string]int{}, 0
	for seed := range uint64(30/slower + 1) {
		w := newWalker(1_000_000+seed, policy)
		for at := range 400 {
			o := w.observation()
			if w.s.Step == rollout.Soaking && w.chance(.02) { // seldom among a walker's own
				o.Order = &rollout.Order{Kind: rollout.OrderFinish, By: "kim"}
			}
			w.take(rollout.Decide(w.p, w.s, o))
			if err := rollout.Agrees(w.s, tailOf(w.log)); err != nil {
				t.Fatalf("seed %d, decision %d: a state that nobody touched: %v", seed, at, err)
			}
			if at%10 != 0 || len(w.log) == 0 {
				continue
			}
			if err := w.lose(seen); err != nil {
				t.Fatalf("seed %d, decision %d, %s at %s: %v", seed, at, w.s.Step, w.s.Weight, err)
			}
			rebuilt++
			if w.chance(.2) { // and the walk goes on from there
				w.rebuild(t)
			}
		}
		if err := rollout.Verify(w.log); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d rebuilt: %v", rebuilt, seen)
	for _, step := range []rollout.Step{rollout.Settling, rollout.Soaking, rollout.RollingBack, rollout.RolledBack, rollout.Complete} {
		if seen[string(step)] == 0 {
			t.Errorf("none was rebuilt as %s", step)
		}
	}
}

func tailOf(log []rollout.Event) []rollout.Event { return log[max(len(log)-2, 0):] }

// stands is what the record may have at the moment of the loss.
func (w *walker) stands() []rollout.Split {
	list := []rollout.Split{rollout.SplitOf(w.s.Weight), {Green: 0, Blue: 1}, {Green: 1, Blue: 0}, {}, {Green: w.r.IntN(256), Blue: w.r.IntN(256)}}
	for _, p := range w.p.Phases {
		list = append(list, rollout.SplitOf(p.Weight))
	}
	return list
}

// lose rebuilds the state from every weight that may stand, and holds each
// against the rules.
func (w *walker) lose(seen map[string]int) error {
	now := w.s.Clock.Add(time.Minute)
	for _, stand := range w.stands() {
		s, e, err := rollout.Rebuild(w.p, w.log, stand, now)
		if err != nil {
			return err
		}
		seen[string(s.Step)]++
		log := append(slices.Clone(w.log), e)
		if last := w.log[len(w.log)-1]; last.Hash == e.Hash {
			log = w.log
		}
		if err := w.sound(s, log, stand); err != nil {
			return fmt.Errorf("with %+v on the record: %w", stand, err)
		}
	}
	return nil
}

func (w *walker) sound(s rollout.State, log []rollout.Event, stand rollout.Split) error {
	if err := rollout.Verify(log); err != nil {
		return err
	}
	if err := rollout.Agrees(s, tailOf(log)); err != nil {
		return fmt.Errorf("the rebuilt state: %w", err)
	}
	if s.Weight > w.s.Weight {
		return fmt.Errorf("rebuilt at %s, %s was decided", s.Weight, w.s.Weight)
	}
	if want, wrong := s.Correction(&stand); wrong && share(want) > share(stand) {
		return fmt.Errorf("%s corrects %+v to %+v", s.Step, stand, want)
	}
	if isActive(s) && (!s.Paused || s.Hold == nil) {
		return errors.New("nothing holds it")
	}
	if fresh := len(log) > len(w.log); s.Ledger != nil && (s.Ledger.Epoch < w.epoch() || fresh && s.Ledger.Epoch == w.epoch()) {
		return fmt.Errorf("epoch %d is opened again", s.Ledger.Epoch)
	}
	was := w.s
	defer func() { w.s = was }()
	w.s = s
	for range 3 {
		o := w.observation()
		o.Order, o.Weights = nil, &stand
		c := step{p: w.p, before: w.s, seen: o, made: rollout.Decide(w.p, w.s, o)}
		if c.made.State.Weight > s.Weight || c.made.Action == rollout.Promote {
			return fmt.Errorf("the next decision raises %s to %s", s.Weight, c.made.State.Weight)
		}
		if want, wrong := c.made.State.Correction(&stand); wrong && share(want) > share(stand) {
			return fmt.Errorf("the next decision raises %+v to %+v", stand, want)
		}
		if isActive(c.made.State) {
			if err := c.wayBack(); err != nil {
				return err
			}
		}
		w.s = c.made.State
	}
	return nil
}

func (w *walker) epoch() int {
	if w.s.Ledger == nil {
		return 0
	}
	return w.s.Ledger.Epoch
}

// rebuild goes on with a rebuilt state.
func (w *walker) rebuild(t *testing.T) {
	t.Helper()
	s, e, err := rollout.Rebuild(w.p, w.log, rollout.SplitOf(w.s.Weight), w.s.Clock)
	if err != nil {
		t.Fatal(err)
	}
	if w.log[len(w.log)-1].Hash != e.Hash {
		w.log = append(w.log, e)
	}
	w.s = s
}

// What each place in a rollout is rebuilt as.
func TestRebuildFromEachPlace(t *testing.T) {
	p := compiled(t, 5)
	tenth, half := unit.Percent(100_000), unit.Percent(500_000)
	split := rollout.SplitOf
	for name, c := range map[string]struct {
		follow func(*follower)
		stand  rollout.Split
		step   rollout.Step
		phase  int
		weight unit.Percent
	}{
		"just started, nothing shifted":   {func(*follower) {}, split(0), rollout.RollingBack, 0, 0},
		"just started, and shifted":       {func(*follower) {}, split(tenth), rollout.Settling, 0, tenth},
		"in the first phase":              {func(f *follower) { f.brink(0) }, split(tenth), rollout.Settling, 0, tenth},
		"a promotion is decided only":     {func(f *follower) { f.brink(0); f.tick() }, split(tenth), rollout.Settling, 0, tenth},
		"a promotion is carried out":      {func(f *follower) { f.brink(0); f.tick() }, split(half), rollout.Settling, 1, half},
		"somebody gave green more":        {func(f *follower) { f.brink(0) }, split(half), rollout.Settling, 0, tenth},
		"somebody gave green less":        {func(f *follower) { f.brink(1) }, split(200_000), rollout.Settling, 1, half},
		"somebody gave blue everything":   {func(f *follower) { f.brink(1) }, split(0), rollout.RollingBack, 1, 0},
		"all phases are done":             {func(f *follower) { f.brink(2); f.tick() }, split(unit.Full), rollout.Soaking, 2, unit.Full},
		"a rollback is decided":           {func(f *follower) { f.brink(1); f.order(rollout.OrderRollback) }, split(half), rollout.RollingBack, 1, 0},
		"a rollback is done":              {func(f *follower) { f.brink(1); f.order(rollout.OrderRollback); f.ticks(8) }, split(0), rollout.RolledBack, 1, 0},
		"after a rollback, started again": {func(f *follower) { f.order(rollout.OrderRollback); f.ticks(8); f.order(rollout.OrderStart) }, split(tenth), rollout.Settling, 0, tenth},
		"ECS is retired":                  {func(f *follower) { f.brink(2); f.tick(); f.order(rollout.OrderFinish) }, split(unit.Full), rollout.Complete, 2, unit.Full},
	} {
		t.Run(name, func(t *testing.T) {
			f := begun(t, p)
			c.follow(f)
			s, e, err := rollout.Rebuild(p, f.log, c.stand, after(f.minute))
			if err != nil {
				t.Fatal(err)
			}
			if s.Step != c.step || s.Phase != c.phase || s.Weight != c.weight || s.Attempt != f.s.Attempt || e.Sequence != len(f.log)+1 || s.Digest != p.Digest {
				t.Errorf("%s in phase %d at %s, attempt %d, event %d", s.Step, s.Phase, s.Weight, s.Attempt, e.Sequence)
			}
			again, same, err := rollout.Rebuild(p, append(slices.Clone(f.log), e), c.stand, after(f.minute+3))
			if err != nil || same != e || again.Weight != s.Weight || again.Step != s.Step || again.Last != s.Last {
				t.Errorf("again: %v, event %d, %s at %s", err, same.Sequence, again.Step, again.Weight)
			}
			if d := rollout.Decide(p, reread(t, s), rollout.Observation{Now: after(f.minute + 1), Weights: &c.stand}); d.State.Weight > s.Weight {
				t.Errorf("then %s", d.State.Weight)
			}
		})
	}
}

func (f *follower) ticks(n int) {
	for range n {
		f.tick()
	}
}

// A policy that lost a phase freezes what is rebuilt, until it is given back.
func TestRebuildUnderAnotherPolicy(t *testing.T) {
	f := begun(t, compiled(t, 5)).brink(1)
	p := f.p
	p.Phases, p.Digest = p.Phases[:1], "another"
	s, _, err := rollout.Rebuild(p, f.log, rollout.SplitOf(f.s.Weight), after(f.minute))
	if err != nil || s.Digest == p.Digest || s.Weight != f.s.Weight {
		t.Fatalf("%v: %+v", err, s)
	}
	for minute := range 60 {
		stand := rollout.SplitOf(s.Weight)
		d := rollout.Decide(p, s, rollout.Observation{Now: after(f.minute + minute), Weights: &stand, Minutes: []judge.Minute{traffic(after(f.minute+minute-2), s.Weight, 1200, 0, 0)}})
		if s = d.State; s.Weight > f.s.Weight {
			t.Fatalf("minute %d: raised to %s", minute, s.Weight)
		}
	}
}

// Nothing is concluded from a log that does not hold together.
//
// Attack: tampered-log
func TestRebuildRefusesABrokenLog(t *testing.T) {
	f := begun(t, compiled(t, 5)).brink(1)
	for name, damage := range map[string]func([]rollout.Event) []rollout.Event{
		"empty":            func([]rollout.Event) []rollout.Event { return nil },
		"one missing":      func(l []rollout.Event) []rollout.Event { return slices.Delete(l, 2, 3) },
		"the first gone":   func(l []rollout.Event) []rollout.Event { return l[1:] },
		"one changed":      func(l []rollout.Event) []rollout.Event { l[1].Weight = unit.Full; return l },
		"two exchanged":    func(l []rollout.Event) []rollout.Event { l[1], l[2] = l[2], l[1]; return l },
		"the last changed": func(l []rollout.Event) []rollout.Event { l[len(l)-1].Weight = unit.Full; return l },
	} {
		_, _, err := rollout.Rebuild(f.p, damage(slices.Clone(f.log)), rollout.SplitOf(f.s.Weight), after(f.minute))
		if !errors.Is(err, rollout.ErrLogBroken) || !strings.Contains(err.Error(), "rollback") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A state that was changed by hand does not agree with its log.
func TestAgreesRefuses(t *testing.T) {
	f := begun(t, compiled(t, 5)).brink(1)
	f.s.Outbox = nil
	older := *begun(t, f.p).brink(0)
	for name, change := range map[string]func(*rollout.State){
		"another weight":   func(s *rollout.State) { s.Weight = unit.Full },
		"another phase":    func(s *rollout.State) { s.Phase++ },
		"another step":     func(s *rollout.State) { s.Step = rollout.Complete },
		"back at rest":     func(s *rollout.State) { s.Step = rollout.RolledBack },
		"another hash":     func(s *rollout.State) { s.Last = strings.Repeat("0", 64) },
		"another number":   func(s *rollout.State) { s.Sequence-- },
		"one from before":  func(s *rollout.State) { *s = older.s },
		"a new one":        func(s *rollout.State) { *s = rollout.New(f.p) },
		"an outbox made":   func(s *rollout.State) { s.Outbox = []rollout.Event{{Sequence: s.Sequence + 1, Hash: "x"}} },
		"a gap to the log": func(s *rollout.State) { s.Outbox = f.log[len(f.log)-1:]; s.Sequence++ },
	} {
		s := reread(t, f.s)
		change(&s)
		if rollout.Agrees(s, tailOf(f.log)) == nil {
			t.Errorf("%s agrees", name)
		}
	}
	if err := rollout.Agrees(rollout.New(f.p), nil); err != nil {
		t.Error(err)
	}
}
