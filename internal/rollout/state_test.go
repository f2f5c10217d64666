package rollout_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/rollout/judge"
	"github.com/cutover-dev/cutover/internal/unit"
)

// Runners' clocks differ. None turns the time back.
func TestClockOnlyMovesForward(t *testing.T) {
	f := begun(t, compiled(t, 20))
	for range 5 {
		f.tick()
	}
	before := f.s.Clock
	d := f.decide(rollout.Observation{Now: noon.Add(-time.Hour), Order: &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"}})
	if !d.State.Clock.Equal(before) || !d.State.Rollback.Decided.Equal(before) || !d.Events[0].At.Equal(before) {
		t.Errorf("clock %s, decided %s, told %s; it was %s", d.State.Clock, d.State.Rollback.Decided, d.Events[0].At, before)
	}
}

// What the record is corrected to. Only a promotion raises green.
func TestCorrections(t *testing.T) {
	split := func(green, blue int) *rollout.Split { return &rollout.Split{Green: green, Blue: blue} }
	for _, c := range []struct {
		step   rollout.Step
		weight unit.Percent
		stand  *rollout.Split
		want   *rollout.Split // nil leaves it
	}{
		{rollout.Ready, 0, split(0, 1), nil},
		{rollout.Ready, 0, split(1, 9), nil},
		{rollout.Ready, 0, nil, nil},
		{rollout.Complete, unit.Full, split(1, 9), nil},
		{rollout.Shifting, 100_000, split(0, 1), split(10, 90)},
		{rollout.Shifting, 100_000, nil, split(10, 90)},
		{rollout.Shifting, 100_000, split(10, 90), nil},
		{rollout.Shifting, 100_000, split(1, 1), split(10, 90)},
		{rollout.Watching, 500_000, split(1, 1), nil},
		{rollout.Watching, 500_000, split(1, 9), nil},
		{rollout.Watching, 500_000, split(2, 1), split(50, 50)},
		{rollout.Watching, 500_000, nil, nil},
		{rollout.Watching, 100_000, split(0, 0), split(10, 90)}, // both 0 is half each
		{rollout.Settling, 500_000, split(1, 2), nil},
		{rollout.Settling, 500_000, split(1, 0), split(50, 50)},
		{rollout.Soaking, unit.Full, split(1, 1), nil},
		{rollout.RollingBack, 0, nil, split(0, 100)},
		{rollout.RollingBack, 0, split(1, 9), split(0, 100)},
		{rollout.RollingBack, 0, split(0, 0), split(0, 100)},
		{rollout.RollingBack, 0, split(0, 7), nil},
		{rollout.RolledBack, 0, split(1, 255), split(0, 100)},
		{rollout.RolledBack, 0, split(0, 0), split(0, 100)},
		{rollout.RolledBack, 0, split(0, 1), nil},
		{rollout.RolledBack, 0, nil, nil},
	} {
		got, wrong := rollout.State{Step: c.step, Weight: c.weight}.Correction(c.stand)
		if wrong != (c.want != nil) || wrong && got != *c.want {
			t.Errorf("%s at %s, the record has %+v: %+v, %v; want %+v", c.step, c.weight, c.stand, got, wrong, c.want)
		}
	}
}

func TestRollbackTwiceIsOnce(t *testing.T) {
	f := watched(t, compiled(t, 60), 1)
	f.order(rollout.OrderRollback)
	decided, told := *f.s.Rollback, count(f.log, rollout.FellBack)
	f.order(rollout.OrderRollback)
	if got := *f.s.Rollback; !got.Decided.Equal(decided.Decided) || got.From != decided.From || count(f.log, rollout.FellBack) != told || told != 1 {
		t.Errorf("%+v after %+v, told %d times", *f.s.Rollback, decided, count(f.log, rollout.FellBack))
	}
}

// The time of a shared fault is no proof that green keeps its limits.
func TestSharedFaultProvesNothing(t *testing.T) {
	f := watched(t, compiled(t, 120), 1)
	before := f.track(judge.ErrorRate).Total
	f.green, f.blue = .05, .05
	f.until(12, func(d rollout.Decision) bool { return d.State.Hold != nil && d.State.Hold.Kind == rollout.HoldShared })
	f.green, f.blue = 0, 0
	d := f.until(30, func(d rollout.Decision) bool { return count(d.Events, rollout.Recovered) > 0 })
	if n := f.track(judge.ErrorRate).Total; d.State.Hold != nil || n > 600 || before < 10_000 {
		t.Errorf("held by %+v; %d requests count, %d did before", d.State.Hold, n, before)
	}
}

// A log that was changed anywhere is found out.
func TestVerify(t *testing.T) {
	f := begun(t, compiled(t, 20)).brink(2)
	if len(f.log) < 8 || rollout.Verify(f.log) != nil || rollout.Verify(nil) != nil {
		t.Fatalf("%d events: %v", len(f.log), rollout.Verify(f.log))
	}
	for name, c := range map[string]struct {
		change func(log []rollout.Event) []rollout.Event
		says   string
	}{
		"a reason":       {func(log []rollout.Event) []rollout.Event { log[3].Reason = "all is well"; return log }, "event 4 was changed"},
		"a weight":       {func(log []rollout.Event) []rollout.Event { log[5].Weight++; return log }, "event 6 was changed"},
		"one taken out":  {func(log []rollout.Event) []rollout.Event { return slices.Delete(log, 2, 3) }, "missing or out of place"},
		"two exchanged":  {func(log []rollout.Event) []rollout.Event { log[2], log[3] = log[3], log[2]; return log }, "missing or out of place"},
		"the first gone": {func(log []rollout.Event) []rollout.Event { return log[1:] }, "missing or out of place"},
		"a link":         {func(log []rollout.Event) []rollout.Event { log[4].Previous = log[2].Hash; return log }, "does not follow"},
	} {
		if err := rollout.Verify(c.change(slices.Clone(f.log))); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Stored and read, it is the same log.
	var again []rollout.Event
	unmarshal(marshal(f.log), &again)
	if err := rollout.Verify(again); err != nil {
		t.Error(err)
	}
}

// What a store keeps is what it gives back, weights included.
func TestStateSurvivesJSON(t *testing.T) {
	for step, s := range steps(t, compiled(t, 20, judge.AllGauges()...)) {
		if again := reread(t, s); marshal(again) != marshal(s) || again.Weight != s.Weight {
			t.Errorf("%s: %s\nwas %s", step, marshal(again), marshal(s))
		}
	}
	var s rollout.State
	unmarshal(`{"step":"rolling_back","weight":0,"rollback":{"from":500000},"outbox":[{"weight":500000}]}`, &s)
	if s.Rollback.From != 500_000 || s.Outbox[0].Weight != 500_000 {
		t.Errorf("%+v", s)
	}
}

// An alarm of a rollback leaves its mark on the log: who, why, how long.
//
// Shows: 5.5.8
func TestRollbackIsOnTheRecord(t *testing.T) {
	f := watched(t, compiled(t, 60), 1)
	f.green = .05
	f.until(9, func(d rollout.Decision) bool { return d.State.Weight == 0 })
	f.until(9, func(d rollout.Decision) bool { return d.State.Step == rollout.RolledBack })
	r := f.s.Rollback
	if r.From != 500_000 || r.Began.IsZero() || r.Decided.Before(r.Began) || r.Shifted.Before(r.Decided) || r.Confirmed.Sub(r.Decided) > 5*time.Minute {
		t.Errorf("%+v", r)
	}
	last := f.log[len(f.log)-1]
	if last.Kind != rollout.Confirmed || !strings.Contains(last.Reason, "the budget is 5 m") {
		t.Errorf("%s: %s", last.Kind, last.Reason)
	}
}

// A green that stays worse than blue is held, and time goes by: epochs get
// longer, so that waiting does not use up α, and the hold stays.
func TestWaitingOpensFewEpochs(t *testing.T) {
	f := watched(t, compiled(t, 60), 0)
	f.green, f.blue = .008, .001
	f.until(60, func(d rollout.Decision) bool { return d.State.Hold != nil && d.State.Hold.Kind == rollout.HoldWorse })
	for range 24 * 60 {
		f.tick()
	}
	if n := count(f.log, rollout.EpochOpened); n > 6 || f.s.Hold == nil || f.s.Hold.Kind != rollout.HoldWorse || count(f.log, rollout.Released) > 0 {
		t.Errorf("%d epochs in a day, held by %+v, released %d times", n, f.s.Hold, count(f.log, rollout.Released))
	}
}

// Green's health check follows the verdict, some minutes late. A new attempt
// must not take what is left of the last one's verdict for a green that is down.
func TestOwnVerdictIsNoBreakdown(t *testing.T) {
	for follows := 1; follows <= 3; follows++ {
		p := compiled(t, 3)
		w := at10(t, p)
		w.follows = follows
		if _, err, _ := w.tick(w.shell(p, nil), &rollout.Order{Kind: rollout.OrderRollback, By: "kim", Reason: "enough"}); err != nil {
			t.Fatal(err)
		}
		w.pass()
		w.tickOn(t, p, 10)
		if s := w.state(); s.Step != rollout.RolledBack {
			t.Fatalf("%s", s.Step)
		}
		if _, err, _ := w.tick(w.shell(p, nil), &rollout.Order{Kind: rollout.OrderStart, By: "kim", Reason: "mended"}); err != nil {
			t.Fatal(err)
		}
		w.pass()
		w.tickOn(t, p, 6)
		if s := w.state(); s.Weight == 0 {
			t.Errorf("followed after %d minutes: %s", follows, s.Rollback.Reason)
		}
	}
}
