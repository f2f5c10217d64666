package rollout_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cutover-dev/cutover/internal/fault"
	"github.com/cutover-dev/cutover/internal/rollout"
)

// small is a policy whose state is small, since these tests read and write it
// often.
func small(t *testing.T) rollout.Policy {
	p := compiled(t, 3)
	p.Rules.Objectives = p.Rules.Objectives[:1]
	return p
}

// told is a log by what happened, without the times.
func told(log []rollout.Event) []string {
	var list []string
	for _, e := range log {
		list = append(list, fmt.Sprintf("%s %d %s", e.Kind, e.Phase, e.Weight))
	}
	return list
}

// played runs a script and kills the tick at the so-manieth turn of a port call,
// to go on with fresh ticks: in the same minute, or in the next. It returns how
// many turns there were.
func played(t *testing.T, p rollout.Policy, s script, kill int, again bool) (*room, int) {
	t.Helper()
	w := newRoom()
	w.greenBreaks = s.greenBreaks
	turns := 0
	at := func() {
		if turns++; turns == kill {
			panic(stop{})
		}
	}
	var unheard *rollout.Order
	for range s.minutes {
		order := s.order(w.minute)
		if order == nil {
			order = unheard
		}
		_, err, killed := w.tick(w.shell(p, at), order)
		if unheard = nil; killed && again {
			_, err, _ = w.tick(w.shell(p, at), order)
		} else if killed {
			unheard = order // whoever ordered sees the failed job and repeats it
		}
		if err != nil {
			t.Fatal(err)
		}
		w.pass()
	}
	return w, turns
}

// A tick that is killed at any point, before or after the effect of any port
// call, leaves a state from which the next ticks come to the same end, with
// each event told once.
func TestKilledAnywhere(t *testing.T) {
	p := small(t)
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			want, turns := played(t, p, s, 0, true)
			if step := want.state().Step; step != s.end || turns < 200 {
				t.Fatalf("without a kill it ends %s, after %d turns; %v", step, turns, told(want.log))
			}
			step := 1
			if slower > 1 {
				step = 11
			}
			for kill := 1; kill <= turns; kill += step {
				for _, again := range []bool{true, false} {
					got, _ := played(t, p, s, kill, again)
					switch state := got.state(); {
					case got.stand != want.stand || got.verdict != want.verdict || state.Step != s.end:
						t.Fatalf("killed at turn %d: %s, record %+v, verdict %v; want %+v", kill, state.Step, got.stand, got.verdict, want.stand)
					case !slices.Equal(told(got.log), told(want.log)):
						t.Fatalf("killed at turn %d: %v\nwant %v", kill, told(got.log), told(want.log))
					case rollout.Verify(got.log) != nil || len(state.Outbox) != 0:
						t.Fatalf("killed at turn %d: %v, %d in the outbox", kill, rollout.Verify(got.log), len(state.Outbox))
					case len(got.told) != len(got.log):
						t.Fatalf("killed at turn %d: %d of %d events told", kill, len(got.told), len(got.log))
					}
				}
			}
		})
	}
}

// at10 is a room whose rollout is well at 10%, and moved brings one further.
func at10(t *testing.T, p rollout.Policy) *room {
	w, _ := played(t, p, script{orders: map[int]rollout.OrderKind{0: rollout.OrderStart}, minutes: 6}, 0, true)
	if s := w.state(); s.Weight != p.Phases[0].Weight || w.stand != rollout.SplitOf(s.Weight) {
		t.Fatalf("%s at %+v", s.Step, w.stand)
	}
	return w
}

// due is a room whose next tick promotes.
func due(t *testing.T, p rollout.Policy) *room {
	for w := at10(t, p); w.minute < 60; {
		before := w.copied()
		if w.tickOn(t, p, 1); w.state().Phase == 1 {
			return before
		}
	}
	t.Fatal("nothing is ever promoted")
	return nil
}

