package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// watched is a rollout that is well into a phase of an hour.
func watched(t testing.TB, p rollout.Policy, phase int) *follower {
	f := begun(t, p)
	f.until(400, func(d rollout.Decision) bool { return d.State.Phase == phase && d.State.Step == rollout.Watching })
	for range 32 { // past the half hour in which a fault is the rise's
		f.tick()
	}
	return f
}

func TestWhatRollsBack(t *testing.T) {
	p := compiled(t, 60, judge.Connections, judge.DatabaseCPU)
	for _, c := range []struct {
		name   string
		phase  int
		begin  func(f *follower)
		within int
		says   string
		by     judge.Attribution
	}{
		{"green breaks its limit at 10%", 0, func(f *follower) { f.green = .05 }, 8, "error_rate has broken its limit", judge.Green},
		{"green breaks its limit at 50%", 1, func(f *follower) { f.green = .05 }, 7, "blue keeps the limit", judge.Green},
		{"green breaks at 100%, and blue answers probes", 2, func(f *follower) { f.green = .05; f.probes(0) }, 7, "probes of blue succeed", judge.Green},
		{"green breaks at 100%, and nobody probes blue", 2, func(f *follower) { f.green = .05 }, 7, "was not probed", judge.Green},
		{"green is slow", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) {
				for i := range o.Minutes {
					o.Minutes[i].Green.Slow = o.Minutes[i].Green.Requests / 4
				}
			})
		}, 7, "slow has broken", judge.Green},
		{"green fails far past the limit", 1, func(f *follower) { f.green = .5 }, 5, "far past its limit", judge.Green},
		{"connections are saturated", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) {
				for i := range o.Minutes {
					o.Minutes[i].Gauges.Connections = .97
				}
			})
		}, 5, "database_connections is far past", judge.Green},
		{"green's check is down twice", 1, func(f *follower) { f.sees(func(o *rollout.Observation) { *o.GreenUp = false }) }, 2, "health check is down", judge.Green},
		{"green's check is down, even where a person would be asked", 1, func(f *follower) {
			f.p.When.Fail = "hold"
			f.sees(func(o *rollout.Observation) { *o.GreenUp = false })
		}, 2, "health check is down", judge.Green},
		{"a hard limit, even where a person would be asked", 1, func(f *follower) { f.p.When.Fail, f.green = "hold", .5 }, 5, "far past its limit", judge.Green},
		{"both break, and policy says so", 1, func(f *follower) { f.p.When.SharedFault, f.green, f.blue = "rollback", .05, .05 }, 10, "blue broke it too", judge.Shared},
		{"worse than blue, and policy says so", 0, func(f *follower) { f.p.When.Worse, f.green = "rollback", .009 }, 60, "worse than blue", judge.Green},
		{"no data, and policy says so", 0, func(f *follower) {
			f.p.When.MissingData = "rollback"
			f.sees(func(o *rollout.Observation) { o.Minutes = nil })
		}, 12, "missing data", judge.None},
		{"inconclusive, and policy says so", 0, func(f *follower) {
			f.p.When.Inconclusive = "rollback"
			f.track(judge.ErrorRate).EffectiveBad = 400
		}, 40, "inconclusive at the end", judge.None},
		{"somebody else sets green to 0", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) { o.Weights = &rollout.Split{Green: 0, Blue: 1} })
		}, 1, "somebody else", judge.None},
		{"a person says so", 1, func(f *follower) { f.orders(rollout.OrderRollback) }, 1, "said so", judge.None},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := watched(t, p, c.phase)
			c.begin(f)
			d := f.until(c.within, func(d rollout.Decision) bool { return d.State.Weight == 0 })
			r := d.State.Rollback
			if d.Action != rollout.Return || d.State.Step != rollout.RollingBack || r == nil || !strings.Contains(r.Reason, c.says) || r.Attribution != c.by {
				t.Errorf("%s, %s: %+v, want %s saying %q", d.Action, d.State.Step, r, c.by, c.says)
			}
			if want, wrong := d.State.Correction(nil); !wrong || want.Green != 0 || want.Blue == 0 || d.State.Healthy() {
				t.Errorf("the record is to be %+v, the verdict %v", want, d.State.Healthy())
			}
		})
	}
}

