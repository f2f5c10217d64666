package rollout_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
)

// track is what the rollout knows of an objective, to be changed by a test.
func (f *follower) track(name string) *judge.Track { return f.s.Ledger.Tracks[name] }

// sees changes what the next tick sees.
func (f *follower) sees(change func(o *rollout.Observation)) { f.change = change }

// Each case changes one thing in the tick that would promote. hold is what
// forbids it; empty where the next minute will tell.
var obstacles = []struct {
	name  string
	phase int
	but   func(f *follower)
	hold  rollout.HoldKind
	says  string
}{
	{"the phase's time is not up", 0, func(f *follower) { f.s.Settled = f.s.Settled.Add(time.Minute) }, "", ""},
	{"an objective is not proved", 0, func(f *follower) { f.track(judge.ErrorRate).EffectiveTotal = 60 }, rollout.HoldInconclusive, "more requests"},
	{"evidence of 10 or more against an objective", 0, func(f *follower) {
		f.track(judge.ErrorRate).Green.Change.LogS = []float64{8, 8, 8}
	}, rollout.HoldInconclusive, "promotion wants less than 10"},
	{"green's newest figures are four minutes old", 0, func(f *follower) {
		f.s.Ledger.Green, f.s.Ledger.Blue = after(f.minute-4), after(f.minute)
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, "", ""},
	{"blue's newest figures are four minutes old", 1, func(f *follower) {
		f.s.Ledger.Green, f.s.Ledger.Blue = after(f.minute), after(f.minute-4)
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, "", ""},
	{"green has been silent for more than ten minutes", 0, func(f *follower) {
		f.s.Ledger.Green = after(f.minute - 11)
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, rollout.HoldMissing, "green has had no data"},
	{"a required signal has been silent for more than ten minutes", 1, func(f *follower) {
		f.track(judge.DatabaseCPU).At = after(f.minute - 14)
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, rollout.HoldMissing, "database_cpu has had no data"},
	{"green gets less than half of what was planned", 0, func(f *follower) {
		for i := range f.s.Shares {
			f.s.Shares[i].Green = 50
		}
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, rollout.HoldUndelivered, "should get 10%"},
	{"green gets more than double of what was planned", 0, func(f *follower) {
		for i := range f.s.Shares {
			f.s.Shares[i].Green, f.s.Shares[i].Blue = 300, 900
		}
		f.sees(func(o *rollout.Observation) { o.Minutes = nil })
	}, rollout.HoldUndelivered, "gets 25%"},
	{"the next phase needs an approval", 0, func(f *follower) { f.p.Phases = approvalFor(f.p, 1) }, rollout.HoldApproval, "phase 2 (50%) waits"},
	{"the last phase needs an approval, and only the second has one", 1, func(f *follower) {
		f.p.Phases, f.s.Approved = approvalFor(f.p, 2), 2
	}, rollout.HoldApproval, "phase 3 (100%) waits"},
	{"a person has paused", 0, func(f *follower) { f.s.Paused = true }, rollout.HoldPaused, ""},
	{"cutover.yaml has changed", 0, func(f *follower) { f.p.Digest = "another" }, rollout.HoldPolicy, ""},
	{"a store is past its level", 1, func(f *follower) { f.track(judge.DatabaseCPU).Past = 0b01111 }, rollout.HoldGuard, "database_cpu"},
	{"slow cold starts", 0, func(f *follower) {
		side := &f.track(judge.ColdStart).Green
		side.Broken, side.Loud = after(f.minute), after(f.minute)
	}, rollout.HoldGuard, "cold_start"},
	{"green is worse than blue", 0, worse, rollout.HoldWorse, "error_rate"},
	{"worse is only reported, and a person has paused", 0, func(f *follower) {
		f.p.When.Worse, f.s.Paused = "report", true
		worse(f)
	}, rollout.HoldPaused, ""},
	{"worse is only reported, and a store is past its level", 1, func(f *follower) {
		f.p.When.Worse, f.track(judge.DatabaseCPU).Past = "report", 0b11111
		worse(f)
	}, rollout.HoldGuard, ""},
	{"somebody else has lowered the weight", 1, func(f *follower) {
		f.sees(func(o *rollout.Observation) { o.Weights = &rollout.Split{Green: 1, Blue: 4} })
	}, rollout.HoldDrift, "1 for green and 4 for blue"},
	{"green's health check was down just now", 0, func(f *follower) {
		f.sees(func(o *rollout.Observation) { *o.GreenUp = false })
	}, "", ""},
	{"a broken limit waits for a person", 0, func(f *follower) {
		f.s.Hold = &rollout.Hold{Kind: rollout.HoldBroken, Since: f.s.Clock, Reason: "error_rate"}
	}, rollout.HoldBroken, ""},
}

func worse(f *follower) {
	track := f.track(judge.ErrorRate)
	track.Worse.LogS, track.WorseAt = []float64{60, 60, 60, 60, 60}, after(f.minute)
}

func approvalFor(p rollout.Policy, phase int) []rollout.Phase {
	phases := slices.Clone(p.Phases)
	phases[phase].Approval = "required"
	return phases
}

func TestPromotionNeedsEverything(t *testing.T) {
	p := compiled(t, 20, judge.DatabaseCPU)
	for phase := range 3 {
		f := begun(t, p).brink(phase)
		if d := f.tick(); d.Action != rollout.Promote || count(d.Events, rollout.Promoted) != 1 {
			t.Errorf("phase %d is not promoted: %s, hold %+v", phase, d.Action, d.State.Hold)
		}
	}
	for _, c := range obstacles {
		t.Run(c.name, func(t *testing.T) {
			f := begun(t, p).brink(c.phase)
			weight := f.s.Weight
			c.but(f)
			d := f.tick()
			if d.Action == rollout.Promote || d.State.Weight != weight || d.State.Phase != c.phase {
				t.Fatalf("%s to %s", d.Action, d.State.Weight)
			}
			h := d.State.Hold
			if c.hold == "" && h != nil || c.hold != "" && (h == nil || h.Kind != c.hold || d.Action != rollout.Keep || !strings.Contains(h.Reason, c.says)) {
				t.Errorf("held by %+v, want %s saying %q", h, c.hold, c.says)
			}
		})
	}
}

func TestPromotionIsAllowed(t *testing.T) {
	p := compiled(t, 20, judge.DatabaseCPU)
	for name, but := range map[string]func(f *follower){
		"with its approval":                  func(f *follower) { f.p.Phases, f.s.Approved = approvalFor(f.p, 1), 2 },
		"with an approval just now":          func(f *follower) { f.p.Phases = approvalFor(f.p, 1); f.orders(rollout.OrderApprove) },
		"after resuming a pause":             func(f *follower) { f.s.Paused = true; f.orders(rollout.OrderResume) },
		"by a changed policy once accepted":  func(f *follower) { f.p.Digest = "another"; f.orders(rollout.OrderResume) },
		"worse than blue, as policy says":    func(f *follower) { f.p.When.Worse = "report"; worse(f) },
		"worse than blue, once accepted":     func(f *follower) { f.s.Accepted = true; worse(f) },
		"at a share that chance explains":    func(f *follower) { f.s.Shares[len(f.s.Shares)-1].Green = 90 },
		"with one store minute past":         func(f *follower) { f.track(judge.DatabaseCPU).Past = 0b00001 },
		"with weights nobody can read":       func(f *follower) { f.sees(func(o *rollout.Observation) { o.Weights = nil }) },
		"with a health check nobody can see": func(f *follower) { f.sees(func(o *rollout.Observation) { o.GreenUp = nil }) },
	} {
		t.Run(name, func(t *testing.T) {
			f := begun(t, p).brink(0)
			but(f)
			if d := f.tick(); d.Action != rollout.Promote || d.State.Phase != 1 {
				t.Errorf("%s, hold %+v", d.Action, d.State.Hold)
			}
		})
	}
}

// orders gives the next tick an order.
func (f *follower) orders(kind rollout.OrderKind) {
	f.sees(func(o *rollout.Observation) { o.Order = &rollout.Order{Kind: kind, By: "kim", Reason: "said so"} })
}

// What is too new to be complete is not looked at, whatever it shows and in
// whatever order it comes.
func TestNewestTwoMinutesAreIgnored(t *testing.T) {
	f := begun(t, compiled(t, 60))
	for range 20 {
		f.tick()
	}
	through := f.s.Ledger.Through
	f.sees(func(o *rollout.Observation) {
		o.Now = through.Add(3*time.Minute - time.Second)
		o.Minutes = []judge.Minute{traffic(through.Add(time.Minute), f.s.Weight, 5000, 1, 0), traffic(through, f.s.Weight, 5000, 1, 0)}
	})
	if d := f.tick(); !d.State.Ledger.Through.Equal(through) || len(d.Events) != 0 {
		t.Errorf("judged through %s, told %v", d.State.Ledger.Through, kinds(d.Events))
	}
	f.sees(func(o *rollout.Observation) {
		o.Now = through.Add(3 * time.Minute)
		o.Minutes = []judge.Minute{traffic(through.Add(time.Minute), f.s.Weight, 5000, 1, 0), traffic(through, f.s.Weight, 5000, 0, 0)}
	})
	if d := f.tick(); !d.State.Ledger.Through.Equal(through.Add(time.Minute)) {
		t.Errorf("judged through %s, want %s", d.State.Ledger.Through, through.Add(time.Minute))
	}
}

// Minutes in the wrong order are all judged.
func TestMinutesAreJudgedInTheirOrder(t *testing.T) {
	f := begun(t, compiled(t, 60))
	for range 20 {
		f.tick()
	}
	total := f.track(judge.ErrorRate).Total
	f.minute += 2
	f.sees(func(o *rollout.Observation) { slices.Reverse(o.Minutes) })
	f.tick()
	if n := f.track(judge.ErrorRate).Total; n != total+3*120 {
		t.Errorf("%d requests were counted, want %d", n, total+3*120)
	}
}

// A minute proves nothing while the shift is on its way to the clients, or
// while green's share is outside half to double of what was planned.
func TestOnlyDeliveredMinutesProve(t *testing.T) {
	f := begun(t, compiled(t, 60))
	d := f.until(30, func(d rollout.Decision) bool { return d.State.Step == rollout.Watching })
	if n := f.track(judge.ErrorRate).Total; n != 0 {
		t.Errorf("%d requests count although the phase has just settled", n)
	}
	settled := d.State.Settled
	for range 10 {
		f.tick()
	}
	proved := f.track(judge.ErrorRate).Total
	if want := int64(after(f.minute-3).Sub(settled)/time.Minute) * 120; math.Abs(float64(proved-want)) > 120 {
		t.Errorf("%d requests count, want about %d", proved, want)
	}
	f.sees(func(o *rollout.Observation) {
		for i := range o.Minutes {
			o.Minutes[i].Green.Requests = 20 // of 100: the records stand, the clients do not follow
		}
	})
	f.tick()
	f.until(10, func(d rollout.Decision) bool {
		return d.State.Hold != nil && d.State.Hold.Kind == rollout.HoldUndelivered
	})
	held := f.track(judge.ErrorRate).Total
	for range 5 {
		f.tick()
	}
	if n := f.track(judge.ErrorRate).Total; n != held {
		t.Errorf("%d requests count, %d did when green's share fell", n, held)
	}
}
