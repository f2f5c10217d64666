package main

import (
	"encoding/json"

	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cutover-dev/cutover/internal/rollout"
	"github.com/cutover-dev/cutover/internal/verdict"
)

// ticks lets minutes pass with so many requests, a tick in each, until done says
// so. It returns the last result.
func (w *world) ticks(most, total int, fault func(green int) int, done func(result) bool) result {
	w.t.Helper()
	return w.ticksEvery(1, most, total, fault, done)
}

// ticksEvery is the same with a tick in every so many minutes, for who looks at what
// comes in the end and not at when it came.
func (w *world) ticksEvery(minutes, most, total int, fault func(green int) int, done func(result) bool) result {
	w.t.Helper()
	var r result
	for range most {
		for range minutes {
			w.flow(total, fault)
		}
		var got int
		r, got = w.tick()
		if got > 1 {
			w.t.Fatalf("a tick ended with %d: %+v", got, r)
		}
		if done(r) {
			return r
		}
	}
	w.t.Fatalf("nothing came of %d ticks: %+v", most, r)
	return r
}

func (w *world) tick() (result, int) {
	w.t.Helper()
	began := time.Now()
	r, got := w.shift(cmdTick)
	w.t.Log(w.now().Format("15:04"), time.Since(began), r.State, r.Weight, r.Action, r.Hold, r.Trouble)
	if got.Code > 1 {
		w.t.Log(got.Stdout, got.Stderr)
	}
	return r, got.Code
}

func in(state rollout.Step) func(result) bool {
	return func(r result) bool { return r.State == string(state) }
}

// log reads the rollout's log back, and holds that it is whole.
func (w *world) log() []rollout.Event {
	w.t.Helper()
	var log []rollout.Event
	for _, key := range w.cloud.KeysIn("releases", "") {
		if strings.Contains(key, "/rollout/production/events/") {
			var e rollout.Event
			if err := json.Unmarshal([]byte(w.cloud.In("releases", key)), &e); err != nil {
				w.t.Fatal(err)
			}
			log = append(log, e)
		}
	}
	slices.SortFunc(log, func(a, b rollout.Event) int { return a.Sequence - b.Sequence })
	if err := rollout.Verify(log); err != nil {
		w.t.Error(err)
	}
	return log
}

// A whole cutover, from a simple record to everything on green: each phase is
// proved, the last one approved by a person, everybody told.
//
// Shows: 5.5.1, 5.5.2, 5.5.3, 5.5.4, 5.5.5, 5.5.6, 5.5.7
func TestACutoverIsPromoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.must(0, cmdPrepare, "--terraform", "none"); len(r.Rows) != 6 || !strings.Contains(r.Lead, "apply") {
		t.Errorf("%+v", r)
	}
	if got := w.weights(); got["A"] != "simple" {
		t.Fatalf("looking has changed the record: %v", got)
	}
	w.ready()
	if got := w.weights(); got["A"] != "blue 100 green 0 " && got["A"] != "green 0 blue 100 " {
		t.Fatalf("prepared: %v", got)
	}
	began := w.begin()
	if began.State != "shifting" && began.State != "settling" || began.Phase != 1 || began.Weight != 10 || began.Drill == nil || began.Drill.Verdict != verdict.Pass {
		t.Fatalf("%+v", began)
	}
	if f := w.github.Workflow("traffic-watch.yml"); f.Disabled || len(f.Dispatched) != 1 || f.Dispatched[0] != "main" {
		t.Errorf("the watch was not started: %+v", f)
	}
	if s := w.cloud.Scaling("lego-api", "lego-api"); s.Min != 4 {
		t.Errorf("blue was not pinned to its peak: %+v", s)
	}
	share := map[float64]bool{}
	held := w.ticks(150, 600, nil, func(r result) bool {
		share[r.Weight] = true
		return r.Hold != nil && r.Hold.Kind == string(rollout.HoldApproval)
	})
	if held.Weight != 50 || held.Phase != 2 {
		t.Fatalf("%+v", held)
	}
	w.must(0, "approve", "--reason", "seen")
	end := w.ticks(150, 600, nil, in(rollout.Soaking))
	if !share[10] || !share[50] || end.Weight != 100 || end.Verdict != verdict.Pass {
		t.Fatalf("%v %+v", share, end)
	}
	if got := w.weights(); !strings.Contains(got["A"], "blue 0") || got["A"] != got["AAAA"] {
		t.Errorf("%v", got)
	}
	var kinds []rollout.Kind
	for _, e := range w.log() {
		kinds = append(kinds, e.Kind)
	}
	for _, want := range []rollout.Kind{rollout.Started, rollout.Settled, rollout.Promoted, rollout.Held, rollout.Ordered, rollout.Soaked} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no %s in %v", want, kinds)
		}
	}
	done := w.must(0, cmdFinish, "--reason", "ECS is gone")
	if done.State != "complete" || !w.github.Workflow("traffic-watch.yml").Disabled {
		t.Errorf("%+v", done)
	}
	w.told(t, "production-traffic", 3)
}