// probes adds a probe of blue to each tick, of which so many in five fail.
func (f *follower) probes(failed int) {
	f.sees(func(o *rollout.Observation) { o.Probe = &judge.Probe{At: o.Now, Sent: 5, Failed: failed} })
}

func TestWhatDoesNotRollBack(t *testing.T) {
	p := compiled(t, 60, judge.DatabaseCPU)
	for _, c := range []struct {
		name  string
		phase int
		begin func(f *follower)
		hold  rollout.HoldKind
	}{
		{"one bad minute", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) {
				if len(o.Minutes) > 0 && o.Now.Minute() == 30 {
					o.Minutes[0].Green.Errors = o.Minutes[0].Green.Requests / 20
				}
			})
		}, ""},
		{"both break at once", 1, func(f *follower) { f.green, f.blue = .05, .05 }, rollout.HoldShared},
		{"green breaks at 100%, and so do probes of blue", 2, func(f *follower) { f.green = .05; f.probes(5) }, rollout.HoldShared},
		{"the check is down once, again and again", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) { *o.GreenUp = o.Now.Minute()%2 == 0 })
		}, ""},
		{"a store is past its level", 1, func(f *follower) {
			f.sees(func(o *rollout.Observation) {
				for i := range o.Minutes {
					o.Minutes[i].Gauges.DatabaseCPU = .9
				}
			})
		}, rollout.HoldGuard},
		{"no data", 1, func(f *follower) { f.sees(func(o *rollout.Observation) { o.Minutes = nil }) }, rollout.HoldMissing},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := watched(t, p, c.phase)
			weight := f.s.Weight
			c.begin(f)
			var held rollout.HoldKind
			for range 20 {
				if d := f.tick(); d.State.Hold != nil {
					held = d.State.Hold.Kind
				}
			}
			if f.s.Weight != weight || held != c.hold {
				t.Errorf("at %s after %s, held by %q, want %q", f.s.Weight, weight, held, c.hold)
			}
		})
	}
}

// Where policy asks a person, one is called, and users stay on a broken green
// for the time to decide, not longer; what the person says counts.
func TestDecisionTime(t *testing.T) {
	p := compiled(t, 120)
	p.When.Fail = "hold"
	broken := func(t *testing.T) *follower {
		f := watched(t, p, 0)
		f.green = .05
		f.until(8, func(d rollout.Decision) bool { return d.State.Hold != nil && d.State.Hold.Kind == rollout.HoldBroken })
		if h := f.s.Hold; h.Kind != rollout.HoldBroken || !h.Paged || count(f.log, rollout.Paged) != 1 {
			t.Fatalf("held by %+v, %d pages", h, count(f.log, rollout.Paged))
		}
		return f
	}
	t.Run("nobody decides", func(t *testing.T) {
		f := broken(t)
		began := f.s.Clock
		f.until(20, func(d rollout.Decision) bool { return d.State.Weight == 0 })
		if waited := f.s.Clock.Sub(began); waited != p.DecisionTime || !strings.Contains(f.s.Rollback.Reason, "nobody decided within 10m0s") {
			t.Errorf("after %s: %s", waited, f.s.Rollback.Reason)
		}
	})
	t.Run("a person accepts it", func(t *testing.T) {
		f := broken(t)
		f.green = 0
		f.order(rollout.OrderResume)
		for range 20 {
			f.tick()
		}
		// That green has been worse than blue is a thing of its own.
		if h := f.s.Hold; h != nil && h.Kind != rollout.HoldWorse || f.s.Weight == 0 || f.s.Ledger.Epoch < 2 {
			t.Errorf("%s, held by %+v, epoch %d", f.s.Step, f.s.Hold, f.s.Ledger.Epoch)
		}
	})
	t.Run("green recovers by itself, and still waits for a person", func(t *testing.T) {
		f := broken(t)
		f.green = 0
		for range 60 {
			f.tick()
		}
		if f.s.Hold == nil || f.s.Hold.Kind != rollout.HoldBroken || f.s.Weight == 0 {
			t.Errorf("%s, held by %+v", f.s.Step, f.s.Hold)
		}
	})
}

