package rollout_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/cutover-dev/cutover/internal/rollout"
)

// paced is a tick that stops at every turn of a port call until it is told to
// go on. Only one goroutine runs at any moment.
type paced struct {
	resume, parked chan struct{}
	done           bool
}

// begin starts a tick, which waits before its first turn.
func begin(w *room, p rollout.Policy, order *rollout.Order) *paced {
	t := &paced{resume: make(chan struct{}), parked: make(chan struct{})}
	sh := w.shell(p, func() {
		t.parked <- struct{}{}
		<-t.resume
	})
	now := after(w.minute)
	go func() {
		<-t.resume
		sh.Tick(context.Background(), now, order)
		t.done = true
		t.parked <- struct{}{}
	}()
	return t
}

// step goes on to the next turn; it reports whether there was one.
func (t *paced) step() bool {
	if t.done {
		return false
	}
	t.resume <- struct{}{}
	<-t.parked
	return !t.done
}

func (t *paced) run(turns int) {
	for ; turns != 0 && t.step(); turns-- {
	}
}

func (t *paced) finish() { t.run(-1) }

// sound is what must hold after any interleaving, once a fresh tick has been.
func sound(t *testing.T, w *room, p rollout.Policy, what string, args ...any) {
	t.Helper()
	s := w.state()
	if s.Step != rollout.Ready && w.stand != rollout.SplitOf(s.Weight) {
		t.Fatalf(what+": the record is %+v, the newest state %s at %s", append(args, w.stand, s.Step, s.Weight)...)
	}
	if w.verdict != s.Healthy() {
		t.Fatalf(what+": the verdict is %v while %s", append(args, w.verdict, s.Step)...)
	}
	w.pass()
	w.tickOn(t, p, 2)
	promoted := map[int]int{}
	for _, e := range w.log {
		if e.Kind == rollout.Promoted {
			promoted[e.Phase]++
		}
	}
	for phase, n := range promoted {
		if last := len(p.Phases); n > 1 && phase < last || n > 2 { // into the last phase, and out of it
			t.Fatalf(what+": promoted to phase %d %d times", append(args, phase, n)...)
		}
	}
	if err := rollout.Verify(w.log); err != nil || len(w.log) < w.state().Sequence-len(w.state().Outbox) {
		t.Fatalf(what+": %d of %d events, %v", append(args, len(w.log), w.state().Sequence, err)...)
	}
}

// moments are the rooms of a script, before each of its ticks.
func moments(t *testing.T, p rollout.Policy, s script) []*room {
	w := newRoom()
	w.greenBreaks = s.greenBreaks
	var list []*room
	for range s.minutes {
		list = append(list, w.copied())
		if _, err, _ := w.tick(w.shell(p, nil), s.order(w.minute)); err != nil {
			t.Fatal(err)
		}
		w.pass()
	}
	return list
}

// Two watchers in the same minute: one stops at each turn in its way, the
// other goes through, wholly or up to each of its own turns; then both end.
func TestTwoTickersAtEveryTurn(t *testing.T) {
	t.Parallel()
	p := small(t)
	for _, s := range scripts[:2] {
		for minute, was := range moments(t, p, s) {
			const most = 60 // turns of one tick, with what it looks at again
			for first := 0; first < most; first++ {
				w := was.copied()
				a := begin(w, p, s.order(minute))
				a.run(first)
				ended := a.done
				b := begin(w, p, s.order(minute))
				b.finish()
				a.finish()
				sound(t, w, p, "%s, minute %d, the first stops at turn %d", s.name, minute, first)
				if ended {
					break
				}
			}
			if minute%4 != 0 && slower > 1 {
				continue
			}
			for range 12 / min(slower, 4) {
				alternate(t, p, s, minute, was)
			}
		}
	}
}

var luck = rand.New(rand.NewPCG(3, 4))

// alternate runs two or three ticks in an order made up at random.
func alternate(t *testing.T, p rollout.Policy, s script, minute int, was *room) {
	w := was.copied()
	order := s.order(minute)
	if luck.IntN(4) == 0 {
		order = &rollout.Order{Kind: oneOf(luck, rollout.OrderRollback, rollout.OrderPromote), By: "kim", Reason: "said so"}
	}
	ticks := []*paced{begin(w, p, order), begin(w, p, s.order(minute)), begin(w, p, nil)}
	for len(ticks) > 0 {
		i := luck.IntN(len(ticks))
		ticks[i].run(1 + luck.IntN(6))
		if ticks[i].done {
			ticks = append(ticks[:i], ticks[i+1:]...)
		}
	}
	sound(t, w, p, "%s, minute %d, at random, order %+v", s.name, minute, order)
}

// A promoter that stalls at any turn and wakes after somebody has rolled back
// leaves green at 0.
func TestStalePromoter(t *testing.T) {
	t.Parallel()
	p := small(t)
	s := scripts[0]
	stalled := 0
	for minute, was := range moments(t, p, s) {
		if minute == 0 {
			continue
		}
		for turns := 0; ; turns++ {
			w := was.copied()
			a := begin(w, p, nil)
			a.run(turns)
			if a.done {
				break
			}
			w.pass()
			_, err, _ := w.tick(w.shell(p, nil), &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"})
			if err != nil {
				t.Fatal(err)
			}
			w.pass()
			w.tickOn(t, p, 1)
			a.finish()
			stalled++
			if state := w.state(); w.stand.Green != 0 || state.Weight != 0 || w.verdict {
				t.Fatalf("minute %d, stalled at turn %d: the record is %+v, verdict %v, %s at %s", minute, turns, w.stand, w.verdict, state.Step, state.Weight)
			}
		}
	}
	if stalled < 300 {
		t.Errorf("only %d stalls were tried", stalled)
	}
}
