package rollout_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/config/strict"
	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/slo"
	"github.com/cutover-dev/cutover/internal/unit"
)

// noon is when everything here begins.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// after is a moment so many minutes later.
func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

// shortPhases are the default weights, held for so many minutes each.
func shortPhases(minutes int) []rollout.Phase {
	var phases []rollout.Phase
	for _, weight := range []unit.Percent{100_000, 500_000, unit.Full} {
		phases = append(phases, rollout.Phase{Weight: weight, Hold: unit.Duration(minutes) * unit.Duration(time.Minute), Approval: "none"})
	}
	return phases
}

// compiled is the policy that cutover.yaml's defaults give, with phases of so
// many minutes and those gauges.
func compiled(t testing.TB, minutes int, gauges ...string) rollout.Policy {
	t.Helper()
	var s rollout.Settings
	var o slo.Objectives
	if err := strict.Decode("traffic", []byte(base), &s); err != nil {
		t.Fatal(err)
	}
	if err := strict.Decode("slos", []byte("{}"), &o); err != nil {
		t.Fatal(err)
	}
	s.Phases = shortPhases(minutes)
	return rollout.NewPolicy(s, o, gauges...)
}

// calmGauges are levels of stores that have room.
func calmGauges() judge.Gauges {
	return judge.Gauges{Connections: .3, DatabaseCPU: .3, CacheMemory: .3, CostPerMillion: 9}
}

// traffic is a minute of so many requests, divided as the weight says; bad is
// the share of errors on green and on blue.
func traffic(start time.Time, weight unit.Percent, requests int64, green, blue float64) judge.Minute {
	g := int64(float64(requests)*weight.Fraction() + .5)
	m := judge.Minute{Start: start, Gauges: calmGauges()}
	m.Green, m.Blue = side(g, green), side(requests-g, blue)
	return m
}

func side(requests int64, errors float64) judge.Counts {
	return judge.Counts{Present: requests > 0, Requests: requests, Invocations: requests, Errors: int64(float64(requests)*errors + .5)}
}

// follower takes a rollout through minutes of traffic, one decision each, as
// the shell would: the weights stand as decided, the figures are complete.
type follower struct {
	t      testing.TB
	p      rollout.Policy
	s      rollout.State
	minute int // the next tick's, counted from noon
	// The shares of errors from here on, and what else is to be different.
	green, blue float64
	change      func(*rollout.Observation)
	log         []rollout.Event
}

// begun is a rollout whose first phase was just started.
func begun(t testing.TB, p rollout.Policy) *follower {
	f := &follower{t: t, p: p, s: rollout.New(p)}
	f.decide(rollout.Observation{Now: noon, Order: &rollout.Order{Kind: rollout.OrderStart, By: "kim", Reason: "go"}})
	f.minute = 1
	return f
}

func (f *follower) decide(o rollout.Observation) rollout.Decision {
	d := rollout.Decide(f.p, f.s, o)
	f.s = d.State
	f.log = append(f.log, d.Events...)
	return d
}

// observation is what the next tick sees.
func (f *follower) observation() rollout.Observation {
	stand, up := rollout.SplitOf(f.s.Weight), true
	o := rollout.Observation{Now: after(f.minute), Weights: &stand, GreenUp: &up}
	if f.s.Ledger != nil && f.minute > 2 {
		// Complete minutes are at least two old.
		for at := f.s.Ledger.Through.Truncate(time.Minute); at.Before(after(f.minute - 2)); at = at.Add(time.Minute) {
			o.Minutes = append(o.Minutes, traffic(at, f.s.Weight, 1200, f.green, f.blue))
		}
	}
	if f.change != nil {
		f.change(&o)
	}
	return o
}

func (f *follower) tick() rollout.Decision {
	d := f.decide(f.observation())
	f.minute++
	return d
}

// order is a tick with a person's order.
func (f *follower) order(kind rollout.OrderKind) rollout.Decision {
	o := f.observation()
	o.Order = &rollout.Order{Kind: kind, By: "kim", Reason: "said so"}
	f.minute++
	return f.decide(o)
}

// until ticks until done, for so many minutes at most.
func (f *follower) until(minutes int, done func(rollout.Decision) bool) rollout.Decision {
	f.t.Helper()
	var d rollout.Decision
	for range minutes {
		if d = f.tick(); done(d) {
			return d
		}
	}
	f.t.Fatalf("not within %d minutes: %s at %s, hold %+v, %d events", minutes, f.s.Step, f.s.Weight, f.s.Hold, len(f.log))
	return d
}

// brink brings the rollout to the tick that would promote it out of a phase,
// and leaves that tick to be made.
func (f *follower) brink(phase int) *follower {
	f.t.Helper()
	for range 200 {
		saved, minute, logged := f.s, f.minute, len(f.log)
		if f.tick(); f.s.Phase > phase || f.s.Step == rollout.Soaking {
			f.s, f.minute, f.log = saved, minute, f.log[:logged]
			return f
		}
	}
	f.t.Fatalf("phase %d is never promoted: %s, hold %+v", phase, f.s.Step, f.s.Hold)
	return f
}

func kinds(events []rollout.Event) []rollout.Kind {
	var list []rollout.Kind
	for _, e := range events {
		list = append(list, e.Kind)
	}
	return list
}

func count(events []rollout.Event, kind rollout.Kind) int {
	n := 0
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func encoded(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// reread is a state that went through the store.
func reread(t testing.TB, s rollout.State) rollout.State {
	t.Helper()
	var again rollout.State
	if err := json.Unmarshal([]byte(encoded(t, s)), &again); err != nil {
		t.Fatal(err)
	}
	return again
}

func isActive(s rollout.State) bool {
	return slices.Contains([]rollout.Step{rollout.Shifting, rollout.Settling, rollout.Watching, rollout.Soaking}, s.Step)
}

// marshal and unmarshal are for what cannot fail but by a mistake in the
// tests: they panic.
func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func unmarshal(text string, v any) {
	if err := json.Unmarshal([]byte(text), v); err != nil {
		panic(err)
	}
}