// The way back needs no store; the way forward does.
func TestStoreDown(t *testing.T) {
	p := compiled(t, 3)
	rollback := &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"}
	t.Run("written no more, a rollback still shifts", func(t *testing.T) {
		w := at10(t, p)
		w.fails["save"] = errOutside
		out, err, _ := w.tick(w.shell(p, nil), rollback)
		if err != nil || w.stand != (rollout.SplitOf(0)) || w.verdict || !out.Acted || !strings.Contains(strings.Join(out.Trouble, ";"), "without its state") {
			t.Errorf("%v, record %+v, verdict %v, %v", err, w.stand, w.verdict, out.Trouble)
		}
		// A later tick takes over what the record shows.
		delete(w.fails, "save")
		w.tickOn(t, p, 8)
		if s := w.state(); s.Step != rollout.RolledBack || w.stand.Green != 0 || rollout.Verify(w.log) != nil {
			t.Errorf("%s at %+v", s.Step, w.stand)
		}
	})
	t.Run("nor read, a rollback still shifts", func(t *testing.T) {
		w := at10(t, p)
		w.fails["save"], w.fails["load"] = errOutside, errOutside
		_, err, _ := w.tick(w.shell(p, nil), rollback)
		if w.stand != (rollout.SplitOf(0)) || w.verdict {
			t.Errorf("%v, record %+v, verdict %v", err, w.stand, w.verdict)
		}
	})
	t.Run("nor read, and blue does not answer: it may be retired", func(t *testing.T) {
		w := at10(t, p)
		w.fails["save"], w.fails["load"], w.fails["probe"] = errOutside, errOutside, errOutside
		before := w.stand
		if _, err, _ := w.tick(w.shell(p, nil), rollback); err == nil || w.stand != before || !w.verdict {
			t.Errorf("%v, record %+v, verdict %v", err, w.stand, w.verdict)
		}
	})
	t.Run("a promotion does not shift", func(t *testing.T) {
		w := due(t, p)
		w.fails["save"] = errOutside
		for range 20 {
			out, err, _ := w.tick(w.shell(p, nil), nil)
			if f := (*fault.Fault)(nil); !errors.As(err, &f) || f.Kind != fault.Outside || out.Acted || w.stand != rollout.SplitOf(p.Phases[0].Weight) {
				t.Fatalf("%v, record %+v", err, w.stand)
			}
			w.pass()
		}
		delete(w.fails, "save")
		w.tickOn(t, p, 1)
		if s := w.state(); s.Phase != 1 {
			t.Errorf("phase %d when the store is back", s.Phase)
		}
	})
	t.Run("and not read, nothing is done without an order", func(t *testing.T) {
		w := at10(t, p)
		before, verdict := w.stand, w.verdict
		w.fails["load"] = errOutside
		for _, order := range []*rollout.Order{nil, {Kind: rollout.OrderPromote, By: "kim"}} {
			_, err, _ := w.tick(w.shell(p, nil), order)
			if f := (*fault.Fault)(nil); !errors.As(err, &f) || f.Kind != fault.Outside || w.stand != before || w.verdict != verdict {
				t.Errorf("%v, record %+v", err, w.stand)
			}
		}
	})
}

// tickOn goes on for so many minutes.
func (w *room) tickOn(t *testing.T, p rollout.Policy, minutes int) {
	t.Helper()
	for range minutes {
		if _, err, _ := w.tick(w.shell(p, nil), nil); err != nil {
			t.Fatal(err)
		}
		w.pass()
	}
}

// A rollback that no store could keep, made while the next weights were on
// their way: they must not be set after all.
func TestUnstoredRollbackWhileShifting(t *testing.T) {
	p := compiled(t, 3)
	w := at10(t, p)
	for w.state().Phase == 0 {
		w.fails["shift"] = errOutside
		w.tickOn(t, p, 1)
	}
	w.fails = map[string]error{"save": errOutside}
	w.tick(w.shell(p, nil), &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"})
	w.fails = map[string]error{}
	for range 8 {
		w.tickOn(t, p, 1)
		if w.stand.Green != 0 {
			t.Fatalf("green is back at %+v", w.stand)
		}
	}
}

func TestConflicts(t *testing.T) {
	p := compiled(t, 3)
	w := at10(t, p)
	// Somebody else writes between each read and write.
	busy, left := w.shell(p, nil), 1000
	busy.Store = rival{door{w, nil}, &left}
	out, err, _ := w.tick(busy, nil)
	if f := (*fault.Fault)(nil); !errors.As(err, &f) || f.Kind != fault.Outside || out.Acted || !strings.Contains(err.Error(), "4 times") {
		t.Errorf("%v, %+v", err, out)
	}
}

// A person's order goes on where a tick gives up, and says so if even that was not enough.
func TestAnOrderInsists(t *testing.T) {
	order := &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"}
	for name, c := range map[string]struct {
		times int
		taken bool
	}{"thirty times slower": {30, true}, "always slower": {1000, false}} {
		t.Run(name, func(t *testing.T) {
			w := at10(t, compiled(t, 3))
			busy, left := w.shell(compiled(t, 3), nil), c.times
			busy.Store = rival{door{w, nil}, &left}
			_, err, _ := w.tick(busy, order)
			switch {
			case c.taken && (err != nil || w.stand.Green != 0):
				t.Errorf("%v, record %+v", err, w.stand)
			case !c.taken && (err == nil || !strings.Contains(err.Error(), "Your order (rollback) was not taken: give it again.")):
				t.Errorf("%v", err)
			}
		})
	}
}

// rival is a store in which somebody else is faster, as often as left says.
type rival struct {
	door
	left *int
}

func (r rival) Save(ctx context.Context, s rollout.State, v rollout.Version) (rollout.Version, error) {
	if *r.left--; *r.left >= 0 {
		r.writes++
	}
	return r.door.Save(ctx, s, v)
}

// With the control plane down green still loses its verdict, at once and in
// every tick, and the weights follow when they can.
func TestShiftFails(t *testing.T) {
	p := compiled(t, 3)
	w := at10(t, p)
	w.fails["shift"] = errOutside
	out, err, _ := w.tick(w.shell(p, nil), &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"})
	if err != nil || w.verdict || out.Acted || len(out.Trouble) != 1 || w.state().Step != rollout.RollingBack {
		t.Fatalf("%v, verdict %v, %v", err, w.verdict, out.Trouble)
	}
	w.verdict = true // lost on its way
	w.tickOn(t, p, 1)
	if w.verdict || w.stand.Green == 0 {
		t.Errorf("verdict %v, record %+v", w.verdict, w.stand)
	}
	delete(w.fails, "shift")
	w.tickOn(t, p, 1)
	if w.stand != (rollout.SplitOf(0)) {
		t.Errorf("record %+v", w.stand)
	}
}