// told holds that GitHub has a deployment for each phase, and Slack one message.
func (w *world) told(t *testing.T, environment string, phases int) {
	t.Helper()
	n := 0
	for _, d := range w.github.Told().Deployments {
		if d.Environment == environment {
			n++
		}
	}
	if n != phases {
		t.Errorf("%d deployments to %s, not %d", n, environment, phases)
	}
	heads := 0
	for _, m := range w.slack.Messages() {
		if m.ThreadTS == "" {
			heads++
		}
	}
	if heads != 1 {
		t.Errorf("%d messages in Slack's channel, not one that is kept up to date", heads)
	}
}

// Green breaks in the first phase: it is rolled back by the next ticks, within
// the budget, and the tail is told.
//
// Shows: 5.5.5, 5.5.8
func TestACutoverIsRolledBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ready()
	w.begin()
	w.ticks(40, 600, nil, in(rollout.Watching))
	broken := w.now()
	gone := w.ticks(20, 600, func(green int) int { return green / 5 }, func(r result) bool { return strings.HasPrefix(r.State, "roll") })
	if took := w.now().Sub(broken); took.Minutes() > 8 {
		t.Errorf("found after %v", took)
	}
	if got := w.weights(); !strings.Contains(got["A"], "green 0") || got["A"] != got["AAAA"] || gone.Weight != 0 {
		t.Fatalf("%v %+v", got, gone)
	}
	for target, part := range w.cloud.Resolve(record, "A") {
		if strings.Contains(target, "execute-api") && part > 0 {
			t.Errorf("DNS still leads to green: %v", part)
		}
	}
	back := w.ticks(20, 600, nil, in(rollout.RolledBack))
	if len(back.Legs) == 0 || !back.Legs[len(back.Legs)-1].Done || back.Legs[len(back.Legs)-1].Seconds > 300 {
		t.Errorf("legs %+v", back.Legs)
	}
	if len(back.Tail) == 0 || back.Verdict != verdict.Fail {
		t.Errorf("%+v", back)
	}
	w.log()
	again, got := w.shift(cmdStart)
	if got.Code != 4 || again.State == "shifting" || !strings.Contains(got.Stderr, "before the last rollback") {
		t.Errorf("begun again with the old baseline: %d %s", got.Code, got.Stderr)
	}
}

// A person takes the traffic back, within the same run, and everybody may.
//
// Shows: 5.5.8
func TestARollbackByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if r := w.must(0, cmdRollback); r.State != "ready" {
		t.Errorf("%+v", r)
	}
	w.ready()
	w.begin()
	w.ticks(40, 600, nil, in(rollout.Watching))
	w.run(60)
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // users go on meanwhile
		defer close(done)
		last := w.now()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if now := w.now(); now.Sub(last).Minutes() >= 1 {
				w.measure(last, traffic{blue: 590, green: 3})
				last = last.Add(60e9)
			}
		}
	}()
	r := w.must(0, cmdRollback, "--reason", "a feeling")
	close(stop)
	<-done
	if r.State != "rolled_back" || len(r.Legs) == 0 || !r.Legs[len(r.Legs)-1].Done {
		t.Errorf("%+v", r)
	}
	last := w.log()
	if by := slices.IndexFunc(last, func(e rollout.Event) bool {
		return e.Kind == rollout.FellBack && e.By == "octocat" && strings.Contains(e.Reason, "a feeling")
	}); by < 0 {
		t.Errorf("nobody knows who: %+v", last)
	}
}