// A rollback is done when blue has the requests, not when the record says so.
//
// Shows: 5.5.8
func TestRollbackIsConfirmedByTraffic(t *testing.T) {
	f := watched(t, compiled(t, 60), 1)
	f.order(rollout.OrderRollback)
	decided := f.s.Rollback.Decided
	stay := func(green int64) func(o *rollout.Observation) {
		return func(o *rollout.Observation) {
			for i := range o.Minutes {
				o.Minutes[i].Green, o.Minutes[i].Blue = side(green, 0), side(1000-green, 0)
			}
		}
	}
	f.sees(stay(300))
	for range 4 {
		f.tick()
	}
	if f.s.Rollback.Shifted.IsZero() || f.s.Step != rollout.RollingBack || !f.s.Rollback.Confirmed.IsZero() {
		t.Fatalf("%s although clients are still on green: %+v", f.s.Step, f.s.Rollback)
	}
	f.sees(stay(20))
	f.until(4, func(d rollout.Decision) bool { return d.State.Step == rollout.RolledBack })
	if took := f.s.Rollback.Confirmed.Sub(decided); took <= 0 || took > 5*time.Minute || count(f.log, rollout.Paged) != 0 {
		t.Errorf("blue has its requests after %s; %d pages", took, count(f.log, rollout.Paged))
	}
}

func TestLateRollbackPagesOnce(t *testing.T) {
	for name, change := range map[string]func(o *rollout.Observation){
		"clients stay on green":     func(o *rollout.Observation) { stuck(o) },
		"the record cannot be read": func(o *rollout.Observation) { o.Weights = nil; stuck(o) },
		"there are no figures":      func(o *rollout.Observation) { o.Minutes = nil },
	} {
		t.Run(name, func(t *testing.T) {
			f := watched(t, compiled(t, 60), 1)
			f.order(rollout.OrderRollback)
			f.sees(change)
			for range 30 {
				f.tick()
			}
			if n := count(f.log, rollout.Paged); n != 1 || !f.s.Rollback.Late || f.s.Step != rollout.RollingBack {
				t.Errorf("%d pages, %s", n, f.s.Step)
			}
		})
	}
}

func stuck(o *rollout.Observation) {
	for i := range o.Minutes {
		o.Minutes[i].Green, o.Minutes[i].Blue = side(500, 0), side(500, 0)
	}
}

// An approval from before a rollback was for another release, and so was all
// that was past a limit then, or has been silent since.
func TestSecondAttemptStartsAnew(t *testing.T) {
	p := compiled(t, 60, judge.DatabaseCPU)
	p.Phases, p.When.MissingData = approvalFor(p, 1), "rollback"
	f := watched(t, p, 0)
	f.order(rollout.OrderApprove)
	f.green = .2
	f.until(9, func(d rollout.Decision) bool { return d.State.Weight == 0 })
	epoch := f.s.Ledger.Epoch
	f.until(9, func(d rollout.Decision) bool { return d.State.Step == rollout.RolledBack })
	for range 30 {
		f.tick()
	}
	f.green = 0
	f.order(rollout.OrderStart)
	if f.s.Attempt != 2 || f.s.Weight != p.Phases[0].Weight || f.s.Ledger.Epoch != epoch+1 || f.s.Rollback != nil {
		t.Errorf("attempt %d at %s in epoch %d, %+v", f.s.Attempt, f.s.Weight, f.s.Ledger.Epoch, f.s.Rollback)
	}
	d := f.until(120, func(d rollout.Decision) bool { return d.State.Hold != nil || d.State.Phase > 0 })
	if d.State.Phase > 0 || d.State.Hold.Kind != rollout.HoldApproval {
		t.Errorf("phase %d, held by %+v: the first attempt's approval was taken for the second's", d.State.Phase, d.State.Hold)
	}
	if !slices.Contains(kinds(f.log), rollout.Confirmed) || rollout.Verify(f.log) != nil {
		t.Errorf("the log: %v", kinds(f.log))
	}
}
